"""Which way a changed field of a schema goes: to ask for more, or for less.

Tightened means that every table which the new schema accepts, the old one accepted.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec


class Effect(enum.Enum):
    """Whether a schema asks for more than before, for less, or for the same."""

    TIGHTENED = "tightened"
    LOOSENED = "loosened"
    NEUTRAL = "neutral"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One field: its path (`feature[age].int_domain.max`), was, is; empty if unset."""

    path: str
    was: str
    now: str
    effect: Effect


_MOST = math.inf
_RISING, _FALLING = 1, -1

# Numbers: whether a greater one is tighter, and what an unset one means.
_BOUNDS: Mapping[str, tuple[int, float]] = {
    "presence.min_fraction": (_RISING, 0.0),
    "presence.min_count": (_RISING, 0),
    "value_count.min": (_RISING, 0),
    "value_count.max": (_FALLING, _MOST),
    "int_domain.min": (_RISING, -_MOST),
    "int_domain.max": (_FALLING, _MOST),
    "float_domain.min": (_RISING, -_MOST),
    "float_domain.max": (_FALLING, _MOST),
    "float_domain.disallow_nan": (_RISING, False),
    "float_domain.disallow_inf": (_RISING, False),
    "unique_constraints.min": (_RISING, 0),
    "unique_constraints.max": (_FALLING, _MOST),
    "distribution_constraints.min_domain_mass": (_RISING, 1.0),
    "min_examples_count": (_RISING, 0),
    "max_examples_count": (_FALLING, _MOST),
    "min_fraction_threshold": (_RISING, 0.0),
    "max_fraction_threshold": (_FALLING, _MOST),
    "threshold": (_FALLING, _MOST),
    "min_fraction": (_RISING, 1.0),  # of a rule
}
_NAMES = frozenset(("int_domain.name", "float_domain.name", "bool_domain.name"))
# Set or not, what they change has no direction.
_UNCLEAR = frozenset(
    "type int_domain.is_categorical bool_domain.true_value"
    " bool_domain.false_value".split()
)
_LAST = frozenset(
    "threshold min_examples_count max_examples_count"
    " min_fraction_threshold max_fraction_threshold".split()
)


def of(key: str, was: Any, now: Any) -> Effect:
    """The effect of a change; where it has no direction, it is a loosening.

    `key` is the dotted path of a field in a feature, a rule or the constraints of the
    dataset; None is unset.
    """
    known = _bound(key, was, now)
    if known is not None:
        return known
    if key in _NAMES:
        return Effect.NEUTRAL
    if key in _UNCLEAR:
        return Effect.LOOSENED
    if key in ("time_domain.min", "time_domain.max"):
        return _moment(key.endswith("min"), was, now)
    return Effect.TIGHTENED if was is None else Effect.LOOSENED


def _bound(key: str, was: Any, now: Any) -> Effect | None:
    """The effect of a changed number, None where the key is of none."""
    last = key.rpartition(".")[2]
    rule = _BOUNDS.get(key) or (_BOUNDS.get(last) if last in _LAST else None)
    if rule is None:
        return None
    sign, unset = rule
    before, after = (unset if value is None else value for value in (was, now))
    if before == after:
        return Effect.NEUTRAL
    # NaN is neither: nothing exceeds it.
    return Effect.TIGHTENED if sign * after > sign * before else Effect.LOOSENED


def _moment(least: bool, was: str | None, now: str | None) -> Effect:
    if was is None or now is None:
        return Effect.TIGHTENED if was is None else Effect.LOOSENED
    try:
        before, after = datetime.fromisoformat(was), datetime.fromisoformat(now)
        tighter = after >= before if least else after <= before
    except (ValueError, TypeError):  # no date, or only one of them has a zone
        return Effect.LOOSENED
    return Effect.TIGHTENED if tighter else Effect.LOOSENED
