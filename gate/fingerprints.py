"""Findings, each with what it is known by: the same one today as at the base.

Not by its place, which any change above it moves, but by its rule, its file, what it
says and the text of its line; of a file that would be rewritten, by what would be
replaced. Equal ones are told apart by how many there are. What is gone from one file and
is there in another has moved.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gate.findings import Finding, Level

Line = Callable[[str, int], str]  # a file's path and a number -> the text of that line

_NAME = re.compile(r"[\w./-]+")
_FILE = re.compile(r"[\w./-]+\.(pyi?|ipynb)\b")
_HUNK = re.compile(r"@@ -([0-9]{1,9})\b")


class Print(NamedTuple):
    """What a finding is known by: a hash for each part of it, mostly one.

    `error` tells whether it is one, `path` where it was at the base; `anywhere` are the
    parts' hashes in whatever file they are, `lines` those of parts where it has several.
    """

    error: bool
    path: str
    parts: tuple[str, ...]
    anywhere: tuple[str, ...]
    lines: tuple[int, ...] = ()


class Renames:
    """Files that have another name than at the base, and what is said of them."""

    def __init__(self, was: Mapping[str, str]) -> None:
        """Take the paths of today with those at the base; "" is of a new file."""
        self._was = {**was}
        self._names: dict[str, str] = {}
        for new, old in sorted(was.items()):
            if old and new != old:
                self._names.setdefault(new, old)
                for one, other in _modules(new, old):
                    self._names.setdefault(one, other)

    def path(self, path: str) -> str:
        """What a file was called."""
        return self._was.get(path) or path

    def undone(self, text: str) -> str:
        """A text in which each file and each module has the name that it had."""
        return (
            _NAME.sub(lambda found: self._old(found[0]), text) if self._names else text
        )

    def _old(self, name: str) -> str:
        start = name
        while start:
            if start in self._names:
                return self._names[start] + name[len(start) :]
            start = start.rpartition(".")[0]
        return name


def _modules(new: str, old: str) -> Iterator[tuple[str, str]]:
    """The names that a module can be imported by, then and now.

    The folders above its package are not part of them, nor can they be told: a name is
    given for each number of folders that both paths begin with.
    """
    one, other = _parts(new), _parts(old)
    while one and other and one != other:
        yield ".".join(one), ".".join(other)
        if one[0] != other[0]:
            break
        one, other = one[1:], other[1:]


def _parts(path: str) -> list[str]:
    return re.sub(r"(/__init__)?\.pyi?$", "", path).split("/")


def prints(
    findings: Iterable[Finding], line: Line, *, roots: Iterable[str] = ()
) -> tuple[Print, ...]:
    """What findings of the base are known by; `roots` are left out of what they say."""
    whole = tuple(roots)
    return tuple(_print(f, line, whole, f.path or "", str) for f in findings)


def renamed_prints(
    findings: Iterable[Finding], line: Line, renames: Renames, *, roots: Iterable[str]
) -> tuple[tuple[Print, Print], ...]:
    """What findings of today are known by: by the names of today, and of then.

    Only the file's own name is that of then in both.
    """
    whole = tuple(roots)
    found = []
    for finding in findings:
        path = renames.path(finding.path or "")
        today = _print(finding, line, whole, path, str)
        found.append((today, _print(finding, line, whole, path, renames.undone)))
    return tuple(found)


def _print(
    finding: Finding,
    line: Line,
    roots: Sequence[str],
    path: str,
    undone: Callable[[str], str],
) -> Print:
    patch = finding.fix.patch if finding.fix and finding.path else ""
    places = replaced(patch)
    parts = [(undone(part), "") for part, _ in places]
    if not parts:
        text = line(finding.path, finding.line) if finding.path and finding.line else ""
        message = finding.message
        for root in roots:
            message = message.replace(root, "")
        # Without numbers: of lines and columns, and of how long or how many.
        message = re.sub(r"\d+", "0", undone(" ".join(message.split())))
        parts = [(message, undone(text.strip()))]
    return Print(
        error=finding.level is Level.ERROR,
        path=path,
        parts=tuple(_hash(finding.rule, path, *part) for part in parts),
        anywhere=tuple(_hash(finding.rule, *map(_placeless, part)) for part in parts),
        lines=tuple(number for _, number in places),
    )


def _placeless(text: str) -> str:
    """A text without the names of files: code that moves leaves others behind."""
    return _FILE.sub("*", text)


def _hash(*words: str) -> str:
    data = "\0".join(words).encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()[:32]


def replaced(patch: str) -> list[tuple[str, int]]:
    """What a unified diff of a file would replace, each with its line in the file.

    Lines are told without their indentation. What only puts lines in between, or takes
    empty ones away, is known by the line behind it.
    """
    found: list[tuple[str, int]] = []
    lines = patch.split("\n")
    number = 0
    at = next((n for n, line in enumerate(lines) if _HUNK.match(line)), len(lines))
    while at < len(lines):
        if hunk := _HUNK.match(lines[at]):
            number = int(hunk[1]) - 1  # of the line before
        elif lines[at][:1] not in ("-", "+"):
            number += 1
        else:
            old, end = _old(lines, at)
            behind = lines[end][1:].strip() if end < len(lines) else ""
            told = [(line, number + n) for n, line in enumerate(old, start=1)]
            told = [(line, n) for line, n in told if re.search(r"\w", line)]
            found += told or [(f"before {behind}", number + 1)]
            number, at = number + len(old), end - 1
        at += 1
    return found


def _old(lines: Sequence[str], at: int) -> tuple[list[str], int]:
    """The lines that a change takes away, and where in the patch it ends."""
    end = at
    while end < len(lines) and lines[end][:1] in ("-", "+", "\\"):
        end += 1
    return [line[1:].strip() for line in lines[at:end] if line[0] == "-"], end


class Comparison(NamedTuple):
    """Which of today's findings are new, and how many of the base's errors are gone.

    `lines` are those of the first part that is new, of what has several; else 0.
    """

    new: tuple[bool, ...]
    fixed: int
    lines: tuple[int, ...] = ()


class _Part(NamedTuple):
    """A part of the finding with that index: its names in its file, and in any."""

    finding: int
    number: int
    names: tuple[tuple[str, ...], tuple[str, ...]]


def compare(
    today: Sequence[tuple[Print, ...]], base: Iterable[Print], order: Iterable[int]
) -> Comparison:
    """Hold today's findings against the base's, each known by one print or another.

    First each file's own, then what is new in one against what is gone from any.
    Where there are more of equal ones than there were, the last in `order` are new.
    """
    known = tuple(base)
    found = [part for index in order for part in _parts_of(index, today[index])]
    gone = [part for index, one in enumerate(known) for part in _parts_of(index, [one])]
    for anywhere in (False, True):
        found, gone = _unpaired(found, gone, anywhere)
    new = [False] * len(today)
    lines = [0] * len(today)
    for part in reversed(found):  # so that the first one has the last word
        told = today[part.finding][0].lines
        new[part.finding] = True
        lines[part.finding] = told[part.number] if told else 0
    left = Counter(part.finding for part in gone)
    fixed = sum(one.error and left[n] == len(one.parts) for n, one in enumerate(known))
    return Comparison(tuple(new), fixed, tuple(lines))


def _parts_of(index: int, prints: Sequence[Print]) -> Iterator[_Part]:
    names = zip(zip(*(p.parts for p in prints)), zip(*(p.anywhere for p in prints)))
    for number, both in enumerate(names):
        yield _Part(index, number, both)


def _unpaired(
    today: Iterable[_Part], base: Sequence[_Part], anywhere: bool
) -> tuple[list[_Part], list[_Part]]:
    """What has no equal on the other side."""
    left: dict[str, list[_Part]] = {}
    for part in reversed(base):
        left.setdefault(part.names[anywhere][0], []).append(part)
    lone = []
    for part in today:
        name = next((name for name in part.names[anywhere] if left.get(name)), "")
        if name:
            left[name].pop()
        else:
            lone.append(part)
    return lone, [part for parts in left.values() for part in parts]
