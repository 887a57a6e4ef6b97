"""Ridge regression of the fare on what is known before the ride."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from fares.tariff import AIRPORTS

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    """Weights of shape (features,), the intercept first."""

    weights: Floats

    def predict(self, rides: pd.DataFrame) -> Floats:
        """The fare of each ride in dollars, shape (n,)."""
        fare: Floats = design(rides) @ self.weights
        return fare


def design(rides: pd.DataFrame) -> Floats:
    """The features of each ride, shape (n, 5)."""
    miles = rides["trip_miles"].to_numpy(np.float64)
    angle = 2 * np.pi * rides["trip_start_hour"].to_numpy(np.float64) / 24
    airport = rides["pickup_area"].isin(AIRPORTS) | rides["dropoff_area"].isin(AIRPORTS)
    return np.column_stack(
        [np.ones(len(miles)), miles, np.sin(angle), np.cos(angle),
         airport.to_numpy(np.float64)]
    )


def fit(rides: pd.DataFrame, penalty: float = 0.1) -> Model:
    """Least squares with an L2 penalty on all weights but the intercept."""
    features = design(rides)
    fare = rides["fare"].to_numpy(np.float64)
    ridge = penalty * np.eye(features.shape[1])
    ridge[0, 0] = 0.0
    weights = np.linalg.solve(features.T @ features + ridge, features.T @ fare)
    return Model(weights=weights)


def mean_absolute_error(model: Model, rides: pd.DataFrame) -> float:
    """How many dollars an estimate is off on average."""
    errors = model.predict(rides) - rides["fare"].to_numpy(np.float64)
    return float(np.abs(errors).mean())
