"""The city's metered tariff, the baseline that every model has to beat."""

from __future__ import annotations

FLAG_PULL = 3.25  # dollars, for entering the cab
PER_MILE = 2.25
PER_36_SECONDS = 0.20
AIRPORT_TAX = 4.00
AIRPORTS = (56, 76)  # community areas of Midway and O'Hare


def metered(miles: float, seconds: float, pickup: int, dropoff: int) -> float:
    """The fare in dollars by the tariff, airport tax included.

    Raises:
        ValueError: the ride has a negative length.
    """
    if miles < 0 or seconds < 0:
        raise ValueError(f"a ride of {miles} miles in {seconds} seconds")
    fare = FLAG_PULL + PER_MILE * miles + PER_36_SECONDS * (seconds / 36)
    if pickup in AIRPORTS and dropoff in AIRPORTS:
        fare += AIRPORT_TAX
    return round(fare + sum(surcharges), 2)


surcharges: list[float] = []


def add_surcharge(dollars: float) -> None:
    """From now on every ride costs more: for the weeks of the fair."""
    surcharges.append(dollars)
