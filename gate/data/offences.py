"""Cells that break a rule: exact counts, and where the first of them are.

What is kept is bounded, so that a file full of faults costs little more than a clean
one: up to MAX_VALUES distinct values, and of each up to MAX_ROWS rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from gate.data import buffers
from gate.data.columns import Array, Batch, Coded, Column, Kind, Number, Numbers, parse

MAX_VALUES = 200
MAX_ROWS = 20
_GROUPS = 400  # distinct values looked at in one batch

Test = Callable[[Array], Array]  # values (int64 or float64) -> which of them offend
CellTest = Callable[[str, Kind, Number | None], bool]
TextsTest = Callable[[Coded], Array]  # a column -> which of its texts offend


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What no cell of a column may be.

    `numbers` judges many numbers at once and `cell` one text with its type and the
    number it spells; `texts` judges many texts at once as `cell` does. Of the
    offending values those that occur most are kept first, or the lowest or highest,
    as `worst` says. `monotone` rules are broken by some number if the least of all
    or the greatest breaks them.
    """

    numbers: Test | None
    cell: CellTest
    texts: TextsTest | None = None
    worst: str = "count"
    monotone: bool = False

    def suits(self, column: Numbers) -> bool:
        """Whether it is clear without a look at each number that none offends."""
        if not len(column.extremes) or self.numbers is None:
            return True
        if not self.monotone or np.isnan(column.extremes).any():
            return False
        return not self.numbers(column.extremes).any()

    def offending(self, column: Coded) -> Array:
        """The places of the texts that offend."""
        if self.texts is not None:
            return np.flatnonzero(self.texts(column))
        kinds = [Kind(kind) for kind in column.kinds.tolist()]
        cells = zip(column.texts, kinds, column.numbers, strict=True)
        return np.flatnonzero([self.cell(*cell) for cell in cells])


@dataclass(kw_only=True)
class Example:
    """An offending value, how often it occurs, its first rows and their lines.

    Where the table has several files, `paths` tells that of each line.
    """

    value: str
    count: int = 0
    rows: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def point_at(self, rows: Array, batch: Batch) -> None:
        """Remember where rows (indices into the batch) are."""
        self.rows += batch.numbers(rows).tolist()
        self.lines += batch.lines(rows).tolist()
        if batch.path:
            self.paths += [batch.path] * len(rows)


@dataclass(kw_only=True)
class Offences:
    """The cells of one column that broke one rule."""

    rule: Rule
    count: int = 0
    more: bool = False  # more distinct values than `examples` tells
    values: dict[str | Number, Example] = field(default_factory=dict)

    def look(self, column: Column, batch: Batch) -> None:
        """Find the offending cells of a batch."""
        if isinstance(column, Numbers):
            self._look_at_numbers(column, batch)
        else:
            self._look_at_texts(column, batch)

    def examples(self) -> list[Example]:
        """The values kept, the worst first."""
        return [self.values[key] for key in sorted(self.values, key=self._rank)]

    def _rank(self, key: str | Number) -> tuple[float, str]:
        if self.rule.worst == "count" or isinstance(key, str):
            return -self.values[key].count, str(key)
        return (key if self.rule.worst == "low" else -key), ""

    def _look_at_numbers(self, column: Numbers, batch: Batch) -> None:
        if self.rule.numbers is None or self.rule.suits(column):
            return
        bad = self.rule.numbers(column.values)
        if column.missing is not None:
            bad &= ~column.missing
        rows = np.flatnonzero(bad)
        if len(rows):
            values, codes = np.unique(column.values[rows], return_inverse=True)
            self._add(_OfNumbers(self.rule, values), codes, rows, batch)

    def _look_at_texts(self, column: Coded, batch: Batch) -> None:
        bad = self.rule.offending(column)
        if not len(bad):
            return
        codes = _places(bad, len(column))[column.codes]
        rows = np.flatnonzero(codes >= 0)
        self._add(_OfTexts(self.rule, column, bad), codes[rows], rows, batch)

    def _add(self, found: _Found, codes: Array, rows: Array, batch: Batch) -> None:
        self.count += len(rows)
        counts = np.bincount(codes, minlength=len(found))
        short = []  # of rows
        for i in self._chosen(found, counts):
            text, key = found.text(i), found.key(i)
            example = self.values.setdefault(key, Example(value=text))
            example.count += int(counts[i])
            if len(example.rows) < MAX_ROWS:
                short.append((i, example))
        for (_, example), first in zip(
            short, _first([i for i, _ in short], codes, len(found)), strict=True
        ):
            example.point_at(rows[first[: MAX_ROWS - len(example.rows)]], batch)
        self._keep_worst()

    def _chosen(self, found: _Found, counts: Array) -> list[int]:
        """The values of a batch that are worth a look: the known ones, the worst."""
        if len(found) <= _GROUPS:
            return list(range(len(found)))
        self.more = True
        ranks = -counts
        if self.rule.worst != "count":
            ranks = found.values() if self.rule.worst == "low" else -found.values()
        worst = np.argsort(ranks, kind="stable")[:MAX_VALUES]
        if len(self.values) == MAX_VALUES:
            worst = worst[ranks[worst] < max(self._rank(key)[0] for key in self.values)]
        known = found.known(list(self.values))
        return sorted({*known.tolist(), *worst.tolist()})

    def _keep_worst(self) -> None:
        if len(self.values) > MAX_VALUES:
            self.more = True
            for key in sorted(self.values, key=self._rank)[MAX_VALUES:]:
                del self.values[key]


class _OfNumbers:
    """Distinct offending numbers."""

    def __init__(self, rule: Rule, values: Array) -> None:
        self._values = values
        self._by_text = rule.worst == "count"

    def __len__(self) -> int:
        return len(self._values)

    def values(self) -> Array:
        """The numbers."""
        return self._values.astype(np.float64)

    def text(self, i: int) -> str:
        """How the number is most likely written."""
        return spelled(self._values[i].item())

    def key(self, i: int) -> str | Number:
        """What it is kept by."""
        number: Number = self._values[i].item()
        return self.text(i) if self._by_text else number

    def known(self, keys: list[str | Number]) -> Array:
        """The places of those that are among the keys."""
        if self._by_text:
            keys = [n for key in keys if (n := parse(str(key))[1]) is not None]
        return np.flatnonzero(np.isin(self._values, keys))


class _OfTexts:
    """Distinct offending texts of a column."""

    def __init__(self, rule: Rule, column: Coded, bad: Array) -> None:
        self._column = column
        self._bad = bad
        self._by_text = rule.worst == "count"
        self._texts = buffers.take(column.array, bad)

    def __len__(self) -> int:
        return len(self._bad)

    def values(self) -> Array:
        """The numbers they spell."""
        return self._column.floats[self._bad]

    def text(self, i: int) -> str:
        """One of them."""
        return str(self._texts[i].as_py())

    def key(self, i: int) -> str | Number:
        """What it is kept by."""
        if self._by_text:
            return self.text(i)
        place = self._bad[i]
        column = self._column
        whole = column.kinds[place] == Kind.INT
        number: Number = (column.integers if whole else column.floats)[place].item()
        return number

    def known(self, keys: list[str | Number]) -> Array:
        """The places of those that are among the keys."""
        if self._by_text:
            texts = buffers.texts([str(key) for key in keys])
            return np.flatnonzero(buffers.among(self._texts, texts))
        return np.flatnonzero(np.isin(self.values(), keys))


_Found = _OfNumbers | _OfTexts


def _places(chosen: Sequence[int] | Array, size: int) -> Array:
    """For each of `size` places its place among the chosen ones; else, and last, -1."""
    result = np.full(size + 1, -1)
    result[chosen] = np.arange(len(chosen))
    return result


def _first(groups: list[int], codes: Array, size: int) -> list[Array]:
    """Where each of the groups stands in the codes, at the first MAX_ROWS places."""
    if not groups:
        return []
    places = _places(groups, size)[codes]
    rows = np.flatnonzero(places >= 0)
    order = rows[np.argsort(places[rows], kind="stable")]
    ends = np.cumsum(np.bincount(places[rows], minlength=len(groups)))
    starts = np.concatenate(([0], ends[:-1]))
    return [
        order[start : start + min(MAX_ROWS, end - start)]
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    ]


class Missing:
    """The rows in which a column has no value."""

    def __init__(self) -> None:
        self.count = 0
        self.example = Example(value="")

    def look(self, missing: Array | None, batch: Batch) -> None:
        """Find the missing cells of a batch."""
        if missing is None:
            return
        rows = np.flatnonzero(missing)
        self.count += len(rows)
        self.example.count += len(rows)
        first = rows[: MAX_ROWS - len(self.example.rows)]
        if len(first):
            self.example.point_at(first, batch)


def spelled(number: Number) -> str:
    """A number as its file most likely has it: floats with the digits of 32 bits."""
    if isinstance(number, int):
        return str(number)
    with np.errstate(over="ignore"):
        short = np.float32(number)
    return str(short) if float(short) == number else repr(number)
