"""The slices of rows, and their names."""

from __future__ import annotations

import pytest

from gate.errors import ConfigError
from gate.model import slicing
from tests.model.conftest import Analyse, Read


def csv(cells: str, column: str = "g") -> str:
    rows = "".join(f"1,0.5,{cell}\n" for cell in cells.split(" "))
    return f"label,score,{column}\n{rows}"


def names_and_counts(analysis: object, column: str) -> dict[str, int]:
    found = analysis.to_json()["slices"][column]  # type: ignore[attr-defined]
    return {name: one["n"] for name, one in found.items()}


@pytest.mark.parametrize(
    "cells, expected",
    [
        ("b a b", {"a": 1, "b": 2}),
        ("10 9 2", {"2": 1, "9": 1, "10": 1}),
        ("10 9 x", {"10": 1, "9": 1, "x": 1}),
        ("True False True", {"False": 1, "True": 2}),
        ("1.50 2.5 1.50", {"1.50": 2, "2.5": 1}),
        ("a  b nan", {"a": 1, "b": 1, "?": 2}),
        ("? a ", {"?": 2, "a": 1}),
        ("007 7", {"007": 1, "7": 1}),
    ],
)
def test_a_slice_for_each_value(
    analyse: Analyse, cells: str, expected: dict[str, int]
) -> None:
    found = names_and_counts(analyse(csv(cells), "slices: [g]"), "g")
    assert list(found.items()) == list(expected.items())


def test_crossed_slices_are_those_that_have_rows(analyse: Analyse) -> None:
    text = "label,score,a,b\n1,1,x,2\n1,1,x,10\n0,0,y,2\n0,0,,2\n"
    found = analyse(text, "slices: [a, [a, b]]")
    assert names_and_counts(found, "a") == {"x": 1 + 1, "y": 1, "?": 1}
    assert list(names_and_counts(found, "a/b")) == ["x/2", "x/10", "y/2", "?/2"]


def test_bins_are_closed_below_and_the_last_one_above(analyse: Analyse) -> None:
    spec = "slices: [{column: g, bins: [0, 30, 60]}]"
    found = names_and_counts(analyse(csv("-1 0 29.9 30 60 61 "), spec), "g")
    assert found == {"< 0": 1, "[0, 30)": 2, "[30, 60]": 2, "> 60": 1, "?": 1}


def test_quantiles_are_parts_of_equal_size(analyse: Analyse) -> None:
    spec = "slices: [{column: g, quantiles: 4}]"
    cells = " ".join(map(str, range(1, 9)))
    found = names_and_counts(analyse(csv(cells), spec), "g")
    assert found == {"[1, 2.75)": 2, "[2.75, 4.5)": 2, "[4.5, 6.25)": 2, "[6.25, 8]": 2}
    same = names_and_counts(analyse(csv("5 5 5"), spec), "g")
    assert same == {"[5, 5]": 3}


def test_equal_width_as_in_the_what_if_tool(analyse: Analyse) -> None:
    cells = "17 22.5 39.37 45 60 90"
    found = analyse(csv(cells), "numeric_slices: {g: 3}")
    # The standard deviation is 26.8: no decimals are left.
    assert names_and_counts(found, "g") == {"[17, 41)": 3, "[41, 66)": 2, "[66, 90]": 1}
    listed = analyse(csv(cells), "numeric_slices: [{column: g, buckets: 3}]")
    assert listed.to_json()["slices"] == found.to_json()["slices"]
    two = analyse(csv(cells), "numeric_slices: [g]\nslices: [[label, g], g]")
    assert names_and_counts(two, "g") == {"[17, 54)": 4, "[54, 90]": 2}
    assert list(names_and_counts(two, "label/g")) == ["1/[17, 54)", "1/[54, 90]"]
    few = analyse(csv("1 2 2"), "numeric_slices: {g: 3}")
    assert names_and_counts(few, "g") == {"1": 1, "2": 2}
    given = analyse(csv(cells), "numeric_slices: {g: [0, 40, 100]}")
    assert names_and_counts(given, "g") == {"[0, 40)": 3, "[40, 100]": 3}


@pytest.mark.parametrize(
    "spec, message",
    [
        ("slices: [{column: g, bins: [1, 2], quantiles: 2}]", "needs one of bins and"),
        ("slices: [{column: g}]", "needs one of bins and"),
        ("slices: [{column: g, bins: [1, 2]}]", "`g` is not a column of numbers"),
        ("slices: [[]]", "an entry of `slices` is empty"),
        ("slices: [g, g]", "two slices are called `g`"),
    ],
)
def test_slices_that_cannot_be_made(analyse: Analyse, spec: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        analyse(csv("a b"), spec)


def test_a_column_of_identifiers_is_refused(analyse: Analyse) -> None:
    cells = " ".join(f"u{i}" for i in range(slicing.MAX_SLICES + 1))
    with pytest.raises(ConfigError, match="501 different values, too many"):
        analyse(csv(cells), "slices: [g]")


def test_all_values_missing_is_one_slice(analyse: Analyse) -> None:
    found = analyse(csv(" "), "slices: [g, [g, label]]")
    assert names_and_counts(found, "g") == {"?": 2}
    assert names_and_counts(found, "g/label") == {"?/1": 2}


def test_slices_are_those_of_the_rows_that_are_judged(read: Read) -> None:
    found = read("label,score,g\n1,0.5,a\n,0.5,b\n", "slices: [g]")
    (slices,) = slicing.of(slicing.Spec(slices=("g",)), found.columns)
    assert slices.names == ("a",) and slices.codes.tolist() == [0]
