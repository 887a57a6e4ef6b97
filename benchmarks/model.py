"""What the analysis of a model's predictions costs, beside what others take for it.

    python benchmarks/model.py [--rows 1000000] [--runs 3] [--peers PYTHON]

Writes predictions of two classes, of a head and a base, with ten slice columns of ten
values, as Parquet and as CSV, into a temporary folder. Then runs, turn by turn so that
a noisy machine is noisy for all, each in a process of its own:

  ours      everything that `gate model analyze` finds, and of it the reading alone
  peers     fairlearn's MetricFrame and a loop of scikit-learn over the slices, both
            of five metrics and the AUC of one model, without reading; left out where
            PYTHON cannot import them

and prints, of each, the least CPU seconds of all runs and the greatest memory.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
COLUMNS = [f"g{i}" for i in range(10)]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, folder = options.one
        print(json.dumps(measured(CASES[name], Path(folder), options.rows)))
        return
    with tempfile.TemporaryDirectory(prefix="gate-bench-") as folder:
        # Not here: a process counts as memory what the one that starts it has.
        one("prepare", folder, options, sys.executable)
        names = [name for name in CASES if name != "prepare"]
        found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
        for _ in range(options.runs):
            for name in names:
                python = options.peers if name in PEERS else sys.executable
                result = one(name, folder, options, python)
                found[name] += [result] if result else []
    show(found, options)


def one(
    name: str, folder: str, options: argparse.Namespace, python: str
) -> dict[str, float] | None:
    """A case in a process of its own; None if that has not what it takes."""
    command = [python, str(HERE), "--rows", str(options.rows), "--one", name, folder]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode and "ModuleNotFoundError" in done.stderr and name in PEERS:
        return None
    if done.returncode:
        sys.exit(done.stderr)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measured(
    case: Callable[[Path, int], Any], folder: Path, rows: int
) -> dict[str, float]:
    """CPU seconds of the case, all threads', and the most memory of the process."""
    import resource

    start = cpu()
    loaded = case(folder, rows)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu": cpu() - (loaded or start), "memory": peak}


def cpu() -> float:
    times = os.times()
    return times.user + times.system


def show(found: dict[str, list[dict[str, float]]], options: argparse.Namespace) -> None:
    print(f"{options.rows:,} rows, {platform.platform()}, {platform.python_version()}")
    for name, runs in found.items():
        if runs:
            least = min(run["cpu"] for run in runs)
            most = max(run["memory"] for run in runs)
            print(f"{name:28} {least:7.2f} CPU s {most:7.0f} MB")
        else:
            print(f"{name:28} not installed")


def prepare(folder: Path, rows: int) -> None:
    """Write the predictions of a head and a base, in two formats."""
    import numpy as np
    import pyarrow as arrow
    from pyarrow import csv, parquet

    rng = np.random.Generator(np.random.PCG64(7))
    label = rng.random(rows) < 0.3
    values = arrow.array([f"v{i}" for i in range(10)])
    slices = {
        name: arrow.DictionaryArray.from_arrays(rng.integers(0, 10, rows), values)
        for name in COLUMNS
    }
    for name, shift in (("head", 0.26), ("base", 0.25)):
        score = rng.normal(0.35 + shift * label, 0.2)
        columns = {
            "id": np.arange(rows),
            "label": label.astype(np.int64),
            "score": np.round(np.clip(score, 0, 1), 6),
            **slices,
        }
        table = arrow.table(columns)
        parquet.write_table(table, folder / f"{name}.parquet")
        plain = arrow.table({name: column for name, column in columns.items()})
        csv.write_csv(plain.cast(_texts(plain)), folder / f"{name}.csv")


def _texts(table: Any) -> Any:
    import pyarrow as arrow

    fields = [
        (field.name, arrow.string() if field.name in COLUMNS else field.type)
        for field in table.schema
    ]
    return arrow.schema(fields)


def ours(form: str, *, only_read: bool = False) -> Callable[[Path, int], Any]:
    """The analysis of both files, or the reading of them."""

    def run(folder: Path, _: int) -> float:
        sys.path.insert(0, str(HERE.parent.parent))  # noqa: RQ102
        from gate.model import analysis, reading
        from gate.model.spec import Spec

        spec = Spec(
            predictions=f"head.{form}", base=f"base.{form}", slices=tuple(COLUMNS)
        )
        start = cpu()
        if only_read:
            reading.read(spec, folder / spec.predictions)
            reading.read(spec, folder / spec.base, is_base=True)
        else:
            assert json.dumps(analysis.analyze(spec, folder).to_json())
        return start

    return run


def _frame(folder: Path) -> Any:
    import pyarrow.parquet as parquet

    table = parquet.read_table(folder / "head.parquet")
    return {name: table[name].to_numpy() for name in table.column_names}


def fairlearn(folder: Path, _: int) -> float:
    from fairlearn import metrics
    from sklearn.metrics import accuracy_score, precision_score, roc_auc_score

    frame = _frame(folder)
    start = cpu()
    functions = {
        "accuracy": accuracy_score,
        "precision": precision_score,
        "recall": metrics.true_positive_rate,
        "fpr": metrics.false_positive_rate,
        "selection_rate": metrics.selection_rate,
    }
    chosen = (frame["score"] >= 0.5).astype(int)
    for name in COLUMNS:
        for given, of in ((chosen, functions), (frame["score"], roc_auc_score)):
            metrics.MetricFrame(
                metrics=of,
                y_true=frame["label"],
                y_pred=given,
                sensitive_features=frame[name],
            ).by_group
    return start


def scikit_learn(folder: Path, _: int) -> float:
    from sklearn import metrics

    frame = _frame(folder)
    start = cpu()
    label, score = frame["label"], frame["score"]
    chosen = (score >= 0.5).astype(int)
    for name in COLUMNS:
        for value in sorted(set(frame[name])):
            some = frame[name] == value
            for of in ("accuracy", "precision", "recall", "f1", "balanced_accuracy"):
                getattr(metrics, f"{of}_score")(label[some], chosen[some])
            metrics.roc_auc_score(label[some], score[some])
    return start


PEERS = ("fairlearn", "scikit-learn")
CASES: dict[str, Callable[[Path, int], Any]] = {
    "prepare": prepare,
    "ours, Parquet": ours("parquet"),
    "of it, reading": ours("parquet", only_read=True),
    "ours, CSV": ours("csv"),
    "of it, reading CSV": ours("csv", only_read=True),
    "fairlearn": fairlearn,
    "scikit-learn": scikit_learn,
}

if __name__ == "__main__":
    main()
