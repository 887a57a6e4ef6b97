"""Gaps between slices, held against fairlearn's where it is installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.model import gaps
from gate.model.metrics import Measured, measure
from gate.model.spec import Task
from tests.model.conftest import Analyse, predictions, rows_of


def measured(value: float | None) -> Measured:
    return Measured(n=1, weight=None, values={"recall": value}, undefined={})


@pytest.mark.parametrize(
    "values, difference, ratio",
    [
        ([0.5, 0.8, 0.2], 0.6, 0.25),
        ([0.5, None], 0.0, 1.0),
        ([None], None, None),
        ([0.0, 0.0], 0.0, None),
        ([0.0, 0.5], 0.5, 0.0),
        ([-0.5, 0.5], 1.0, None),
    ],
)
def test_the_gap_is_between_the_least_and_the_greatest(
    values: list[float | None], difference: float | None, ratio: float | None
) -> None:
    names = [f"s{i}" for i in range(len(values))]
    found = gaps.gap("recall", names, map(measured, values))
    assert found.difference == pytest.approx(difference)
    assert found.ratio == pytest.approx(ratio)
    assert found.undefined == tuple(
        name for name, value in zip(names, values) if value is None
    )


def test_the_slices_are_named() -> None:
    found = gaps.gap("recall", "abc", map(measured, [0.5, 0.8, 0.2]), measured(0.4))
    assert (found.low, found.high) == ("c", "b")
    assert found.difference_to_overall == pytest.approx(0.4)
    assert found.ratio_to_overall == pytest.approx(0.5)


def test_an_undefined_slice_is_named_and_left_out(analyse: Analyse) -> None:
    text = "label,score,g\n1,0.9,a\n0,0.1,a\n0,0.2,b\n"
    found = analyse(text, "slices: [g]").to_json()["fairlearn"]["g"]
    assert found["undefined_slices"]["recall"] == ("b",)
    assert found["difference_between_groups"]["recall"] == 0
    assert found["equalized_odds_difference"] == 0
    assert found["equalized_odds_ratio"] is None  # no false positives anywhere


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.booleans())
def test_gaps_are_fairlearns(seed: int, weighted: bool) -> None:
    fairlearn: Any = pytest.importorskip("fairlearn.metrics")
    sklearn: Any = pytest.importorskip("sklearn.metrics")
    rng, slices = rows_of(seed, 80, 3)
    label, chosen = (rng.random(80) < 0.5 for _ in range(2))
    for code in range(len(slices)):  # each slice has all four cells
        some = np.flatnonzero(slices.codes == code)[:4]
        label[some], chosen[some] = [0, 0, 1, 1][: len(some)], [0, 1, 0, 1][: len(some)]
    weight = rng.integers(1, 4, 80).astype(float) if weighted else None
    rows = predictions(
        Task.BINARY, label, chosen, score=chosen.astype(float), weight=weight
    )
    (overall,), by_slice = measure(rows), measure(rows, slices)
    found = gaps.of(slices, by_slice, overall, Task.BINARY).to_json()
    functions = {
        "accuracy": sklearn.accuracy_score,
        "recall": fairlearn.true_positive_rate,
        "fpr": fairlearn.false_positive_rate,
        "selection_rate": fairlearn.selection_rate,
    }
    how = None if weight is None else {n: {"sample_weight": weight} for n in functions}
    frame = fairlearn.MetricFrame(
        metrics=functions,
        y_true=label.astype(int),
        y_pred=chosen.astype(int),
        sensitive_features=slices.codes,
        sample_params=how,
    )
    expected = {
        "group_min": frame.group_min(),
        "group_max": frame.group_max(),
        **{
            f"{what}_{method}": getattr(frame, what)(method=method)
            for what in ("difference", "ratio")
            for method in ("between_groups", "to_overall")
        },
    }
    for key, values in expected.items():
        for name in functions:
            assert found[key][name] == pytest.approx(values[name]), (key, name)
    given_ = {"sensitive_features": slices.codes, "sample_weight": weight}
    for name in ("demographic_parity", "equalized_odds", "equal_opportunity"):
        for kind in ("difference", "ratio"):
            function = getattr(fairlearn, f"{name}_{kind}")
            value = function(label.astype(int), chosen.astype(int), **given_)
            assert found[f"{name}_{kind}"] == pytest.approx(value), (name, kind)
