"""What a model would say if: the sample cases, and what scikit-learn says."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gate.data.columns import Array, Coded, Column, Numbers
from gate.errors import ConfigError, ToolError
from gate.model import dependence, features, reading, specfile, whatif
from gate.model.features import Feature
from gate.model.predicting import Change, direct
from gate.model.predictions import Predictions
from gate.model.spec import Dependence, Edit, Flip, Spec, Task

CASES = Path(__file__).parent / "cases"


def predict_of(folder: Path) -> Callable[[Any], Any]:
    place = importlib.util.spec_from_file_location("model", folder / "model.py")
    assert place and place.loader
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    found: Callable[[Any], Any] = module.predict
    return found


def close(told: Any, expected: Any) -> None:
    """Every key and number of the expected one is told."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            close(told[key], value)
    elif isinstance(expected, list):
        assert len(told) == len(expected)
        for one, other in zip(told, expected, strict=True):
            close(one, other)
    elif isinstance(expected, float):
        assert told == pytest.approx(expected, rel=1e-12, abs=1e-14)
    else:
        assert told == expected


@pytest.mark.parametrize("name", ["29_pdp_known_function", "30_attribute_flip"])
def test_the_sample_cases_come_out_number_by_number(name: str) -> None:
    folder = CASES / name
    spec = specfile.read(folder / "case.json")
    predictions = reading.read(spec, folder / "predictions.csv")
    found = whatif.ask(spec, predictions, direct(predict_of(folder)))
    told = json.loads(json.dumps(whatif.to_json(found, predictions)))
    close(told, json.loads((folder / "expected.json").read_text()))
    assert told["reproduced"]["differing"] == 0


def made(
    columns: dict[str, Column],
    score: Any,
    task: Task = Task.BINARY,
    classes: tuple[str, ...] = (),
) -> Predictions:
    scores = np.asarray(score, np.float64)
    binary = task is Task.BINARY
    predicted = scores.argmax(axis=1) if scores.ndim == 2 else scores
    return Predictions(
        task=task,
        label=None,
        predicted=np.asarray(scores >= 0.5) if binary else predicted,
        score=None if task is Task.REGRESSION else scores,
        weight=None,
        ids=None,
        classes=classes,
        columns=columns,
        rows=np.arange(len(scores)),
        left_out={},
    )


def ramp(frame: Sequence[Feature], changes: Sequence[Change]) -> list[Array]:
    """An ask that says 0.1 times the value that x is set to, 0.6 where it is not."""
    total = len(frame[0].values)
    sizes = [total if c.rows is None else len(c.rows) for c in changes]
    pairs = zip(sizes, changes, strict=True)
    return [np.full(n, 0.1 * float(c.values.get("x", 6) or 0)) for n, c in pairs]


X: dict[str, Column] = {"x": Numbers(np.arange(5))}


def test_a_whole_number_is_truncated_and_each_point_asked_for_once() -> None:
    feature = features.feature("x", Numbers(np.array([0, 3, 1])))
    assert dependence.grid(feature, 10) == (0, 1, 2, 3)


def test_texts_seen_once_are_no_point_and_the_most_common_are() -> None:
    texts = [f"v{i:02}" for i in range(14)]
    codes = np.array([i for i in range(13) for _ in range(3)] + [13, -1, -1])
    feature = features.feature("c", Coded(codes, texts))
    assert dependence.grid(feature, 10) == tuple(texts[:10])
    once = features.feature("c", Coded(np.arange(14), texts))
    assert dependence.grid(once, 10) == ()


def test_numbers_that_are_categories_stay_numbers() -> None:
    feature = features.feature("x", Numbers(np.array([1, 0, 1, 0, 7])))
    assert dependence.grid(feature, 10, "cat") == (0, 1)


def test_what_is_missing_is_no_point() -> None:
    column = Numbers(np.array([np.nan, 1.0, 3.0, np.inf]))
    assert dependence.grid(features.feature("x", column), 3) == (1.0, 2.0, 3.0)
    nothing = Numbers(np.zeros(2), np.ones(2, bool))
    assert dependence.grid(features.feature("x", nothing), 3) == ()


def test_numbers_beyond_32_bits_keep_64() -> None:
    feature = features.feature("x", Numbers(np.array([0.0, 1e300])))
    assert dependence.grid(feature, 2) == (0.0, 1e300)


def test_a_drop_is_told_with_where_it_leads() -> None:
    curve = dependence.Curve(
        grid=(1, 2, 3, 4),
        numeric=True,
        means=np.array([[0.1], [0.4], [0.3], [0.35]]),
        curves=np.zeros((0, 4, 1)),
    )
    count, drop, at = curve.against("increasing")
    assert (count, at) == (1, 3) and drop == pytest.approx(0.1)
    count, rise, at = curve.against("decreasing")
    assert (count, at) == (2, 2) and rise == pytest.approx(0.3)


def test_many_rows_are_sampled_and_said_to_be() -> None:
    columns: dict[str, Column] = {"x": Numbers(np.arange(3_000.0))}
    predictions = made(columns, np.full(3_000, 0.6))
    spec = Spec(pdp=Dependence(rows=100))
    told = whatif.to_json(whatif.ask(spec, predictions, ramp), predictions)
    assert told["pdp_rows"] == {"rows": 100, "sampled": True, "left_out": {}}
    assert len(told["pdp"]["x"]["all_rows"]["rows"]) == dependence.MAX_CURVES


def test_what_is_predicted_is_limited_by_itself() -> None:
    frame = features.of({"x": Numbers(np.arange(1_000_000.0))})
    plan = dependence.plan(Dependence(), frame, {})
    asked = sum(len(c.rows) for c in plan.changes() if c.rows is not None)
    assert 0 < asked <= dependence.MAX_PREDICTED


def test_several_classes_have_a_series_each() -> None:
    def ask(frame: Any, changes: Sequence[Change]) -> list[Array]:
        return [np.tile([0.2, 0.5, 0.3], (5, 1)) for _ in changes]

    predictions = made(
        X, np.tile([0.2, 0.5, 0.3], (5, 1)), Task.MULTICLASS, ("a", "b", "c")
    )
    told = whatif.to_json(whatif.ask(Spec(), predictions, ask), predictions)
    curve = told["pdp"]["x"]["all_rows"]
    assert curve["global_mean"][0] == [0, 0.2, 0.5, pytest.approx(0.3)]
    assert curve["variation"] == 0 and "monotone_increasing" not in curve


def test_only_what_is_named_or_has_a_rule_is_looked_at() -> None:
    columns: dict[str, Column] = {n: Numbers(np.arange(5)) for n in "abx"}
    spec = Spec(pdp=Dependence(features=("a",)), monotone={"x": "increasing"})
    found = whatif.ask(spec, made(columns, np.full(5, 0.6)), ramp)
    assert sorted(found.dependences.curves) == ["a", "x"]
    assert found.dependences.curves["x"].against("increasing")[0] == 0


def test_predictions_that_are_stale_are_told() -> None:
    predictions = made(X, [0.6, 0.6004, 0.61, 0.1, 0.6])
    found = whatif.ask(Spec(), predictions, ramp).reproduced
    assert (found.rows, found.differing, found.decisions) == (5, 2, 1)
    assert found.largest == pytest.approx(0.5)


def test_an_edit_tells_both_predictions() -> None:
    spec = Spec(edits=(Edit(row=2, values={"x": 3}), Edit(row=0, values={"x": 7})))
    predictions = made(X, np.full(5, 0.6))
    told = whatif.to_json(whatif.ask(spec, predictions, ramp), predictions)["edits"]
    assert told[0] == {
        "row": 2,
        "values": {"x": 3},
        "before": pytest.approx(0.6),
        "after": pytest.approx(0.3),
        "decision_before": True,
        "decision_after": False,
        "changed": True,
    }
    assert told[1]["changed"] is False


def test_a_value_may_be_taken_away() -> None:
    seen = []

    def predict(frame: Any) -> Any:
        seen.append(frame["x"].isna().sum())
        return frame["x"].fillna(6) * 0.1

    spec = Spec(edits=(Edit(row=2, values={"x": None}),), pdp=Dependence(rows=1))
    whatif.ask(spec, made(X, np.full(5, 0.6)), direct(predict))
    assert sum(seen) == 1


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (Spec(edits=(Edit(row=9, values={"x": 1}),)), "no row 9"),
        (Spec(edits=(Edit(row=0, values={"y": 1}),)), "no feature `y`"),
        (Spec(edits=(Edit(row=0, values={"x": "red"}),)), "`red` is no number"),
        (Spec(edits=(Edit(row=0, values={"x": "nan"}),)), "`nan` is no number"),
        (Spec(edits=(Edit(row=0, values={"x": "1e999"}),)), "`1e999` is no number"),
        (Spec(edits=(Edit(row=0, values={"x": [1]}),)), "is no number"),
        (Spec(flip=Flip(column="y", map={"a": "b"})), "no feature `y`"),
        (Spec(flip=Flip(column="x", map={"77": "1"})), "has none of the values `77`"),
        (Spec(flip=Flip(column="x", map={})), "has none of the values"),
        (Spec(features=("z",)), "no column `z`"),
        (Spec(monotone={"z": "increasing"}), "no feature `z`"),
        (Spec(pdp=Dependence(features=("z",))), "no feature `z`"),
    ],
)
def test_what_is_not_there_is_refused(spec: Spec, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        whatif.ask(spec, made(X, np.full(5, 0.6)), ramp)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([[0.1], [np.nan], [0.2], [np.inf], [0.3]], "for 2 of 5 rows"),
        ([[1e200]] * 5, "boundless numbers for 5 of 5 rows"),
        ([[0.1, 0.2, 0.3]] * 5, r"shape \(rows, 3\); wanted is \(rows,\)"),
    ],
)
def test_an_answer_that_means_nothing_is_refused(answer: Any, said: str) -> None:
    with pytest.raises(ToolError, match=said):
        ask = direct(lambda frame: np.tile(answer, (len(frame) // 5, 1)))
        whatif.ask(Spec(), made(X, np.full(5, 0.6)), ask)


def test_probabilities_of_both_classes_are_taken_as_scikit_learn_gives_them() -> None:
    def predict(frame: Any) -> Any:
        score = frame["x"].to_numpy() * 0.1
        return np.stack([1 - score, score], axis=1)

    found = whatif.ask(Spec(), made(X, np.arange(5) * 0.1), direct(predict))
    assert found.reproduced.largest == 0


def test_a_regression_has_no_decisions_to_change() -> None:
    spec = Spec(flip=Flip(column="x", map={"1": "2"}), edits=(Edit(row=0, values={}),))
    predictions = made(X, np.arange(5), Task.REGRESSION)
    double = direct(lambda frame: frame["x"] * 2.0)
    told = whatif.to_json(whatif.ask(spec, predictions, double), predictions)
    assert told["flips"] is None and told["max_abs_score_change"] == 2
    assert "changed" not in told["edits"][0]
    assert told["reproduced"]["differing"] == 4


def test_numbers_are_swapped_as_numbers() -> None:
    spec = Spec(flip=Flip(column="x", map={"0": "4", "4": "0"}))
    predictions = made(X, np.array([0.0, 0.2, 0.4, 0.6, 0.8]))
    ask = direct(lambda frame: frame["x"] * 0.2)
    told = whatif.to_json(whatif.ask(spec, predictions, ask), predictions)
    assert told["flips"] == 2 and told["flipped_ids"] == [0, 4]
    assert told["neg_to_pos_rate_of_negatives"] == pytest.approx(1 / 3)


def test_scikit_learn_has_the_same_partial_dependence() -> None:
    pytest.importorskip("sklearn")
    from sklearn.ensemble import (  # type: ignore[import-not-found,unused-ignore]
        GradientBoostingRegressor,
    )
    from sklearn.inspection import (  # type: ignore[import-not-found,unused-ignore]
        partial_dependence,
    )

    rng = np.random.default_rng(5)
    data = rng.normal(size=(200, 3)).astype(np.float32).astype(np.float64)
    target = data[:, 0] ** 2 + data[:, 1]
    model = GradientBoostingRegressor(n_estimators=20, random_state=0)
    model.fit(data, target)
    columns: dict[str, Column] = {n: Numbers(data[:, i]) for i, n in enumerate("abc")}
    predictions = made(columns, model.predict(data), Task.REGRESSION)
    ask = direct(lambda frame: model.predict(frame.to_numpy()))
    found = whatif.ask(Spec(), predictions, ask).dependences
    for place, name in enumerate("abc"):
        theirs = partial_dependence(
            model,
            data,
            [place],
            method="brute",
            kind="both",
            grid_resolution=10,
            percentiles=(0, 1),
        )
        ours = found.curves[name]
        assert np.allclose(ours.grid, theirs["grid_values"][0])
        assert np.allclose(ours.means[:, 0], theirs["average"][0])
        assert np.allclose(ours.curves[:, :, 0], theirs["individual"][0][:50])
