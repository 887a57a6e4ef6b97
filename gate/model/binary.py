"""The metrics of two classes, from how many rows have which score and label."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from gate.data.columns import Array
from gate.model.metrics import Groups, Measured, Measurer, measured, ratio
from gate.model.predictions import Predictions
from gate.model.ranking import Ranking
from gate.model.slicing import Slices

GRID: Array = np.arange(101) / 100  # the thresholds 0.00 to 1.00
_EPSILON = float(np.finfo(np.float64).eps)  # where scikit-learn cuts probabilities
_CALIBRATION = 10


class Binary(Measurer):
    """Measures decisions between two classes."""

    def __init__(self, predictions: Predictions) -> None:
        super().__init__(predictions)
        assert predictions.score is not None
        self.score: Array = predictions.score
        self.bounded = predictions.scores_are_probabilities

    @cached_property
    def bins(self) -> Array:
        """The last threshold of GRID that each score reaches, shape (n,)."""
        found = (self.score * 100).astype(np.intp)
        # The product is rounded: of 0.29 it is 28.999999999999996.
        found += GRID[np.minimum(found + 1, 100)] <= self.score
        found = np.minimum(found, 100)
        found -= GRID[found] > self.score
        return found

    @cached_property
    def ranking(self) -> Ranking:
        """The rows in the order of their scores."""
        return Ranking(self.score, self.label, self.predictions.weight)

    @cached_property
    def _losses(self) -> tuple[Array, Array]:
        """The squared error and the logarithmic loss of each row."""
        missed = np.where(self.label, 1 - self.score, self.score)
        held = np.clip(1 - missed, _EPSILON, 1 - _EPSILON)
        return missed * missed, -np.log(held)

    def table(self, slices: Slices | None = None) -> Array:
        """How the rows fall at each threshold: `[tp, fp, fn, tn]`.

        Scores have to be within 0 and 1. Positive is a score of at least the
        threshold.

        Returns:
            Shape (slices, 101, 4): int64, or float64 sums of weights.
        """
        groups = self.groups(slices)
        key = (groups.codes * 101 + self.bins) * 2 + self.label
        cells = self._binned(key, groups.size * 202).reshape(-1, 101, 2)
        reached = cells[:, ::-1].cumsum(axis=1)[:, ::-1]
        fp, tp = reached[..., 0], reached[..., 1]
        whole = cells.sum(axis=1, keepdims=True)
        fn, tn = whole[..., 1] - tp, whole[..., 0] - fp
        return np.stack([tp, fp, fn, tn], axis=-1)

    def _binned(self, key: Array, size: int) -> Array:
        return np.bincount(key, self.predictions.weight, minlength=size)

    def measure(self, slices: Slices | None = None) -> tuple[Measured, ...]:
        """The metrics on each slice; see `gate.model.metrics.measure`."""
        groups = self.groups(slices)
        key = groups.codes * 4 + self.label * 2 + self.predictions.predicted
        cells = self._binned(key, groups.size * 4).reshape(-1, 4)
        columns = rates(*cells.T[[3, 1, 2, 0]])
        columns["roc_auc"], columns["average_precision"] = self.ranking.areas(
            groups.codes, groups.size
        )
        return measured(groups, columns | self._calibration(groups))

    def _calibration(self, groups: Groups) -> dict[str, Array]:
        if not self.bounded:
            return {}
        squared, logarithmic = self._losses
        part = np.minimum(self.bins // 10, _CALIBRATION - 1)
        apart: Any = self.score - self.label
        if groups.row_weight is not None:
            apart = apart * groups.row_weight
        key = groups.codes * _CALIBRATION + part
        sums = np.bincount(key, apart, minlength=groups.size * _CALIBRATION)
        error = np.abs(sums.reshape(-1, _CALIBRATION)).sum(axis=1)
        return {
            "brier": groups.mean(squared),
            "ece_10": ratio(error, groups.weight),
            "log_loss": groups.mean(logarithmic),
        }


def rates(tp: Array, fp: Array, fn: Array, tn: Array) -> dict[str, Array]:
    """The metrics of confusion matrices, one in each place of the arrays."""
    positive, negative, chosen = tp + fn, fp + tn, tp + fp
    whole = positive + negative
    recall, specificity = ratio(tp, positive), ratio(tn, negative)
    below = [np.sqrt(x.astype(np.float64)) for x in (chosen, positive, negative)]
    below.append(np.sqrt((fn + tn).astype(np.float64)))
    above = tp.astype(np.float64) * tn - fp.astype(np.float64) * fn
    return {
        **{"tp": tp, "fp": fp, "fn": fn, "tn": tn},
        "accuracy": ratio(tp + tn, whole),
        "precision": ratio(tp, chosen),
        "recall": recall,
        "specificity": specificity,
        "fpr": ratio(fp, negative),
        "fnr": ratio(fn, positive),
        "f1": ratio(2 * tp, 2 * tp + fp + fn),
        "balanced_accuracy": (recall + specificity) / 2,
        "mcc": ratio(above, below[0] * below[1] * below[2] * below[3]),
        "selection_rate": ratio(chosen, whole),
        "base_rate": ratio(positive, whole),
    }
