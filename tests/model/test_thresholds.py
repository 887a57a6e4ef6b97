"""Thresholds and strategies, held against a search of all of them."""

from __future__ import annotations

import dataclasses
import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gate.model import strategies, thresholds
from gate.model.binary import GRID, Binary
from gate.model.slicing import Slices
from gate.model.spec import Task
from gate.model.thresholds import MEASURES
from tests.model.conftest import Analyse, predictions, rows_of

Array = Any


@settings(max_examples=50)
@given(
    st.integers(0, 2**32), st.integers(1, 60), st.booleans(), st.sampled_from([2, 3])
)
def test_the_table_is_that_of_comparisons(
    seed: int, size: int, weighted: bool, digits: int
) -> None:
    rng, slices = rows_of(seed, size, 3)
    score, label = np.round(rng.random(size), digits), rng.random(size) < 0.4
    weight = rng.integers(0, 4, size) / 2 if weighted else None
    rows = predictions(Task.BINARY, label, score >= 0.5, score=score, weight=weight)
    table = Binary(rows).table(slices)
    w = np.ones(size) if weight is None else weight
    for code in range(len(slices)):
        for place in range(101):
            chosen, of = score >= place / 100, slices.codes == code
            cells = [
                w[of & cell].sum()
                for cell in (
                    label & chosen,
                    ~label & chosen,
                    label & ~chosen,
                    ~label & ~chosen,
                )
            ]
            assert table[code, place].tolist() == cells


def test_scores_on_the_grid_reach_their_threshold() -> None:
    score = np.concatenate(
        [GRID, np.nextafter(GRID[1:], 0), np.nextafter(GRID, 2)[:-1]]
    )
    label = np.zeros(len(score), bool)
    found = Binary(predictions(Task.BINARY, label, label, score=score)).bins
    expected = np.searchsorted(GRID, score, side="right") - 1
    assert found.tolist() == expected.tolist()


def exact_least(
    counts: list[list[tuple[int, int, int, int]]], name: str, ratio: Fraction, eps: str
) -> Fraction | None:
    """The least cost of all combinations, in fractions."""

    def value(cells: tuple[int, int, int, int]) -> Fraction | None:
        tp, fp, fn, tn = cells
        above, below = {
            "selection_rate": (tp + fp, tp + fp + fn + tn),
            "recall": (tp, tp + fn),
            "accuracy": (tp + tn, tp + fp + fn + tn),
        }[name]
        return Fraction(above, below) if below else None

    best: Fraction | None = None
    for cells in itertools.product(*counts):
        known = [v for v in map(value, cells) if v is not None]
        if known and max(known) - min(known) > Fraction(eps):
            continue
        cost = sum((fp * ratio + fn for _, fp, fn, _ in cells), Fraction(0))
        best = cost if best is None else min(best, cost)
    return best


@settings(max_examples=60)
@given(
    st.integers(0, 2**32),
    st.integers(1, 3),
    st.sampled_from(["selection_rate", "recall", "accuracy"]),
    st.sampled_from(["0.5", "1", "3"]),
)
def test_the_least_cost_within_a_gap_is_that_of_all_combinations(
    seed: int, size: int, name: str, ratio: str
) -> None:
    rng = np.random.default_rng(seed)
    # Few thresholds, so that all combinations can be tried; 10 rows: gaps of 0.1.
    count = int(rng.integers(2, 7))
    table = np.stack([rng.multinomial(10, [0.25] * 4, size=count) for _ in range(size)])
    if rng.random() < 0.3:
        table[0, :, 1] += table[0, :, 0] + table[0, :, 2]
        table[0, :, [0, 2]] = 0
    values = thresholds.measure(table, name)
    # Of a slice the positives are as many at each threshold.
    assume(not np.isnan(values).any(axis=1)[~np.isnan(values).all(axis=1)].any())
    cost = thresholds.costs(table, float(ratio))
    counts = [[tuple(map(int, cells)) for cells in one] for one in table]
    for eps in ("0.0", "0.1", "0.2", "0.3"):
        (found,) = thresholds.least_with_gap(values, cost, (float(eps),))
        expected = exact_least(counts, name, Fraction(ratio), eps)
        if expected is None:
            assert found is None
            continue
        assert found is not None and found.cost == pytest.approx(float(expected))
        assert sum(cost[i, at] for i, at in enumerate(found.places)) == found.cost
        chosen = [values[i, at] for i, at in enumerate(found.places)]
        known = [value for value in chosen if not np.isnan(value)]
        assert not known or max(known) - min(known) <= float(eps) + 1e-9


def test_many_slices_are_searched_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    values, cost = rng.random((40, 101)), rng.random((40, 101))
    whole = thresholds.least_with_gap(values, cost, (0.05, 0.2))
    monkeypatch.setattr(thresholds, "_CELLS", 9_000)
    assert thresholds.least_with_gap(values, cost, (0.05, 0.2)) == whole


def anchored(table: Array, name: str, ratio: float) -> tuple[list[int], float]:
    """The What-If Tool's search, written down as it is in its page."""
    values = thresholds.measure(table, name)
    cost = thresholds.costs(table, ratio)
    best: tuple[list[int], float] = ([], np.inf)
    for i in range(101):
        places, total = [i], cost[0, i]
        for slice_ in range(1, len(table)):
            least, at = np.inf, 0
            for j in range(101):
                apart = abs(values[slice_, j] - values[0, i])
                if apart <= least:
                    least, at = apart, j
            places.append(at)
            total += cost[slice_, at]
        if total <= best[1]:
            best = (places, total)
    return best


@settings(max_examples=15)
@given(st.integers(0, 2**32), st.sampled_from([0.5, 1.0, 3.0]), st.booleans())
def test_the_anchored_search_is_the_what_if_tools(
    seed: int, ratio: float, one_class: bool
) -> None:
    rng, slices = rows_of(seed, 40, 3)
    score, label = np.round(rng.random(40), 2), rng.random(40) < 0.5
    if one_class:
        label[slices.codes == 0] = False
    rows = predictions(Task.BINARY, label, score >= 0.5, score=score)
    table = Binary(rows).table(slices)
    found = strategies.of(slices, table, [ratio])
    order = [slices.names.index(name) for name in found.order]
    for key, name in MEASURES.items():
        one = found.by_cost_ratio[ratio].parities[key]
        places, cost = anchored(table[order], name, ratio)
        assert list(one.places) == places and one.cost == pytest.approx(cost)


def test_the_order_of_slices_is_that_of_keys_in_javascript() -> None:
    names = ("b", "10", "01", "2", "a", "-1", "4294967295", "4294967294")
    codes = np.arange(len(names), dtype=np.int32)
    table = np.ones((len(names), 101, 4), np.int64)
    found = strategies.of(Slices("g", names, codes), table, [1.0])
    numbers = ("2", "10", "4294967294")
    assert found.order == (*numbers, "b", "01", "a", "-1", "4294967295")


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_what_is_sound_does_not_depend_on_the_order(seed: int) -> None:
    rng, slices = rows_of(seed, 60, 4)
    score, label = np.round(rng.random(60), 2), rng.random(60) < 0.5
    rows = predictions(Task.BINARY, label, score >= 0.5, score=score)
    order = rng.permutation(60)
    moved = dataclasses.replace(slices, codes=slices.codes[order])
    one, other = (
        strategies.of(s, Binary(r).table(s), [0.3]).by_cost_ratio[0.3]
        for s, r in ((slices, rows), (moved, rows.take(order)))
    )
    assert one.single == other.single and one.group == other.group
    for key in MEASURES:
        assert one.parities[key].best == other.parities[key].best


def test_costs_that_are_equal_but_for_rounding_are_tied() -> None:
    cost = np.full(101, 9.0)
    cost[[3, 7]] = 3 * 0.1, 0.3
    assert thresholds.optimum(cost).thresholds == [0.03, 0.07]


@pytest.mark.parametrize(
    "threshold, cost, regret", [(0.5, 1, 1), (0.43, 1, 1), (0.36, 0.5, 0), (0.95, 2, 3)]
)
def test_the_regret_of_the_threshold(
    analyse: Analyse, threshold: float, cost: float, regret: float
) -> None:
    text = "label,score\n1,0.4\n1,0.9\n0,0.35\n0,0.1\n0,0.42\n"
    spec = f"threshold: {threshold}\ndecision: {{cost_ratio: 0.5}}"
    found = analyse(text, spec).decisions
    assert found is not None and found.best.cost == 0.5
    assert found.best.thresholds == [0.36, 0.37, 0.38, 0.39, 0.4]
    assert found.cost == cost and found.regret == pytest.approx(regret)


def test_a_best_threshold_that_costs_nothing_gives_no_regret(analyse: Analyse) -> None:
    text = "label,score\n1,0.4\n0,0.3\n"
    found = analyse(text).decisions
    assert found is not None and found.best.cost == 0 and found.regret is None
    found = analyse(text, "threshold: 0.4").decisions
    assert found is not None and found.regret == 0
