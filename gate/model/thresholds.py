"""Thresholds by what wrong decisions cost: the best for all rows, and of each slice.

A false positive costs `ratio`, a false negative 1. Thresholds are those of
`gate.model.binary.GRID`, 0.00 to 1.00, and are told as their places in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gate.data.columns import Array
from gate.model.metrics import ratio as divided

_ALIKE = 1e-9  # costs closer than this, relative to them, are equal: 0.1 is rounded
GAPS = (0.02, 0.05, 0.1)
# A gap is within a tolerance up to this much above: 0.8 - 0.7 is above 0.1 in floats.
_ROUNDING = 1e-12
_CELLS = 2_000_000  # of one part of the search


@dataclass(frozen=True)
class Optimum:
    """The least cost, and all thresholds that reach it."""

    cost: float
    places: tuple[int, ...]

    @property
    def thresholds(self) -> list[float]:
        """The thresholds, ascending."""
        return [place / 100 for place in self.places]

    def to_json(self) -> dict[str, Any]:
        """Plain values; the What-If Tool shows the largest threshold."""
        return {
            "wit_choice": self.places[-1] / 100,
            "min_cost": self.cost,
            "optimal_set": self.thresholds,
        }


def costs(table: Array, ratio: float) -> Array:
    """What each threshold costs; of `[..., [tp, fp, fn, tn]]` all but the last axis."""
    return table[..., 1] * float(ratio) + table[..., 2]


def optimum(cost: Array) -> Optimum:
    """The best of the costs of each threshold, shape (101,)."""
    least = float(cost.min())
    places = np.flatnonzero(cost <= least + _ALIKE * max(1.0, abs(least)))
    return Optimum(least, tuple(places.tolist()))


MEASURES = {
    "demographic_parity": "selection_rate",
    "equal_opportunity": "recall",
    "equal_accuracy": "accuracy",
}


def measure(table: Array, name: str) -> Array:
    """selection_rate, recall or accuracy at each threshold; NaN where undefined."""
    tp, fp, fn, tn = (table[..., i] for i in range(4))
    if name == "recall":
        return divided(tp, tp + fn)
    whole = tp + fp + fn + tn
    return divided(tp + fp if name == "selection_rate" else tp + tn, whole)


@dataclass(frozen=True)
class Parity:
    """Thresholds of each slice, in the order of the slices, and what they cost."""

    cost: float
    places: tuple[int, ...]


def least_with_gap(
    values: Array, cost: Array, tolerances: tuple[float, ...]
) -> list[Parity | None]:
    """For each tolerance, the least cost with the measure alike on all slices.

    Alike is a difference of at most the tolerance between the greatest and the least
    of `values`, the measure of each slice at each threshold, shape (slices, 101).
    Slices on which it is undefined take their own best threshold. The result is exact
    and does not depend on the order of the slices: of equal costs it is the least
    range of the measure, and then the largest thresholds. None where no thresholds
    are alike.
    """
    bound = ~np.isnan(values).all(axis=1)
    if not bound.any():
        return [_chosen(values, cost, -np.inf, np.inf)] * len(tolerances)
    points = np.unique(values[bound])
    ends = [
        np.searchsorted(points, points + t + _ROUNDING, "right") for t in tolerances
    ]
    totals = _totals(values[bound], cost[bound], points, ends)
    found: list[Parity | None] = []
    for total, end in zip(totals, ends, strict=True):
        best = total.min()
        if not np.isfinite(best):
            found.append(None)
            continue
        start = int(np.argmax(total <= best + _ALIKE * max(1.0, abs(best))))
        found.append(_chosen(values, cost, points[start], points[end[start] - 1]))
    return found


def _chosen(values: Array, cost: Array, least: float, most: float) -> Parity:
    """The best threshold of each slice whose measure is within a range."""
    undefined = np.isnan(values)
    outside = ((values < least) | (values > most)) & ~undefined
    within = np.where(outside, np.inf, cost)
    best = [optimum(one) for one in within]
    return Parity(sum(b.cost for b in best), tuple(b.places[-1] for b in best))


def _totals(
    values: Array, cost: Array, points: Array, ends: list[Array]
) -> list[Array]:
    """The sum over the slices of their least cost within points[i:ends[i]], each i.

    Of ranges of points, minima are found from those of ranges of 1, 2, 4, ... points.
    """
    totals = [np.zeros(len(points)) for _ in ends]
    step = max(1, _CELLS // len(points))
    for first in range(0, len(values), step):
        some = values[first : first + step]
        least = np.full((len(some), len(points)), np.inf)
        rows = np.repeat(np.arange(len(some)), some.shape[1])
        places = np.searchsorted(points, some.ravel())
        np.minimum.at(least, (rows, places), cost[first : first + step].ravel())
        _add_minima(least, ends, totals)
    return totals


def _add_minima(least: Array, ends: list[Array], totals: list[Array]) -> None:
    count = least.shape[1]
    starts = np.arange(count)
    width = 1
    while width <= count:
        for end, total in zip(ends, totals, strict=True):
            length = end - starts
            here = np.flatnonzero((length >= width) & (length < 2 * width))
            pairs = np.minimum(least[:, here], least[:, end[here] - width])
            total[here] += pairs.sum(axis=0)
        if 2 * width <= count:
            least = np.minimum(least[:, :-width], least[:, width:])
        width *= 2
