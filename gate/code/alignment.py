"""Two stretches of statements side by side: how much of one is a copy of the other.

They are compared for real, name by name and literal by literal, so that nothing is
called a copy for its shape alone.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gate.code.statements import Statement

MIN_SIZE = 80  # nodes of the syntax that are the same
MIN_SIMILARITY = 0.7
MIN_SIMILARITY_OF_FEW = 0.8  # where there are fewer lines than
FEW_LINES = 12
SAME_KIND = 2  # statements of one kind that count: more of them make a table
SAME_TEXT = 4  # of one kind that are word for word the same
MAX_GAP = 4  # statements in a row that are in one of the two alone

Pair = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Match:
    """A copy: two ranges of statements, the second index behind the last one.

    `lines` are those of real code that both have, `similarity` is of 0 to 1.
    """

    one: tuple[int, int]
    other: tuple[int, int]
    lines: int
    similarity: float


class Comparison:
    """The statements of all files in one row, and what they have in common."""

    def __init__(
        self,
        statements: Sequence[Statement | None],
        ends: Sequence[int],
        min_lines: int,
    ) -> None:
        """Take the statements, with None between two files, and their blocks' ends."""
        self._all = statements
        self._ends = ends
        self._min_lines = min_lines

    def matches(self, runs: Sequence[tuple[int, int, int]]) -> Iterator[Match]:
        """The copies in a chain of runs: `(one, other, length)`, in order."""
        for piece in self._pieces(self._pairs(runs)):
            if match := self._judge(self._trimmed(piece)):
                yield match

    def _same(self, one: int, other: int) -> bool:
        a, b = self._all[one], self._all[other]
        return a is not None and b is not None and a.shape == b.shape

    def _pairs(self, runs: Sequence[tuple[int, int, int]]) -> list[Pair]:
        """The pairs of equal shape, those between the runs too."""
        pairs: list[Pair] = []
        for one, other, length in runs:
            if pairs:
                pairs += self._between(pairs[-1], (one, other))
            pairs += [(one + n, other + n) for n in range(length)]
        return pairs

    def _between(self, left: Pair, right: Pair) -> Iterator[Pair]:
        """The equal statements in a gap, each with the first that it can have."""
        other = left[1] + 1
        for one in range(left[0] + 1, right[0]):
            for candidate in range(other, right[1]):
                if self._same(one, candidate):
                    yield one, candidate
                    other = candidate + 1
                    break

    def _pieces(self, pairs: list[Pair]) -> Iterator[list[Pair]]:
        """Cut where a block is left that began before, and where one is cut in two.

        What is left could be taken out into a function as it stands.
        """
        piece: list[Pair] = []
        for pair in pairs:
            if piece and self._leaves(piece, pair):
                yield from self._whole_blocks(piece)
                piece = []
            piece.append(pair)
        if piece:
            yield from self._whole_blocks(piece)

    def _depth(self, index: int) -> int:
        statement = self._all[index]
        return statement.depth if statement else -1

    def _leaves(self, piece: list[Pair], pair: Pair) -> bool:
        (one, other), (a, b) = piece[0], pair
        if self._depth(one) - self._depth(other) != self._depth(a) - self._depth(b):
            return True
        last_one, last_other = piece[-1]
        return min(map(self._depth, range(last_one + 1, a + 1))) < self._depth(
            one
        ) or min(map(self._depth, range(last_other + 1, b + 1))) < self._depth(other)

    def _whole_blocks(self, piece: list[Pair]) -> Iterator[list[Pair]]:
        """Cut off a definition at the end of which too little is in the piece."""
        for at in range(len(piece) - 1, 0, -1):
            if self._is_cut(piece[at], piece[-1]):
                yield piece[:at]
                yield piece[at:]
                return
        yield piece

    def _is_cut(self, start: Pair, last: Pair) -> bool:
        for index, end in zip(start, last):
            statement = self._all[index]
            if (
                statement
                and statement.defines
                and self._ends[index] > end + 1 + MAX_GAP
            ):
                return True
        return False

    def _trimmed(self, piece: list[Pair]) -> list[Pair]:
        """Without what counts for nothing at its ends."""
        start, end = 0, len(piece)
        while start < end and self._is_light(piece[start]):
            start += 1
        while end > start and self._is_light(piece[end - 1]):
            end -= 1
        return piece[start:end]

    def _is_light(self, pair: Pair) -> bool:
        statement = self._all[pair[0]]
        return statement is None or statement.light

    def _judge(self, piece: list[Pair]) -> Match | None:
        if len(piece) < 3:
            return None
        lines = self._lines(piece)
        if lines < self._min_lines:
            return None
        (one, other), (last_one, last_other) = piece[0], piece[-1]
        spans = range(one, last_one + 1), range(other, last_other + 1)
        total = sum(self._size(index) for span in spans for index in span)
        same = self._alike(piece)
        similarity = 2 * same / total
        few = lines < FEW_LINES
        least = MIN_SIMILARITY_OF_FEW if few else MIN_SIMILARITY
        if same < MIN_SIZE or similarity < least:
            return None
        return Match(
            one=(one, last_one + 1),
            other=(other, last_other + 1),
            lines=lines,
            similarity=similarity,
        )

    def _size(self, index: int) -> int:
        statement = self._all[index]
        return statement.size if statement else 0

    def _lines(self, piece: list[Pair]) -> int:
        """The lines of real code: not those of a table, whatever it is made of."""
        kinds: Counter[object] = Counter()
        lines = 0
        for one, other in piece:
            a, b = self._all[one], self._all[other]
            if a is None or b is None or a.light:
                continue
            kinds[a.kind] += 1
            if kinds[a.kind] <= (SAME_TEXT if _is_copied(a, b) else SAME_KIND):
                lines += min(a.lines, b.lines)
        return lines

    def _alike(self, piece: list[Pair]) -> float:
        """The nodes that are the same, where a consistent renaming costs once."""
        there: dict[str, str] = {}
        back: dict[str, str] = {}
        alike = 0.0
        for one, other in piece:
            a, b = self._all[one], self._all[other]
            assert a and b
            alike += a.size
            for name, renamed in zip(a.names, b.names):
                known, known_back = there.get(name), back.get(renamed)
                if known is None and known_back is None:
                    there[name], back[renamed] = renamed, name
                    alike -= name != renamed
                elif known != renamed or known_back != name:
                    alike -= 1 if name == renamed else 2
            alike -= sum(x != y for x, y in zip(a.literals, b.literals)) / 2
        return alike


def _is_copied(one: Statement, other: Statement) -> bool:
    """Whether two statements that do something are word for word the same."""
    acts = one.shape[0] in (ast.Assign, ast.AugAssign, ast.Expr)
    return acts and (one.names, one.literals) == (other.names, other.literals)
