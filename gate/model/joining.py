"""The rows of two files of predictions that are the same, by their identifiers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from gate.data.columns import Array
from gate.errors import DataError
from gate.model.predictions import Predictions
from gate.model.spec import Task

EXAMPLES = 10  # identifiers that are named


@dataclass(frozen=True, eq=False)
class Pair:
    """The rows that both have, in the order of the head.

    Both sides have the head's labels, weights and classes; they have no identifiers
    and columns any more. `rows` are those of the head as it was, None where they are
    all. `relabelled` counts those that have another label at the base. `lost` and `new`
    are the first identifiers, in their order, that only the base, and only the head,
    has, of `only_base` and `only_head`.
    """

    head: Predictions
    base: Predictions
    rows: Array | None = None
    relabelled: int = 0
    only_head: int = 0
    only_base: int = 0
    lost: tuple[str, ...] = ()
    new: tuple[str, ...] = ()

    def __len__(self) -> int:
        """How many rows both have."""
        return len(self.head)

    @property
    def label(self) -> Array:
        """The truth."""
        assert self.head.label is not None
        return self.head.label

    def take(self, rows: Array) -> Pair:
        """Some of the rows, or some of them several times."""
        return Pair(self.head.take(rows), self.base.take(rows))

    def of_head(self, array: Array) -> Array:
        """What an array of the head has for the rows."""
        return array if self.rows is None else array[self.rows]


def join(head: Predictions, base: Predictions) -> Pair | None:
    """None where either has no identifiers, or the head no labels.

    Raises:
        DataError: the tasks are not the same.
    """
    if head.ids is None or base.ids is None or head.label is None:
        return None
    if head.task is not base.task:
        raise DataError(
            f"the predictions are {head.task.value}, those of the base"
            f" {base.task.value}: they cannot be compared",
            hint="state the `task:` of both",
            path=head.path,
        )
    ours, theirs = _texts(head.ids), _texts(base.ids)
    if ours.type != theirs.type:
        ours, theirs = (ids.cast("large_string") for ids in (ours, theirs))
    if ours.equals(theirs):
        return _aligned(_bare(head), _bare(base))
    place = _places(ours, theirs)
    found = place >= 0
    rows, places = np.flatnonzero(found), place[found]
    gone = np.ones(len(base), bool)
    gone[places] = False
    return dataclasses.replace(
        _aligned(_bare(head).take(rows), _bare(base).take(places)),
        rows=rows,
        only_head=int(np.count_nonzero(~found)),
        only_base=int(np.count_nonzero(gone)),
        lost=_first(theirs, gone),
        new=_first(ours, ~found),
    )


def parts(pair: Pair, codes: Array, count: int) -> Iterator[Pair]:
    """The rows of each slice, of which `codes` has the index."""
    small = codes.astype(np.uint16) if count < 2**16 else codes  # sorts quickly
    order = np.argsort(small, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=count))
    for rows in np.split(order, ends[:-1]):
        yield pair.take(rows)


def _bare(predictions: Predictions) -> Predictions:
    return dataclasses.replace(predictions, ids=None, columns={})


def _aligned(head: Predictions, base: Predictions) -> Pair:
    relabelled = 0
    if head.task is Task.MULTICLASS and head.classes != base.classes:
        head, base = _of_all_classes(head, base)
    if base.label is not None:
        relabelled = int(np.count_nonzero(base.label != head.label))
    base = dataclasses.replace(base, label=head.label, weight=head.weight)
    return Pair(head, base, relabelled=relabelled)


def _of_all_classes(
    head: Predictions, base: Predictions
) -> tuple[Predictions, Predictions]:
    """Both with the classes of both: those of the head, then what only the base has."""
    more = [name for name in base.classes if name not in head.classes]
    classes = (*head.classes, *more)
    return _with_classes(head, classes), _with_classes(base, classes)


def _with_classes(one: Predictions, classes: tuple[str, ...]) -> Predictions:
    """The codes of other classes; a class without a column of scores scores 0."""
    places = np.array([classes.index(name) for name in one.classes], np.int32)
    score = one.score
    if score is not None:
        score = np.zeros((len(one), len(classes)))
        score[:, places] = one.score
    label = None if one.label is None else places[one.label]
    return dataclasses.replace(
        one, classes=classes, label=label, predicted=places[one.predicted], score=score
    )


def _texts(ids: Any) -> Any:
    """Identifiers as one array of Arrow's, of the same type for both sides."""
    import pyarrow

    if isinstance(ids, pyarrow.ChunkedArray):
        ids = ids.combine_chunks()
    ids = pyarrow.array(ids)
    return ids if ids.type == pyarrow.string() else ids.cast(pyarrow.large_string())


def _places(ours: Any, theirs: Any) -> Array:
    """Where each of ours is among theirs, -1 where it is not."""
    from pyarrow import compute

    found = compute.index_in(ours, value_set=theirs).fill_null(-1)
    return np.asarray(found.to_numpy(zero_copy_only=False).astype(np.intp))


def _first(ids: Any, which: Array) -> tuple[str, ...]:
    import pyarrow

    places = np.flatnonzero(which)[:EXAMPLES]
    return tuple(ids.take(pyarrow.array(places)).to_pylist())
