"""`gate model analyze` with a function that predicts."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gate.commands.model import command
from gate.errors import ConfigError, ToolError

ROWS = "".join(f"{i},{i % 2},{i / 10},{i}\n" for i in range(10))
MODEL = "def predict(frame):\n    print('hello')\n    return frame['x'] / 10\n"


def analyze(*words: str | Path) -> str:
    """What `gate model analyze` prints; what it raises is raised."""
    arguments = ["analyze", "--python", sys.executable, *map(str, words)]
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
