"""What is counted of a column while its rows pass by: exact, bounded, mergeable."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import numpy as np

from gate.data import buffers
from gate.data.columns import (
    Array,
    Coded,
    Column,
    Kind,
    Number,
    Numbers,
    utf8,
)
from gate.data.quantiles import Table

MAX_TEXTS = 1_000_000  # distinct texts of one column that are counted exactly
MAX_BYTES = 128 * 1024 * 1024  # of them together
_KEPT = 50_000  # of the most frequent ones, when there are more; within MAX_BYTES / 4
_HASHES = 65_536
_PENDING = 65_536  # texts gathered before they are counted together, or as many bytes:
_PENDING_BYTES = 4 * 1024 * 1024


class NumberTally:
    """Count, moments and distribution of numbers."""

    def __init__(self) -> None:
        self.count = 0  # all but NaN
        self.nans = 0
        self.zeros = 0
        self.infinite = [0, 0]  # below, above
        self.mean = 0.0  # of the finite ones
        self.squares = 0.0  # sum of the squared distances from the mean
        self.least: Number = math.inf
        self.most: Number = -math.inf
        self.table = Table()

    def add(self, values: Array, counts: Array | None = None) -> None:
        """Count int64 or float64 values, each once or as often as `counts` says."""
        if not len(values):
            return
        least, most = values.min().item(), values.max().item()
        if not (math.isfinite(least) and math.isfinite(most)):
            values, counts = self._without_odd(values, counts)
            if not len(values):
                return
            least, most = values.min().item(), values.max().item()
        self.least, self.most = min(self.least, least), max(self.most, most)
        floats = values.astype(np.float64, copy=False)
        if counts is None:
            size, mean = len(values), float(floats.mean())
            squares = float(np.square(floats - mean).sum())
        else:
            size, mean = int(counts.sum()), float(np.average(floats, weights=counts))
            squares = float((np.square(floats - mean) * counts).sum())
        if least <= 0 <= most:
            zero = values == 0
            self.zeros += int(zero.sum() if counts is None else counts[zero].sum())
        self._combine(size, mean, squares)
        self.table.add(values, counts)

    def merge(self, other: NumberTally) -> None:
        """Add all that the other one counted."""
        finite = other.count - sum(other.infinite)
        self._combine(finite, other.mean, other.squares)
        self.nans += other.nans
        self.zeros += other.zeros
        for side in (0, 1):
            self.infinite[side] += other.infinite[side]
            self.count += other.infinite[side]
        self.least = min(self.least, other.least)
        self.most = max(self.most, other.most)
        self.table.merge(other.table)

    def _without_odd(
        self, values: Array, counts: Array | None
    ) -> tuple[Array, Array | None]:
        """The finite values; NaN and the infinite ones are counted here."""
        finite = np.isfinite(values)
        if finite.all():
            return values, counts
        odd = values[~finite]
        weights = np.ones(len(odd), np.int64) if counts is None else counts[~finite]
        self.nans += int(weights[np.isnan(odd)].sum())
        for side, value in ((0, -math.inf), (1, math.inf)):
            found = int(weights[odd == value].sum())
            if found:
                self.infinite[side] += found
                self.count += found
                self.least, self.most = min(self.least, value), max(self.most, value)
        return values[finite], None if counts is None else counts[finite]

    def _combine(self, size: int, mean: float, squares: float) -> None:
        """Chan, Golub and LeVeque: updating formulae for computing variances, 1979."""
        if not size:
            return
        finite = self.count - sum(self.infinite)
        total = finite + size
        distance = mean - self.mean
        self.mean += distance * size / total
        self.squares += squares + distance**2 * finite * size / total
        self.count += size


class TextTally:
    """How often each text occurs.

    Beyond MAX_TEXTS distinct ones, or MAX_BYTES of them, the rare ones are dropped:
    `approximate` says so, and the number of distinct ones is then estimated from the
    smallest hashes.
    """

    def __init__(self) -> None:
        self.count = 0
        self.bytes = 0
        self.approximate = False
        self._texts: Any = None  # distinct ones, as an array of Arrow's
        self._counts: Array = np.zeros(0, np.int64)
        self._pending: list[tuple[Any, Array]] = []
        self._waiting = [0, 0]  # texts and bytes among the pending ones
        self._hashes: set[int] = set()

    def add(self, texts: Any, counts: Array) -> None:
        """Count texts, an array of Arrow's, each as often as `counts` says."""
        if not len(texts):
            return
        self.count += int(counts.sum())
        self.bytes += int((buffers.lengths(texts) * counts).sum())
        self._pending.append((texts, counts))
        self._waiting[0] += len(texts)
        self._waiting[1] += texts.nbytes
        held = 0 if self._texts is None else self._texts.nbytes
        if self._waiting[0] > max(_PENDING, len(self._counts)):
            self._flush()
        elif self._waiting[1] > max(_PENDING_BYTES, held):
            self._flush()

    def merge(self, other: TextTally) -> None:
        """Add all that the other one counted."""
        self._flush()
        other._flush()
        if other._texts is None:
            return
        self.count += other.count
        self.bytes += other.bytes
        if self.approximate or other.approximate:
            for tally in (self, other):
                if not tally.approximate and tally._texts is not None:
                    self._hashes.update(map(_hash, tally._texts.to_pylist()))
            self._hashes |= other._hashes
            self.approximate = True
        self._pending.append((other._texts, other._counts))
        self._flush(hashed=True)

    @property
    def unique(self) -> int:
        """How many distinct texts there are."""
        self._flush()
        if not self.approximate:
            return len(self._counts)
        if len(self._hashes) < _HASHES:
            return len(self._hashes)
        return round((_HASHES - 1) / (max(self._hashes) / 2**64))

    def ranked(self, most: int | None = None) -> list[tuple[str, int]]:
        """The texts, the most frequent first; of equals the greatest bytes first.

        With `most` the first so many of them.
        """
        self._flush()
        if self._texts is None:
            return []
        chosen = np.arange(len(self._counts))
        if most is not None and most < len(chosen):
            least = np.partition(self._counts, -most)[-most]
            chosen = np.flatnonzero(self._counts >= least)
        texts = buffers.take(self._texts, chosen)
        order = np.lexsort((_places_by_bytes(texts), self._counts[chosen]))[::-1][:most]
        counts = self._counts[chosen][order].tolist()
        return list(zip(buffers.strings(texts, order), counts, strict=True))

    def _flush(self, *, hashed: bool = False) -> None:
        if not self._pending:
            return
        import pyarrow as arrow

        if self.approximate and not hashed:
            for texts, _ in self._pending:
                self._hashes.update(map(_hash, texts.to_pylist()))
        if self._texts is not None:
            self._pending.append((self._texts, self._counts))
        parts, counts = zip(*self._pending, strict=True)
        self._pending, self._waiting = [], [0, 0]
        whole = arrow.concat_arrays(parts).dictionary_encode()
        codes = buffers.places(whole.indices)
        self._texts = whole.dictionary
        weights = np.concatenate(counts)
        # Sums of whole numbers below 2**53 are exact.
        self._counts = np.bincount(codes, weights).astype(np.int64)
        if len(self._counts) > MAX_TEXTS or self._texts.nbytes > MAX_BYTES:
            self._drop_rare()
        self._keep_smallest_hashes()

    def _drop_rare(self) -> None:
        if not self.approximate:
            self._hashes = set(map(_hash, self._texts.to_pylist()))
            self.approximate = True
        order = np.lexsort((_places_by_bytes(self._texts), self._counts))[::-1][:_KEPT]
        held = np.cumsum(buffers.lengths(self._texts)[order])
        order = order[held <= MAX_BYTES // 4]
        self._texts, self._counts = (
            buffers.take(self._texts, order),
            self._counts[order],
        )

    def _keep_smallest_hashes(self) -> None:
        if len(self._hashes) > _HASHES:
            self._hashes = set(sorted(self._hashes)[:_HASHES])


def _places_by_bytes(texts: Any) -> Array:
    """The place of each text in the order of their bytes."""
    from pyarrow import compute

    order = buffers.places(compute.array_sort_indices(texts), "u8")
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    return places


def _hash(text: str) -> int:
    digest = hashlib.blake2b(utf8(text), digest_size=8)
    return int.from_bytes(digest.digest(), "big")


class ColumnTally:
    """A column's cells: missing or not, their type, and their numbers or texts.

    Where an `expected` type is given, cells of a greater one are no values of it:
    they count in `odd`. Without, the column has the type of its cells; when that
    turns out to be STRING after cells were counted as numbers, `incomplete` says
    that the rows have to pass by once more, with STRING expected.
    """

    def __init__(self, expected: Kind | None = None) -> None:
        self.expected = expected
        self.present = 0
        self.odd = 0
        self.kind: Kind | None = None
        self.numbers = NumberTally()
        self.texts = TextTally()

    @property
    def incomplete(self) -> bool:
        return (
            self.expected is None
            and self.kind is Kind.STRING
            and self.numbers.count + self.numbers.nans > 0
        )

    def add(self, column: Column) -> None:
        """Count the cells of a batch."""
        if isinstance(column, Numbers):
            values = column.present()
            if not len(values):
                return
            self.present += len(values)
            self._see(column.kind)
            self._add_numbers(values, None)
        elif len(column):
            counts = column.counts()
            self.present += int(counts.sum())
            if self.kind is not Kind.STRING:
                self._see(Kind(int(column.kinds.max())))
            self._add_texts(column, counts)

    def merge(self, other: ColumnTally) -> None:
        """Add all that the other one counted."""
        self.present += other.present
        self.odd += other.odd
        if other.kind is not None:
            self._see(other.kind)
        self.numbers.merge(other.numbers)
        self.texts.merge(other.texts)

    def _see(self, kind: Kind) -> None:
        self.kind = kind if self.kind is None else max(self.kind, kind)

    def _add_numbers(self, values: Array, counts: Array | None) -> None:
        if self.expected is Kind.INT and values.dtype.kind == "f":
            self.odd += len(values) if counts is None else int(counts.sum())
            return
        self.numbers.add(values, counts)

    def _add_texts(self, column: Coded, counts: Array) -> None:
        limit = self.kind if self.expected is None else self.expected
        if limit is Kind.STRING:
            self.texts.add(column.array, counts)
            return
        assert limit is not None
        fits = column.kinds <= limit
        self.odd += int(counts[~fits].sum())
        if not fits.any():
            return
        whole = not (column.kinds[fits] == Kind.FLOAT).any()
        values = (column.integers if whole else column.floats)[fits]
        self.numbers.add(values, counts[fits])
