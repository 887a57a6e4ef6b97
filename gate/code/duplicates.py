"""Copies in source files: exact, renamed, with other literals, and edited.

Windows of a few statements are looked up by their shape; those that follow one another
become runs, runs with little between them chains; each chain is then compared for real.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from gate.code.alignment import MAX_GAP, Comparison, Match
from gate.code.grouping import grouped
from gate.code.source import Source
from gate.code.statements import Statement, outline

WINDOW = 3  # statements
MIN_WINDOW = 14  # nodes of the syntax in a window, or it is everywhere
FREQUENT = 12  # a window met more often is compared with the last place alone
MAX_STATEMENTS = 1_000_000
MAX_RUNS = 400_000
_ACTIVE: Final = 32  # chains that a run may still belong to

Run = tuple[int, int, int]  # where it starts in both places, and its length


@dataclass(frozen=True, order=True, kw_only=True)
class Place:
    """A stretch of a file; `name` is of the function or class that it is in."""

    path: str
    first: int
    last: int
    name: str = ""

    @property
    def lines(self) -> int:
        """How many there are, comments and blank ones too."""
        return self.last - self.first + 1


@dataclass(frozen=True, kw_only=True)
class Clone:
    """Code that is in several places, in the order of their paths and lines.

    `lines` are those of real code that the two most alike share.
    """

    places: tuple[Place, ...]
    lines: int
    similarity: float


@dataclass(frozen=True, kw_only=True)
class Found:
    """The clones, the largest first; the lines with code of each file, and the copied.

    `complete` is false where there was more than is looked at.
    """

    clones: tuple[Clone, ...]
    code: dict[str, frozenset[int]]
    copied: dict[str, frozenset[int]]
    complete: bool = True


def find(
    sources: Iterable[Source], *, min_lines: int = 8, limit: int = MAX_STATEMENTS
) -> Found:
    """The code that is there more than once, in one file or in several.

    A clone has `min_lines` lines of real code or more: imports, fields, tables and
    calls that only set something up count for nothing. `limit` is how many statements
    are compared.
    """
    row = _Row.of(sources, limit)
    runs, complete = _runs(row)
    comparison = Comparison(row.statements, row.ends, min_lines)
    matches: list[Match] = []
    for chain in _chains(row, _extended(row, runs)):
        matches += comparison.matches(chain)
    clones = tuple(
        Clone(
            places=tuple(sorted(row.place(*span) for span in group.spans)),
            lines=group.lines,
            similarity=group.similarity,
        )
        for group in grouped(matches)
    )
    return Found(
        clones=clones,
        code=row.code,
        copied=_copied(row.code, clones),
        complete=complete and row.complete,
    )


@dataclass
class _Row:
    """The statements of all files in one row, with None behind each file."""

    statements: list[Statement | None] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    shapes: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    code: dict[str, frozenset[int]] = field(default_factory=dict)
    complete: bool = True

    @classmethod
    def of(cls, sources: Iterable[Source], limit: int) -> _Row:
        row = cls()
        known: dict[object, int] = {}
        for source in sorted(sources, key=lambda one: one.path):
            found, ends = outline(source)
            start = len(row.statements)
            if start + len(found) > limit:
                row.complete = False
                continue
            row.code[source.path] = frozenset(
                line for one in found for line in range(one.first, one.last + 1)
            )
            row.shapes += [known.setdefault(one.shape, len(known)) for one in found]
            row.shapes.append(-1 - len(row.paths))
            row.statements += [*found, None]
            row.ends += [*(start + end for end in ends), start + len(found) + 1]
            row.files += [len(row.paths)] * (len(found) + 1)
            row.paths.append(source.path)
        return row

    def place(self, start: int, end: int) -> Place:
        inside = [one for one in self.statements[start:end] if one]
        return Place(
            path=self.paths[self.files[start]],
            first=inside[0].first,
            last=max(one.last for one in inside),
            name=inside[0].name,
        )


def _runs(row: _Row) -> tuple[list[Run], bool]:
    """Where windows of the same shape follow one another in both places."""
    seen: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    open_runs: dict[int, Run] = {}
    done: list[Run] = []
    for at, window in _windows(row):
        places = seen[window]
        for before in places if len(places) < FREQUENT else places[-1:]:
            distance = at - before
            if run := open_runs.get(distance):
                if run[1] + run[2] - WINDOW + 1 == at:
                    open_runs[distance] = (run[0], run[1], run[2] + 1)
                    continue
                done.append(run)
            open_runs[distance] = (before, at, WINDOW)
        places.append(at)
        if len(done) + len(open_runs) > MAX_RUNS:
            return [*done, *open_runs.values()], False
    return [*done, *open_runs.values()], True


def _windows(row: _Row) -> Iterator[tuple[int, tuple[int, ...]]]:
    shapes = row.shapes
    sizes = [0 if s is None or s.light else s.size for s in row.statements]
    for at in range(len(shapes) - WINDOW + 1):
        window = tuple(shapes[at : at + WINDOW])
        if min(window) >= 0 and sum(sizes[at : at + WINDOW]) >= MIN_WINDOW:
            yield at, window


def _extended(row: _Row, runs: list[Run]) -> Iterator[Run]:
    """Each run as long as the shapes are the same, and only once."""
    shapes = row.shapes
    period = [0] * len(shapes)  # of what repeats itself there: by where that starts
    distance = ends = 0
    for one, other, length in sorted(runs, key=lambda run: (run[1] - run[0], run)):
        if other - one != distance:
            distance, ends = other - one, 0
        if one + length <= ends:
            continue
        if period[one] and period[one] == period[other + length - 1]:
            continue
        start, end = one, one + length
        while start and shapes[start - 1] == shapes[start + distance - 1]:
            start -= 1
        while shapes[end] == shapes[end + distance]:
            end += 1
        ends = end
        if end - start > distance:
            period[start : end + distance] = [start + 1] * (end + distance - start)
        yield from _apart(start, end, distance)


def _apart(start: int, end: int, distance: int) -> Iterator[Run]:
    """What repeats itself at once is several places, none of them in another."""
    last = end if distance > WINDOW else start + 1  # a table rather than a copy
    for one in range(start, last, distance):
        yield one, one + distance, min(end - one, distance)


def _chains(row: _Row, runs: Iterable[Run]) -> Iterator[list[Run]]:
    """Runs of the same two files with little between them in both places, in order."""
    files = row.files
    for _, some in itertools.groupby(
        sorted(runs, key=lambda run: (files[run[0]], files[run[1]], run)),
        key=lambda run: (files[run[0]], files[run[1]]),
    ):
        yield from _chained(some)


def _chained(runs: Iterable[Run]) -> Iterator[list[Run]]:
    active: list[list[Run]] = []
    for run in runs:
        waiting = []
        for chain in active:
            one, _, length = chain[-1]
            if run[0] > one + length + MAX_GAP:
                yield chain
            else:
                waiting.append(chain)
        active = waiting
        for chain in active:
            if joined := _joined(chain, run):
                chain.append(joined)
                break
        else:
            active.append([run])
        if len(active) > _ACTIVE:
            yield active.pop(0)
    yield from active


def _joined(chain: Sequence[Run], run: Run) -> Run | None:
    """The run as it follows the chain, if it does."""
    (one, other, length), (a, b, more) = chain[-1], run
    gap_one, gap_other = a - one - length, b - other - length
    overlap = max(0, -gap_one, -gap_other)
    if max(gap_one, gap_other) + overlap > MAX_GAP or more - overlap < 1:
        return None
    if a + more > chain[0][1]:  # into the place that it is compared with
        return None
    return a + overlap, b + overlap, more - overlap


def _copied(
    code: dict[str, frozenset[int]], clones: Iterable[Clone]
) -> dict[str, frozenset[int]]:
    copied: defaultdict[str, set[int]] = defaultdict(set)
    for clone in clones:
        for place in clone.places:
            copied[place.path].update(range(place.first, place.last + 1))
    return {path: code[path] & lines for path, lines in sorted(copied.items())}
