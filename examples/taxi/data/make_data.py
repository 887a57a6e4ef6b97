"""Write train.csv, eval.csv and serving.csv: rides that look like Chicago's.

The city's own extract is too large for a repository and changes between downloads,
so the experiments run on rides drawn from what we know about it: where people are
picked up, how far they go, who pays by card and how they tip. The same seed gives
the same bytes on every machine; only the standard library is used.
"""

from __future__ import annotations

import argparse
import csv
import math
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

# community area: latitude, longitude, share of the pickups
AREAS = {
    3: (41.9659, -87.6558, 3),
    6: (41.9442, -87.6559, 9),
    7: (41.9227, -87.6498, 8),
    8: (41.8996, -87.6337, 30),
    24: (41.9012, -87.6764, 5),
    28: (41.8786, -87.6572, 12),
    32: (41.8810, -87.6298, 20),
    33: (41.8571, -87.6202, 4),
    41: (41.7943, -87.5923, 2),
    56: (41.7859, -87.7510, 2),
    76: (41.9790, -87.9030, 4),
    77: (41.9867, -87.6634, 1),
}
AIRPORTS = (56, 76)

PAYMENTS = {
    "Cash": 0.560,
    "Credit Card": 0.415,
    "No Charge": 0.012,
    "Unknown": 0.009,
    "Dispute": 0.004,
}

# "" is a ride of an independent driver, who reports no company.
COMPANIES = {
    "": 34,
    "Taxi Affiliation Services": 28,
    "Dispatch Taxi Affiliation": 12,
    "Blue Ribbon Taxi Association Inc.": 7,
    "Choice Taxi Association": 6,
    "Northwest Management LLC": 5,
    "KOAM Taxi Association": 4,
    "Top Cab Affiliation": 3,
    "Chicago Medallion Leasing INC": 1,
}

COLUMNS = (
    "trip_start_month",
    "trip_start_day",
    "trip_start_hour",
    "pickup_community_area",
    "dropoff_community_area",
    "pickup_latitude",
    "pickup_longitude",
    "trip_miles",
    "trip_seconds",
    "fare",
    "payment_type",
    "company",
    "tips",
)

FILES = {"train.csv": 1500, "eval.csv": 500, "serving.csv": 500}


def miles_between(pickup: int, dropoff: int, rng: random.Random) -> float:
    """A driven distance: the straight line, a third longer, and some luck."""
    north = (AREAS[pickup][0] - AREAS[dropoff][0]) * 69.0
    east = (AREAS[pickup][1] - AREAS[dropoff][1]) * 51.5
    return 1.3 * math.hypot(north, east) * rng.uniform(0.9, 1.3) + rng.uniform(0.3, 1.2)


def tip_for(ride: dict[str, float], payment: str, rng: random.Random) -> float:
    """Only card tips are recorded; on long evening rides people tip more."""
    if payment != "Credit Card" or rng.random() < 0.06:
        return 0.0
    evening = ride["hour"] >= 18 or ride["hour"] < 2
    rate = 0.21 + 0.04 * evening - 0.02 * math.log1p(ride["miles"])
    rate += 0.09 * ride["airport"] + rng.gauss(0, 0.05)
    return max(0.0, rate) * ride["fare"]


def draw_ride(rng: random.Random) -> list[str]:
    """One ride, formatted as in the city's extract."""
    weights = [share for _, _, share in AREAS.values()]
    pickup, dropoff = rng.choices(list(AREAS), weights, k=2)
    latitude, longitude, _ = AREAS[pickup]
    hour = int(rng.gauss(15.5, 5.5)) % 24
    miles = miles_between(pickup, dropoff, rng)
    seconds = 60 * max(1, round(miles * rng.uniform(2.2, 5.0)))
    airport = pickup in AIRPORTS or dropoff in AIRPORTS
    fare = round((3.25 + 2.25 * miles + seconds / 180 + 4 * airport) * 4) / 4
    (payment,) = rng.choices(list(PAYMENTS), list(PAYMENTS.values()))
    (company,) = rng.choices(list(COMPANIES), list(COMPANIES.values()))
    ride = {"hour": hour, "miles": miles, "fare": fare, "airport": float(airport)}
    return [
        str(1 + int(12 * rng.random())),
        str(1 + int(7 * rng.random())),
        str(hour),
        str(pickup),
        str(dropoff) if rng.random() > 0.03 else "",
        f"{latitude + rng.uniform(-0.005, 0.005):.5f}",
        f"{longitude + rng.uniform(-0.005, 0.005):.5f}",
        f"{miles:.1f}",
        str(seconds) if rng.random() > 0.002 else "",
        f"{fare:.2f}",
        payment,
        company,
        f"{tip_for(ride, payment, rng):.2f}",
    ]


def draw_rides(count: int, seed: str) -> Iterator[list[str]]:
    """`count` rides; the seed alone decides which."""
    rng = random.Random(seed)
    for _ in range(count):
        yield draw_ride(rng)


def write_files(folder: Path, seed: int) -> None:
    """Write the three files; at serving time the tip is not known yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, count in FILES.items():
        width = len(COLUMNS) - (name == "serving.csv")
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS[:width])
            for ride in draw_rides(count, f"{name}-{seed}"):
                writer.writerow(ride[:width])


def main(argv: Sequence[str] | None = None) -> None:
    """Read the command line and write the files."""
    parser = argparse.ArgumentParser(description="Write the three data files.")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent)
    parser.add_argument("--seed", type=int, default=2015)
    arguments = parser.parse_args(argv)
    write_files(arguments.output, arguments.seed)


if __name__ == "__main__":
    main()
