"""Reading rides, and their label."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from taxi_tips.rides import RidesError, generous, read_rides


def test_a_ride_without_a_company_is_unknown(rides: pd.DataFrame) -> None:
    assert "unknown" in set(rides["company"])
    assert not rides["company"].isna().any()


def test_a_missing_column_is_named(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "rides.csv"
    rides = pd.read_csv(data / "serving.csv").drop(columns=["fare", "company"])
    rides.to_csv(path, index=False)
    with pytest.raises(RidesError, match="no column fare, company"):
        read_rides(path)


def test_a_file_with_a_header_only_is_refused(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "rides.csv"
    pd.read_csv(data / "serving.csv").head(0).to_csv(path, index=False)
    with pytest.raises(RidesError, match="no rides"):
        read_rides(path)


@pytest.mark.parametrize(
    ("tips", "fare", "label"), [(2.01, 10.0, 1.0), (2.0, 10.0, 0.0), (0.0, 3.25, 0.0)]
)
def test_generous_is_above_a_fifth_of_the_fare(
    tips: float, fare: float, label: float
) -> None:
    assert generous(pd.DataFrame({"tips": [tips], "fare": [fare]})).tolist() == [label]


def test_rides_to_serve_have_no_label(data: Path) -> None:
    with pytest.raises(RidesError, match="no tips"):
        generous(read_rides(data / "serving.csv"))
