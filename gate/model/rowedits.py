"""Single rows with other values: what would be predicted then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from gate.data.columns import Array
from gate.errors import ConfigError
from gate.model import features
from gate.model.features import Feature, Value
from gate.model.predicting import Change, Outcomes
from gate.model.predictions import Predictions
from gate.model.spec import Edit, Spec, Task


@dataclass(frozen=True, eq=False)
class Edited:
    """One row's prediction as it is and with other values.

    `before` and `after` are float64, shape (k,), k being 1 but for several classes.
    `decisions` are as `Outcomes` has them; None of a regression.
    """

    edit: Edit
    before: Array
    after: Array
    decisions: tuple[Any, Any] | None


def changes(
    edits: Sequence[Edit], frame: Sequence[Feature], predictions: Predictions
) -> list[Change]:
    """Two questions for each edit: the row as it is, and with the other values.

    Raises:
        ConfigError: a row or a column is not there, or a value does not fit.
    """
    made = []
    for edit in edits:
        rows = np.flatnonzero(predictions.rows == edit.row)
        if not len(rows):
            hint = "rows count from 0; those without a prediction or label are left out"
            raise ConfigError(f"`edits`: there is no row {edit.row}", hint=hint)
        made += [Change(rows=rows), Change(rows=rows, values=_values(edit, frame))]
    return made


def _values(edit: Edit, frame: Sequence[Feature]) -> dict[str, Value | None]:
    found: dict[str, Value | None] = {}
    for name, value in edit.values.items():
        feature = features.find(frame, name)
        found[name] = None if value is None else feature.value(str(value))
    return found


def of(
    edits: Sequence[Edit], answers: Sequence[Outcomes], task: Task
) -> tuple[Edited, ...]:
    """What the answers to `changes` say of each edit."""
    made = []
    pairs = zip(answers[::2], answers[1::2], strict=True)
    for edit, (old, new) in zip(edits, pairs, strict=True):
        decided = old.decisions[0].item(), new.decisions[0].item()
        made.append(
            Edited(
                edit=edit,
                before=np.atleast_1d(old.scores[0]),
                after=np.atleast_1d(new.scores[0]),
                decisions=None if task is Task.REGRESSION else decided,
            )
        )
    return tuple(made)


def added(spec: Spec, given: Sequence[tuple[int, str]]) -> Spec:
    """The specification with edits given as a row and `column=value`; one for each row.

    Raises:
        ConfigError: one is none.
    """
    values: dict[int, dict[str, Any]] = {}
    for row, text in given:
        column, equals, value = text.partition("=")
        if row < 0 or not equals:
            hint = "write it as `--edit 3 income=52000`; rows count from 0"
            raise ConfigError(f"`{row} {text[:80]}` is no edit", hint=hint)
        values.setdefault(row, {})[column] = value
    edits = [Edit(row=row, values=some) for row, some in values.items()]
    return msgspec.structs.replace(spec, edits=(*spec.edits, *edits))


def to_json(edited: Edited, predictions: Predictions) -> dict[str, Any]:
    """An edit as `gate model analyze` prints it."""
    told: dict[str, Any] = {"row": edited.edit.row, "values": dict(edited.edit.values)}
    if predictions.classes:
        told["before"] = dict(zip(predictions.classes, edited.before.tolist()))
        told["after"] = dict(zip(predictions.classes, edited.after.tolist()))
    else:
        told["before"], told["after"] = edited.before.item(), edited.after.item()
    if edited.decisions:
        before, after = edited.decisions
        names = predictions.classes
        told["decision_before"] = names[before] if names else before
        told["decision_after"] = names[after] if names else after
        told["changed"] = before != after
    return told
