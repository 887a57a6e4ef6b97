"""The metrics of decisions, of any number of confusion matrices at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import numpy as np

from gate.data.columns import Array
from gate.model import binary, multiclass, resampling
from gate.model.joining import Pair
from gate.model.metrics import ratio
from gate.model.resampling import Cells, Joint, Metrics, Values
from gate.model.spec import Task


def joint(pair: Pair) -> Joint | None:
    """The rows' labels and both decisions; None where numbers are predicted."""
    head, base = pair.head, pair.base
    if head.task is Task.REGRESSION:
        return None
    sides = (pair.label, head.predicted, base.predicted)
    classes = len(head.classes) if head.task is Task.MULTICLASS else 2
    return resampling.joint(*sides, classes, head.weight)


def metrics(cells: Cells, task: Task, names: Collection[str]) -> tuple[Cells, Metrics]:
    """What the metrics of these names are computed from, and by.

    Of more than MOST_CLASSES classes only the accuracy is, of right and wrong ones.
    """
    if task is Task.BINARY:
        return cells, lambda matrices: _some(_binary(matrices), names)
    if cells.classes <= resampling.MOST_CLASSES:
        return cells, lambda matrices: _some(_multiclass(matrices), names)
    right = dataclasses.replace(
        cells,
        label=np.ones(len(cells.count), np.intp),
        head=(cells.head == cells.label).astype(np.intp),
        base=(cells.base == cells.label).astype(np.intp),
        classes=2,
    )
    return right, lambda matrices: _some({"accuracy": _accuracy(matrices)}, names)


def _some(values: Values, names: Collection[str]) -> Values:
    return {name: values[name] for name in names if name in values}


def _binary(matrices: Array) -> Values:
    return binary.rates(
        *(matrices[:, a, b] for a, b in ((1, 1), (0, 1), (1, 0), (0, 0)))
    )


def _multiclass(matrices: Array) -> Values:
    return multiclass.averages(matrices, multiclass.of_each_class(matrices))


def _accuracy(matrices: Array) -> Array:
    whole = matrices.sum(axis=(1, 2))
    return ratio(np.trace(matrices, axis1=1, axis2=2), whole)


# All that are computed from confusion matrices.
NAMES = frozenset({*_binary(np.zeros((1, 2, 2))), *_multiclass(np.zeros((1, 2, 2)))})
