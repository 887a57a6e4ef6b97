"""Ridge regression of the tips on what is known before the ride."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from fares.tariff import AIRPORTS

Numbers = npt.NDArray[np.float64]


def columns(rides: pd.DataFrame) -> Numbers:
    """The features of each ride, shape (n, 5)."""
    miles = rides["trip_miles"].to_numpy(np.float64)
    angle = 2 * np.pi * rides["trip_start_hour"].to_numpy(np.float64) / 24
    airport = rides["pickup_area"].isin(AIRPORTS) | rides["dropoff_area"].isin(AIRPORTS)
    return np.column_stack(
        [
            np.ones(len(miles)),
            miles,
            np.sin(angle),
            np.cos(angle),
            airport.to_numpy(np.float64),
        ]
    )


def weigh(rides: pd.DataFrame, penalty: float = 0.2) -> Numbers:
    """Least squares with an L2 penalty on all weights but the intercept."""
    features = columns(rides)
    tips = rides["tips"].to_numpy(np.float64)
    ridge = penalty * np.eye(features.shape[1])
    ridge[0, 0] = 0.0
    weights: Numbers = np.linalg.solve(features.T @ features + ridge, features.T @ tips)
    return weights
