"""Arrow's own files, Feather among them, and its streams, as batches of columns."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow.ipc as arrow_ipc

from gate.data import arrow
from gate.data.columns import Batch, Kind
from gate.data.source import Source, opened

ROWS = 65_536  # of one batch
MAX_BATCH = 1024**3  # bytes of a compressed batch, which is unpacked at once
_DICTIONARY, _RECORD_BATCH = 2, 3
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
            _check_sizes(source, native, 8 if start.startswith(_FILE) else 0)
            native.seek(0)
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


def _check_sizes(source: Source, native: Any, start: int) -> None:
    """Refuse batches that are packed and would fill the memory, before they do."""
    native.seek(start)
    messages = arrow_ipc.MessageReader.open_stream(native)
    for number, message in enumerate(messages):
        try:
            size = _unpacked_size(message.metadata.to_pybytes(), message.body)
        except (struct.error, IndexError) as error:
            hint = "write the file again"
            raise source.error(f"not whole Arrow: {error}", hint=hint) from None
        if size > MAX_BATCH:
            raise source.error(
                f"the compressed batch {number} takes {size:,} bytes",
                hint="write it in smaller batches, or without compression",
            )


def _unpacked_size(metadata: bytes, body: Any) -> int:
    """The bytes of a batch that is compressed; 0 of another.

    By hand, as nothing tells them before it takes them. The layout is that of
    https://github.com/apache/arrow/blob/main/format/Message.fbs: a compressed buffer
    begins with its length as an int64.
    """
    message = _Flat(metadata, _offset(metadata, 0))
    batch = message.table(2)
    if message.byte(1) == _DICTIONARY and batch:
        batch = batch.table(1)
    elif message.byte(1) != _RECORD_BATCH:
        return 0
    if not batch or not batch.place(3):
        return 0
    total = 0
    for place, length in batch.pairs(2):
        if length >= 8:
            (size,) = struct.unpack("<q", body[place : place + 8].to_pybytes())
            total += max(0, size)
    return total


class _Flat:
    """A table of FlatBuffers at a place in bytes."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at

    def place(self, field: int) -> int:
        """Where a field (by its number) is; 0 if it is not there."""
        (back,) = struct.unpack_from("<i", self.data, self.at)
        fields = self.at - back
        (size,) = struct.unpack_from("<H", self.data, fields)
        if 4 + 2 * field >= size:
            return 0
        (offset,) = struct.unpack_from("<H", self.data, fields + 4 + 2 * field)
        return self.at + offset if offset else 0

    def byte(self, field: int) -> int:
        place = self.place(field)
        return self.data[place] if place else 0

    def table(self, field: int) -> _Flat | None:
        place = self.place(field)
        return _Flat(self.data, _offset(self.data, place)) if place else None

    def pairs(self, field: int) -> Iterator[tuple[int, int]]:
        """A vector of pairs of int64."""
        place = self.place(field)
        if not place:
            return
        start = _offset(self.data, place)
        (count,) = struct.unpack_from("<I", self.data, start)
        for i in range(count):
            yield struct.unpack_from("<qq", self.data, start + 4 + 16 * i)


def _offset(data: bytes, place: int) -> int:
    (offset,) = struct.unpack_from("<I", data, place)
    return place + int(offset)
