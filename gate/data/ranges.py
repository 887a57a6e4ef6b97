"""Bounds of numbers that another sample of the same distribution rarely leaves.

The greatest of n values of a sample is exceeded by the next sample's about every other
time, so bounds need a margin. It is a share of the range, a quarter and more the fewer
values there are (their extremes say less), and at least twice the width of the outer
tenth of the values, which is what tells how far a long tail reaches.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from gate.data.columns import Number
from gate.data.statistics import Numeric

FEWEST = 10  # values from which bounds are told at all
OPEN = 10
_SHARE = 0.25
_FEW = 100  # values at which the share is twice as large
_INT64 = (-(2**63), 2**63 - 1)


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The least and the greatest value that is expected; None where nothing is."""

    min: Number | None = None
    max: Number | None = None


def of(numeric: Numeric, count: int, *, open_end: bool = False) -> Bounds:
    """The bounds for a column that has so many numbers.

    Where nothing is negative nothing may be, and the same for positive numbers. With
    `open_end`, or where all are the same, up to OPEN times as much: that still finds
    milliseconds among seconds, and digits that were typed twice.
    """
    least, most = numeric.min, numeric.max
    if not (math.isfinite(least) and math.isfinite(most)):
        return Bounds()
    if open_end or least == most:
        return _far(least, most, count)
    if count < FEWEST:
        return Bounds()
    below, above = _tails(numeric)
    share = _SHARE * (1 + math.sqrt(_FEW / count))
    low = _beyond(least, max(share * (most - least), 2 * below), -1)
    high = _beyond(most, max(share * (most - least), 2 * above), 1)
    if least >= 0 and low is not None:
        low = max(low, least * 0)
    if most <= 0 and high is not None:
        high = min(high, most * 0)
    return Bounds(min=low, max=high)


def _far(least: Number, most: Number, count: int) -> Bounds:
    if least < 0 or count < FEWEST:
        return Bounds()
    if most == 0:
        return Bounds(min=least * 0)
    far = most * OPEN
    if isinstance(far, int):
        far = min(far, _INT64[1])
    return Bounds(min=least * 0, max=far if math.isfinite(far) else None)


def _tails(numeric: Numeric) -> tuple[float, float]:
    """The widths of the lowest and the highest tenth of the values."""
    buckets = numeric.quantiles
    if not buckets:
        return 0.0, 0.0
    first, last = buckets[0], buckets[-1]
    return first.high - first.low, last.high - last.low


def _beyond(value: Number, margin: float, sign: int) -> Number | None:
    """The value and its margin, rounded outwards to two digits of the margin."""
    if not math.isfinite(margin) or margin <= 0:
        return None
    digits = math.floor(math.log10(margin)) - 1
    if isinstance(value, int):
        step: int = 10 ** max(0, digits)
        far = sign * value + max(1, math.ceil(margin))
        far = sign * -(-far // step) * step
        return min(max(far, _INT64[0]), _INT64[1])
    far_float = value + sign * margin
    if not math.isfinite(far_float) or abs(digits) > 30:
        return None
    scaled = far_float / 10.0**digits
    rounded = math.ceil(scaled) if sign > 0 else math.floor(scaled)
    return round(rounded * 10.0**digits, max(0, -digits))
