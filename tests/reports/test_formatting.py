"""Numbers read as people expect, and round without lying."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.findings import Finding, Kind
from gate.reports import formatting, text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (100.0, "100 %"),
        (99.96, "99.9 %"),
        (99.94, "99.9 %"),
        (50, "50 %"),
        (0.004, "0.1 %"),
        (0.0, "0 %"),
        (-0.5, "-0.5 %"),
        (250.0, "250 %"),
        (float("nan"), "unknown"),
    ],
)
def test_percent(value: float, shown: str) -> None:
    assert formatting.percent(value) == shown


@given(st.floats(0, 100), st.integers(0, 3))
def test_percent_is_100_or_0_only_when_it_is(value: float, digits: int) -> None:
    shown = formatting.percent(value, digits)
    assert (float(shown[:-2]) == 100) == (value == 100)
    assert (float(shown[:-2]) == 0) == (value == 0)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1204, "1,204"),
        (1204.0, "1,204"),
        (3.14159, "3.142"),
        (12345.678, "12,346"),
        (0.000123456, "0.0001235"),
        (1e-9, "1e-09"),
        (1e20, "1e+20"),
        (-2.5, "-2.5"),
        (float("inf"), "inf"),
    ],
)
def test_number(value: float, shown: str) -> None:
    assert formatting.number(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0.00 s"),
        (0.994, "0.99 s"),
        (0.996, "1.0 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (125, "2 min 05 s"),
        (float("nan"), "?"),
    ],
)
def test_seconds(value: float, shown: str) -> None:
    assert formatting.seconds(value) == shown


def test_cells() -> None:
    assert formatting.cell(None, Kind.COUNT) == "–"
    assert formatting.cell("a\nb", Kind.CODE) == "a\\nb"
    assert formatting.cell("a\nb", Kind.TEXT) == "a b"
    assert formatting.cell(12.34, Kind.PERCENT) == "12.3 %"
    assert formatting.cell(True, Kind.COUNT) == "1"


def test_places() -> None:
    here = Finding(rule="r", message="m", path="a.py", line=3, column=4)
    assert formatting.place(here) == "a.py:3:4"
    assert formatting.place(Finding(rule="r", message="m", path="a", column=4)) == "a"
    assert formatting.place(Finding(rule="r", message="m", line=3)) == ""


def test_hidden_characters_are_spelled_out() -> None:
    assert text.visible("a\x1b[1m\u202e\u200b\ud800\U000e0041\r\nb\rc\t") == (
        "a\\x1b[1m\\u202e\\u200b\\ud800\\U000e0041\nb\\x0dc\t"
    )


def test_people_keep_their_alphabets() -> None:
    sentence = "été 北京 👍🏽 מזל naïve"
    assert text.visible(sentence) == sentence
