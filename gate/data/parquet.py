"""Parquet as batches of typed columns; see `gate.data.arrow` for its types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow.parquet as arrow_parquet

from gate.data import arrow
from gate.data.columns import Batch, Kind
from gate.data.source import Source, opened

ROWS = 65_536  # of one batch
BYTES = 64 * 1024 * 1024  # of one batch, as far as the file tells before it is read


def read(
    source: Source, kinds: Mapping[str, Kind], only: frozenset[str] | None = None
) -> Iterator[Batch]:
    """The table in batches; see `gate.data.table.read`. Lines are rows here."""
    with opened(source) as file, arrow.native(source, file, "Parquet") as native:
        metadata = arrow_parquet.read_metadata(native)
        _check_chunks(native, metadata)
        table = arrow_parquet.ParquetFile(
            native, metadata=metadata, read_dictionary=_repeated(metadata)
        )
        names = list(table.schema_arrow.names)
        arrow.check_names(source, names)
        wanted = [name for name in names if only is None or name in only]
        first = 1
        # One by one, because the texts of a column add up until the reader's end.
        for group in range(metadata.num_row_groups):
            rows = _rows_at_once(metadata, group, frozenset(wanted))
            for batch in table.iter_batches(rows, [group], columns=wanted):
                yield arrow.batch(source, batch, kinds, first)
                first += batch.num_rows
        if first == 1:
            yield arrow.empty(wanted)


def _check_chunks(native: Any, metadata: Any) -> None:
    """Have a row of each group read, by what tells that a column's chunk is damaged.

    The metadata of such a chunk, when asked for by itself, ends the process:
    `RowGroupMetaData.column` lets no exception through.
    """
    table = arrow_parquet.ParquetFile(native, metadata=metadata)
    for group in range(metadata.num_row_groups):
        next(table.iter_batches(1, [group]), None)


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
