"""Counterfactuals: the sample case, and plain Python that does the same slowly."""

from __future__ import annotations

import csv
import json
import math
import statistics
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.data.columns import Coded, Column, Numbers
from gate.model import counterfactuals, distances, features
from gate.model.distances import MAX_TIES
from gate.model.predictions import Predictions
from gate.model.slicing import Slices
from gate.model.spec import Counterfactual, Spec, Task

CASE = Path(__file__).parent / "cases" / "25_counterfactual_toy"
Rows = list[list[float | str | None]]


def predictions(
    columns: dict[str, Column], outcome: Any, task: Task = Task.BINARY
) -> Predictions:
    predicted = np.asarray(outcome)
    return Predictions(
        task=task,
        label=None,
        predicted=predicted,
        score=None,
        weight=None,
        ids=None,
        classes=(),
        columns=columns,
        rows=np.arange(len(predicted)),
        left_out={},
    )


def texts(values: list[str | None]) -> Coded:
    known = sorted({value for value in values if value is not None})
    codes = [-1 if value is None else known.index(value) for value in values]
    return Coded(np.array(codes, np.int64), known)


def numbers(values: list[float | None]) -> Numbers:
    missing = np.array([value is None for value in values])
    held = np.array([value or 0.0 for value in values])
    return Numbers(held, missing if missing.any() else None)


def test_the_sample_case_comes_out_number_by_number() -> None:
    text = (CASE / "predictions.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    case = json.loads((CASE / "case.json").read_text())
    columns: dict[str, Column] = {
        "x": numbers([float(row["x"]) for row in rows]),
        "k": Numbers(np.array([int(row["k"]) for row in rows])),
        "c": texts([row["c"] for row in rows]),
        "u": texts([row["u"] for row in rows]),
    }
    judged = predictions(columns, [float(row["score"]) >= 0.5 for row in rows])
    spec = Spec(
        features=tuple(case["features"]),
        counterfactual=Counterfactual(distance=("L1", "L2")),
    )
    told = counterfactuals.to_json(counterfactuals.find(spec, judged), judged)
    expected = json.loads((CASE / "expected.json").read_text())
    assert {key: told[key] for key in expected} == expected
    assert told["counterfactual_rows"] == 8 and not told["counterfactual_sampled"]


@st.composite
def tables(draw: st.DrawFn) -> tuple[Rows, list[int]]:
    """Rows of two numbers and two texts, of few values so that there are ties."""
    number = st.one_of(st.none(), st.sampled_from([0.0, 0.1, 0.3, 1.0, 7.5, 1e6]))
    text = st.one_of(st.none(), st.sampled_from("abc"))
    row = st.tuples(number, number, text, text).map(list)
    rows = draw(st.lists(row, min_size=2, max_size=12))
    outcome = st.lists(st.integers(0, 2), min_size=len(rows), max_size=len(rows))
    return rows, draw(outcome)


def slow_scales(rows: Rows) -> list[tuple[str, float]]:
    scales = []
    for column in zip(*rows, strict=True):
        values = [value for value in column if value is not None]
        if all(isinstance(value, str) for value in values) and values:
            counts = Counter(values)
            share = sum((count / len(values)) ** 2 for count in counts.values())
            unique = len(counts) == len(values) > 1
            scales.append(("ignored" if unique else "cat", share))
        else:
            held = [float(value) for value in values]
            scales.append(("num", statistics.stdev(held) if len(held) > 1 else 0.0))
    return scales


def slow_distance(a: Any, b: Any, scales: list[tuple[str, float]], power: int) -> float:
    total = 0.0
    for x, y, (kind, size) in zip(a, b, scales, strict=True):
        if kind == "ignored" or (x is None and y is None):
            continue
        if x is None or y is None:
            total += 1
        elif kind == "cat":
            total += 0 if x == y else size**power
        elif size > 0:
            total += (abs(x - y) / size) ** power
    return total


@given(tables(), st.sampled_from(["L1", "L2"]))
def test_plain_python_finds_the_same_rows(
    table: tuple[Rows, list[int]], distance: Any
) -> None:
    rows, outcome = table
    columns: dict[str, Column] = {}
    for i, column in enumerate(zip(*rows, strict=True)):
        some = texts if i > 1 and any(c is not None for c in column) else numbers
        columns[str(i)] = some(list(column))
    judged = predictions(columns, outcome, Task.MULTICLASS)
    spec = Spec(counterfactual=Counterfactual(distance=distance))
    found = counterfactuals.find(spec, judged)
    scales, power = slow_scales(rows), int(distance[1])
    for row, nearest in enumerate(found.by[distance].nearest):
        apart = {
            other: slow_distance(rows[row], rows[other], scales, power)
            for other in range(len(rows))
            if outcome[other] != outcome[row]
        }
        if nearest is None:
            assert not apart
            continue
        least = min(apart.values())
        assert math.isclose(nearest.distance, least, rel_tol=1e-12, abs_tol=1e-12)
        near = [o for o, d in apart.items() if math.isclose(d, least, rel_tol=1e-9)]
        assert set(nearest.rows) <= set(near)
        assert nearest.rows == tuple(sorted(nearest.rows))


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.sampled_from([1e-9, 1.0, 1e12]), st.booleans())
def test_the_rough_search_never_misses_a_tie(
    seed: int, offset: float, squared: bool
) -> None:
    rng = np.random.default_rng(seed)
    values = offset + rng.choice([0.1, 0.2, 0.30000000000000004, 0.3, 1e3], (300, 3))
    columns: dict[str, Column] = {str(i): Numbers(values[:, i]) for i in range(3)}
    columns["c"] = Coded(rng.integers(-1, 4, 300), list("abcd"))
    scales = tuple(map(distances.scale, features.of(columns)))
    odd = np.arange(300) % 2 == 1
    search = distances.Search(scales)
    among, queries = np.flatnonzero(odd), np.arange(0, 300, 2)
    for query, found in zip(
        queries.tolist(), search.nearest(queries, lambda _: odd, squared=squared)
    ):
        exact = distances.between(scales, query, among, squared=squared)
        ties = among[exact == exact.min()]
        assert found is not None and found.distance == exact.min()
        assert found.ties == len(ties) and list(found.rows) == ties[:MAX_TIES].tolist()


def test_of_many_ties_the_first_are_named_and_all_counted() -> None:
    column = Numbers(np.zeros(500))
    judged = predictions({"k": column}, [True] + [False] * 499)
    told = counterfactuals.to_json(counterfactuals.find(Spec(), judged), judged)
    first = told["nearest"]["L1"]["0"]
    assert first["nearest"] == 1 and first["distance"] == 0.0
    assert first["ties"] == list(range(1, 101)) and first["ties_in_all"] == 499


def test_one_outcome_has_no_counterfactuals() -> None:
    judged = predictions({"x": Numbers(np.arange(3))}, [True, True, True])
    told = counterfactuals.to_json(counterfactuals.find(Spec(), judged), judged)
    assert told["L1_summary"] == {"found": 0, "min": None, "median": None, "max": None}
    assert told["nearest"]["L1"]["1"]["nearest"] is None


def test_without_a_feature_that_counts_there_is_no_distance() -> None:
    names = texts(["ann", "bob", "cat"])
    judged = predictions({"name": names}, [True, False, True])
    assert counterfactuals.find(Spec(), judged).by == {}


def test_a_regression_asks_for_a_prediction_that_is_far_enough() -> None:
    judged = predictions(
        {"x": Numbers(np.array([0.0, 1.0, 2.0, 10.0]))},
        np.array([1.0, 2.0, 2.5, 9.0]),
        Task.REGRESSION,
    )
    told = counterfactuals.to_json(counterfactuals.find(Spec(), judged), judged)
    assert told["min_difference"] == statistics.stdev([1.0, 2.0, 2.5, 9.0])
    assert told["nearest"]["L1"]["0"]["nearest"] == 3
    spec = Spec(counterfactual=Counterfactual(min_difference=1.0))
    told = counterfactuals.to_json(counterfactuals.find(spec, judged), judged)
    assert told["nearest"]["L1"]["0"]["nearest"] == 1
    assert told["nearest"]["L1"]["2"]["nearest"] == 0


def test_predictions_that_never_differ_are_nobodys_counterfactual_to_itself() -> None:
    column = Numbers(np.arange(3.0))
    judged = predictions({"x": column}, np.ones(3), Task.REGRESSION)
    found = counterfactuals.find(Spec(), judged).by["L1"].nearest
    assert [one.rows for one in found if one] == [(1,), (0, 2), (1,)]


def test_slices_have_their_own_summary() -> None:
    columns: dict[str, Column] = {"x": Numbers(np.array([0.0, 1.0, 3.0, 7.0]))}
    judged = predictions(columns, [True, False, True, False])
    slices = Slices("g", ("a", "b", "c"), np.array([0, 0, 2, 2], np.int32))
    found = counterfactuals.find(Spec(), judged, [slices]).by["L1"]
    assert list(found.slices["g"]) == ["a", "c"]
    assert found.slices["g"]["a"].max == found.summary.min


def test_a_sample_is_the_same_each_time_and_in_order() -> None:
    rng = np.random.default_rng(1)
    judged = predictions({"x": Numbers(rng.normal(size=90))}, rng.random(90) < 0.5)
    spec = Spec(counterfactual=Counterfactual(sample=20))
    one, other = (counterfactuals.find(spec, judged) for _ in range(2))
    assert len(one.rows) == 20 and one.total == 90
    assert one.rows.tolist() == sorted(other.rows.tolist())
    told = counterfactuals.to_json(one, judged)
    assert told["counterfactual_sampled"] and len(told["nearest"]["L1"]) == 20


@pytest.mark.parametrize("extreme", [1e308, -1e308, np.inf, np.nan, 5e-324])
def test_extreme_numbers_break_nothing(extreme: float) -> None:
    values = np.array([0.0, extreme, 1.0, -extreme, 2.0])
    judged = predictions({"x": Numbers(values)}, [True, False, True, False, True])
    found = counterfactuals.find(Spec(), judged).by["L1"].nearest
    assert all(one is not None and np.isfinite(one.distance) for one in found)
