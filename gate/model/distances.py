"""How far rows are from each other, by the distances of the What-If Tool.

Over the features f that two rows a and b have:

    numbers      |a_f - b_f| / s_f       s_f the sample standard deviation; 0 if that is
    texts        0 if equal, else p_f    p_f the chance that two rows share a value
    one missing  1                       both missing: the feature does not count

L1 is their sum, L2 the sum of their squares (no root is taken). Texts that are all
different over the rows, as names are, do not count.
(What-If Tool, `getDistance` and `getStats` of its dashboard.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gate.data.columns import Array
from gate.model.features import Feature

MAX_TIES = 100  # rows that are named of those at one distance
# Rows that are compared at once: their differences stay in the processor's cache.
_QUERIES, _ROWS = 16, 4_096
_ROUNDING = 2.0**-21  # eight times the relative error of one 32-bit operation


@dataclass(frozen=True, eq=False)
class Scale:
    """One feature as distances see it.

    `size` is what a difference is divided by (numbers) or costs (texts); 0 where no
    difference counts.
    """

    feature: Feature
    size: float
    unique: int

    @property
    def is_numeric(self) -> bool:
        """Whether it holds numbers."""
        return self.feature.kind != "cat"


def scale(feature: Feature) -> Scale:
    """The spread of a feature over all its rows; 0 where it has fewer than two."""
    values = feature.present()
    if feature.kind == "cat":
        counts = np.bincount(values, minlength=1)
        share = float(np.sum((counts / max(1, len(values))) ** 2))
        return Scale(feature, share, int(np.count_nonzero(counts)))
    with np.errstate(over="ignore", invalid="ignore"):
        spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return Scale(feature, spread if np.isfinite(spread) else 0.0, 0)


def counts(scale: Scale) -> bool:
    """Whether a feature counts: not if it holds texts that are all different."""
    rows = len(scale.feature.present())
    return scale.is_numeric or not (rows > 1 and scale.unique == rows)


def between(
    scales: Sequence[Scale], query: int, rows: Array, *, squared: bool
) -> Array:
    """The exact distances of one row to others, float64, added feature by feature."""
    total = np.zeros(len(rows))
    for one in scales:
        values, missing = one.feature.values, one.feature.missing
        here, there = values[query], values[rows]
        with np.errstate(over="ignore", invalid="ignore"):
            if not one.is_numeric:
                apart = np.where(there != here, one.size, 0.0)
            elif one.size > 0:
                apart = np.abs(there.astype(np.float64) - float(here)) / one.size
            else:
                apart = np.zeros(len(rows))
        if one.feature.has_missing:
            lacks, lack = missing[query], missing[rows]
            apart = np.where(lack | lacks, (lack != lacks).astype(np.float64), apart)
        total += apart * apart if squared else apart
    return total


@dataclass(frozen=True, eq=False)
class Nearest:
    """The rows nearest to one: how many are at that distance, and the first of them."""

    distance: float
    ties: int
    rows: tuple[int, ...]


class Search:
    """Finds nearest rows: first roughly in 32 bits, then exactly among the few left.

    A distance in 32 bits is off by no more than `_slack` says. So the nearest rows are
    among those whose rough distance is below the exact one of any row plus that.
    """

    def __init__(self, scales: Sequence[Scale]) -> None:
        self._scales = tuple(filter(counts, scales))
        self._rough = tuple(map(_rough, self._scales))
        pairs = zip(self._scales, self._rough, strict=True)
        extremes = [float(np.abs(r).max(initial=0)) for s, r in pairs if s.is_numeric]
        self._reach = max(extremes, default=0.0)

    def nearest(
        self, queries: Array, other: Callable[[int], Array], *, squared: bool
    ) -> Iterator[Nearest | None]:
        """For each query (a row's index) the nearest of the rows that are `other`.

        `other` answers with a bool for each row; None where no row is.
        """
        for start in range(0, len(queries), _QUERIES):
            some = queries[start : start + _QUERIES]
            rough = self._distances(some, squared)
            for query, distances in zip(some.tolist(), rough, strict=True):
                among = np.flatnonzero(other(query))
                few = distances[among]
                yield self._exact(query, few, among, squared) if len(among) else None

    def _exact(self, query: int, rough: Array, among: Array, squared: bool) -> Nearest:
        first = among[[int(np.argmin(rough))]]
        most = float(between(self._scales, query, first, squared=squared)[0])
        close = among[rough <= most + self._slack(most, squared)]
        exact = between(self._scales, query, close, squared=squared)
        least = float(exact.min())
        ties = close[exact == least]
        return Nearest(least, len(ties), tuple(ties[:MAX_TIES].tolist()))

    def _slack(self, distance: float, squared: bool) -> float:
        """By how much the rough one of a row at this distance may differ from it."""
        features = max(1, len(self._rough))
        one = _ROUNDING * (2 * self._reach + 1)
        if not squared:
            return features * (one + _ROUNDING * distance)
        root = float(np.sqrt(features * distance))
        return 2 * one * root + features * (one * one + _ROUNDING * (distance + 1))

    def _distances(self, queries: Array, squared: bool) -> Array:
        """Rough distances of some rows to all, float32, shape (queries, n)."""
        rows = len(self._rough[0]) if self._rough else 0
        total = np.zeros((len(queries), rows), np.float32)
        apart = np.empty((len(queries), min(rows, _ROWS)), np.float32)
        for start in range(0, rows, _ROWS):
            part = total[:, start : start + _ROWS]
            for scale, rough in zip(self._scales, self._rough, strict=True):
                here = apart[:, : part.shape[1]]
                _differ(scale, rough, queries, start, here)
                if squared:
                    np.multiply(here, here, out=here)
                np.add(part, here, out=part)
        return total


def _differ(scale: Scale, rough: Array, queries: Array, start: int, out: Array) -> None:
    """What one feature adds for some rows (queries) and the rows from `start`."""
    block = slice(start, start + out.shape[1])
    if scale.is_numeric:
        np.subtract(rough[block], rough[queries][:, None], out=out)
        np.abs(out, out=out)
    else:
        differs = rough[block] != rough[queries][:, None]
        np.multiply(differs, np.float32(scale.size), out=out)
    missing = scale.feature.missing
    if scale.feature.has_missing:
        out[:, missing[block]] = 1
        out[missing[queries]] = ~missing[block]


def _rough(scale: Scale) -> Array:
    """Codes as they are; numbers around their middle, in 32 bits and of scale 1."""
    feature = scale.feature
    if not scale.is_numeric:
        return feature.values
    present = feature.present()
    if not scale.size > 0:
        return np.zeros(len(feature.values), np.float32)
    values = feature.values.astype(np.float64)
    middle = float(present.min()) / 2 + float(present.max()) / 2
    values[feature.missing] = middle
    return ((values - middle) / scale.size).astype(np.float32)
