"""`gate model analyze`: its forms, its errors, and hostile files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate.errors import ConfigError, GateError
from tests.model.conftest import Analyse, as_json, run

CSV = "id,label,score,g\n1,1,0.9,a\n2,0,0.8,b\n3,1,0.7,a\n4,0,0.1,b\n5,1,,b\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "predictions.csv").write_text(CSV)
    (tmp_path / "spec.yaml").write_text("slices: [g]\n")
    yield tmp_path


def test_tables_for_people() -> None:
    text = run("analyze", "spec.yaml").stdout
    assert text.startswith("predictions.csv: binary, 4 rows\n")
    assert "left out: 1 without a score" in text
    assert "\nmcc                0.5774\n" in text
    assert "\na         2         1          1       1    -   1 " in text
    assert "0.5 costs 1; the least is 0 " not in text
    assert "0.5 costs 1; the least is 1 at 0.11-0.70, 0.81-0.90" in text
    assert "equal opportunity within 0.05: costs" in text


def test_scores_beyond_0_and_1_are_told_of(folder: Path) -> None:
    (folder / "predictions.csv").write_text(CSV.replace("0.9", "1.9"))
    text = run("analyze", "spec.yaml").stdout
    assert "no thresholds are compared: scores are not within 0 and 1" in text


@pytest.mark.parametrize("form", ["text", "json"])
def test_it_may_be_written_to_a_file(folder: Path, form: str) -> None:
    printed = run("analyze", "spec.yaml", "--format", form).stdout
    run("analyze", "spec.yaml", "--format", form, "--output", "out")
    assert (folder / "out").read_text() == printed


def test_paths_are_relative_to_the_specification(folder: Path) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (inner / "spec.json").write_text('{"predictions": "../predictions.csv"}')
    assert as_json("analyze", "inner/spec.json")["overall"]["n"] == 4


def test_the_document_says_what_it_is() -> None:
    found = as_json("analyze", "spec.yaml")
    assert found["version"] == 1 and found["task"] == "binary"
    assert found["left_out"] == {"without a score": 1}
    assert found["at_threshold"]["0.8"] == {"tp": 1, "fp": 1, "fn": 1, "tn": 1}
    assert found["decision"]["cost"] == 1


@pytest.mark.parametrize(
    "spec, message, hint",
    [
        ("metrics: {acuracy: {min: 1}}", "`metrics` names no metric", "`accuracy`?"),
        ("gaps: {rmse: {}}", "`rmse`, a metric of regression, and this", "`tp`"),
        ("compare: {max_drop: {qq: 0.1}}", "`compare.max_drop` names no", "there are"),
        ("slice_metrics: {x: {}}", "`slice_metrics` names no metric: `x`", ""),
    ],
)
def test_a_metric_that_is_none(
    analyse: Analyse, spec: str, message: str, hint: str
) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        analyse(CSV, spec)
    assert hint in caught.value.hint


HOSTILE = {
    "names that command the runner": "label,score,g\n1,0.5,::error::x\n",
    "control characters": "label,score,g\n1,0.5,\x1b[2Jx\n",
    "a name of a megabyte": f"label,score,g\n1,0.5,{'x' * 1_000_000}\n",
    "not text": b"\xff\xfe\x00\x01",
    "numbers of many digits": f"label,score,g\n1,{'9' * 400},a\n",
    "labels of many digits": f"label,score,g\n{'9' * 5000},0.5,a\n",
    "a tiny number": "label,score,g\n1,1e-400,a\n",
    "quotes": 'label,score,g\n1,0.5,"a\n',
    "huge weights": "label,score,g,w\n1,0.5,a,1e308\n0,0.4,a,1e308\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_end_in_a_result_or_a_clear_error(
    folder: Path, text: str | bytes
) -> None:
    path = folder / "predictions.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    if b",w\n" in path.read_bytes():
        (folder / "spec.yaml").write_text("slices: [g]\nweight: w\n")
    for form in ("json", "text"):
        try:
            printed = run("analyze", "spec.yaml", "--format", form).stdout
        except GateError as error:
            assert str(error)
            continue
        assert "\x1b[2J" not in printed
        if form == "json":
            json.loads(printed)


@pytest.mark.parametrize("text", ["[" * 100_000, "a: &x [*x]", "slices: " + "[" * 40])
def test_hostile_specifications(folder: Path, text: str) -> None:
    (folder / "spec.yaml").write_text(text)
    with pytest.raises(ConfigError):
        run("analyze", "spec.yaml")
