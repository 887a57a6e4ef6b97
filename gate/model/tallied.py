"""The metrics of decisions, computed from counts by class.

Names and definitions are scikit-learn's. Each takes a tally of any number of draws or
slices at once, and is NaN where it is undefined.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gate.data.columns import Array
from gate.model.resampling import Metric, Tally
from gate.model.spec import Task


def of_task(task: Task) -> dict[str, Metric]:
    """All that decisions have, by name."""
    if task is Task.BINARY:
        return BINARY
    return MULTICLASS if task is Task.MULTICLASS else {}


def _ratio(part: Array, whole: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(whole > 0, part / whole, np.nan))


def _accuracy(tally: Tally) -> Array:
    return _ratio(tally.hit.sum(axis=-1), tally.actual.sum(axis=-1))


def _binary(function: Callable[[Array, Array, Array, Array], Array]) -> Metric:
    """A metric of the four counts of a confusion matrix."""

    def metric(tally: Tally) -> Array:
        tp, tn = tally.hit[..., 1], tally.hit[..., 0]
        fp, fn = tally.predicted[..., 1] - tp, tally.actual[..., 1] - tp
        return function(tp, fp, fn, tn)

    return metric


def _balanced(tally: Tally) -> Array:
    recalls = _ratio(tally.hit, tally.actual)
    present = tally.actual > 0
    return _ratio(np.where(present, recalls, 0).sum(axis=-1), present.sum(axis=-1))


def _both_recalls(tally: Tally) -> Array:
    return np.asarray(_ratio(tally.hit, tally.actual).mean(axis=-1))


def _mcc(tally: Tally) -> Array:
    """Gorodkin's, which is Matthews' of two classes."""
    n = tally.actual.sum(axis=-1)
    hits = tally.hit.sum(axis=-1)
    above = hits * n - (tally.predicted * tally.actual).sum(axis=-1)
    one = n * n - np.square(tally.predicted).sum(axis=-1)
    other = n * n - np.square(tally.actual).sum(axis=-1)
    return _ratio(above, np.sqrt((one * other).clip(0)))


BINARY: dict[str, Metric] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _both_recalls,
    "f1": _binary(lambda tp, fp, fn, tn: _ratio(2 * tp, 2 * tp + fp + fn)),
    "fnr": _binary(lambda tp, fp, fn, tn: _ratio(fn, tp + fn)),
    "fpr": _binary(lambda tp, fp, fn, tn: _ratio(fp, fp + tn)),
    "mcc": _mcc,
    "precision": _binary(lambda tp, fp, fn, tn: _ratio(tp, tp + fp)),
    "recall": _binary(lambda tp, fp, fn, tn: _ratio(tp, tp + fn)),
    "selection_rate": _binary(lambda tp, fp, fn, tn: _ratio(tp + fp, tp + fp + fn + tn)),
    "specificity": _binary(lambda tp, fp, fn, tn: _ratio(tn, fp + tn)),
}
MULTICLASS: dict[str, Metric] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced,
    "mcc": _mcc,
}
