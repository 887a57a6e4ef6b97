"""Train on one file of rides, evaluate on another, and keep the model and metrics."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from taxi_tips.features import Encoder
from taxi_tips.metrics import summarise, summarise_slices
from taxi_tips.model import Model, choose_penalty, fit
from taxi_tips.rides import generous, read_rides
from taxi_tips.store import save

PENALTIES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
SLICES = ("payment_type", "trip_start_day")


def train(path: Path, *, seed: int) -> tuple[Encoder, Model, float]:
    """Learn the features, the penalty and the weights from the rides in a file."""
    rides = read_rides(path)
    encoder = Encoder.fit(rides)
    features, labels = encoder.transform(rides), generous(rides)
    penalty = choose_penalty(features, labels, PENALTIES, seed=seed)
    return encoder, fit(features, labels, penalty), penalty


def evaluate(path: Path, encoder: Encoder, model: Model) -> dict[str, Any]:
    """The metrics on the rides in a file, over all of them and by slice."""
    rides = read_rides(path)
    labels = generous(rides)
    predicted = model.predict(encoder.transform(rides))
    return {
        "overall": summarise(labels, predicted),
        "slices": {
            column: summarise_slices(rides, labels, predicted, column)
            for column in SLICES
        },
    }


def judged(path: Path, encoder: Encoder, model: Model) -> pd.DataFrame:
    """The rides in a file with their label and score: what the gate judges."""
    rides = read_rides(path)
    frame = pd.DataFrame({"ride": range(1, len(rides) + 1)})
    frame["label"] = generous(rides).astype(int)
    frame["score"] = model.predict(encoder.transform(rides)).round(4)
    return frame.assign(**{column: rides[column] for column in SLICES})


def main(argv: Sequence[str] | None = None) -> None:
    """Read the command line, train, evaluate and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, default=Path("data/train.csv"))
    parser.add_argument("--eval", type=Path, default=Path("data/eval.csv"))
    parser.add_argument("--output", type=Path, default=Path("results"))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args(argv)

    encoder, model, penalty = train(arguments.train, seed=arguments.seed)
    metrics = {"seed": arguments.seed, "penalty": penalty}
    metrics |= evaluate(arguments.eval, encoder, model)
    arguments.output.mkdir(parents=True, exist_ok=True)
    save(arguments.output / "model.json", encoder, model)
    rides = judged(arguments.eval, encoder, model)
    rides.to_csv(arguments.output / "eval.csv", index=False, lineterminator="\n")
    text = json.dumps(metrics, indent=2) + "\n"
    (arguments.output / "metrics.json").write_text(text, encoding="utf-8")
    print(f"penalty {penalty}, evaluation {metrics['overall']}")


if __name__ == "__main__":
    main()
