"""Small trees and repositories to judge, and the helpers that make them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, settings

from gate import git
from gate.base import Base
from gate.findings import Result
from gate.interpreters import Python, inspect_python
from gate.project import Project

Files = Mapping[str, str | bytes]
MakeProject = Callable[..., Project]
Run = Callable[..., Result]

# No timed assertions: the machines that run these tests are shared.
settings.register_profile(
    "gate", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("gate")

# What is run by `nohup`, or in the background of a script, ignores these, and so would
# each program that a test starts and then ends.
for _name in ("SIGHUP", "SIGINT", "SIGQUIT"):
    _number = getattr(signal, _name, None)
    if _number and signal.getsignal(_number) is signal.SIG_IGN:
        _own = _number == signal.SIGINT
        signal.signal(_number, signal.default_int_handler if _own else signal.SIG_DFL)


def write(root: Path, files: Files) -> None:
    """Write files below `root`; text as UTF-8 with the line ends it has."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


@dataclass(frozen=True)
class Repository:
    """A git repository in a folder of its own."""

    root: Path

    def git(self, *arguments: str) -> str:
        """What git says; nobody's own configuration is read."""
        done = subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@b", *arguments],
            cwd=self.root,
            env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull},
            check=True,
            capture_output=True,
        )
        return done.stdout.decode().strip()

    def write(self, files: Files) -> None:
        """Write files, without a commit."""
        write(self.root, files)

    def commit(self, files: Files | None = None) -> str:
        """Write files, commit everything there is, and say the commit's name."""
        self.write(files or {})
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "a change")
        return self.git("rev-parse", "HEAD")


@pytest.fixture(autouse=True)
def _nobodys_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same answers on every machine, on GitHub's runners too."""
    for name in list(os.environ):
        if name.startswith(("GITHUB_", "GATE_", "GIT_")) and name != _UPDATE:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path_factory.getbasetemp()))


_UPDATE = "GATE_UPDATE_GOLDEN"


@pytest.fixture(scope="session")
def make_repository() -> Callable[[Path], Repository]:
    """Make an empty git repository on the branch main in a new folder."""

    def make(root: Path) -> Repository:
        made = Repository(root)
        root.mkdir()
        made.git("init", "-q", "-b", "main")
        return made

    return make


@pytest.fixture
def repository(
    tmp_path: Path, make_repository: Callable[[Path], Repository]
) -> Repository:
    """An empty git repository on the branch main."""
    return make_repository(tmp_path / "repository")


@pytest.fixture(scope="session")
def python() -> Python:
    """The Python that runs these tests, as the project's."""
    return inspect_python(Path(sys.executable), "the tests' own")


@pytest.fixture
def make_project(tmp_path: Path, python: Python) -> MakeProject:
    """A project of the given files; with `base`, in git, with those before them."""

    def make(
        files: Files, *, base: Files | None = None, python: Python = python
    ) -> Project:
        root, scratch = tmp_path / "project", tmp_path / "scratch"
        root.mkdir()
        scratch.mkdir()
        found = None
        if base is not None:
            repository = Repository(root)
            repository.git("init", "-q", "-b", "main")
            found = Base(commit=repository.commit(base), origin="main")
        write(root, files)
        names = git.files(root) if found else tuple(sorted(files))
        return Project(
            root=root,
            scratch=scratch,
            files=tuple(name for name in names if (root / name).is_file()),
            python=python,
            own_python=python,
            base=found,
        )

    return make


@pytest.fixture
def run_check(make_project: MakeProject) -> Iterator[Run]:
    """Build a tree and run one check on it: `run_check(lint, {"a.py": ...})`."""

    def run(
        check: ModuleType,
        files: Files,
        *,
        base: Files | None = None,
        **options: object,
    ) -> Result:
        result = check.run(make_project(files, base=base), check.Options(**options))
        assert isinstance(result, Result)
        return result

    yield run
