"""Cells that break a rule: exact counts, and where the first of them are.

What is kept is bounded, so that a file full of faults costs little more than a clean
one: up to MAX_VALUES distinct values, and of each up to MAX_ROWS rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from gate.data.columns import Array, Batch, Coded, Column, Kind, Number, Numbers

MAX_VALUES = 200
MAX_ROWS = 20
_GROUPS = 400  # distinct values looked at in one batch

Test = Callable[[Array], Array]  # values (int64 or float64) -> which of them offend
CellTest = Callable[[str, Kind, Number | None], bool]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What no cell of a column may be.

    `numbers` judges many numbers at once and `cell` one text with its type and the
    number it spells. Of the offending values those that occur most are kept first,
    or the lowest or highest, as `worst` says.
    """

    numbers: Test | None
    cell: CellTest
    worst: str = "count"


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
        if self.rule.numbers is None:
            return
        bad = self.rule.numbers(column.values)
        if column.missing is not None:
            bad &= ~column.missing
        rows = np.flatnonzero(bad)
        if not len(rows):
            return
        values, codes = np.unique(column.values[rows], return_inverse=True)
        texts = [spelled(number) for number in values.tolist()]
        keys: list[str | Number] = list(texts)
        if self.rule.worst != "count":
            keys = values.tolist()
        self._add(keys, texts, codes, rows, batch)

    def _look_at_texts(self, column: Coded, batch: Batch) -> None:
        cell = self.rule.cell
        kinds = [Kind(kind) for kind in range(3)]
        bad = [
            i
            for i, (text, kind, number) in enumerate(
                zip(column.texts, column.kinds.tolist(), column.numbers, strict=True)
            )
            if cell(text, kinds[kind], number)
        ]
        if not bad:
            return
        place = np.full(len(column.texts) + 1, -1)  # one more, for the missing
        place[bad] = np.arange(len(bad))
        codes = place[column.codes]
        rows = np.flatnonzero(codes >= 0)
        texts = [column.texts[i] for i in bad]
        keys: list[str | Number] = list(texts)
        if self.rule.worst != "count":
            keys = [column.numbers[i] or 0 for i in bad]
        self._add(keys, texts, codes[rows], rows, batch)

    def _add(
        self,
        keys: list[str | Number],
        texts: list[str],
        codes: Array,
        rows: Array,
        batch: Batch,
    ) -> None:
        self.count += len(rows)
        counts = np.bincount(codes, minlength=len(keys))
        order = np.argsort(codes, kind="stable")
        starts = np.concatenate(([0], np.cumsum(counts)))
        for i in self._chosen(keys, counts):
            example = self.values.setdefault(keys[i], Example(value=texts[i]))
            example.count += int(counts[i])
            wanted = MAX_ROWS - len(example.rows)
            if wanted > 0:
                first = rows[order[starts[i] : starts[i + 1]][:wanted]]
                example.point_at(first, batch)
        self._keep_worst()

    def _chosen(self, keys: list[str | Number], counts: Array) -> list[int]:
        """The values of a batch that are worth a look: the known ones, the worst."""
        if len(keys) <= _GROUPS:
            return list(range(len(keys)))
        self.more = True
        known = [i for i, key in enumerate(keys) if key in self.values]
        if self.rule.worst == "count":
            worst = np.argsort(-counts, kind="stable")[:MAX_VALUES].tolist()
        else:
            sign = 1 if self.rule.worst == "low" else -1
            numbers = sign * np.array(keys, np.float64)
            worst = np.argsort(numbers, kind="stable")[:MAX_VALUES].tolist()
        return sorted({*known, *worst})

    def _keep_worst(self) -> None:
        if len(self.values) > MAX_VALUES:
            self.more = True
            for key in sorted(self.values, key=self._rank)[MAX_VALUES:]:
                del self.values[key]


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
