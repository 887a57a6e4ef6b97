"""Notebooks as one Python file: what is where, and what is passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.code import notebooks
from gate.code.notebooks import Notebook
from tests.cells import code, line_of, markdown, notebook


def read(tmp_path: Path, text: str) -> Notebook:
    (tmp_path / "a.ipynb").write_text(text, "utf-8")
    found = notebooks.read(tmp_path, "a.ipynb")
    assert found
    return found


def test_cells_are_one_file_whose_lines_have_their_places(tmp_path: Path) -> None:
    text = notebook(markdown("import re"), "import os\nimport sys", "", "%time x\nos")
    found = read(tmp_path, text)
    assert found.text == "import os\nimport sys\n\n\neval(str(), time, x)\nos\n"
    assert [str(found.place(n)) for n in (1, 2, 5, 6, 9)] == [
        "cell 2, line 1",
        "cell 2, line 2",
        "cell 4, line 1",
        "cell 4, line 2",
        "cell 4, line 2",
    ]
    assert found.place(2).at == line_of(text, "import sys")
    assert (found.masked, found.starts) == ({5}, {1, 5})
    assert found.by_line[line_of(text, '"os"')] == "os"


def test_a_cell_that_is_no_python_leaves_the_others_readable(tmp_path: Path) -> None:
    text = notebook("x = 1", "y = 1\nfor", "z = x")
    found = read(tmp_path, text)
    (broken,) = found.broken
    assert (broken.place.cell, broken.place.at) == (2, line_of(text, "for"))
    assert broken.why.startswith("SyntaxError: ")
    assert found.tree and len(found.tree.body) == 2
    assert found.open


@pytest.mark.parametrize(
    "cell",
    [
        code("for", metadata={"tags": ["raises-exception"]}),
        code("for", metadata={"vscode": {"languageId": "sql"}}),
        {"cell_type": "raw", "source": "for"},
        code("%%bash\nfor"),
        code("await x\nasync with y: pass"),
        code("  \n"),
    ],
    ids=range(6),
)
def test_what_is_no_code_or_there_to_fail_is_passed_over(
    tmp_path: Path, cell: dict[str, object]
) -> None:
    assert not read(tmp_path, notebook(cell, "x = 1")).broken


@pytest.mark.parametrize("text", ["", "{}", '{"cells": [3]}'])
def test_a_file_that_is_none_says_so(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)
    assert found.error and not found.text


def test_another_kernel_is_no_notebook_of_ours(tmp_path: Path) -> None:
    text = notebook("x <- 1", kernelspec={"name": "ir", "language": "R"})
    (tmp_path / "a.ipynb").write_text(text)
    assert notebooks.read(tmp_path, "a.ipynb") is None


def test_copies_that_jupyter_keeps_are_none() -> None:
    assert notebooks.is_notebook("a/b.ipynb")
    assert not notebooks.is_notebook("a/.ipynb_checkpoints/b.ipynb")
