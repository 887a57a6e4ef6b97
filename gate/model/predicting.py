"""Asks a function what it predicts for the features as they are, and changed.

All that an analysis wants to know is asked at once, as `Change`s. Who answers is an
`Ask`: `direct` calls a Python function right here, as in a notebook; the gate asks the
project's own Python (`gate.predicting`), for a change's code is somebody else's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from gate.data.columns import Array
from gate.errors import ConfigError, ToolError
from gate.model.features import Feature, Value
from gate.model.predictions import Predictions
from gate.model.spec import Task

MAX_ROWS = 20_000_000  # rows that are predicted in one analysis
_LARGEST = 1e150  # the square of more is no number any more
TOLERANCE = 1e-3  # by which a prediction may differ from the committed one


@dataclass(frozen=True, eq=False)
class Change:
    """Some rows (indices; None is all) with other values in some columns.

    `values` is one value for all these rows (None: none), `maps` a value for each
    value; what a map does not name stays. Without either, the rows are as they are.
    """

    rows: Array | None = None
    values: Mapping[str, Value | None] = field(default_factory=dict)
    maps: Mapping[str, Mapping[Value, Value]] = field(default_factory=dict)


# The features of all rows, and the changes -> for each change an array of float64,
# shape (rows,) or (rows, k).
Ask: TypeAlias = Callable[[Sequence[Feature], Sequence[Change]], list[Array]]


def direct(function: Callable[[Any], Any]) -> Ask:
    """The function called in this process, with pandas' DataFrames.

    Raises (when it is asked):
        ToolError: its answer is not one number, or one line of scores, a row.
    """

    def ask(frame: Sequence[Feature], changes: Sequence[Change]) -> list[Array]:
        from gate.model import child  # it loads pandas

        columns = [(f.name, f.kind, f.values, f.missing, f.texts) for f in frame]
        questions = [(c.rows, c.values, pairs(c)) for c in changes]
        try:
            return child.answers(function, columns, questions)
        except child.Wrong as error:
            raise ToolError(f"the predict function: {error}") from None

    return ask


def pairs(change: Change) -> dict[str, list[tuple[Value, Value]]]:
    """The maps of a change as JSON can say them: its keys would all be texts."""
    return {name: list(table.items()) for name, table in change.maps.items()}


def count(frame: Sequence[Feature], changes: Sequence[Change]) -> int:
    """How many rows are to be predicted.

    Raises:
        ConfigError: too many.
    """
    total = len(frame[0].values) if frame else 0
    rows = sum(total if c.rows is None else len(c.rows) for c in changes)
    if rows > MAX_ROWS:
        raise ConfigError(
            f"{rows:,} rows would have to be predicted; the most is {MAX_ROWS:,}",
            hint="give `pdp: {rows: 1000}`, or fewer `features`",
        )
    return rows


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Predictions of n rows: a number each, and what is decided by it.

    `scores` is float64: binary (n,) the score, regression (n,) the prediction,
    multi-class (n, k). `decisions` is bool, the number itself, or the class's code.
    """

    scores: Array
    decisions: Array


def outcomes(answer: Array, predictions: Predictions, threshold: float) -> Outcomes:
    """What an answer means for a task.

    Of a binary task (n, 2) has the score in its second column, as scikit-learn's
    `predict_proba`.

    Raises:
        ToolError: it has another shape than the task needs, or is not finite.
    """
    with np.errstate(invalid="ignore"):
        fit = np.abs(answer.reshape(len(answer), -1)) <= _LARGEST
    bad = np.asarray(~fit.all(axis=1))
    if bad.any():
        what = f"NaN or boundless numbers for {int(bad.sum()):,} of {len(bad):,} rows"
        hint = f"the first of them is row {int(np.argmax(bad))} of those it was given"
        raise ToolError(f"the predict function returned {what}", hint=hint)
    wide = answer.shape[1] if answer.ndim == 2 else 0
    task, classes = predictions.task, len(predictions.classes)
    if task is Task.MULTICLASS:
        if wide != classes:
            raise _misshapen(answer, f"(rows, {classes}), a score for each class")
        return Outcomes(answer, answer.argmax(axis=1))
    if wide not in ((0, 1, 2) if task is Task.BINARY else (0, 1)):
        raise _misshapen(answer, "(rows,), one number each")
    numbers = answer[:, -1] if wide else answer
    binary = task is Task.BINARY
    return Outcomes(numbers, np.asarray(numbers >= threshold) if binary else numbers)


def _misshapen(answer: Array, wanted: str) -> ToolError:
    shape = f"(rows, {answer.shape[1]})" if answer.ndim == 2 else "(rows,)"
    hint = "return what the committed predictions hold"
    return ToolError(
        f"the predict function returned shape {shape}; wanted is {wanted}", hint=hint
    )


@dataclass(frozen=True)
class Reproduced:
    """Whether the function gives the committed predictions again.

    `differing` counts rows whose prediction is off by more than TOLERANCE (regression:
    times their standard deviation), `decisions` those that are decided otherwise.
    """

    rows: int
    differing: int
    decisions: int
    largest: float


def reproduced(now: Outcomes, predictions: Predictions) -> Reproduced:
    """What the function says now, held against what is committed."""
    committed = predictions.predicted
    regression = predictions.task is Task.REGRESSION
    scores = committed if regression else predictions.score
    off = np.zeros(len(now.scores))
    if scores is not None:
        apart = np.abs(now.scores - scores)
        off = apart.max(axis=1) if apart.ndim == 2 else apart
    spread = float(np.std(committed)) if regression and len(committed) else 1.0
    differing = off > TOLERANCE * spread
    other = differing if regression else now.decisions != committed
    return Reproduced(
        rows=len(off),
        differing=int(np.count_nonzero(differing | other)),
        decisions=0 if regression else int(np.count_nonzero(other)),
        largest=float(off.max(initial=0)),
    )
