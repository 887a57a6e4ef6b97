"""How sure a metric of one model is: the 95 % interval of each.

shares of rows          Wilson's: accuracy, precision, recall, rates
other counts            the bootstrap's: f1, mcc, balanced accuracy
area under the curve    DeLong's error, by the normal law
means over the rows     the bootstrap's: losses, errors, r2
anything else           the bootstrap's, of rows
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from gate.data.columns import Array
from gate.model import comparing, delong, losses, resampling, significance, tallied
from gate.model.changing import Function
from gate.model.joining import Pair
from gate.model.predictions import Predictions
from gate.model.resampling import Cells, Tally
from gate.model.significance import Interval
from gate.model.slicing import Slices
from gate.model.spec import Task

# The rows that each share is one of.
_WHOLE: dict[str, Callable[[Tally], Array]] = {
    "accuracy": lambda tally: tally.actual.sum(axis=-1),
    "fnr": lambda tally: tally.actual[..., 1],
    "fpr": lambda tally: tally.actual[..., 0],
    "precision": lambda tally: tally.predicted[..., 1],
    "recall": lambda tally: tally.actual[..., 1],
    "selection_rate": lambda tally: tally.actual.sum(axis=-1),
    "specificity": lambda tally: tally.actual[..., 0],
}
