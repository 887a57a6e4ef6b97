"""Delimited text as batches of typed columns, read by pandas' C parser in blocks.

Each block is parsed with pandas' own guess of the types, which is fast. Where the
guess could differ from ours (text, booleans, whole numbers written as floats because
a cell is missing), that column of the block is parsed again as distinct texts, and so
are all later blocks.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from gate.data import columns as cells
from gate.data.columns import Batch, Coded, Column, Kind, Numbers
from gate.data.records import Block, Unclosed, blocks
from gate.data.source import TEXT, Source, Text, opened
from gate.errors import DataError


def read(
    source: Source, kinds: Mapping[str, Kind], only: frozenset[str] | None = None
) -> Iterator[Batch]:
    """The table in batches; see `gate.data.table.read`."""
    with opened(source) as file:
        delimiter = _delimiter(source)
        text = Text(source, file)
        try:
            yield from _batches(source, blocks(text.read, delimiter), kinds, only)
        except Unclosed as error:
            if not error.quoted:
                hint = "end each row with a line feed"
                what = "a line beyond all bounds"
                raise source.error(what, line=error.line, hint=hint) from None
            raise source.error(
                "a quote opens a field here and is never closed",
                line=error.line,
                hint='close it; a quote inside a quoted field is written twice: ""',
            ) from None


def _delimiter(source: Source) -> bytes:
    suffixes = [s for s in source.path.suffixes if s.lower() != ".gz"]
    default = TEXT.get(suffixes[-1].lower(), ",") if suffixes else ","
    delimiter = source.delimiter or default
    if delimiter == "\\t":
        delimiter = "\t"
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n\0':
        hint = "use one ASCII character, such as , ; | or \\t"
        raise source.error(f"`{delimiter}` cannot be a delimiter", hint=hint)
    return delimiter.encode()


def _batches(
    source: Source,
    stream: Iterator[Block],
    kinds: Mapping[str, Kind],
    only: frozenset[str] | None,
) -> Iterator[Batch]:
    parser: _Parser | None = None
    first = 1
    for block in stream:
        if parser is None:
            record = next(block.records(), None)
            if record is None:
                continue
            source.check_columns(record.fields, line=block.line)
            header = _header(source, block, record.start, record.end)
            parser = _Parser(source, header, kinds, only)
            line = block.line + block.data.count(b"\n", 0, record.end)
            block = Block(block.data[record.end :], line, block.delimiter)
        batch = parser.parse(block, first)
        yield batch
        first += batch.rows
    if parser is None:
        raise source.error("only blank lines", hint="write the table again")


def _header(source: Source, block: Block, start: int, end: int) -> list[str]:
    record = block.data[start:end]
    line = block.line + block.data.count(b"\n", 0, start)
    if _has_stray_return(record):
        raise _stray_return(source, line)
    rows = csv.reader(io.StringIO(record.decode()), delimiter=block.delimiter.decode())
    try:
        names = next(rows)
    except csv.Error as error:
        hint = "look at the first line: it should be the columns' names"
        raise source.error(f"no header: {error}", line=line, hint=hint) from None
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        places = [str(i + 1) for i, name in enumerate(names) if name == twice[0]]
        raise source.error(
            f"the header names `{twice[0]}` twice: columns {' and '.join(places[:5])}",
            line=line,
            hint="rename all but one of them",
        )
    if len(names) == 1 and not source.delimiter:
        for other in ";\t|,":
            if other in names[0]:
                raise source.error(
                    f"one column called `{names[0][:60]}`: is {other!r} the delimiter?",
                    line=line,
                    hint="name it, by `delimiter:` in gate.yaml or by --delimiter:"
                    f" {other!r}, or "
                    f"{block.delimiter.decode()!r} if it really is one column",
                )
    return names


class _Parser:
    """What is known of the columns so far, and the parsing of one block."""

    def __init__(
        self,
        source: Source,
        header: list[str],
        kinds: Mapping[str, Kind],
        only: frozenset[str] | None,
    ) -> None:
        self.source = source
        self.header = header
        numbered = list(enumerate(header))
        self.wanted = [i for i, name in numbered if only is None or name in only]
        self.texts = {i for i, name in numbered if kinds.get(name) is Kind.STRING}

    def parse(self, block: Block, first: int) -> Batch:
        """The block as a batch.

        Raises:
            DataError: a record has more or fewer fields than the header.
        """
        data = block.without_blank_lines()
        if not data:
            empty = Numbers(np.zeros(0, np.int64))
            columns: dict[str, Column] = {self.header[i]: empty for i in self.wanted}
            return Batch(first, 0, columns, block.lines, len(block.data))
        # The parser takes a first record that is too long for an index.
        record = next(block.records(), None)
        if record is None or record.fields != len(self.header):
            raise self._ragged(block)
        frame = self._frame(block, data, self.wanted)
        # It fills up records that are too short: they lack delimiters.
        if block.delimiters != len(frame) * (len(self.header) - 1):
            raise self._ragged(block)
        columns = self._columns(block, data, frame)
        return Batch(first, len(frame), columns, block.lines, len(block.data))

    def _frame(self, block: Block, data: bytes, wanted: list[int]) -> pd.DataFrame:
        try:
            return pd.read_csv(
                io.BytesIO(data),
                sep=block.delimiter.decode(),
                header=None,
                names=list(range(len(self.header))),
                index_col=False,
                usecols=None if len(wanted) == len(self.header) else wanted,
                dtype={i: object for i in wanted if i in self.texts},
                keep_default_na=False,
                na_values=["", *self.source.na_values],
                skip_blank_lines=False,
                low_memory=False,
                encoding="utf-8",
            )
        except pd.errors.ParserError:
            raise self._ragged(block) from None

    def _columns(
        self, block: Block, data: bytes, frame: pd.DataFrame
    ) -> dict[str, Column]:
        read: dict[int, Column | None] = {}
        for i in self.wanted:
            read[i] = _coded(frame[i]) if i in self.texts else _numbers(frame[i])
        again = [i for i, column in read.items() if column is None]
        if again:
            self.texts.update(again)
            frame = self._frame(block, data, again)
            read.update({i: _coded(frame[i]) for i in again})
        return {self.header[i]: column for i, column in read.items() if column}

    def _ragged(self, block: Block) -> DataError:
        """What is wrong with the first record that has not the header's fields."""
        expected = len(self.header)
        for record in block.records():
            line = block.line + block.data.count(b"\n", 0, record.start)
            if _has_stray_return(block.data[record.start : record.end]):
                return _stray_return(self.source, line)
            if record.fields != expected:
                more = "more" if record.fields > expected else "fewer"
                return self.source.error(
                    f"{_plural(record.fields)} where the header has {expected}",
                    line=line,
                    hint=f"{more} than the header: look for a missing or unquoted "
                    f"delimiter ({block.delimiter.decode()!r}) on that line",
                )
        return self.source.error(
            "a record that cannot be parsed",
            line=block.line,
            hint="look for stray quotes after that line",
        )


def _plural(fields: int) -> str:
    return f"{fields} field{'' if fields == 1 else 's'}"


def _has_stray_return(record: bytes) -> bool:
    """Whether a carriage return stands alone, unquoted: the parser ends lines there."""
    record = record.rstrip(b"\r\n")
    ends = (record.partition(b'"')[0], record.rpartition(b'"')[2])
    return any(b"\r" in end.replace(b"\r\n", b"") for end in ends)


def _stray_return(source: Source, line: int) -> DataError:
    hint = "end lines with a line feed, and quote fields that hold line breaks"
    return source.error("a carriage return without a line feed", line=line, hint=hint)


def _numbers(series: pd.Series[Any]) -> Numbers | None:
    """The column as numbers; None if its texts have to be looked at."""
    values = series.to_numpy()
    if values.dtype == np.int64:
        return Numbers(values)
    if values.dtype != np.float64:
        return None
    missing = np.isnan(values)
    present = values[~missing] if missing.any() else values
    # Whole numbers may be integers; huge or infinite ones may be too long for one.
    if len(present) and (
        not np.isfinite(present).all()
        or bool((np.abs(present) >= 2.0**63).any())
        or bool((present == np.floor(present)).all())
    ):
        return None
    return Numbers(
        cells.round_to_float32(values), missing if len(present) < len(values) else None
    )


def _coded(series: pd.Series[Any]) -> Coded:
    # Not pandas' own categories: their values can turn into numbers.
    codes, texts = pd.factorize(series.to_numpy())
    return cells.coded(codes, texts.tolist())
