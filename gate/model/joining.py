"""The rows of two files of predictions that are the same, by their identifiers."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gate.data.columns import Array
from gate.errors import DataError
from gate.model.predictions import Predictions
from gate.model.spec import Task

EXAMPLES = 10  # identifiers that are named


@dataclass(frozen=True, eq=False)
class Pair:
    """The rows that both have, in the order of the head.

    `label`, `head` and `base` are codes of `classes` (of two, where the task is
    binary, whose second is the positive one), or numbers. The scores are None where
    either file has none; those of several classes have a column each. `rows` are those
    of the head's arrays, None where they are all. `relabelled` counts those that have
    another label at the base. `lost` and `new` are the first identifiers, in their
    order, that only the base, and only the head, has, of `only_base` and `only_head`.
    """

    task: Task
    classes: tuple[str, ...]
    label: Array
    head: Array
    base: Array
    head_score: Array | None
    base_score: Array | None
    weight: Array | None
    rows: Array | None
    relabelled: int = 0
    only_head: int = 0
    only_base: int = 0
    lost: tuple[str, ...] = ()
    new: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.label)

    def of(self, rows: Array) -> Pair:
        """Some of the rows, or some of them several times."""
        names = ("label", "head", "base", "head_score", "base_score", "weight")
        parts = {name: _take(getattr(self, name), rows) for name in names}
        return dataclasses.replace(self, **parts, rows=None)

    def of_head(self, array: Array) -> Array:
        """What an array of the head has for the rows."""
        return array if self.rows is None else array[self.rows]


def join(head: Predictions, base: Predictions) -> Pair | None:
    """None where either has no identifiers, or the head no labels.

    An identifier occurs once in each: the reader sees to it. DataError where the base
    is of another task.
    """
    if head.ids is None or base.ids is None or head.label is None:
        return None
    if head.task is not base.task:
        raise DataError(
            f"the predictions are {head.task.value}, those of the base"
            f" {base.task.value}: they cannot be compared",
            hint="state the `task:` of both",
        )
    ours, theirs = _texts(head.ids), _texts(base.ids)
    if ours.equals(theirs):
        return _pair(head, base, None, None)
    place = pc.index_in(ours, value_set=theirs).fill_null(-1).to_numpy()
    found = place >= 0
    gone = np.ones(len(base), bool)
    gone[place[found]] = False
    return _pair(
        head,
        base,
        np.flatnonzero(found),
        place[found].astype(np.intp),
        only_head=int(np.count_nonzero(~found)),
        only_base=int(np.count_nonzero(gone)),
        lost=_first(theirs, gone),
        new=_first(ours, ~found),
    )


def _pair(
    head: Predictions,
    base: Predictions,
    rows: Array | None,
    places: Array | None,
    *,
    only_head: int = 0,
    only_base: int = 0,
    lost: tuple[str, ...] = (),
    new: tuple[str, ...] = (),
) -> Pair:
    classes, recoded = _classes(head, base)
    label, theirs = _take(head.label, rows), _take(base.label, places)
    before, score = _take(base.predicted, places), _take(base.score, places)
    if recoded is not None:
        before, theirs = recoded[before], None if theirs is None else recoded[theirs]
    scored = head.score is not None and score is not None and head.classes == classes
    if scored and recoded is not None and score is not None:
        score = score[:, np.argsort(recoded)]
    relabelled = 0 if theirs is None else int(np.count_nonzero(theirs != label))
    return Pair(
        task=head.task,
        classes=classes,
        label=label,
        head=_take(head.predicted, rows),
        base=before,
        head_score=_take(head.score, rows) if scored else None,
        base_score=score if scored else None,
        weight=_take(head.weight, rows),
        rows=rows,
        relabelled=relabelled,
        only_head=only_head,
        only_base=only_base,
        lost=lost,
        new=new,
    )


def _classes(
    head: Predictions, base: Predictions
) -> tuple[tuple[str, ...], Array | None]:
    """The classes of both, and which of them those of the base are; None: the same."""
    if head.classes == base.classes or head.task is not Task.MULTICLASS:
        return head.classes, None
    classes = (*head.classes, *(c for c in base.classes if c not in head.classes))
    place = {name: code for code, name in enumerate(classes)}
    return classes, np.array([place[name] for name in base.classes], np.int32)


def _take(array: Array | None, rows: Array | None) -> Array | None:
    return array if array is None or rows is None else array[rows]


def _texts(ids: Array) -> pa.Array:
    found = pa.array(ids, pa.large_string())
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def _first(ids: pa.Array, which: Array) -> tuple[str, ...]:
    places = np.flatnonzero(which)[:EXAMPLES]
    return tuple(ids.take(pa.array(places)).to_pylist())
