"""A metric of two models on the same rows, and whether its change may be chance.

The test hangs on what the metric is computed from:

counts of decisions    the exact test of McNemar for the accuracy; for all others the
                       randomization test, which is the same where they are alike
the order of scores    DeLong's test for the area under the ROC curve
means over the rows    the paired t-test of the rows' losses
anything else          the bootstrap's standard error

Weights are those of a sample, drawn with unequal chances: counts of weighted rows have
the bootstrap's standard error, the other tests are those of weighted means.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gate.data.columns import Array
from gate.model import delong, losses, resampling, significance, tallied
from gate.model.delong import Areas
from gate.model.joining import Pair
from gate.model.losses import Loss
from gate.model.resampling import Cells, Spread
from gate.model.significance import Interval
from gate.model.spec import Task

# A metric of labels, what was predicted, scores and weights, where no other rule is.
Function = Callable[[Array, Array, Array | None, Array | None], float | None]


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


def of_counts(cells: Cells, names: Sequence[str], pair: Pair) -> dict[str, Change]:
    """The metrics of decisions, of rows counted."""
    known = tallied.of_task(pair.task)
    wanted = {name: known[name] for name in names if name in known}
    if not len(cells.count) or not wanted:
        return {}
    few = len(cells.count) <= resampling.MOST_CELLS
    drawn = resampling.of_metrics(cells, wanted) if few else {}
    weighted = pair.weight is not None
    others = {n: m for n, m in wanted.items() if few and n != "accuracy"}
    p_values = {} if weighted else resampling.p_values(cells, others)
    one, other = cells.tallies(cells.count)
    changes = {}
    for name, metric in wanted.items():
        spread = drawn.get(name)
        diff = float(metric(one) - metric(other))
        p_value, test = p_values.get(name), "randomization"
        if weighted:
            p_value, test = _by_error(diff, spread), "bootstrap"
        elif name == "accuracy":
            p_value, test = significance.mcnemar(*cells.gained_and_lost), "McNemar"
        changes[name] = Change(
            metric=name,
            head=_defined(metric(one)),
            base=_defined(metric(other)),
            interval=spread.interval if spread else None,
            p_value=p_value,
            test=test if p_value is not None else "",
            discordant=cells.discordant,
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
    known = losses.of_task(pair.task)
    one, other = _outputs(pair)
    if one is None or other is None or not len(pair):
        return {}
    wanted = [name for name in names if name in known]
    return {name: _of_mean(pair, name, known[name], one, other) for name in wanted}


def _outputs(pair: Pair) -> tuple[Array | None, Array | None]:
    numbers = pair.task is Task.REGRESSION
    return (pair.head, pair.base) if numbers else (pair.head_score, pair.base_score)


def _of_mean(pair: Pair, name: str, loss: Loss, one: Array, other: Array) -> Change:
    ours = np.stack(loss.rows(pair.label, one), axis=1)
    theirs = np.stack(loss.rows(pair.label, other), axis=1)
    columns = ours.shape[1]
    both = np.concatenate([ours, theirs], axis=1)
    drawn = resampling.means(both, pair.weight)
    spread = resampling.spread(
        loss.value(drawn[:, :columns]) - loss.value(drawn[:, columns:])
    )
    middle = np.average(both, axis=0, weights=pair.weight)
    p_value = significance.paired_t(ours[:, 0] - theirs[:, 0], pair.weight)
    return Change(
        metric=name,
        head=_defined(loss.value(middle[:columns])),
        base=_defined(loss.value(middle[columns:])),
        interval=spread.interval if spread else None,
        p_value=p_value,
        test="paired t" if p_value is not None else "",
    )


def of_function(pair: Pair, name: str, function: Function) -> Change:
    """A metric of the rows that is computed in no other way."""
    one, other = _side(pair, function, None)
    spread = resampling.of_rows(lambda rows: _less(*_side(pair, function, rows)), len(pair))
    diff = _less(one, other)
    p_value = None if diff is None else _by_error(diff, spread)
    return Change(
        metric=name,
        head=one,
        base=other,
        interval=spread.interval if spread else None,
        p_value=p_value,
        test="bootstrap" if p_value is not None else "",
    )


def _side(
    pair: Pair, function: Function, rows: Array | None
) -> tuple[float | None, float | None]:
    part = pair if rows is None else pair.of(rows)
    return (
        function(part.label, part.head, part.head_score, part.weight),
        function(part.label, part.base, part.base_score, part.weight),
    )


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _by_error(diff: float, spread: Spread | None) -> float | None:
    if spread is None or not np.isfinite(diff):
        return None
    if spread.error == 0:
        return 1.0 if diff == 0 else 0.0
    return significance.normal(diff / spread.error)


def _defined(value: Array) -> float | None:
    return float(value) if np.isfinite(value) else None
