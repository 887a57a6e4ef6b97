"""What a model would say if: all questions to its predict function, asked at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gate.data.columns import Column
from gate.errors import ConfigError
from gate.model import attributeflips, dependence, features, predicting, rowedits
from gate.model.attributeflips import Flipped
from gate.model.dependence import Dependences
from gate.model.features import Feature
from gate.model.predicting import Ask, Change, Outcomes, Reproduced
from gate.model.predictions import Predictions
from gate.model.rowedits import Edited
from gate.model.spec import Dependence, Flip, Spec


@dataclass(frozen=True, eq=False)
class WhatIf:
    """All that a predict function was asked for, of one model."""

    reproduced: Reproduced
    dependences: Dependences
    flips: tuple[Flipped, ...]
    edits: tuple[Edited, ...]


def ask(
    spec: Spec,
    predictions: Predictions,
    asked: Ask,
    columns: Mapping[str, Column] | None = None,
) -> WhatIf:
    """Ask for everything that the specification wants to know.

    `columns` are what the model sees of these rows; by default those beside the
    predictions.

    Raises:
        ConfigError: a feature, a row or a value that is named is not there.
        ToolError: the function fails, or what it answers cannot be used.
    """
    # As they are: a `cat` of numbers is shown to the model as numbers.
    frame = features.of(columns or predictions.columns, tuple(spec.features))
    if not frame:
        hint = "name the file with the features by `inputs:`"
        raise ConfigError("there are no features to predict from", hint=hint)
    kinds = spec.features if isinstance(spec.features, Mapping) else {}
    monotone = [name for name, way in spec.monotone.items() if way != "none"]
    for name in (*spec.pdp.features, *monotone):
        features.find(frame, name)
    plan = dependence.plan(spec.pdp, frame, kinds, monotone)
    flips = (spec.flip,) if isinstance(spec.flip, Flip) else spec.flip
    parts = [
        [Change()],
        plan.changes(),
        [attributeflips.change(flip, frame) for flip in flips],
        rowedits.changes(spec.edits, frame, predictions),
    ]
    told = _answers(parts, asked, frame, predictions, spec.threshold)
    (now,), curves, swapped, edited = told
    return WhatIf(
        reproduced=predicting.reproduced(now, predictions),
        dependences=plan.curves(curves),
        flips=tuple(
            attributeflips.of(flip, now, after, predictions.task)
            for flip, after in zip(flips, swapped, strict=True)
        ),
        edits=rowedits.of(spec.edits, edited, predictions.task),
    )


def _answers(
    parts: Sequence[Sequence[Change]],
    asked: Ask,
    frame: Sequence[Feature],
    predictions: Predictions,
    threshold: float,
) -> list[list[Outcomes]]:
    changes = [change for part in parts for change in part]
    predicting.count(frame, changes)
    answers = iter(asked(frame, changes))
    return [
        [predicting.outcomes(next(answers), predictions, threshold) for _ in part]
        for part in parts
    ]


def needs(spec: Spec) -> str:
    """The first key of a specification that means nothing without a function."""
    asked = {
        "flip": spec.flip,
        "edits": spec.edits,
        "monotone": set(spec.monotone.values()) - {"none"},
        "pdp": spec.pdp != Dependence(),
        "inputs": spec.inputs,
    }
    return next((key for key, value in asked.items() if value), "")


def to_json(found: WhatIf, predictions: Predictions) -> dict[str, Any]:
    """What `gate model analyze` prints of it; a single swap has its keys at the top."""
    again = found.reproduced
    told: dict[str, Any] = {
        **dependence.to_json(found.dependences, predictions),
        "reproduced": {
            "rows": again.rows,
            "differing": again.differing,
            "decisions": again.decisions,
            "largest_difference": again.largest,
        },
    }
    swaps = [attributeflips.to_json(flipped, predictions) for flipped in found.flips]
    if len(swaps) == 1:
        told |= swaps[0]
    if swaps:
        told["attribute_flips"] = [
            {"column": one.flip.column, "map": dict(one.flip.map), **swap}
            for one, swap in zip(found.flips, swaps, strict=True)
        ]
    if found.edits:
        told["edits"] = [rowedits.to_json(one, predictions) for one in found.edits]
    return told
