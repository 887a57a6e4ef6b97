"""The rows of a table by the values of some columns, as TFDV slices them.

A slice is called after its columns and values: `plan_pro`; of several columns, which
are crossed, `plan_pro_sex_f` in the order of the columns' names. The whole table is
the slice ALL. A row that has no value in one of the columns is in no slice but that.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np

from gate.data.columns import Array, Batch, Coded, Column, Numbers
from gate.errors import DataError

ALL = "All Examples"  # TFDV's name of the slice that is the whole table
MAX_SLICES = 1_000


class Slicer:
    """Cuts batches into slices, and refuses more than MAX_SLICES of them.

    `path` is named in errors.
    """

    def __init__(self, columns: Sequence[str], path: str = "") -> None:
        self.columns = sorted(set(columns))
        self.path = path
        self.known: set[str] = set()

    def split(self, batch: Batch) -> Iterator[tuple[str, Batch]]:
        """The slices that occur in a batch, with their rows as a batch of their own.

        Raises:
            DataError: a column to slice by is missing, or there are too many slices.
        """
        codes, names = self._codes(batch)
        order = np.argsort(codes, kind="stable")
        starts = np.searchsorted(codes[order], np.arange(len(names) + 1))
        for i, name in enumerate(names):
            rows = order[starts[i] : starts[i + 1]]
            if len(rows):
                yield name, take(batch, rows)

    def _codes(self, batch: Batch) -> tuple[Array, list[str]]:
        """The slice of each row, as an index into the names; -1 where it has none."""
        codes, names = np.zeros(batch.rows, np.int64), [""]
        for column in self.columns:
            if column not in batch.columns:
                known = ", ".join(list(batch.columns)[:20])
                raise DataError(
                    f"no column `{column}` to slice by",
                    path=self.path,
                    hint=f"its columns are {known}",
                )
            own, texts = _values(batch.columns[column])
            missing = (codes < 0) | (own < 0)
            crossed = np.where(missing, -1, codes * len(texts) + own)
            found, codes = np.unique(crossed, return_inverse=True)
            names = [
                f"{names[c // len(texts)]}_{column}_{texts[c % len(texts)]}"
                for c in self._few(found[found >= 0])
            ]
            codes = codes - int(len(found) > 0 and found[0] < 0)
        names = [name[1:] for name in names]
        self.known.update(names)
        self._few(self.known)
        return codes, names

    def _few(self, slices: Array | set[str]) -> list[int]:
        if len(slices) > MAX_SLICES:
            raise DataError(
                f"over {MAX_SLICES:,} slices by {', '.join(self.columns)}",
                path=self.path,
                hint="slice by columns of few distinct values",
            )
        return [] if isinstance(slices, set) else slices.tolist()


def _values(column: Column) -> tuple[Array, list[str]]:
    """The value of each row as an index into the texts, -1 where it is missing."""
    if isinstance(column, Coded):
        return column.codes, list(column.texts) or [""]
    missing = column.missing
    found, codes = np.unique(column.values, return_inverse=True)
    texts = [str(value) for value in found[: MAX_SLICES * 2].tolist()]
    texts += [""] * (len(found) - len(texts))  # too many to be slices anyway
    return (codes if missing is None else np.where(missing, -1, codes)), texts or [""]


def take(batch: Batch, rows: Array) -> Batch:
    """Some rows of a batch, by their indices in ascending order."""
    return dataclasses.replace(
        batch,
        rows=len(rows),
        columns={name: _take(column, rows) for name, column in batch.columns.items()},
        lines=lambda wanted: batch.lines(rows[wanted]),
        size=0,
        index=rows if batch.index is None else batch.index[rows],
    )


def _take(column: Column, rows: Array) -> Column:
    if isinstance(column, Numbers):
        missing = column.missing
        return Numbers(column.values[rows], None if missing is None else missing[rows])
    codes = column.codes[rows]
    used = np.unique(codes[codes >= 0])
    place = np.full(len(column.texts) + 1, -1)  # one more, for the missing
    place[used] = np.arange(len(used))
    return Coded(
        place[codes],
        [column.texts[i] for i in used.tolist()],
        column.kinds[used],
        [column.numbers[i] for i in used.tolist()],
    )
