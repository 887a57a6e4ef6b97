"""Runs a tree's tests under coverage, with the project's own Python.

Shared by the checks `tests`, which runs the tree as it is, and `coverage`, which may
run the base's tree in the same way to compare with.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import msgspec

from gate import process
from gate.errors import ConfigError
from gate.interpreters import Python
from gate.project import Project, list_files
from gate.testing import cases, measuring
from gate.testing.cases import Case

# What the tests check leaves in the scratch folder for the coverage check: the plan,
# and a folder with what `gate.testing.measuring` reads.
PLAN = "tests.json"
FOLDER = "tests"

# The working folder comes first on the path only once pytest and coverage are
# loaded: `python -m pytest` would load a user's own coverage.py or pytest.py. It is
# put there at all because tests of scripts and flat packages count on it.
_RUN = """
import sys
sys.path[:] = filter(None, sys.path)
import pytest
try:
    import coverage.cmdline, pytest_cov.engine, pytest_cov.plugin
except ImportError:
    pass
sys.path.insert(0, "")
sys.exit(pytest.main())
"""
_RUN_UNDER_COVERAGE = """
import sys
sys.path[:] = filter(None, sys.path)
import coverage.cmdline, pytest
sys.path.insert(0, "")
sys.exit(coverage.cmdline.main(sys.argv[1:]))
"""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How the tests are run: pytest's arguments, seconds, and variables passed on."""

    arguments: tuple[str, ...]
    timeout: float
    env: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a run of the tests left: its process and its cases."""

    completed: process.Completed
    cases: tuple[Case, ...]


def arguments_of(command: str) -> tuple[str, ...]:
    """The arguments for pytest in a command such as `python -m pytest -q tests`.

    Raises:
        ConfigError: the command is something else than pytest.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ConfigError(f"`command` is no command line: {error}") from None
    for start in (["pytest"], ["py.test"], ["python", "-m", "pytest"]):
        if words[: len(start)] == start:
            return tuple(words[len(start) :])
    raise ConfigError(
        f"`command` must start with `pytest`, not `{' '.join(words[:3])}`"
        " (pytest runs unittest's tests too)"
    )


def run(project: Project, plan: Plan, *, root: Path, scratch: Path) -> Run:
    """Run the tests below `root`, under coverage where it is installed.

    `root` is the project's, or another tree of it; `scratch` takes the reports.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    junit, data = scratch / "junit.xml", scratch / measuring.DATA
    tree = project
    if root != project.root:  # the base's own files and settings
        tree = replace(project, root=root, files=list_files(root, in_git=False))
    words = measuring.words(tree, plan.arguments)
    settings = measuring.settings(tree, words)
    extra = {"COVERAGE_FILE": str(data), **_temporary(project.scratch, plan)}
    if folders := first_on_path(project, root):
        given = os.environ.get("PYTHONPATH")
        extra["PYTHONPATH"] = os.pathsep.join([*folders, *([given] if given else [])])
    if measuring.wants_sysmon(project.python, settings):
        extra["COVERAGE_CORE"] = "sysmon"
    rcfile = measuring.settings_file(tree, settings, scratch)
    completed = process.run(
        _command(project.python, plan, settings, junit=junit, rcfile=rcfile),
        cwd=root,
        env=process.environment(extra, pass_on=plan.env),
        timeout=plan.timeout,
    )
    if not data.is_file() and any(scratch.glob("coverage.data.*")):
        measuring.command(project.python, root, scratch, "combine", "-q")
    return Run(
        completed=completed,
        cases=cases.read(junit, root).cases if junit.is_file() else (),
    )


def _temporary(scratch: Path, plan: Plan) -> dict[str, str]:
    """Where the tests keep their temporary files: what they leave goes with the run.

    The name is short, for a socket's path must be.
    """
    folder = scratch / "t"
    folder.mkdir(exist_ok=True)
    names = {"TMPDIR", "TEMP", "TMP"} - {name.upper() for name in plan.env}
    return dict.fromkeys(sorted(names), str(folder))


def first_on_path(project: Project, root: Path) -> list[str]:
    """What must come before installed packages for the tests to see this very tree.

    For another tree than the project's (the base's), all of its folders of packages;
    for the project's own, those of packages that are not installed.
    """
    parents = sorted({str(PurePosixPath(p).parent) for p in project.packages} - {"."})
    if root != project.root:
        return [str(root / parent) for parent in (*parents, ".")]
    names = [p.rsplit("/", 1)[-1] for p in project.packages if "/" in p]
    if not names:
        return []
    question = (
        "import sys; sys.path[:] = filter(None, sys.path); import importlib.util;"
        "print(*[n for n in sys.argv[1:] if importlib.util.find_spec(n) is None])"
    )
    done = process.run(
        [project.python.path, "-c", question, *names], cwd=root, timeout=60
    )
    missing = done.stdout.split()
    return [
        str(root / str(PurePosixPath(p).parent))
        for p in project.packages
        if "/" in p and p.rsplit("/", 1)[-1] in missing
    ]


def _command(
    python: Python,
    plan: Plan,
    settings: measuring.Settings,
    *,
    junit: Path,
    rcfile: Path | None,
) -> list[str | Path]:
    report = [f"--junitxml={junit}", "-o", "junit_family=xunit1"]
    words: list[str | Path] = [python.path, "-c"]
    config = [f"--cov-config={rcfile}"] if rcfile else []
    if python.has("pytest-cov"):
        source = [f"--cov={folder}" for folder in settings.source] or ["--cov"]
        # A minimum is the coverage check's to judge, not the tests'.
        cov = [*source, *config, "--cov-report=", "--cov-fail-under=0"]
        return [*words, _RUN, *plan.arguments, *cov, *report]
    if python.has("coverage"):
        source = [f"--source={','.join(settings.source)}"] if settings.source else []
        rc = [f"--rcfile={rcfile}"] if rcfile else source
        run_it = ["run", *rc, "-m", "pytest"]
        return [*words, _RUN_UNDER_COVERAGE, *run_it, *plan.arguments, *report]
    return [*words, _RUN, *plan.arguments, *report]
