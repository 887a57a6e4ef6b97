"""Keys, and how many distinct values a column has."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.data import hashes
from gate.data.changes import drop, put
from gate.data.columns import Numbers, coded
from tests.data.conftest import Validate

KEYED = """\
key:
  - feature: [id, day]
feature:
  - {name: id, type: INT}
  - {name: day, type: BYTES}
"""


def unique(body: str, type_: str = "BYTES") -> str:
    return f"feature: [{{name: x, type: {type_}, unique_constraints: {body}}}]\n"


def test_a_key_that_is_unique_is_quiet(validate: Validate) -> None:
    assert validate("id,day\n1,a\n1,b\n2,a\n", KEYED).anomalies == ()


def test_repeated_keys_are_told_with_all_their_rows_and_lines(
    validate: Validate,
) -> None:
    table = 'id,day\n1,a\n2,"x\ny"\n1,a\n3,a\n2,"x\ny"\n001,a\n'
    (found,) = validate(table, KEYED).anomalies
    assert (found.feature, found.type) == ("", "KEY_NOT_UNIQUE")
    assert (found.count, found.fraction) == (5, 5 / 6)
    assert [(e.value, e.count, e.rows, e.lines) for e in found.examples] == [
        ("id=1, day=a", 3, (1, 3, 6), (2, 5, 9)),
        ("id=2, day=x\ny", 2, (2, 5), (3, 7)),
    ]
    assert found.changes == (drop("key[0]"),)


def test_a_key_with_a_missing_part_is_not_compared(validate: Validate) -> None:
    assert validate("id,day\n1,\n1,\n,a\n,a\n,\n,\n", KEYED).anomalies == ()


def test_texts_are_compared_by_character_and_numbers_by_value(
    validate: Validate,
) -> None:
    text = "key: [{feature: [x]}]\nfeature: [{name: x, type: BYTES}]\n"
    assert validate("x\n7\n007\n7.0\n", text).anomalies == ()
    number = text.replace("BYTES", "FLOAT")
    (found,) = validate("x\n7\n007\n7.0\n8.5\n", number).anomalies
    assert (found.count, found.examples[0].rows) == (3, (1, 2, 3))


def test_many_repeated_keys_are_counted_and_the_first_told(validate: Validate) -> None:
    rows = [f"{i},a" for i in range(5_000)] * 2
    (found,) = validate("id,day\n" + "\n".join(rows) + "\n", KEYED).anomalies
    assert found.count == 10_000
    assert [e.rows for e in found.examples[:2]] == [(1, 5_001), (2, 5_002)]
    assert len(found.examples) == 20
    assert "and 4,995 more" in found.description


def test_a_key_of_columns_that_there_are_not_is_a_slip(validate: Validate) -> None:
    schema = "key: [{feature: [b]}]\nfeature: [{name: a, type: INT}]\n"
    (found,) = validate("a\n1\n", schema).anomalies
    assert found.type == "INVALID_SCHEMA_SPECIFICATION"
    assert "the column b, which there is not" in found.description


@given(st.lists(st.sampled_from([0, 1, 2, 7, 2**53, 2**53 + 1, -(2**63)])))
def test_repeated_hashes_are_those_that_pandas_finds(values: list[int]) -> None:
    store = hashes.Store()
    for start in range(0, len(values), 3):
        part = np.array(values[start : start + 3], np.int64)
        store.add(hashes.cells(Numbers(part), len(part), text=False))
    often = np.concatenate([counts for _, counts in store.counted()])
    expected = pd.Series(values, dtype="int64").value_counts()
    assert sorted(often.tolist()) == sorted(expected.tolist())
    assert store.distinct() == len(expected)
    store.close()


def test_hashes_beyond_the_memory_are_kept_in_a_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hashes, "_IN_MEMORY", 1_000)
    monkeypatch.setattr(hashes, "_RANGE", 1_000)
    monkeypatch.setattr(hashes, "_CHUNK", 777)
    store = hashes.Store()
    values = np.random.default_rng(0).integers(0, 5_000, 20_000)
    for part in np.array_split(values, 7):
        store.add(hashes.cells(Numbers(part), len(part), text=False))
    assert store.distinct() == len(np.unique(values))
    assert sum(int(counts.sum()) for _, counts in store.counted()) == len(values)
    store.close()


def test_equal_cells_have_equal_hashes_however_they_were_read() -> None:
    texts = coded(np.array([0, 1, 2, -1, 3]), ["7", "0.5", "-0", "nan"])
    numbers = Numbers(
        np.array([7, 0.5, 0.0, 1, np.nan]), np.array([0, 0, 0, 1, 0], bool)
    )
    found = [hashes.cells(column, 5, text=False) for column in (texts, numbers)]
    assert (found[0] == found[1]).all()
    assert found[0][3] == 0
    whole = Numbers(np.array([7, 9007199254740993]))
    assert hashes.cells(whole, 2, text=False)[0] == found[0][0]
    as_text = hashes.cells(Numbers(np.array([7])), 1, text=True)
    assert as_text == hashes.cells(coded(np.array([0]), ["7"]), 1, text=True)


@pytest.mark.parametrize(
    ("body", "type_", "cells", "kind", "change"),
    [
        ("{min: 2}", "BYTES", "a a a", "LOW", put("unique_constraints.min", 1)),
        (
            "{min: 2, max: 2}",
            "BYTES",
            "a b c",
            "HIGH",
            put("unique_constraints.max", 3),
        ),
        ("{max: 1}", "INT", "1 2 007 7", "HIGH", put("unique_constraints.max", 3)),
        ("{min: 4}", "FLOAT", "0.5 nan nan 1", "LOW", put("unique_constraints.min", 3)),
    ],
)
def test_too_few_or_too_many_distinct_values_are_told(
    validate: Validate, body: str, type_: str, cells: str, kind: str, change: object
) -> None:
    report = validate("x\n" + cells.replace(" ", "\n") + "\n", unique(body, type_))
    (found,) = report.anomalies
    assert found.type == f"FEATURE_TYPE_{kind}_UNIQUE"
    assert found.changes == (change,)


def test_missing_cells_are_no_distinct_value(validate: Validate) -> None:
    schema = unique("{min: 2, max: 2}")
    assert validate("x\na\nb\na\n", schema).anomalies == ()
    assert not [
        found
        for found in validate("x,k\na,1\n,1\nb,1\n", schema).anomalies
        if found.feature == "x"
    ]


def test_a_maximum_that_is_not_set_is_no_limit(validate: Validate) -> None:
    assert validate("x\na\nb\nc\n", unique("{min: 1}")).anomalies == ()
