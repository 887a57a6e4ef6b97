"""A small research repository, a fake GitHub, and a runner for the action."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import harness_fixtures
from tests.end_to_end import events
from tests.end_to_end.events import Event

ROOT = Path(__file__).parents[2]
HARNESS = ROOT / "tests" / "harness"
MACHINE = str(HARNESS / "machine")  # what a hosted runner has on its PATH
UNPRIVILEGED = ROOT / "tests" / "unprivileged.py"
node = harness_fixtures.node
WRITE_TOKEN = "ghs_write"
PERMISSIONS = {"contents": "read", "pull-requests": "write", "statuses": "write"}

FILES = {
    "pyproject.toml": """\
[project]
name = "orbits"
version = "1.0"

[tool.mypy]
strict = true

[tool.pytest.ini_options]
pythonpath = ["."]
""",
    "gate.yaml": """\
checks:
  formatting: {}
  lint: {}
  typecheck: {}
  tests: {}
  coverage: {minimum: 80}
  data: [{path: data/moons.csv}]
""",
    "data/moons.csv": """\
name,planet,axis
Phobos,Mars,9376.0
Io,Jupiter,421700.0
Titan,Saturn,1221870.0
""",
    "data/moons.schema.yaml": """\
feature:
  - name: name
    type: BYTES
    presence: {min_fraction: 1.0}
  - name: planet
    type: BYTES
    presence: {min_fraction: 1.0}
    domain: planet
  - name: axis
    type: FLOAT
    float_domain: {min: 0.0}

string_domain:
  - name: planet
    value: [Mars, Jupiter, Saturn]
""",
    "orbits/__init__.py": '"""Periods of orbits."""\n',
    "orbits/kepler.py": '''\
"""Kepler's third law."""

import math


def period(axis: float, mass: float) -> float:
    """The period in years, for an axis in astronomical units and a mass in suns."""
    if axis <= 0 or mass <= 0:
        raise ValueError("an orbit has a positive axis and mass")
    return math.sqrt(axis**3 / mass)
''',
    "tests/test_kepler.py": '''\
"""The planets that everybody knows."""

import pytest

from orbits.kepler import period


def test_a_year_is_the_period_of_the_earth() -> None:
    assert period(1.0, 1.0) == 1.0


def test_a_negative_axis_is_refused() -> None:
    with pytest.raises(ValueError):
        period(-1.0, 1.0)
''',
}


@dataclass(kw_only=True)
class Repository:
    """A clone as actions/checkout leaves it on a pull request.

    HEAD is the test merge commit, without a branch; the base is `origin/main`.
    """

    folder: Path
    fork: bool
    head: str = ""
    merge: str = ""

    def change(self, files: Mapping[str, str]) -> None:
        """Add a commit to the pull request, and merge it into the base for a test."""
        self.git("checkout", "-q", "--detach", self.head or "refs/remotes/origin/main")
        self.commit(files)
        self.head = self.git("rev-parse", "HEAD")
        self.git("checkout", "-q", "--detach", "refs/remotes/origin/main")
        self.git("merge", "-q", "--no-ff", "-m", "Merge the change", self.head)
        self.merge = self.git("rev-parse", "HEAD")

    def commit(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            self.git("add", "-f", name)
        self.git("commit", "-q", "-m", "A change")

    def git(self, *arguments: str) -> str:
        settings = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        done = subprocess.run(
            ["git", *settings, *arguments],
            cwd=self.folder,
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def refs(self) -> dict[str, str]:
        """What GitHub has of it: of a fork, only what the pull request brings."""
        ours = {} if self.fork else {"refs/heads/topic": self.head}
        base = self.git("rev-parse", "refs/remotes/origin/main")
        pull = {"refs/pull/7/head": self.head, "refs/pull/7/merge": self.merge}
        return {"refs/heads/main": base, **pull, **ours}

    def pull(self) -> dict[str, Any]:
        """The pull request as GitHub has it."""
        theirs = "somebody/r" if self.fork else "o/r"
        commits = {"sha": self.head, "merge_commit_sha": self.merge}
        return {**commits, "head_ref": "topic", "head_repo": theirs}

    def land(self) -> str:
        """Merge the pull request into main, and check that out, as for a push to it."""
        self.git("update-ref", "refs/remotes/origin/main", self.merge)
        self.git("checkout", "-q", "-B", "main", self.merge)
        return self.merge

    def fetch(self, github: GitHub, folder: Path) -> None:
        """Take all branches that GitHub has, as `fetch-depth: 0` does."""
        github.ask("_export", {"path": str(folder)})
        self.git("fetch", "-q", str(folder), "+refs/heads/*:refs/remotes/origin/*")


@dataclass(frozen=True, kw_only=True)
class GitHub:
    """A fake GitHub in a process of its own, and what it was told."""

    url: str

    def setup(self, **what: Any) -> Any:
        """Change what it holds or does, see `FakeGitHub.setup`; what came of it."""
        return self.ask("_setup", what)

    def ask(self, path: str, body: Any = None) -> Any:
        """What the server says of itself; see `fake_github.py`."""
        data = None if body is None else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(f"{self.url}/{path}", data) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.ask("_state")
        assert state["violations"] == []
        return state

    def comments(self) -> dict[int, str]:
        return {c["id"]: c["body"] for c in self.state()["comments"]}

    def statuses(self, commit: str) -> dict[str, str]:
        """context -> state, the latest of each."""
        statuses = self.state()["statuses"]
        return {s["context"]: s["state"] for s in statuses if s["sha"] == commit}

    def writes(self) -> list[str]:
        requests = self.state()["requests"]
        return [r["path"] for r in requests if r["method"] != "GET"]

    def tokens(self) -> set[str]:
        requests = self.state()["requests"]
        return {
            value.removeprefix("Bearer ")
            for request in requests
            for name, value in request["headers"].items()
            if name.lower() == "authorization"
        }


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the runner made of a job; see `result` in minirunner.mjs."""

    conclusion: str
    outputs: dict[str, str]
    annotations: list[dict[str, str]]
    dropped: int
    summaries: list[str]
    steps: list[dict[str, Any]]
    env: dict[str, str]
    path: list[str]
    log: list[str]

    def annotated(self, level: str) -> list[str]:
        return [a["message"] for a in self.annotations if a["level"] == level]


class Jobs(dict[str, Outcome]):
    """The jobs of a workflow, and the folder with the artifacts that they left."""

    def __init__(self, jobs: Mapping[str, Outcome], artifacts: Path) -> None:
        super().__init__(jobs)
        self.artifacts = artifacts


@dataclass(frozen=True, kw_only=True)
class Runner:
    """Runs the action, or a workflow of ours, on what happens to a pull request.

    `unprivileged` as a hosted runner's user is, where these tests run as root.
    """

    github: GitHub
    unprivileged: bool = False

    def action(
        self,
        repository: Repository,
        inputs: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        folder: Path = ROOT,
        event: Event | None = None,
    ) -> Outcome:
        request = self._request(repository, inputs, environment, event)
        return Outcome(**self._run({**request, "action": str(folder)}))

    def workflow(
        self,
        repository: Repository,
        inputs: Mapping[str, str] | None = None,
        event: Event | None = None,
        permissions: Mapping[str, str] = PERMISSIONS,
        file: str = "gate.yml",
        machines: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Jobs:
        """Call a workflow of ours with these permissions, with a token for each job.

        `machines` are variables of the machine that a job runs on, by its name.
        """
        request = self._request(repository, inputs, None, event)
        path = ROOT / ".github" / "workflows" / file
        if repository.fork and file == "gate.yml":  # whatever the workflow asks for
            permissions = dict.fromkeys(permissions, "read")
        request["github"]["token"] = ""  # nobody holds what a later job may do
        done = self._run(
            {
                **request,
                "workflow": str(path),
                "permissions": dict(permissions),
                "control": self.github.url,
                "machines": machines or {},
            }
        )
        return Jobs(
            {name: Outcome(**job) for name, job in done["jobs"].items()},
            artifacts=Path(done["artifacts"]),
        )

    def _request(
        self,
        repository: Repository,
        inputs: Mapping[str, str] | None,
        environment: Mapping[str, str] | None,
        event: Event | None,
    ) -> dict[str, Any]:
        event = event or events.pull_request(repository)
        self.github.setup(
            import_git={"path": str(repository.folder), "refs": repository.refs()},
            pulls={7: repository.pull()},
        )
        file = repository.folder.parent / "event.json"
        file.write_text(json.dumps(event.payload), "utf-8")
        return {
            "repository_root": str(ROOT),
            "workspace": str(repository.folder),
            "environment": {**_machine(), **(environment or {})},
            "inputs": inputs or {},
            "github": {
                "token": WRITE_TOKEN,
                "event": event.payload,
                "event_name": event.name,
                "event_path": str(file),
                "repository": "o/r",
                "repository_owner": "o",
                "sha": event.sha,
                "ref": event.ref,
                "base_ref": event.base_ref,
                "head_ref": event.head_ref,
                "api_url": self.github.url,
                "graphql_url": f"{self.github.url}/graphql",
                "server_url": "https://github.com",
                "run_id": "1001",
                "run_attempt": "1",
                "workflow": "CI",
                "actor": "octocat",
            },
        }

    def _run(self, request: Mapping[str, Any]) -> dict[str, Any]:
        start = [sys.executable, str(UNPRIVILEGED)] if self.unprivileged else []
        temp = Path(request["workspace"]).parent / "machine"
        temp.mkdir(exist_ok=True)
        done = subprocess.run(
            [*start, "node", "--import", "./register.mjs", "minirunner.mjs"],
            cwd=HARNESS,
            env={**os.environ, "TMPDIR": str(temp)},
            input=json.dumps(request),
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return result


def _machine() -> dict[str, str]:
    """The environment of a runner on which this test's own gate is installed."""
    folder = str(Path(sys.executable).parent)
    return {
        "PATH": os.pathsep.join([folder, MACHINE, os.environ["PATH"]]),
        "HOME": os.environ.get("HOME", "/tmp"),
        "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
        "LANG": "C.UTF-8",
        "GATE_VENV": sys.prefix,
    }


@pytest.fixture
def github() -> Iterator[GitHub]:
    command = [sys.executable, str(HARNESS / "fake_github.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout
        started = GitHub(url=process.stdout.readline().strip())
        started.setup(token=WRITE_TOKEN)  # and not in the words of a process
        yield started
        process.terminate()


@pytest.fixture
def runner(node: None, github: GitHub) -> Runner:
    return Runner(github=github)


MakeRepository = Callable[..., Repository]


@pytest.fixture
def make_repository(tmp_path: Path) -> MakeRepository:
    """Make a repository whose pull request changes these files, all of them `below`."""

    def make(
        changes: Mapping[str, str], *, fork: bool = False, below: str = ""
    ) -> Repository:
        repository = Repository(folder=tmp_path / "work", fork=fork)
        repository.folder.mkdir()
        repository.git("init", "-q", "-b", "main")
        repository.commit({below + name: text for name, text in FILES.items()})
        repository.git("update-ref", "refs/remotes/origin/main", "HEAD")
        repository.change({below + name: text for name, text in changes.items()})
        repository.git("branch", "-q", "-D", "main")
        return repository

    return make
