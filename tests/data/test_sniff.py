"""Delimiters that nobody named."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.data.sniff import delimiter, unusual_delimiter
from gate.errors import DataError
from tests.data.conftest import MakeSource, read


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        ("a,b\n1,2\n", "x.csv", ","),
        ("a;b\n1,5;2\n", "x.csv", ";"),
        ("a\tb\n1\t2\n", "x.csv", "\t"),
        ("a|b|c\n1|2;3|4\n", "x.txt", "|"),
        ("a,b;c\n1,2;3\n", "x.csv", ","),
        ('"a;b"\n"c;d"\n', "x.csv", ","),
        ('a;b\n"1;\n2";3\n', "x.csv", ";"),
        ("a;b\n1;2\n3;4;5\n", "x.csv", ","),
        ("a;b", "x.csv", ";"),
        ("a\n1\n", "x.csv", ","),
        ("a;b\n1;2\n", "x.tsv", "\t"),
        ("a;b\r\n1;2\r\n", "x.csv", ";"),
        ("\n\na;b\n1;2\n", "x.csv", ";"),
    ],
)
def test_a_delimiter_is_taken_where_all_first_records_agree(
    make_source: MakeSource, content: str, name: str, expected: str
) -> None:
    assert delimiter(make_source(content, name)) == expected


def test_one_that_is_named_is_never_doubted(make_source: MakeSource) -> None:
    assert delimiter(make_source("a;b\n1;2\n", delimiter=",")) == ","
    assert delimiter(make_source("a;b\n1;2\n", delimiter="\\t")) == "\t"


def test_european_decimals_are_texts(make_source: MakeSource) -> None:
    found = read(make_source("x;y\n1,5;1.5\n2,5;2\n"))
    assert found == {"x": ["1,5", "2,5"], "y": [1.5, 2.0]}


def test_only_what_surprises_is_worth_a_word(make_source: MakeSource) -> None:
    assert unusual_delimiter(make_source("a;b\n1;2\n")) == ";"
    assert unusual_delimiter(make_source("a,b\n1,2\n")) == ""
    assert unusual_delimiter(make_source("a;b\n", delimiter=";")) == ""
    assert unusual_delimiter(make_source('{"a;b": 1}', "x.jsonl")) == ""


def test_names_of_columns_stand_for_a_header(make_source: MakeSource) -> None:
    found = read(make_source("1;x\n2;y\n", "a.data", column_names=("n", "s")))
    assert found == {"n": [1, 2], "s": ["x", "y"]}
    with pytest.raises(DataError, match=r"x.csv:1: 2 fields where the header has 1"):
        read(make_source("1,x\n", "x.csv", column_names=("n",)))
    with pytest.raises(DataError, match="twice"):
        make_source("1,x\n", "x.csv", column_names=("n", "n"))


@given(
    delimited=st.sampled_from(";\t|"),
    rows=st.lists(
        st.lists(st.text("ab ;|\t'\"\n", max_size=5), min_size=3, max_size=3),
        min_size=1,
        max_size=6,
    ),
)
def test_what_python_writes_is_found_out(
    tmp_path_factory: pytest.TempPathFactory, delimited: str, rows: list[list[str]]
) -> None:
    from gate.data.source import Source

    text = io.StringIO()
    csv.writer(text, delimiter=delimited, lineterminator="\n", quoting=1).writerows(
        [["x", "y", "z"], *rows]
    )
    path = tmp_path_factory.mktemp("sniff") / "x.csv"
    path.write_text(text.getvalue(), "utf-8", newline="")
    assert delimiter(Source(path=path)) == delimited
