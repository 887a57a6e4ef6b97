"""P-values and intervals, held against scipy's and statsmodels'."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.model import significance

stats = pytest.importorskip("scipy.stats")


@pytest.mark.parametrize(
    ("one", "other"),
    [(0, 0), (0, 1), (0, 5), (0, 6), (1, 57), (6, 3), (30, 31), (0, 70), (200, 260)],
)
def test_mcnemar_is_the_exact_test_of_statsmodels(one: int, other: int) -> None:
    tables = pytest.importorskip("statsmodels.stats.contingency_tables")
    expected = tables.mcnemar([[9, one], [other, 9]], exact=True).pvalue
    expected = min(1.0, expected)
    assert significance.mcnemar(one, other) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("n", [10**4, 10**6, 10**8])
def test_mcnemar_of_many_rows_neither_overflows_nor_drifts(n: int) -> None:
    less = n // 2 - int(1.2 * math.sqrt(n))
    expected = 2 * stats.binom.cdf(less, n, 0.5)
    assert significance.mcnemar(less, n - less) == pytest.approx(expected, rel=1e-5)


def test_five_rows_are_never_significant_at_five_percent_and_six_can_be() -> None:
    assert significance.mcnemar(0, significance.FEWEST_DISCORDANT - 1) > 0.05
    assert significance.mcnemar(0, significance.FEWEST_DISCORDANT) < 0.05


@given(st.floats(-60, 60), st.floats(1, 1e6))
def test_the_tails_of_t_are_those_of_scipy(t: float, freedom: float) -> None:
    expected = 2 * stats.t.sf(abs(t), freedom)
    assert significance.student(t, freedom) == pytest.approx(
        expected, rel=1e-6, abs=1e-300
    )


@settings(max_examples=200)
@given(
    st.lists(st.integers(-6, 6), min_size=2, max_size=70),
    st.sampled_from([1.0, 0.1, 1e-7, 1e9]),
)
def test_paired_t_is_that_of_scipy(values: list[int], scale: float) -> None:
    differences = np.array(values) * scale
    found = significance.paired_t(differences)
    if len(set(values)) > 1:
        expected = stats.ttest_1samp(differences, 0).pvalue
        assert found == pytest.approx(expected, rel=1e-8, abs=1e-15)
    else:
        assert found == (0.0 if values[0] else 1.0)


@settings(max_examples=300)
@given(st.lists(st.integers(-40, 40), max_size=70), st.booleans())
def test_wilcoxon_is_that_of_scipy_with_ties_and_zeros(
    values: list[int], distinct: bool
) -> None:
    if distinct:
        values = list({abs(v): v for v in values if v}.values())
    differences = np.array(values, float)
    found = significance.wilcoxon(differences)
    if not values:
        assert found is None
    elif not any(values):
        assert found == 1.0
    else:
        assert found == pytest.approx(stats.wilcoxon(differences).pvalue, abs=1e-12)


def test_equal_weights_change_no_test() -> None:
    differences = np.random.default_rng(0).normal(0.1, 1, 50)
    weighted = significance.paired_t(differences, np.full(50, 2.5))
    assert weighted == pytest.approx(significance.paired_t(differences))


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_is_that_of_statsmodels(p_values: list[float]) -> None:
    tests = pytest.importorskip("statsmodels.stats.multitest")
    found = significance.holm(p_values)
    if p_values:
        expected = tests.multipletests(p_values, method="holm")[1]
        assert found == pytest.approx(list(expected))
    else:
        assert not found


@given(st.permutations([0.001, 0.01, 0.02, 0.04, 0.04, 0.9]))
def test_holm_does_not_hang_on_the_order(p_values: list[float]) -> None:
    by_value = dict(zip(p_values, significance.holm(p_values)))
    usual = [0.001, 0.01, 0.02, 0.04, 0.04, 0.9]
    assert by_value == dict(zip(usual, significance.holm(usual)))


@pytest.mark.parametrize(
    ("right", "n"), list(itertools.product([0, 1, 7, 30], [30, 31, 2_381]))
)
def test_wilsons_interval_is_that_of_scipy(right: int, n: int) -> None:
    expected = stats.binomtest(right, n).proportion_ci(0.95, "wilson")
    found = significance.wilson(right / n, n)
    assert found == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_weights_make_as_many_rows_as_they_tell_of() -> None:
    assert significance.effective(np.full(20, 3.0)) == pytest.approx(20)
    assert significance.effective(np.array([1.0, 0, 0, 0])) == pytest.approx(1)
    assert significance.effective(np.zeros(3)) == 0
