"""The examples, judged by the installed command as a newcomer would do it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gate import yamlfile

EXAMPLES = Path(__file__).parents[2] / "examples"
GATE = Path(sys.executable).parent / ("gate.exe" if os.name == "nt" else "gate")
CHECKS = (
    *("formatting", "lint", "duplication", "imports", "state", "naming"),
    *("reproducibility", "typecheck", "tests", "coverage", "data", "model"),
)
LOCK = {"lock": "passed"}  # nothing was changed since the only commit
# Never this checkout's own repository, nor the settings of whoever runs the tests.
QUIET = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

Place = tuple[str, str | None, int | None]  # rule, path, line


@dataclass(frozen=True, kw_only=True)
class Run:
    """What `gate run` left and said."""

    folder: Path
    code: int
    stdout: str
    stderr: str

    def results(self) -> dict[str, Any]:
        """The results by the name of their check."""
        text = (self.folder / ".gate" / "results.json").read_text(encoding="utf-8")
        return {result["check"]: result for result in json.loads(text)["results"]}


def repository(name: str, folder: Path) -> Path:
    """A clone of an example, with one commit."""
    left = shutil.ignore_patterns(
        ".gate", ".git", ".coverage", "*_cache", "__pycache__"
    )
    shutil.copytree(EXAMPLES / name, folder, ignore=left)
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "It"]):
        git = ["git", *who, *words]
        subprocess.run(git, cwd=folder, check=True, env={**os.environ, **QUIET})
    return folder


def gate_run(folder: Path, *options: str) -> Run:
    """`gate run` as in a terminal: not as the job of the CI that runs this test."""
    ci = ("GITHUB_", "GATE_", "COV_CORE_", "COVERAGE_", "PYTEST_")
    env = {k: v for k, v in os.environ.items() if not k.startswith(ci)}
    done = subprocess.run(
        [str(GATE), "run", "--python", sys.executable, *options],
        cwd=folder,
        env={**env, **QUIET},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    return Run(
        folder=folder, code=done.returncode, stdout=done.stdout, stderr=done.stderr
    )


@pytest.fixture(scope="module")
def taxi(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return gate_run(repository("taxi", tmp_path_factory.mktemp("taxi") / "taxi"))


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("broken") / "taxi-broken"
    return gate_run(repository("taxi-broken", folder), "--verbose")


def planted(check: str) -> Counter[Place]:
    """The faults that faults.yaml lists under a check."""
    path = EXAMPLES / "taxi-broken" / "faults.yaml"
    faults = yamlfile.parse(path.read_text(encoding="utf-8")).value[check]
    return Counter((f["rule"], f.get("path"), f.get("line")) for f in faults)


def found(run: Run, check: str) -> Counter[Place]:
    """The findings of a check that close the gate."""
    findings = run.results()[check].get("findings", ())
    return Counter(
        (finding["rule"], finding.get("path"), finding.get("line"))
        for finding in findings
        if finding.get("level", "error") == "error"
    )


def test_the_gate_opens_for_taxi(taxi: Run) -> None:
    assert taxi.code == 0, taxi.stdout + taxi.stderr
    assert "The gate is open" in taxi.stdout
    assert {name: r["status"] for name, r in taxi.results().items()} == dict.fromkeys(
        CHECKS, "passed"
    ) | LOCK


def test_the_gate_stays_closed_for_taxi_broken(broken: Run) -> None:
    assert broken.code == 1, broken.stdout + broken.stderr
    assert "The gate is closed" in broken.stdout
    assert {name: r["status"] for name, r in broken.results().items()} == dict.fromkeys(
        CHECKS, "failed"
    ) | LOCK


@pytest.mark.parametrize("check", CHECKS)
def test_every_planted_fault_is_named_and_no_other(broken: Run, check: str) -> None:
    assert found(broken, check) == planted(check)


@pytest.mark.parametrize("check", CHECKS)
def test_every_planted_fault_is_on_the_screen(broken: Run, check: str) -> None:
    for rule, path, line in planted(check):
        place = ":".join(str(part) for part in (path, line) if part)
        assert place in broken.stdout
        assert rule.partition("/")[2] in broken.stdout


def lines_of_faults() -> Iterator[tuple[str, int]]:
    for check in CHECKS:
        for _, path, line in planted(check):
            if path and line:
                yield path, line


def test_the_planted_lines_are_there() -> None:
    for path, line in lines_of_faults():
        text = (EXAMPLES / "taxi-broken" / path).read_text(encoding="utf-8")
        assert 1 <= line <= text.count("\n"), path


def test_a_judged_tree_is_left_as_it_was(taxi: Run, broken: Run) -> None:
    for run in (taxi, broken):
        command = ["git", "status", "--porcelain"]
        done = subprocess.run(command, cwd=run.folder, capture_output=True, check=True)
        assert done.stdout == b""


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("  covrage:", "  coverage:", ("gate.yaml:7:", "did you mean `coverage`?")),
        ("    minimun: 90", "    minimum: 90", ("gate.yaml:8:", "`minimum`?")),
        ("    minimum: 900", "    minimum: 90", ("gate.yaml:8:", "<= 100")),
        ("  lint: of", "  lint: {}", ("gate.yaml:4:", "did you mean `off`?")),
        ("version: 2", "version: 1", ("gate.yaml:1:", "write `version: 1`")),
        ("cheks:", "checks:", ("gate.yaml:2:", "did you mean `checks`?")),
        ("\tlint: {}", "  lint: {}", ("gate.yaml:4:1:", "a tab where")),
    ],
)
def test_a_slip_in_gate_yaml_is_answered_with_its_line(
    tmp_path: Path, wrong: str, right: str, said: tuple[str, ...]
) -> None:
    folder = repository("taxi", tmp_path / "taxi")
    text = (folder / "gate.yaml").read_text(encoding="utf-8")
    assert right in text
    (folder / "gate.yaml").write_text(text.replace(right, wrong, 1), encoding="utf-8")
    done = gate_run(folder)
    assert done.code == 2, done.stdout + done.stderr
    for part in said:
        assert part in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") < 20  # one screen
