"""Files of predictions: what is read of them, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as arrow
import pyarrow.parquet as parquet
import pytest

from gate.data.columns import Coded, Numbers
from gate.errors import ConfigError, DataError
from gate.model import reading, specfile
from gate.model.spec import Spec, Task
from tests.model.conftest import Read

BINARY = "id,label,score\na,0,0.29\nb,1,0.57\nc,1,0.58\n"


def test_scores_keep_their_64_bits(read: Read) -> None:
    found = read(BINARY, "threshold: 0.57")
    assert found.task is Task.BINARY
    assert found.score is not None and found.score.tolist() == [0.29, 0.57, 0.58]
    assert found.predicted.tolist() == [False, True, True]
    assert found.ids.to_pylist() == ["a", "b", "c"]


@pytest.mark.parametrize("mixed", [False, True])
def test_scores_of_json_lines_keep_theirs(read: Read, mixed: bool) -> None:
    rows = [{"label": 1, "score": 0.29}, {"label": 0, "score": 1 if mixed else 0.1}]
    found = read("\n".join(map(json.dumps, rows)), name="p.jsonl")
    assert found.score is not None and found.score[0] == 0.29


@pytest.mark.parametrize(
    "labels, positive, expected",
    [
        ("0 1 1", "", [0, 1, 1]),
        ("0.0 1.0 1.0", "", [0, 1, 1]),
        ("-1 1 -1", "", [0, 1, 0]),
        ("True False true", "", [1, 0, 1]),
        ("yes no yes", "positive: yes", [1, 0, 1]),
        ("yes no yes", "positive: no", [0, 1, 0]),
        ("1 2 2", "positive: 2", [0, 1, 1]),
        ("1 2 2", "positive: 1.0", [1, 0, 0]),
        ("True False true", "positive: true", [1, 0, 1]),
        ("0 0 0", "", [0, 0, 0]),
        ("no no no", "positive: yes", [0, 0, 0]),
    ],
)
def test_labels_as_people_write_them(
    read: Read, labels: str, positive: str, expected: list[int]
) -> None:
    rows = "".join(f"{label},0.5\n" for label in labels.split())
    found = read(f"label,score\n{rows}", positive)
    assert found.label is not None and found.label.tolist() == list(map(bool, expected))


@pytest.mark.parametrize(
    "labels, spec, message, hint",
    [
        ("yes no", "", "which label is positive is not clear", "positive: yes"),
        ("1 2", "", "which label is positive is not clear: there are `1`, `2`", ""),
        ("a b c", "", "labels are `a`, `b`, `c`", "task: multiclass"),
        ("yes no", "positive: yess", "`yess` is positive", "did you mean `yes`?"),
    ],
)
def test_labels_that_cannot_be_told_apart(
    read: Read, labels: str, spec: str, message: str, hint: str
) -> None:
    rows = "".join(f"{label},0.5\n" for label in labels.split())
    with pytest.raises(DataError) as caught:
        read(f"label,score\n{rows}", spec)
    assert message in str(caught.value) and hint in caught.value.hint


def test_rows_that_lack_something_are_left_out_and_counted(read: Read) -> None:
    text = (
        "id,label,score,w,g\n1,,0.5,1,a\n2,1,,1,b\n3,1,nan,1,c\n4,0,0.2,,d\n5,1,1,2,e"
    )
    found = read(text, "weight: w\nslices: [g]")
    assert found.left_out == {
        "without a weight": 1,
        "without a score": 2,
        "without a label": 1,
    }
    assert found.rows.tolist() == [4] and found.ids.to_pylist() == ["5"]
    assert found.weight is not None and found.weight.tolist() == [2.0]
    assert found.texts("g") == ["e"]


@pytest.mark.parametrize(
    "text, spec, message, hint",
    [
        ("label,score\n1,0.5\n0,inf\n", "", "predictions.csv:3: `score` is inf", ""),
        ("label,score\n1,0.5\n0,x\n", "", "csv:3: `score` is 'x', no number", "empty"),
        ("label,score,w\n1,1,1\n1,1,-2\n", "weight: w", "csv:3: `w` is -2", "0 or"),
        ("id,label,score\n7,1,1\n8,1,1\n7,0,0\n", "", "csv:4: `id` has '7' twice", ""),
        ("id,label,score\n,1,1\n8,1,1\n", "", "csv:2: `id` is missing", "each one"),
        ("label,score\n", "", "no rows", "again"),
        ("label,score\n,\n", "", "no row can be judged: 1 without a score", ""),
        ("lable,score\n1,1\n", "", "no column `label`", "did you mean `lable`?"),
        ("label,score\n1,1\n", "slices: [sex]", "no column `sex`", "`label`, `score`"),
        ("label,score\n1,1\n", "id: key", "no column `key`", "the columns are"),
        ("label,score\n1,1\n", "weight: w", "no column `w`", "the columns are"),
        ("label,score\n1,1\n", "scores: [a, b]", "no column `a`", ""),
        ("label,x\n1,1\n", "", "no column with predictions", "score: COLUMN"),
        ("label,x\n1,1\n", "score: y\ntask: binary", "no column `y`", "the columns"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    read: Read, text: str, spec: str, message: str, hint: str
) -> None:
    with pytest.raises(DataError) as caught:
        read(text, spec)
    assert message in str(caught.value) and hint in caught.value.hint


@pytest.mark.parametrize(
    "text, task",
    [
        ("label,score\n1,0.5\n", Task.BINARY),
        ("label,pred\na,b\n", Task.MULTICLASS),
        ("label,pred\n1,2\n", Task.MULTICLASS),
        ("label,pred\n1,2.5\n", Task.REGRESSION),
        ("label,score_a,score_b\na,0.4,0.6\n", Task.MULTICLASS),
        ("label,predictions\n1,2\n", Task.REGRESSION),
        ("label,predictions__probabilities\n1,0.2|0.8\n", Task.BINARY),
        ("label,predictions__probabilities\n1,0.2|0.7|0.1\n", Task.MULTICLASS),
    ],
)
def test_the_columns_tell_the_task(read: Read, text: str, task: Task) -> None:
    assert read(text).task is task


def test_many_whole_numbers_may_be_classes_or_numbers(read: Read) -> None:
    rows = "".join(f"{i},{i}\n" for i in range(30))
    with pytest.raises(DataError, match="may be classes or numbers"):
        read(f"label,pred\n{rows}")
    assert read(f"label,pred\n{rows}", "task: regression").task is Task.REGRESSION


def test_the_lists_of_the_what_if_tool(read: Read) -> None:
    found = read("label,predictions__probabilities\n1,0.2|0.8\n0,\n0,0.9|0.1\n")
    assert found.score is not None and found.score.tolist() == [0.8, 0.1]
    assert found.left_out == {"without a score": 1}
    rows = '{"label": "b", "predictions__probabilities": [0.1, 0.2, 0.7]}\n'
    with pytest.raises(DataError, match="3 columns of scores for 1 classes"):
        read(rows, name="p.jsonl")
    rows = rows.replace('"b"', "2")
    found = read(rows, name="p.jsonl")
    assert found.classes == ("0", "1", "2") and found.predicted.tolist() == [2]


@pytest.mark.parametrize("cell", ["0.1|x", "0.1", "0.5|inf"])
def test_lists_that_are_none(read: Read, cell: str) -> None:
    with pytest.raises(DataError, match="predictions__probabilities"):
        read(f"label,predictions__probabilities\n1,{cell}\n")


def test_classes_are_in_the_order_of_numbers(read: Read) -> None:
    found = read("label,pred\n10,9\n9.0,10\n2,2\n")
    assert found.classes == ("2", "9", "10")
    assert found.label is not None and found.label.tolist() == [2, 1, 0]
    assert found.predicted.tolist() == [1, 2, 0]


def test_without_decisions_the_highest_score_is_one(read: Read) -> None:
    found = read("label,score_b,score_a\na,0.2,0.8\nb,0.5,0.5\n")
    assert found.classes == ("a", "b") and found.predicted.tolist() == [0, 0]
    assert found.score is not None and found.score.tolist() == [[0.8, 0.2], [0.5, 0.5]]


def test_a_base_needs_neither_labels_nor_slices(read: Read) -> None:
    found = read("id,score,x\n1,0.5,2\n", "slices: [sex]", is_base=True)
    assert found.label is None and len(found) == 1


def test_parquet_has_types_of_its_own(tmp_path: Path) -> None:
    table = arrow.table(
        {
            "id": [7, 8, 9],
            "label": [True, False, None],
            "score": [0.29, 0.5, 0.7],
            "g": arrow.array(["x", None, "x"]).dictionary_encode(),
            "age": [1.5, None, 3.0],
        }
    )
    parquet.write_table(table, tmp_path / "p.parquet")
    spec = Spec(slices=("g",))
    found = reading.read(spec, tmp_path / "p.parquet")
    assert found.label is not None and found.label.tolist() == [True, False]
    assert found.ids.to_pylist() == ["7", "8"]
    assert found.texts("g") == ["x", None]
    assert isinstance(found.columns["g"], Coded)
    assert isinstance(found.columns["age"], Numbers)
    ages = found.floats("age")
    assert ages is not None and ages[0] == 1.5 and np.isnan(ages[1])


def test_a_column_that_turns_to_text_midway_is_text_throughout(tmp_path: Path) -> None:
    rows = [f"{i % 2},0.5,00{i % 3}" for i in range(200_000)] + ["1,0.5,x"]
    path = tmp_path / "p.csv"
    path.write_text("label,score,g\n" + "\n".join(rows))
    found = reading.read(Spec(), path)
    assert found.texts("g")[:4] == ["000", "001", "002", "000"]
    assert found.texts("g")[-1] == "x" and len(found) == 200_001


@pytest.mark.parametrize(
    "text, line, message, hint",
    [
        ("slice: [sex]", 1, "there is no `slice` in a spec", "did you mean `slices`?"),
        ("id: x\nmetrics:\n  f1: {mn: 1}", 3, "no `mn` in metrics.f1", "`min`"),
        ("threshold: high", 1, "`threshold`: expected `float`", ""),
        ("task: clustering", 1, "`task`: invalid", "`binary`"),
        ("- 1", 1, "a specification is a mapping", "write keys"),
        ("threshold: .nan", 1, "`threshold`: expected `float` >=", ""),
        ("slices: [{column: a, bins: [.inf]}]", 1, "`slices.0.bins.0`: expected", ""),
        ("cost_ratios: [.inf]", 1, "`cost_ratios.0`: expected `float` <=", ""),
        ("cost_ratios: [0]", 1, "`cost_ratios.0`: expected `float` > 0", ""),
    ],
)
def test_a_slip_in_a_specification(
    text: str, line: int, message: str, hint: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        specfile.parse(text, "spec.yaml")
    assert message in caught.value.message and caught.value.line == line
    assert hint in caught.value.hint


def test_a_specification_may_be_json_and_describe_itself(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text('{"title": "t", "source": "s", "rows": 3, "note": "", "id": "x"}')
    assert specfile.read(path).id == "x"
    path.write_text("")
    assert specfile.read(path) == Spec()
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        specfile.read(tmp_path / "none.yaml")
