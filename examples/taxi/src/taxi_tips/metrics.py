"""How good the predictions are, over all rides and in slices of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from taxi_tips.rides import Floats


def log_loss(labels: Floats, predicted: Floats) -> float:
    """The mean negative log likelihood, in nats."""
    p = np.clip(predicted, 1e-12, 1 - 1e-12)
    return float(-np.mean(labels * np.log(p) + (1 - labels) * np.log(1 - p)))


def accuracy(labels: Floats, predicted: Floats, threshold: float = 0.5) -> float:
    """The share of rides on the right side of the threshold."""
    return float(np.mean((predicted >= threshold) == (labels == 1)))


def area_under_roc(labels: Floats, predicted: Floats) -> float | None:
    """The chance that a generous ride scores above another one; ties count half.

    None where only one kind of ride is there.
    """
    positives = int(labels.sum())
    negatives = len(labels) - positives
    if positives == 0 or negatives == 0:
        return None
    ranks: Floats = pd.Series(predicted).rank().to_numpy(np.float64)
    above = float(ranks[labels == 1].sum()) - positives * (positives + 1) / 2
    return above / (positives * negatives)


def summarise(labels: Floats, predicted: Floats) -> dict[str, float | None]:
    """All metrics of one set of rides, rounded for a file that people read."""
    auc = area_under_roc(labels, predicted)
    return {
        "rides": int(labels.shape[0]),
        "generous": round(float(labels.mean()), 4),
        "accuracy": round(accuracy(labels, predicted), 4),
        "log_loss": round(log_loss(labels, predicted), 4),
        "auc": None if auc is None else round(auc, 4),
    }


def summarise_slices(
    rides: pd.DataFrame, labels: Floats, predicted: Floats, column: str
) -> dict[str, dict[str, float | None]]:
    """The metrics of each group of rides that share a value of `column`."""
    slices = {}
    for value in sorted(rides[column].unique()):
        member = (rides[column] == value).to_numpy(bool)
        slices[str(value)] = summarise(labels[member], predicted[member])
    return slices
