"""A metric of two models on the same rows, and whether its change may be chance.

The test hangs on what the metric is computed from:

decisions              the exact test of McNemar for the accuracy; for all others the
                       randomization test, which is McNemar's where they are alike
the order of scores    DeLong's test for the area under the ROC curve
means over the rows    the paired t-test of the rows' losses
anything else          the bootstrap's standard error

Weights are those of a sample, drawn with unequal chances: decisions of weighted rows
have the bootstrap's standard error, the other tests are those of weighted means.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gate.data.columns import Array
from gate.model import losses, matrices, metrics, resampling, significance
from gate.model.delong import Areas
from gate.model.joining import Pair
from gate.model.losses import Loss
from gate.model.predictions import Predictions
from gate.model.resampling import Cells, Spread
from gate.model.significance import Interval
from gate.model.slicing import Slices


@dataclass(frozen=True, kw_only=True)
class Change:
    """A metric of head and base on the same rows; None where it is undefined.

    `interval` is that of the difference, head less base, and `p_value` that of no
    difference, by `test`. `discordant` counts the rows that could tell, where the test
    is one of decisions.
    """

    metric: str
    head: float | None
    base: float | None
    interval: Interval | None = None
    p_value: float | None = None
    test: str = ""
    discordant: int | None = None

    @property
    def diff(self) -> float | None:
        """Head less base."""
        if self.head is None or self.base is None:
            return None
        return self.head - self.base


def of_decisions(cells: Cells, names: Sequence[str], pair: Pair) -> dict[str, Change]:
    """The metrics of decisions."""
    weighted = pair.head.weight is not None
    cells, function = matrices.metrics(cells, pair.head.task, names)
    scattered = resampling.differences(cells, function)
    tested = [name for name in scattered if name != "accuracy"]
    p_values: dict[str, float | None] = {}
    if tested and not weighted:
        p_values = resampling.p_values(cells, function)
    if "accuracy" in scattered:
        p_values["accuracy"] = significance.mcnemar(*cells.gained_and_lost)
    head, base = (function(matrix) for matrix in cells.matrices(cells.count[None]))
    changes = {}
    for name, spread in scattered.items():
        one, other = metrics.plain(head[name][0]), metrics.plain(base[name][0])
        test = "McNemar" if name == "accuracy" else "randomization"
        if weighted:
            p_values[name], test = _by_error(_less(one, other), spread), "bootstrap"
        changes[name] = _change(
            name, one, other, spread, p_values[name], test, cells.discordant
        )
    return changes


def of_areas(areas: Areas | None) -> Change:
    """The area under the ROC curve."""
    if areas is None:
        return Change(metric="roc_auc", head=None, base=None)
    half = None if areas.se is None else significance.Z * areas.se
    return Change(
        metric="roc_auc",
        head=areas.head,
        base=areas.base,
        interval=None if half is None else (areas.diff - half, areas.diff + half),
        p_value=areas.p_value,
        test="DeLong",
    )


def of_means(pair: Pair, names: Sequence[str]) -> dict[str, Change]:
    """The losses and errors of the rows."""
    if not losses.NAMES.intersection(names):
        return {}
    head, base = losses.of(pair.head), losses.of(pair.base)
    known = [name for name in names if name in head and name in base]
    return {name: _of_mean(pair, name, head[name]) for name in known}


def _of_mean(pair: Pair, name: str, loss: Loss) -> Change:
    ours, theirs = loss.columns(pair.head), loss.columns(pair.base)
    weight, width = pair.head.weight, ours.shape[1]
    both = np.concatenate([ours, theirs], axis=1)
    drawn = resampling.means(both, weight)
    spread = resampling.spread(
        loss.value(drawn[:, :width]) - loss.value(drawn[:, width:])
    )
    middle = resampling.mean(both, weight)
    return _change(
        name,
        metrics.plain(loss.value(middle[:width])),
        metrics.plain(loss.value(middle[width:])),
        spread,
        significance.paired_t(ours[:, 0] - theirs[:, 0], weight),
        "paired t",
    )


def of_rows(
    pair: Pair, names: Sequence[str], codes: Array, count: int
) -> list[dict[str, Change]]:
    """Any metrics on each slice, by the bootstrap of the rows."""
    names = [name for name in names if name in metrics.names(pair.head.task)]
    if not names or not len(pair):
        return [{} for _ in range(count)]
    one, other = (columns(side, names, codes, count) for side in (pair.head, pair.base))

    def diffs(rows: Array, own: Array) -> Array:
        some = pair.take(rows)
        sides = (columns(s, names, own, count) for s in (some.head, some.base))
        return np.asarray(next(sides) - next(sides))

    spreads = resampling.of_rows(diffs, codes, count)
    found: list[dict[str, Change]] = []
    for here, there, parts in zip(one, other, spreads, strict=True):
        changes = {}
        for name, a, b, spread in zip(names, here, there, parts, strict=True):
            head, base = metrics.plain(a), metrics.plain(b)
            p_value = _by_error(_less(head, base), spread)
            changes[name] = _change(name, head, base, spread, p_value, "bootstrap")
        found.append(changes)
    return found


def columns(side: Predictions, names: Sequence[str], codes: Array, count: int) -> Array:
    """The metrics on each slice, shape (count, names), NaN where undefined."""
    slices = Slices("", tuple(map(str, range(count))), codes)
    found = metrics.measure(side, slices)
    values = [[one.values.get(name) for name in names] for one in found]
    return np.array(values, np.float64)


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _by_error(diff: float | None, spread: Spread | None) -> float | None:
    """The p-value of a difference by its standard error, by the normal law."""
    if spread is None or diff is None:
        return None
    if spread.error == 0:
        return 1.0 if diff == 0 else 0.0
    return significance.normal(diff / spread.error)


def _finite(value: float | None) -> float | None:
    """What sums beyond the range of floats come to cannot be compared."""
    return value if value is not None and math.isfinite(value) else None


def _change(
    name: str,
    head: float | None,
    base: float | None,
    spread: Spread | None,
    p_value: float | None,
    test: str,
    discordant: int | None = None,
) -> Change:
    return Change(
        metric=name,
        head=_finite(head),
        base=_finite(base),
        interval=spread.interval if spread else None,
        p_value=p_value,
        test=test if p_value is not None else "",
        discordant=discordant,
    )
