"""How far metrics differ between slices: fairlearn's differences, ratios and parities.

A slice on which a metric is undefined is left out of it and named. fairlearn takes 0
for some of them and leaves out others, by how the metric is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gate.model.metrics import METRICS, Measured
from gate.model.slicing import Slices
from gate.model.spec import Task

Values = Sequence[tuple[str, float]]  # slice, value


@dataclass(frozen=True, kw_only=True)
class Gap:
    """How far one metric differs between slices; None where nothing can be said.

    `low` and `high` are the slices with the least and the greatest value, the first of
    equals. `ratio` is the least value by the greatest, None where that is not above 0
    or some value is below it. `to_overall` are the greatest difference and the least
    ratio of a slice and all rows. `undefined` are the slices without a value.
    """

    metric: str
    low: str = ""
    high: str = ""
    least: float | None = None
    most: float | None = None
    difference: float | None = None
    ratio: float | None = None
    difference_to_overall: float | None = None
    ratio_to_overall: float | None = None
    undefined: tuple[str, ...] = ()


def gap(
    metric: str,
    names: Iterable[str],
    by_slice: Iterable[Measured],
    overall: Measured | None = None,
) -> Gap:
    """How far a metric differs between slices, and from all rows."""
    pairs = [
        (name, one.values[metric]) for name, one in zip(names, by_slice, strict=True)
    ]
    undefined = tuple(name for name, value in pairs if value is None)
    values = [(name, value) for name, value in pairs if value is not None]
    if not values:
        return Gap(metric=metric, undefined=undefined)
    low = min(values, key=lambda pair: pair[1])
    high = max(values, key=lambda pair: pair[1])
    whole = overall.values[metric] if overall else None
    apart = [abs(value - whole) for _, value in values] if whole is not None else []
    ratios = [_below_one(value, whole) for _, value in values if whole is not None]
    known = [ratio for ratio in ratios if ratio is not None]
    return Gap(
        metric=metric,
        low=low[0],
        high=high[0],
        least=low[1],
        most=high[1],
        difference=high[1] - low[1],
        ratio=_below_one(low[1], high[1]),
        difference_to_overall=max(apart, default=None),
        ratio_to_overall=min(known, default=None),
        undefined=undefined,
    )


def _below_one(one: float, other: float) -> float | None:
    """The smaller by the greater; None of two zeros, and of what is below 0."""
    low, high = sorted((one, other))
    return low / high if low >= 0 and high > 0 else None


def compared(task: Task) -> tuple[str, ...]:
    """The metrics of a task that are compared between slices: all but counts."""
    counts = ("tp", "fp", "fn", "tn")
    return tuple(
        name
        for name, one in METRICS.items()
        if task in one.tasks and name not in counts
    )


@dataclass(frozen=True, eq=False)
class Gaps:
    """The gaps of all metrics between the slices of one entry, by metric."""

    column: str
    by_metric: dict[str, Gap]

    def to_json(self) -> dict[str, Any]:
        """Plain values, by fairlearn's names."""
        gaps = self.by_metric

        def each(field: str) -> dict[str, float | None]:
            return {name: getattr(one, field) for name, one in gaps.items()}

        found: dict[str, Any] = {
            "difference_between_groups": each("difference"),
            "difference_to_overall": each("difference_to_overall"),
            "ratio_between_groups": each("ratio"),
            "ratio_to_overall": each("ratio_to_overall"),
            "group_min": each("least"),
            "group_max": each("most"),
            **self._parities(),
        }
        undefined = {name: one.undefined for name, one in gaps.items() if one.undefined}
        if undefined:
            found["undefined_slices"] = undefined
        return found

    def _parities(self) -> dict[str, float | None]:
        if "selection_rate" not in self.by_metric:
            return {}
        chosen, recall, fpr = (
            self.by_metric[name] for name in ("selection_rate", "recall", "fpr")
        )
        differences = [one.difference for one in (recall, fpr)]
        ratios = [one.ratio for one in (recall, fpr)]
        return {
            "demographic_parity_difference": chosen.difference,
            "demographic_parity_ratio": chosen.ratio,
            "equalized_odds_difference": _of_all(max, differences),
            "equalized_odds_ratio": _of_all(min, ratios),
            "equal_opportunity_difference": recall.difference,
            "equal_opportunity_ratio": recall.ratio,
        }


def _of_all(choose: Any, values: list[float | None]) -> float | None:
    """The greatest or least; None if one of them is undefined."""
    known = [value for value in values if value is not None]
    return choose(known) if len(known) == len(values) else None


def of(
    slices: Slices, by_slice: Sequence[Measured], overall: Measured, task: Task
) -> Gaps:
    """The gaps between the slices of one entry."""
    return Gaps(
        slices.column,
        {
            metric: gap(metric, slices.names, by_slice, overall)
            for metric in compared(task)
        },
    )
