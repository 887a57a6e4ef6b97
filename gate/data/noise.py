"""How far apart two samples of one distribution come to lie by chance.

The rows of both sides are pooled and dealt out again at random, to sides of the same
sizes, many times: a permutation test (Good: Permutation, Parametric and Bootstrap
Tests of Hypotheses, 2005). It needs no assumption about the distribution, and holds
for tables of few rows. The noise is the quantile LEVEL of the distances that come
out: of two samples of one distribution, one pair in a hundred is farther apart.

Distances scatter nearly as a scaled chi-squared variable does (the divergence as
(1/n + 1/m) chi2(K - 1) / (8 ln 2), with n and m values and K distinct ones: Grosse et
al.: Analysis of symbolic sequences using the Jensen-Shannon divergence, Phys. Rev. E
65, 2002; so do the squares of the others). So few deals are enough: their mean and
variance give the scale and the degrees of freedom (Satterthwaite, 1946), and these the
quantile (Wilson and Hilferty, 1931).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from gate.data import distances, quantiles
from gate.data.columns import Array
from gate.data.distances import Counts, Histogram
from gate.data.statistics import Feature, with_infinite

LEVEL = 0.99
_Z = NormalDist().inv_cdf(LEVEL)
_SEED = 0  # the same tables have the same noise
_MOST = 500_000_000  # values; numpy deals out no more than twice as many
_DEALS = (16, 2_000)  # fewest and most
_WORK = 400_000  # cells that are dealt out in all
_NUMBER_DEALS = 40  # each makes two histograms
_FREQUENT = 1_000  # texts that can be the furthest apart by chance
_GROUPS = 1_000  # of neighbouring numbers
_EDGES = 3  # times the noise of a histogram with fixed edges
_TAIL = 100  # least and greatest numbers, which set the edges of a histogram


@dataclass(frozen=True, kw_only=True)
class Noise:
    """`value` is the noise; with `size` values on each side it would be `even`.

    It falls with the number of values to the power of -1 / `root`, unless it is that of
    the histogram's `edges`, which hang on the extreme values or on one of many equal
    ones: then more values help little.
    """

    value: float
    size: float
    even: float
    root: int
    edges: bool = False

    def needed(self, threshold: float) -> int | None:
        """How many values each side needs for the threshold to be above the noise.

        Two significant digits, rounded up. None where no number is enough.
        """
        if threshold <= 0 or self.edges:
            return None
        rows = self.size * (self.even / threshold) ** self.root
        if not math.isfinite(rows) or rows > 1e15:
            return None
        step = 10.0 ** max(0, math.floor(math.log10(max(rows, 1))) - 1)
        return max(1, int(math.ceil(rows / step) * step))


def of_infinity_norm(ours: Counts, theirs: Counts) -> Noise | None:
    """That of the largest difference of the shares."""
    dealt = _dealt(ours, theirs, _FREQUENT)
    if dealt is None:
        return None
    mine, others, n, m = dealt
    value = _upper(_largest(mine / n - others / m))
    return _noise(value, n, m, value, root=2)


def of_normalized_abs_difference(ours: Counts, theirs: Counts) -> Noise | None:
    """That of the largest difference of the counts, over all of them."""
    dealt = _dealt(ours, theirs, _FREQUENT)
    if dealt is None:
        return None
    mine, others, n, m = dealt
    value = _upper(_largest(mine - others) / (n + m))
    # On equal sides it is half of the infinity norm.
    even = _upper(_largest(mine / n - others / m)) / 2
    return _noise(value, n, m, even, root=2)


def of_texts_divergence(ours: Counts, theirs: Counts) -> Noise | None:
    """That of the Jensen-Shannon divergence of texts."""
    dealt = _dealt(ours, theirs, None)
    if dealt is None:
        return None
    mine, others, n, m = dealt
    value = _quantile(distances.divergence(mine, others))
    return _noise(value, n, m, value, root=1)


def of_numbers_divergence(
    feature: Feature, other: Feature, *, equal: bool
) -> Noise | None:
    """That of the divergence of two histograms, of equal weights or of equal widths.

    None where the values themselves are not known.
    """
    values, ours, theirs = _side_by_side(feature, other)
    n, m = int(ours.sum()), int(theirs.sum())
    if not n or not m or n + m > _MOST:
        return None
    pooled = ours + theirs
    deals = _rng().multivariate_hypergeometric(pooled, n, _NUMBER_DEALS)
    found = [
        distances.numbers_divergence(
            _histogram(values, deal, equal), _histogram(values, pooled - deal, equal)
        )
        for deal in deals
    ]
    value = _quantile(np.array([one for one in found if one is not None]))
    # Fixed cells would give this; both sides' edges make up to twice as many.
    freedom = 2 * quantiles.BUCKETS - 1
    fixed = (1 / n + 1 / m) * freedom * chi_squared(freedom) / (8 * math.log(2))
    return _noise(value, n, m, value, root=1, edges=value > _EDGES * fixed)


def _noise(
    value: float, n: int, m: int, even: float, *, root: int, edges: bool = False
) -> Noise:
    return Noise(
        value=min(float(f"{value:.3g}"), 1.0),
        size=2 * n * m / (n + m),
        even=min(even, 1.0),
        root=root,
        edges=edges,
    )


def _rng() -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(_SEED))


def _dealt(
    ours: Counts, theirs: Counts, frequent: int | None
) -> tuple[Array, Array, int, int] | None:
    """The counts of both sides, a row a deal, and the sides' sizes.

    With `frequent` only of the most frequent texts.
    """
    if not ours or not theirs:
        return None
    p, q = distances.side_by_side(ours, theirs)
    n, m = int(p.sum()), int(q.sum())
    if n + m > _MOST:
        return None
    pooled = (p + q).astype(np.int64)
    if frequent and len(pooled) > frequent:
        pooled = np.sort(pooled)[::-1]
        pooled = np.append(pooled[:frequent], pooled[frequent:].sum())
    deals = int(np.clip(_WORK // len(pooled), *_DEALS))
    mine = _rng().multivariate_hypergeometric(pooled, n, deals, method="marginals")
    others = pooled - mine
    if frequent and len(pooled) > frequent:
        mine, others = mine[:, :-1], others[:, :-1]
    return mine, others, n, m


def _largest(differences: Array) -> Array:
    return np.asarray(np.abs(differences).max(axis=-1))


def _upper(samples: Array) -> float:
    """The quantile of distances whose squares scatter as chi-squared variables."""
    return math.sqrt(_quantile(np.square(samples)))


def _quantile(samples: Array) -> float:
    """The quantile of what scatters as a scaled chi-squared variable."""
    if not len(samples):
        return 0.0
    mean, variance = float(samples.mean()), float(samples.var(ddof=1))
    if mean <= 0 or variance <= 0:
        return mean
    return mean * chi_squared(2 * mean**2 / variance)


def chi_squared(freedom: float) -> float:
    """The quantile LEVEL of a chi-squared variable over its degrees of freedom."""
    part = 2 / (9 * freedom)
    return float(max(0.0, 1 - part + _Z * math.sqrt(part)) ** 3)


def _values(feature: Feature) -> tuple[Array, Array]:
    """The distinct numbers in ascending order, NaN last, and how often each occurs."""
    if feature.tally is None:
        return np.zeros(0), np.zeros(0, np.int64)
    numbers = feature.tally.numbers
    values, found = numbers.table.values()
    values, found = with_infinite(values.astype(float), found, numbers.infinite)
    if numbers.nans:
        values, found = np.append(values, np.nan), np.append(found, numbers.nans)
    return values, found


def _side_by_side(feature: Feature, other: Feature) -> tuple[Array, Array, Array]:
    """The numbers of both sides, and how often each occurs on either.

    Of many numbers neighbours are taken together, but for the least and the greatest.
    """
    mine, ours = _values(feature)
    others, theirs = _values(other)
    values, codes = np.unique(np.concatenate([mine, others]), return_inverse=True)
    p = np.bincount(codes[: len(mine)], ours, len(values)).astype(np.int64)
    q = np.bincount(codes[len(mine) :], theirs, len(values)).astype(np.int64)
    if len(values) <= _GROUPS + 2 * _TAIL:
        return values, p, q
    upto = np.cumsum(p + q)
    groups = (upto - (p + q) / 2) * _GROUPS // upto[-1] + _TAIL
    groups[:_TAIL] = np.arange(_TAIL)
    groups[-_TAIL:] = groups[-_TAIL - 1] + 1 + np.arange(_TAIL)
    starts = np.flatnonzero(np.diff(groups, prepend=-1))
    ends = np.append(starts[1:], len(values)) - 1
    middle = values[(starts + ends) // 2]
    return middle, np.add.reduceat(p, starts), np.add.reduceat(q, starts)


def _histogram(values: Array, counts: Array, equal: bool) -> Histogram:
    here = counts > 0
    nan = np.isnan(values)
    nans = int(counts[nan].sum())
    values, counts = values[here & ~nan], counts[here & ~nan]
    if not len(values):
        return Histogram.of((), nans)
    if equal:
        bounds, upto = quantiles.fine(values, counts, quantiles.BUCKETS)
        return Histogram.of(quantiles.by_quantiles(bounds, upto), nans)
    return Histogram.of(quantiles.by_width(values, counts), nans)
