"""The metrics of several classes: of each against the others, and their averages."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from gate.data.columns import Array
from gate.model.metrics import Groups, Measured, Measurer, measured, plain, ratio
from gate.model.ranking import Ranking
from gate.model.slicing import Slices

_EPSILON = float(np.finfo(np.float64).eps)
_SUM = 1e-3  # how far from 1 the probabilities of a row may sum up for a log loss


class Multiclass(Measurer):
    """Measures decisions between several classes."""

    @cached_property
    def _rankings(self) -> list[Ranking]:
        score = self.predictions.score
        assert score is not None
        weight = self.predictions.weight
        return [
            Ranking(score[:, code], self.label == code, weight)
            for code in range(score.shape[1])
        ]

    @cached_property
    def _held(self) -> Array:
        """The score of each row's own class."""
        score = self.predictions.score
        assert score is not None
        return score[np.arange(len(score)), self.label]

    def measure(self, slices: Slices | None = None) -> tuple[Measured, ...]:
        """The metrics on each slice; see `gate.model.metrics.measure`."""
        groups = self.groups(slices)
        confusion = self.confusion(groups)
        each = of_each_class(confusion)
        columns = averages(confusion, each)
        if self.predictions.score is not None:
            areas = [r.areas(groups.codes, groups.size) for r in self._rankings]
            each["ovr_roc_auc"] = np.stack([auc for auc, _ in areas], axis=1)
            each["ovr_average_precision"] = np.stack([ap for _, ap in areas], axis=1)
            columns["top2_accuracy"] = groups.mean(self._in_top(2))
            columns |= self._log_loss(groups)
            columns["macro_ovr_roc_auc"] = _mean(each["ovr_roc_auc"])
        return measured(
            groups,
            columns,
            per_class=self._per_class(each, groups.size),
            confusion=[tuple(map(tuple, one)) for one in confusion.tolist()],
        )

    def confusion(self, groups: Groups) -> Array:
        """How many rows of each class are predicted as which: (groups, k, k)."""
        k = len(self.predictions.classes)
        key = (groups.codes * k + self.label) * k + self.predictions.predicted
        counts = np.bincount(key, groups.row_weight, minlength=groups.size * k * k)
        return counts.reshape(-1, k, k)

    def _per_class(
        self, each: dict[str, Array], size: int
    ) -> list[dict[str, dict[str, float | None]]]:
        return [
            {
                name: {key: plain(column[i, code]) for key, column in each.items()}
                for code, name in enumerate(self.predictions.classes)
            }
            for i in range(size)
        ]

    def _in_top(self, k: int) -> Array:
        """Whether a row's class is among its k highest scores; of equals the last.

        So are ties in scikit-learn's `top_k_accuracy_score`.
        """
        score = self.predictions.score
        assert score is not None
        held = self._held[:, None]
        later = np.arange(score.shape[1]) > self.label[:, None]
        better = (score > held) | ((score == held) & later)
        return np.asarray(better.sum(axis=1) < k).astype(np.float64)

    def _log_loss(self, groups: Groups) -> dict[str, Array]:
        score = self.predictions.score
        assert score is not None
        whole = score.sum(axis=1)
        apart = np.abs(whole - 1).max()
        if not self.predictions.scores_are_probabilities or apart > _SUM:
            return {}
        # Written with few digits they are not quite 1.
        held = np.clip(self._held / whole, _EPSILON, 1 - _EPSILON)
        return {"log_loss": groups.mean(-np.log(held))}


def of_each_class(confusion: Array) -> dict[str, Array]:
    """Precision, recall, F1 and support of each class against all others."""
    right = np.diagonal(confusion, axis1=1, axis2=2)
    support, chosen = confusion.sum(axis=2), confusion.sum(axis=1)
    return {
        "precision": ratio(right, chosen),
        "recall": ratio(right, support),
        "f1": ratio(2 * right, support + chosen),
        "support": support,
    }


def averages(confusion: Array, each: dict[str, Array]) -> dict[str, Array]:
    """The metrics of whole confusion matrices, shape (groups, k, k).

    Averages leave out the classes for which a metric is undefined, as scikit-learn's
    do with `zero_division=nan`.
    """
    counts = confusion.astype(np.float64)
    whole = counts.sum(axis=(1, 2))
    right = np.trace(counts, axis1=1, axis2=2)
    support, chosen = counts.sum(axis=2), counts.sum(axis=1)
    accuracy = ratio(right, whole)
    found = {"accuracy": accuracy}
    for name in ("f1", "precision", "recall"):
        found[f"macro_{name}"] = _mean(each[name])
        found[f"micro_{name}"] = accuracy
        found[f"weighted_{name}"] = _mean(each[name], support)
    expected = (support * chosen).sum(axis=1)
    square = whole * whole
    spread = (square - (chosen * chosen).sum(1)) * (square - (support * support).sum(1))
    return found | {
        "balanced_accuracy": _mean(each["recall"]),
        "cohen_kappa": ratio(right * whole - expected, square - expected),
        "mcc": ratio(right * whole - expected, np.sqrt(np.maximum(spread, 0))),
    }


def _mean(values: Array, weight: Array | None = None) -> Array:
    """The mean of each row, without what is undefined in it."""
    there = ~np.isnan(values)
    weight = there if weight is None else weight * there
    total = np.where(there, values, 0) * weight
    return ratio(total.sum(axis=1), weight.sum(axis=1))
