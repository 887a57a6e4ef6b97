"""Delimited text: what is read, and what is answered where it cannot be."""

from __future__ import annotations

import csv
import gzip
import io
from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gate.data import csvfile, records, table
from gate.data.columns import Kind, Number, Numbers, parse
from gate.data.csvfile import read as read_csv
from gate.data.records import Block, blocks
from gate.data.source import Source
from gate.errors import DataError
from tests.data.conftest import MakeSource, cells, read


def fault(source: Source) -> DataError:
    with pytest.raises(DataError) as caught:
        read(source)
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1", Kind.INT),
        ("1_000", Kind.INT),
        (" 25 ", Kind.INT),
        ("+30", Kind.INT),
        ("007", Kind.INT),
        ("-9223372036854775808", Kind.INT),
        ("9223372036854775808", Kind.STRING),
        ("1e3", Kind.FLOAT),
        (".5", Kind.FLOAT),
        ("nan", Kind.FLOAT),
        ("-Infinity", Kind.FLOAT),
        ("0x1F", Kind.STRING),
        ("1,234", Kind.STRING),
        ("5%", Kind.STRING),
        ("NA", Kind.STRING),
        (" ", Kind.STRING),
        ("１２", Kind.STRING),
        ("1" * 5000, Kind.STRING),
    ],
)
def test_a_cell_has_the_type_that_tfdv_gives_it(text: str, kind: Kind) -> None:
    assert parse(text)[0] is kind


_cells = st.one_of(
    st.integers(-(2**64), 2**64).map(str),
    st.floats().map(repr),
    st.floats().map(lambda number: f"{number:.0f}" if abs(number) < 1e300 else "0"),
    st.sampled_from(
        ["", "1_0", " 7", "True", "false", "1.", "-.5e3", "+inf", "x", "1e"]
        + ["0x1F", "-0X2", "nan", "nan(1)", "-inf", "1e999", "1e-999", "-0", "007"]
    ),
    st.text(alphabet='abc,"\n 1', max_size=6),
)


def same(cell: float, expected: Number | None) -> bool:
    return bool(cell == pytest.approx(expected, rel=1e-6, nan_ok=True))


@given(st.lists(st.tuples(_cells, _cells), max_size=12))
def test_whatever_arrow_reads_the_cells_are_as_python_reads_them(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "guess.csv"
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("a", "b"), *rows])
    path.write_text(text.getvalue(), "utf-8", newline="")
    for i, name in enumerate(("a", "b")):
        batch, *_ = read_csv(Source(path=path), {})
        column = batch.columns[name]
        expected = [parse(row[i]) if row[i] else None for row in rows]
        assert [cell is None for cell in cells(column)] == [e is None for e in expected]
        kinds = [e[0] for e in expected if e]
        if isinstance(column, Numbers):
            if kinds:
                assert column.kind is max(kinds)
            for cell, one in zip(cells(column), expected, strict=True):
                assert one is None or same(cell, one[1])
        else:
            assert cells(column) == [row[i] or None for row in rows]


@given(
    st.lists(st.tuples(_cells, _cells, _cells), max_size=30),
    st.lists(st.sampled_from([None, *Kind]), min_size=3, max_size=3),
    st.integers(8, 60),
)
def test_a_table_in_many_blocks_has_the_cells_that_python_reads(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, ...]],
    hints: list[Kind | None],
    size: int,
) -> None:
    path = tmp_path_factory.getbasetemp() / "blocks.csv"
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("a", "b", "c"), *rows])
    path.write_text(text.getvalue(), "utf-8", newline="")
    kinds = {
        name: kind for name, kind in zip("abc", hints, strict=True) if kind is not None
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csvfile, "blocks", partial(blocks, size=size))
        batches = list(read_csv(Source(path=path), kinds))
        patch.setattr(csvfile, "THREADS", 1)
        again = list(read_csv(Source(path=path), kinds))
    for i, name in enumerate("abc"):
        columns = [batch.columns[name] for batch in batches]
        assert [type(column) for column in columns] == [
            type(batch.columns[name]) for batch in again
        ]
        found = [
            (cell, isinstance(column, Numbers))
            for column in columns
            for cell in cells(column)
        ]
        for (cell, numeric), row in zip(found, rows, strict=True):
            if cell is None or not numeric:
                assert cell == (row[i] or None)
                continue
            kind, number = parse(row[i])
            assert kind is not Kind.STRING and same(cell, number)
            if hints[i] is Kind.INT:
                assert kind is Kind.INT


def test_only_an_empty_cell_is_missing(make_source: MakeSource) -> None:
    found = read(make_source('a,b\nNA,1\n,2\n"",3\nNULL,4\n ,5\n'))
    assert found["a"] == ["NA", None, None, "NULL", " "]


def test_more_values_can_be_said_to_be_missing(make_source: MakeSource) -> None:
    found = read(make_source("a,b\nNA,-9\n2,3\n", na_values=("NA", "-9")))
    assert found == {"a": [None, 2], "b": [None, 3]}


def test_quoted_line_breaks_belong_to_the_field(make_source: MakeSource) -> None:
    source = make_source('a,b\n"x\ny",1\n\n"p""q\n",2\nz,3\n')
    assert read(source)["a"] == ["x\ny", 'p"q\n', "z"]
    (batch,) = table.read(source)
    assert batch.lines(np.arange(3)).tolist() == [2, 5, 7]


def test_a_quote_inside_an_unquoted_field_is_a_quote(make_source: MakeSource) -> None:
    assert read(make_source('a,b\n5" pipe,1\n6" pipe,2\n"x" y,3\n'))["a"] == [
        '5" pipe',
        '6" pipe',
        "x y",
    ]


@given(
    st.lists(
        st.lists(st.text(alphabet='ab,"\n\r', max_size=5), min_size=2, max_size=2),
        min_size=1,
        max_size=20,
    ),
    st.integers(1, 40),
    st.sampled_from(["\n", "\r\n"]),
)
def test_records_are_cut_where_they_end(
    rows: list[list[str]], size: int, end: str
) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(rows)
    data = text.getvalue().encode()
    cut = list(blocks(io.BytesIO(data).read, b",", size=size))
    assert b"".join(block.data for block in cut) == data
    found = [
        row
        for block in cut
        for row in csv.reader(io.StringIO(block.data.decode(), newline=""))
    ]
    assert found == rows
    starts = [
        line
        for block in cut
        for line in block.lines(np.arange(len(list(block.records()))))
    ]
    expected, line = [], 1
    for row in rows:
        expected.append(line)
        line += 1 + sum(cell.count("\n") for cell in row)
    assert starts == expected
    assert sum(block.rows for block in cut) == len(rows)


@given(st.text(alphabet='ab,"\n', max_size=40))
def test_records_are_counted_as_they_are_found_one_by_one(text: str) -> None:
    block = Block(text.encode(), 1, b",")
    assume(text and records._unclosed(block.data, b",") is None)
    # One by one by an expression, counted by the parity of the quotes.
    assert block.rows == sum(1 for _ in block.records())


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_of_both_kinds_are_read(make_source: MakeSource, end: str) -> None:
    source = make_source(end.join(["a,b", "1,x", "", "2,y", ""]))
    assert read(source) == {"a": [1, 2], "b": ["x", "y"]}


def test_a_byte_order_mark_is_not_part_of_the_header(make_source: MakeSource) -> None:
    assert list(read(make_source(b"\xef\xbb\xbfa,b\n1,2\n"))) == ["a", "b"]


def test_tabs_separate_a_tsv_file(make_source: MakeSource) -> None:
    assert read(make_source("a\tb\n1,5\t2\n", "x.tsv")) == {"a": ["1,5"], "b": [2]}


def test_a_given_delimiter_outweighs_the_extension(make_source: MakeSource) -> None:
    found = read(make_source("a;b\n1;2\n", "x.txt", delimiter=";"))
    assert found == {"a": [1], "b": [2]}


def test_gzip_is_read(make_source: MakeSource) -> None:
    packed = gzip.compress(b"a\n1\n2\n", mtime=0)
    assert read(make_source(packed, "x.csv.gz")) == {"a": [1, 2]}


def test_another_encoding_is_read_when_it_is_named(make_source: MakeSource) -> None:
    text = "name,n\nJosé,1\n".encode("utf-16")
    assert read(make_source(text, encoding="utf-16"))["name"] == ["José"]


def test_many_blocks_are_one_table(
    make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f'{i},"a, {i}\nb",{i / 8}' for i in range(20_000)]
    source = make_source("n,t,x\n" + "\n".join(rows))
    firsts, lines = [], []
    for batch in table.read(source):
        firsts.append(batch.first)
        lines += batch.lines(np.arange(batch.rows)).tolist()
    assert len(firsts) > 1
    assert lines == [2 * i + 2 for i in range(20_000)]
    found = read(source)
    assert found["n"] == list(range(20_000))
    assert found["t"][-1] == "a, 19999\nb"


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b"", None, "empty"),
        (b"\n\n", None, "only blank lines"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid x\n",
            None,
            "Git LFS pointer",
        ),
        (b"a,b\n1,2\n3\n", 3, "1 field where the header has 2"),
        (b"a,b\n1,2\n3,4,5\n", 3, "3 fields where the header has 2"),
        (b"a,b\n1,2,3\n4\n", 2, "3 fields where the header has 2"),
        (b'a,b\n"x\ny",2\n3,4,5\n', 4, "3 fields where the header has 2"),
        (b"a,b,a\n1,2,3\n", 1, "names `a` twice: columns 1 and 3"),
        (b"a,b\n1,2\ncaf\xe9,3\n", 3, "byte 0xe9 is not utf-8"),
        (b"a,b\n1,\x002\n", 2, "a byte of value 0"),
        (b'a,b\n1,2\n"x,3\n', 3, "never closed"),
        (b"PK\x03\x04....", None, "ZIP"),
        (b"a;b\n1;2;3\n", 1, "is ';' the delimiter?"),
        (b"a,b\r1,2\r3,4\r", 1, "carriage return"),
        (b"a,b\n1,2\r3,4\n", 2, "carriage return"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(
    make_source: MakeSource, content: bytes, line: int | None, says: str
) -> None:
    error = fault(make_source(content))
    assert says in error.message
    assert error.line == line
    assert error.path == "data.csv"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("x.csv.gz", b"not gzip", "not whole gzip"),
        ("x.csv.gz", gzip.compress(b"a\n" * 1000, mtime=0)[:-20], "not whole gzip"),
        ("x.gz", gzip.compress(b"a\n1\n", mtime=0), "without an extension"),
        ("x.xlsx", b"PK", "`.xlsx`"),
    ],
)
def test_odd_files_are_told_by_what_is_odd(
    make_source: MakeSource, name: str, content: bytes, says: str
) -> None:
    with pytest.raises(DataError, match=says):
        read(make_source(content, name))


def test_a_missing_file_and_a_folder_are_told(make_source: MakeSource) -> None:
    source = make_source("a\n1\n")
    gone = Source(path=source.path.with_name("gone.csv"))
    assert "no such file" in fault(gone).message
    folder = source.path.with_name("folder.csv")
    folder.mkdir()
    with pytest.raises(DataError):
        read(Source(path=folder))


def test_an_encoding_that_python_lacks_is_told(make_source: MakeSource) -> None:
    assert "klingon" in fault(make_source("a\n1\n", encoding="klingon")).message


@pytest.mark.parametrize("delimiter", ["ab", '"', "\n", "é"])
def test_a_delimiter_that_cannot_be_one_is_told(
    make_source: MakeSource, delimiter: str
) -> None:
    assert "delimiter" in fault(make_source("a\n1\n", delimiter=delimiter)).message


def test_a_quote_that_is_never_closed_does_not_fill_the_memory(
    make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "MAX_RECORD", 1_000_000)
    source = make_source("a,b\n1,2\n" + '"x,3\n' + "y,4\n" * 2_000_000)
    assert fault(source).line == 3


def test_a_header_without_rows_is_a_table_of_no_rows(make_source: MakeSource) -> None:
    assert read(make_source("a,b\n")) == {"a": [], "b": []}
    assert read(make_source("a,b")) == {"a": [], "b": []}


def test_a_line_without_end_is_refused(make_source: MakeSource) -> None:
    error = fault(make_source(b"x\n" + b"a" * (records.MAX_RECORD + 1)))
    assert (error.message, error.line) == ("a line beyond all bounds", 2)


def test_too_many_columns_are_refused(make_source: MakeSource) -> None:
    names = ",".join(f"c{i}" for i in range(10_001))
    error = fault(make_source(f"{names}\n"))
    assert "over 10,000 columns" in error.message and error.line == 1
