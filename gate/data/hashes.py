"""Cells and rows as 64-bit hashes: millions of them are compared in little room.

Equal cells have equal hashes: texts by their characters, numbers by their value, so
that 7, `007` and 7.0 are one. Different ones share a hash with a chance of 1 in 2^64;
among ten million rows some two do with a chance of 3 in a million.
"""

from __future__ import annotations

import math
import secrets
import tempfile
from collections.abc import Iterator, Sequence

import numpy as np

from gate.data.columns import Array, Column, Kind, Numbers
from gate.errors import DataError

# Unknown to who writes the data, so that no one can make hashes meet.
_SEED, _SEED_OF_FLOATS = (np.uint64(secrets.randbits(64)) for _ in range(2))
_TURN = np.uint64(0x9E3779B97F4A7C15)
_IN_MEMORY = 32 * 1024**2  # bytes of hashes, beyond which they go to a file
_CHUNK = 2**19  # hashes that are looked at together
_RANGE = 2**19  # distinct hashes that are counted together


def cells(column: Column | None, rows: int, *, text: bool) -> Array:
    """A uint64 a row, 0 where the cell is missing; with `text` numbers are texts."""
    if column is None:
        return np.zeros(rows, np.uint64)
    if isinstance(column, Numbers):
        return _of_numbers(column, text=text)
    found = np.zeros(len(column.texts) + 1, np.uint64)  # one more, for the missing
    found[:-1] = _texts(column.texts)
    if not text:
        for kind, dtype in ((Kind.INT, np.int64), (Kind.FLOAT, np.float64)):
            places = np.flatnonzero(column.kinds == kind)
            numbers = [column.numbers[i] for i in places.tolist()]
            found[places] = _numbers(np.array(numbers, dtype))
    return np.asarray(found[column.codes])


def rows(columns: Sequence[Array]) -> Array:
    """The hashes of the rows of these columns; 0 where one of them is 0."""
    if len(columns) == 1:
        return columns[0]
    found = combined(columns)
    found[np.logical_or.reduce([column == 0 for column in columns])] = 0
    return found


def combined(columns: Sequence[Array]) -> Array:
    """The hashes of the rows of these columns, missing cells like any other."""
    found = columns[0].copy()
    for column in columns[1:]:
        found = mixed(found * _TURN + column)
    return found


def _of_numbers(column: Numbers, *, text: bool) -> Array:
    values = column.values
    if text:
        distinct, codes = np.unique(values, return_inverse=True)
        found = _texts([str(value) for value in distinct.tolist()])[codes]
    else:
        found = _numbers(values)
    if column.missing is not None:
        found[column.missing] = 0
    return found


def _texts(texts: Sequence[str]) -> Array:
    found = np.fromiter(map(hash, texts), np.int64, len(texts)).view(np.uint64)
    found[found == 0] = 1
    return found


def _numbers(values: Array) -> Array:
    """Hashes of int64 or float64 values; whole floats have those of the integers."""
    if values.dtype.kind != "f":
        return mixed(values.astype(np.int64, copy=False).view(np.uint64) ^ _SEED)
    values = np.where(np.isnan(values), math.nan, values)  # one NaN of many
    with np.errstate(invalid="ignore"):
        whole = (np.floor(values) == values) & (np.abs(values) < 2.0**63)
    integers = np.where(whole, values, 0).astype(np.int64)
    return np.where(
        whole,
        mixed(integers.view(np.uint64) ^ _SEED),
        mixed(values.view(np.uint64) ^ _SEED_OF_FLOATS),
    )


def mixed(bits: Array) -> Array:
    """Spread over 64 bits, and never 0, which is a missing cell's.

    SplitMix64; Steele, Lea and Flood: fast splittable pseudorandom number generators,
    2014.
    """
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    bits[bits == 0] = 1
    return bits


class Store:
    """Hashes in the order in which they came; many of them are in a temporary file."""

    def __init__(self) -> None:
        self.count = 0
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)

    def add(self, hashes: Array) -> None:
        """Append hashes.

        Raises:
            DataError: the folder for temporary files is full, or not to be written to.
        """
        self.count += len(hashes)
        try:
            self._file.write(np.ascontiguousarray(hashes).tobytes())
        except OSError as error:
            raise DataError(
                f"no room for the keys of {self.count:,} rows: {error.strerror}",
                path=tempfile.gettempdir(),
                hint="free some, or set TMPDIR to a folder that has",
            ) from None

    def chunks(self) -> Iterator[tuple[int, Array]]:
        """All of them, a part at a time, with the place of its first one."""
        self._file.seek(0)
        for first in range(0, self.count, _CHUNK):
            data = self._file.read(8 * min(_CHUNK, self.count - first))
            yield first, np.frombuffer(data, np.uint64)

    def counted(self) -> Iterator[tuple[Array, Array]]:
        """The distinct hashes but 0, in parts, ascending, and how often each occurs."""
        bits = max(0, math.ceil(math.log2(max(1, self.count / _RANGE))))
        for part in range(2**bits):
            found = [np.empty(0, np.uint64)]
            counts = [np.empty(0, np.int64)]
            for _, chunk in self.chunks():
                if bits:
                    chunk = chunk[chunk >> np.uint64(64 - bits) == part]
                hashes, often = np.unique(chunk, return_counts=True)
                found.append(hashes)
                counts.append(often)
            yield _summed(np.concatenate(found), np.concatenate(counts))

    def distinct(self) -> int:
        """How many distinct hashes there are but 0."""
        return sum(len(hashes) for hashes, _ in self.counted())

    def close(self) -> None:
        """Forget them all."""
        self._file.close()


def _summed(hashes: Array, counts: Array) -> tuple[Array, Array]:
    order = np.argsort(hashes, kind="stable")
    hashes, counts = hashes[order], counts[order]
    starts = np.flatnonzero(np.append(True, hashes[1:] != hashes[:-1])[: len(hashes)])
    if not len(starts):
        return hashes, counts
    distinct, often = hashes[starts], np.add.reduceat(counts, starts)
    return distinct[distinct != 0], often[distinct != 0]
