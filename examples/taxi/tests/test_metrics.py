"""Metrics against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from taxi_tips import metrics

LABELS = np.array([1.0, 0.0, 1.0, 0.0])
PREDICTED = np.array([0.9, 0.4, 0.4, 0.1])


def test_accuracy_counts_the_right_side_of_the_threshold() -> None:
    assert metrics.accuracy(LABELS, PREDICTED) == 0.75
    assert metrics.accuracy(LABELS, PREDICTED, threshold=0.4) == 0.75
    assert metrics.accuracy(LABELS, PREDICTED, threshold=0.95) == 0.5


def test_log_loss_is_the_mean_negative_log_likelihood() -> None:
    expected = -sum(map(math.log, (0.9, 0.6, 0.4, 0.9))) / 4
    assert metrics.log_loss(LABELS, PREDICTED) == pytest.approx(expected)


def test_log_loss_of_a_certain_mistake_is_finite() -> None:
    assert metrics.log_loss(np.array([1.0]), np.array([0.0])) < 30


def test_a_tie_counts_half_in_the_area_under_the_curve() -> None:
    assert metrics.area_under_roc(LABELS, PREDICTED) == 3.5 / 4


def test_one_kind_of_ride_has_no_area_under_the_curve() -> None:
    assert metrics.area_under_roc(np.ones(2), PREDICTED[:2]) is None


def test_slices_cover_all_rides() -> None:
    rides = pd.DataFrame({"payment_type": ["Cash", "Cash", "Credit Card", "Cash"]})
    slices = metrics.summarise_slices(rides, LABELS, PREDICTED, "payment_type")
    assert [found["rides"] for found in slices.values()] == [3, 1]
    assert slices["Credit Card"]["auc"] is None
