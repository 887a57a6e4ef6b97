"""The action and the workflow of two jobs under act, a runner that is not ours.

It knows its own syntax, expressions, commands and files of a step, so that what holds
only in our harness shows here. What it does not have is put in its way: `$/` is spelled
as the repository `o/gate@v1`, which is a copy of our files; the actions of others are
stand-ins; and every job gets the same token, because act grants no permissions.

Needs act 0.2.89 or newer beside the Python of these tests (`make LOCKED=1 test`) or on
the PATH. Nothing goes to the network.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.end_to_end import events
from tests.end_to_end.conftest import MACHINE, ROOT, WRITE_TOKEN
from tests.end_to_end.test_action import BAD, COMMANDS, GOOD, HOSTILE, MARKER

if TYPE_CHECKING:
    from tests.end_to_end.conftest import GitHub, MakeRepository, Repository

OURS = (
    "action.yml",
    ".github/install.sh",
    ".github/actions",
    ".github/workflows/gate.yml",
    "gate/__init__.py",
)
STAND_INS = {
    # act takes what it is told to judge for what was checked out, and skips this
    "actions/checkout": "exit 1",
    "actions/setup-python": "python3 --version",
    "actions/upload-artifact": """\
mkdir -p "$STORE/$NAME"
while read -r file; do [ ! -f "$file" ] || cp "$file" "$STORE/$NAME"; done <<<"$FILES"
""",
    "actions/download-artifact": """\
ls -A "$GITHUB_WORKSPACE" >"$STORE/checked-out"
mkdir -p "$FILES"
cp "$STORE/$NAME"/* "$FILES"
""",
}
GATE = """\
on: pull_request
jobs:
  gate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - id: gate
        uses: o/gate@v1
        with: {inputs}
      - if: always()
        env:
          TOLD: ${{{{ toJson(steps.gate) }}}}
        run: printf '%s' "$TOLD" >"$STORE/told"
"""
CALL = """\
on: pull_request
permissions: {{contents: read, pull-requests: write, statuses: write}}
jobs:
  gate:
    uses: o/gate/.github/workflows/gate.yml@v1
    with: {inputs}
  after:
    needs: gate
    runs-on: ubuntu-latest
    steps:
      - env:
          TOLD: ${{{{ toJson(needs.gate) }}}}
        run: printf '%s' "$TOLD" >"$STORE/told"
"""
QUICK = {"checks": "formatting, lint"}


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What act said and did: its exit code, its log, and what the steps left."""

    code: int
    log: list[dict[str, Any]]
    store: Path

    def told(self) -> dict[str, Any]:
        """What the caller of the gate knows of it afterwards."""
        told: dict[str, Any] = json.loads((self.store / "told").read_text("utf-8"))
        return told

    def jobs(self) -> dict[str, str]:
        """The result of each job, by its id."""
        return {e["jobID"]: e["jobResult"] for e in self.log if "jobResult" in e}

    def commands(self) -> list[str]:
        """The lines that act took for commands, but for those that set an output."""
        return [e["raw"].rstrip("\n") for e in self.log if "raw" in e]

    def outputs(self) -> set[tuple[str, str]]:
        """Every output that was set, by a file of a step or by a line it printed."""
        set_here = (e for e in self.log if e.get("command") == "set-output")
        return {(e["name"], e["arg"]) for e in set_here}

    def printed(self) -> str:
        """What the steps printed."""
        return "".join(e["msg"] for e in self.log if e.get("raw_output"))

    def said(self) -> str:
        """All that act said, for whom a test fails."""
        return "\n".join(e["msg"].rstrip("\n") for e in self.log)


@dataclass(frozen=True, kw_only=True)
class Act:
    """Runs a workflow on a pull request of a repository."""

    program: str
    folder: Path
    github: GitHub

    def action(self, repository: Repository, inputs: Mapping[str, str]) -> Ran:
        return self.run(repository, GATE.format(inputs=json.dumps(inputs)))

    def workflow(self, repository: Repository, inputs: Mapping[str, str]) -> Ran:
        return self.run(repository, CALL.format(inputs=json.dumps(inputs)))

    def run(self, repository: Repository, workflow: str) -> Ran:
        self.github.setup(pulls={7: {"sha": repository.head}})
        repository.git("remote", "add", "origin", "https://github.com/o/r")
        store = self.folder / "store"
        store.mkdir(parents=True)
        (self.folder / "workflow.yml").write_text(workflow, "utf-8")
        event = self.folder / "event.json"
        event.write_text(json.dumps(events.pull_request(repository).payload), "utf-8")
        known = {"GITHUB_API_URL": self.github.url, "GATE_VENV": sys.prefix}
        done = subprocess.run(
            [
                *(self.program, "pull_request", "--json"),
                *("--directory", str(repository.folder)),
                *("--workflows", str(self.folder / "workflow.yml")),
                *("--eventpath", str(event)),
                *("--platform", "ubuntu-latest=-self-hosted"),
                *("--action-offline-mode", "--no-cache-server", "--pull=false"),
                *(f"--local-repository={name}" for name in self.repositories()),
                *("--secret", f"GITHUB_TOKEN={WRITE_TOKEN}"),
                *(f"--env={name}={value}" for name, value in known.items()),
                f"--env=STORE={store}",
            ],
            env=self.machine(),
            capture_output=True,
            encoding="utf-8",
        )
        log = [json.loads(x) for x in done.stdout.splitlines() if x.startswith("{")]
        assert any("jobResult" in entry for entry in log), done.stdout + done.stderr
        return Ran(code=done.returncode, log=log, store=store)

    def machine(self) -> dict[str, str]:
        """What act finds: nothing of this user's, so that it keeps nothing there."""
        home, tools = self.folder / "home", [str(Path(sys.executable).parent), MACHINE]
        home.mkdir()
        return {
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "PATH": os.pathsep.join([*tools, os.environ["PATH"]]),
            "LANG": "C.UTF-8",
        }

    def repositories(self) -> list[str]:
        """`name@version=folder` for our files and each stand-in, as they are used."""
        copy = self.folder / "gate"
        for name in OURS:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, copy / name)
            else:
                shutil.copy(ROOT / name, copy / name)
        workflow = copy / ".github" / "workflows" / "gate.yml"
        text = workflow.read_text("utf-8")
        spelled = re.sub(r"uses: \$/(\S+)", r"uses: o/gate/\1@v1", text)
        workflow.write_text(spelled, "utf-8")
        used = set(re.findall(r"uses: (actions/\S+)", text))
        return [f"o/gate@v1={copy}", *(f"{use}={self.stand_in(use)}" for use in used)]

    def stand_in(self, use: str) -> Path:
        """A folder with an action that takes the place of another's."""
        name = use.partition("@")[0]
        folder = self.folder / name
        folder.mkdir(parents=True)
        environment = {"NAME": "${{ inputs.name }}", "FILES": "${{ inputs.path }}"}
        step = {"shell": "bash", "env": environment, "run": STAND_INS[name]}
        optional = {"description": "An input.", "required": False, "default": ""}
        action = {
            "name": name,
            "description": "A stand-in.",
            "inputs": {"name": optional, "path": optional},
            "runs": {"using": "composite", "steps": [step]},
        }
        (folder / "action.yml").write_text(json.dumps(action), "utf-8")
        return folder


@pytest.fixture(scope="session")
def program() -> str:
    """Skip without act, unless it must be there."""
    if sys.platform == "win32":
        pytest.skip("the action's scripts need a POSIX system here")
    beside = shutil.which("act", path=str(Path(sys.executable).parent))
    found = beside or shutil.which("act")
    if found:
        return found
    reason = "there is no act beside the Python of the tests, nor on the PATH"
    if os.environ.get("GATE_REQUIRE_ACT") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def act(program: str, github: GitHub, tmp_path: Path) -> Act:
    return Act(program=program, folder=tmp_path / "act", github=github)


def test_a_change_in_order_opens_the_gate(
    make_repository: MakeRepository, act: Act, github: GitHub
) -> None:
    repository = make_repository(GOOD)
    ran = act.action(repository, {})
    assert (ran.code, ran.jobs()) == (0, {"gate": "success"}), ran.said()
    outputs = ran.told()["outputs"]
    assert (outputs["verdict"], outputs["anomalies"]) == ("open", "0")
    assert 99 <= float(outputs["coverage"]) <= 100
    assert outputs["results"].endswith("/.gate/results.json")
    assert ran.commands() == []
    assert "\033" not in ran.printed() and "The gate is open" in ran.printed()
    (comment,) = github.comments().values()
    assert comment.startswith(MARKER) and "open" in comment
    statuses = github.statuses(repository.head)
    assert set(statuses.values()) == {"success"}
    assert {"gate", "gate/tests"} <= set(statuses)
    assert github.tokens() == {WRITE_TOKEN}


def test_a_change_with_faults_closes_it(
    make_repository: MakeRepository, act: Act, github: GitHub
) -> None:
    repository = make_repository(BAD, below="study/")
    ran = act.action(repository, {"working-directory": "study"})
    assert (ran.code, ran.jobs()) == (1, {"gate": "failure"})
    assert ran.told()["outcome"] == "failure"
    assert ran.told()["outputs"]["verdict"] == "closed"
    assert ran.told()["outputs"]["anomalies"] == "1"
    places = {place(command) for command in ran.commands()}
    assert ("study/orbits/moons.py", "3") in places  # an import that is not used
    assert ("study/orbits/moons.py", "7") in places  # a text is no number
    assert ("study/tests/test_moons.py", "5") in places  # the test that fails
    assert ("study/data/moons.csv", "3") in places  # a planet that does not exist
    (comment,) = github.comments().values()
    assert "closed" in comment and "Jupitre" in comment
    assert github.statuses(repository.head)["gate (study)"] == "failure"


def place(command: str) -> tuple[str, str]:
    """The file and the line of an annotation.

    Not as act has them: where there is `::` in a message, act takes what is before it
    for properties. GitHub's runner takes the first one.
    """
    found = re.match(r"::error file=(.+?),line=(\d+),.*?::", command)
    assert found, command
    return found[1], found[2]


def test_what_a_test_prints_is_no_command(
    make_repository: MakeRepository, act: Act, github: GitHub
) -> None:
    repository = make_repository(HOSTILE)
    ran = act.action(repository, {"checks": "tests"})
    assert ran.jobs() == {"gate": "failure"}
    assert ran.told()["outputs"]["verdict"] == "closed"
    (command,) = ran.commands()
    assert place(command) == ("tests/test_hostile.py", "9")
    assert "FORGED" in ran.printed() and "***" not in ran.printed()
    assert not [value for _, value in ran.outputs() if "FORGED" in value]
    assert github.statuses(repository.head)["gate/tests"] == "failure"


def test_act_would_obey_what_is_printed_as_it_comes(
    make_repository: MakeRepository, act: Act, tmp_path: Path
) -> None:
    (tmp_path / "commands").write_text(COMMANDS, "utf-8", newline="")
    workflow = (
        "on: pull_request\njobs: {gate: {runs-on: ubuntu-latest, steps: ["
        f"{{id: gate, run: cat {tmp_path}/commands}}]}}}}"
    )
    ran = act.run(make_repository(GOOD), workflow)
    assert "::error file=gate.yaml,line=1::FORGED" in ran.commands()
    assert "::add-mask::e" in ran.commands()
    assert ran.outputs() == {("verdict", "FORGED")}


def test_publishing_can_be_left(
    make_repository: MakeRepository, act: Act, github: GitHub
) -> None:
    ran = act.action(make_repository(GOOD), {**QUICK, "publish": "false"})
    assert ran.code == 0 and ran.told()["outputs"]["verdict"] == "open"
    assert github.state()["requests"] == []


def test_a_token_that_only_reads_changes_no_verdict(
    make_repository: MakeRepository, act: Act, github: GitHub
) -> None:
    github.setup(denied=["all"])
    ran = act.action(make_repository(GOOD, fork=True), QUICK)
    assert ran.code == 0 and ran.told()["outputs"]["verdict"] == "open"
    (notice,) = ran.commands()
    assert notice.startswith("::notice") and "fork" in notice
    assert github.comments() == {}


def test_the_workflow_of_two_jobs_judges_in_one_and_publishes_in_the_other(
    make_repository: MakeRepository, act: Act, github: GitHub
) -> None:
    repository = make_repository(GOOD)
    ran = act.workflow(repository, {**QUICK, "install": "touch $STORE/installed"})
    assert ran.code == 0, ran.said()
    assert ran.jobs() == {"check": "success", "report": "success", "after": "success"}
    assert ran.told()["outputs"]["verdict"] == "open"
    assert (ran.store / "installed").exists()
    assert (ran.store / "checked-out").read_text("utf-8") == ""
    assert {path.name for path in (ran.store / "gate-report").iterdir()} == {
        "results.json",
        "report.html",
    }
    (comment,) = github.comments().values()
    assert "open" in comment
    assert github.statuses(repository.head)["gate"] == "success"


def test_the_workflow_publishes_that_the_gate_is_closed(
    make_repository: MakeRepository, act: Act, github: GitHub
) -> None:
    repository = make_repository(BAD)
    ran = act.workflow(repository, QUICK)
    assert ran.code == 1
    assert ran.jobs() == {"check": "failure", "report": "success"}
    (comment,) = github.comments().values()
    assert "closed" in comment
    assert github.statuses(repository.head)["gate"] == "failure"


def test_the_workflow_tells_that_there_are_no_results(
    make_repository: MakeRepository, act: Act, github: GitHub
) -> None:
    repository = make_repository(GOOD)
    ran = act.workflow(repository, {"install": "exit 1"})
    assert ran.code == 1
    assert ran.jobs() == {"check": "failure", "report": "failure"}
    assert github.statuses(repository.head) == {"gate": "error"}
    (comment,) = github.comments().values()
    assert "the job that judged ended with `failure`" in comment
