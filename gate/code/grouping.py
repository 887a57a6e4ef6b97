"""Pairs of copies -> groups of places that hold the same code, each place once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gate.code.alignment import Match

_EQUAL = 0.8  # of the longer of two stretches that are one place
_COVERED = 0.8  # of a stretch of which no more is to be said
_NEAR = 32  # stretches that are looked at for one that is equal

Span = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Group:
    """Stretches with the same code; lines and similarity of the largest pair."""

    spans: tuple[Span, ...]
    lines: int
    similarity: float


def grouped(matches: Sequence[Match]) -> Iterator[Group]:
    """The groups, the largest first, without those whose places were all named."""
    cover = _Cover()
    for group in sorted(_groups(matches), key=_size):
        if len(group.spans) > 1 and not all(map(cover.holds, group.spans)):
            cover.add(group.spans)
            yield group


def _size(group: Group) -> tuple[float, ...]:
    return (-group.lines, -group.similarity, *group.spans[0])


class _Cover:
    """The statements that some group holds."""

    def __init__(self) -> None:
        self._held: set[int] = set()

    def add(self, spans: Iterable[Span]) -> None:
        for span in spans:
            self._held.update(range(*span))

    def holds(self, span: Span) -> bool:
        held = sum(index in self._held for index in range(*span))
        return held >= _COVERED * (span[1] - span[0])


def _groups(matches: Sequence[Match]) -> Iterator[Group]:
    sets = _Sets()
    for match in matches:
        sets.join(match.one, match.other)
    for one, other in _equal({span for m in matches for span in (m.one, m.other)}):
        sets.join(one, other)
    spans: defaultdict[Span, set[Span]] = defaultdict(set)
    best: dict[Span, Match] = {}
    for match in matches:
        root = sets.root(match.one)
        spans[root] |= {match.one, match.other}
        known = best.get(root)
        if not known or (known.lines, known.similarity) < (
            match.lines,
            match.similarity,
        ):
            best[root] = match
    for root, some in spans.items():
        yield Group(
            spans=_apart(some), lines=best[root].lines, similarity=best[root].similarity
        )


def _equal(spans: Iterable[Span]) -> Iterator[tuple[Span, Span]]:
    """The stretches that are the same place but for a little at their ends."""
    before: list[Span] = []
    for span in sorted(spans):
        before = [one for one in before if one[1] > span[0]][-_NEAR:]
        for one in before:
            both = min(one[1], span[1]) - span[0]
            if both >= _EQUAL * max(one[1] - one[0], span[1] - span[0]):
                yield one, span
        before.append(span)


def _apart(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The longest of those that overlap, in the order of the text."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s[0] - s[1], s)):
        if all(span[1] <= one[0] or one[1] <= span[0] for one in kept):
            kept.append(span)
    return tuple(sorted(kept))


class _Sets:
    """Union and find, with the smallest member as the root."""

    def __init__(self) -> None:
        self._up: dict[Span, Span] = {}

    def root(self, span: Span) -> Span:
        path = []
        while (up := self._up.get(span, span)) != span:
            path.append(span)
            span = up
        for one in path:
            self._up[one] = span
        return span

    def join(self, one: Span, other: Span) -> None:
        low, high = sorted((self.root(one), self.root(other)))
        if low != high:
            self._up[high] = low
