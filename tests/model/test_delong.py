"""Areas of two models: against scikit-learn's, and DeLong's formula written plainly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.data.columns import Array
from gate.model import delong

sklearn = pytest.importorskip("sklearn.metrics")


def rows(seed: int, n: int = 60) -> tuple[Array, Array, Array]:
    """Labels and two scores with ties."""
    rng = np.random.default_rng(seed)
    label = rng.random(n) < 0.4
    label[:4] = [True, True, False, False]
    head, base = (np.round(label + rng.normal(size=n), 1) for _ in range(2))
    return label, head, base


def plain(label: Array, head: Array, base: Array) -> tuple[float, float]:
    """The difference and its standard error, pair by pair (DeLong et al., 1988)."""
    placed = []
    for score in (head, base):
        one, other = score[label][:, None], score[~label][None]
        won = (one > other) + 0.5 * (one == other)
        placed.append((won.mean(axis=1), won.mean(axis=0)))
    variance = sum(
        np.var(ours - theirs, ddof=1) / len(ours)
        for ours, theirs in zip(*placed, strict=True)
    )
    return float(placed[0][0].mean() - placed[1][0].mean()), float(variance**0.5)


@given(st.integers(0, 10_000))
def test_the_error_is_that_of_delongs_formula(seed: int) -> None:
    label, head, base = rows(seed)
    (found,) = delong.compare(label, head, base)
    assert found is not None
    diff, se = plain(label, head, base)
    assert found.diff == pytest.approx(diff, abs=1e-12)
    assert found.se == pytest.approx(se, abs=1e-12)
    assert found.head == pytest.approx(sklearn.roc_auc_score(label, head))


@given(st.integers(0, 10_000))
def test_weighted_areas_are_those_of_scikit_learn(seed: int) -> None:
    label, head, base = rows(seed)
    weight = np.random.default_rng(seed).exponential(size=len(label))
    (found,) = delong.compare(label, head, base, weight=weight)
    expected = sklearn.roc_auc_score(label, base, sample_weight=weight)
    assert found is not None
    assert found.base == pytest.approx(expected)


@given(st.integers(0, 10_000))
def test_slices_have_what_their_rows_have_alone(seed: int) -> None:
    label, head, base = rows(seed)
    codes = np.random.default_rng(seed).integers(0, 3, len(label)).astype(np.int32)
    weight = np.random.default_rng(seed).exponential(size=len(label))
    for weights in (None, weight):
        together = delong.compare(label, head, base, codes, 3, weights)
        for code, found in enumerate(together):
            own = codes == code
            part = None if weights is None else weights[own]
            (alone,) = delong.compare(label[own], head[own], base[own], weight=part)
            if alone is None or found is None:
                assert alone is found
            else:
                assert found.head == pytest.approx(alone.head)
                assert found.base == pytest.approx(alone.base)
                assert found.se == pytest.approx(alone.se)


def test_equal_weights_change_nothing() -> None:
    label, head, base = rows(1)
    (plainly,) = delong.compare(label, head, base)
    (weighted,) = delong.compare(label, head, base, weight=np.full(len(label), 3.0))
    assert plainly and weighted
    assert weighted.se == pytest.approx(plainly.se)
    assert weighted.p_value == pytest.approx(plainly.p_value)


def test_one_class_has_no_area() -> None:
    score = np.array([0.1, 0.2])
    assert delong.compare(np.array([True, True]), score, score) == [None]
    assert delong.compare(np.zeros(0, bool), score[:0], score[:0]) == [None]


def test_one_row_of_a_class_has_an_area_and_no_error() -> None:
    score = np.array([0.1, 0.2, 0.3])
    (found,) = delong.compare(np.array([True, False, False]), score, score)
    assert found and (found.se, found.z, found.p_value) == (None, None, None)


def test_constant_scores_are_worth_one_half() -> None:
    label = np.array([True, False] * 5)
    (found,) = delong.compare(label, np.ones(10), np.ones(10))
    assert found and (found.head, found.diff, found.p_value) == (0.5, 0.0, 1.0)


def test_a_perfect_model_against_a_reversed_one_is_sure() -> None:
    label = np.array([True, False] * 5)
    (found,) = delong.compare(label, label * 1.0, label * -1.0)
    assert found and (found.diff, found.se, found.z, found.p_value) == (1, 0, None, 0)


def test_the_interval_of_an_area_holds_it_and_stays_within_its_range() -> None:
    label, head, _ = rows(3)
    ((area, interval),) = filter(None, delong.intervals(label, head))
    assert interval and 0 <= interval[0] <= area <= interval[1] <= 1
