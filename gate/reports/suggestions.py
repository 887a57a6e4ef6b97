"""Fixes as changes that a reader of the pull request can commit with a click.

A finding's patch is cut into its single changes: some lines that are there, and what is
to stand in their place. Whether the lines are part of the pull request is for GitHub's
own diff to say.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator

import msgspec

from gate import patches
from gate.findings import Finding
from gate.reports import markup, text
from gate.verdict import Verdict

MOST = 1_000  # that are looked at
MAX_LINES = 60  # of one suggestion: a larger one is for the command, not for a click
MAX_TEXT = 10_000  # characters of its lines


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """Lines of a file (counted from 1, `path` from the repository's top), and better
    ones; `mark` tells it from others, wherever in the file it is."""

    path: str
    start: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    body: str
    mark: str

    @property
    def end(self) -> int:
        """The last of the lines."""
        return self.start + len(self.old) - 1


def of(verdict: Verdict) -> tuple[Suggestion, ...]:
    """What the findings' patches suggest, each change of a place once."""
    found: dict[object, Suggestion] = {}
    for one in itertools.islice(_all(verdict), MOST):
        found.setdefault((one.path, one.start, one.old, one.new), one)
    return tuple(found.values())


def _all(verdict: Verdict) -> Iterator[Suggestion]:
    for result in verdict.results:
        for finding in result.findings:
            if finding.new is False:
                continue  # was there before: not for this change to mend
            yield from _of_finding(finding, result.check, verdict)


def _of_finding(finding: Finding, check: str, verdict: Verdict) -> Iterator[Suggestion]:
    if not finding.path or not finding.fix or not finding.fix.patch:
        return
    folder, name = verdict.context.folder, verdict.context.name
    said = f"{markup.bold(check, 100)}: {markup.fitted(finding.message, 400)}"
    for file, start, old, new in _changes(finding.fix.patch):
        # A finding in data is mended in the schema: the patch says where it belongs.
        path = f"{folder}/{file or finding.path}".lstrip("/")
        lines = "\n".join(new)
        if not _is_plain(new) or len(lines) > MAX_TEXT:
            continue
        if max(len(old), len(new)) > MAX_LINES:
            continue
        identity = "\0".join([name, finding.rule, path, *old, "\1", *new])
        yield Suggestion(
            path=path,
            start=start,
            old=old,
            new=new,
            body=f"{said}\n\n{_block(lines, empty=not new)}",
            mark=hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:20],
        )


def _is_plain(lines: tuple[str, ...]) -> bool:
    """Whether what is seen is what would be committed: nothing hidden in it."""
    return all(text.visible(line) == line for line in lines)


def _block(lines: str, *, empty: bool) -> str:
    ticks = "`" * max(3, max(map(len, re.findall("`+", lines)), default=0) + 1)
    inside = "" if empty else f"{lines}\n"
    return f"{ticks}suggestion\n{inside}{ticks}"


Lines = tuple[str, ...]


def _changes(patch: str) -> Iterator[tuple[str, int, Lines, Lines]]:
    """The single changes of a unified diff: file, first line, lines there and wanted.

    What only adds lines takes one that is there along, because a suggestion stands in
    the place of at least one. A hunk that was cut off, as a long patch is, is left
    out; and one with a line that has no end, which no suggestion can say.
    """
    for hunk in patches.hunks(patch):
        if all(line.endswith("\n") for line in hunk.lines):
            body = [line[:-1] for line in hunk.lines]
            for group in _groups(body, hunk.start):
                yield (hunk.path, *group)


def _groups(body: list[str], first: int) -> Iterator[tuple[int, Lines, Lines]]:
    number, index = first, 0
    while index < len(body):
        if body[index][0] == " ":
            number, index = number + 1, index + 1
            continue
        end = index
        while end < len(body) and body[end][0] != " ":
            end += 1
        old = tuple(line[1:] for line in body[index:end] if line[0] == "-")
        new = tuple(line[1:] for line in body[index:end] if line[0] == "+")
        if old:
            yield number, old, new
        elif index:  # the line before
            kept = body[index - 1][1:]
            yield number - 1, (kept,), (kept, *new)
        elif end < len(body):  # the line behind
            kept = body[end][1:]
            yield number, (kept,), (*new, kept)
        number, index = number + len(old), end
