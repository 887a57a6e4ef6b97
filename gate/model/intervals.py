"""How sure a metric of one model is: the 95 % interval of each.

shares of rows          Wilson's: accuracy, precision, recall, rates
other decisions         the bootstrap's: F1, MCC, balanced accuracy
area under the curve    DeLong's error, by the normal law
means over the rows     the bootstrap's: losses, errors, R2
anything else           the bootstrap's, of the rows
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gate.data.columns import Array
from gate.model import (
    changing,
    delong,
    losses,
    matrices,
    metrics,
    resampling,
    significance,
)
from gate.model.joining import Pair, parts
from gate.model.predictions import Predictions
from gate.model.resampling import Cells
from gate.model.significance import Interval
from gate.model.slicing import Slices
from gate.model.spec import Spec, Task

# Which rows each share is one of.
_WHOLE: dict[str, Callable[[Cells], Array]] = {
    "accuracy": lambda cells: cells.label >= 0,
    "base_rate": lambda cells: cells.label >= 0,
    "fnr": lambda cells: cells.label == 1,
    "fpr": lambda cells: cells.label == 0,
    "precision": lambda cells: cells.head == 1,
    "recall": lambda cells: cells.label == 1,
    "selection_rate": lambda cells: cells.label >= 0,
    "specificity": lambda cells: cells.label == 0,
}


@dataclass(frozen=True)
class Intervals:
    """Those of all rows by metric, and by entry those of each slice, in its order."""

    overall: dict[str, Interval]
    slices: dict[str, list[dict[str, Interval]]]

    def to_json(self) -> dict[str, Any]:
        """Plain values; slices in the order of their names."""
        return {"overall": self.overall, "slices": self.slices}


def bounded(
    spec: Spec, predictions: Predictions, slices: Sequence[Slices]
) -> Intervals:
    """Those of the metrics that have a bound."""
    names = {*spec.slice_metrics, *(n for one in spec.per_slice.values() for n in one)}
    # Numbers near the end of their range overflow: that is undefined, and no warning.
    with np.errstate(over="ignore", invalid="ignore"):
        return Intervals(
            overall=of(predictions, tuple(spec.metrics))[0],
            slices={one.column: of(predictions, sorted(names), one) for one in slices},
        )


def of(
    predictions: Predictions, names: Collection[str], slices: Slices | None = None
) -> list[dict[str, Interval]]:
    """Those of the metrics, on each slice or overall; without those undefined.

    The predictions must have labels.
    """
    pair = Pair(predictions, predictions)
    count = 1 if slices is None else len(slices)
    codes = None if slices is None else slices.codes
    found: list[dict[str, Interval]] = [{} for _ in range(count)]
    joint = matrices.joint(pair)
    if joint is not None:
        for one, cells in zip(found, joint.cells(codes, count), strict=True):
            one |= _of_decisions(cells, predictions.task, names)
    if "roc_auc" in names and predictions.task is Task.BINARY:
        areas = _areas(predictions, codes, count)
        for one, area in zip(found, areas, strict=True):
            one |= {"roc_auc": area} if area else {}
    if losses.NAMES.intersection(names):
        rows: Iterable[Pair] = [pair]
        if codes is not None:
            rows = parts(pair, codes, count)
        for one, part in zip(found, rows, strict=True):
            one |= _of_means(part.head, names)
    known = {"roc_auc", *matrices.NAMES, *losses.of(predictions)}
    others = _of_rows(predictions, sorted(set(names) - known), codes, count)
    for one, other in zip(found, others, strict=True):
        one |= other
    return found


def _areas(
    predictions: Predictions, codes: Array | None, count: int
) -> list[Interval | None]:
    assert predictions.label is not None and predictions.score is not None
    sides = (predictions.label, predictions.score)
    found = delong.intervals(*sides, codes, count, predictions.weight)
    return [None if one is None else one[1] for one in found]


def _of_decisions(
    cells: Cells, task: Task, names: Collection[str]
) -> dict[str, Interval]:
    if not cells.count.sum():
        return {}
    cells, function = matrices.metrics(cells, task, names)
    values = function(cells.matrices(cells.count[None])[0])
    found, rest = {}, []
    for name, value in values.items():
        if name not in _WHOLE:
            rest.append(name)
        elif np.isfinite(value[0]):
            rows = _effective(cells, _WHOLE[name](cells))
            found[name] = significance.wilson(float(value[0]), rows)
    if rest:
        drawn = resampling.alone(cells, matrices.metrics(cells, task, rest)[1])
        found |= {n: one.interval for n, one in drawn.items() if one is not None}
    return found


def _effective(cells: Cells, which: Array) -> float:
    """How many rows of equal weight tell as much as these."""
    count, weight = cells.count[which], cells.weight[which]
    return float((count @ weight) ** 2 / (count @ np.square(weight)))


def _of_means(rows: Predictions, names: Collection[str]) -> dict[str, Interval]:
    found: dict[str, Interval] = {}
    for name, loss in losses.of(rows).items() if len(rows) else ():
        if name in names:
            drawn = resampling.means(loss.columns(rows), rows.weight)
            spread = resampling.spread(loss.value(drawn))
            found |= {name: spread.interval} if spread else {}
    return found


def _of_rows(
    rows: Predictions, names: Collection[str], codes: Array | None, count: int
) -> list[dict[str, Interval]]:
    names = [name for name in names if name in metrics.names(rows.task)]
    if not names or not len(rows):
        return [{} for _ in range(count)]
    codes = np.zeros(len(rows), np.intp) if codes is None else codes
    spreads = resampling.of_rows(
        lambda some, own: changing.columns(rows.take(some), names, own, count),
        codes,
        count,
    )
    return [
        {n: one.interval for n, one in zip(names, each, strict=True) if one is not None}
        for each in spreads
    ]
