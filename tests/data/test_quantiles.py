"""Histograms against TFDV's definition, written as plain loops."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gate.data import quantiles
from gate.data.quantiles import Bucket

Plain = tuple[float, float, float]


def boundaries(values: list[float], parts: int) -> list[tuple[float, float]]:
    """For r = 0..parts the quantile, and how many values there are up to it."""
    counts = sorted(Counter(values).items())
    total, found, i = len(values), [], 0
    below = [sum(c for _, c in counts[:k]) for k in range(len(counts) + 1)]
    for r in range(parts + 1):
        goal = 2 * r * total / parts
        while i + 1 < len(counts) and goal >= below[i + 1] + below[i + 2]:
            i += 1
        at = i
        if at + 1 < len(counts) and goal >= 2 * below[at + 1]:
            at += 1
        found.append((counts[at][0], float(below[at + 1])))
    return found


def even(bounds: list[tuple[float, float]]) -> list[Plain]:
    """Buckets between boundaries."""
    pairs = list(zip(bounds, bounds[1:]))
    counts = [high[1] - low[1] for low, high in pairs]
    ends = [high[0] for _, high in pairs]
    sums: Counter[float] = Counter()
    for end, count in zip(ends, counts):
        sums[end] += count  # type: ignore[assignment]
    times = Counter(ends)
    shared = [sums[end] / times[end] for end in ends]
    head = (bounds[0][0], bounds[1][0])
    first = [(a[0], b[0]) == head for a, b in pairs]
    least = bounds[0][1] / sum(first)
    return [
        (a[0], b[0], count + least * same)
        for (a, b), count, same in zip(pairs, shared, first)
    ]


def wide(values: list[float], buckets: int) -> list[Plain]:
    """Buckets of equal width."""
    finite = [v for v in values if math.isfinite(v)]
    if not finite:
        return [(math.inf, -math.inf, len(values))]
    below, above = values.count(-math.inf), values.count(math.inf)
    bounds = boundaries(values, 100 * buckets)
    kept = [(v, c - below) for v, c in bounds if math.isfinite(v)]
    if above:
        kept.append((max(finite), len(finite)))
    least, most = min(finite), max(finite)
    edges = [least, most] if least == most else np.linspace(least, most, buckets + 1)
    result, inner = [], even(kept)
    for i, (low, high) in enumerate(zip(edges, edges[1:])):
        count = 0.0
        for start, end, number in inner:
            if start == end:
                inside = low < start <= high or (i == 0 and start == low)
                count += number * inside
            else:
                overlap = min(end, high) - max(start, low)
                count += number * max(overlap, 0) / (end - start)
        result.append((float(low), float(high), count))
    before = [(-math.inf, -math.inf, below)] if below else []
    after = [(math.inf, math.inf, above)] if above else []
    return [*before, *result, *after]


def plain(buckets: list[Bucket]) -> list[Plain]:
    return [(one.low, one.high, one.count) for one in buckets]


def close(found: list[Plain], expected: list[Plain]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected):
        assert one == pytest.approx(other, rel=1e-6, abs=1e-6)


_values = st.lists(
    st.one_of(
        st.integers(-3, 3).map(float),
        st.integers(-(10**6), 10**6).map(lambda n: n / 64),
        st.sampled_from([math.inf, -math.inf]),
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=30)
@given(_values, st.integers(1, 12))
@example([0.0] + [1.0] * 19, 10)
@example([0.0] * 19 + [1.0], 10)
@example([-math.inf, 1.0, 2.0, 2.0, 5.0, math.inf], 10)
@example([math.inf, math.inf, -math.inf], 10)
def test_histograms_are_as_tfdv_defines_them(values: list[float], parts: int) -> None:
    counted = sorted(Counter(values).items())
    distinct = np.array([value for value, _ in counted])
    counts = np.array([count for _, count in counted])
    close(
        plain(quantiles.by_quantiles(*quantiles.fine(distinct, counts, parts))),
        even(boundaries(values, parts)),
    )
    close(
        plain(quantiles.by_width(distinct, counts, parts)),
        wide(values, parts),
    )


@pytest.mark.parametrize("infinite", [[-math.inf], [math.inf], [-math.inf, math.inf]])
def test_what_no_quantile_meets_is_not_lost(infinite: list[float]) -> None:
    values = np.array(sorted([*infinite, 5.0]))
    counts = np.where(np.isfinite(values), 1, 10**6)
    found = quantiles.by_width(values, counts)
    assert [one.count for one in found if one.low == 5.0] == [1]
    assert sum(one.count for one in found) == counts.sum()


def test_a_range_beyond_floats_is_one_bucket() -> None:
    found = quantiles.by_width(np.array([-1.7e308, 1.7e308]), np.array([2, 3]))
    assert plain(found) == [(-1.7e308, 1.7e308, 5)]
