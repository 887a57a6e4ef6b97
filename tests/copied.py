"""Code that tests make copies of."""

from __future__ import annotations

MEAN_FARE = '''\
def mean_fare(rides, areas):
    """What a ride costs in each area."""
    totals, counts = {}, {}
    for ride in rides:
        if ride.area not in areas:
            continue
        fare = ride.fare + 0.5 * ride.tips
        totals[ride.area] = totals.get(ride.area, 0) + fare
        counts[ride.area] = counts.get(ride.area, 0) + 1
    return {area: totals[area] / counts[area] for area in sorted(totals)}
'''
