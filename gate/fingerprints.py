"""Findings, each with what it is known by: the same one today as at the base.

Not by its place, which any change above it moves, but by its rule, its file, what it
says and the text of its line; of a file that would be rewritten, by what would be
replaced. Equal ones are told apart by how many there are.
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
_HUNK = re.compile(r"@@ -([0-9]{1,9})\b")


class Print(NamedTuple):
    """What a finding is known by: a hash for each part of it, mostly one.

    `error` tells whether it is one, `path` where it was at the base; `lines` are those
    of its parts where it has several.
    """

    error: bool
    path: str
    parts: tuple[str, ...]
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
    hashes = (_hash(finding.rule, path, *part) for part in parts)
    lines = tuple(number for _, number in places)
    return Print(finding.level is Level.ERROR, path, tuple(hashes), lines)


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


def compare(
    today: Sequence[tuple[Print, Print]], base: Iterable[Print], order: Iterable[int]
) -> Comparison:
    """Hold today's findings against the base's.

    Where there are more of equal ones than there were, the last in `order` are new.
    """
    known = tuple(base)
    left = Counter(part for one in known for part in one.parts)
    new = [False] * len(today)
    lines = [0] * len(today)
    for index in order:
        one, other = today[index]
        for number, names in enumerate(zip(one.parts, other.parts)):
            name = next((name for name in names if left[name] > 0), "")
            if name:
                left[name] -= 1
            elif not new[index]:
                new[index] = True
                lines[index] = one.lines[number] if one.lines else 0
    fixed = 0
    for gone in known:
        parts = Counter(gone.parts)
        if gone.error and all(left[part] >= count for part, count in parts.items()):
            left -= parts
            fixed += 1
    return Comparison(tuple(new), fixed, tuple(lines))
