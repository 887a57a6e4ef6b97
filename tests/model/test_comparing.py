"""Head and base on the rows that both have."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.data.columns import Array
from gate.errors import DataError
from gate.model import analysis, comparing, joining, reading, specfile
from gate.model.predictions import Predictions
from gate.model.slicing import Slices
from gate.model.spec import Task


def made(
    label: Any, predicted: Any, *, task: Task = Task.BINARY, **more: Any
) -> Predictions:
    """Predictions with identifiers `0`, `1`, ..."""
    import pyarrow

    n = len(predicted)
    given: dict[str, Any] = {
        "score": None,
        "weight": None,
        "classes": (),
        "ids": pyarrow.array([str(i) for i in range(n)]),
        **more,
    }
    return Predictions(
        task=task,
        label=None if label is None else np.asarray(label),
        predicted=np.asarray(predicted),
        columns={},
        rows=np.arange(n),
        left_out={},
        **given,
    )


def scored(label: Any, score: Any, **more: Any) -> Predictions:
    """Those of a binary task."""
    score = np.asarray(score, float)
    return made(
        None if label is None else np.asarray(label, bool),
        score >= 0.5,
        score=score,
        **more,
    )


def some(n: int = 200, seed: int = 0) -> tuple[Array, Array, Array]:
    """Labels and two scores."""
    rng = np.random.default_rng(seed)
    label = rng.random(n) < 0.4
    head, base = (np.clip(label * 0.3 + rng.random(n) * 0.7, 0, 1) for _ in range(2))
    return label, head, base


def compared(head: Predictions, base: Predictions, *args: Any) -> comparing.Comparison:
    found = comparing.compare(head, base, *args)
    assert found is not None
    return found


def test_counts_are_those_of_a_loop_over_the_rows() -> None:
    label, head, base = some()
    found = compared(scored(label, head), scored(None, base)).overall
    ours, theirs = (head >= 0.5) == label, (base >= 0.5) == label
    assert (found.gained, found.lost) == (
        sum(ours & ~theirs),
        sum(theirs & ~ours),
    )
    assert found.flips
    up = sum((head >= 0.5) & (base < 0.5))
    assert dict((pair[:2], pair[2]) for pair in found.flips.pairs)[(0, 1)] == up
    change = found.changes["accuracy"]
    assert (change.head, change.base) == (ours.mean(), theirs.mean())


@given(st.randoms())
@settings(max_examples=20, deadline=None)
def test_the_order_of_the_rows_does_not_matter(rng: random.Random) -> None:
    import pyarrow

    label, head, base = some(60)
    order = list(range(60))
    rng.shuffle(order)
    ids = pyarrow.array([str(i) for i in order])
    plain = compared(scored(label, head), scored(None, base), (), ("log_loss",))
    mixed = scored(None, base[order], ids=ids)
    assert compared(scored(label, head), mixed, (), ("log_loss",)) == plain


def test_rows_of_one_side_are_counted_and_named() -> None:
    import pyarrow

    label, head, base = some(6)
    ids = pyarrow.array(["0", "1", "2", "gone", "3", "lost"])
    found = compared(scored(label, head), scored(None, base, ids=ids))
    assert (found.matched, found.only_head, found.only_base) == (4, 2, 2)
    assert (found.lost, found.new) == (("gone", "lost"), ("4", "5"))


def test_labels_that_changed_are_counted_and_both_held_to_the_heads() -> None:
    label, head, base = some()
    other = label.copy()
    other[:3] = ~other[:3]
    found = compared(scored(label, head), scored(other, base))
    assert found.relabelled == 3
    assert found.overall == compared(scored(label, head), scored(None, base)).overall


def test_slices_do_not_hang_on_their_order_or_on_each_other() -> None:
    label, head, base = some()
    codes = np.random.default_rng(2).integers(0, 3, len(label)).astype(np.int32)
    one = Slices("g", ("a", "b", "c"), codes)
    turned = Slices("g", ("c", "b", "a"), 2 - codes)
    sides = (scored(label, head), scored(None, base))
    metrics = ("f1", "log_loss", "roc_auc", "average_precision")
    found = compared(*sides, (one,), metrics).slices["g"]
    assert compared(*sides, (turned,), metrics).slices["g"] == found
    own = codes == 1
    alone = compared(
        scored(label[own], head[own]), scored(None, base[own]), (), metrics
    )
    for name, change in found["b"].changes.items():
        assert change.head == pytest.approx(alone.overall.changes[name].head)
        assert change.p_value == pytest.approx(alone.overall.changes[name].p_value)


def test_a_slice_without_a_row_of_the_base_has_none_to_compare() -> None:
    import pyarrow

    label, head, base = some(4)
    slices = Slices("g", ("old", "new"), np.array([0, 0, 0, 1], np.int32))
    before = scored(None, base[:3], ids=pyarrow.array(["0", "1", "2"]))
    found = compared(scored(label, head), before, (slices,)).slices["g"]
    assert (found["new"].n, found["new"].changes) == (0, {})
    assert comparing.to_json(compared(scored(label, head), before, (slices,)))


def test_no_row_in_common_is_zero_rows_matched() -> None:
    import pyarrow

    label, head, base = some(3)
    ids = pyarrow.array(["x", "y", "z"])
    found = compared(scored(label, head), scored(None, base, ids=ids))
    assert (found.matched, found.overall.n, found.overall.changes) == (0, 0, {})


def test_without_identifiers_nothing_is_compared() -> None:
    label, head, base = some(3)
    assert joining.join(scored(label, head, ids=None), scored(None, base)) is None


def test_another_task_cannot_be_compared() -> None:
    label, head, _ = some(3)
    numbers = made(None, [1.0, 2.0, 3.0], task=Task.REGRESSION)
    with pytest.raises(DataError, match="binary.*regression"):
        comparing.compare(scored(label, head), numbers)


def test_classes_that_only_the_base_has_are_told_by_name() -> None:
    head = made([0, 1, 1], [0, 1, 0], task=Task.MULTICLASS, classes=("cat", "dog"))
    base = made(None, [0, 1, 2], task=Task.MULTICLASS, classes=("bird", "cat", "dog"))
    found = comparing.to_json(compared(head, base, (), ("macro_f1",)))
    assert found["overall"]["flips"]["between"] == [
        {"from": "cat", "to": "dog", "count": 1},
        {"from": "dog", "to": "cat", "count": 1},
        {"from": "bird", "to": "cat", "count": 1},
    ]


def test_weights_count_in_the_metrics_and_the_test() -> None:
    label, head, base = some()
    weight = np.random.default_rng(3).exponential(size=len(label))
    found = compared(scored(label, head, weight=weight), scored(None, base))
    change = found.overall.changes["accuracy"]
    right = (head >= 0.5) == label
    assert change.head == pytest.approx(np.average(right, weights=weight))
    assert change.test == "bootstrap"
    ones = np.ones(len(label))
    equal = compared(scored(label, head, weight=ones), scored(None, base))
    plain = compared(scored(label, head), scored(None, base))
    assert equal.overall.changes["accuracy"].interval == pytest.approx(
        plain.overall.changes["accuracy"].interval
    )


@pytest.mark.parametrize("metric", ["accuracy", "f1", "log_loss", "ece_10", "roc_auc"])
def test_rows_that_weigh_nothing_are_worth_nothing(metric: str) -> None:
    label, head, base = some(20)
    nothing = scored(label, head, weight=np.zeros(20))
    change = compared(nothing, scored(None, base), (), (metric,)).overall.changes[
        metric
    ]
    assert (change.diff, change.p_value) == (None, None)


@pytest.mark.parametrize("label", [[True] * 8, [False] * 8])
def test_one_class_has_no_area_and_an_accuracy(label: list[bool]) -> None:
    _, head, base = some(8)
    found = compared(scored(label, head), scored(None, base), (), ("recall",))
    assert found.overall.changes["roc_auc"].diff is None
    assert found.overall.changes["accuracy"].diff is not None
    assert comparing.to_json(found)["overall"]["delong"] is None
    json.dumps(comparing.to_json(found), allow_nan=False)


def test_the_same_predictions_do_not_differ_by_any_metric() -> None:
    label, head, _ = some()
    every = ("f1", "mcc", "log_loss", "brier", "ece_10", "average_precision", "roc_auc")
    found = compared(scored(label, head), scored(None, head), (), every)
    for change in found.overall.changes.values():
        assert (change.diff, change.p_value) == (0, 1)
        assert change.interval == (0, 0)


def test_a_metric_of_another_task_is_not_compared() -> None:
    label, head, base = some(10)
    found = compared(scored(label, head), scored(None, base), (), ("mae", "nonsense"))
    assert list(found.overall.changes) == ["accuracy", "roc_auc"]


def test_errors_of_numbers_are_compared_by_their_rows() -> None:
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(0)
    label, head, base = rng.normal(size=(3, 90))
    sides = (
        made(label, head, task=Task.REGRESSION),
        made(None, base, task=Task.REGRESSION),
    )
    found = compared(*sides, (), ("rmse", "median_absolute_error")).overall
    ours, theirs = np.abs(head - label), np.abs(base - label)
    change = found.changes["mae"]
    assert change.p_value == pytest.approx(stats.ttest_rel(ours, theirs).pvalue)
    assert found.wilcoxon_p == pytest.approx(stats.wilcoxon(ours, theirs).pvalue)
    assert found.changes["rmse"].head == pytest.approx(np.sqrt(np.mean(ours**2)))
    assert found.changes["median_absolute_error"].test == "bootstrap"


def test_numbers_at_the_end_of_their_range_are_undefined_and_do_not_crash() -> None:
    rng = np.random.default_rng(0)
    label, head, base = rng.choice([1e308, -1e300, 1.5, 1e200], size=(3, 60))
    slices = (Slices("g", ("a", "b"), rng.integers(0, 2, 60).astype(np.int32)),)
    sides = (
        made(label, head, task=Task.REGRESSION),
        made(None, base, task=Task.REGRESSION),
    )
    found = comparing.to_json(compared(*sides, slices, ("rmse", "r2", "mean_error")))
    json.dumps(found, allow_nan=False)
    assert found["metrics"]["rmse"]["diff"] is None


def test_a_base_is_read_without_labels_and_in_any_order(tmp_path: Path) -> None:
    label, head, base = some(30)
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["id", "label", "score"])
    rows.writerows([i, int(a), b] for i, (a, b) in enumerate(zip(label, head)))
    (tmp_path / "predictions.csv").write_text(text.getvalue())
    lines = [f"{i},{score}\n" for i, score in enumerate(base)]
    (tmp_path / "base.csv").write_text("id,score\n" + "".join(reversed(lines)))
    spec = specfile.parse("base: base.csv", "spec.yaml")
    found = analysis.analyze(spec, tmp_path)
    assert found.comparison and found.comparison.matched == 30
    assert reading.read(spec, tmp_path / "base.csv", is_base=True).label is None
