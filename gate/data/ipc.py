"""Arrow's own files, Feather among them, and its streams, as batches of columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow.ipc as arrow_ipc  # type: ignore[import-untyped]

from gate.data import arrow
from gate.data.columns import Batch, Kind
from gate.data.source import Source, opened

ROWS = 65_536  # of one batch
_FILE, _FEATHER_1 = b"ARROW1", b"FEA1"


def read(
    source: Source, kinds: Mapping[str, Kind], only: frozenset[str] | None = None
) -> Iterator[Batch]:
    """The table in batches; see `gate.data.table.read`. Lines are rows here."""
    with opened(source) as file:
        start = file.read(8)
        file.seek(0)
        if start.startswith(_FEATHER_1):
            hint = "write it again, with a pyarrow of today"
            raise source.error("the first version of Feather", hint=hint)
        with arrow.native(source, file, "Arrow") as native:
            first = 1
            names, batches = _batches(source, native, start.startswith(_FILE), only)
            for batch in batches:
                # What a file says of itself is believed, unless it is validated.
                batch.validate(full=True)
                for row in range(0, batch.num_rows, ROWS):
                    part = batch.slice(row, ROWS)
                    yield arrow.batch(source, part, kinds, first)
                    first += part.num_rows
            if first == 1:
                yield arrow.empty(names)


def _batches(
    source: Source, native: Any, is_file: bool, only: frozenset[str] | None
) -> tuple[list[str], Iterator[Any]]:
    """The names of the columns that are wanted, and the batches of them."""
    open_ = arrow_ipc.open_file if is_file else arrow_ipc.open_stream
    names = open_(native).schema.names
    arrow.check_names(source, names)
    wanted = [i for i, name in enumerate(names) if only is None or name in only]
    native.seek(0)
    reader = open_(native, options=arrow_ipc.IpcReadOptions(included_fields=wanted))
    if is_file:
        numbers = range(reader.num_record_batches)
        return reader.schema.names, (reader.get_batch(i) for i in numbers)
    return reader.schema.names, iter(reader)
