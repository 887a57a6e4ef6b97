"""Weak segments: the planted one is found, and in pure noise there is none."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.data.columns import Coded, Column, Numbers
from gate.errors import ConfigError
from gate.model import segments
from gate.model.predictions import Predictions
from gate.model.spec import Segments, Spec, Task


def made(
    columns: dict[str, Column], wrong: Any, task: Task = Task.BINARY
) -> Predictions:
    """Predictions that are wrong there, or by that much."""
    loss = np.asarray(wrong)
    nothing = np.zeros(len(loss), loss.dtype)
    return Predictions(
        task=task,
        label=nothing,
        predicted=loss,
        score=None,
        weight=None,
        ids=None,
        classes=(),
        columns=columns,
        rows=np.arange(len(loss)),
        left_out={},
    )


def features(rng: np.random.Generator, rows: int) -> dict[str, Column]:
    columns: dict[str, Column] = {
        f"x{i}": Numbers(rng.normal(size=rows)) for i in range(4)
    }
    for i, count in enumerate((2, 4, 30)):
        texts = [f"v{j}" for j in range(count)]
        columns[f"c{i}"] = Coded(rng.integers(0, count, rows), texts)
    columns["name"] = Coded(np.arange(rows), [f"n{i}" for i in range(rows)])
    return columns


def noise(seed: int, task: Task) -> Predictions:
    rng = np.random.default_rng(seed)
    columns = features(rng, 1_000)
    binary = task is Task.BINARY
    loss = rng.random(1_000) < 0.15 if binary else rng.standard_t(3, 1_000)
    return made(columns, loss, task)


@pytest.mark.parametrize("task", [Task.BINARY, Task.REGRESSION])
def test_in_noise_there_is_no_segment_but_at_the_stated_level(task: Task) -> None:
    runs = 200
    alarms = 0
    for seed in range(runs):
        found = segments.find(Spec(), noise(seed, task))
        assert found is not None and found.tested > 300
        alarms += bool(found.found)
    # More than this many come once in a thousand such tests.
    assert alarms <= runs * segments.LEVEL + 3.1 * math.sqrt(runs * 0.05 * 0.95)


@pytest.mark.parametrize("task", [Task.BINARY, Task.REGRESSION])
def test_a_segment_of_two_features_is_found_and_alone(task: Task) -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        columns = features(rng, 4_000)
        x, c = columns["x0"], columns["c1"]
        assert isinstance(x, Numbers) and isinstance(c, Coded)
        weak = (x.values < np.quantile(x.values, 0.2)) & (c.codes == 2)
        size = np.where(weak, 0.5, 0.1)
        binary = task is Task.BINARY
        loss = rng.random(4_000) < size if binary else rng.normal(size=4_000) * size
        found = segments.find(Spec(), made(columns, loss, task))
        assert found is not None
        first, *others = found.found
        assert sorted(first.values) == ["c1", "x0"] and first.values["c1"] == "v2"
        assert first.values["x0"].startswith("< ") and first.rows == weak.sum()
        assert first.loss > 2 * first.rest and first.p < 1e-6
        assert len(others) <= 1


def test_a_segment_of_one_feature_is_told_by_that_alone() -> None:
    rng = np.random.default_rng(3)
    columns = features(rng, 4_000)
    c = columns["c1"]
    assert isinstance(c, Coded)
    loss = rng.random(4_000) < np.where(c.codes == 1, 0.4, 0.1)
    found = segments.find(Spec(), made(columns, loss))
    assert found is not None
    assert [one.values for one in found.found] == [{"c1": "v1"}]


def test_rows_without_a_value_are_a_segment_too() -> None:
    missing = np.arange(1_000) % 4 == 0
    columns: dict[str, Column] = {"x": Numbers(np.arange(1_000.0), missing)}
    found = segments.find(Spec(), made(columns, missing & (np.arange(1_000) % 8 == 0)))
    assert found is not None and found.found[0].values == {"x": "?"}
    assert found.found[0].loss == 0.5 and found.found[0].rest == 0


def test_a_difference_that_is_a_trifle_is_not_told() -> None:
    rng = np.random.default_rng(0)
    half = np.arange(100_000) % 2
    columns: dict[str, Column] = {"g": Numbers(half)}
    loss = rng.random(100_000) < 0.10 + 0.02 * half
    found = segments.find(Spec(), made(columns, loss))
    assert found is not None and found.tested == 2 and not found.found


def test_the_order_of_columns_and_runs_changes_nothing() -> None:
    predictions = noise(8, Task.BINARY)
    again = segments.find(Spec(), predictions)
    assert segments.find(Spec(), predictions) == again


def test_only_named_features_are_looked_at() -> None:
    predictions = noise(1, Task.BINARY)
    spec = Spec(segments=Segments(features=("c0",), min_share=0.1))
    found = segments.find(spec, predictions)
    assert found is not None and (found.tested, found.min_rows) == (2, 100)
    with pytest.raises(ConfigError, match="no column `zz`"):
        segments.find(Spec(segments=Segments(features=("zz",))), predictions)


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"k": Numbers(np.zeros(90))},
        {"k": Numbers(np.zeros(90), np.ones(90, bool))},
        {"k": Numbers(np.full(90, np.nan))},
        {"k": Coded(np.full(90, -1), [])},
    ],
)
@pytest.mark.parametrize("wrong", [np.zeros(90, bool), np.ones(90, bool)])
def test_where_nothing_differs_nothing_is_found(columns: Any, wrong: Any) -> None:
    found = segments.find(Spec(), made(columns, wrong))
    assert found is not None and not found.found
    assert segments.to_json(found)["found"] == []


def test_a_file_that_is_large_or_wide_is_crossed_as_far_as_time_allows() -> None:
    assert segments._paired([20] * 12, 100_000) == 12
    assert segments._paired([5] * 200, 100_000) == 45
    assert segments._paired([200] * 200, 1_000) == 10
    assert segments._paired([], 1_000) == 0


@pytest.mark.parametrize("share", [0.0, 0.02])
def test_a_wide_table_is_searched_in_bounded_room(share: float) -> None:
    rng = np.random.default_rng(0)
    columns: dict[str, Column] = {
        f"c{i}": Coded(rng.integers(0, 300, 3_000), [f"v{j}" for j in range(300)])
        for i in range(300)
    }
    spec = Spec(min_rows=1, segments=Segments(min_share=share))
    found = segments.find(spec, made(columns, rng.random(3_000) < 0.3))
    assert found is not None and found.min_rows == max(15, 60 * (share > 0))


def test_errors_without_bounds_stay_numbers() -> None:
    columns: dict[str, Column] = {"g": Numbers(np.arange(200) % 2)}
    loss = np.where(np.arange(200) % 2, 1e200, 0.0)
    found = segments.find(Spec(), made(columns, loss, Task.REGRESSION))
    assert found is not None and np.isfinite(found.found[0].loss)


@given(st.integers(1, 40), st.data())
def test_the_tail_is_that_of_counting(total: int, data: st.DataObject) -> None:
    all_wrong = data.draw(st.integers(0, total))
    size = data.draw(st.integers(0, total))
    wrong = data.draw(st.integers(0, total))
    ways = sum(
        math.comb(all_wrong, k) * math.comb(total - all_wrong, size - k)
        for k in range(wrong, min(size, all_wrong) + 1)
        if size - k <= total - all_wrong
    )
    exact = ways / math.comb(total, size)
    tail = segments.hypergeometric_tail(wrong, all_wrong, size, total)
    assert tail == pytest.approx(exact, rel=1e-9)
