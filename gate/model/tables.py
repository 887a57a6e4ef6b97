"""A whole table in memory, each of its columns in one piece."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gate.data import buffers, columns, table
from gate.data.columns import Array, Batch, Coded, Column, Kind, Numbers
from gate.data.source import Source


@dataclass(frozen=True, eq=False)
class Table:
    """The columns of a file by their names, each with a value for each of `rows`."""

    source: Source
    columns: dict[str, Column]
    rows: int

    def line(self, row: int) -> int:
        """The line of the file at which a row begins; it is read again up to there."""
        for batch in table.read(self.source):
            first = batch.first - 1
            if row < first + batch.rows:
                return int(batch.lines(np.array([row - first]))[0])
        return row + 1


def names(source: Source) -> list[str]:
    """The names of the columns.

    Raises:
        DataError: the file cannot be read.
    """
    return list(next(iter(table.read(source))).columns)


def read(
    source: Source, kinds: Mapping[str, Kind], only: frozenset[str] | None = None
) -> Table:
    """The whole table; columns that are neither numbers nor texts throughout are texts.

    `only` leaves the other columns out.

    Raises:
        DataError: it cannot be read.
    """
    import pyarrow

    wanted = dict(kinds)
    while True:
        parts: dict[str, list[Column]] = {}
        rows = 0
        for batch in table.read(source, wanted, only):
            _add(parts, batch, rows)
            rows += batch.rows
        mixed = [name for name, some in parts.items() if len(_sorts(some)) > 1]
        if not mixed or all(wanted.get(name) is Kind.STRING for name in mixed):
            break
        wanted.update(dict.fromkeys(mixed, Kind.STRING))
    joined = {name: _joined(parts.pop(name), rows) for name in list(parts)}
    # What the batches were in: half of all memory otherwise, until the end.
    pyarrow.default_memory_pool().release_unused()
    return Table(source, joined, rows)


def take(column: Column, rows: Array) -> Column:
    """Some rows of a column."""
    if isinstance(column, Coded):
        return with_codes(column, column.codes[rows])
    missing = None if column.missing is None else column.missing[rows]
    return Numbers(column.values[rows], missing)


def with_codes(column: Coded, codes: Array) -> Coded:
    """Other rows of the same texts."""
    return Coded(codes, column.array)


def floats(column: Column) -> Array | None:
    """The numbers of a column, float64, NaN where it has none; None if some are texts.

    Unlike `Coded.floats` they keep their 64 bits, and a JSON string may spell one.
    """
    if isinstance(column, Numbers):
        values = column.values.astype(np.float64)
        if column.missing is not None:
            values[column.missing] = np.nan
        return values
    spelled = [_number(text) for text in column.texts]
    if None in spelled:
        return None
    return np.array([*spelled, np.nan], np.float64)[column.codes]


def texts(column: Column) -> Any:
    """The cells as an array of Arrow's texts, null where one is missing."""
    import pyarrow as arrow

    if isinstance(column, Numbers):
        mask = column.missing
        whole = arrow.array(column.values, mask=mask, from_pandas=False)
        return whole.cast(arrow.string())
    mask = column.codes < 0
    indices = arrow.array(np.where(mask, 0, column.codes), mask=mask)
    return column.array.take(indices)


def distinct(column: Column) -> int:
    """How many different values a column has."""
    if isinstance(column, Coded):
        return int(np.count_nonzero(column.counts()))
    ordered = np.sort(column.present())
    return int(np.count_nonzero(ordered[1:] != ordered[:-1])) + bool(len(ordered))


def _number(text: str) -> float | None:
    if columns.parse(text)[0] is Kind.STRING:
        return None
    return float(columns.utf8(text))


def _add(parts: dict[str, list[Column]], batch: Batch, before: int) -> None:
    """The columns of the next rows behind those read `before`."""
    for name, column in batch.columns.items():
        if name not in parts:
            parts[name] = [_nothing(before)] if before else []
        if isinstance(column, Coded):
            column = Coded(column.codes.astype(np.int32), column.array)
        parts[name].append(column)


def _nothing(rows: int) -> Numbers:
    return Numbers(np.zeros(rows, np.int64), np.ones(rows, bool))


def _sorts(parts: list[Column]) -> set[type]:
    """Which of numbers and texts a column is made of, less parts without a value."""
    return {type(part) for part in parts if part.absent < _length(part)}


def _length(column: Column) -> int:
    return len(column.codes if isinstance(column, Coded) else column.values)


def _joined(parts: list[Column], rows: int) -> Column:
    lacking = rows - sum(map(_length, parts))
    if lacking:
        parts = [*parts, _nothing(lacking)]
    if Coded in _sorts(parts):
        return _one_text(list(_all_coded(parts)))
    numbers = [part for part in parts if isinstance(part, Numbers)]
    if len(numbers) < len(parts):  # nothing but missing texts
        return _nothing(rows)
    missing = None
    if any(part.missing is not None for part in numbers):
        missing = np.concatenate(
            [
                (
                    np.zeros(len(part.values), bool)
                    if part.missing is None
                    else part.missing
                )
                for part in numbers
            ]
        )
    return Numbers(np.concatenate([part.values for part in numbers]), missing)


def _all_coded(parts: list[Column]) -> Iterator[Coded]:
    for part in parts:
        if isinstance(part, Coded):
            yield part
        else:
            yield Coded(np.full(len(part.values), -1, np.int32), buffers.texts([]))


def _one_text(parts: list[Coded]) -> Coded:
    """The parts with one list of distinct texts."""
    import pyarrow as arrow

    if len(parts) == 1:
        return parts[0]
    every = arrow.chunked_array([part.array for part in parts], arrow.string())
    distinct = every.combine_chunks().dictionary_encode()
    places = buffers.places(distinct.indices).astype(np.int32)
    codes, start = [], 0
    for part in parts:
        place = np.append(places[start : start + len(part)], np.int32(-1))
        codes.append(place[part.codes])
        start += len(part)
    return Coded(np.concatenate(codes), distinct.dictionary)
