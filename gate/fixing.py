"""What a check's findings offer as patches -> files mended, in place or as a diff."""

from __future__ import annotations

import codecs
import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from gate import atomic, cells, patches
from gate.checks import Check
from gate.code import notebooks
from gate.errors import GateError
from gate.patches import Hunk, Misfit
from gate.project import Project

MOST_ROUNDS = 50  # a check may name only so many files at a time


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """The files that were mended, and why others could not be; path -> reason."""

    files: tuple[str, ...]
    left: dict[str, str]


def offered(project: Project, check: Check, options: Any) -> dict[str, list[Hunk]]:
    """The changes that a check's findings carry, for each file of the project."""
    found: dict[str, list[Hunk]] = {}
    for finding in check.run(project, options).findings:
        for hunk in patches.hunks(finding.fix.patch if finding.fix else ""):
            path = finding.path or hunk.path
            if path in project.files and hunk not in found.setdefault(path, []):
                found[path].append(hunk)
    return {path: list(_apart(hunks)) for path, hunks in found.items() if hunks}


def _apart(hunks: list[Hunk]) -> Iterator[Hunk]:
    """Those that do not meet one before: two findings may want the same lines."""
    end = 0
    for hunk in sorted(hunks, key=lambda one: one.start):
        if hunk.start > end:
            yield hunk
            end = hunk.start + len(hunk.old)


def fix(project: Project, check: Check, options: Any) -> Fixed:
    """Put what a check offers into effect, until it offers nothing more."""
    files: dict[str, None] = {}
    left: dict[str, str] = {}
    for _ in range(MOST_ROUNDS):
        # Looked at anew: a project keeps what it has read.
        wanted = offered(dataclasses.replace(project), check, options)
        mended: dict[str, None] = {}
        for path, hunks in wanted.items():
            if path not in left and (reason := _mend(project, path, hunks)):
                left[path] = reason
            elif path not in left:
                mended[path] = None
        if not mended:
            break
        files |= mended
    return Fixed(files=tuple(files), left=left)


def outputs(project: Project, check: Check, options: Any) -> tuple[str, ...]:
    """The notebooks that a check, which says so, finds outputs in."""
    found = check.run(project, options).findings
    rule = f"reproducibility/{notebooks.OUTPUTS.name}"
    return tuple(f.path for f in found if f.rule == rule and f.path)


def clear(project: Project, paths: Iterable[str]) -> Fixed:
    """Take the outputs of notebooks away, and leave all else as it is."""
    files, left = [], {}
    for path in paths:
        hunks = [*patches.hunks(cells.clearing(project.root, path))]
        if reason := _mend(project, path, hunks):
            left[path] = reason
        elif hunks:
            files.append(path)
    return Fixed(files=tuple(files), left=left)


def _applied(text: str, hunks: list[Hunk]) -> str:
    """The text mended, with the line ends of its first line, as black has it."""
    end = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    mended = patches.applied(text.replace("\r\n", "\n"), hunks)
    return mended.replace("\n", end)


def _mend(project: Project, path: str, hunks: list[Hunk]) -> str:
    """Change one file; why that cannot be done, if it cannot."""
    place = project.root / path
    try:
        data = place.read_bytes()
        mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        text = data.removeprefix(mark).decode("utf-8")
        atomic.write(place, mark + _applied(text, hunks).encode("utf-8"))
    except UnicodeDecodeError:
        return "it is not UTF-8 text"
    except Misfit as error:
        return str(error)
    except OSError as error:
        return error.strerror or str(error)
    except GateError as error:
        return error.message
    return ""
