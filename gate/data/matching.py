"""Rows of two tables side by side, in bounded memory: their cells as 64-bit hashes.

Two cells of one type have one hash if they are equal; numbers are spread as in
`gate.data.hashes`, texts by Python's own hash. Both start from numbers that nobody
knows beforehand, so that no file can be made to hide a change.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gate.data import hashes, parts, table
from gate.data.columns import Array, Batch, Coded, Column, Kind, round_to_float32
from gate.data.found import cell
from gate.data.source import Source

CELLS = 16_000_000  # hashes of cells of both tables that are held at once
_SALTS = np.frombuffer(os.urandom(32), np.uint64)


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two tables, and the types as which its cells are compared.

    Floats are compared in 32 bits, as they are read from text, unless `double`, and
    rounded to `digits` after the point.
    """

    source: Source
    kinds: Mapping[str, Kind]
    rows: int
    digits: int | None = None
    double: bool = False

    def batches(self, names: Sequence[str]) -> Iterator[tuple[Batch, dict[str, Array]]]:
        """The table with the hashes of these columns, 0 where a cell is missing."""
        kinds = {name: kind for name, kind in self.kinds.items() if name in names}
        for batch in table.read(self.source, kinds, frozenset(names)):
            yield batch, {name: self.hashes(batch, name) for name in names}

    def hashes(self, batch: Batch, name: str) -> Array:
        """Those of a column in a batch."""
        column = batch.columns.get(name)
        if column is None:
            return np.zeros(batch.rows, np.uint64)
        return hashes_of(column, self.kinds.get(name), self.digits, self.double)


def doubles(sources: Sequence[Source]) -> bool:
    """Whether all of these tables hold 64-bit floats: those of text have 32 bits."""
    formats = {part.format for source in sources for part in parts.of(source)}
    return formats <= {"parquet", "arrow"}


def hashes_of(
    column: Column, kind: Kind | None, digits: int | None = None, double: bool = False
) -> Array:
    """A hash a row; 0 where the cell is missing."""
    kind = Kind.STRING if kind is None else kind
    if isinstance(column, Coded):
        each = np.append(_of_texts(column, kind, digits, double), np.uint64(0))
        return np.asarray(each[column.codes])
    if kind is Kind.STRING:
        result = _of_strings([str(value) for value in column.values.tolist()])
    else:
        result = _of_numbers(column.values, kind, digits, double)
    if column.missing is not None:
        result[column.missing] = 0
    return result


def _of_texts(column: Coded, kind: Kind, digits: int | None, double: bool) -> Array:
    result = _of_strings(column.texts)
    if kind is Kind.STRING:
        return result
    numbers = [
        (place, number)
        for place, number in enumerate(column.numbers)
        if number is not None and column.kinds[place] <= kind
    ]
    if numbers:
        places, values = zip(*numbers, strict=True)
        whole = all(isinstance(value, int) for value in values)
        array = np.array(values, np.int64 if whole else np.float64)
        result[list(places)] = _of_numbers(array, kind, digits, double)
    return result


def _of_strings(texts: Sequence[str]) -> Array:
    found = np.fromiter(map(hash, texts), np.int64, len(texts))
    return hashes.mixed(found.view(np.uint64) ^ _SALTS[Kind.STRING])


def _of_numbers(values: Array, kind: Kind, digits: int | None, double: bool) -> Array:
    if kind is Kind.INT and values.dtype.kind == "i":
        return hashes.mixed(values.view(np.uint64) ^ _SALTS[Kind.INT])
    floats = values.astype(np.float64) + 0.0  # minus zero is zero
    if not double:
        floats = round_to_float32(floats)
    if digits is not None:
        floats = _rounded(floats, digits)
        floats = floats if double else round_to_float32(floats)
    floats[np.isnan(floats)] = math.nan
    return hashes.mixed(floats.view(np.uint64) ^ _SALTS[Kind.FLOAT])


def _rounded(floats: Array, digits: int) -> Array:
    """Rounded as Python does, which is exact where numpy is not."""
    distinct, places = np.unique(floats, return_inverse=True)
    rounded = [round(value, digits) for value in distinct.tolist()]
    return np.asarray(np.array(rounded, np.float64)[places] + 0.0)


def combined(columns: Sequence[Array], rows: int) -> Array:
    """A hash a row of several columns, in their order; of none as well."""
    return hashes.combined([np.full(rows, _SALTS[3], np.uint64), *columns])


def rows(side: Side, ids: Sequence[str], names: Sequence[str]) -> tuple[Array, Array]:
    """Two hashes a row: of the identifying columns `ids`, and of the `names`.

    The first is 0 where one of the identifying cells is missing.
    """
    keys = np.zeros(side.rows, np.uint64)
    whole = np.zeros(side.rows, np.uint64)
    for batch, found in side.batches(list(dict.fromkeys([*ids, *names]))):
        here = slice(batch.first - 1, batch.first - 1 + batch.rows)
        whole[here] = combined([found[name] for name in names], batch.rows)
        if ids:
            columns = [found[name] for name in ids]
            key = combined(columns, batch.rows)
            key[np.any([column == 0 for column in columns], axis=0)] = 0
            keys[here] = key
    return keys, whole


def cells(side: Side, names: Sequence[str], wanted: Array) -> dict[str, Array]:
    """The hashes of some columns at the wanted rows (indices, ascending)."""
    result = {name: np.zeros(len(wanted), np.uint64) for name in names}
    for batch, found in side.batches(names):
        low, high = np.searchsorted(wanted, (batch.first - 1, last_row(batch)))
        for name in names:
            result[name][low:high] = found[name][wanted[low:high] - (batch.first - 1)]
    return result


def last_row(batch: Batch) -> int:
    """The index after that of the batch's last row."""
    return batch.first - 1 + batch.rows


def groups(names: Sequence[str], count: int) -> Iterator[Sequence[str]]:
    """The columns in groups of which so many rows fit in CELLS."""
    size = max(1, CELLS // max(1, count))
    for start in range(0, len(names), size):
        yield names[start : start + size]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row as it is told: counted from 1, with the line at which it begins.

    `path` is the file that has it, where the table has several. `texts` and
    `hashes` are its cells by column; a missing one is None and 0.
    """

    row: int
    line: int
    path: str
    texts: dict[str, str | None]
    hashes: dict[str, int]


def fetch(side: Side, wanted: Sequence[int]) -> dict[int, Row]:
    """The rows at these indices, by index; reads no further than the last."""
    goal = np.unique(np.array(wanted, np.int64))
    result: dict[int, Row] = {}
    if not len(goal):
        return result
    for batch in table.read(side.source, side.kinds):
        low, high = np.searchsorted(goal, (batch.first - 1, last_row(batch)))
        places = goal[low:high] - (batch.first - 1)
        if len(places):
            result |= _rows(side, batch, places)
        if high == len(goal):
            break
    return result


def _rows(side: Side, batch: Batch, places: Array) -> dict[int, Row]:
    lines = batch.lines(places).tolist()
    hashed = {name: side.hashes(batch, name)[places].tolist() for name in side.kinds}
    return {
        batch.first
        - 1
        + place: Row(
            row=batch.first + place,
            line=lines[i],
            path=batch.path,
            texts={name: cell(c, place) for name, c in batch.columns.items()},
            hashes={name: column[i] for name, column in hashed.items()},
        )
        for i, place in enumerate(places.tolist())
    }


@dataclass(frozen=True, kw_only=True)
class Groups:
    """The rows of one table by their hash: each distinct one once, ascending.

    `order` has the indices of the rows, those of one hash together; `starts` and
    `counts` say where in it they are.
    """

    distinct: Array
    order: Array
    starts: Array
    counts: Array

    def first(self, which: Array) -> Array:
        """The index of the first row of each of these hashes."""
        return np.asarray(self.order[self.starts[which]])


def grouped(values: Array, among: Array) -> Groups:
    """The rows at the indices `among` by their hashes."""
    order = among[np.argsort(values[among], kind="stable")]
    ordered = values[order]
    fresh = np.ones(len(ordered), bool)
    fresh[1:] = ordered[1:] != ordered[:-1]
    starts = np.flatnonzero(fresh)
    counts = np.diff(starts, append=len(ordered))
    return Groups(distinct=ordered[starts], order=order, starts=starts, counts=counts)


def count_in(groups: Groups, values: Array) -> Array:
    """How many rows of the groups have each of these hashes."""
    if not len(groups.distinct):
        return np.zeros(len(values), np.int64)
    place = np.searchsorted(groups.distinct, values)
    place[place == len(groups.distinct)] = 0
    return np.where(groups.distinct[place] == values, groups.counts[place], 0)
