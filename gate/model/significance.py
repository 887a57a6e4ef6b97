"""Whether a difference may be chance: p-values, and intervals of shares.

All tests are two-sided, and of pairs: both models judged the same rows. The tails of
Student's t and of the binomial are written with the incomplete beta function, so that
scipy is not needed to judge.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from gate.data.columns import Array

LEVEL = 0.95  # of all intervals
Z = NormalDist().inv_cdf((1 + LEVEL) / 2)
FEWEST_DISCORDANT = 6  # 2 * 0.5**5 is more than 5 %, 2 * 0.5**6 less

_EXACT, _EXACT_WITH_TIES = 50, 13  # differences; scipy's limits
_STEPS = 100_000  # of the continued fraction, which takes about sqrt(rows)

Interval = tuple[float, float]


def mcnemar(one: int, other: int) -> float:
    """The p-value of counts that only one, and only the other, got right.

    Exact: both are as likely where the models are equally good (McNemar, 1947).
    """
    n, less = one + other, min(one, other)
    if one == other:
        return 1.0
    if n <= 60:  # no more bits than a float has: exact
        return float(min(1.0, 2 * sum(math.comb(n, k) for k in range(less + 1)) / 2**n))
    return min(1.0, 2 * _beta_tail(n - less, less + 1, 0.5, 0.5))


def normal(z: float) -> float:
    """The p-value of a standard normal deviate."""
    return math.erfc(abs(z) / math.sqrt(2))


def student(t: float, freedom: float) -> float:
    """The p-value of Student's t."""
    if not math.isfinite(t):
        return 0.0
    total = freedom + t * t
    return _beta_tail(freedom / 2, 0.5, freedom / total, t * t / total)


def paired_t(differences: Array, weight: Array | None = None) -> float | None:
    """The p-value of differences whose mean is zero; None of fewer than two that weigh.

    Weights are those of a sample: the mean is weighted, and its variance that of a
    ratio estimator (Cochran: Sampling Techniques, 1977, 2.11), which is the usual one
    where all weights are equal.
    """
    if weight is not None:
        differences, weight = differences[weight > 0], weight[weight > 0]
    n = len(differences)
    if n < 2:
        return None
    mean, se = mean_and_error(differences, weight)
    if se <= 1e-15 * max(abs(mean), np.finfo(float).tiny):
        return 1.0 if mean == 0 else 0.0
    return student(mean / se, n - 1)


def mean_and_error(values: Array, weight: Array | None = None) -> tuple[float, float]:
    """The mean, and its standard error; of one row that is 0."""
    n = len(values)
    if weight is None:
        mean = float(values.mean())
        spread = float(np.sqrt(np.square(values - mean).sum()))
        return mean, spread / math.sqrt(n * max(n - 1, 1))
    total = float(weight.sum())
    mean = float(weight @ values) / total
    spread = float(np.sqrt(np.square(weight * (values - mean)).sum()))
    return mean, spread / total * math.sqrt(n / max(n - 1, 1))


def wilcoxon(differences: Array) -> float | None:
    """The p-value of differences that are symmetric about zero; None of none.

    Wilcoxon's signed ranks as scipy does them by default: zeros are left out; exact up
    to 50 differences without ties and zeros, or 13 with them, else by the normal law
    with its correction for ties. 1 where all differences are zero.
    """
    if not len(differences):
        return None
    kept = differences[differences != 0]
    if not len(kept):
        return 1.0
    _, inverse, ties = np.unique(np.abs(kept), return_inverse=True, return_counts=True)
    doubled = 2 * np.cumsum(ties) - ties + 1  # twice the mid-ranks: whole numbers
    ranks = doubled[inverse]
    plus = int(ranks[kept > 0].sum())
    plain = len(ties) == len(differences)
    if len(differences) <= (_EXACT if plain else _EXACT_WITH_TIES):
        return _exact_signs(ranks, plus)
    n = len(kept)
    variance = (n * (n + 1) * (2 * n + 1) - _cubes(ties) / 2) / 24
    return normal((plus / 2 - n * (n + 1) / 4) / math.sqrt(variance))


def _cubes(ties: Array) -> float:
    sizes = ties.astype(float)
    return float((sizes**3 - sizes).sum())


def _exact_signs(ranks: Array, plus: int) -> float:
    """That of the sum of the positive ranks, over all the signs they may have."""
    total = int(ranks.sum())
    ways = np.zeros(total + 1)
    ways[0] = 1
    for rank in ranks.tolist():  # no more than 50
        ways[rank:] += ways[:-rank].copy()
    tail = min(ways[: plus + 1].sum(), ways[plus:].sum())
    return float(min(1.0, 2 * tail / ways.sum()))


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values, corrected for how many there are (Holm, 1979), in their order.

    Where all are at most a level with its chance, any of them is below it with no more.
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected, largest = [0.0] * len(p_values), 0.0
    for done, i in enumerate(order):
        largest = max(largest, (len(p_values) - done) * p_values[i])
        corrected[i] = min(1.0, largest)
    return corrected


def wilson(share: float, n: float) -> Interval:
    """The interval of a share of n rows (Wilson, 1927).

    Of weighted rows n is how many unweighted ones would tell as much (Kish, 1965).
    """
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    spread = share * (1 - share) / n + Z * Z / (4 * n * n)
    half = Z * math.sqrt(max(0.0, spread)) / (1 + Z * Z / n)
    low = 0.0 if share <= 0 else max(0.0, middle - half)
    return low, 1.0 if share >= 1 else min(1.0, middle + half)


def effective(weight: Array) -> float:
    """How many rows of equal weight would tell as much; 0 of none (Kish, 1965)."""
    squares = float(np.square(weight).sum())
    return float(weight.sum()) ** 2 / squares if squares else 0.0


def _beta_tail(a: float, b: float, x: float, rest: float) -> float:
    """The regularized incomplete beta function; `rest` is 1 - x, without rounding."""
    if x <= 0:
        return 0.0
    if rest <= 0:
        return 1.0
    log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(log + a * math.log(x) + b * math.log(rest))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, rest) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Its continued fraction (Digital Library of Mathematical Functions, 8.17.22).

    By Lentz's method, as in Press et al.: Numerical Recipes, 6.4.
    """
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    value = d
    for m in range(1, _STEPS):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d, c = 1 + step * d, 1 + step / c
            d = 1 / (d if abs(d) > tiny else tiny)
            c = c if abs(c) > tiny else tiny
            value *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return value
