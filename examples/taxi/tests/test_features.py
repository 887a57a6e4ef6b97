"""What the model sees of a ride."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from taxi_tips.features import MIN_RIDES, Encoder
from taxi_tips.rides import Floats, read_rides


def column(encoder: Encoder, rides: pd.DataFrame, name: str) -> Floats:
    return encoder.transform(rides)[:, encoder.names.index(name)]


def test_every_column_has_a_name(rides: pd.DataFrame) -> None:
    encoder = Encoder.fit(rides)
    assert encoder.transform(rides).shape == (len(rides), len(encoder.names))


def test_numbers_are_standardised_on_the_training_rides(rides: pd.DataFrame) -> None:
    fares = column(Encoder.fit(rides), rides, "fare")
    np.testing.assert_allclose([fares.mean(), fares.std()], [0, 1], atol=1e-12)


def test_a_missing_duration_becomes_the_median(rides: pd.DataFrame) -> None:
    encoder = Encoder.fit(rides)
    gap = rides.head(1).assign(trip_seconds=np.nan)
    median = rides.head(1).assign(trip_seconds=rides["trip_seconds"].median())
    np.testing.assert_array_equal(encoder.transform(gap), encoder.transform(median))


def test_no_value_is_missing_in_rides_to_serve(rides: pd.DataFrame, data: Path) -> None:
    serving = read_rides(data / "serving.csv")
    assert np.isfinite(Encoder.fit(rides).transform(serving)).all()


def test_a_payment_never_seen_counts_as_rare(rides: pd.DataFrame) -> None:
    encoder = Encoder.fit(rides)
    ride = rides.head(1).assign(payment_type="Mobile")
    assert column(encoder, ride, "payment_type=rare").tolist() == [1.0]
    assert column(encoder, ride, "payment_type=Cash").tolist() == [0.0]


def test_only_frequent_categories_get_a_column(rides: pd.DataFrame) -> None:
    for name, values in Encoder.fit(rides).categories.items():
        assert rides[name].value_counts()[values].min() >= MIN_RIDES


def test_midnight_is_close_to_eleven_at_night(rides: pd.DataFrame) -> None:
    encoder = Encoder.fit(rides)
    hours = rides.head(3).assign(trip_start_hour=[0, 23, 12])
    night, late, noon = encoder.transform(hours)
    assert np.abs(night - late)[3:5].max() < 0.3 < np.abs(night - noon)[3:5].max()


def test_a_ride_to_ohare_is_an_airport_ride(rides: pd.DataFrame) -> None:
    ride = rides.head(1).assign(pickup_community_area=8, dropoff_community_area=76)
    assert column(Encoder.fit(rides), ride, "airport").tolist() == [1.0]
