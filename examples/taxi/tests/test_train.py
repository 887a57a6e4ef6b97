"""From the committed rides to the committed metrics, and on to predictions."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from taxi_tips import predict, train
from taxi_tips.rides import read_rides
from taxi_tips.store import load


@pytest.fixture
def trained(data: Path, tmp_path: Path) -> Path:
    """A folder with the results of the default training run."""
    files = ["--train", str(data / "train.csv"), "--eval", str(data / "eval.csv")]
    train.main([*files, "--output", str(tmp_path / "results")])
    return tmp_path / "results"


def test_training_again_gives_the_committed_metrics(trained: Path, data: Path) -> None:
    committed = (data.parent / "results" / "metrics.json").read_text(encoding="utf-8")
    again = (trained / "metrics.json").read_text(encoding="utf-8")
    expected, found = json.loads(committed), json.loads(again)
    assert found["overall"] == pytest.approx(expected["overall"], abs=2e-4)
    assert found["penalty"] == expected["penalty"]


def test_training_again_gives_the_committed_scores(trained: Path, data: Path) -> None:
    committed = pd.read_csv(data.parent / "results" / "eval.csv")
    again = pd.read_csv(trained / "eval.csv")
    assert again["score"].tolist() == pytest.approx(committed["score"], abs=2e-4)
    others = [name for name in again if name != "score"]
    assert again[others].equals(committed[others])


def test_a_model_survives_the_disk(trained: Path, data: Path) -> None:
    rides = read_rides(data / "eval.csv")
    encoder, model, _ = train.train(data / "train.csv", seed=0)
    stored_encoder, stored = load(trained / "model.json")
    expected = model.predict(encoder.transform(rides))
    assert (stored.predict(stored_encoder.transform(rides)) == expected).all()


def test_a_model_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text('{"format": 0}', encoding="utf-8")
    with pytest.raises(ValueError, match="format 0, expected 1"):
        load(path)


def test_every_ride_to_serve_gets_a_probability(trained: Path, data: Path) -> None:
    output = trained / "predictions.csv"
    files = ["--rides", str(data / "serving.csv"), "--output", str(output)]
    predict.main([*files, "--model", str(trained / "model.json")])
    predictions = pd.read_csv(output)
    assert predictions["ride"].tolist() == list(range(1, 501))
    assert predictions["generous"].between(0, 1).all()
