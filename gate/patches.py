"""Unified diffs, as the checks' findings carry them: written, read, put into effect."""

from __future__ import annotations

import difflib
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
    lines = _lines(text)
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


_AROUND = 3  # lines shown before and behind what changes
_MOST_COMPARED = 2000  # lines of one change: more are taken as a whole


@dataclass(frozen=True, kw_only=True)
class Change:
    """Lines `first` to before `end` of a file, from 0, and those wanted instead."""

    first: int
    end: int
    new: tuple[str, ...]


def written(path: str, text: str, changes: Sequence[Change]) -> str:
    """The diff of changes of a file that do not meet, in their order; "" of none."""
    lines = _lines(text)
    found = [small for one in changes for small in _smallest(lines, one)]
    parts = [f"--- {path}\n+++ {path}\n"]
    shift = 0
    for group in _near(found):
        first = max(0, group[0].first - _AROUND)
        end = min(len(lines), group[-1].end + _AROUND)
        body, at, more = [], first, 0
        for one in group:
            body += [f" {line}" for line in lines[at : one.first]]
            body += [f"-{line}" for line in lines[one.first : one.end]]
            body += [f"+{line}" for line in one.new]
            at, more = one.end, more + len(one.new) - (one.end - one.first)
        body += [f" {line}" for line in lines[at:end]]
        size = end - first
        # A side without lines is named by the line before it.
        old, new = first + bool(size), first + shift + bool(size + more)
        parts.append(f"@@ -{old},{size} +{new},{size + more} @@\n")
        parts += [s if s.endswith("\n") else f"{s}\n{_NO_END}" for s in body]
        shift += more
    return "".join(parts) if found else ""


_NO_END = f"{_UNENDED} No newline at end of file\n"


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _smallest(lines: Sequence[str], change: Change) -> Iterator[Change]:
    """A change, less the lines in it that stay."""
    old = lines[change.first : change.end]
    if len(old) + len(change.new) > _MOST_COMPARED:
        yield change
        return
    matcher = difflib.SequenceMatcher(None, old, change.new, autojunk=False)
    for what, first, end, start, stop in matcher.get_opcodes():
        if what != "equal":
            yield Change(
                first=change.first + first,
                end=change.first + end,
                new=tuple(change.new[start:stop]),
            )


def _near(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """The changes in groups, as far as what is shown around them meets."""
    group: list[Change] = []
    for one in changes:
        if group and one.first - group[-1].end > 2 * _AROUND:
            yield group
            group = []
        group.append(one)
    if group:
        yield group
