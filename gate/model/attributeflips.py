"""An attribute swapped in every row, and the decisions that change with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gate.data.columns import Array
from gate.errors import ConfigError
from gate.model import features
from gate.model.features import Feature
from gate.model.predicting import Change, Outcomes
from gate.model.predictions import Predictions
from gate.model.spec import Flip, Task

MAX_NAMED = 1_000  # rows whose decision changes that are named


@dataclass(frozen=True, eq=False)
class Flipped:
    """What a swap changes of n rows; `rows` (indices) are those decided otherwise.

    `from_negative` and `from_positive` are of a binary task: how many decisions left
    each side, of how many that were there. `change` is by how much each prediction
    moved, float64, shape (n,); with several classes, that of the score that moved most.
    """

    flip: Flip
    rows: Array
    from_negative: tuple[int, int] | None
    from_positive: tuple[int, int] | None
    change: Array

    @property
    def rate(self) -> float | None:
        """The share of decisions that change; None without a row."""
        return _share(len(self.rows), len(self.change))


def change(flip: Flip, frame: Sequence[Feature]) -> Change:
    """The question that a swap is.

    Raises:
        ConfigError: the column is no feature, or has none of the values.
    """
    feature = features.find(frame, flip.column)
    table = {feature.value(a): feature.value(b) for a, b in flip.map.items()}
    present = feature.present()
    held = (
        {feature.texts[i] for i in np.unique(present).tolist()}
        if (feature.kind == "cat")
        else set(np.unique(present).tolist())
    )
    if not held & set(table):
        raise ConfigError(
            f"`flip`: column `{flip.column}` has none of the values"
            f" {', '.join(f'`{value}`' for value in flip.map)}",
            hint="write `map: {FROM: TO}` with values that the column has",
        )
    return Change(maps={flip.column: table})


def of(flip: Flip, before: Outcomes, after: Outcomes, task: Task) -> Flipped:
    """What changed with a swap; of a regression nothing is decided."""
    apart = np.abs(after.scores - before.scores)
    moved = apart.max(axis=1) if apart.ndim == 2 else apart
    none = np.zeros(len(moved), bool)
    changed = none if task is Task.REGRESSION else before.decisions != after.decisions
    sides: list[tuple[int, int] | None] = [None, None]
    if task is Task.BINARY:
        for i, side in enumerate((~before.decisions, before.decisions)):
            sides[i] = int(np.count_nonzero(changed & side)), int(side.sum())
    return Flipped(flip, np.flatnonzero(changed), sides[0], sides[1], moved)


def to_json(flipped: Flipped, predictions: Predictions) -> dict[str, Any]:
    """A swap as `gate model analyze` prints it."""
    rows, moved = flipped.rows, flipped.change
    told: dict[str, Any] = {"n": len(moved), "flips": None, "flip_rate": None}
    if predictions.task is not Task.REGRESSION:
        told |= {"flips": len(rows), "flip_rate": flipped.rate}
    if flipped.from_negative and flipped.from_positive:
        told |= {
            "neg_to_pos": flipped.from_negative[0],
            "pos_to_neg": flipped.from_positive[0],
            "neg_to_pos_rate_of_negatives": _share(*flipped.from_negative),
            "pos_to_neg_rate_of_positives": _share(*flipped.from_positive),
        }
    return told | {
        "mean_abs_score_change": float(moved.mean()) if len(moved) else None,
        "max_abs_score_change": float(moved.max()) if len(moved) else None,
        "flipped_ids": _ids(predictions, rows[:MAX_NAMED]),
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _ids(predictions: Predictions, rows: Array) -> list[int | str]:
    """The identifiers of rows, whole numbers as such; without any, their places."""
    if predictions.ids is None:
        return predictions.rows[rows].tolist()  # type: ignore[no-any-return]
    texts = [str(predictions.ids[row]) for row in rows.tolist()]
    return [int(t) if _is_plain(t) else t for t in texts]


def _is_plain(text: str) -> bool:
    return (
        text.isascii()
        and text.isdigit()
        and len(text) < 16
        and (text == "0" or text[0] != "0")
    )
