"""Distances against their definitions, written in another way."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.data import distances
from gate.data.distances import Histogram
from gate.data.quantiles import Bucket

COUNTS = st.dictionaries(st.text(max_size=3), st.integers(1, 1_000), max_size=8)
SOME = st.dictionaries(
    st.text(max_size=3), st.integers(1, 1_000), min_size=1, max_size=8
)


def entropy(weights: list[Fraction]) -> float:
    return -sum(float(w) * math.log2(w) for w in weights if w)


def jensen_shannon(p: list[Fraction], q: list[Fraction]) -> float:
    """The entropy of the mean less the mean of the entropies."""
    p, q = [w / sum(p) for w in p], [w / sum(q) for w in q]
    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    return entropy(middle) - (entropy(p) + entropy(q)) / 2


def shares(counts: Mapping[str, int]) -> dict[str, Fraction]:
    total = sum(counts.values())
    return {text: Fraction(count, total) for text, count in counts.items()}


@given(COUNTS, COUNTS)
def test_the_infinity_norm_is_the_largest_difference_of_shares(
    ours: dict[str, int], theirs: dict[str, int]
) -> None:
    p, q = shares(ours), shares(theirs)
    none = Fraction(0)
    apart = [abs(p.get(k, none) - q.get(k, none)) for k in {*p, *q}]
    expected = max(apart, default=none)
    found = distances.infinity_norm(ours, theirs)
    assert found.value == pytest.approx(float(expected), abs=1e-12)
    if expected:
        here = abs(p.get(found.text, none) - q.get(found.text, none))
        assert float(here) == pytest.approx(float(expected), abs=1e-12)


@given(COUNTS, COUNTS)
def test_the_normalized_difference_is_of_counts(
    ours: dict[str, int], theirs: dict[str, int]
) -> None:
    total = sum(ours.values()) + sum(theirs.values())
    differences = [abs(ours.get(k, 0) - theirs.get(k, 0)) for k in {*ours, *theirs}]
    expected = Fraction(max(differences, default=0), total or 1)
    found = distances.normalized_abs_difference(ours, theirs)
    assert found.value == pytest.approx(float(expected), abs=1e-12)


@given(SOME, SOME)
def test_the_divergence_of_texts_is_that_of_entropies(
    ours: dict[str, int], theirs: dict[str, int]
) -> None:
    texts = sorted({*ours, *theirs})
    p = [Fraction(ours.get(text, 0)) for text in texts]
    q = [Fraction(theirs.get(text, 0)) for text in texts]
    found = distances.texts_divergence(ours, theirs)
    assert found is not None and 0 <= found <= 1
    assert found == pytest.approx(jensen_shannon(p, q), abs=1e-9)
    assert found == pytest.approx(distances.texts_divergence(theirs, ours), abs=1e-12)


def test_of_texts_equally_far_apart_the_greatest_bytes_are_named() -> None:
    assert distances.infinity_norm({"a": 1, "é": 1}, {"a": 1, "z": 1}).text == "é"
    assert distances.infinity_norm({"a": 1, "b": 1}, {"a": 3, "b": 1}).text == "b"


def test_a_side_without_values_has_no_shares() -> None:
    assert distances.infinity_norm({"a": 3, "b": 1}, {}).value == 0.75
    assert distances.infinity_norm({}, {}).value == 0
    assert distances.normalized_abs_difference({}, {"a": 2}).value == 1
    assert distances.texts_divergence({}, {"a": 1}) is None


def test_all_texts_count_not_the_thousand_most_frequent_ones() -> None:
    ours = {f"{i}": 1 for i in range(3_000)}
    theirs = {f"{i}": 1 for i in range(1_500, 4_500)}
    assert distances.texts_divergence(ours, theirs) == pytest.approx(0.5)


def histogram(*rows: tuple[float, float, float], nans: int = 0) -> Histogram:
    buckets = (Bucket(low=low, high=high, count=count) for low, high, count in rows)
    return Histogram.of(buckets, nans)


EDGES = st.lists(st.integers(-20, 20), min_size=2, max_size=6, unique=True)


@st.composite
def histograms(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """Buckets beside each other, the last of them sometimes a point."""
    edges = sorted(draw(EDGES))
    rows = [
        (low, high, draw(st.integers(1, 50)))
        for low, high in zip(edges, edges[1:], strict=False)
    ]
    if draw(st.booleans()):
        rows.append((edges[-1], edges[-1], draw(st.integers(1, 50))))
    return rows


@given(histograms(), histograms(), st.integers(0, 3), st.integers(0, 3))
def test_numbers_are_compared_on_cells_of_one_unit_as_on_common_edges(
    ours: list[tuple[int, int, int]],
    theirs: list[tuple[int, int, int]],
    nans: int,
    others: int,
) -> None:
    # Within a cell of one unit both densities are even: cutting finer changes nothing.
    def cells(rows: list[tuple[int, int, int]]) -> list[Fraction]:
        units = [Fraction(0)] * 40
        points = [Fraction(0)] * 41
        for low, high, count in rows:
            if low == high:
                points[low + 20] += count
            for unit in range(low, high):
                units[unit + 20] += Fraction(count, high - low)
        return units + points

    p = [*cells(ours), Fraction(nans), Fraction(0)]
    q = [*cells(theirs), Fraction(0), Fraction(others)]
    found = distances.numbers_divergence(
        histogram(*ours, nans=nans), histogram(*theirs, nans=others)
    )
    assert found == pytest.approx(jensen_shannon(p, q), abs=1e-9)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        pytest.param([(0, 0, 5)], [(0, 0, 9)], 0.0, id="the same constant"),
        pytest.param([(0, 0, 5)], [(1, 1, 5)], 1.0, id="two constants"),
        pytest.param([(0, 0, 5)], [(-1, 1, 5)], 1.0, id="a constant in a spread"),
        pytest.param(
            [(math.inf, math.inf, 5)],
            [(math.inf, math.inf, 5)],
            1.0,
            id="infinite on both sides is not the same",
        ),
        pytest.param(
            [(-1.7e308, 1.7e308, 5)],
            [(-1.7e308, 0, 5)],
            0.31127812445913283,
            id="an infinite width",
        ),
        pytest.param(
            [(0, 5e-324, 5)], [(0, 1e-323, 5)], 0.31127812445913283, id="least width"
        ),
    ],
)
def test_points_infinities_and_extreme_widths(
    ours: list[tuple[float, float, float]],
    theirs: list[tuple[float, float, float]],
    expected: float,
) -> None:
    found = distances.numbers_divergence(histogram(*ours), histogram(*theirs))
    assert found == pytest.approx(expected)


def test_nan_is_not_lost_where_the_edges_differ() -> None:
    ours, theirs = histogram((0, 10, 8), nans=8), histogram((0, 10, 8))
    same = distances.numbers_divergence(ours, theirs)
    other = distances.numbers_divergence(ours, histogram((0, 5, 4), (5, 10, 4)))
    assert same == pytest.approx(other)
    assert same == pytest.approx(jensen_shannon(*map(fractions, ([8, 8], [8, 0]))))


def fractions(numbers: list[int]) -> list[Fraction]:
    return [Fraction(number) for number in numbers]


def test_nothing_is_not_compared() -> None:
    assert distances.numbers_divergence(histogram(), histogram((0, 1, 1))) is None
    assert distances.numbers_divergence(histogram(nans=2), histogram(nans=2)) == 1


def test_many_are_compared_at_once() -> None:
    p = np.array([[1.0, 0.0], [1.0, 1.0]])
    q = np.array([[0.0, 1.0], [2.0, 2.0]])
    assert distances.divergence(p, q).tolist() == [1.0, 0.0]
