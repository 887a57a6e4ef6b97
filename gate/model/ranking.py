"""ROC AUC and average precision of groups of rows, after one sort of the scores."""

from __future__ import annotations

import numpy as np

from gate.data.columns import Array
from gate.model.metrics import ratio


class Ranking:
    """Rows in the order of their scores; `label` (bool) tells the positive ones."""

    def __init__(self, score: Array, label: Array, weight: Array | None) -> None:
        self.order = np.argsort(score, kind="stable")
        ordered = score[self.order]
        rank = np.zeros(len(score), np.int32)
        np.cumsum(ordered[1:] != ordered[:-1], out=rank[1:])
        self.rank = rank
        self.label = label[self.order]
        self.weight = None if weight is None else weight[self.order]

    def areas(self, codes: Array, size: int) -> tuple[Array, Array]:
        """ROC AUC and average precision of each group, NaN where undefined.

        The AUC is the probability that a positive row scores higher than a negative
        one, ties counting half; average precision is scikit-learn's step sum. `codes`
        has the group of each row, as the rows were given.

        Returns:
            Two arrays of shape (size,).
        """
        rank, positives, every, starts = self._grouped(codes, size)
        change = np.ones(len(rank) + 1, bool)
        np.not_equal(rank[1:], rank[:-1], out=change[1:-1])
        change[starts] = True
        edges = np.flatnonzero(change)  # of runs of equal scores within a group
        some = np.flatnonzero(np.diff(positives[edges]))
        start, end = edges[some], edges[some + 1]
        group = np.repeat(np.arange(size), np.diff(np.searchsorted(start, starts)))
        first, last = positives[starts[:-1]], positives[starts[1:]]
        before = positives[start] - first[group]
        positive = positives[end] - positives[start]
        all_before = every[start] - every[starts[:-1]][group]
        negative = (every[end] - every[start]) - positive
        pairs = positive * ((all_before - before) + 0.5 * negative)
        total, whole = last - first, every[starts[1:]] - every[starts[:-1]]
        won = np.bincount(group, pairs, minlength=size)
        precision = (total[group] - before) / (whole[group] - all_before)
        steps = np.bincount(group, positive * precision, minlength=size)
        auc = ratio(won, total.astype(np.float64) * (whole - total))
        return auc, ratio(steps, total)

    def _grouped(self, codes: Array, size: int) -> tuple[Array, Array, Array, Array]:
        """The rows by group and then score: ranks, weights before each, the groups.

        The weights of the positive rows and of all; the places where groups begin, and
        where the last one ends.
        """
        rank, label, weight = self.rank, self.label, self.weight
        counts = np.array([len(rank)])
        if size > 1:
            small = codes.astype(np.uint16)[self.order]
            place = np.argsort(small, kind="stable")  # a radix sort of 16 bits
            rank, label = rank[place], label[place]
            weight = None if weight is None else weight[place]
            counts = np.bincount(small, minlength=size)
        starts = np.concatenate([[0], np.cumsum(counts)])
        if weight is None:
            every = np.arange(len(rank) + 1, dtype=np.int32)
            return rank, _summed(label, np.int32), every, starts
        positives = _summed(label * weight, np.float64)
        return rank, positives, _summed(weight, np.float64), starts


def _summed(values: Array, dtype: type) -> Array:
    found: Array = np.zeros(len(values) + 1, dtype)
    np.cumsum(values, out=found[1:])
    return found
