"""How often noise alone closes the gate on a model, and how often a real drop does.

Both predictions of a run are of models of one law: scores with the same signal, part of
the same error, and error of their own. Where the drop is to be real, the head's scores
are replaced by those of other rows in as many rows as it takes.

    python benchmarks/model_noise.py [RUNS]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from gate.data.columns import Array
from gate.model import comparing, drops, resampling
from gate.model.judgement import State
from gate.model.predictions import Predictions
from gate.model.slicing import Slices
from gate.model.spec import Compare, Task

SLICES = 10
ROWS = (300, 1_000, 3_000, 10_000)
LEAST = 30
METRICS = ("accuracy", "roc_auc", "f1", "log_loss")
ALLOWED = 0.01


def scores(rng: np.random.Generator, n: int) -> tuple[Array, Array, Array]:
    """Labels, and the scores of two models that are equally good: 84 % right."""
    truth = rng.normal(size=n)
    label = truth + 0.4 * rng.normal(size=n) > 0
    shared = rng.normal(size=n)
    sides = [truth + 0.35 * (shared + rng.normal(size=n)) / 2**0.5 for _ in range(2)]
    head, base = (1 / (1 + np.exp(-3 * side)) for side in sides)
    return label, head, base


def worse(
    rng: np.random.Generator, label: Array, score: Array, drop: float, which: Array
) -> Array:
    """Scores whose accuracy on the rows `which` is expected to be so much less."""
    right = float(np.mean((score >= 0.5) == label))
    replaced = which & (rng.random(len(label)) < drop / (right - 0.5))
    return np.where(replaced, rng.permutation(score), score)


def predictions(label: Array, score: Array) -> Predictions:
    """As they are read from a file."""
    n = len(label)
    ids = np.arange(n).astype(str)
    return Predictions(
        task=Task.BINARY,
        label=label,
        predicted=score >= 0.5,
        score=score,
        weight=None,
        ids=ids,
        classes=(),
        columns={},
        rows=np.arange(n),
        left_out={},
    )


def closes(
    rng: np.random.Generator, n: int, metrics: Sequence[str], drop: float, where: str
) -> list[bool]:
    """One run: whether the gate closes on each metric alone, and on all of them.

    With `where`, the drop is on the first slice only. What is allowed is ALLOWED if
    there is a drop, else nothing.
    """
    label, head, base = scores(rng, n)
    codes = rng.integers(0, SLICES, n).astype(np.int32)
    head = worse(rng, label, head, drop, codes == 0 if where else codes >= 0)
    slices = (Slices("slice", tuple(map(str, range(SLICES))), codes),)
    sides = (predictions(label, head), predictions(label, base))
    found = comparing.compare(*sides, slices, metrics)
    assert found is not None
    return [
        _fails(found, Compare(max_drop=dict.fromkeys(names, ALLOWED if drop else 0.0)))
        for names in (*((name,) for name in metrics), metrics)
    ]


def _fails(found: comparing.Comparison, compare: Compare) -> bool:
    judged = [
        *drops.overall(found, compare, "main"),
        *drops.on_slices(found, compare, "main", ("slice",), LEAST),
    ]
    return any(one.state is State.FAILED for one in judged)


def counts(
    runs: int, n: int, metrics: Sequence[str], drop: float = 0.0, where: str = ""
) -> Array:
    """How many runs in a thousand close the gate, on each metric and on all."""
    rng = np.random.default_rng(1)
    found = [closes(rng, n, metrics, drop, where) for _ in range(runs)]
    return np.rint(1_000 * np.mean(found, axis=0)).astype(int)


def table(title: str, rows: Sequence[tuple[str, Sequence[int]]]) -> None:
    """Markdown."""
    sizes = " | ".join(f"{n:,} rows" for n in ROWS)
    print(f"\n| {title} | {sizes} |\n|---|{'---:|' * len(ROWS)}")
    for name, counts in rows:
        print(f"| {name} | {' | '.join(map(str, counts))} |", flush=True)


def main() -> None:
    """Print the tables."""
    # Intervals have no part in these verdicts; so few swaps can still tell 10 slices.
    resampling.DRAWS, resampling.SWAPS = 20, 5_000
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    by_size = np.transpose([counts(runs, n, METRICS) for n in ROWS])
    names = (*METRICS, "all four")
    table("no change, no drop allowed", list(zip(names, by_size.tolist(), strict=True)))
    rows = []
    for where, sizes in (("", (0.02, 0.03, 0.05, 0.1)), ("slice", (0.1, 0.2, 0.3))):
        on = "one slice of ten" if where else "all rows"
        for drop in sizes:
            of_size = [
                counts(runs // 4, n, ("accuracy",), drop, where)[0] for n in ROWS
            ]
            rows.append((f"accuracy {drop:g} lower on {on}", of_size))
    table(f"real drop, {ALLOWED:g} allowed", rows)


if __name__ == "__main__":
    main()
