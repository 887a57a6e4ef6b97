"""Coverage of a tree: its settings, and the report of what a run of tests left."""

from __future__ import annotations

import configparser
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from gate import process
from gate.errors import ConfigError, ToolError
from gate.project import Project, Python, is_test

# In the scratch folder of a run: the data, and the settings where the project has none.
DATA = "coverage.data"
RCFILE = "coverage.ini"

MAX_REPORT = 50 * 1024 * 1024  # bytes of a report that we read

# Files that a coverage of "the code" is not about.
_NOT_CODE = ("setup.py", "noxfile.py", "conf.py", "conftest.py", "versioneer.py")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The project's settings of coverage: `own` is the file they are in, if any.

    `source` lists the folders to measure, and is empty where the file names them.
    """

    own: str | None
    source: tuple[str, ...]
    branch: bool
    special: bool  # something that coverage's fast core cannot do


def command(
    python: Python, root: Path, scratch: Path, *arguments: str
) -> process.Completed:
    """Run one of coverage's commands over the data that a `run` left in `scratch`."""
    words: list[str | Path] = [*python.module("coverage"), *arguments]
    if (scratch / RCFILE).is_file():
        words.append(f"--rcfile={scratch / RCFILE}")
    env = process.environment({"COVERAGE_FILE": str(scratch / DATA)})
    return process.run(words, cwd=root, env=env, timeout=600)


def section(project: Project, name: str) -> tuple[str | None, dict[str, Any]]:
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
        for title in (f"coverage:{name}", name):
            if parser.has_section(title):
                return own, dict(parser[title])
    return own, {}


def settings(project: Project) -> Settings:
    """What the project's own configuration of coverage says, as far as we need it."""
    own, found = section(project, "run")
    named = {"source", "source_pkgs", "source_dirs", "include"} & {*found}
    branch = str(found.get("branch", not own)).lower()
    special = {"plugins", "concurrency", "dynamic_context", "core"} & {*found}
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


def rcfile(source: Sequence[str]) -> str:
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


def wants_sysmon(python: Python, own: Settings) -> bool:
    """Whether coverage's fast core can serve: lines only, on Python 3.12 and 3.13.

    From 3.14 on coverage itself chooses well, and before 3.12 there is none.
    """
    plain = not (own.branch or own.special)
    return plain and (3, 12) <= python.version < (3, 14) and python.has("coverage")


def read(python: Python, root: Path, scratch: Path) -> dict[str, Any] | None:
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
    report: dict[str, Any] = json.loads(target.read_bytes())
    return report
