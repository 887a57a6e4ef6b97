"""The metrics that are computed from means over the rows: losses and errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gate.data.columns import Array
from gate.model.spec import Task

_EPS = np.finfo(np.float64).eps  # scikit-learn's


@dataclass(frozen=True)
class Loss:
    """`rows` makes of labels and what was predicted the columns whose means count.

    `value` makes of their means, shape (..., q), the metric. The first column alone
    tells two models of the same rows apart.
    """

    rows: Callable[[Array, Array], tuple[Array, ...]]
    value: Callable[[Array], Array] = lambda means: means[..., 0]


def of_task(task: Task) -> dict[str, Loss]:
    """All that a task has, by name: of scores, or of numbers."""
    if task is Task.REGRESSION:
        return REGRESSION
    return BINARY if task is Task.BINARY else MULTICLASS


def _log_loss(label: Array, score: Array) -> tuple[Array]:
    right = np.where(label, score, 1 - score)
    return (-np.log(np.clip(right, _EPS, 1 - _EPS)),)


def _log_losses(label: Array, scores: Array) -> tuple[Array]:
    right = np.take_along_axis(scores, label[:, None].astype(np.intp), axis=1)[:, 0]
    right = np.clip(right / scores.sum(axis=1), _EPS, 1 - _EPS)
    return (-np.log(right),)


def _squares(label: Array, pred: Array) -> tuple[Array, Array, Array]:
    off = label - label.mean() if len(label) else label
    return np.square(pred - label), off, np.square(off)


def _r2(means: Array) -> Array:
    total = means[..., 2] - np.square(means[..., 1])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(total > 0, 1 - means[..., 0] / total, np.nan))


BINARY = {
    "brier": Loss(lambda label, score: (np.square(score - label),)),
    "log_loss": Loss(_log_loss),
}
MULTICLASS = {"log_loss": Loss(_log_losses)}
REGRESSION = {
    "mae": Loss(lambda label, pred: (np.abs(pred - label),)),
    "mean_error": Loss(lambda label, pred: (pred - label,)),
    "mse": Loss(lambda label, pred: (np.square(pred - label),)),
    "r2": Loss(_squares, _r2),
    "rmse": Loss(
        lambda label, pred: (np.square(pred - label),),
        lambda means: np.sqrt(means[..., 0]),
    ),
}
