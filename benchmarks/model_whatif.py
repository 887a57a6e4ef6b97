"""What counterfactuals, weak segments and the asking of a function cost.

    python benchmarks/model_whatif.py [--alarms RUNS]

Makes predictions with 8 columns of numbers and 4 of texts (2, 5, 10 and 50 values),
the same each time, and prints CPU seconds and the greatest memory of

  counterfactuals  of 1,000 rows against 100,000, by L1; and by comparing all of them
                   in 64 bits, feature by feature, for the ratio (100 rows, times 10)
  segments         1,000,000 rows (of which a sample is searched), and 200,000
  function         an empty function asked for 1,200,000 rows in a process of its own,
                   as partial dependence of 12 features by 10 points of 10,000 rows does

each in a process of its own. With `--alarms`, how often the search for segments finds
one in so many runs on noise, and how often the one that is there.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from gate.data.columns import Coded, Column, Numbers
from gate.model import counterfactuals, distances, features, predicting, segments
from gate.model.predictions import Predictions
from gate.model.spec import Counterfactual, Spec, Task

TEXTS = (2, 5, 10, 50)
NUMBERS = 8
MODEL = "def predict(frame):\n    return [0.5] * len(frame)\n"


def made(rows: int, seed: int = 0, weak: float = 0.1, rate: float = 0.1) -> Predictions:
    """Predictions wrong at a rate, and at another where c1 is v2 and x0 is low."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Column] = {
        f"x{i}": Numbers(rng.normal(size=rows)) for i in range(NUMBERS)
    }
    low = np.asarray(columns["x0"].values) < -0.85  # type: ignore[union-attr]
    for i, count in enumerate(TEXTS):
        codes = rng.integers(0, count, rows)
        columns[f"c{i}"] = Coded(codes, [f"v{j}" for j in range(count)])
        low &= (codes == 2) if i == 1 else True
    label = rng.random(rows) < 0.4
    wrong = rng.random(rows) < np.where(low, weak, rate)
    return Predictions(
        task=Task.BINARY,
        label=label,
        predicted=label ^ wrong,
        score=None,
        weight=None,
        ids=None,
        classes=(),
        columns=columns,
        rows=np.arange(rows),
        left_out={},
    )


def nearest() -> Callable[[], Any]:
    """Counterfactuals as the analysis finds them."""
    predictions = made(100_000)
    spec = Spec(counterfactual=Counterfactual(sample=1_000))
    return lambda: counterfactuals.find(spec, predictions)


def brute() -> Callable[[], Any]:
    """A tenth of the same, all in 64 bits."""
    predictions = made(100_000)
    scales = [distances.scale(f) for f in features.of(predictions.columns)]
    outcome = predictions.predicted

    def run() -> None:
        for row in range(100):
            others = np.flatnonzero(outcome != outcome[row])
            apart = distances.between(scales, row, others, squared=False)
            others[apart == apart.min()]

    return run


def searched(rows: int) -> Callable[[], Any]:
    """Weak segments of so many rows."""
    predictions = made(rows, weak=0.3)
    return lambda: segments.find(Spec(), predictions)


def asked() -> Callable[[], Any]:
    """A function that does nothing, for the rows of a whole partial dependence."""
    from gate import predicting as asking

    frame = features.of(made(10_000).columns)
    points = [0.1 * i for i in range(10)]
    changes = [
        predicting.Change(values={one.name: one.texts[0] if one.texts else point})
        for one in frame
        for point in points
    ]

    def run() -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "empty_model.py").write_text(MODEL)
            python = Path(sys.executable)
            place = asking.Place(python=python, root=folder, scratch=folder)
            asking.asker("empty_model:predict", place)(frame, changes)

    return run


CASES: dict[str, Callable[[], Callable[[], Any]]] = {
    "counterfactuals, 1,000 of 100,000": nearest,
    "  all in 64 bits, 100 of 100,000": brute,
    "segments, 1,000,000 rows": lambda: searched(1_000_000),
    "segments, 200,000 rows": lambda: searched(200_000),
    "function, 1,200,000 rows": asked,
}


def measured(name: str) -> dict[str, float]:
    """CPU seconds of a case with its children, and the greatest memory."""
    run = CASES[name]()
    start = _cpu()
    run()
    kinds = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    memory = max(resource.getrusage(kind).ru_maxrss for kind in kinds)
    return {"cpu": _cpu() - start, "mb": memory / 1024}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + used.ru_utime + used.ru_stime


def alarms(runs: int) -> None:
    """How often a search finds what is not there, and what is."""
    for rows, rate in ((500, 0.1), (2_000, 0.02), (2_000, 0.3), (10_000, 0.1)):
        false = sum(bool(_found(made(rows, s, rate, rate))) for s in range(runs))
        power = {
            times: sum(
                bool(found) and found[0].values.get("c1") == "v2"
                for s in range(runs // 10)
                if (found := _found(made(rows, s, times * rate, rate))) is not None
            )
            for times in (2, 3)
        }
        told = ", ".join(f"{times}x {n}" for times, n in power.items())
        print(
            f"{rows:,} rows, {rate:.0%} wrong: {false} alarms in {runs:,} runs;"
            f" found of {runs // 10}: {told}"
        )


def _found(predictions: Predictions) -> Any:
    found = segments.find(Spec(), predictions)
    return found.found if found else ()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--alarms", type=int, metavar="RUNS")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measured(options.one)))
        return
    print(f"Python {platform.python_version()}, NumPy {np.__version__}")
    if options.alarms:
        alarms(options.alarms)
        return
    for name in CASES:
        words = [sys.executable, str(Path(__file__).resolve()), "--one", name]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
        told = json.loads(done.stdout)
        print(f"{name:40} {told['cpu']:6.2f} CPU s {told['mb']:6.0f} MB")


if __name__ == "__main__":
    main()
