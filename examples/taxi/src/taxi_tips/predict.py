"""Score rides whose tips nobody knows yet."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from taxi_tips.rides import read_rides
from taxi_tips.store import load


def predict(rides: pd.DataFrame, model_path: Path) -> pd.DataFrame:
    """One row a ride, in the order given: its number from 1 and its probability."""
    encoder, model = load(model_path)
    probability = model.predict(encoder.transform(rides))
    return pd.DataFrame(
        {"ride": range(1, len(rides) + 1), "generous": probability.round(4)}
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Read the command line, score the rides and write the predictions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rides", type=Path, default=Path("data/serving.csv"))
    parser.add_argument("--model", type=Path, default=Path("results/model.json"))
    parser.add_argument("--output", type=Path, default=Path("results/predictions.csv"))
    arguments = parser.parse_args(argv)

    predictions = predict(read_rides(arguments.rides), arguments.model)
    predictions.to_csv(arguments.output, index=False, lineterminator="\n")
    mean = predictions["generous"].mean()
    print(f"{len(predictions)} rides, {mean:.1%} expected to tip generously")


if __name__ == "__main__":
    main()
