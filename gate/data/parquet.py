"""Parquet as batches of typed columns, by pyarrow, which is an optional extra.

Null is missing and NaN is not; booleans are 1 and 0; dates, times and nested values
become text. Floats keep the 64 bits they have.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gate.data import columns as cells
from gate.data.columns import Array, Batch, Coded, Column, Kind, Numbers
from gate.data.source import Source, opened

ROWS = 65_536  # of one batch


def read(
    source: Source, kinds: Mapping[str, Kind], only: frozenset[str] | None = None
) -> Iterator[Batch]:
    """The table in batches; see `gate.data.table.read`. Lines are rows here."""
    try:
        # Not a dependency: it is as large as all of them together.
        import pyarrow as arrow  # type: ignore[import-untyped]
        import pyarrow.parquet as arrow_parquet  # type: ignore[import-untyped]
    except ImportError:
        raise source.error(
            "reading Parquet needs pyarrow",
            hint="pip install pyarrow",
        ) from None
    with opened(source) as file:
        try:
            table = arrow_parquet.ParquetFile(file)
            names = list(table.schema_arrow.names)
            if len(set(names)) < len(names):
                twice = next(name for name in names if names.count(name) > 1)
                raise source.error(f"two columns are called `{twice}`", hint=_RENAME)
            wanted = [name for name in names if only is None or name in only]
            first = 1
            for batch in table.iter_batches(batch_size=ROWS, columns=wanted):
                yield _batch(source, batch, kinds, first)
                first += batch.num_rows
            if first == 1:
                yield Batch(1, 0, {n: Numbers(_EMPTY) for n in wanted}, _rows(1))
        except (arrow.ArrowInvalid, arrow.ArrowNotImplementedError) as error:
            reason = str(error).splitlines()[0][:200]
            hint = "write the file again"
            raise source.error(f"not whole Parquet: {reason}", hint=hint) from None


_RENAME = "rename all but one of them"
_EMPTY = np.zeros(0, np.int64)


def _rows(first: int) -> Any:
    return lambda rows: np.asarray(rows) + first


def _batch(source: Source, batch: Any, kinds: Mapping[str, Kind], first: int) -> Batch:
    columns: dict[str, Column] = {}
    for name, values in zip(batch.schema.names, batch.columns, strict=True):
        column = _column(values, kinds.get(name))
        if isinstance(column, Coded):
            column = cells.without(column, source.na_values)
        columns[name] = column
    return Batch(first, batch.num_rows, columns, _rows(first), batch.nbytes)


def _column(values: Any, kind: Kind | None) -> Column:
    import pyarrow as arrow

    of = values.type
    if arrow.types.is_dictionary(of):
        values = values.dictionary_decode()
        of = values.type
    missing = np.asarray(values.is_null()) if values.null_count else None
    if kind is not Kind.STRING and not arrow.types.is_uint64(of):
        if arrow.types.is_integer(of) or arrow.types.is_boolean(of):
            return Numbers(_filled(values.cast(arrow.int64()), 0), missing)
        if arrow.types.is_floating(of) or arrow.types.is_decimal(of):
            return Numbers(_filled(values.cast(arrow.float64()), 0.0), missing)
    return _coded(values, of)


def _filled(values: Any, blank: int | float) -> Array:
    filled = values.fill_null(blank) if values.null_count else values
    return np.asarray(filled.to_numpy(zero_copy_only=False))


def _coded(values: Any, of: Any) -> Column:
    import pyarrow as arrow

    strings = arrow.types.is_string(of) or arrow.types.is_large_string(of)
    if arrow.types.is_nested(of) or arrow.types.is_binary(of):
        texts = [None if v is None else _text(v) for v in values.to_pylist()]
        values = arrow.array(texts, arrow.string())
    elif not strings:
        values = values.cast(arrow.string())
    encoded = values.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    numeric = arrow.types.is_integer(of) or arrow.types.is_floating(of)
    return cells.coded(codes, encoded.dictionary.to_pylist(), parsed=numeric)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return json.dumps(value, ensure_ascii=False, default=str)
