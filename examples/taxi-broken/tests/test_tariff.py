"""The tariff against receipts."""

from __future__ import annotations

import pytest

from fares.tariff import metered


@pytest.mark.parametrize(
    ("miles", "minutes", "fare"), [(0.0, 0, 3.25), (2.0, 9, 10.75), (4.4, 18, 19.15)]
)
def test_a_ride_in_town(miles: float, minutes: int, fare: float) -> None:
    assert metered(miles, 60 * minutes, pickup=8, dropoff=32) == fare


def test_a_ride_from_ohare_pays_the_airport_tax() -> None:
    in_town = metered(17.5, 2400, pickup=8, dropoff=32)
    assert metered(17.5, 2400, pickup=76, dropoff=32) == in_town + 4.00


def test_a_negative_distance_is_refused() -> None:
    with pytest.raises(ValueError, match='-1.0 miles'):
        metered(-1.0, 60, pickup=8, dropoff=32)
