"""Parquet as batches of typed columns, by pyarrow, which is an optional extra.

Null is missing and NaN is not; booleans are 1 and 0; dates, times and nested values
become text. Floats keep the 64 bits they have.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gate.data import columns as cells
from gate.data.columns import Array, Batch, Coded, Column, Kind, Numbers
from gate.data.source import Source, opened

ROWS = 65_536  # of one batch
BYTES = 64 * 1024 * 1024  # of one batch, as far as the file tells before it is read
MAX_TEXTS = 256 * 1024 * 1024  # characters of one nested column's values in a batch


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
            # The gate's own environment lacks it, which need not be the project's.
            hint=shlex.join([sys.executable, "-m", "pip", "install", "pyarrow"]),
        ) from None
    with opened(source) as file:
        try:
            metadata = arrow_parquet.read_metadata(file)
            table = arrow_parquet.ParquetFile(
                file, metadata=metadata, read_dictionary=_repeated(metadata)
            )
            names = list(table.schema_arrow.names)
            source.check_columns(len(names))
            if len(set(names)) < len(names):
                twice = next(name for name in names if names.count(name) > 1)
                raise source.error(f"two columns are called `{twice}`", hint=_RENAME)
            wanted = [name for name in names if only is None or name in only]
            first = 1
            # One by one, because the texts of a column add up until the reader's end.
            for group in range(metadata.num_row_groups):
                rows = _rows_at_once(metadata, group, frozenset(wanted))
                for batch in table.iter_batches(rows, [group], columns=wanted):
                    yield _batch(source, batch, kinds, first)
                    first += batch.num_rows
            if first == 1:
                yield Batch(1, 0, {n: Numbers(_EMPTY) for n in wanted}, _rows(1))
        except (arrow.ArrowInvalid, arrow.ArrowNotImplementedError) as error:
            reason = str(error).splitlines()[0][:200]
            hint = "write the file again"
            raise source.error(f"not whole Parquet: {reason}", hint=hint) from None


# What pyarrow reads a text from without writing it out in each of its rows.
_ONCE = frozenset("PLAIN PLAIN_DICTIONARY RLE_DICTIONARY RLE BIT_PACKED".split())


def _repeated(metadata: Any) -> list[str]:
    """The columns of texts that are stored once each, however often they occur.

    They have to be held so: a text of 40 kB in each of 65,536 rows takes 400 bytes.
    """
    leaves = [metadata.schema.column(i) for i in range(metadata.num_columns)]
    return [
        leaf.path
        for i, leaf in enumerate(leaves)
        if leaf.physical_type == "BYTE_ARRAY"
        and _is_held_once(
            [metadata.row_group(g).column(i) for g in range(metadata.num_row_groups)]
        )
    ]


def _is_held_once(chunks: list[Any]) -> bool:
    return all(_ONCE.issuperset(chunk.encodings) for chunk in chunks) and any(
        chunk.has_dictionary_page for chunk in chunks
    )


def _rows_at_once(metadata: Any, group: int, wanted: frozenset[str]) -> int:
    """As many rows of the group as take about BYTES, ROWS at most."""
    chunks, width = metadata.row_group(group), 1
    for i in range(metadata.num_columns):
        leaf, chunk = metadata.schema.column(i), chunks.column(i)
        if leaf.path.split(".")[0] not in wanted and leaf.path not in wanted:
            continue
        size = 8
        if leaf.physical_type == "FIXED_LEN_BYTE_ARRAY":
            size += leaf.length
        elif leaf.physical_type == "BYTE_ARRAY":
            size += chunk.total_uncompressed_size // max(1, chunk.num_values)
            if not _ONCE.issuperset(chunk.encodings):
                # Each text may repeat those before it: 1 GiB at worst, not BYTES.
                size += chunk.total_uncompressed_size // 16
        width += size * max(1, chunk.num_values // max(1, chunks.num_rows))
    return max(1, min(ROWS, BYTES // width))


_RENAME = "rename all but one of them"
_EMPTY = np.zeros(0, np.int64)


def _rows(first: int) -> Any:
    return lambda rows: np.asarray(rows) + first


def _batch(source: Source, batch: Any, kinds: Mapping[str, Kind], first: int) -> Batch:
    columns: dict[str, Column] = {}
    for name, values in zip(batch.schema.names, batch.columns, strict=True):
        try:
            column = _column(values, kinds.get(name))
        except _TooLarge:
            raise source.error(
                f"`{name}` takes over {MAX_TEXTS:,} characters within"
                f" {batch.num_rows:,} rows from row {first:,} on",
                hint="keep such values in files of their own, and their names here",
            ) from None
        if isinstance(column, Coded):
            column = cells.without(column, source.na_values)
        columns[name] = column
    return Batch(first, batch.num_rows, columns, _rows(first), batch.nbytes)


class _TooLarge(Exception):
    """The texts of a column would fill the memory."""


def _column(values: Any, kind: Kind | None) -> Column:
    import pyarrow as arrow

    of = values.type
    if arrow.types.is_dictionary(of):
        of = of.value_type
        if not _is_text(of):
            values = values.dictionary_decode()
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


def _is_text(of: Any) -> bool:
    import pyarrow as arrow

    kinds = arrow.types
    return bool(kinds.is_string(of) or kinds.is_large_string(of) or kinds.is_binary(of))


def _coded(values: Any, of: Any) -> Column:
    import pyarrow as arrow

    if arrow.types.is_nested(of):
        codes, texts = _nested(values)
        return cells.coded(codes, texts, parsed=False)
    if not _is_text(of):
        values = values.cast(arrow.string())
    if not arrow.types.is_dictionary(values.type):
        values = values.dictionary_encode()
    codes = values.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    # A dictionary grows through the file: of it, what this batch holds, each once.
    place = np.full(len(values.dictionary) + 1, -1)
    place[codes] = 0
    used = np.flatnonzero(place[:-1] == 0)
    seen: dict[str, int] = {}
    held = map(_text, values.dictionary.take(arrow.array(used)).to_pylist())
    place[used] = [-1 if t is None else seen.setdefault(t, len(seen)) for t in held]
    place[-1] = -1
    numeric = arrow.types.is_integer(of) or arrow.types.is_floating(of)
    return cells.coded(place[codes], list(seen), parsed=numeric)


def _nested(values: Any) -> tuple[Array, list[str]]:
    """Lists and the like as JSON, row by row, so that only distinct texts are held."""
    codes = np.full(len(values), -1)
    seen: dict[str, int] = {}
    size = 0
    for row, value in enumerate(values):
        text = _text(value.as_py())
        if text is None:
            continue
        if text not in seen:
            size += len(text)
            if size > MAX_TEXTS:
                raise _TooLarge
        codes[row] = seen.setdefault(text, len(seen))
    return codes, list(seen)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return json.dumps(value, ensure_ascii=False, default=str)
