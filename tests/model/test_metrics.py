"""The metrics, held against scikit-learn's on random rows with ties and weights."""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.model import metrics
from gate.model.metrics import METRICS, Measured, measure
from gate.model.spec import Task
from tests.model.conftest import Analyse, predictions, rows_of

sklearn = pytest.importorskip("sklearn.metrics")

Numbers = dict[str, float]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def check(found: Measured, expected: dict[str, Any]) -> None:
    for name, value in expected.items():
        got = found.values[name]
        assert (got is None) == (name in found.undefined)
        if value is None or math.isnan(value):
            assert got is None, name
        else:
            assert got == pytest.approx(value, rel=1e-9, abs=1e-12), name


def of_binary(label: Any, score: Any, threshold: float, weight: Any) -> dict[str, Any]:
    """What scikit-learn says; None where it warns."""
    chosen = score >= threshold
    how = {"sample_weight": weight}
    both = 0 < label.sum() < len(label)
    nan = {"zero_division": np.nan, **how}
    tn, fp, fn, tp = sklearn.confusion_matrix(
        label, chosen, labels=[False, True], **how
    ).ravel()
    recall = sklearn.recall_score(label, chosen, **nan)
    specificity = sklearn.recall_score(~label, ~chosen, **nan)
    found = {
        **{"tp": tp, "fp": fp, "fn": fn, "tn": tn},
        "accuracy": sklearn.accuracy_score(label, chosen, **how),
        "precision": sklearn.precision_score(label, chosen, **nan),
        "recall": recall,
        "specificity": specificity,
        "balanced_accuracy": (recall + specificity) / 2,
        "f1": sklearn.f1_score(label, chosen, **nan) if tp + fp + fn else None,
        "brier": sklearn.brier_score_loss(label, score, **how),
        "log_loss": sklearn.log_loss(label, score, labels=[False, True], **how),
        "roc_auc": sklearn.roc_auc_score(label, score, **how) if both else None,
    }
    if both and 0 < chosen.sum() < len(chosen):
        found["mcc"] = sklearn.matthews_corrcoef(label, chosen, **how)
    else:
        found["mcc"] = None
    some = label.any()
    found["average_precision"] = (
        sklearn.average_precision_score(label, score, **how) if some else None
    )
    return found


@settings(max_examples=30)
@given(
    st.integers(0, 2**32),
    st.integers(1, 60),
    st.integers(1, 6),
    st.sampled_from([1, 2, 6]),
    st.booleans(),
    st.sampled_from([0.0, 0.2, 0.5, 1.0]),
)
def test_two_classes(
    seed: int, size: int, groups: int, digits: int, weighted: bool, share: float
) -> None:
    rng, slices = rows_of(seed, size, groups)
    score = np.round(rng.random(size), digits)
    label = rng.random(size) < share
    weight = rng.integers(1, 5, size).astype(float) if weighted else None
    rows = predictions(Task.BINARY, label, score >= 0.5, score=score, weight=weight)
    check(measure(rows)[0], of_binary(label, score, 0.5, weight))
    for code, found in enumerate(measure(rows, slices)):
        some = slices.codes == code
        of_some = None if weight is None else weight[some]
        check(found, of_binary(label[some], score[some], 0.5, of_some))
        assert found.n == some.sum()


def test_the_calibration_error_is_that_of_ten_bins_closed_below() -> None:
    score, label = np.array([0.05, 0.1, 0.19, 0.3, 1.0]), np.array(
        [0, 1, 0, 1, 1], bool
    )
    rows = predictions(Task.BINARY, label, score >= 0.5, score=score)
    expected = (0.05 + abs(0.29 - 1) + 0.7 + 0) / 5
    assert measure(rows)[0].values["ece_10"] == pytest.approx(expected)


def of_classes(label: Any, predicted: Any, score: Any, weight: Any) -> dict[str, Any]:
    how = {"sample_weight": weight}
    nan = {"zero_division": np.nan, **how}
    k = score.shape[1]
    found = {
        "accuracy": sklearn.accuracy_score(label, predicted, **how),
        "balanced_accuracy": sklearn.balanced_accuracy_score(label, predicted, **how),
        "log_loss": sklearn.log_loss(label, score, labels=range(k), **how),
        "top2_accuracy": sklearn.top_k_accuracy_score(
            label, score, k=2, labels=range(k), **how
        ),
        "cohen_kappa": sklearn.cohen_kappa_score(label, predicted, **how),
    }
    for average in ("macro", "micro", "weighted"):
        for name in ("f1", "precision", "recall"):
            of = getattr(sklearn, f"{name}_score")
            found[f"{average}_{name}"] = of(label, predicted, average=average, **nan)
    if not {*label} & {*predicted}:
        # Of classes that have rows, none is predicted: scikit-learn weighs the others.
        found["weighted_precision"] = None
    if len(set(label)) > 1 and len(set(predicted)) > 1:
        found["mcc"] = sklearn.matthews_corrcoef(label, predicted, **how)
    if len({*label, *predicted}) == 1:
        found["cohen_kappa"] = None
    return found


@settings(max_examples=30)
@given(
    st.integers(0, 2**32),
    st.integers(2, 50),
    st.integers(1, 4),
    st.integers(3, 5),
    st.booleans(),
)
def test_several_classes(
    seed: int, size: int, groups: int, k: int, weighted: bool
) -> None:
    rng, slices = rows_of(seed, size, groups)
    score = rng.integers(1, 6, (size, k)).astype(float)
    score /= score.sum(axis=1, keepdims=True)
    label, predicted = (rng.integers(0, k, size).astype(np.int32) for _ in range(2))
    weight = rng.integers(1, 5, size).astype(float) if weighted else None
    rows = predictions(
        Task.MULTICLASS,
        label,
        predicted,
        score=score,
        weight=weight,
        classes=tuple(map(str, range(k))),
    )
    for found, some in [
        (measure(rows)[0], np.ones(size, bool)),
        *((one, slices.codes == i) for i, one in enumerate(measure(rows, slices))),
    ]:
        of_some = None if weight is None else weight[some]
        check(found, of_classes(label[some], predicted[some], score[some], of_some))
        for code, values in enumerate(found.per_class.values()):
            one = label[some] == code
            auc = values["ovr_roc_auc"]
            if 0 < one.sum() < len(one):
                expected = sklearn.roc_auc_score(
                    one, score[some][:, code], sample_weight=of_some
                )
                assert auc == pytest.approx(expected)
            else:
                assert auc is None


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 4), st.booleans())
def test_numbers(seed: int, size: int, groups: int, weighted: bool) -> None:
    rng, slices = rows_of(seed, size, groups)
    label = np.round(rng.normal(size=size), 1)
    predicted = np.round(label + rng.normal(size=size), 1)
    weight = rng.integers(1, 4, size).astype(float) if weighted else None
    rows = predictions(Task.REGRESSION, label, predicted, weight=weight)
    for found, some in [
        (measure(rows)[0], np.ones(size, bool)),
        *((one, slices.codes == i) for i, one in enumerate(measure(rows, slices))),
    ]:
        w = None if weight is None else weight[some]
        pair, how = (label[some], predicted[some]), {"sample_weight": w}
        error = predicted[some] - label[some]
        repeated = error if w is None else np.repeat(error, w.astype(int))
        expected = {
            "mae": sklearn.mean_absolute_error(*pair, **how),
            "mse": sklearn.mean_squared_error(*pair, **how),
            "rmse": math.sqrt(sklearn.mean_squared_error(*pair, **how)),
            "max_error": sklearn.max_error(*pair),
            "mean_error": np.average(error, weights=w),
            "median_error": np.median(repeated),
            "median_absolute_error": np.median(np.abs(repeated)),
            "median_squared_error": np.median(repeated**2),
            "r2": None,
        }
        if len(set(label[some])) > 1:
            expected["r2"] = sklearn.r2_score(*pair, **how)
        check(found, expected)


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_the_order_of_the_rows_does_not_count(seed: int) -> None:
    rng, slices = rows_of(seed, 50, 3)
    score, label = np.round(rng.random(50), 1), rng.random(50) < 0.5
    rows = predictions(Task.BINARY, label, score >= 0.5, score=score)
    order = rng.permutation(50)
    moved = dataclasses.replace(slices, codes=slices.codes[order])
    for one, other in zip(measure(rows, slices), measure(rows.take(order), moved)):
        check(one, other.values)


def test_what_is_undefined_has_a_reason(analyse: Analyse) -> None:
    found = analyse("label,score\n0,0.2\n0,0.3\n").overall
    assert found.values["recall"] is None
    assert found.undefined["recall"] == "no positive rows"
    assert found.undefined["precision"] == "no rows are predicted positive"
    assert found.undefined["roc_auc"] == "only one class"
    assert found.values["specificity"] == 1


def test_rows_without_weight_alone_are_nothing(analyse: Analyse) -> None:
    found = analyse("label,score,w,g\n0,0.2,0,a\n1,0.3,1,b\n", "weight: w\nslices: [g]")
    a, b = found.by_slice["g"]
    assert a.values["accuracy"] is None and a.undefined["accuracy"] == "no weight"
    assert a.n == 1 and a.weight == 0 and b.weight == 1


def test_scores_beyond_0_and_1_have_no_losses_and_no_table(analyse: Analyse) -> None:
    found = analyse("label,score\n0,-2\n1,3\n", "threshold: 0").to_json()
    assert found["overall"]["roc_auc"] == 1 and found["overall"]["accuracy"] == 1
    assert found["overall"]["brier"] is None
    assert found["overall"]["undefined"]["brier"] == "the scores are no probabilities"
    assert "threshold_table" not in found


def test_every_metric_is_measured_and_registered(analyse: Analyse) -> None:
    binary = analyse("label,score\n0,0.2\n1,0.3\n").overall
    classes = analyse("label,score_a,score_b\na,0.2,0.8\nb,0,1\n").overall
    numbers = analyse("label,pred\n0.5,0.2\n1,0.3\n").overall
    for task, found in zip(Task, (binary, classes, numbers)):
        assert tuple(found.values) == metrics.names(task)
        for name, value in found.values.items():
            least, most = METRICS[name].least, METRICS[name].most
            assert value is None or (least is None or value >= least)
            assert value is None or (most is None or value <= most)
