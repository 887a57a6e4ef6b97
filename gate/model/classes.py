"""The classes of a multi-class file: labels, decisions and scores, told by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gate.data.columns import Array, Coded
from gate.model import labels

if TYPE_CHECKING:
    from gate.model.reading import _Reading

_PREFIX = "score_"


def read(
    reading: _Reading,
) -> tuple[Array | None, Array, Array | None, tuple[str, ...]]:
    """Labels and decisions as codes into the classes, scores (n, k), the classes.

    The classes are all that are a label, a decision or a column of scores: in the
    order of numbers, if they all are. Without a column of decisions it is the class
    of the highest score, the first of equals.

    Raises:
        DataError: there is neither, or the scores cannot be told by class.
    """
    spec, table = reading.spec, reading.table
    label = predicted = None
    if reading.found.label:
        label = reading.coded(reading.found.label, "without a label")
    if spec.pred in table.columns:
        predicted = reading.coded(spec.pred, "without a prediction")
    elif not reading.found.scores and not reading.has_lists:
        reading.found.required(spec.pred, "predictions")
    held = [one for one in (label, predicted) if one is not None]
    texts = {labels.class_name(text) for one in held for text in one.texts}
    score, named = _scores(reading, texts)
    classes = tuple(labels.in_order({*texts, *named}))
    if score is not None:
        score = _in_order(score, named, classes)
        missing = np.asarray(np.isnan(score).any(axis=1))
        reading.lack.without("without a score", missing)
    place = {name: code for code, name in enumerate(classes)}
    decided = (
        _codes(predicted, place)
        if predicted is not None
        else np.argmax(score, axis=1).astype(np.int32)  # type: ignore[arg-type]
    )
    return (_codes(label, place) if label else None), decided, score, classes


def _codes(column: Coded, place: dict[str, int]) -> Array:
    """The class of each row; what stands at a missing one means nothing."""
    codes = [place[labels.class_name(text)] for text in column.texts]
    return np.array([*codes, 0], np.int32)[column.codes]


def _scores(reading: _Reading, texts: set[str]) -> tuple[Array | None, list[str]]:
    """The scores as they come, and the class of each column."""
    names = reading.found.scores
    if names:
        score = np.column_stack([reading.numbers(name) for name in names])
        if all(name.startswith(_PREFIX) for name in names):
            whole = [labels.class_name(name[len(_PREFIX) :]) for name in names]
            return score, whole
    elif reading.has_lists:
        score = reading.lists()
        whole = [str(i) for i in range(score.shape[1])]
        if texts <= set(whole):
            return score, whole
    else:
        return None, []
    if score.shape[1] != len(texts):
        raise reading.source.error(
            f"{score.shape[1]} columns of scores for {len(texts)} classes",
            hint="name the columns `score_CLASS`, one for each class",
        )
    return score, labels.in_order(texts)


def _in_order(score: Array, named: list[str], classes: tuple[str, ...]) -> Array:
    """The scores in the order of the classes, 0 for a class that has no column."""
    found = np.zeros((len(score), len(classes)))
    for column, name in enumerate(named):
        found[:, classes.index(name)] = score[:, column]
    return found
