"""Findings, each with what it is known by: the same one today as at the base.

Not by its place, which any change above it moves, but by its rule, its file, what it
says and the text of its line; of a file that would be rewritten, by what would be
replaced. Equal ones are told apart by how many there are. What is gone from one file
and is there in another has moved, and a statement is the same however it is laid out.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gate.findings import Finding, Level

# A file's path and a number -> that line, and the statement that it is in.
Texts = Callable[[str, int], tuple[str, str]]

_NAME = re.compile(r"[\w./-]+")
_FILE = re.compile(r"[\w./-]+\.(pyi?|ipynb)\b")
_WAYS = 3  # in which a part has a name
_JSON = re.compile(r'(?:\\n)?",?$', re.MULTILINE)
_HUNK = re.compile(r"@@ -([0-9]{1,9})\b")


class Print(NamedTuple):
    """What a finding is known by: for each part of it, mostly one, some hashes.

    The first is that in its file, the next in any file, the last in any layout. `error`
    tells whether it is one, `path` where it was at the base; `lines` are those of its
    parts where it has several.
    """

    error: bool
    path: str
    parts: tuple[tuple[str, ...], ...]
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
        dots = len(name) - len(name.lstrip("."))  # of a relative import
        start = name[dots:]
        while start:
            if start in self._names:
                return name[:dots] + self._names[start] + name[dots + len(start) :]
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
    findings: Iterable[Finding], texts: Texts, *, roots: Iterable[str] = ()
) -> tuple[Print, ...]:
    """What findings of the base are known by; `roots` are left out of what they say."""
    whole = tuple(roots)
    return tuple(_print(f, texts, whole, f.path or "", str) for f in findings)


def renamed_prints(
    findings: Iterable[Finding], texts: Texts, renames: Renames, *, roots: Iterable[str]
) -> tuple[tuple[Print, Print], ...]:
    """What findings of today are known by: by the names of today, and of then.

    Only the file's own name is that of then in both.
    """
    whole = tuple(roots)
    found = []
    for finding in findings:
        path = renames.path(finding.path or "")
        today = _print(finding, texts, whole, path, str)
        found.append((today, _print(finding, texts, whole, path, renames.undone)))
    return tuple(found)


def _print(
    finding: Finding,
    texts: Texts,
    roots: Sequence[str],
    path: str,
    undone: Callable[[str], str],
) -> Print:
    # What has a column is one place, whether or not it can be mended.
    whole = finding.fix.patch if finding.fix and not finding.column else ""
    if path.endswith(".ipynb"):  # the last line of a cell is written in another way
        whole = _JSON.sub("", whole)
    places = replaced(whole) if finding.path else []
    said = [(undone(part), ("", "")) for part, _ in places]
    if not said:
        at = ("", "")
        if finding.path and finding.line:
            at = texts(finding.path, finding.line)
        message = finding.message
        for root in roots:
            message = message.replace(root, "")
        # Without numbers: of lines and columns, and of how long or how many.
        message = re.sub(r"\d+", "0", undone(" ".join(message.split())))
        said = [(message, (undone(at[0].strip()), undone(at[1])))]
    return Print(
        error=finding.level is Level.ERROR,
        path=path,
        parts=tuple(_names(finding, path, *part) for part in said),
        lines=tuple(number for _, number in places),
    )


def _names(
    finding: Finding, path: str, message: str, texts: tuple[str, str]
) -> tuple[str, ...]:
    rule, (line, statement) = finding.rule, texts
    there = _hash(rule, path, message, line)
    if finding.key:
        return there, *([_hash(rule, "", finding.key)] * (_WAYS - 1))
    words = rule, _placeless(message)
    laid_out = _hash(*words, "=", statement) if statement else _hash(*words, line)
    return there, _hash(*words, _placeless(line)), laid_out


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
    """A part of the finding with that index, by the names in each print of it."""

    finding: int
    number: int
    names: tuple[tuple[str, ...], ...]


def compare(
    today: Sequence[tuple[Print, ...]], base: Iterable[Print], order: Iterable[int]
) -> Comparison:
    """Hold today's findings against the base's, each known by one print or another.

    First each file's own, then what is new in one against what is gone from any, then
    so in any layout. Where there are more of equal ones than there were, the last in
    `order` are new.
    """
    known = tuple(base)
    found = [part for index in order for part in _parts_of(index, today[index])]
    gone = [part for index, one in enumerate(known) for part in _parts_of(index, [one])]
    for way in range(_WAYS):
        found, gone = _unpaired(found, gone, way)
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
    for number, names in enumerate(zip(*(one.parts for one in prints))):
        yield _Part(index, number, names)


def _unpaired(
    today: Iterable[_Part], base: Sequence[_Part], way: int
) -> tuple[list[_Part], list[_Part]]:
    """What has no equal on the other side, by the names that it has in that way."""
    left: dict[str, list[_Part]] = {}
    for part in reversed(base):
        left.setdefault(part.names[0][way], []).append(part)
    lone = []
    for part in today:
        name = next((n[way] for n in part.names if left.get(n[way])), None)
        if name is None:
            lone.append(part)
        else:
            left[name].pop()
    return lone, [part for parts in left.values() for part in parts]
