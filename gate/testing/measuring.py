"""Coverage of a tree: its settings, and the report of what a run of tests left."""

from __future__ import annotations

import configparser
import itertools
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from gate import process
from gate.code.layout import is_test
from gate.errors import ConfigError, ToolError
from gate.interpreters import Python
from gate.project import Project, read_toml
from gate.testing import covered

# In the scratch folder of a run: the data, and the settings where the project has none.
DATA = "coverage.data"
RCFILE = "coverage.ini"
POINTER = "coverage.path"  # holds the path of the settings, where they are named

# Where the tools look for their settings, the first that has any first.
PYTEST_CONFIG = (
    *("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini"),
    *("pyproject.toml", "tox.ini", "setup.cfg"),
)
COVERAGE_CONFIG = (
    *(".coveragerc", ".coveragerc.toml", "setup.cfg", "tox.ini", "pyproject.toml"),
)

MAX_REPORT = 50 * 1024 * 1024  # bytes of a report that we read

# Files that a coverage of "the code" is not about, where they stand at the root.
_NOT_CODE = ("setup.py", "noxfile.py", "conf.py", "versioneer.py")
_TEST = re.compile(r"^\s*(?:async )?def test|^\s*class (?:Test|\w+\(.*TestCase)", re.M)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The project's settings of coverage: `own` is the file they are in, if any.

    `given` is that file where pytest is told it: coverage must be told it too.
    `source` lists the folders to measure, and is empty where the file names them.
    """

    own: str | None
    given: str | None
    source: tuple[str, ...]
    branch: bool
    special: bool  # something that coverage's fast core cannot do
    relative: bool  # its data has the paths of files from here on


def command(
    python: Python, root: Path, scratch: Path, *arguments: str
) -> process.Completed:
    """Run one of coverage's commands over the data that a `run` left in `scratch`."""
    words: list[str | Path] = [*python.module("coverage"), *arguments]
    if (scratch / POINTER).is_file():
        words.append(f"--rcfile={(scratch / POINTER).read_text('utf-8')}")
    env = process.environment({"COVERAGE_FILE": str(scratch / DATA)})
    return process.run(words, cwd=root, env=env, timeout=600)


def words(project: Project, arguments: Sequence[str]) -> list[str]:
    """The options that pytest sees: `addopts` of its settings, then its arguments."""
    own = project.configures("pytest", *PYTEST_CONFIG)
    titles = ("tool.pytest.ini_options", "tool.pytest", "tool:pytest", "pytest")
    given = _section(project, own, titles).get("addopts", "") if own else ""
    if not isinstance(given, str):
        return [*map(str, given), *arguments]
    try:
        return [*shlex.split(given), *arguments]
    except ValueError:  # pytest will say so
        return [*given.split(), *arguments]


def _option(words: Sequence[str], name: str) -> str | None:
    """The value of an option, given as `--a=b` or `--a b`; the last one holds."""
    found = None
    for word, following in itertools.zip_longest(words, words[1:], fillvalue=""):
        if word == name:
            found = following
        elif word.startswith(f"{name}="):
            found = word.partition("=")[2]
    return found


def _section(project: Project, file: str, titles: Sequence[str]) -> dict[str, Any]:
    """The first section of these titles in a file of settings; {} without any.

    Raises:
        ConfigError: the file cannot be read.
    """
    path = project.root / file
    try:
        if file.endswith(".toml"):
            document = read_toml(path)
            return next(filter(None, (_table(document, t) for t in titles)), {})
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        parser.read(path, "utf-8-sig")
    except (configparser.Error, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", path=file) from None
    return next((dict(parser[t]) for t in titles if parser.has_section(t)), {})


def _table(document: dict[str, Any], title: str) -> dict[str, Any]:
    """The table `a.b` of a TOML document; {} without it."""
    found: Any = document
    for key in title.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _own(project: Project, words: Sequence[str]) -> str | None:
    """The file of the project's settings of coverage: as coverage looks for it."""
    given = _option(words, "--cov-config")
    return given or project.configures("coverage", *COVERAGE_CONFIG)


def _settings_of(project: Project, own: str | None, name: str) -> dict[str, Any]:
    titles = (f"tool.coverage.{name}", f"coverage:{name}", name)
    return _section(project, own, titles) if own else {}


_YES = ("true", "1", "yes", "on")


def settings(project: Project, words: Sequence[str]) -> Settings:
    """What the project's own configuration of coverage says, as far as we need it.

    Raises:
        ConfigError: it cannot be read.
    """
    own = _own(project, words)
    found = _settings_of(project, own, "run")
    named = {"source", "source_pkgs", "source_dirs", "include"} & {*found}
    branch = str(found.get("branch", not own)).lower()
    relative = str(found.get("relative_files", False)).lower()
    special = {"plugins", "concurrency", "dynamic_context", "core"} & {*found}
    return Settings(
        own=own,
        given=_option(words, "--cov-config"),
        source=() if named else _source(project),
        branch=branch in _YES,
        special=bool(special),
        relative=relative in _YES,
    )


def has_paths(project: Project, words: Sequence[str]) -> bool:
    """Whether the project's settings say which folders elsewhere are its own."""
    return bool(_settings_of(project, _own(project, words), "paths"))


@dataclass(frozen=True)
class Minimum:
    """The least coverage; `digits` is what a coverage is rounded to before."""

    percent: float
    digits: int | None = None

    def above(self, percent: float | None) -> bool:
        """Whether a coverage is too low, or there is none."""
        if percent is None:
            return self.percent > 0
        if self.digits is not None and self.percent < 100:
            percent = round(percent, self.digits)
        return percent < self.percent - 1e-9


def minimum(project: Project, words: Sequence[str]) -> Minimum:
    """The project's own: of pytest-cov, whose own we silence; else of coverage.

    It is held against a rounded coverage, as the tools do.

    Raises:
        ConfigError: the settings cannot be read.
    """
    report = _settings_of(project, _own(project, words), "report")
    try:
        digits = int(report.get("precision", 0))
        least = _option(words, "--cov-fail-under") or report.get("fail_under", 0)
        return Minimum(float(least), digits)
    except (TypeError, ValueError):
        return Minimum(0)


def _source(project: Project) -> tuple[str, ...]:
    """The folders that hold code: coverage itself does not look below plain ones."""
    code = [f for f in project.sources if f.endswith(".py") and not _left(project, f)]
    tops = tuple(f"{package}/" for package in project.packages)
    loose = {str(PurePosixPath(f).parent) for f in code if not f.startswith(tops)}
    used = {p for p in project.packages if any(f.startswith(p + "/") for f in code)}
    return tuple(sorted(used | loose))


def _left(project: Project, path: str) -> str:
    """What leaves a file out of the code: itself, a folder of tests, or nothing ("").

    In an import package a name alone makes no test, for `stats/t_test.py` may well be
    code: there has to be a test in the file, or in the folder `tests` or `test`.
    """
    *folders, name = path.split("/")
    if name == "conftest.py" or path in _NOT_CODE:
        return path
    if name == "conf.py" and folders and folders[0] in ("docs", "doc"):
        return path
    package = next((p for p in project.packages if path.startswith(f"{p}/")), "")
    depth = package.count("/") + 1 if package else 0
    known = ("test", "tests") if package else ("test", "tests", "testing")
    for index, folder in enumerate(folders[depth:], start=depth + 1):
        if folder in known:
            tests = "/".join(folders[:index])
            inside = (f for f in project.sources if f.startswith(f"{tests}/"))
            if not package or any(_holds_test(project.root / f) for f in inside):
                return tests
    if is_test(name) and (not package or _holds_test(project.root / path)):
        return path
    return ""


def _holds_test(path: Path) -> bool:
    try:
        return bool(_TEST.search(path.read_text("utf-8", "replace")))
    except OSError:
        return False


def rcfile(project: Project, source: Sequence[str]) -> str:
    """Settings of coverage for a project that has none."""
    python = (f for f in project.sources if f.endswith(".py"))
    left = sorted({_left(project, f) for f in python} - {""})
    # What means something else in such a file, or in a pattern, is any character.
    safe = (re.sub(r"[^\w./-]", "?", path) for path in left)
    omit = [f"./{p}" if p.endswith(".py") else f"./{p}/*" for p in safe]
    return "\n".join(
        [
            "[run]",
            "branch = true",
            "source =",
            *(f"    {folder}" for folder in source or (".",)),
            "omit =",
            *(f"    {pattern}" for pattern in omit),
            "[report]",
            "omit =",  # of what was measured by other settings, too
            *(f"    {pattern}" for pattern in omit),
            "exclude_also =",
            "    if TYPE_CHECKING:",
            "    if __name__ == .__main__.:",
            "",
        ]
    )


def wants_sysmon(python: Python, own: Settings) -> bool:
    """Whether coverage's fast core can serve: lines only, on Python 3.12 and 3.13.

    From 3.14 on coverage itself chooses well, and before 3.12 there is none.
    """
    plain = not (own.branch or own.special)
    return plain and (3, 12) <= python.version < (3, 14) and python.has("coverage")


def settings_file(project: Project, settings: Settings, scratch: Path) -> Path | None:
    """The file in `scratch` with settings for a project that has none, if so.

    `command` finds it there, or the one that pytest is told of.
    """
    rcfile_ = None
    if not settings.own:
        rcfile_ = scratch / RCFILE
        rcfile_.write_text(rcfile(project, settings.source), "utf-8")
    if named := rcfile_ or settings.given:
        (scratch / POINTER).write_text(str(named), "utf-8")
    return rcfile_


def read(python: Python, root: Path, scratch: Path) -> covered.Measured | None:
    """What `coverage json` says of the data that a `run` left; None if it left none.

    Raises:
        ToolError: coverage could not report.
    """
    if not (scratch / DATA).is_file():
        return None
    target = scratch / "coverage.json"
    done = command(python, root, scratch, "json", "-qi", "-o", str(target))
    if not target.is_file():
        reason = done.output[-500:] or "it did not say why"
        raise ToolError(f"coverage could not report: {reason}")
    if target.stat().st_size > MAX_REPORT:
        raise ToolError(f"coverage's report is larger than {MAX_REPORT:,} bytes")
    try:
        return msgspec.json.decode(target.read_bytes(), type=covered.Measured)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ToolError(f"coverage's report cannot be understood: {error}") from None
