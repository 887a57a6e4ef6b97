"""The file of features that a predict function is given, by row of the predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gate.data import buffers
from gate.data.columns import Array, Column
from gate.data.source import Source
from gate.model import tables
from gate.model.predictions import Predictions
from gate.model.spec import Spec
from gate.model.tables import Table


def read(
    spec: Spec, path: Path, predictions: Predictions, *, shown: str = ""
) -> dict[str, Column]:
    """Its columns, for the rows of the predictions in their order.

    Rows are joined by `id` where both have it, else they are in the same order. The
    identifier and the label are no features.

    Raises:
        DataError: it cannot be read, or has not the rows of the predictions.
    """
    source = Source(path=path, shown=shown, na_values=("NaN", "nan"), exact=True)
    table = tables.read(source, {})
    if predictions.ids is not None and spec.id in table.columns:
        rows = _joined(table, spec.id, predictions.ids)
    else:
        total = len(predictions) + sum(predictions.left_out.values())
        if table.rows != total:
            raise source.error(
                f"{table.rows:,} rows, where the predictions have {total:,}",
                hint=f"give both a column `{spec.id}`, or the same rows in one order",
            )
        rows = predictions.rows
    own = {spec.id, spec.label} - set(spec.features)
    return {
        name: tables.take(column, rows)
        for name, column in table.columns.items()
        if name not in own
    }


def _joined(table: Table, name: str, ids: Any) -> Array:
    """The row of the table for each identifier.

    Raises:
        DataError: an identifier is not there, or is there twice.
    """
    from pyarrow import compute

    known = tables.texts(table.columns[name])
    if len(compute.unique(known)) < len(known):
        hint = "each row needs an identifier of its own"
        raise table.source.error(f"`{name}` is not different in each row", hint=hint)
    found = compute.index_in(ids, known)
    if found.null_count:
        lost = ids.filter(found.is_null())
        raise table.source.error(
            f"{found.null_count:,} rows of the predictions are not here, the first of"
            f" them `{str(lost[0])[:60]}`",
            hint="write the features of all rows that are predicted",
        )
    return np.asarray(buffers.places(found), np.int64)


def seen(
    spec: Spec, folder: Path, predictions: Predictions
) -> tuple[dict[str, Column], dict[str, Column]]:
    """The columns that a model may see, and all that rows can be cut by.

    What is predicted or to be predicted is neither, unless it is named as a feature.
    """
    own = {spec.id, spec.label, spec.score, spec.pred, spec.weight, *spec.scores}
    own -= set(spec.features)
    beside = {n: c for n, c in predictions.columns.items() if n not in own}
    if not spec.inputs:
        return beside, beside
    own_file = read(spec, folder / spec.inputs, predictions)
    return own_file, {**beside, **own_file}
