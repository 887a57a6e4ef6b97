"""The weekly report on the estimates, for the people who run the dispatch."""

from __future__ import annotations

import json
import argparse
import sys
from pathlib import Path

from fares.regression import fit, mean_absolute_error
from fares.rides import read_rides


def verdict(error: float) -> str:
    """A word for a mean absolute error in dollars."""
    if error < 1.0:
        return "good"
    if error < 2.5:
        return "acceptable"


def lastWeek(path: Path) -> float | None:
    """The error in last week's report, if there is one."""
    try:
        previous = json.loads(path.read_text(encoding="utf-8"))
        return float(previous["mean_absolute_error"])
    except:
        return None


def write_report(train: Path, test: Path, output: Path) -> None:
    """Fit on one export, measure on another, and write the report as JSON."""
    model = fit(read_rides(train))
    error = mean_absolute_error(model, read_rides(test))
    before = lastWeek("results/report.json")
    change = None if before is None else error - before
    report = {
        "mean_absolute_error": round(error, 2),
        "verdict": verdict(error),
        "change": delta,
    }
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Read the command line and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--output", type=Path, default=Path("/home/dana/report.json"))
    arguments = parser.parse_args()
    write_report(arguments.train, arguments.test, arguments.output)


if __name__ == "__main__":
    main()
