"""A file of features: joined to the predictions, or in their order."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.data.columns import Coded, Column, Numbers
from gate.errors import DataError
from gate.model import analysis, inputs, reading
from gate.model.predicting import direct
from gate.model.spec import Edit, Spec

PREDICTIONS = "id,label,score\na,0,0.1\nb,1,\nc,1,0.9\n"
SPEC = Spec(inputs="features.csv")


def read(
    tmp_path: Path, text: str, predictions: str = PREDICTIONS
) -> dict[str, Column]:
    (tmp_path / "predictions.csv").write_text(predictions)
    (tmp_path / "features.csv").write_text(text)
    judged = reading.read(SPEC, tmp_path / "predictions.csv")
    return inputs.read(SPEC, tmp_path / "features.csv", judged)


def test_rows_are_joined_by_their_identifier(tmp_path: Path) -> None:
    found = read(tmp_path, "id,x,c,label\nd,4,w,0\nc,3,v,1\na,1.5,u,0\n")
    assert list(found) == ["x", "c"]
    x, c = found["x"], found["c"]
    assert isinstance(x, Numbers) and x.values.tolist() == [1.5, 3]
    assert isinstance(c, Coded) and [c.texts[i] for i in c.codes] == ["u", "v"]


def test_without_an_identifier_they_are_in_the_same_order(tmp_path: Path) -> None:
    found = read(tmp_path, "x\n1\n2\n3\n")["x"]
    assert isinstance(found, Numbers) and found.values.tolist() == [1, 3]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x\n1\n2\n", "2 rows, where the predictions have 3"),
        ("id,x\na,1\na,2\nc,3\n", "not different in each row"),
        ("id,x\na,1\nb,2\n", "1 rows of the predictions are not here.*`c`"),
        ("id,x\na,1\n,2\n,3\n", "not different in each row"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(tmp_path, text)


def test_an_analysis_predicts_from_them(tmp_path: Path) -> None:
    read(tmp_path, "id,x\na,1\nb,5\nc,9\n")
    spec = Spec(inputs="features.csv", edits=(Edit(row=2, values={"x": 2}),))
    ask = direct(lambda frame: frame["x"] / 10)
    told = analysis.analyze(spec, tmp_path, ask=ask).to_json()
    assert told["edits"][0]["after"] == 0.2
    assert told["reproduced"]["differing"] == 0
