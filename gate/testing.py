"""Runs a tree's tests under coverage, with the project's Python, and reads what came.

Shared by the checks `tests`, which runs the tree as it is, and `coverage`, which may
run the base's tree in the same way to compare with.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from gate import process
from gate.errors import ConfigError, ToolError
from gate.project import Project, Python, is_test

# What the tests check leaves in the scratch folder for the coverage check: the plan,
# and a folder with coverage's data and, where the project has none, its settings.
PLAN = "tests.json"
FOLDER = "tests"
DATA = "coverage.data"
RCFILE = "coverage.ini"

PYTEST_CONFIG = ("pytest.ini", ".pytest.ini", "setup.cfg", "tox.ini")
MAX_REPORT = 50 * 1024 * 1024  # bytes of a JUnit or coverage report that we read

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

# Files that a coverage of "the code" is not about.
_NOT_CODE = ("setup.py", "noxfile.py", "conf.py", "conftest.py", "versioneer.py")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How the tests are run: pytest's arguments, seconds, and variables passed on."""

    arguments: tuple[str, ...]
    timeout: float
    env: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One test that ran: its name, what became of it, where and why it failed."""

    name: str
    outcome: str  # passed, failed, error, skipped
    seconds: float
    path: str = ""
    line: int | None = None
    message: str = ""
    details: str = ""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a run of the tests left: its process and its cases."""

    completed: process.Completed
    cases: tuple[Case, ...]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The project's settings of coverage: `own` is the file they are in, if any.

    `source` lists the folders to measure, and is empty where the file names them.
    """

    own: str | None
    source: tuple[str, ...]
    branch: bool
    special: bool  # something that coverage's fast core cannot do


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
    junit, data = scratch / "junit.xml", scratch / DATA
    settings = coverage_settings(project)
    extra = {"COVERAGE_FILE": str(data)}
    if folders := _first_on_path(project, root):
        given = os.environ.get("PYTHONPATH")
        extra["PYTHONPATH"] = os.pathsep.join([*folders, *([given] if given else [])])
    if _wants_sysmon(project.python, settings):
        extra["COVERAGE_CORE"] = "sysmon"
    rcfile = None
    if not settings.own:
        rcfile = scratch / RCFILE
        rcfile.write_text(_rcfile(settings.source), "utf-8")
    completed = process.run(
        _command(project.python, plan, settings, junit=junit, rcfile=rcfile),
        cwd=root,
        env=process.environment(extra, pass_on=plan.env),
        timeout=plan.timeout,
    )
    if not data.is_file() and any(scratch.glob("coverage.data.*")):
        coverage(project.python, root, scratch, "combine", "-q")
    return Run(
        completed=completed,
        cases=read_junit(junit, root) if junit.is_file() else (),
    )


def coverage(
    python: Python, root: Path, scratch: Path, *arguments: str
) -> process.Completed:
    """Run one of coverage's commands over the data that a `run` left in `scratch`."""
    words: list[str | Path] = [*python.module("coverage"), *arguments]
    if (scratch / RCFILE).is_file():
        words.append(f"--rcfile={scratch / RCFILE}")
    env = process.environment({"COVERAGE_FILE": str(scratch / DATA)})
    return process.run(words, cwd=root, env=env, timeout=600)


def coverage_section(project: Project, name: str) -> tuple[str | None, dict[str, Any]]:
    """The file of the project's own settings of coverage, if any, and a section of it.

    Raises:
        ConfigError: the file cannot be read.
    """
    own = project.configures("coverage", ".coveragerc", "setup.cfg", "tox.ini")
    if own == "pyproject.toml":
        return own, project.pyproject["tool"]["coverage"].get(name, {})
    if own:
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read(project.root / own, "utf-8")
        except (configparser.Error, UnicodeDecodeError) as error:
            raise ConfigError(f"cannot be read: {error}", path=own) from None
        for section in (f"coverage:{name}", name):
            if parser.has_section(section):
                return own, dict(parser[section])
    return own, {}


def coverage_settings(project: Project) -> Settings:
    """What the project's own configuration of coverage says, as far as we need it."""
    own, section = coverage_section(project, "run")
    named = {"source", "source_pkgs", "source_dirs", "include"} & {*section}
    branch = str(section.get("branch", not own)).lower()
    special = {"plugins", "concurrency", "dynamic_context", "core"} & {*section}
    return Settings(
        own=own,
        source=() if named else _source(project),
        branch=branch in ("true", "1", "yes", "on"),
        special=bool(special),
    )


def _source(project: Project) -> tuple[str, ...]:
    """The folders that hold code: coverage itself does not look below plain ones."""
    code = [f for f in project.sources if f.endswith(".py") and not _is_not_code(f)]
    tops = tuple(f"{package}/" for package in project.packages)
    loose = {str(PurePosixPath(f).parent) for f in code if not f.startswith(tops)}
    used = {p for p in project.packages if any(f.startswith(p + "/") for f in code)}
    return tuple(sorted(used | loose))


def _is_not_code(path: str) -> bool:
    return is_test(path) or path.rsplit("/", 1)[-1] in _NOT_CODE


def _rcfile(source: Sequence[str]) -> str:
    """Settings of coverage for a project that has none."""
    # Below the root (`./**`), not `*/tests/*`: the root itself may be below a `tests`.
    tests = ("tests/*", "test/*", "test_*.py", "*_test.py")
    omit = [f"./**/{pattern}" for pattern in (*tests, *_NOT_CODE)]
    return "\n".join(
        [
            "[run]",
            "branch = true",
            "source =",
            *(f"    {folder}" for folder in source or (".",)),
            "omit =",
            *(f"    {pattern}" for pattern in omit),
            "[report]",
            "exclude_also =",
            "    if TYPE_CHECKING:",
            "    if __name__ == .__main__.:",
            "",
        ]
    )


def _wants_sysmon(python: Python, settings: Settings) -> bool:
    """Whether coverage's fast core can serve: lines only, on Python 3.12 and 3.13.

    From 3.14 on coverage itself chooses well, and before 3.12 there is none.
    """
    plain = not (settings.branch or settings.special)
    return plain and (3, 12) <= python.version < (3, 14) and python.has("coverage")


def _first_on_path(project: Project, root: Path) -> list[str]:
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
        "import importlib.util, sys; sys.path[:] = filter(None, sys.path);"
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
    python: Python, plan: Plan, settings: Settings, *, junit: Path, rcfile: Path | None
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


def read_junit(path: Path, root: Path) -> tuple[Case, ...]:
    """The cases in pytest's JUnit report (of the xunit1 family, which has places).

    Raises:
        ToolError: it is not a report that can be read.
    """
    if path.stat().st_size > MAX_REPORT:
        raise ToolError(f"pytest's report is larger than {MAX_REPORT:,} bytes")
    text = path.read_bytes()
    # The tests could have written it: no entities, nor in UTF-16 to hide them.
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text or b"\0" in text:
        raise ToolError("pytest's report holds a document type: refused")
    try:
        cases = ElementTree.fromstring(text).iter("testcase")
        return tuple(_case(case, root) for case in cases)
    except (ElementTree.ParseError, ValueError) as error:
        raise ToolError(f"pytest's report cannot be read: {error}") from None


_OUTCOMES = {"error": "error", "failure": "failed", "skipped": "skipped"}


def _case(element: ElementTree.Element, root: Path) -> Case:
    outcome, reason = "passed", None
    for tag, name in _OUTCOMES.items():
        if (found := element.find(tag)) is not None:
            outcome, reason = name, found
            break
    path = _file_of(element, root)
    details = (reason.text or "") if reason is not None else ""
    message = reason.get("message", "") if reason is not None else ""
    line = int(element.get("line", -1)) + 1 or None
    if outcome in ("failed", "error"):
        path, line = _crash(details, root) or (path, line)
    return Case(
        name=_node(element, path if path.endswith(".py") else ""),
        outcome=outcome,
        seconds=float(element.get("time") or 0),
        path=path,
        line=line,
        message=message.strip(),
        details=details.strip(),
    )


def _file_of(element: ElementTree.Element, root: Path) -> str:
    """The file of a test; a module that cannot be collected is named as a module."""
    if path := element.get("file"):
        return path.replace("\\", "/")
    for name in (element.get("name", ""), element.get("classname", "")):
        path = name.replace(".", "/") + ".py"
        if name and (root / path).is_file():
            return path
    return ""


def _node(element: ElementTree.Element, path: str) -> str:
    """The name that pytest takes on its command line: `tests/test_a.py::test_b`."""
    file = (element.get("file") or path).replace("\\", "/")
    module = file.removesuffix(".py").replace("/", ".")
    classes = element.get("classname", "").removeprefix(module).strip(".")
    name = element.get("name", "")
    if not file or not element.get("classname"):  # a module that cannot be collected
        return file or name
    return "::".join([file, *(classes.split(".") if classes else []), name])


# As pytest writes a place, and as Python does, also below a SyntaxError.
_PLACE = re.compile(
    r"^(?P<path>[^\s:][^:\n]*):(?P<line>\d+): "
    r'|^(?:E )? *File "(?P<file>[^"\n]+)", line (?P<number>\d+)',
    re.MULTILINE,
)


def _crash(details: str, root: Path) -> tuple[str, int] | None:
    """The deepest place of a traceback that is in the project's own files."""
    found = None
    for match in _PLACE.finditer(details):
        path = root / (match["path"] or match["file"])
        if not path.is_file() or not path.resolve().is_relative_to(root.resolve()):
            continue
        relative = path.resolve().relative_to(root.resolve())
        if "site-packages" not in relative.parts:
            found = relative.as_posix(), int(match["line"] or match["number"])
    return found


def failed(cases: Iterable[Case]) -> tuple[Case, ...]:
    """The cases that failed, or broke before they could."""
    return tuple(case for case in cases if case.outcome in ("failed", "error"))


def read_coverage(python: Python, root: Path, scratch: Path) -> dict[str, Any] | None:
    """What `coverage json` says of the data that a `run` left; None if it left none.

    Raises:
        ToolError: coverage could not report.
    """
    if not (scratch / DATA).is_file():
        return None
    target = scratch / "coverage.json"
    done = coverage(python, root, scratch, "json", "-qi", "-o", str(target))
    if not target.is_file():
        reason = done.output[-500:] or "it did not say why"
        raise ToolError(f"coverage could not report: {reason}")
    if target.stat().st_size > MAX_REPORT:
        raise ToolError(f"coverage's report is larger than {MAX_REPORT:,} bytes")
    report: dict[str, Any] = json.loads(target.read_bytes())
    return report
