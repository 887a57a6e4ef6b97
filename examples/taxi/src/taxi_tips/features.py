"""From rides to the matrix that the model sees, learned on the training rides only."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from taxi_tips.rides import AREAS, CATEGORICAL, NUMERIC, Floats

AIRPORTS = (56, 76)  # community areas of Midway and O'Hare
MIN_RIDES = 20  # a category seen less often shares a column with all the rare ones


@dataclass(frozen=True)
class Encoder:
    """What the features remember of the training rides.

    `median`, `mean` and `scale` hold one number for each of NUMERIC; `categories` the
    values of each of CATEGORICAL that have a column of their own.
    """

    median: dict[str, float]
    mean: dict[str, float]
    scale: dict[str, float]
    categories: dict[str, list[str]]

    @classmethod
    def fit(cls, rides: pd.DataFrame) -> Encoder:
        """Learn medians, scales and frequent categories."""
        median, mean, scale = {}, {}, {}
        for name in NUMERIC:
            median[name] = float(rides[name].median())
            values = _logarithm(rides, name, median[name])
            mean[name] = float(values.mean())
            scale[name] = float(values.std()) or 1.0
        categories = {}
        for name in CATEGORICAL:
            counts = rides[name].value_counts()
            categories[name] = sorted(counts[counts >= MIN_RIDES].index)
        return cls(median, mean, scale, categories)

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Encoder:
        """The inverse of `to_dict`."""
        return cls(**state)

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return asdict(self)

    @property
    def names(self) -> list[str]:
        """The name of each column of `transform`."""
        names = [*NUMERIC, "hour_sin", "hour_cos", "weekend", "airport"]
        for name in CATEGORICAL:
            names += [f"{name}={value}" for value in [*self.categories[name], "rare"]]
        return names

    def transform(self, rides: pd.DataFrame) -> Floats:
        """The features of each ride, shape (n, len(names))."""
        columns = [
            (_logarithm(rides, name, self.median[name]) - self.mean[name])
            / self.scale[name]
            for name in NUMERIC
        ]
        angle = 2 * np.pi * rides["trip_start_hour"].to_numpy(np.float64) / 24
        columns += [np.sin(angle), np.cos(angle)]
        # The city counts the days of the week from Sunday = 1.
        columns.append(rides["trip_start_day"].isin((1, 7)).to_numpy(np.float64))
        airport = rides[list(AREAS)].isin(AIRPORTS).any(axis=1)
        columns.append(airport.to_numpy(np.float64))
        for name in CATEGORICAL:
            known = self.categories[name]
            columns += [(rides[name] == value).to_numpy(np.float64) for value in known]
            columns.append((~rides[name].isin(known)).to_numpy(np.float64))
        return np.column_stack(columns)


def _logarithm(rides: pd.DataFrame, name: str, median: float) -> Floats:
    values: Floats = rides[name].fillna(median).to_numpy(np.float64)
    return np.log1p(values)
