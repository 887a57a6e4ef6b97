"""Rides from the dispatch system's weekly export."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

COLUMNS = ("trip_miles", "trip_start_hour", "pickup_area", "dropoff_area")


class RidesError(ValueError):
    """The file does not hold rides."""


def read_rides(path: Path) -> pd.DataFrame:
    """Read an export.

    Raises:
        RidesError: a column that the model needs is missing.
    """
    rides = pd.read_csv(path)
    missing = [name for name in COLUMNS if name not in rides.columns]
    if missing:
        raise RidesError(f"{path.name}: no column {', '.join(missing)}")
    return rides


def area_of(address: str) -> int:
    """The community area at the end of an address such as `233 S Wacker Dr (32)`."""
    return int(re.search(r"\((\d+)\)$", address).group(1))
