"""The metrics of numbers: how far the predictions are off."""

from __future__ import annotations

import numpy as np

from gate.data.columns import Array
from gate.model.metrics import Groups, Measured, Measurer, measured, ratio
from gate.model.slicing import Slices


class Regression(Measurer):
    """Measures predictions of numbers; an error is the prediction less the label."""

    def measure(self, slices: Slices | None = None) -> tuple[Measured, ...]:
        """The metrics on each slice; see `gate.model.metrics.measure`."""
        groups = self.groups(slices)
        error = self.predictions.predicted - self.label
        absolute = np.abs(error)
        mse = groups.mean(error * error)
        most = np.full(groups.size, np.nan)
        if groups.row_weight is None:
            most = np.zeros(groups.size)
            np.maximum.at(most, groups.codes, absolute)
        else:
            some = groups.row_weight > 0
            np.fmax.at(most, groups.codes[some], absolute[some])
        columns = {
            "mean_error": groups.mean(error),
            "mae": groups.mean(absolute),
            "mse": mse,
            "rmse": np.sqrt(mse),
            "median_error": medians(groups, error),
            "median_absolute_error": medians(groups, absolute),
            "median_squared_error": medians(groups, error * error),
            "max_error": most,
            "r2": self._r2(groups, mse),
        }
        return measured(groups, columns)

    def _r2(self, groups: Groups, mse: Array) -> Array:
        mean = groups.mean(self.label)
        off = self.label - mean[groups.codes]
        spread = groups.mean(off * off)
        # Of equal labels the mean may be rounded, so that they seem to vary.
        least = np.full(groups.size, np.inf)
        most = -least
        np.minimum.at(least, groups.codes, self.label)
        np.maximum.at(most, groups.codes, self.label)
        spread = np.where(least == most, 0, spread)
        return 1 - ratio(mse, spread)


def medians(groups: Groups, values: Array) -> Array:
    """The median of each group: of an even number the mean of the middle two.

    With weights it is where half of the weight is below: the mean of two values if
    that is between them.
    """
    order = np.lexsort((values, groups.codes))
    ordered = values[order]
    ends = np.cumsum(groups.counts)
    found = np.full(groups.size, np.nan)
    weight = None if groups.row_weight is None else groups.row_weight[order]
    for i, (count, end) in enumerate(zip(groups.counts.tolist(), ends.tolist())):
        part = ordered[end - count : end]
        if weight is None:
            if count:
                found[i] = (part[(count - 1) // 2] + part[count // 2]) / 2
        else:
            found[i] = _weighted_median(part, weight[end - count : end])
    return found


def _weighted_median(ordered: Array, weight: Array) -> float:
    some = weight > 0
    ordered, weight = ordered[some], weight[some]
    if not len(ordered):
        return float("nan")
    below = np.cumsum(weight)
    half = below[-1] / 2
    low = int(np.searchsorted(below, half, side="left"))
    high = int(np.searchsorted(below, half, side="right"))
    return float((ordered[low] + ordered[min(high, len(ordered) - 1)]) / 2)
