"""Rows that break a constraint on several columns: how many, and the first of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from gate.data.columns import Array, Batch, Column, Numbers
from gate.data.offences import MAX_ROWS, MAX_VALUES, Example, spelled


@dataclass(kw_only=True)
class Found:
    """Rows by what they hold; the first MAX_VALUES such values are kept."""

    count: int = 0
    more: bool = False  # more distinct values than `examples` tells
    values: dict[int, Example] = field(default_factory=dict)

    def add(
        self, batch: Batch, rows: Array, keys: Array, value: Callable[[int], str]
    ) -> None:
        """Keep rows (indices into the batch); those with the same key (a uint64 each)
        hold the same, which `value` tells of one of them."""
        if not len(rows):
            return
        self.count += len(rows)
        distinct, starts, counts = np.unique(
            keys, return_index=True, return_counts=True
        )
        order = np.argsort(starts)
        for i in self._chosen(distinct[order], order):
            key = int(distinct[i])
            if key not in self.values:
                self.values[key] = Example(value=value(int(rows[starts[i]])))
            example = self.values[key]
            example.count += int(counts[i])
            wanted = MAX_ROWS - len(example.rows)
            if wanted > 0:
                first = rows[np.flatnonzero(keys == distinct[i])[:wanted]]
                example.point_at(first, batch)

    def _chosen(self, keys: Array, places: Array) -> list[int]:
        """The places of the values kept so far and of as many new as there is room."""
        known = np.fromiter(self.values, np.uint64, len(self.values))
        old = np.isin(keys, known)
        room = MAX_VALUES - len(known)
        self.more = self.more or int((~old).sum()) > room
        return [*places[old].tolist(), *places[~old][:room].tolist()]

    def examples(self) -> list[Example]:
        """The values kept, those that occur most first."""
        return sorted(self.values.values(), key=lambda example: -example.count)


def said(columns: Sequence[tuple[str, Column | None]], row: int) -> str:
    """What a row (an index) holds in some columns: `x`, or `a=x, b=y` of several."""
    texts = [
        (name, "" if column is None else cell(column, row) or "")
        for name, column in columns
    ]
    if len(texts) == 1:
        return texts[0][1]
    return ", ".join(f"{name}={text}" for name, text in texts)


def cell(column: Column, row: int) -> str | None:
    """What a row (an index) holds in a column; None where the cell is missing."""
    if isinstance(column, Numbers):
        if column.missing is not None and column.missing[row]:
            return None
        return spelled(column.values[row].item())
    code = int(column.codes[row])
    return None if code < 0 else column.texts[code]
