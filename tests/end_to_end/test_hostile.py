"""Suites that mean harm, in both shapes: what they cannot do, and what they can.

SECURITY.md states it; each row of its table is a test here. The suites are in
`hostile/`. "trusted" is the simple shape's `gate run`, "untrusted" that of the hardened
one. The last part runs the action and the workflow themselves.
"""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from gate import results
from gate.findings import Status
from gate.verdict import State, Verdict
from tests import smalldisk
from tests.conftest import write
from tests.end_to_end.conftest import (
    FILES,
    ROOT,
    UNPRIVILEGED,
    WRITE_TOKEN,
    GitHub,
    MakeRepository,
    Repository,
    Runner,
)
from tests.end_to_end.test_workflows import publish

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux knows the means against this"
)

ROOTED = hasattr(os, "getuid") and os.getuid() == 0
SUITES = Path(__file__).parent / "hostile"
COMMANDS = ("env", "path", "output", "step_summary", "state")
SHAPES = {"trusted": (), "untrusted": ("--untrusted",)}
GATE = (sys.executable, "-I", "-m", "gate")
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
BOUND = 60  # seconds in which a run has to be over, on a machine that is busy


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a run of the gate left: its exit code, and what the runner reads next."""

    code: int
    said: str
    folder: Path
    machine: Path
    seconds: float

    @property
    def verdict(self) -> Verdict:
        """What results.json says."""
        return results.read(self.folder / ".gate" / "results.json")

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs of the step, as the runner reads them: the last one counts."""
        found = re.findall(
            r"^(\w+)<<(\S+)\n(.*?)\n\2$", self.told("output"), re.M | re.S
        )
        return {name: value for name, _, value in found}

    def told(self, kind: str) -> str:
        """One of the runner's files."""
        return (self.machine / "_runner_file_commands" / f"{kind}_1").read_text("utf-8")


@dataclass(frozen=True)
class Machine:
    """A runner's machine with a change on it; `gate` are the words that start it."""

    folder: Path
    gate: Sequence[str] = GATE

    @property
    def work(self) -> Path:
        return self.folder / "work"

    def environment(self, way: str = "") -> dict[str, str]:
        """A runner's; what the tests are told comes by a name that they may see."""
        files = self.folder / "_runner_file_commands"
        files.mkdir(exist_ok=True)
        named = {f"GITHUB_{kind.upper()}": files / f"{kind}_1" for kind in COMMANDS}
        for path in named.values():
            path.touch()
        return {
            "PATH": PATH,
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "home"),  # a gate that is killed leaves it
            "LC_WAY": way,
            "GITHUB_ACTIONS": "true",
            "GATE_TOKEN": "ghs_of_another_step",
            **{name: str(path) for name, path in named.items()},
        }

    def run(self, *options: str, way: str = "", only: str = "tests") -> Ran:
        """Run the gate as a user without rights."""
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, str(UNPRIVILEGED), *self.gate, "run", *options]
            + ["--only", only],
            cwd=self.work,
            env=self.environment(way),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=BOUND,
        )
        return Ran(
            code=done.returncode,
            said=done.stdout + done.stderr,
            folder=self.work,
            machine=self.folder,
            seconds=time.monotonic() - started,
        )

    def processes(self) -> set[str]:
        """Those that were started from this folder, by their ids."""
        found = set()
        for process in Path("/proc").iterdir():
            if process.name.isdigit():
                try:
                    if str(self.folder) in os.readlink(process / "cwd"):
                        found.add(process.name)
                except OSError:
                    pass
        return found


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine on which nothing runs any more when a test is over."""
    (tmp_path / "home").mkdir()
    made = Machine(tmp_path)
    yield made
    for process in made.processes():
        os.kill(int(process), signal.SIGKILL)


def change(
    machine: Machine, suite: str, files: Mapping[str, str] | None = None
) -> None:
    """Check a change out that brings a suite along."""
    write(
        machine.work,
        {
            **FILES,
            "gate.yaml": "checks: {tests: {timeout: 20}}\n",
            "hostility.py": (SUITES / "hostility.py").read_text("utf-8"),
            "tests/test_hostile.py": (SUITES / f"{suite}.py").read_text("utf-8"),
            **(files or {}),
        },
    )
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "A change"]):
        identity = ["-c", "user.name=A", "-c", "user.email=a@b"]
        subprocess.run(["git", *identity, *words], cwd=machine.work, check=True)


@pytest.fixture(params=SHAPES.values(), ids=SHAPES)
def shape(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The options of `gate run` in the two shapes."""
    options: tuple[str, ...] = request.param
    return options


def is_as_judged(ran: Ran) -> None:
    """The verdict is the gate's own: it closed, and says so to everybody."""
    assert ran.code == 1, ran.said
    assert ran.verdict.state is State.CLOSED
    assert "FORGED" not in ran.told("output") + ran.verdict.context.gate
    assert ran.outputs["verdict"] == "closed"
    assert "closed" in ran.told("step_summary")
    assert [ran.told(kind) for kind in ("env", "path", "state")] == [""] * 3


def test_each_suite_is_in_the_table_of_attacks() -> None:
    told = (ROOT / "SECURITY.md").read_text("utf-8")
    named = set(re.findall(r"\| `(\w+)` \|$", told, re.M))
    suites = {path.stem for path in SUITES.glob("*.py")} - {"hostility"}
    assert named == suites
    source = Path(__file__).read_text("utf-8")
    assert all(f'"{suite}"' in source for suite in suites)


# What outlives the tests


def test_what_the_tests_leave_behind_is_ended_before_the_verdict(
    machine: Machine, shape: tuple[str, ...]
) -> None:
    change(machine, "outlives")
    ran = machine.run(*shape)
    assert machine.processes() == set()
    is_as_judged(ran)
    time.sleep(0.2)
    is_as_judged(ran)


@pytest.mark.skipif(not ROOTED, reason="takes root")
def test_what_cannot_be_ended_makes_the_verdict_an_error(
    machine: Machine, shape: tuple[str, ...]
) -> None:
    change(machine, "becomes_another")
    set_user_id = ("--keep", "7")  # and no right to end another's processes
    words = [sys.executable, str(UNPRIVILEGED), *set_user_id, *GATE]
    with_rights = dataclasses.replace(machine, gate=words)
    done = subprocess.run(
        [*with_rights.gate, "run", "--only", "tests", *shape],
        cwd=machine.work,
        env=machine.environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "processes of the tests are still running: `sleep` (" in done.stderr
    verdict = results.read(machine.work / ".gate" / "results.json")
    assert verdict.state is State.ERROR and "still running" in verdict.reasons[0]


# What the tests see of the gate


def test_the_gate_cannot_be_looked_into(
    machine: Machine, shape: tuple[str, ...]
) -> None:
    change(machine, "looks_into_the_gate")
    assert machine.run(*shape).code == 0
    seen = (machine.work / "seen").read_text("utf-8")
    assert seen == f"NoNewPrivs:\t{int(shape == SHAPES['untrusted'])}"


# What the tests write over


@pytest.mark.parametrize("way", ["link", "file", "things"])
def test_the_results_come_where_they_belong_whatever_lies_there(
    machine: Machine, way: str
) -> None:
    change(machine, "takes_the_folder")
    ran = machine.run(way=way)
    is_as_judged(ran)
    folder = machine.work / ".gate"
    assert not folder.is_symlink() and len([*folder.iterdir()]) == 9
    assert all(path.is_file() and not path.is_symlink() for path in folder.iterdir())
    assert [path.name for path in (machine.work / "elsewhere").iterdir()] == [
        "results.json"
    ]


def test_the_runner_is_told_nothing_by_the_tests(
    machine: Machine, shape: tuple[str, ...]
) -> None:
    change(machine, "writes_to_the_runner")
    ran = machine.run(*shape)
    is_as_judged(ran)
    names = "`GITHUB_ENV`, `GITHUB_OUTPUT`, `GITHUB_PATH`, `GITHUB_STEP_SUMMARY`"
    assert ran.verdict.context.notes == (
        f"the tests wrote to the runner's files, now as before: {names}",
    )


def test_the_gate_judges_by_what_it_was_before_the_tests(
    machine: Machine, shape: tuple[str, ...]
) -> None:
    shutil.copytree(ROOT / "gate", machine.folder / "installed" / "gate")
    start = f"import sys; sys.path.insert(0, {str(machine.folder / 'installed')!r})"
    start += "; from gate.cli import main; main()"
    change(machine, "rewrites_the_gate")
    machine = dataclasses.replace(machine, gate=[sys.executable, "-I", "-c", start])
    is_as_judged(machine.run(*shape))
    assert not (machine.work / "taken").exists()
    words = [*machine.gate, "--help"]
    assert subprocess.run(words, cwd=machine.work).returncode == 0
    assert (machine.work / "taken").exists()  # it was the gate's own code, for the next


def test_the_other_checks_have_judged_before_an_untrusted_test_runs(
    machine: Machine,
) -> None:
    bad = {
        "gate.yaml": "checks: {formatting: {}, lint: {}, typecheck: {}, tests: {},"
        " data: [{path: data/moons.csv}]}\n",
        "orbits/wrong.py": '"""Wrong."""\n\nimport os\n\nONE: int  = "1"\n',
        "data/moons.csv": "name,planet,axis\nPhobos,Marz,9376.0\n",
    }
    change(machine, "changes_the_tree", bad)
    ran = machine.run("--untrusted", only="formatting lint typecheck tests data")
    states = {result.check: result.status for result in ran.verdict.results}
    assert states.pop("tests") is Status.PASSED
    assert {*states.values()} == {Status.FAILED} and len(states) == 4
    is_as_judged(ran)


# What ends the gate, and what never ends


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT", "SIGQUIT"])
def test_a_gate_that_is_ended_leaves_no_success(machine: Machine, name: str) -> None:
    change(machine, "kills_the_gate")
    ran = machine.run(way=name)
    number = int(getattr(signal, name))
    assert ran.code in (-number, 128 + number)
    if name in ("SIGTERM", "SIGINT"):  # it could still clear up
        assert ran.told("output") == "" and machine.processes() == set()


@pytest.mark.parametrize("way", ["collection", "deaf", "exit", "output", "bomb"])
def test_what_never_ends_is_ended_and_told(machine: Machine, way: str) -> None:
    change(machine, "never_ends", {"gate.yaml": "checks: {tests: {timeout: 2}}\n"})
    ran = machine.run(way=way)
    assert machine.processes() == set()
    is_as_judged(ran)
    (result,) = (r for r in ran.verdict.results if r.check == "tests")
    assert "the tests took longer than 2 s and were stopped" in result.summary
    assert len(ran.said) < 200_000


def test_pipes_that_are_left_open_are_not_waited_for(machine: Machine) -> None:
    change(machine, "never_ends")
    ran = machine.run(way="pipes")
    assert ran.code == 0 and ran.seconds < 30
    assert machine.processes() == set()


@pytest.mark.parametrize(("size", "files"), [("96m", 100_000), ("400m", 3_000)])
def test_on_a_disk_that_the_tests_fill_the_results_are_written(
    tmp_path: Path, size: str, files: int
) -> None:
    smalldisk.need()
    disk, source = tmp_path / "disk", tmp_path / "source"
    disk.mkdir()
    change(Machine(source), "fills_the_disk")
    script = 'cp -R "$1" work && mkdir t home && cd work && shift && exec "$@"'
    words = ["sh", "-c", script, "sh", str(source / "work"), *GATE, "run"]
    look = (
        f'"$@"; code=$?; cd {disk}/work; cat .gate/results.json; ls -A .gate ../t; df .'
    )
    done = smalldisk.run(
        ["sh", "-c", f'{look}; exit "$code"', "sh", *words, "--only", "tests"],
        disk,
        size=size,
        files=files,
        env={"PATH": PATH, "HOME": "/", "TMPDIR": str(disk / "t")},
    )
    assert done.returncode == 2, done.stdout + done.stderr  # pytest has no report
    found = re.search(r"^{\n.*?^}\n", done.stdout, re.M | re.S)
    assert found
    verdict = results.decode(found[0].encode())
    assert verdict.state is State.ERROR and verdict.results
    left = done.stdout[found.end() :]
    assert all(name in left for name in ("report.html", "summary.md", "junit.xml"))
    # the folder for temporary files went with all in it
    assert not re.search("^gate-", left, re.M)


# The action and the workflow themselves

QUICK = {"checks": "tests"}
Bring = Callable[[str], Repository]


@pytest.fixture
def hosted(runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """A runner whose user has no rights, as a hosted one's when sudo is closed."""
    (tmp_path / "home").mkdir()
    for name in ("HOME", "TMPDIR"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    return dataclasses.replace(runner, unprivileged=True)


@pytest.fixture
def bring(make_repository: MakeRepository) -> Bring:
    """Make a pull request that brings a suite along."""

    def made(suite: str) -> Repository:
        return make_repository(
            {
                "hostility.py": (SUITES / "hostility.py").read_text("utf-8"),
                "tests/test_hostile.py": (SUITES / f"{suite}.py").read_text("utf-8"),
            }
        )

    return made


def tokens_in(repository: Repository) -> set[str]:
    """The tokens of this harness's GitHub in what a suite collected."""
    data = (repository.folder / "found").read_bytes()
    assert b"GATE_INSTALLED" in data  # of the script that the runner keeps, say
    return {token.decode() for token in re.findall(rb"ghs_\w+", data)}


def test_in_two_jobs_there_is_no_token_to_be_found(
    bring: Bring, hosted: Runner, github: GitHub
) -> None:
    repository = bring("looks_for_tokens")
    jobs = hosted.workflow(repository, QUICK)
    assert jobs["check"].conclusion == "success", "\n".join(jobs["check"].log)
    assert tokens_in(repository) == set()
    assert github.tokens() == {"ghs_report"}
    assert github.statuses(repository.head)["gate"] == "success"


def test_in_one_job_no_token_lies_open(
    bring: Bring, hosted: Runner, github: GitHub
) -> None:
    repository = bring("looks_for_tokens")
    assert hosted.action(repository, QUICK).conclusion == "success"
    assert tokens_in(repository) == set()
    assert github.tokens() == {WRITE_TOKEN}


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """An installation of the gate that a test may spoil."""
    folder = tmp_path / "installed"
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    shutil.copytree(ROOT / "gate", packages / "gate")
    others = sysconfig.get_path("purelib")
    (packages / "others.pth").write_text(others, "utf-8")
    return folder


@pytest.mark.parametrize("shape", ["one job", "two jobs"])
def test_who_waits_in_the_gates_own_files_has_the_token_only_in_one_job(
    bring: Bring, hosted: Runner, copied: Path, tmp_path: Path, shape: str
) -> None:
    repository = bring("waits_for_the_next_step")
    if shape == "one job":
        done = hosted.action(repository, QUICK, {"GATE_VENV": str(copied)})
        assert done.conclusion == "success", "\n".join(done.log)
        assert WRITE_TOKEN in (tmp_path / "stolen").read_text("utf-8").split()
    else:
        machines = {"check": {"GATE_VENV": str(copied)}}
        jobs = hosted.workflow(repository, QUICK, machines=machines)
        assert {job.conclusion for job in jobs.values()} == {"success"}
        assert not (tmp_path / "stolen").exists()


@pytest.mark.parametrize("shape", ["one job", "two jobs"])
def test_who_kills_the_gate_and_forges_its_results_is_not_believed(
    bring: Bring, hosted: Runner, github: GitHub, shape: str
) -> None:
    repository = bring("kills_the_gate")
    if shape == "one job":
        log = hosted.action(repository, QUICK).log
    else:
        jobs = hosted.workflow(repository, QUICK)
        assert jobs["check"].outputs["verdict"] == "open"  # so the forgery is complete
        log = jobs["report"].log
    said = "the job that judged ended with `failure`, though its results say open"
    assert any(said in line for line in log), "\n".join(log)
    assert github.statuses(repository.head) == {"gate": "error"}


def test_what_was_forged_on_a_fork_is_not_published_as_open(
    bring: Bring, hosted: Runner, github: GitHub
) -> None:
    repository = bring("kills_the_gate")
    fork = dataclasses.replace(repository, fork=True)
    judged = hosted.workflow(fork, QUICK)
    forged = judged.artifacts / "gate-report" / "results.json"
    assert results.read(forged).state is State.OPEN
    done = publish(fork, hosted, github, judged)["publish"]
    assert done.conclusion == "failure"
    assert github.statuses(repository.head) == {"gate": "error"}


def test_who_tells_the_runner_what_to_do_next_is_not_heard(
    bring: Bring, hosted: Runner, github: GitHub
) -> None:
    repository = bring("writes_to_the_runner")
    done = hosted.action(repository, QUICK)
    assert (done.env, done.path) == ({}, [])
    assert done.outputs["verdict"] == "closed" and done.summaries
    assert github.statuses(repository.head)["gate"] == "failure"
    assert not (repository.folder / "evil" / "stolen").exists()
