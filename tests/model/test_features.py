"""Columns as a model sees them: whole numbers, numbers, or texts."""

from __future__ import annotations

import numpy as np
import pytest

from gate.data.columns import Coded, Column, Kind, Numbers, coded
from gate.errors import ConfigError
from gate.model import features


def test_whole_numbers_numbers_and_texts_are_told_apart() -> None:
    table: dict[str, Column] = {
        "n": Numbers(np.array([1, 2])),
        "x": Numbers(np.array([1.5, 2])),
        "c": Coded(np.array([0, 1]), ["a", "1"]),
        "spelled": Coded(np.array([0, 1]), ["7", "2.5"]),
    }
    assert [f.kind for f in features.of(table)] == ["int", "float", "cat", "float"]
    assert [f.name for f in features.of(table, ("x", "n"))] == ["x", "n"]


def test_numbers_that_were_read_as_texts_are_numbers_in_64_bits() -> None:
    column = coded(np.array([1, 0, -1]), ["0.1", "3"], parsed=False)
    assert set(column.kinds.tolist()) == {Kind.STRING}
    feature = features.feature("x", column)
    assert feature.kind == "float" and feature.present().tolist() == [3, 0.1]
    assert feature.missing.tolist() == [False, False, True]


def test_texts_that_no_row_holds_do_not_count() -> None:
    column = Coded(np.array([1, 1]), ["red", "4"])
    assert features.feature("n", column).kind == "int"


def test_numbers_may_be_wanted_as_categories() -> None:
    column = Numbers(np.array([3, 1, 3]), np.array([False, False, True]))
    feature = features.feature("n", column, "cat")
    assert feature.texts == ("1", "3") and feature.values.tolist() == [1, 0, -1]


def test_what_is_not_finite_is_missing() -> None:
    column = Numbers(np.array([np.nan, 1, -np.inf]))
    assert features.feature("x", column).missing.tolist() == [True, False, True]


def test_whole_numbers_with_a_gap_are_whole_all_the_same() -> None:
    column = Numbers(np.array([np.nan, 1, 3]))
    feature = features.feature("n", column, "int")
    assert feature.kind == "int" and feature.present().tolist() == [1, 3]


@pytest.mark.parametrize("kind", ["int", "float"])
def test_texts_are_no_numbers(kind: features.FeatureKind) -> None:
    column = Coded(np.array([0, 1]), ["4", "red"])
    with pytest.raises(ConfigError, match="column `c` holds `red`"):
        features.feature("c", column, kind)


def test_fractions_are_no_whole_numbers() -> None:
    with pytest.raises(ConfigError, match="column `x` holds fractions"):
        features.feature("x", Numbers(np.array([0.5])), "int")


def test_a_column_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(ConfigError) as caught:
        features.of({"a": Numbers(np.arange(2))}, ("b",))
    assert caught.value.hint == "the columns are a"


@pytest.mark.parametrize(
    ("text", "value"), [("3", 3), (" 3 ", 3), ("3.5", 3.5), ("1e2", 100.0)]
)
def test_a_text_stands_for_a_number_where_there_are_numbers(
    text: str, value: float
) -> None:
    feature = features.feature("n", Numbers(np.arange(2)))
    assert feature.value(text) == value
    assert type(feature.value(text)) is type(value)
