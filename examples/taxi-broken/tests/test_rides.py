"""Reading the weekly export."""

from __future__ import annotations

from pathlib import Path

import pytest

from fares.rides import RidesError, area_of, read_rides


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "week.csv"
    path.write_text("trip_miles,trip_start_hour\n1.2,9\n", encoding="utf-8")
    with pytest.raises(RidesError, match="week.csv: no column pickup_area"):
        read_rides(path)


def test_the_area_stands_at_the_end_of_the_address() -> None:
    assert area_of("233 S Wacker Dr (32)") == 32
