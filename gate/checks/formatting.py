"""Formatting with black."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import msgspec

from gate import blackcells, cells, patches, process, results
from gate.code.notebooks import Notebook
from gate.errors import ToolError
from gate.findings import Finding, Fix, Judge, Judged, Result, Status, Tool, plural
from gate.interpreters import Python
from gate.project import Project

TIMEOUT = 600.0  # seconds
_BROKEN = "formatting/cannot-parse"


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Formatting with black, by the project's own settings for it."""

    local: ClassVar[bool] = True  # a file is judged by itself
    directions: ClassVar[dict[str, str]] = {"notebooks": "set"}

    judge: Judged = Judge.ALL
    notebooks: cells.Included = True


def run(project: Project, options: Options) -> Result:
    """Every file that black would change is a finding that carries the diff."""
    notebooks = project.notebooks if options.notebooks else ()
    if not project.sources and not notebooks:
        return Result(status=Status.SKIPPED, summary="there are no Python files")
    python = project.python if project.python.has("black") else project.own_python
    tool = Tool(name="black", version=python.tools["black"], origin=python.origin)
    done = _Judged(findings=(), unchanged=0)
    if project.sources:
        done = _modules(project, python)
    findings = [*done.findings, *_cells(project, python, notebooks)]
    broken = sum(finding.rule == _BROKEN for finding in findings)
    reformat = len(findings) - broken
    of_notebooks = len({f.path for f in findings} & {n.path for n in notebooks})
    unchanged = done.unchanged + len(notebooks) - of_notebooks
    return Result(
        status=Status.FAILED if findings else Status.PASSED,
        summary=_summary(unchanged, reformat, broken),
        findings=tuple(findings),
        metrics={"formatting.files": len(findings)},
        advice=_advice(bool(reformat), bool(broken), bool(of_notebooks)),
        tools=(tool,),
    )


@dataclass(frozen=True)
class _Judged:
    """What black says of files, and how many of them it would leave as they are."""

    findings: tuple[Finding, ...]
    unchanged: int


def _modules(project: Project, python: Python) -> _Judged:
    # `-v`, or else `quiet = true` in the project's settings keeps the names from us.
    checked = _black(project, python, "--check", "-v", *_only(project), ".")
    paths = _named(checked.stderr, r"would reformat (.+)", project.root)
    broken = _broken(checked.stderr, project.root)
    # It ends with 1 also where its settings ask for another version.
    if checked.returncode and not (broken or (paths and checked.returncode == 1)):
        raise _stopped(checked)
    known = {*project.sources}  # not what git ignores, nor notebooks, which it may see
    paths = [path for path in paths if path in known]
    broken = [finding for finding in broken if finding.path in known]
    diffs: dict[str, str] = {}
    # Twice, because black's cache serves --check but not --diff.
    for some in process.batches(_shown(project, paths)):
        diffs |= _diffs(_black(project, python, "--diff", "-q", "--", *some).stdout)
    findings = (*broken, *(_finding(path, diffs.get(path, "")) for path in paths))
    return _Judged(findings=findings, unchanged=_unchanged(checked.stderr))


def _stopped(done: process.Completed) -> ToolError:
    return ToolError(
        f"black ended with code {done.returncode}: {_last(done.stderr)}",
        hint="run `black --check .` to see what it says",
    )


def _unchanged(text: str) -> int:
    """How many files black would leave as they are, notebooks apart."""
    counted = re.search(r"(\d+) files? would be left unchanged", text)
    apart = re.findall(r"^.+\.ipynb (?:already well|wasn't modified)", text, re.M)
    return int(counted[1]) - len(apart) if counted else 0


def _cells(
    project: Project, python: Python, notebooks: Sequence[Notebook]
) -> Iterator[Finding]:
    def black(folder: Path) -> None:
        done = _black(project, python, "-q", ".", folder=folder)
        if done.returncode not in (0, 123):  # 123: it cannot parse one
            raise _stopped(done)

    unreadable = [notebook for notebook in notebooks if notebook.error]
    yield from cells.unread(unreadable, _BROKEN)
    yield from blackcells.judge(project, notebooks, black)


def _only(project: Project) -> list[str]:
    """The words that keep black to the files of a tree of the past, and its `exclude`.

    Where they would be too many for one word, it may as well look at all of them.
    """
    wanted = "|".join(map(re.escape, filter(str.isprintable, project.files)))
    if not project.of_base or len(wanted) > process.MAX_WORDS:
        return []
    return ["--include", f"^/({wanted})$"]


def _shown(project: Project, paths: list[str]) -> list[str]:
    """The files whose diffs are wanted: those that have changed, and then some."""
    changed = project.changed_lines or {}
    first = [path for path in paths if path in changed]
    rest = [path for path in paths if path not in changed]
    return [*first, *rest[: max(0, results.MAX_FINDINGS - len(first))]]


def _black(
    project: Project, python: Python, *arguments: str, folder: Path | None = None
) -> process.Completed:
    env = process.environment()
    # What black remembers of a tree that is soon gone is of no use.
    if project.of_base or folder:
        env["BLACK_CACHE_DIR"] = str(project.scratch)
    elif "BLACK_CACHE_DIR" not in env:
        env["BLACK_CACHE_DIR"] = str(_kept(project))
    done = process.run(
        # --fast leaves out black's proof that it would change no meaning: nothing is
        # changed here.
        [*python.module("black"), "--no-color", "--fast", *arguments],
        cwd=folder or project.root,
        env=env,
        timeout=TIMEOUT,
    )
    if done.timed_out:
        raise ToolError(f"black took longer than {TIMEOUT:.0f} s")
    return done


def _kept(project: Project) -> Path:
    """Where black keeps what it knows."""
    kept = project.cache.folder("black") if project.cache else None
    return kept or project.scratch


def _named(text: str, pattern: str, root: Path) -> list[str]:
    found = re.findall(rf"^{pattern}$", text, re.MULTILINE)
    return sorted(_relative(name, root) for name in found)


def _relative(name: str, root: Path) -> str:
    return os.path.relpath(root / name, root).replace(os.sep, "/")


# As black says it since 26 (columns from 1), and as it did before (from 0).
_CANNOT_PARSE = re.compile(
    r"^error: cannot parse: (?P<path>.+):(?P<line>\d+):(?P<column>\d+)\n"
    r"(?P<code>.*)\n *\^.*\n(?P<why>.+)$",
    re.MULTILINE,
)
_CANNOT_FORMAT = re.compile(
    r"^error: cannot format (?P<path>.+?): (?P<why>.+?)"
    r"(?:: (?P<line>\d+):(?P<column>\d+): (?P<code>.*))?$",
    re.MULTILINE,
)


def _broken(text: str, root: Path) -> list[Finding]:
    """The files that black cannot read at all: not Python, or not this Python."""
    return [
        Finding(
            rule=_BROKEN,
            message=_why(match),
            path=_relative(match["path"], root),
            line=int(match["line"]) if match["line"] else None,
            column=int(match["column"]) + first if match["column"] else None,
        )
        for pattern, first in ((_CANNOT_PARSE, 0), (_CANNOT_FORMAT, 1))
        for match in pattern.finditer(text)
    ]


def _why(match: re.Match[str]) -> str:
    code = (match["code"] or "").strip()
    return f"{match['why']}: {code}" if code else match["why"]


def _diffs(text: str) -> dict[str, str]:
    """The parts of a long unified diff by the path they are for."""
    text = re.sub("^\ufeff", "", text, flags=re.MULTILINE)  # of a file that has one
    parts = re.split(r"^(?=--- .*\n\+\+\+ )", text, flags=re.MULTILINE)
    found = {}
    for part in parts:
        if match := re.match(r"--- (.+?)\t", part):
            found[match[1].replace(os.sep, "/")] = re.sub(
                r"^((?:---|\+\+\+) .+?)\t.*$", r"\1", part, count=2, flags=re.MULTILINE
            )
    return found


def _finding(path: str, diff: str) -> Finding:
    hunks = re.findall(r"^@@ ", diff, re.MULTILINE)
    return Finding(
        rule="formatting/reformat",
        message=f"black would reformat this file ({plural(len(hunks), 'place')})",
        path=path,
        line=patches.first_changed(diff),
        fix=Fix(command=f"black {shlex.quote(path)}", patch=diff),
    )


def _summary(unchanged: int, reformat: int, broken: int) -> str:
    total = reformat + broken + unchanged
    if not reformat and not broken:
        return f"{plural(total, 'file')} formatted"
    parts = []
    if reformat:
        parts.append(f"{reformat} of {plural(total, 'file')} would be reformatted")
    if broken:
        parts.append(f"{plural(broken, 'file')} cannot be parsed")
    return ", ".join(parts)


def _advice(reformat: bool, broken: bool, notebooks: bool) -> tuple[str, ...]:
    steps = []
    if broken:
        steps.append("mend the syntax of the files that cannot be parsed")
    if reformat:
        program = "gate fix --only formatting" if notebooks else "black ."
        steps.append(f"run `{program}` and commit what it changes")
    return tuple(steps)


def _last(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it did not say why"
