"""The example of a real dataset: its script writes what is committed; it is open."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from click.testing import CliRunner

from gate.cli import cli

EXAMPLE = Path(__file__).parents[2] / "examples" / "diabetes"


def test_the_gate_opens_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in EXAMPLE.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["run"], standalone_mode=False)
    assert done.return_value == 0, done.output


def test_training_again_gives_the_committed_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sklearn")
    pandas = pytest.importorskip("pandas")
    spec = importlib.util.spec_from_file_location("train", EXAMPLE / "train.py")
    assert spec and spec.loader
    train = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(train)
    written = []
    for name in ("once.csv", "twice.csv"):
        monkeypatch.setattr(train, "OUTPUT", tmp_path / name)
        train.main()
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    again = pandas.read_csv(tmp_path / "once.csv")
    committed = pandas.read_csv(EXAMPLE / "predictions.csv")
    assert again["score"].tolist() == pytest.approx(committed["score"], abs=2e-4)
    assert again.drop(columns="score").equals(committed.drop(columns="score"))
