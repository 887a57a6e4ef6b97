"""The action as a pull request meets it: its own steps install, run and publish."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.end_to_end.conftest import GitHub, MakeRepository, Runner

MARKER = "<!-- gate-comment -->"
GOOD = {"orbits/notes.py": '"""Notes on orbits."""\n'}
BAD = {
    "orbits/moons.py": '''\
"""The moons."""

import os


def count( planet: str ) -> int:
    return planet
''',
    "tests/test_moons.py": """\
from orbits.moons import count


def test_mars_has_two() -> None:
    assert count("Mars") == 2
""",
    "data/moons.csv": """\
name,planet,axis
Phobos,Mars,9376.0
Io,Jupitre,421700.0
Titan,Saturn,1221870.0
""",
}
MANY = {
    f"orbits/wrong{n}.py": f'"""Wrong."""\n\nimport os\n\nTEXT: int = "{n}"\n'
    for n in range(15)
}
COMMANDS = """\
::error file=gate.yaml,line=1::FORGED
plain\r::error::FORGED
in a line ##[error]FORGED
::set-output name=verdict::FORGED
::add-mask::e
::stop-commands::forged
"""
HOSTILE = {"tests/test_hostile.py": f"""\
import sys

COMMANDS = {COMMANDS!r}


def test_that_prints_commands() -> None:
    print(COMMANDS)
    print(COMMANDS, file=sys.stderr)
    assert False, COMMANDS
"""}
QUICK = {"checks": "formatting, lint"}


def test_a_change_in_order_opens_the_gate(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    repository = make_repository(GOOD)
    done = runner.action(repository)
    assert done.conclusion == "success", "\n".join(done.log)
    assert done.outputs["verdict"] == "open"
    assert done.outputs["anomalies"] == "0"
    assert 99 <= float(done.outputs["coverage"]) <= 100
    assert done.outputs["results"] == str(repository.folder / ".gate/results.json")
    assert done.annotations == []
    assert done.summaries[0].lstrip().startswith("## ✅")
    (comment,) = github.comments().values()
    assert comment.startswith(MARKER) and "open" in comment
    statuses = github.statuses(repository.head)
    assert set(statuses.values()) == {"success"}
    assert {"gate", "gate/tests"} <= set(statuses)
    assert github.statuses(repository.merge) == {}
    assert (done.env, done.path) == ({}, [])


def test_a_change_with_faults_closes_it(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    repository = make_repository(BAD)
    done = runner.action(repository)
    assert done.conclusion == "failure"
    assert done.outputs["verdict"] == "closed"
    assert done.outputs["anomalies"] == "1"
    places = {(a.get("file"), a.get("line")) for a in done.annotations}
    assert ("orbits/moons.py", "3") in places  # an import that is not used
    assert ("orbits/moons.py", "7") in places  # a text is no number
    assert ("tests/test_moons.py", "5") in places  # the test that fails
    assert ("data/moons.csv", "3") in places  # a planet that does not exist
    (comment,) = github.comments().values()
    for word in ("closed", "reformat", "F401", "return-value", "mars", "Jupitre"):
        assert word in comment
    statuses = github.statuses(repository.head)
    failed = {name for name, state in statuses.items() if state == "failure"}
    checks = ("formatting", "lint", "typecheck", "tests", "data")
    assert failed == {"gate", *(f"gate/{check}" for check in checks)}
    steps = {step["id"]: step["outcome"] for step in done.steps}
    assert steps == {"install": "success", "run": "failure", "__2": "success"}


def test_many_faults_stay_within_the_limits_and_are_counted(
    make_repository: MakeRepository, runner: Runner
) -> None:
    done = runner.action(make_repository(MANY), {"checks": "lint, typecheck"})
    assert len(done.annotated("error")) == 10
    assert done.dropped <= 1  # the runner's own word on the exit code
    assert any("20 more" in message for message in done.annotated("notice"))


def test_a_second_run_updates_the_comment_and_a_third_leaves_it(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    repository = make_repository(BAD)
    runner.action(repository, QUICK)
    (first,) = github.comments().items()
    repository.change({name: "" for name in BAD if name.endswith(".py")})
    assert runner.action(repository, QUICK).conclusion == "success"
    (second,) = github.comments().items()
    assert first[0] == second[0] and "closed" in first[1] and "open" in second[1]
    before = github.writes()
    assert runner.action(repository, QUICK).conclusion == "success"
    assert github.writes() == before


def test_a_folder_of_the_repository_is_annotated_at_its_place(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    repository = make_repository(BAD, below="study/")
    done = runner.action(repository, {**QUICK, "working-directory": "study"})
    files = {a["file"] for a in done.annotations if "file" in a}
    assert files == {"study/orbits/moons.py"}
    assert done.outputs["report"].endswith("study/.gate/report.html")
    assert github.statuses(repository.head)["gate (study)"] == "failure"


def test_a_fork_cannot_publish_and_the_verdict_stands(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    github.setup(denied=["all"])
    done = runner.action(make_repository(GOOD, fork=True), QUICK)
    assert done.conclusion == "success"
    (notice,) = done.annotated("notice")
    assert "fork" in notice
    assert done.summaries[0].lstrip().startswith("## ✅")
    assert github.comments() == {}


def test_publishing_can_be_demanded_or_left(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    repository = make_repository(GOOD)
    assert (
        runner.action(repository, {**QUICK, "publish": "false"}).conclusion == "success"
    )
    assert github.state()["requests"] == []
    github.setup(denied=["all"])
    assert (
        runner.action(repository, {**QUICK, "publish": "true"}).conclusion == "failure"
    )


def test_what_a_test_prints_is_no_command(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    repository = make_repository(HOSTILE)
    done = runner.action(repository, {"checks": "tests"})
    assert done.conclusion == "failure"
    assert done.outputs["verdict"] == "closed"
    finding, exit_code = done.annotations
    assert (finding["file"], finding["line"]) == ("tests/test_hostile.py", "9")
    assert exit_code["message"] == "Process completed with exit code 1."
    assert not any("***" in line for line in done.log)
    assert github.statuses(repository.head)["gate/tests"] == "failure"


def test_the_runner_would_obey_what_is_printed_as_it_comes(
    make_repository: MakeRepository, runner: Runner, tmp_path: Path
) -> None:
    (tmp_path / "commands").write_text(COMMANDS, "utf-8", newline="")
    (tmp_path / "action.yml").write_text(
        "{name: n, description: d, runs: {using: composite, steps: ["
        f"{{shell: bash, run: cat {tmp_path}/commands}}]}}}}",
        "utf-8",
    )
    done = runner.action(make_repository(GOOD), folder=tmp_path)
    assert done.annotated("error")[:3] == ["FORGED"] * 3


def test_modules_of_the_tree_do_not_take_the_place_of_the_gates(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    taken = '"""Not what it is called."""\n\nraise SystemExit("taken over")\n'
    names = ("gate", "click", "msgspec", "urllib3", "black", "flake8", "typing")
    repository = make_repository({f"{name}.py": taken for name in names})
    done = runner.action(repository, QUICK)
    assert done.conclusion == "success", "\n".join(done.log)
    assert github.statuses(repository.head)["gate"] == "success"


def test_what_the_environment_would_start_does_not_see_the_token(
    make_repository: MakeRepository, runner: Runner, github: GitHub, tmp_path: Path
) -> None:
    (tmp_path / "hook.sh").write_text(
        f'echo "${{GATE_TOKEN:-no token}}" >>{tmp_path}/seen\n', "utf-8"
    )
    (tmp_path / "sitecustomize.py").write_text(
        "import os\n"
        f"with open({str(tmp_path / 'seen')!r}, 'a') as file:\n"
        "    print(os.environ.get('GATE_TOKEN', 'no token'), file=file)\n",
        "utf-8",
    )
    hooks = {"BASH_ENV": str(tmp_path / "hook.sh"), "PYTHONPATH": str(tmp_path)}
    done = runner.action(make_repository(GOOD), QUICK, hooks)
    assert done.conclusion == "success" and github.comments()
    assert set((tmp_path / "seen").read_text("utf-8").splitlines()) == {"no token"}


def test_results_that_the_change_brings_along_are_not_published(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    repository = make_repository(GOOD)
    done = runner.action(repository, {**QUICK, "publish": "false"})
    forged = Path(done.outputs["results"]).read_text("utf-8")
    repository.change({"gate.yaml": "cheks: {}\n", ".gate/results.json": forged})
    done = runner.action(repository)
    assert done.conclusion == "failure"
    assert done.outputs["verdict"] == "error"
    assert any("gate.yaml:1" in line and "cheks" in line for line in done.log)
    assert github.statuses(repository.head)["gate"] == "error"
