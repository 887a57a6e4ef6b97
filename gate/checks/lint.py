"""Lint with flake8."""

from __future__ import annotations

import configparser
import functools
import os
import re
from collections.abc import Iterator, Sequence
from typing import ClassVar

import msgspec

from gate import process, reach
from gate.errors import ToolError
from gate.findings import (
    Finding,
    Fix,
    Judge,
    Judged,
    Level,
    Result,
    Status,
    Tool,
    plural,
)
from gate.project import Project, Python

TIMEOUT = 900.0  # seconds

# In flake8's own order; it needs a plug-in for the last one.
_CONFIG = ("setup.cfg", "tox.ini", ".flake8", "pyproject.toml")

# A separator that no rule's text holds, where a file name may hold a colon.
_SEPARATOR = "\x1f"
_FORMAT = _SEPARATOR.join(f"%({name})s" for name in ("path", "row", "col", "code"))
_FORMAT += f"{_SEPARATOR}%(text)s"

_NAME = re.compile(r"[\w./-]+")  # of a file: to flake8 it is no pattern, and no list


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lint with flake8, by the project's own settings for it."""

    local: ClassVar[bool] = True  # a file is judged by itself

    judge: Judged = Judge.ALL


def run(project: Project, options: Options) -> Result:
    """Every line that flake8 prints is a finding."""
    # As flake8 itself looks for them: a stub is laid out by other rules.
    sources = [name for name in project.sources if name.endswith(".py")]
    if not sources:
        return Result(status=Status.SKIPPED, summary="there are no Python files")
    python = project.python if project.python.has("flake8") else project.own_python
    look = functools.partial(_look, project, python, len(sources))
    findings = reach.by_file(project, "lint", reach.of_flake8(project), sources, look)
    known = {*sources}  # not what git ignores
    findings = [finding for finding in findings if finding.path in known]
    findings += [_unreadable(name) for name in sources if not name.isprintable()]
    files = len({finding.path for finding in findings})
    return Result(
        status=Status.FAILED if findings else Status.PASSED,
        summary=(
            f"{plural(len(findings), 'problem')} in {plural(files, 'file')}"
            if findings
            else f"{plural(len(sources), 'file')} without a problem"
        ),
        findings=tuple(findings),
        metrics={"lint.problems": len(findings)},
        advice=(
            ("mend the lines named: `gate run --only lint -v` prints them all",)
            if findings
            else ()
        ),
        tools=(
            Tool(name="flake8", version=python.tools["flake8"], origin=python.origin),
        ),
    )


def _unreadable(name: str) -> Finding:
    """What flake8 prints in lines says nothing of a name that breaks a line."""
    shown = name.encode("unicode_escape").decode()
    return Finding(
        rule="lint/name",
        message=f"`{shown}` cannot be judged: its name holds a character that cannot be"
        " printed",
        path=name,
        fix=Fix(text="rename the file"),
    )


def _look(
    project: Project, python: Python, total: int, sources: Sequence[str]
) -> Iterator[Finding]:
    """What flake8 finds in some of so many files."""
    # By top folder, as a hundred thousand files fit on no command line, and as flake8
    # leaves a folder out only when it comes to it.
    named = {name.split("/")[0] for name in sources}
    few = len(sources) < total and all(map(_NAME.fullmatch, sources))
    only = [f"--filename={','.join(sources)}"] if few else []
    if sum(map(len, only)) > process.MAX_WORDS:
        only = []
    for paths in process.batches(sorted(sources if project.of_base else named)):
        yield from _flake8(project, python, [*only, *paths])


def _flake8(project: Project, python: Python, paths: list[str]) -> list[Finding]:
    done = process.run(
        [
            *python.module("flake8"),
            f"--jobs={process.workers()}",
            f"--format={_FORMAT}",
            *_settings(project),
            *paths,
        ],
        cwd=project.root,
        timeout=TIMEOUT,
    )
    if done.timed_out:
        raise ToolError(f"flake8 took longer than {TIMEOUT:.0f} s")
    findings = [f for line in done.stdout.split("\n") if (f := _finding(line))]
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        lines = done.output.splitlines() or ["it did not say why"]
        raise ToolError(
            f"flake8 ended with code {done.returncode}: {lines[-1]}",
            hint="run `flake8` to see what it says",
        )
    if done.returncode and not findings:
        raise ToolError(
            "flake8 found problems and did not print them",
            hint="see whether its settings name `quiet` or `output-file`",
        )
    return findings


def _settings(project: Project) -> list[str]:
    """Where the project has no settings that flake8 finds: those that it should use.

    Without any, those that agree with black.
    """
    own = project.configures("flake8", *_CONFIG)
    if own == "pyproject.toml":
        # flake8 itself reads no TOML: a plugin does, which need not be there.
        settings = configparser.ConfigParser(interpolation=None)
        settings["flake8"] = {
            key: ",".join(map(str, value)) if isinstance(value, list) else str(value)
            for key, value in project.pyproject["tool"]["flake8"].items()
        }
        path = project.scratch / "flake8.ini"
        with path.open("w", encoding="utf-8") as file:
            settings.write(file)
        return [f"--append-config={path}"]
    if own:
        return []
    black = project.pyproject.get("tool", {}).get("black", {})
    length = black.get("line-length", black.get("line_length", 88))
    return [f"--max-line-length={length}", "--extend-ignore=E203,E701"]


def _finding(line: str) -> Finding | None:
    parts = line.split(_SEPARATOR)
    if len(parts) != 5 or not (parts[1].isdigit() and parts[2].isdigit()):
        return None
    path, row, column, code, text = parts
    return Finding(
        rule=f"lint/{code}",
        message=text,
        # Warnings of style do not break a program, yet they close the gate as flake8's
        # own exit code would: what is not wanted is switched off in its settings.
        level=Level.ERROR,
        path=re.sub(r"^\./", "", path.replace(os.sep, "/")),
        line=int(row) or None,
        column=int(column) or None,
    )
