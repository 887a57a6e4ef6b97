"""What the data commands read: several files, folders, odd texts, saved datasets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as arrow
import pyarrow.ipc as ipc
import pytest

from gate.errors import ConfigError, DataError
from tests.commands.calls import as_json, run

SCHEMA = "feature:\n  - name: x\n    type: INT\n    int_domain: {max: 4}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.csv").write_text("x\n1\n2\n", "utf-8")
    (tmp_path / "d" / "b.csv").write_text("x\n9\n", "utf-8")
    (tmp_path / "d.schema.yaml").write_text(SCHEMA, "utf-8")
    yield tmp_path


@pytest.mark.parametrize("data", [["d"], ["d/*.csv"], ["d/a.csv", "d/b.csv"]])
def test_several_files_are_one_dataset(data: list[str]) -> None:
    found = as_json("validate", *data, "--schema", "d.schema.yaml")
    assert found["num_examples"] == 3
    (example,) = found["anomalies"][0]["examples"]
    assert example["paths"] == ["d/b.csv"]
    assert (example["rows"], example["lines"]) == ([3], [2])
    text = run("validate", *data, "--schema", "d.schema.yaml").stdout
    assert "  line d/b.csv:2\n" in text
    assert "type: INT" in run("infer", *data).stdout


def test_each_name_given_to_stats_is_a_dataset() -> None:
    datasets = as_json("stats", "d", "d/a.csv")["datasets"]
    assert [(d["name"], d["num_examples"]) for d in datasets] == [
        ("d", 3),
        ("a.csv", 2),
    ]


def test_validate_finds_the_schema_beside_the_data(folder: Path) -> None:
    assert run("validate", "d").return_value == 1
    (folder / "d" / "a.schema.yaml").write_text(SCHEMA, "utf-8")
    assert run("validate", "d/a.csv").return_value == 0
    with pytest.raises(ConfigError) as caught:
        run("validate", "d/b.csv")
    assert caught.value.hint.endswith(
        "gate data infer d/b.csv --output d/b.schema.yaml"
    )
    for data in (["d/*.csv"], ["d/a.csv", "d/b.csv"]):
        with pytest.raises(ConfigError, match="no schema is named"):
            run("validate", *data)


def test_a_delimiter_that_was_found_is_told_apart_from_the_output(
    folder: Path,
) -> None:
    (folder / "e.csv").write_text("x;y\n1;2\n", "utf-8")
    result = run("stats", "e.csv", "--format", "json")
    assert result.stderr == "e.csv: fields end with ';'\n"
    assert len(json.loads(result.stdout)["datasets"][0]["features"]) == 2
    assert run("stats", "e.csv", "--delimiter", ";").stderr == ""
    assert "e.csv: fields end with ';'\n" in run("infer", "e.csv").stderr


def test_a_file_without_a_header_and_with_comments_is_read(folder: Path) -> None:
    (folder / "iris.data").write_text("% by me\n5.1,setosa\n4.9,setosa\n", "utf-8")
    options = ("--column-names", 'length,"the, species"', "--comment", "%")
    (dataset,) = as_json("stats", "iris.data", *options)["datasets"]
    assert dataset["num_examples"] == 2
    assert [f["name"] for f in dataset["features"]] == ["length", "the, species"]


def test_marks_of_missing_cells_are_hinted_at(folder: Path) -> None:
    (folder / "d" / "b.csv").write_text("x\n3\nNA\n\n", "utf-8")
    text = run("validate", "d").stdout
    assert "if that is a missing cell: --na-value NA, or na_values in gate.yaml" in text
    assert run("validate", "d", "--na-value", "NA").return_value == 0


def test_a_saved_dataset_of_hugging_face_is_a_folder(folder: Path) -> None:
    saved = folder / "hf" / "train"
    saved.mkdir(parents=True)
    rows = arrow.table({"x": [1, 2], "label": [0, 1]})
    with ipc.new_stream(str(saved / "data-00000-of-00001.arrow"), rows.schema) as file:
        file.write_table(rows)
    state = {"_data_files": [{"filename": "data-00000-of-00001.arrow"}]}
    (saved / "state.json").write_text(json.dumps(state), "utf-8")
    (folder / "hf" / "dataset_dict.json").write_text('{"splits": ["train"]}')
    with pytest.raises(DataError) as caught:
        run("stats", "hf")
    assert caught.value.hint == "name one of them: hf/train"
    (dataset,) = as_json("stats", "hf/train")["datasets"]
    assert (dataset["name"], dataset["num_examples"]) == ("train", 2)
