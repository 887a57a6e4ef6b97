"""The metrics that are computed from means over the rows: losses and errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gate.data.columns import Array
from gate.model.metrics import ratio
from gate.model.predictions import Predictions
from gate.model.spec import Task

EPSILON = float(np.finfo(np.float64).eps)  # where scikit-learn cuts probabilities


@dataclass(frozen=True)
class Loss:
    """`rows` makes of predictions the columns, each of shape (n,), whose means count.

    `value` makes of their means, shape (..., q), the metric. The first column alone
    tells two models of the same rows apart.
    """

    rows: Callable[[Predictions], tuple[Array, ...]]
    value: Callable[[Array], Array] = lambda means: means[..., 0]

    def columns(self, predictions: Predictions) -> Array:
        """All of them, of shape (n, q)."""
        return np.stack(self.rows(predictions), axis=1)


def of(predictions: Predictions) -> dict[str, Loss]:
    """All that there are, by name: of scores that are probabilities, or of numbers."""
    if predictions.task is Task.REGRESSION:
        return _ERRORS
    if predictions.score is None or not predictions.scores_are_probabilities:
        return {}
    return _LOSSES if predictions.task is Task.BINARY else {}


def _log_loss(predictions: Predictions) -> tuple[Array]:
    assert predictions.score is not None
    label = np.asarray(predictions.label)
    held = np.where(label, predictions.score, 1 - predictions.score)
    return (-np.log(np.clip(held, EPSILON, 1 - EPSILON)),)


def _brier(predictions: Predictions) -> tuple[Array]:
    assert predictions.score is not None
    return (np.square(predictions.score - predictions.label),)


def _off(predictions: Predictions) -> Array:
    return np.asarray(predictions.predicted - predictions.label)


def _squares(predictions: Predictions) -> tuple[Array, Array, Array]:
    label = np.asarray(predictions.label)
    label = label - label.mean()
    return np.square(_off(predictions)), label, np.square(label)


def _r2(means: Array) -> Array:
    spread = means[..., 2] - np.square(means[..., 1])
    return 1 - ratio(means[..., 0], spread)


_LOSSES = {"brier": Loss(_brier), "log_loss": Loss(_log_loss)}
_ERRORS = {
    "mean_error": Loss(lambda found: (_off(found),)),
    "mae": Loss(lambda found: (np.abs(_off(found)),)),
    "mse": Loss(lambda found: (np.square(_off(found)),)),
    "rmse": Loss(
        lambda found: (np.square(_off(found)),), lambda means: np.sqrt(means[..., 0])
    ),
    "r2": Loss(_squares, _r2),
}
NAMES = frozenset({*_LOSSES, *_ERRORS})
