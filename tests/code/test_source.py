"""What a statement is, by whatever line of it that is asked for."""

from __future__ import annotations

import pytest

from gate.code.source import Source

TEXT = """\
import os

@decorated(
    1)
def f(x):
    \"""One.

    Two.
    \"""
    # A comment.
    if (x and
            y):
        return ["a",
                'b',]
    elif x: y()
    try:
        pass
    except OSError:
        pass
    match x:
        case 1:
            z
"""


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((1,), "importos"),
        ((3, 4, 5), "@decorated1deffx:"),
        ((6, 7, 8, 9), "One.Two."),
        ((11, 12), "ifxandy:"),
        ((13, 14), "return[ab]"),
        ((17,), "pass"),
        ((18,), "exceptOSError:"),
        ((22,), "z"),
        ((2, 10, 16 + 100), ""),
    ],
)
def test_each_line_of_a_statement_leads_to_it(
    lines: tuple[int, ...], expected: str
) -> None:
    source = Source("a.py", TEXT)
    assert {source.statement(line) for line in lines} == {expected}


def test_what_cannot_be_parsed_has_no_statements() -> None:
    assert Source("a.py", "def f(:\n").statement(1) == ""
    assert Source("a.py", "(" * 10_000).statement(1) == ""
