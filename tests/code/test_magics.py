"""What is IPython's in a cell: found where it is, and nowhere else."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.code import magics


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("x = 1\ny = x % 2", []),
        ("%matplotlib inline\nimport os", [0]),
        ("import os\n\n  # a\n%time os.getcwd()", [3]),
        ("!pip install x\n!ls it's", [0, 1]),
        ("x = (1\n% 2)\n%time x", [2]),
        ("x = '''\n%time x\n'''\n%time x", [3]),
        ("x = 'it\\'s' # '''\n%time x", [1]),
        ("x = 1 \\\n% 2\n%time x", [2]),
        ("files = !ls\nx = 1", [0]),
        ("a, b = %sql select 1", [0]),
        ("x.y['a'] = %time 1", [0]),
        ("len?\n??x\nstr.join??\nx = 1", [0, 1, 2]),
        ("if x:\n    %time x\nelse:\n    !ls", [1, 3]),
        ("!echo \\\n  more\nx = 1", [0, 1]),
        ("%%time\nx = 1\n%time x", [0, 2]),
        ("\n# a\n%%bash\nls\nfor x", [2, 3, 4]),
        ("%%writefile a.py\nx = 1", [0, 1]),
        ("/len x\n,f a\n;f a", [0, 1, 2]),
    ],
)
def test_magics_are_found_where_they_are(text: str, lines: list[int]) -> None:
    found = magics.find(text)
    marked = {n for one in found for n in range(one.first, one.last + 1)}
    assert sorted(marked) == lines
    code = magics.replaced(text, found, magics.stand_in)
    ast.parse(code)
    assert code.count("\n") == text.count("\n")


def test_what_stands_in_uses_the_names_of_the_magic() -> None:
    (magic,) = magics.find("%timeit f(x) if y else None")
    assert magics.stand_in(magic) == "eval(str(), timeit, f, x, y)"


@pytest.mark.parametrize(
    ("text", "brings"),
    [
        ("%matplotlib inline", False),
        ("!ls", False),
        ("x?", False),
        ("%pylab", True),
        ("%run other.ipynb", True),
        ("%%cython\ncdef int x", True),
        ("%nobody_knows", True),
    ],
)
def test_names_may_come_from_magics_that_are_not_known(text: str, brings: bool) -> None:
    (magic,) = magics.find(text)
    assert magic.brings_names is brings


@pytest.mark.parametrize(
    "text",
    [
        "%" * 100_000,
        "x" + " " * 100_000 + "!",
        "x?" + " " * 100_000 + "y",
        "(" * 100_000,
        "'" * 100_001,
        "%a\\\n" * 20_000,
        "\\" * 100_001,
        "x?\n" * 20_000,
    ],
    ids=range(8),
)
def test_hostile_cells_are_read(text: str) -> None:
    code = magics.replaced(text, magics.find(text), magics.stand_in)
    assert code.count("\n") == text.count("\n")


@given(st.text("%!?ax=([])'\"\\\n #;,/1", max_size=60))
def test_no_line_is_ever_lost(text: str) -> None:
    code = magics.replaced(text, magics.find(text), magics.stand_in)
    assert code.count("\n") == text.count("\n")
