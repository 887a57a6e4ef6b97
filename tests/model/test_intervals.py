"""How sure a metric of one model is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gate.model import intervals, metrics
from gate.model.predictions import Predictions
from gate.model.slicing import Slices
from gate.model.spec import Task
from tests.model.test_comparing import made, scored, some

stats = pytest.importorskip("scipy.stats")

EVERY = [
    name for name in metrics.names(Task.BINARY) if name not in "tp fp fn tn".split()
]


def of(predictions: Predictions, *names: str, slices: Any = None) -> Any:
    return intervals.of(predictions, names, slices)


def test_shares_have_wilsons_interval_of_their_own_rows() -> None:
    label, score, _ = some()
    chosen = score >= 0.5
    right = {
        "accuracy": chosen == label,
        "precision": label[chosen],
        "recall": chosen[label],
        "specificity": ~chosen[~label],
        "fpr": chosen[~label],
        "fnr": ~chosen[label],
        "selection_rate": chosen,
        "base_rate": label,
    }
    (found,) = of(scored(label, score), *right)
    for name, rows in right.items():
        test = stats.binomtest(int(rows.sum()), len(rows))
        expected = test.proportion_ci(0.95, "wilson")
        assert found[name] == pytest.approx((expected.low, expected.high))


def test_every_metric_has_an_interval_that_holds_its_value() -> None:
    label, score, _ = some(400)
    predictions = scored(label, score)
    (found,) = of(predictions, *EVERY)
    assert sorted(found) == sorted(EVERY)
    (measured,) = metrics.measure(predictions)
    for name, (low, high) in found.items():
        value = measured.values[name]
        # The bootstrap of a calibration error lies above it: noise adds to it.
        assert value is not None and low - 0.01 <= value <= high and low < high


def test_every_metric_of_numbers_and_of_classes_has_one_too() -> None:
    rng = np.random.default_rng(0)
    label, predicted = rng.normal(size=(2, 300))
    numbers = made(label, predicted, task=Task.REGRESSION)
    (found,) = of(numbers, *metrics.names(Task.REGRESSION))
    assert sorted(found) == sorted(metrics.names(Task.REGRESSION))
    codes = rng.integers(0, 3, 300)
    score = rng.dirichlet(np.ones(3), 300)
    classes = made(
        codes, score.argmax(1), task=Task.MULTICLASS, classes=tuple("abc"), score=score
    )
    (found,) = of(classes, *metrics.names(Task.MULTICLASS))
    assert sorted(found) == sorted(metrics.names(Task.MULTICLASS))


def test_slices_have_those_of_their_rows_alone() -> None:
    label, score, _ = some(300)
    codes = np.random.default_rng(1).integers(0, 3, 300).astype(np.int32)
    slices = Slices("g", tuple("abc"), codes)
    together = of(scored(label, score), *EVERY, slices=slices)
    for code, found in enumerate(together):
        own = codes == code
        (alone,) = of(scored(label[own], score[own]), *EVERY)
        assert found.keys() == alone.keys()
        for name in found:
            assert found[name] == pytest.approx(alone[name], abs=1e-9), name


def test_weights_of_few_rows_make_an_interval_wider() -> None:
    label, score, _ = some()
    weight = np.ones(len(label))
    weight[:5] = 50
    (plain,), (heavy,) = (
        of(scored(label, score, weight=w), "accuracy", "f1", "roc_auc", "log_loss")
        for w in (None, weight)
    )
    for name, (low, high) in plain.items():
        assert heavy[name][1] - heavy[name][0] > high - low


def test_what_is_undefined_has_none() -> None:
    label = np.zeros(5, bool)
    (found,) = of(scored(label, np.full(5, 0.1)), *EVERY)
    assert not {"recall", "precision", "roc_auc", "mcc", "f1"} & set(found)
    assert "accuracy" in found
    (nothing,) = of(scored(label, np.full(5, 0.1), weight=np.zeros(5)), *EVERY)
    assert nothing == {}
