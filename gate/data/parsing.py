"""One block of delimited text as typed columns, parsed by Arrow.

Arrow reads a number only where Python does too, and reads the same, but for three
things, which are looked for: hexadecimal integers, `nan(...)`, and whole numbers
beyond 64 bits, which are no floats for us. A column that Arrow does not read as
numbers comes as its distinct texts.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from gate.data import buffers
from gate.data import columns as cells
from gate.data.columns import Coded, Column, Kind, Numbers
from gate.data.records import STRIDE, Block
from gate.data.source import Source
from gate.errors import DataError

_BLANK = re.compile(rb"[\r\n]*")
Types = dict[int, Kind]  # of columns, by their places: what is known of them


class Parsed(NamedTuple):
    """The columns of a block by their places, its rows, what it tells of the types."""

    columns: dict[int, Column]
    rows: int
    types: Types


@dataclass(frozen=True)
class Layout:
    """What all blocks of a table share; `wanted` are the places of the columns read.

    `expected` are the types that are asked for: such a column has it, or is text.
    """

    source: Source
    delimiter: bytes
    header: list[str]
    wanted: list[int]
    expected: Mapping[int, Kind]


def parse(layout: Layout, block: Block, types: Types) -> Parsed:
    """The block's columns, given the types found so far.

    Raises:
        DataError: a record has more or fewer fields than the header.
    """
    return _Parsing(layout, block, types).parse()


class _Parsing:
    def __init__(self, layout: Layout, block: Block, types: Types) -> None:
        self.layout = layout
        self.block = block
        self.types = types
        self.hexadecimal = Kind.INT in types.values() and _may_be_hexadecimal(block)

    def parse(self) -> Parsed:
        import pyarrow as arrow

        if _BLANK.fullmatch(self.block.data):
            empty = Numbers(np.zeros(0, np.int64))
            return Parsed(dict.fromkeys(self.layout.wanted, empty), 0, {})
        try:
            table = self._read(self.types)
        except arrow.ArrowInvalid:
            # Which column is no longer of its type is found one by one.
            known = self.types.items()
            texts: Types = {i: kind for i, kind in known if kind is Kind.STRING}
            try:
                table = self._read(texts)
            except arrow.ArrowInvalid:
                raise self._ragged() from None
        self._check_line_ends(table.num_rows)
        columns: dict[int, Column] = {}
        found: Types = {}
        wanted = self.layout.wanted
        # Of no columns Arrow reads all.
        for i, values in zip(wanted, table.columns[: len(wanted)], strict=True):
            column = self._column(i, values.combine_chunks())
            columns[i] = column
            if isinstance(column, Coded):
                found[i] = Kind.STRING
            elif column.absent < len(column.values):
                found[i] = column.kind
        return Parsed(columns, table.num_rows, found)

    def _read(self, types: Types, only: int | None = None) -> Any:
        """The table, each column of the type that is known, texts where none is."""
        import pyarrow as arrow
        from pyarrow import csv

        forms = {
            Kind.INT: arrow.string() if self.hexadecimal else arrow.int64(),
            Kind.FLOAT: arrow.float64(),
            Kind.STRING: arrow.dictionary(arrow.int32(), arrow.string()),
        }
        data = self.block.data
        if data.startswith(codecs.BOM_UTF8):
            data = codecs.BOM_UTF8 + data  # for the one that is taken off
        names = [str(i) for i in range(len(self.layout.header))]
        wanted = self.layout.wanted if only is None else [only]
        return csv.read_csv(
            arrow.py_buffer(data),
            read_options=csv.ReadOptions(
                column_names=names, use_threads=False, block_size=len(data) + 1
            ),
            parse_options=csv.ParseOptions(
                delimiter=self.layout.delimiter.decode(),
                newlines_in_values=self.block.quoted is not None,
            ),
            convert_options=csv.ConvertOptions(
                check_utf8=False,
                column_types={
                    str(i): forms[types[i]] if i in types else arrow.string()
                    for i in wanted
                },
                include_columns=[str(i) for i in wanted],
                null_values=["", *self.layout.source.na_values],
                strings_can_be_null=True,
            ),
        )

    def _check_line_ends(self, rows: int) -> None:
        """A carriage return alone ends a line for Arrow, and for nobody else."""
        if b"\r" in self.block.data and rows != self.block.rows:
            raise self._ragged()

    def _column(self, place: int, values: Any) -> Column:
        import pyarrow as arrow

        if arrow.types.is_string(values.type):
            return self._of_texts(place, values)
        if arrow.types.is_dictionary(values.type):
            return _coded(values)
        numbers = self._numbers(values)
        if numbers is None:
            texts = self._read({place: Kind.STRING}, place)
            return _coded(texts.column(0).combine_chunks())
        return numbers

    def _of_texts(self, place: int, values: Any) -> Column:
        """Texts as numbers, if they all spell some; the lesser type first."""
        import pyarrow as arrow
        from pyarrow import compute

        expected = self.layout.expected.get(place)
        kinds = [expected] if expected is not None else [Kind.INT, Kind.FLOAT]
        trimmed = compute.ascii_trim_whitespace(values)
        for kind in kinds:
            if kind < self.types.get(place, Kind.INT) or kind is Kind.STRING:
                continue
            if _is_misread(trimmed, kind, expected):
                continue
            form = arrow.int64() if kind is Kind.INT else arrow.float64()
            try:
                numbers = self._numbers(trimmed.cast(form))
            except arrow.ArrowInvalid:
                continue
            if numbers is not None:
                return numbers
        return _coded(values.dictionary_encode())

    def _numbers(self, values: Any) -> Numbers | None:
        """Arrow's numbers as ours; None if some float may be a text for us."""
        import pyarrow as arrow

        whole = arrow.types.is_integer(values.type)
        numbers, missing = buffers.numbers(values, "i8" if whole else "f8")
        present = numbers if missing is None else numbers[~missing]
        if whole or not len(present):
            return Numbers(numbers, missing)
        least, most = present.min(), present.max()
        if least != least and b"(" in self.block.data:
            return None
        # A whole number beyond 64 bits; it may have no fraction or not be a float.
        if not (-(2.0**63) < least and most < 2.0**63):
            large = np.abs(present) >= 2.0**63
            if bool((large & np.isfinite(present)).any()):
                return None
        if not self.layout.source.exact:
            numbers = cells.round_to_float32(numbers)
        return Numbers(numbers, missing)

    def _ragged(self) -> DataError:
        """What is wrong with the first record that has not the header's fields."""
        expected, block = len(self.layout.header), self.block
        error = self.layout.source.error
        for record in block.records():
            line = block.line + block.data.count(b"\n", 0, record.start)
            if has_stray_return(block.data[record.start : record.end]):
                return stray_return(self.layout.source, line)
            if record.fields != expected:
                more = "more" if record.fields > expected else "fewer"
                return error(
                    f"{_plural(record.fields)} where the header has {expected}",
                    line=line,
                    hint=f"{more} than the header: look for a missing or unquoted "
                    f"delimiter ({block.delimiter.decode()!r}) on that line",
                )
        return error(
            "a record that cannot be parsed",
            line=block.line,
            hint="look for stray quotes after that line",
        )


def _plural(fields: int) -> str:
    return f"{fields} field{'' if fields == 1 else 's'}"


def has_stray_return(record: bytes | bytearray) -> bool:
    """Whether a carriage return stands alone, unquoted: the parser ends lines there."""
    record = record.rstrip(b"\r\n")
    ends = (record.partition(b'"')[0], record.rpartition(b'"')[2])
    return any(b"\r" in end.replace(b"\r\n", b"") for end in ends)


def stray_return(source: Source, line: int) -> DataError:
    """A line that ends as no other does."""
    hint = "end lines with a line feed, and quote fields that hold line breaks"
    return source.error("a carriage return without a line feed", line=line, hint=hint)


def _may_be_hexadecimal(block: Block) -> bool:
    """Whether `0x` or `0X` is anywhere in it."""
    for start in range(0, len(block.data), STRIDE):
        part = block.array[start : start + STRIDE + 1]
        if bool(((part[1:] | 32 == ord("x")) & (part[:-1] == ord("0"))).any()):
            return True
    return False


def _is_misread(texts: Any, kind: Kind, expected: Kind | None) -> bool:
    """Whether Arrow reads hexadecimal integers, or takes integers for floats."""
    from pyarrow import compute

    if kind is Kind.INT:
        found = compute.match_substring(texts, "0x", ignore_case=True)
        return bool(compute.any(found).as_py())
    # `+1` is an integer that Arrow reads as a float only; but `+1.5`, `1e3`, `nan`.
    found = compute.match_substring_regex(texts, "[.eEnN]")
    return expected is None and not compute.any(found).as_py()


def _coded(values: Any) -> Coded:
    return Coded(buffers.places(values.indices), values.dictionary)
