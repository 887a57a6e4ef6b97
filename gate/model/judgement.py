"""What is said of a model when it is judged, and how numbers are written in it."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

from gate.model.significance import Interval

# Sums of floats are rounded: a bound is broken by more than this, relative to it.
_ROUNDING = 1e-12
_GREAT = 1e15  # numbers are written with an exponent from here on


class State(str, enum.Enum):
    """How one rule came out."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    TOO_LITTLE = "not enough data"


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """One rule on all rows, or on one slice.

    `rule` is a word that stays (`metric-below`), `message` one line. `slice` is
    `column=value`, or empty; `bound` what `value` is held to, of `n` rows.
    """

    rule: str
    state: State
    message: str
    slice: str = ""
    metric: str = ""
    value: float | None = None
    bound: float | None = None
    n: int | None = None


def below(value: float, bound: float) -> bool:
    """Whether a value breaks a least one."""
    return bound - value > _ROUNDING * max(1.0, abs(bound))


def above(value: float, bound: float) -> bool:
    """Whether a value breaks a greatest one."""
    return value - bound > _ROUNDING * max(1.0, abs(bound))


def numbers(*values: float, digits: int = 3) -> list[str]:
    """Values as texts that can be compared: unequal ones differ.

    With so many decimals, or fewer where they are great.
    """
    most = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    digits = max(0, digits - max(0, len(str(int(min(most, _GREAT)))) - 1))
    if most >= _GREAT:
        return [f"{value:.6g}" for value in values]
    for more in range(digits, digits + 9):
        texts = [f"{value:,.{more}f}" for value in values]
        if len(set(texts)) == len(set(values)):
            break
    return texts


def rows(n: int) -> str:
    """`1 row`, `2,381 rows`."""
    return f"{n:,} row" if n == 1 else f"{n:,} rows"


def chance(p_value: float) -> str:
    """`p = 0.51`, `p = 0.034`, `p < 0.001`."""
    if p_value < 0.001:
        return "p < 0.001"
    return f"p = {p_value:.2f}" if p_value >= 0.095 else f"p = {p_value:.3f}"


def sure(interval: Interval | None, digits: int = 3) -> str:
    """`, 95% CI 0.827-0.856`, or nothing."""
    if interval is None:
        return ""
    low, high = numbers(*interval, digits=digits)
    return f", 95% CI {low}-{high}" if interval[0] >= 0 else f", 95% CI {low} to {high}"
