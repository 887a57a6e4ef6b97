"""Encodings, marks and comments of text files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.data.source import Source
from gate.data.text import Text
from gate.errors import DataError
from tests.data.conftest import MakeSource, read


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_mark_of_unicode_is_obeyed(make_source: MakeSource, encoding: str) -> None:
    assert read(make_source("n,é\n1,ü\n".encode(encoding))) == {"n": [1], "é": ["ü"]}


@pytest.mark.parametrize("encoding", ["utf-16-le", "cp1252", "latin-1", "shift-jis"])
def test_another_encoding_is_named(make_source: MakeSource, encoding: str) -> None:
    text = "n,m\n1,x\n2,\u00b4\n".encode(encoding)
    assert read(make_source(text, encoding=encoding))["m"] == ["x", "\u00b4"]


@pytest.mark.parametrize("encoding", ["hex", "undefined", "a\0b", "klingon", "\ud800"])
def test_what_is_no_encoding_of_text_is_told(
    make_source: MakeSource, encoding: str
) -> None:
    with pytest.raises(DataError, match=r"data\.csv"):
        read(make_source("a,b\n1,2\n", encoding=encoding))


def test_comments_at_the_top_are_no_data_and_lines_keep_their_numbers(
    make_source: MakeSource,
) -> None:
    content = "# made by x\n\n# y, z\na,b\n1,#2\n#3,4\n5\n"
    with pytest.raises(DataError) as caught:
        read(make_source(content, comment="#"))
    assert caught.value.line == 7
    found = read(make_source(content.removesuffix("5\n"), comment="#"))
    assert found == {"a": ["1", "#3"], "b": ["#2", "4"]}


class Trickle:
    """A file that gives a few bytes at a time."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        self.data = data
        self.sizes = sizes

    def read(self, _: int) -> bytes:
        size = self.sizes.pop() if self.sizes else 1
        data, self.data = self.data[:size], self.data[size:]
        return data


@given(
    lines=st.lists(st.text("#ab\u00e9", max_size=4), max_size=8),
    sizes=st.lists(st.integers(1, 9), max_size=9),
)
def test_comments_end_where_the_first_other_line_begins(
    lines: list[str], sizes: list[int]
) -> None:
    from pathlib import Path

    text = "\n".join(lines)
    reader = Text(
        Source(path=Path("x.csv"), comment="#"),
        Trickle(text.encode(), sizes),  # type: ignore[arg-type]
    )
    got = b""
    while chunk := reader.read(1):
        got += chunk
    top = True
    expected = []
    for line in lines:
        top = top and (line.startswith("#") or not line)
        expected.append("" if top else line)
    assert got.decode() == "\n".join(expected)
