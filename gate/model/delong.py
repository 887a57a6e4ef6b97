"""Areas under two ROC curves of the same rows, and how sure their difference is.

DeLong et al.: Comparing the Areas under Two or More Correlated Receiver Operating
Characteristic Curves, Biometrics 44, 1988; the mid-ranks come of one sort (Sun and Xu:
Fast Implementation of DeLong's Algorithm, IEEE Signal Processing Letters 21, 2014).

Weights are those of a sample: an area is a share of weighted pairs, and its variance
that of a ratio estimator. With equal weights both are DeLong's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gate.data.columns import Array
from gate.model import significance
from gate.model.significance import Interval


@dataclass(frozen=True)
class Areas:
    """Two areas and their difference, head less base.

    `se` is the standard error of the difference, None with fewer than two rows of a
    class; `z` is None too where the error is zero.
    """

    head: float
    base: float
    se: float | None

    @property
    def diff(self) -> float:
        return self.head - self.base

    @property
    def z(self) -> float | None:
        return self.diff / self.se if self.se else None

    @property
    def p_value(self) -> float | None:
        """That of equal areas."""
        if self.se is None:
            return None
        if self.se == 0:
            return 1.0 if self.diff == 0 else 0.0
        return significance.normal(self.diff / self.se)


def compare(
    label: Array,
    head: Array,
    base: Array,
    codes: Array | None = None,
    slices: int = 1,
    weight: Array | None = None,
) -> list[Areas | None]:
    """The areas on each slice, None where one has rows of one class only.

    `label` is bool, `head` and `base` are scores, all of shape (n,); `codes` has the
    slice of each row, below `slices`.
    """
    sides = _Sides.of(label, codes, slices, weight)
    one, other = sides.placements(head), sides.placements(base)
    areas = sides.mean(one), sides.mean(other)
    errors = sides.error(one - other)
    return [
        Areas(float(a), float(b), _known(se)) if np.isfinite(a) else None
        for a, b, se in zip(*areas, errors, strict=True)
    ]


def intervals(
    label: Array,
    score: Array,
    codes: Array | None = None,
    slices: int = 1,
    weight: Array | None = None,
) -> list[tuple[float, Interval | None] | None]:
    """The area on each slice with its 95 % interval, by the normal law."""
    sides = _Sides.of(label, codes, slices, weight)
    placed = sides.placements(score)
    found: list[tuple[float, Interval | None] | None] = []
    for area, se in zip(sides.mean(placed), sides.error(placed), strict=True):
        half = significance.Z * se
        inside = (max(0.0, float(area - half)), min(1.0, float(area + half)))
        known = inside if np.isfinite(se) else None
        found.append((float(area), known) if np.isfinite(area) else None)
    return found


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


@dataclass(frozen=True, eq=False)
class _Sides:
    """The rows of the two classes: `place` is 2 * slice + label."""

    label: Array
    codes: Array
    place: Array
    slices: int
    weight: Array
    rows: Array  # by place
    total: Array  # weight, by place

    @classmethod
    def of(
        cls, label: Array, codes: Array | None, slices: int, weight: Array | None
    ) -> _Sides:
        codes = np.zeros(len(label), np.int32) if codes is None else codes
        weight = np.ones(len(label)) if weight is None else weight
        place = 2 * codes + label
        rows = np.bincount(place, minlength=2 * slices)
        total = np.bincount(place, weight, 2 * slices)
        return cls(label, codes, place, slices, weight, rows, total)

    def placements(self, score: Array) -> Array:
        """Of each row the share of the other class that it is on the right side of.

        Ties count half.
        """
        order = self._order(score)
        value, codes, label = score[order], self.codes[order], self.label[order]
        changed = (value[1:] != value[:-1]) | (codes[1:] != codes[:-1])
        starts = np.append(0, np.flatnonzero(changed) + 1)[: len(value)]
        sizes = np.diff(np.append(starts, len(value)))
        placed = np.empty(len(order))
        for side in (False, True):
            weight = np.where(label == side, self.weight[order], 0.0)
            below = self._below(weight, starts, sizes, codes)
            others = label != side
            with np.errstate(invalid="ignore", divide="ignore"):
                share = below[others] / self.total[2 * codes[others] + side]
            placed[order[others]] = 1 - share if side else share
        return placed

    def _order(self, score: Array) -> Array:
        order = np.argsort(score, kind="stable")
        if self.slices == 1:
            return order
        kind = np.uint16 if self.slices < 2**16 else np.int64  # quick up to 16 bits
        by_slice = np.argsort(self.codes[order].astype(kind), kind="stable")
        return np.asarray(order[by_slice])

    def _below(self, weight: Array, starts: Array, sizes: Array, codes: Array) -> Array:
        """The weight below each row in its slice, and half of that beside it."""
        upto = np.append(0.0, np.cumsum(weight))
        first = np.append(0, np.cumsum(np.bincount(codes, minlength=self.slices)))
        before = upto[starts] - upto[first[codes[starts]]]
        beside = upto[starts + sizes] - upto[starts]
        return np.repeat(before + beside / 2, sizes)

    def mean(self, placed: Array) -> Array:
        """The area on each slice: the mean of the positive rows."""
        sums = np.bincount(self.place, self.weight * placed, 2 * self.slices)
        with np.errstate(invalid="ignore", divide="ignore"):
            means = (sums / self.total).reshape(-1, 2)
        return np.asarray(np.where(np.isnan(means[:, 0]), np.nan, means[:, 1]))

    def error(self, placed: Array) -> Array:
        """The standard error on each slice of the mean."""
        with np.errstate(invalid="ignore", divide="ignore"):
            sums = np.bincount(self.place, self.weight * placed, 2 * self.slices)
            off = self.weight * (placed - (sums / self.total)[self.place])
            squares = np.bincount(self.place, off * off, 2 * self.slices)
            variance = squares / self.total**2 * self.rows / (self.rows - 1)
        errors = np.sqrt(variance.reshape(-1, 2).sum(axis=1))
        return np.where(self.rows.reshape(-1, 2).min(axis=1) > 1, errors, np.nan)
