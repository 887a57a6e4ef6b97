"""Unified diffs, as the checks' findings carry them: read, and put into effect."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_COUNT = "[0-9]{1,9}"
_HUNK = re.compile(rf"@@ -({_COUNT})(?:,({_COUNT}))? \+{_COUNT}(?:,({_COUNT}))? @@")
_UNENDED = "\\"  # `\ No newline at end of file` is about the line before it


@dataclass(frozen=True, kw_only=True)
class Hunk:
    """Lines of a file that are there, and those that are wanted in their place.

    `start` counts from 1; where no line is there, it is the one to come behind. Each of
    `lines` has its sign (a blank, `-` or `+`) and its line end, if there is one.
    """

    path: str
    start: int
    lines: tuple[str, ...]

    @property
    def old(self) -> tuple[str, ...]:
        """The lines that are there."""
        return tuple(line[1:] for line in self.lines if line[0] != "+")

    @property
    def new(self) -> tuple[str, ...]:
        """The lines that are wanted."""
        return tuple(line[1:] for line in self.lines if line[0] != "-")


class Misfit(ValueError):
    """A patch is for another text than the one at hand."""


def hunks(patch: str) -> Iterator[Hunk]:
    """The hunks of a diff of one file or more, without any that was cut off."""
    lines = patch.split("\n")
    lines.pop()  # what no line feed ends is empty, or cut off
    at, path = 0, ""
    while at < len(lines):
        head = _HUNK.match(lines[at])
        if lines[at].startswith("+++ ") and at:
            path = _path(lines[at - 1], lines[at])
        at += 1
        if head:
            body, at = _body(lines, at, int(head[2] or 1), int(head[3] or 1))
            if body:
                yield Hunk(path=path, start=int(head[1]), lines=tuple(body))


def first_changed(patch: str) -> int | None:
    """The line of the old file where the first change of a diff is, if there is one."""
    for hunk in hunks(patch):
        same = itertools.takewhile(lambda line: line[0] == " ", hunk.lines)
        return hunk.start + len([*same]) or None
    return None


def _path(before: str, after: str) -> str:
    """The file that `--- ` and `+++ ` name, with git's prefixes or without."""
    old, new = (line[4:].partition("\t")[0] for line in (before, after))
    prefixed = old.startswith("a/") and new.startswith("b/")
    return new[2:] if prefixed else new


def _body(lines: list[str], at: int, old: int, new: int) -> tuple[list[str], int]:
    """The lines of a hunk by its counts, and where it ends; none if not all are there.

    By its counts, or a line that looks like a header would be taken for one.
    """
    body: list[str] = []
    end = at
    while end < len(lines) and (old > 0 or new > 0):
        sign = lines[end][:1]
        if sign == _UNENDED and body:
            body[-1] = body[-1].removesuffix("\n")
        elif sign in (" ", "-", "+"):
            body.append(lines[end] + "\n")
            old -= sign != "+"
            new -= sign != "-"
        else:
            return [], at
        end += 1
    if old or new:
        return [], at
    if end < len(lines) and lines[end][:1] == _UNENDED:
        body[-1] = body[-1].removesuffix("\n")
        end += 1
    return body, end


def applied(text: str, changes: Sequence[Hunk]) -> str:
    """The text with the hunks of its file put into effect.

    Raises:
        Misfit: the text does not have a hunk's lines where the hunk says.
    """
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    made: list[str] = []
    done = 0
    for hunk in changes:
        first = hunk.start - 1 if hunk.old else hunk.start
        end = first + len(hunk.old)
        if first < done or tuple(lines[first:end]) != hunk.old:
            raise Misfit(f"line {hunk.start} is not what the patch is for")
        made += [*lines[done:first], *hunk.new]
        done = end
    return "".join([*made, *lines[done:]])
