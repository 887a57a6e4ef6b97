"""The file of a notebook: its cells with their lines, and edits that leave the rest."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import cells, patches
from gate.code import ipynb
from gate.code.ipynb import Unreadable
from tests.cells import code, line_of, markdown, notebook

OUTPUT = {"output_type": "stream", "name": "stdout", "text": ["1\n", "x = 1\n"]}


def test_each_line_of_a_cell_has_the_line_of_the_file() -> None:
    text = notebook(markdown("# ä"), "first = 1\nsecond = 2", "third = 3\n")
    one, other = ipynb.read(text.encode()).cells
    assert (one.number, one.lines) == (2, ("first = 1", "second = 2"))
    assert one.at == (line_of(text, "first"), line_of(text, "second"))
    assert (other.number, other.lines) == (3, ("third = 3", ""))
    assert other.at[0] == line_of(text, "third")


@pytest.mark.parametrize(
    ("source", "lines", "at"),
    [
        ("a = 1\nb = 2", ("a = 1", "b = 2"), (3, 3)),
        (["a = ", "1\nb\n", "c"], ("a = 1", "b", "c"), (4, 5, 6)),
        ([], ("",), (3,)),
        (["", "a\n", ""], ("a", ""), (5, 6)),
    ],
)
def test_a_source_may_be_cut_anywhere(
    source: object, lines: tuple[str, ...], at: tuple[int, ...]
) -> None:
    text = '{"cells": [\n{"cell_type": "code",\n"source": '
    text += json.dumps(source, indent=1) + "}]}"
    (cell,) = ipynb.read(text.encode()).cells
    assert (cell.lines, len(cell.at)) == (lines, len(lines))
    assert cell.at == at


def test_the_third_format_is_read_too() -> None:
    old = {"cell_type": "code", "input": ["x = 1"], "prompt_number": 3, "outputs": []}
    text = json.dumps({"worksheets": [{"cells": [old]}], "nbformat": 3})
    (cell,) = ipynb.read(text.encode()).cells
    assert (cell.text, cell.count) == ("x = 1", 3)


@pytest.mark.parametrize(
    ("metadata", "python"),
    [
        ({}, True),
        ({"language_info": {"name": "python", "version": "3.11.2"}}, True),
        ({"language_info": {"name": "python", "version": "2.7.1"}}, False),
        ({"language_info": {"name": "R"}}, False),
        ({"kernelspec": {"name": "ir", "language": "R"}}, False),
        ({"kernelspec": 3, "language_info": []}, True),
    ],
)
def test_a_kernel_of_another_language_is_told(
    metadata: dict[str, object], python: bool
) -> None:
    assert ipynb.read(notebook("x", **metadata).encode()).python is python


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"cells": 1}',
        b'{"cells": [1]}',
        b'{"cells": [{"cell_type": "code", "source": 3}]}',
        b'{"cells": [{"cell_type": "code", "source": [["x"]]}]}',
        b'{"cells": [{"cell_type": "code", "source": "a", "source": "b"}]}',
        b'{"cells": [], "a": 1, "cells": []}',
        b'{"cells": ' + b"[" * 100_000,
        b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"cells": [], "' + b"k" * 5000 + b'": 1}',
        '{"cells": []}'.encode("utf-16"),
        b'{"cells": [], "a": "\xff"}',
    ],
    ids=range(14),
)
def test_what_is_no_notebook_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        ipynb.read(data)


def test_what_a_cell_says_besides_may_be_of_any_type() -> None:
    cell = code("x", metadata=[1], outputs=3, execution_count="one", language=4)
    (read,) = ipynb.read(notebook(cell).encode()).cells
    assert (read.text, read.outputs, read.count, read.python) == (
        "x",
        False,
        None,
        True,
    )


def cleared(text: str) -> str:
    document = ipynb.read(text.encode())
    edits = [edit for cell in document.cells for edit in cell.clearing]
    return patched(text, cells.patch("a.ipynb", document, edits))


def patched(text: str, patch: str) -> str:
    return patches.applied(text, [*patches.hunks(patch)])


@pytest.mark.parametrize("indent", [None, 1, 2, "\t"])
@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("ascii_", [True, False])
def test_clearing_takes_outputs_and_counts_and_leaves_each_other_byte(
    indent: int | str | None, end: str, ascii_: bool
) -> None:
    def text(count: int | None, outputs: list[object]) -> str:
        cell = {"zä": "é\u2028", **code("x = 'ü'\ny", execution_count=count)}
        cell["outputs"] = outputs
        whole = {"nbformat": 4, "cells": [markdown("ö"), cell, cell, code("z")]}
        return json.dumps(whole, indent=indent, ensure_ascii=ascii_) + end

    assert cleared(text(3, [OUTPUT] * 9)) == text(None, [])
    assert cleared(text(None, [])) == text(None, [])


@given(
    st.lists(st.text("abc'\\\n\"éü\u2028😀\t", max_size=20), min_size=1, max_size=4),
    st.text("abc'\\\n\"éü\u2028😀\t", min_size=1, max_size=30),
    st.sampled_from([None, 0, 1, 4]),
    st.booleans(),
    st.booleans(),
)
def test_a_cell_that_is_written_anew_leaves_the_rest(
    sources: list[str], wanted: str, indent: int | None, ascii_: bool, whole: bool
) -> None:
    made = [code(source, outputs=[OUTPUT]) for source in sources]
    if whole:
        made = [{**cell, "source": "".join(cell["source"])} for cell in made]
    before = {"cells": made, "metadata": {"ä": "€"}}
    text = json.dumps(before, indent=indent, ensure_ascii=ascii_)
    document = ipynb.read(text.encode())
    edit = document.rewritten(document.cells[-1], wanted)
    now = json.loads(patched(text, cells.patch("a.ipynb", document, [edit])))
    source = now["cells"][-1].pop("source")
    assert "".join(source) == wanted
    assert isinstance(source, str) is whole
    before["cells"][-1].pop("source")
    assert now == before


def test_lines_that_stay_keep_their_bytes() -> None:
    text = '{"cells": [{"cell_type": "code", "source": ["\\u00e4\\n",\n   "x=1"]}]}'
    document = ipynb.read(text.encode())
    edit = document.rewritten(document.cells[0], "ä\nx = 1")
    assert edit.new == b'["\\u00e4\\n", "x = 1"]'
