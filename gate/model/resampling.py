"""What would have come out on other rows of the same kind: the bootstrap, on counts.

A metric of decisions hangs only on how many rows have each label and each decision of
both models. Drawing rows again gives those counts a multinomial law, so the counts are
drawn, not the rows: the same law, at a cost that does not grow with the rows (Efron and
Tibshirani: An Introduction to the Bootstrap, 1993). Rows of unequal weight are counted
apart by weight, in at most GROUPS groups of nearly the same.

Means of rows (errors, losses) have a normal law beyond MOST_DRAWN of them, as has what
is computed from several means together; of fewer the rows are drawn.

Every draw begins with the same seed: what comes out hangs on the rows alone, not on
what else was drawn before.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gate.data.columns import Array
from gate.model.significance import LEVEL, Interval

DRAWS = 2_000
SWAPS = 20_000  # more, for p-values that have to be small
MOST_DRAWN = 500  # rows whose means are drawn: of more they have a normal law
ROW_DRAWS = 200  # of rows
MOST_ROWS = 20_000  # drawn at once, on all slices
FEWEST_ROWS = 100  # drawn of a slice
GROUPS = 64  # of weights
MOST_CLASSES = 30  # whose matrices are drawn
_DENSE = 1_000_000  # counters
_SEED = 0
_AT_ONCE = 4_000_000  # numbers held
_MOST = 1e150  # its square is a float
_NOISE = 1e-12  # of floats: what differs by no more is equal


Values = dict[str, Array]
# Confusion matrices, rows actual and columns predicted, shape (draws, k, k) -> metrics
# by name, shape (draws,), NaN where undefined.
Metrics = Callable[[Array], Values]


@dataclass(frozen=True, eq=False)
class Cells:
    """Rows that are alike: label, decisions of head and base, how many, what weight.

    All of shape (c,); the first three are codes below `classes`.
    """

    label: Array
    head: Array
    base: Array
    count: Array
    weight: Array  # of one row
    classes: int

    def matrices(
        self, rows: Array, swapped: Array | None = None
    ) -> tuple[Array, Array]:
        """Both models' confusion matrices where so many rows, (draws, c), are in each
        cell, of which `swapped` have the decisions of the models exchanged."""
        sums = [self._sums(side) for side in (self.head, self.base)]
        weight = rows * self.weight
        if swapped is None:
            return self._shaped(weight @ sums[0]), self._shaped(weight @ sums[1])
        moved = (swapped * self.weight) @ (sums[1] - sums[0])
        return (
            self._shaped(weight @ sums[0] + moved),
            self._shaped(weight @ sums[1] - moved),
        )

    def _sums(self, side: Array) -> Array:
        """What sums cells to the matrix of a model, shape (c, k * k)."""
        sums = np.zeros((len(side), self.classes**2))
        sums[np.arange(len(side)), self.label * self.classes + side] = 1
        return sums

    def _shaped(self, sums: Array) -> Array:
        return sums.reshape(-1, self.classes, self.classes)

    @property
    def gained_and_lost(self) -> tuple[int, int]:
        """How many rows only the head gets right, and how many only the base."""
        ours, theirs = self.head == self.label, self.base == self.label
        gained, lost = self.count[ours & ~theirs], self.count[theirs & ~ours]
        return int(gained.sum()), int(lost.sum())

    @property
    def discordant(self) -> int:
        """How many rows the models decide differently."""
        return int(self.count[self.head != self.base].sum())


@dataclass(frozen=True, eq=False)
class Joint:
    """Rows, each with the one code of what `Cells` tells of it, below `size`."""

    codes: Array
    size: int
    classes: int
    weight: Array | None

    def cells(self, slices: Array | None = None, count: int = 1) -> list[Cells]:
        """The rows counted on each of `count` slices; `slices` has that of each row."""
        codes, size = self.codes, self.size
        if slices is not None:
            codes = codes + slices.astype(np.intp) * size
        if size * count <= max(_DENSE, len(codes)):
            counts = np.bincount(codes, minlength=size * count)
            found = np.flatnonzero(counts)
            counts = counts[found]
            weights = None
            if self.weight is not None:
                weights = np.bincount(codes, self.weight, size * count)[found]
        else:
            found, place, counts = np.unique(
                codes, return_inverse=True, return_counts=True
            )
            weights = None
            if self.weight is not None:
                weights = np.bincount(place, self.weight, len(found))
        each = np.ones(len(found)) if weights is None else weights / counts
        bounds = np.searchsorted(found, np.arange(count + 1) * size)
        return [
            self._cells(found[a:b] % size, counts[a:b], each[a:b])
            for a, b in zip(bounds[:-1], bounds[1:], strict=True)
        ]

    def _cells(self, joint: Array, count: Array, weight: Array) -> Cells:
        k = self.classes
        joint = joint // (self.size // k**3)
        return Cells(joint // k**2, joint // k % k, joint % k, count, weight, k)


def joint(
    label: Array,
    head: Array,
    base: Array,
    classes: int,
    weight: Array | None = None,
) -> Joint:
    """Of codes below `classes`, shape (n,), and weights, float64."""
    codes = label.astype(np.intp)
    for one in (head, base):
        codes *= classes
        codes += one
    if weight is None:
        return Joint(codes, classes**3, classes, None)
    groups, count = _groups(weight)
    return Joint(codes * count + groups, classes**3 * count, classes, weight)


def _groups(weight: Array) -> tuple[Array, int]:
    """Which weights are taken as one: equal ones, or neighbours of many."""
    values, codes = np.unique(weight, return_inverse=True)
    if len(values) <= GROUPS:
        return codes, max(1, len(values))
    edges = np.quantile(weight, np.linspace(0, 1, GROUPS + 1)[1:-1])
    return np.searchsorted(edges, weight, side="right"), GROUPS


@dataclass(frozen=True)
class Spread:
    """The 95 % interval of what was drawn, and its standard deviation."""

    interval: Interval
    error: float


def spread(drawn: Array) -> Spread | None:
    """None where it is undefined in more than one of twenty draws."""
    kept = drawn[np.isfinite(drawn) & (np.abs(drawn) < _MOST)]
    if not len(kept) or len(kept) < LEVEL * len(drawn):
        return None
    low, high = np.quantile(kept, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Spread((float(low), float(high)), float(kept.std()))


def differences(of: Cells, metrics: Metrics) -> dict[str, Spread | None]:
    """How the difference of each metric, head less base, scatters."""
    drawn = _drawn(of, metrics, DRAWS, _again)
    return {name: spread(one - other) for name, (one, other) in drawn.items()}


def alone(of: Cells, metrics: Metrics) -> dict[str, Spread | None]:
    """How each metric of the head scatters."""
    drawn = _drawn(of, metrics, DRAWS, _again)
    return {name: spread(one) for name, (one, _) in drawn.items()}


def p_values(of: Cells, metrics: Metrics) -> dict[str, float | None]:
    """Of each metric the p-value of models that could as well be swapped, row by row.

    The randomization test (Noreen: Computer Intensive Methods for Testing Hypotheses,
    1989): where the decisions differ, each is as likely the head's as the base's. For
    the accuracy it is McNemar's test. None where the metric is undefined.
    """
    drawn = _drawn(of, metrics, SWAPS, _swapped)
    head, base = (metrics(matrix) for matrix in of.matrices(of.count[None]))
    found: dict[str, float | None] = dict.fromkeys(drawn)
    for name, (one, other) in drawn.items():
        now = abs(float(head[name][0] - base[name][0]))
        if math.isfinite(now):
            apart = np.nan_to_num(np.abs(one - other))
            beyond = int(np.count_nonzero(apart >= now - _NOISE))
            found[name] = (1 + beyond) / (1 + SWAPS)
    return found


_Draw = Callable[[Cells, np.random.Generator, int], tuple[Array, Array | None]]


def _again(of: Cells, rng: np.random.Generator, draws: int) -> tuple[Array, None]:
    rows = int(of.count.sum())
    return rng.multinomial(rows, of.count / rows, draws), None


def _swapped(of: Cells, rng: np.random.Generator, draws: int) -> tuple[Array, Array]:
    free = np.flatnonzero(of.head != of.base)
    swapped = np.zeros((draws, len(of.count)), np.int64)
    swapped[:, free] = rng.binomial(of.count[free], 0.5, (draws, len(free)))
    return of.count[None], swapped


def _drawn(
    of: Cells, metrics: Metrics, draws: int, draw: _Draw
) -> dict[str, tuple[Array, Array]]:
    """The metrics of head and base in each draw; a part of the draws at a time."""
    rng = _rng()
    step = max(1, _AT_ONCE // max(len(of.count), of.classes**2))
    parts: list[tuple[Values, Values]] = []
    for start in range(0, draws, step):
        head, base = of.matrices(*draw(of, rng, min(step, draws - start)))
        parts.append((metrics(head), metrics(base)))
    return {
        name: (
            np.concatenate([one[name] for one, _ in parts]),
            np.concatenate([other[name] for _, other in parts]),
        )
        for name in parts[0][0]
    }


def mean(values: Array, weight: Array | None = None) -> Array:
    """Means of the columns of `values`, shape (n, q): NaN where nothing weighs."""
    if weight is None:
        return np.asarray(values.mean(axis=0))
    with np.errstate(invalid="ignore"):
        return np.asarray(weight @ values / weight.sum())


def means(values: Array, weight: Array | None = None) -> Array:
    """Such means in each draw: (DRAWS, q)."""
    n = len(values)
    if n > MOST_DRAWN:
        return _normal_means(values, weight)
    rows = _rng().integers(0, n, (DRAWS, n), dtype=np.int32)
    if weight is None:
        drawn = [column[rows].mean(axis=1) for column in values.T]
        return np.stack(drawn, axis=1)
    total = weight[rows].sum(axis=1)
    with np.errstate(invalid="ignore"):
        drawn = [(weight * one)[rows].sum(axis=1) / total for one in values.T]
    return np.stack(drawn, axis=1)


def _normal_means(values: Array, weight: Array | None) -> Array:
    share = np.full(len(values), 1 / len(values))
    if weight is not None:
        share = weight / weight.sum() if weight.any() else share * np.nan
    middle = share @ values
    off = (values - middle) * share[:, None]
    square = off.T @ off
    if not np.isfinite(square).all():
        return np.full((DRAWS, len(middle)), np.nan)
    scale, turn = np.linalg.eigh(square)
    deviates = _rng().standard_normal((DRAWS, len(middle)))
    return np.asarray(middle + (deviates * np.sqrt(scale.clip(0))) @ turn.T)


def of_rows(
    values: Callable[[Array, Array], Array], codes: Array, count: int
) -> list[list[Spread | None]]:
    """How any values scatter that are computed of rows, on each slice.

    `values` makes of rows (indices, repeated where drawn twice) and of the slice of
    each an array of shape (count, q), NaN where undefined. Of many rows fewer are
    drawn, and what comes out is taken to scatter as much less as there are more
    (Bickel, Götze and van Zwet: Resampling Fewer Than n Observations, Statistica
    Sinica 7, 1997).
    """
    order = np.argsort(codes, kind="stable")
    sizes = np.bincount(codes, minlength=count)
    drawn = np.minimum(sizes, max(FEWEST_ROWS, MOST_ROWS // count))
    firsts = np.cumsum(sizes) - sizes
    # Each slice draws alone: what it has does not hang on the others.
    places = [
        first + _rng().integers(0, size, (ROW_DRAWS, some)) if size else None
        for first, size, some in zip(firsts, sizes, drawn, strict=True)
    ]
    kept = np.concatenate([part for part in places if part is not None], axis=1)
    own = np.repeat(np.arange(count), drawn)
    found = np.stack([values(order[rows], own) for rows in kept])
    whole = values(order, codes[order])
    scale = np.sqrt(drawn / np.maximum(sizes, 1))[:, None]
    found = np.where(scale < 1, whole + (found - whole) * scale, found)
    return [[spread(one) for one in part.T] for part in found.transpose(1, 0, 2)]


def _rng() -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(_SEED))
