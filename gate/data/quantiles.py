"""The distribution of a column of numbers: a mergeable table of values, histograms.

The table counts every distinct value while there are at most LIMIT of them. Beyond,
it groups neighbours: the values are ordered by the bits of their 64-bit floats, and
as many low bits are dropped as it takes to keep within LIMIT groups. Which bits are
dropped depends on the values alone, so the order in which batches and tables are
added never matters.

Quantiles and histograms are computed from the table as TensorFlow Data Validation
does from its sketch, which is exact for few distinct values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gate.data import buffers
from gate.data.columns import Array, Number

LIMIT = 65_536
_PENDING = 262_144  # values gathered before they are sorted into the table
_FEW = 4_096  # ... while there are few; a table may be one of many slices
_FINE = 100  # quantiles for each bucket of equal width, which is made from them
BUCKETS = 10
_SAMPLE = 8_192  # values that tell how often values repeat


class Table:
    """How often each value occurs; no NaN and nothing infinite.

    `integral` while all values are integers: its keys are then the integers, else
    the bits of 64-bit floats in an order that is theirs. `shift` low bits of each
    key were dropped.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.integral = True
        self.shift = 0
        self.keys: Array = np.zeros(0, np.int64)
        self.counts: Array = np.zeros(0, np.int64)
        self._pending: list[tuple[Array, Array | None]] = []
        self._waiting = 0

    def add(self, values: Array, counts: Array | None = None) -> None:
        """Count int64 or float64 values, each once or as often as `counts` says."""
        if not len(values):
            return
        if self.integral and values.dtype.kind == "f":
            self._flush()
            self._to_floats()
        keys = values if self.integral else _keys(values.astype(np.float64))
        self._pending.append((keys, counts))
        self._waiting += len(values)
        if self._waiting >= min(_PENDING, max(_FEW, 4 * len(self.keys))):
            self._flush()

    def merge(self, other: Table) -> None:
        """Add all that the other one counted."""
        self._flush()
        other._flush()
        if self.integral and not other.integral:
            self._to_floats()
        keys = other.keys
        if other.integral and not self.integral:
            keys = _keys(other.keys.astype(np.float64))
        self.shift = max(self.shift, other.shift)
        if len(keys):
            self._gather([(self.keys, self.counts), (keys, other.counts)])

    @property
    def exact(self) -> bool:
        """Whether every distinct value is counted by itself."""
        self._flush()
        return self.shift == 0

    def values(self) -> tuple[Array, Array]:
        """The distinct values in ascending order, and how often each occurs."""
        self._flush()
        if self.integral:
            return self.keys, self.counts
        middle = (1 << self.shift) >> 1
        return _floats(self.keys + middle), self.counts

    def _flush(self) -> None:
        if not self._pending:
            return
        keys, counts = zip(*self._pending, strict=True)
        self._pending, self._waiting = [], 0
        plain = [key for key, count in zip(keys, counts, strict=True) if count is None]
        parts = [(self.keys, self.counts)]
        parts += [(k, c) for k, c in zip(keys, counts, strict=True) if c is not None]
        if plain:
            values = np.concatenate(plain) >> self.shift << self.shift
            few = 4 * len(self.keys) < len(values) if len(self.keys) else None
            parts.append(_runs(values, few))
        self._gather(parts)

    def _gather(self, parts: list[tuple[Array, Array]]) -> None:
        keys = np.concatenate([key for key, _ in parts]) >> self.shift << self.shift
        counts = np.concatenate([count for _, count in parts])
        order = np.argsort(keys, kind="stable")
        keys, counts = keys[order], counts[order]
        starts = _starts(keys)
        self.keys, self.counts = keys[starts], np.add.reduceat(counts, starts)
        if len(self.keys) > self.limit:
            self._shrink()

    def _shrink(self) -> None:
        if self.integral:
            self._to_floats()
        if len(self.keys) <= self.limit:
            return
        # Two neighbours fall together once all the bits they differ in are dropped.
        differing = (self.keys[1:] ^ self.keys[:-1]).view(np.uint64)
        lengths = _bit_lengths(differing)
        apart = len(lengths) - np.cumsum(np.bincount(lengths, minlength=65))
        self.shift = int(np.argmax(apart + 1 <= self.limit))
        self._gather([(self.keys, self.counts)])

    def _to_floats(self) -> None:
        self.integral = False
        if len(self.keys):
            keys = _keys(self.keys.astype(np.float64))
            self._gather([(keys, self.counts)])


def _keys(values: Array) -> Array:
    """Integers in the order of the floats; zero and minus zero are one."""
    bits = (values + 0.0).view(np.int64)
    return np.asarray(bits ^ ((bits >> 63) & np.int64(2**63 - 1)))


def _floats(keys: Array) -> Array:
    return np.asarray((keys ^ ((keys >> 63) & np.int64(2**63 - 1))).view(np.float64))


def _runs(values: Array, few: bool | None) -> tuple[Array, Array]:
    """The distinct values and their counts, in whichever way is quickest.

    `few` says whether they are known to be few; None where nothing is known.
    """
    least, most = int(values.min()), int(values.max())
    if most - least <= max(65_536, 4 * len(values)):
        counts = np.bincount((values - least).astype(np.intp))
        found = np.flatnonzero(counts)
        return found + least, counts[found]
    if _repeat(values) if few is None else few:
        return buffers.value_counts(values)
    ordered = np.sort(values)
    starts = _starts(ordered)
    return ordered[starts], np.diff(starts, append=len(ordered))


def _repeat(values: Array) -> bool:
    """Whether a sample has each value several times: sorting is slower then."""
    sample = np.sort(values[:: max(1, len(values) // _SAMPLE)])
    return 2 * len(_starts(sample)) < len(sample)


def _starts(ordered: Array) -> Array:
    """Where each distinct value of a sorted array begins."""
    return np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))


def _bit_lengths(values: Array) -> Array:
    """The bit lengths of unsigned 64-bit integers (floats would round them up)."""
    high = (values >> np.uint64(32)).astype(np.float64)
    low = (values & np.uint64(0xFFFFFFFF)).astype(np.float64)
    lengths = np.where(high > 0, np.frexp(high)[1] + 32, np.frexp(low)[1])
    return lengths.astype(np.intp)


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """Values from `low` to `high`, and how many; fractions come from interpolation."""

    low: float
    high: float
    count: float


def fine(
    values: Array, counts: Array, buckets: int = _FINE * BUCKETS
) -> tuple[Array, Array]:
    """Quantile boundaries, and the weight up to and with each.

    For r = 0..Q and d = 2 r N / Q, the boundary is the last value whose middle, the
    mean of the weights below and up to it, is at most d / 2; the one after it if
    d / 2 reaches the weight up to it.
    """
    upto = np.cumsum(counts).astype(np.float64)
    below = upto - counts
    goal = 2 * np.arange(buckets + 1) * upto[-1] / buckets
    index = np.maximum(np.searchsorted(below + upto, goal, side="right") - 1, 0)
    following = np.minimum(index + 1, len(values) - 1)
    index = np.where(goal >= upto[index] + below[following], following, index)
    return values[index], upto[index]


def by_quantiles(bounds: Array, upto: Array) -> list[Bucket]:
    """Buckets between consecutive boundaries of `fine`, whose counts add up to all.

    Buckets that end at the same value share their counts evenly; what the first
    boundary counts is shared by the first bucket and those that are the same.
    """
    return _buckets(bounds[:-1], bounds[1:], _counts(bounds, upto))


def _counts(bounds: Array, upto: Array) -> Array:
    """The counts of the buckets of `by_quantiles`."""
    low, high = bounds[:-1], bounds[1:]
    run = np.cumsum(np.append(False, high[1:] != high[:-1])[: len(high)])
    counts = (np.bincount(run, weights=np.diff(upto)) / np.bincount(run))[run]
    same = (low == low[:1]) & (high == high[:1])  # sorted, so these are the first
    counts[same] += upto[0] / max(1, int(same.sum()))
    return np.asarray(counts)


def _buckets(low: Array, high: Array, counts: Array) -> list[Bucket]:
    return [
        Bucket(low=float(least), high=float(most), count=float(count))
        for least, most, count in zip(low, high, counts, strict=True)
    ]


def by_width(values: Array, counts: Array, buckets: int = BUCKETS) -> list[Bucket]:
    """Buckets of equal width; the counts of the fine quantiles spread evenly in them.

    They reach from the least finite value to the greatest, even of those that count
    0. Infinite values have buckets of their own, first and last; where there are no
    others, they are in one bucket from infinity to minus infinity, as in TFDV.
    """
    finite = values[np.isfinite(values)]
    if not len(finite):
        return [Bucket(low=math.inf, high=-math.inf, count=float(counts.sum()))]
    weighty = counts > 0
    bounds, upto = fine(values[weighty], counts[weighty], _FINE * buckets)
    below = float(counts[values == -math.inf].sum())
    above = float(counts[values == math.inf].sum())
    bounds, upto = _without_infinite(bounds, upto, below, above, finite[-1])
    inner = _between(float(finite[0]), float(finite[-1]), bounds, upto, buckets)
    if below:
        inner = [Bucket(low=-math.inf, high=-math.inf, count=below), *inner]
    if above:
        inner = [*inner, Bucket(low=math.inf, high=math.inf, count=above)]
    return inner


def _without_infinite(
    bounds: Array, upto: Array, below: float, above: float, most: Number
) -> tuple[Array, Array]:
    """Boundaries without those that are infinite, which count `below` and `above`."""
    total = upto[-1] - below - above
    keep = np.isfinite(bounds)
    bounds, upto = bounds[keep], upto[keep] - below
    if above or len(bounds) < 2:
        bounds, upto = np.append(bounds, most), np.append(upto, total)
    if len(bounds) < 2:  # so few that no quantile met them
        bounds, upto = np.append(bounds, most), np.append(upto, total)
    return bounds, upto


def _between(
    least: float, most: float, bounds: Array, upto: Array, buckets: int
) -> list[Bucket]:
    with np.errstate(over="ignore", invalid="ignore"):
        edges = np.linspace(least, most, buckets + 1)
    if least == most or not np.isfinite(edges).all():
        return [Bucket(low=least, high=most, count=float(upto[-1]))]
    low, high = bounds[:-1].astype(np.float64), bounds[1:].astype(np.float64)
    counts = _spread(low, high, _counts(bounds, upto), edges)
    return _buckets(edges[:-1], edges[1:], counts)


def _spread(low: Array, high: Array, count: Array, edges: Array) -> Array:
    """The counts of buckets between edges; a point on an edge belongs below it."""
    result = np.zeros(len(edges) - 1)
    point = high <= low
    place = np.clip(np.searchsorted(edges, low[point]) - 1, 0, len(result) - 1)
    np.add.at(result, place, count[point])
    low, high, count = low[~point], high[~point], count[~point]
    for i in range(len(result)):
        overlap = np.minimum(high, edges[i + 1]) - np.maximum(low, edges[i])
        result[i] += float((np.maximum(overlap, 0) / (high - low) * count).sum())
    return result
