"""Any table as batches of rows: the one way in for statistics and validation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gate.data import csvfile, jsonlines, parquet
from gate.data.columns import Batch, Kind
from gate.data.source import Source


def read(
    source: Source,
    kinds: Mapping[str, Kind] | None = None,
    only: frozenset[str] | None = None,
) -> Iterator[Batch]:
    """The table in batches of consecutive rows, in bounded memory.

    Columns whose kind is given as STRING come as texts; for the others the kind is
    only a hint. `only` leaves the other columns out. The first batch has all the
    columns, and one of no rows comes from a table that has a header only.

    Raises:
        DataError: it cannot be read; names the file, the line and what to do.
    """
    if source.format == "parquet":
        return parquet.read(source, kinds or {}, only)
    if source.format == "jsonl":
        return jsonlines.read(source, kinds or {}, only)
    return csvfile.read(source, kinds or {}, only)
