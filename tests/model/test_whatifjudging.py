"""Rules on swaps, directions, distances and stale predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gate.model import analysis, whatifjudging
from gate.model.judgement import Judgement
from gate.model.predicting import direct
from gate.model.spec import Counterfactual, Flip, Spec, Task

ROWS = [(i, i % 2, i / 40, i, "fm"[i % 4 < 2]) for i in range(40)]
TEXT = "\n".join(",".join(map(str, row)) for row in ROWS)
ONE_OUTCOME = "0,1,0.9,1,f\n1,1,0.8,2,m"


def score(frame: Any) -> Any:
    """The committed predictions."""
    return frame["x"] / 40


def judged(
    tmp_path: Path, spec: Spec, function: Any = score, text: str = TEXT
) -> list[Judgement]:
    (tmp_path / "predictions.csv").write_text(f"id,label,score,x,sex\n{text}\n")
    ask = direct(function) if function else None
    return list(whatifjudging.judge(spec, analysis.analyze(spec, tmp_path, ask=ask)))


def only(found: list[Judgement]) -> tuple[str, str, str]:
    (one,) = found
    return one.rule, one.state.value, one.message


def test_without_rules_nothing_is_judged(tmp_path: Path) -> None:
    assert judged(tmp_path, Spec()) == []


def swapped(frame: Any) -> Any:
    return score(frame) + (frame["sex"] == "f") * 0.1


@pytest.mark.parametrize(
    ("allowed", "state", "told"), [(0.05, "failed", "5%"), (0.1, "ok", "10%")]
)
def test_a_swap_may_change_so_many_decisions(
    tmp_path: Path, allowed: float, state: str, told: str
) -> None:
    flip = Flip(column="sex", map={"m": "f", "f": "m"}, max_rate=allowed)
    stale, found = judged(tmp_path, Spec(flip=flip), swapped)
    said = "swapping sex changes 4 of 40 decisions (10%); allowed " + told
    assert only([found]) == ("attribute-flips", state, said)
    assert stale.rule == "predictions-stale" and stale.state.value == "warning"
    assert stale.message == (
        "the predict function does not give 20 of 40 committed predictions again:"
        " 2 are decided otherwise, and the largest difference is 0.100"
    )


def test_few_rows_are_not_enough_to_judge_a_swap(tmp_path: Path) -> None:
    flip = Flip(column="sex", map={"m": "f"}, max_rate=0)
    (found,) = judged(tmp_path, Spec(flip=flip, min_rows=41))
    assert found.state.value == "not enough data"


def test_a_direction_that_is_kept_is_said(tmp_path: Path) -> None:
    found = judged(tmp_path, Spec(monotone={"x": "increasing"}))
    said = "predictions are increasing with x (40 rows)"
    assert only(found) == ("not-monotone", "ok", said)
    assert judged(tmp_path, Spec(monotone={"x": "none"})) == []


def test_a_direction_that_is_not_kept_is_told_with_the_place(tmp_path: Path) -> None:
    found = judged(tmp_path, Spec(monotone={"x": "decreasing"}))
    said = "predictions rise with x: expected decreasing (9 of 9 steps against it,"
    assert only(found)[2].startswith(said)
    found = judged(
        tmp_path,
        Spec(monotone={"x": "increasing"}),
        lambda frame: np.minimum(score(frame), 0.7 - 0.01 * frame["x"]),
    )
    _, state, message = only(found[1:])
    assert state == "failed" and message == (
        "predictions rise then fall with x: expected increasing (4 of 9 steps against"
        " it, largest drop 0.05 at 26; 40 rows)"
    )


def test_texts_have_no_direction(tmp_path: Path) -> None:
    found = judged(tmp_path, Spec(monotone={"sex": "increasing"}))
    said = "predictions cannot be increasing with sex: its values have no order"
    assert only(found)[1:] == ("failed", f"{said} (40 rows)")


def test_rules_that_need_a_function_fail_without_one(tmp_path: Path) -> None:
    spec = Spec(
        flip=Flip(column="sex", map={"m": "f"}, max_rate=0.1),
        monotone={"x": "increasing"},
    )
    messages = [one.message for one in judged(tmp_path, spec, None)]
    assert messages == [
        "flip is configured, but no function predicts (40 rows)",
        "monotone is configured, but no function predicts (40 rows)",
    ]


def test_nothing_is_decided_by_numbers(tmp_path: Path) -> None:
    flip = Flip(column="sex", map={"m": "f"}, max_rate=0.1)
    spec = Spec(task=Task.REGRESSION, pred="score", flip=flip)
    found = judged(tmp_path, spec)
    assert only(found)[1] == "failed" and "nothing is decided" in only(found)[2]


@pytest.mark.parametrize(("bound", "state"), [(9.9, "failed"), (0.1, "ok")])
def test_the_median_distance_has_a_least_value(
    tmp_path: Path, bound: float, state: str
) -> None:
    near = Counterfactual(min_median_distance=bound)
    spec = Spec(counterfactual=near, features=("x",))
    rule, told, message = only(judged(tmp_path, spec))
    assert (rule, told) == ("counterfactuals-near", state)
    word = "below 9.900" if state == "failed" else "at least 0.100"
    assert f"is {word} (40 rows)" in message
    rule, told, message = only(judged(tmp_path, spec, None, ONE_OUTCOME))
    assert told == "failed" and "undefined: only one outcome (2 rows)" in message
