"""Tables that are in memory, as batches: pandas', polars' and Arrow's.

`profiles.compute(frames.read(frame))` is what `tfdv.generate_statistics_from_dataframe`
was. None and pandas' NaN are missing, as in TFDV; booleans are 1 and 0; floats keep
their 64 bits; dates and times, which TFDV dropped, are texts as in Parquet; so are
objects of several types, which it refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gate.data.columns import Batch, Kind
from gate.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

ROWS = 65_536  # of one batch


def read(
    frame: pd.DataFrame | Any, kinds: Mapping[str, Kind] | None = None
) -> Iterator[Batch]:
    """A DataFrame of pandas or polars, or a Table of Arrow, in batches.

    Columns whose kind is given as STRING come as texts. Rows are counted from 1, and
    they are their own lines. The index of pandas is left out.

    Raises:
        DataError: two columns have one name.
    """
    from gate.data import arrow

    table = _table(frame)
    names = list(table.column_names)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        hint = "rename all but one of them"
        raise DataError(f"two columns are called `{twice}`", hint=hint)
    if not table.num_rows:
        yield arrow.empty(names)
    first = 1
    for part in table.to_batches(max_chunksize=ROWS):
        columns = {
            name: arrow.column(values, (kinds or {}).get(name))
            for name, values in zip(names, part.columns, strict=True)
        }
        yield Batch(first, part.num_rows, columns, _lines(first), part.nbytes)
        first += part.num_rows


def _lines(first: int) -> Any:
    return lambda rows: np.asarray(rows) + first


def _table(frame: Any) -> Any:
    """The frame as a Table of Arrow."""
    import pyarrow

    if isinstance(frame, (pyarrow.Table, pyarrow.RecordBatch)):
        batches = isinstance(frame, pyarrow.RecordBatch)
        return pyarrow.Table.from_batches([frame]) if batches else frame
    if hasattr(frame, "to_arrow"):  # polars
        return frame.to_arrow()
    names = [str(name) for name in frame.columns]
    arrays = [_array(frame.iloc[:, i]) for i in range(len(names))]
    return pyarrow.Table.from_arrays(arrays, names)


def _array(series: pd.Series[Any]) -> Any:
    import pyarrow

    try:
        return pyarrow.Array.from_pandas(series)
    except (pyarrow.ArrowException, TypeError, ValueError, OverflowError):
        texts = [
            None if missing else str(value)
            for value, missing in zip(series, series.isna(), strict=True)
        ]
        return pyarrow.array(texts, pyarrow.string())
