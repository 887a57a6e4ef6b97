"""How the statistics of each column moved from one table to another."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TypeAlias

from gate.data import distances
from gate.data.anomalies import Struct
from gate.data.distances import Histogram
from gate.data.statistics import Feature, Statistics

Value: TypeAlias = int | float | str | None


class Move(Struct, frozen=True, kw_only=True):
    """One statistic before and after; None where there is none."""

    name: str
    base: Value
    head: Value


class ColumnMoves(Struct, frozen=True, kw_only=True):
    """What moved in a column, and how far apart its values are.

    `metric` is infinity_norm for texts and jensen_shannon_divergence for numbers, both
    from 0 to 1; `distance` is None where there is nothing to compare.
    """

    feature: str
    moves: tuple[Move, ...] = ()
    metric: str = ""
    distance: float | None = None


def between(base: Statistics, head: Statistics) -> tuple[ColumnMoves, ...]:
    """The columns that both tables have and in which any statistic moved."""
    before = {feature.name: feature for feature in base.features}
    found = (
        _column(before[feature.name], feature, base.num_examples, head.num_examples)
        for feature in head.features
        if feature.name in before
    )
    return tuple(one for one in found if one.moves or one.distance)


def _column(base: Feature, head: Feature, rows: int, rows_now: int) -> ColumnMoves:
    old, new = dict(_values(base, rows)), dict(_values(head, rows_now))
    metric, distance = _distance(base, head)
    names = list(dict.fromkeys([*old, *new]))
    return ColumnMoves(
        feature=head.name,
        moves=tuple(
            Move(name=name, base=old.get(name), head=new.get(name))
            for name in names
            if old.get(name) != new.get(name)
        ),
        metric=metric,
        distance=distance,
    )


def _values(feature: Feature, rows: int) -> Iterator[tuple[str, Value]]:
    """The statistics that are told, by name; a number that is none is a text."""
    yield "missing", feature.num_missing / rows if rows else None
    numeric, textual = feature.numeric, feature.textual
    if numeric:
        for name in ("min", "mean", "median", "max", "std_dev"):
            value = getattr(numeric, name)
            yield name, value if math.isfinite(value) else str(value)
        yield "zeros", numeric.num_zeros / feature.num_non_missing
        yield "nan", numeric.num_nan / feature.num_non_missing
    if textual:
        yield "unique", textual.unique
        text, count = textual.ranked[0]
        yield "top", text
        yield "top_share", count / feature.num_non_missing


def _distance(base: Feature, head: Feature) -> tuple[str, float | None]:
    if base.textual and head.textual and not (base.numeric or head.numeric):
        old, new = dict(base.textual.ranked), dict(head.textual.ranked)
        return "infinity_norm", distances.infinity_norm(old, new).value
    if base.numeric and head.numeric:
        old_bars = Histogram.of(base.numeric.standard, base.numeric.num_nan)
        new_bars = Histogram.of(head.numeric.standard, head.numeric.num_nan)
        value = distances.numbers_divergence(old_bars, new_bars)
        return "jensen_shannon_divergence", value
    return "", None
