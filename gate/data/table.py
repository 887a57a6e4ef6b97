"""Any table as batches of rows: the one way in for statistics and validation."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from gate.data import csvfile, ipc, jsonlines, parquet, parts
from gate.data.columns import Batch, Kind
from gate.data.source import Source

_READERS = {
    "arrow": ipc.read,
    "csv": csvfile.read,
    "jsonl": jsonlines.read,
    "parquet": parquet.read,
}


def read(
    source: Source,
    kinds: Mapping[str, Kind] | None = None,
    only: frozenset[str] | None = None,
) -> Iterator[Batch]:
    """The table in batches of consecutive rows, in bounded memory.

    Columns whose kind is given as STRING come as texts; for the others the kind is
    only a hint. `only` leaves the other columns out. The first batch has all the
    columns, and one of no rows comes from a table that has a header only. Rows are
    counted through all the files of a dataset, lines in each file.

    Raises:
        DataError: it cannot be read, or its files have not the same columns; names
            the file, the line and what to do.
    """
    files = parts.of(source)
    first = 1
    columns: list[str] | None = None
    for file in files:
        start = first
        header = True
        for batch in _READERS[file.format](file, kinds or {}, only):
            if header and columns is not None and file.format != "jsonl":
                _check_columns(file, list(batch.columns), columns, files[0])
            columns, header = columns or list(batch.columns), False
            first += batch.rows
            if len(files) > 1:
                number = start + batch.first - 1
                batch = dataclasses.replace(batch, first=number, path=file.shown)
            yield batch


def _check_columns(
    file: Source, columns: list[str], expected: list[str], other: Source
) -> None:
    """Refuse a file that has not the columns of the first one, in whatever order."""
    unknown = [name for name in columns if name not in set(expected)]
    lacking = [name for name in expected if name not in set(columns)]
    if not unknown and not lacking:
        return
    what = f"lacks column `{lacking[0]}`" if lacking else f"has column `{unknown[0]}`"
    has = "has" if lacking else "lacks"
    raise file.error(
        f"{what}, which {other.shown} {has}",
        hint="files that are one table have the same columns; judge others apart",
    )
