"""`gate model analyze` with a function that predicts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gate.commands.model import command
from gate.errors import ConfigError, ToolError

ROWS = "".join(f"{i},{i % 2},{i / 10},{i}\n" for i in range(10))
MODEL = "def predict(frame):\n    print('hello')\n    return frame['x'] / 10\n"


def analyze(*words: str | Path) -> str:
    """What `gate model analyze` prints; what it raises is raised."""
    arguments = ["analyze", *map(str, words)]
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.stdout


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A specification with its predictions and the model that made them."""
    (tmp_path / "predictions.csv").write_text(f"id,label,score,x\n{ROWS}")
    (tmp_path / "model.py").write_text(MODEL)
    path = tmp_path / "spec.json"
    path.write_text(json.dumps({"predict": "model:predict"}))
    monkeypatch.chdir(tmp_path)
    return path


def test_an_edit_is_predicted(spec: Path) -> None:
    told = json.loads(analyze(spec, "--format", "json", "--edit", "9", "x=1"))
    (edit,) = told["edits"]
    assert (edit["before"], edit["after"], edit["changed"]) == (0.9, 0.1, True)
    assert told["pdp"]["x"]["all_rows"]["monotone_increasing"]
    assert told["reproduced"]["differing"] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--edit", "3", "x"], "`3 x` is no edit"),
        (["--edit", "-1", "x=3"], "`-1 x=3` is no edit"),
        (["--edit", "99", "x=3"], "there is no row 99"),
        (["--edit", "3", "y=3"], "no feature `y`"),
        (["--edit", "3", "x=red"], "`red` is no number"),
    ],
)
def test_an_edit_that_cannot_be_is_told(
    spec: Path, words: list[str], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        analyze(spec, *words)


def test_what_needs_a_function_says_so(spec: Path) -> None:
    spec.write_text('{"flip": {"column": "x", "map": {"1": "2"}}}')
    with pytest.raises(ConfigError, match="`flip` needs a function that predicts"):
        analyze(spec)


def test_a_function_that_fails_is_told(spec: Path) -> None:
    (spec.parent / "model.py").write_text("raise ImportError('no weights')")
    with pytest.raises(ToolError, match="cannot be imported"):
        analyze(spec)


def test_modules_are_found_in_the_working_folder_and_its_src(
    spec: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (spec.parent / "src").mkdir()
    (results := spec.parent / "results").mkdir()
    spec.with_name("model.py").rename(spec.parent / "src" / "model.py")
    for name in ("spec.json", "predictions.csv"):
        spec.with_name(name).rename(results / name)
    told = json.loads(analyze(results / "spec.json", "--format", "json"))
    assert told["reproduced"]["differing"] == 0


def test_the_text_has_each_section(spec: Path) -> None:
    swap = {"column": "x", "map": {"1": "9"}}
    asked = {"predict": "model:predict", "flip": swap, "counterfactual": {}}
    spec.write_text(json.dumps(asked))
    said = analyze(spec, "--edit", "9", "x=1")
    for title in (
        "nearest rows with another outcome",
        "partial dependence",
        "x swapped",
        "row 9 edited",
    ):
        assert f"\n\n{title}\n" in said
    assert ["x", "0.9", "0", "0.9", "increasing"] in map(str.split, said.splitlines())
    assert "decision_after   no" in said


def test_the_text_tells_weak_segments_and_stale_predictions(spec: Path) -> None:
    rows = [(i, i % 2, 0.9 if i % 4 == 0 else i % 2, "ab"[i % 2]) for i in range(400)]
    text = "\n".join(",".join(map(str, row)) for row in rows)
    (spec.parent / "predictions.csv").write_text(f"id,label,score,x\n{text}\n")
    model = "def predict(frame):\n    return [0.1] * len(frame)\n"
    (spec.parent / "model.py").write_text(model)
    said = analyze(spec)
    assert "weak segments, of 2 that were looked at" in said
    assert "x=a       200         0.5              0  < 1e-06" in said
    assert "400 of 400 are not what the function says now, 300 of them" in said


def test_another_python_is_taken_as_it_is(spec: Path) -> None:
    with pytest.raises(ConfigError, match="no Python at `absent`"):
        analyze(spec, "--python", "absent")
