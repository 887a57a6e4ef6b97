"""What would have come out on other rows of the same kind: the bootstrap, on counts.

A metric of decisions hangs only on how many rows have each label and each decision of
both models. Drawing rows again gives those counts a multinomial law, so the counts are
drawn, not the rows: the same law, at a cost that does not grow with the rows (Efron and
Tibshirani: An Introduction to the Bootstrap, 1993). Rows of unequal weight are counted
apart by weight, in at most GROUPS groups of nearly the same.

Means of rows (errors, losses) have a normal law beyond MOST_ROWS of them, as has what
is computed from several means together; of fewer the rows are drawn.

Every draw begins with the same seed: what comes out hangs on the rows alone, not on
what else was drawn before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gate.data.columns import Array
from gate.model.significance import LEVEL, Interval

DRAWS = 2_000
SWAPS = 20_000  # more, for p-values that have to be small
MOST_ROWS = 2_000
GROUPS = 64  # of weights
MOST_CELLS = 20_000
_DENSE = 1_000_000  # counters
_SEED = 0
_AT_ONCE = 4_000_000  # numbers held
_NOISE = 1e-12  # of floats: what differs by no more is equal


@dataclass(frozen=True, eq=False)
class Tally:
    """Weights by class, each of shape (..., k), of one model.

    `hit` of the rows predicted rightly, `predicted` and `actual` of all. For two
    classes the second is the positive one.
    """

    hit: Array
    predicted: Array
    actual: Array


Metric = Callable[[Tally], Array]  # of shape (...), NaN where it is undefined


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

    def tallies(self, head: Array, base: Array | None = None) -> tuple[Tally, Tally]:
        """Both models' where `head` rows, shape (..., c), stand in each cell.

        With `base`, so many rows more have the decisions of the models swapped.
        """
        rows, swapped = head * self.weight, (0 if base is None else base * self.weight)
        of = [self._sums(at) for at in (self.label, self.head, self.base)]
        hits = [
            self._sums(np.where(self.label == at, at, self.classes))
            for at in (self.head, self.base)
        ]
        actual = (rows + swapped) @ of[0]
        pairs = ((0, 1), (1, 0))
        one, other = (
            Tally(
                hit=_times(rows, hits[a]) + _times(swapped, hits[b]),
                predicted=_times(rows, of[1 + a]) + _times(swapped, of[1 + b]),
                actual=actual,
            )
            for a, b in pairs
        )
        return one, other

    def _sums(self, codes: Array) -> Array:
        """The matrix that sums cells by code; a code beyond the classes is none."""
        return np.eye(self.classes + 1)[codes][:, : self.classes]

    @property
    def gained_and_lost(self) -> tuple[int, int]:
        """How many rows only the head gets right, and how many only the base."""
        ours, theirs = self.head == self.label, self.base == self.label
        gained, lost = (self.count[a & ~b].sum() for a, b in ((ours, theirs), (theirs, ours)))
        return int(gained), int(lost)

    @property
    def discordant(self) -> int:
        """How many rows the models decide differently."""
        return int(self.count[self.head != self.base].sum())


def _times(rows: Array | int, matrix: Array) -> Array | int:
    return 0 if isinstance(rows, int) else rows @ matrix


@dataclass(frozen=True, eq=False)
class Joint:
    """Rows, each with the one code of what `Cells` tells of it, below `size`."""

    codes: Array
    size: int
    classes: int
    weight: Array | None

    def cells(self, slices: Array | None = None, count: int = 1) -> list[Cells]:
        """The rows counted, on each of `count` slices; `slices` has that of each row."""
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
    """Which weights are taken as one: equal ones, or neighbours where those are many."""
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
    kept = drawn[np.isfinite(drawn)]
    if not len(kept) or len(kept) < LEVEL * len(drawn):
        return None
    low, high = np.quantile(kept, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Spread((float(low), float(high)), float(kept.std()))


def of_metrics(of: Cells, metrics: dict[str, Metric]) -> dict[str, Spread | None]:
    """How the difference of each metric, head less base, scatters."""
    drawn = _drawn(of, _counts, DRAWS, metrics)
    return {name: spread(one - other) for name, (one, other) in drawn.items()}


def of_metrics_alone(of: Cells, metrics: dict[str, Metric]) -> dict[str, Spread | None]:
    """How each metric of the head scatters."""
    drawn = _drawn(of, _counts, DRAWS, metrics)
    return {name: spread(one) for name, (one, _) in drawn.items()}


def p_values(of: Cells, metrics: dict[str, Metric]) -> dict[str, float | None]:
    """Of each metric the p-value of models that could as well be swapped, row by row.

    The randomization test (Noreen: Computer Intensive Methods for Testing Hypotheses,
    1989; Yeh, 2000): where the decisions differ, each is as likely the head's as the
    base's. For the accuracy it is McNemar's test. None where the metric is undefined.
    """
    drawn = _drawn(of, _swapped, SWAPS, metrics) if metrics else {}
    now = of.tallies(of.count)
    found: dict[str, float | None] = {}
    for name, (one, other) in drawn.items():
        difference = float(metrics[name](now[0]) - metrics[name](now[1]))
        if not np.isfinite(difference):
            found[name] = None
            continue
        drawn_differences = np.nan_to_num(np.abs(one - other))
        beyond = np.count_nonzero(drawn_differences >= abs(difference) - _NOISE)
        found[name] = (1 + int(beyond)) / (1 + SWAPS)
    return found


_Draw = Callable[[Cells, np.random.Generator, int], tuple[Array, Array | None]]


def _counts(of: Cells, rng: np.random.Generator, draws: int) -> tuple[Array, None]:
    rows = int(of.count.sum())
    return rng.multinomial(rows, of.count / rows, draws), None


def _swapped(of: Cells, rng: np.random.Generator, draws: int) -> tuple[Array, Array]:
    free = np.flatnonzero(of.head != of.base)
    swapped = np.zeros((draws, len(of.count)), np.int64)
    swapped[:, free] = rng.binomial(of.count[free], 0.5, (draws, len(free)))
    return of.count - swapped, swapped


def _drawn(
    of: Cells, draw: _Draw, draws: int, metrics: dict[str, Metric]
) -> dict[str, tuple[Array, Array]]:
    """Both models' metrics in each draw, a part of the draws at a time."""
    rng = _rng()
    step = max(1, _AT_ONCE // max(len(of.count), 3 * of.classes))
    parts: dict[str, list[tuple[Array, Array]]] = {name: [] for name in metrics}
    for start in range(0, draws, step):
        tallies = of.tallies(*draw(of, rng, min(step, draws - start)))
        for name, metric in metrics.items():
            parts[name].append((metric(tallies[0]), metric(tallies[1])))
    return {
        name: (np.concatenate([a for a, _ in found]), np.concatenate([b for _, b in found]))
        for name, found in parts.items()
    }


def means(values: Array, weight: Array | None = None) -> Array:
    """Means of the columns of `values`, shape (n, q), in each draw: (DRAWS, q)."""
    n = len(values)
    if n > MOST_ROWS:
        return _normal_means(values, weight)
    rows = _rng().integers(0, n, (DRAWS, n), dtype=np.int32)
    if weight is None:
        drawn = [column[rows].mean(axis=1) for column in values.T]
        return np.stack(drawn, axis=1)
    total = weight[rows].sum(axis=1)
    drawn = [(weight * column)[rows].sum(axis=1) / total for column in values.T]
    return np.stack(drawn, axis=1)


def _normal_means(values: Array, weight: Array | None) -> Array:
    n = len(values)
    share = np.full(n, 1 / n) if weight is None else weight / weight.sum()
    middle = share @ values
    off = (values - middle) * share[:, None]
    scale, turn = np.linalg.eigh(off.T @ off)
    deviates = _rng().standard_normal((DRAWS, len(middle)))
    return np.asarray(middle + (deviates * np.sqrt(scale.clip(0))) @ turn.T)


def of_rows(
    metric: Callable[[Array], float | None], n: int, draws: int = 200
) -> Spread | None:
    """How a metric of rows (indices, repeated where drawn twice) scatters.

    For what is no function of counts or means. Beyond MOST_ROWS so many are drawn
    instead of all, and the scatter about the middle is taken as much narrower as the
    rows are more (Bickel, Götze and van Zwet: Resampling Fewer Than n Observations,
    Statistica Sinica 7, 1997).
    """
    rng, size = _rng(), min(n, MOST_ROWS)
    drawn = [metric(rng.integers(0, n, size)) for _ in range(draws)]
    values = np.array([np.nan if one is None else one for one in drawn], float)
    whole = metric(np.arange(n))
    if whole is None:
        return None
    middle = whole if size < n else 0.0
    return spread(middle + (values - middle) * np.sqrt(size / n))


def _rng() -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(_SEED))
