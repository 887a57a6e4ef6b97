"""Rides as the rest of the package expects them: their columns and their label."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

GENEROUS = 0.20  # a tip above this share of the fare

NUMERIC = ("trip_miles", "trip_seconds", "fare")
CATEGORICAL = ("payment_type", "company")
CALENDAR = ("trip_start_month", "trip_start_day", "trip_start_hour")
AREAS = ("pickup_community_area", "dropoff_community_area")
REQUIRED = NUMERIC + CATEGORICAL + CALENDAR + AREAS


class RidesError(ValueError):
    """The file does not hold rides."""


def read_rides(path: Path) -> pd.DataFrame:
    """Read a CSV of rides; a missing category becomes `unknown`.

    Raises:
        RidesError: a column that the features need is missing, or there are no rides.
    """
    rides = pd.read_csv(path)
    missing = [name for name in REQUIRED if name not in rides.columns]
    if missing:
        raise RidesError(f"{path}: no column {', '.join(missing)}")
    if rides.empty:
        raise RidesError(f"{path}: no rides")
    for name in CATEGORICAL:
        rides[name] = rides[name].fillna("unknown").astype(str)
    return rides


def generous(rides: pd.DataFrame) -> Floats:
    """1.0 for each ride whose tip is above a fifth of its fare, else 0.0; shape (n,).

    Raises:
        RidesError: the tips are not there, as at serving time.
    """
    if "tips" not in rides.columns:
        raise RidesError("the rides carry no tips: they cannot be used as labels")
    label: Floats = (rides["tips"] > GENEROUS * rides["fare"]).to_numpy(np.float64)
    return label
