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
        runs = self._runs(codes, size)
        start, end = runs.first, runs.last
        positive = runs.positives[end] - runs.positives[start]
        some = positive > 0
        start, end, positive = start[some], end[some], positive[some]
        group = runs.group[some]
        first = runs.starts[group]
        before = runs.positives[start] - runs.positives[first]
        all_before = runs.all[start] - runs.all[first]
        negative = (runs.all[end] - runs.all[start]) - positive
        pairs = positive * ((all_before - before) + 0.5 * negative)
        total = runs.positives[runs.starts[1:]] - runs.positives[runs.starts[:-1]]
        whole = runs.all[runs.starts[1:]] - runs.all[runs.starts[:-1]]
        won = np.bincount(group, pairs, minlength=size)
        precision = (total[group] - before) / (whole[group] - all_before)
        steps = np.bincount(group, positive * precision, minlength=size)
        return ratio(won, total * (whole - total)), ratio(steps, total)

    def _runs(self, codes: Array, size: int) -> _Runs:
        rank, label, weight = self.rank, self.label, self.weight
        change = np.ones(len(rank) + 1, bool)
        counts = np.array([len(rank)])
        if size > 1:
            small = codes.astype(np.uint16)[self.order]
            place = np.argsort(small, kind="stable")  # a radix sort of 16 bits
            rank, label = rank[place], label[place]
            weight = None if weight is None else weight[place]
            counts = np.bincount(small, minlength=size)
        np.not_equal(rank[1:], rank[:-1], out=change[1:-1])
        starts = np.concatenate([[0], np.cumsum(counts)])
        change[starts] = True
        edges = np.flatnonzero(change)
        first, last = edges[:-1], edges[1:]
        group = np.searchsorted(starts, first, side="right") - 1
        if weight is None:
            positives = _summed(label, np.int32)
            every = np.arange(len(rank) + 1, dtype=np.int32)
        else:
            positives = _summed(label * weight, np.float64)
            every = _summed(weight, np.float64)
        return _Runs(first, last, group, starts, positives, every)


class _Runs:
    """Runs of equal scores within a group.

    `first` and `last` are where they begin and end, `group` whose they are, `starts`
    where groups begin and the last one ends; `positives` and `all` are the weights
    before each place.
    """

    def __init__(
        self,
        first: Array,
        last: Array,
        group: Array,
        starts: Array,
        positives: Array,
        every: Array,
    ) -> None:
        self.first = first
        self.last = last
        self.group = group
        self.starts = starts
        self.positives = positives
        self.all = every


def _summed(values: Array, dtype: type) -> Array:
    found: Array = np.zeros(len(values) + 1, dtype)
    np.cumsum(values, out=found[1:])
    return found
