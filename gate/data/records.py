"""Where records begin and end in delimited text, quoted line breaks included.

The text comes as bytes of UTF-8 in blocks of whole records, so that a file of any
length is read in bounded memory and each block can be parsed more than once. A quote
opens a field only at its start; inside, two quotes stand for one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from gate.data.columns import Array

QUOTE, NEWLINE, RETURN = b'"\n\r'
MAX_RECORD = 64 * 1024 * 1024  # bytes; a longer one is mostly an unclosed quote
FIRST_BLOCK = 256 * 1024  # small: it is what the types are first guessed from
BLOCK = 4 * 1024 * 1024
STRIDE = 512 * 1024  # bytes looked at at once, so that they stay near the processor


class Unclosed(Exception):
    """A record has no end: a quote is opened on this line (from 1) and never closed.

    Without `quoted` it is the line itself that goes on and on.
    """

    def __init__(self, line: int, *, quoted: bool = True) -> None:
        super().__init__(line)
        self.line = line
        self.quoted = quoted


class Record(NamedTuple):
    """One record of a block: where it begins, where it ends, how many fields."""

    start: int
    end: int
    fields: int


@dataclass(frozen=True, eq=False)
class Block:
    """Whole records; the first one begins on `line` of the file, from 1."""

    data: bytes | bytearray
    line: int
    delimiter: bytes
    quotes: Array | None = None  # known to pair up regularly

    @cached_property
    def array(self) -> Array:
        """The data as an array."""
        return np.frombuffer(self.data, np.uint8)

    @cached_property
    def quoted(self) -> Array | None:
        """The quotes that open and close fields, in pairs; None when there are none."""
        if self.quotes is not None or QUOTE not in self.data:
            return self.quotes
        quotes = find(self.array, QUOTE)
        if _regular(self.array, quotes, self.delimiter):
            return quotes
        return _scan_quotes(self.data, self.delimiter)

    @cached_property
    def rows(self) -> int:
        """How many records are not blank."""
        return len(self._spans[0])

    def _ends(self) -> tuple[Array, Array]:
        """The ends of all records (blank ones too), and the line each begins on."""
        breaks = find(self.array, NEWLINE)
        if self.quoted is not None:
            before = np.searchsorted(self.quoted, breaks)
            outside = np.flatnonzero(before % 2 == 0)
        else:
            outside = np.arange(len(breaks))
        ends = breaks[outside]
        lines = self.line + np.concatenate(([0], outside + 1))
        if not self.data.endswith(b"\n"):
            ends = np.append(ends, len(self.data))
        return ends, lines[: len(ends)]

    @cached_property
    def _spans(self) -> tuple[Array, Array, Array]:
        """Start, end and line of the records that are not blank."""
        ends, lines = self._ends()
        starts = np.concatenate(([0], ends[:-1] + 1)).astype(np.int64)
        lengths = ends - starts
        first = self.array[np.minimum(starts, len(self.data) - 1)]
        full = (lengths > 1) | ((lengths == 1) & (first != RETURN))
        return starts[full], ends[full], lines[full]

    def lines(self, rows: Array) -> Array:
        """The lines of the file on which records (by index, from 0) begin."""
        return np.asarray(self._spans[2][rows])

    def records(self) -> Iterator[Record]:
        """The records that are not blank, one by one: slow, for telling faults."""
        start = count = 0
        for field in _fields(self.data, self.delimiter):
            count += 1
            if field[3] == self.delimiter:
                continue
            if self.data[start : field.end()].strip(b"\r\n"):
                yield Record(start, field.end(), count)
            start, count = field.end(), 0


def blocks(
    read: Callable[[int], bytes], delimiter: bytes, *, size: int = BLOCK
) -> Iterator[Block]:
    """Cut what `read(n)` gives (n bytes, none at the end) at the ends of records.

    Raises:
        Unclosed: a record does not end, or not within MAX_RECORD bytes.
    """
    rest, line, want = b"", 1, min(FIRST_BLOCK, size)
    while chunk := read(want):
        data, want = bytearray(rest), size
        data += chunk
        del chunk
        end, quotes = _cut(data, delimiter)
        rest = bytes(data[end:])
        if end:
            del data[end:]  # the only way to shorten it that copies nothing
            yield Block(data, line, delimiter, quotes)
            line += count(data, NEWLINE)
        if len(rest) > MAX_RECORD:
            opened = _unclosed(rest, delimiter)
            above = rest.count(b"\n", 0, opened or 0)
            raise Unclosed(line + above, quoted=opened is not None)
    opened = _unclosed(rest, delimiter)
    if opened is not None:
        raise Unclosed(line + rest.count(b"\n", 0, opened))
    if rest:
        yield Block(rest, line, delimiter)


def find(data: Array, byte: int) -> Array:
    """Where the byte stands."""
    parts = range(0, len(data), STRIDE)
    found = [np.flatnonzero(data[i : i + STRIDE] == byte) + i for i in parts]
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def count(data: bytes | bytearray, byte: int) -> int:
    """How often the byte stands in the data."""
    array = np.frombuffer(data, np.uint8)
    parts = range(0, len(array), STRIDE)
    return sum(int(np.count_nonzero(array[i : i + STRIDE] == byte)) for i in parts)


def _cut(data: bytes | bytearray, delimiter: bytes) -> tuple[int, Array | None]:
    """The end of the last whole record, 0 when there is none; its regular quotes."""
    end = data.rfind(b"\n") + 1
    if not end or QUOTE not in data:
        return end, None
    array = np.frombuffer(data, np.uint8)
    quotes = find(array[:end], QUOTE)
    if len(quotes) % 2:
        end = data.rfind(b"\n", 0, int(quotes[-1])) + 1
        quotes = quotes[quotes < end]
    if end and _regular(array[:end], quotes, delimiter):
        return end, quotes if len(quotes) else None
    ends = (f.end() for f in _fields(data, delimiter) if f[3] == b"\n")
    return max(ends, default=0), None


def _unclosed(data: bytes | bytearray, delimiter: bytes) -> int | None:
    """Where a quote is opened that is not closed in the data, if so."""
    if QUOTE not in data:
        return None
    array = np.frombuffer(data, np.uint8)
    if _regular(array, np.flatnonzero(array == QUOTE), delimiter):
        return None
    for field in _fields(data, delimiter):
        if field[1] and not field[2]:
            return field.start()
    return None


def _regular(data: Array, quotes: Array, delimiter: bytes) -> bool:
    """Whether every quote opens or closes a field, so that parity tells which."""
    if len(quotes) % 2:
        return False
    if not len(quotes):
        return True
    opening, closing = quotes[::2], quotes[1::2]
    before, after = data[opening - 1], data[np.minimum(closing + 1, len(data) - 1)]
    if not opening[0]:
        before[0] = NEWLINE
    if closing[-1] == len(data) - 1:
        after[-1] = NEWLINE
    # Two quotes in a row are one, inside: they close and open again.
    again = opening[1:] == closing[:-1] + 1
    opens = (before == delimiter[0]) | (before == NEWLINE)
    opens[1:] |= again
    closes = (after == delimiter[0]) | (after == NEWLINE) | (after == RETURN)
    closes[:-1] |= again
    return bool(opens.all() and closes.all())


def _scan_quotes(data: bytes | bytearray, delimiter: bytes) -> Array:
    """The quotes that open and close fields, found field by field."""
    quoted = (field for field in _fields(data, delimiter) if field[1])
    pairs = [place for field in quoted for place in (field.start(1), field.start(2))]
    return np.array(pairs, np.int64)


def _fields(data: bytes | bytearray, delimiter: bytes) -> Iterator[re.Match[bytes]]:
    """The fields: group 1 opens a quote, 2 closes it, 3 ends the field."""
    ended = b"\n"
    for field in _field(delimiter).finditer(data):
        if field.start() == len(data) and ended == b"\n":
            return
        yield field
        ended = field[3]
        if not ended:
            return


@lru_cache
def _field(delimiter: bytes) -> re.Pattern[bytes]:
    end = re.escape(delimiter)
    quoted = rb'(?:(")[^"]*(?:""[^"]*)*("|\Z))?'
    return re.compile(quoted + rb"[^\n" + end + rb"]*(" + end + rb"|\n|\Z)")
