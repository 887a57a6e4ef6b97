"""The regression on rides whose fares are known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fares.regression import Model, fit, mean_absolute_error


def town_rides(count: int = 60) -> pd.DataFrame:
    random = np.random.default_rng(11)
    rides = pd.DataFrame({"trip_miles": random.uniform(0.5, 9.0, count).round(1)})
    rides["trip_start_hour"] = random.integers(0, 24, count)
    rides["pickup_area"] = random.choice([6, 8, 32, 76], count)
    rides["dropoff_area"] = 28
    airport = rides["pickup_area"] == 76
    rides["fare"] = 3.25 + 2.25 * rides["trip_miles"] + 4.0 * airport
    return rides


@pytest.fixture
def reference() -> Model:
    """The weights of the release that is in production."""
    path = Path(__file__).parent / "weights-0.2.json"
    return Model(weights=np.array(json.loads(path.read_text(encoding="utf-8"))))


def test_a_tariff_without_noise_is_found() -> None:
    weights = fit(town_rides(), penalty=1e-9).weights
    np.testing.assert_allclose(weights, [3.25, 2.25, 0, 0, 4.0], atol=1e-6)


def test_the_error_of_a_free_ride_is_its_fare() -> None:
    rides = town_rides()
    free = Model(weights=np.zeros(5))
    assert mean_absolute_error(free, rides) == pytest.approx(rides["fare"].mean())


def test_the_new_weights_are_close_to_production(reference: Model) -> None:
    assert fit(town_rides()).weights == pytest.approx(reference.weights, abs=0.2)
