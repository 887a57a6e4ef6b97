"""Lint with flake8."""

from __future__ import annotations

import configparser
import contextlib
import functools
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import msgspec

from gate import cells, process, reach
from gate.code.notebooks import Notebook
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
from gate.interpreters import Python
from gate.project import Project

TIMEOUT = 900.0  # seconds

# In flake8's own order; it needs a plug-in for the last one.
_CONFIG = ("setup.cfg", "tox.ini", ".flake8", "pyproject.toml")

# A separator that no rule's text holds, where a file name may hold a colon.
_SEPARATOR = "\x1f"
_FORMAT = _SEPARATOR.join(f"%({name})s" for name in ("path", "row", "col", "code"))
_FORMAT += f"{_SEPARATOR}%(text)s"

_NAME = re.compile(r"[\w./-]+")  # of a file: to flake8 it is no pattern, and no list


# What is said of the end of a file, of a module, and of awaiting in none; and what is
# said of a statement that ends a cell, and so is shown.
_OF_FILES = ("W391", "W292", "D100", "INP001", "F704")
_OF_ENDS = ("E703", "B015", "B018")


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lint with flake8, by the project's own settings for it."""

    local: ClassVar[bool] = True  # a file is judged by itself
    directions: ClassVar[dict[str, str]] = {"notebooks": "set"}

    judge: Judged = Judge.ALL
    notebooks: cells.Included = True


def run(project: Project, options: Options) -> Result:
    """Every line that flake8 prints is a finding."""
    # As flake8 itself looks for them: a stub is laid out by other rules.
    sources = [name for name in project.sources if name.endswith(".py")]
    notebooks = project.notebooks if options.notebooks else ()
    if not sources and not notebooks:
        return Result(status=Status.SKIPPED, summary="there are no Python files")
    python = project.python if project.python.has("flake8") else project.own_python
    look = functools.partial(_look, project, python, len(sources))
    findings = reach.by_file(project, "lint", reach.of_flake8(project), sources, look)
    known = {*sources}  # not what git ignores
    findings = [finding for finding in findings if finding.path in known]
    names = [*sources, *(notebook.path for notebook in notebooks)]
    findings += [_unreadable(name) for name in names if not name.isprintable()]
    findings += _in_notebooks(project, python, notebooks)
    files = len({finding.path for finding in findings})
    return Result(
        status=Status.FAILED if findings else Status.PASSED,
        summary=(
            f"{plural(len(findings), 'problem')} in {plural(files, 'file')}"
            if findings
            else f"{plural(len(names), 'file')} without a problem"
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
        words = [*_settings(project), *only, *paths]
        yield from _flake8(python, project.root, words)


def _in_notebooks(
    project: Project, python: Python, notebooks: Sequence[Notebook]
) -> Iterator[Finding]:
    """What flake8 says of the cells, each notebook's as one file of its own path."""
    yield from cells.unread(notebooks, "lint/E999")
    found = {n.path: n for n in notebooks if n.text and n.path.isprintable()}
    if not found:
        return
    root = project.scratch / "lint"
    cells.write(root, {path: notebook.text for path, notebook in found.items()})
    _copy_settings(project, root)
    words = [*_settings(project), "--filename=*.ipynb", "."]
    for finding in _flake8(python, root, words):
        notebook = found.get(finding.path or "")
        if notebook and not _is_fine(finding, notebook):
            if said := cells.placed(finding, notebook):
                yield said


def _copy_settings(project: Project, root: Path) -> None:
    """Let the project's own settings hold in another folder."""
    own = project.configures("flake8", *_CONFIG)
    if own is None or own == "pyproject.toml":
        return
    settings = configparser.RawConfigParser(strict=False)
    with contextlib.suppress(configparser.Error, OSError, UnicodeDecodeError):
        settings.read(project.root / own, "utf-8")
        # Its paths begin in the project's folder.
        place = settings.get("flake8:local-plugins", "paths", fallback="")
        paths = [str(project.root / p) for p in re.split(r"[,\s]+", place) if p]
        if paths:
            settings["flake8:local-plugins"]["paths"] = ",".join(paths)
    with (root / own).open("w", encoding="utf-8") as file:
        settings.write(file)


def _is_fine(finding: Finding, notebook: Notebook) -> bool:
    """Whether a rule of files is broken where a cell begins or ends, as cells may.

    A cell begins with imports and ends with what it shows, `frame` or `plot();`, and
    with empty lines where nobody sees them; a notebook has no docstring.
    """
    code = finding.rule.removeprefix("lint/")
    line = finding.line or 1
    if code in _OF_FILES:
        return True
    if code == "E303":
        return notebook.begins_cell(line)
    if code == "E402":
        return notebook.imports_first(line)
    return code in _OF_ENDS and notebook.ends_cell(line)


def _flake8(python: Python, folder: Path, words: list[str]) -> list[Finding]:
    done = process.run(
        [
            *python.module("flake8"),
            f"--jobs={process.workers()}",
            f"--format={_FORMAT}",
            *words,
        ],
        cwd=folder,
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
