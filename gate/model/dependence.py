"""Partial dependence: how predictions move with one feature, all others as they are.

As in the What-If Tool: a number runs over evenly spaced points of its range, which is
taken in 32 bits, whole numbers truncated; a text over the values that are seen more
than once. Unlike there, the range is that of all rows, not of the first 50.
(Friedman, "Greedy function approximation", 2001, section 8.2.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gate.data.columns import Array
from gate.model.features import Feature, FeatureKind, Value
from gate.model.predicting import Change, Outcomes
from gate.model.predictions import Predictions
from gate.model.spec import Dependence

MAX_PREDICTED = 2_000_000  # rows that are predicted for this, if nothing is asked for
MAX_CURVES = 50  # rows of which the single curves are kept
SEED = 0
WIT_ROWS = 50
_CHEAP = 200_000  # rows predicted once more, on the What-If Tool's own grid


@dataclass(frozen=True, eq=False)
class Curve:
    """The predictions along a grid of g values of one feature.

    `means` is float64, shape (g, k), with k series: the score or number, or a score
    for each class. `curves` is that of single rows, shape (rows, g, k).
    """

    grid: tuple[Value, ...]
    numeric: bool
    means: Array
    curves: Array

    @property
    def steps(self) -> Array:
        """How the first series changes from point to point, shape (g - 1,)."""
        return np.diff(self.means[:, 0])

    @property
    def variation(self) -> float:
        """How much it moves: the sum of its steps; of texts, the widest difference."""
        if self.numeric:
            moves = np.abs(np.diff(self.means, axis=0)).sum(axis=0)
        else:
            moves = self.means.max(axis=0) - self.means.min(axis=0)
        return float(moves.max())

    def against(self, direction: str) -> tuple[int, float, Value | None]:
        """Steps against a direction: how many, the largest, and where it leads."""
        wrong = -self.steps if direction == "increasing" else self.steps
        count = int(np.count_nonzero(wrong > 0))
        if not count:
            return 0, 0.0, None
        place = int(np.argmax(wrong))
        return count, float(wrong[place]), self.grid[place + 1]


@dataclass(frozen=True, eq=False)
class Dependences:
    """The curves of each feature, over `rows` (indices) of `total`.

    `wit` has those on the What-If Tool's grid, of the first 50 rows, where there are
    few rows. `left_out` says why a feature has none.
    """

    curves: dict[str, Curve]
    wit: dict[str, Curve]
    left_out: dict[str, str]
    rows: Array
    total: int


@dataclass(frozen=True, eq=False)
class Grid:
    """The values of a feature that are tried; `is_wit`: on the What-If Tool's range."""

    feature: str
    points: tuple[Value, ...]
    numeric: bool
    is_wit: bool = False


@dataclass(frozen=True, eq=False)
class Plan:
    """What is to be asked for the curves: a change for each point of each grid."""

    grids: tuple[Grid, ...]
    left_out: dict[str, str]
    rows: Array
    total: int

    def changes(self) -> list[Change]:
        """The questions, in the order in which `curves` wants their answers."""
        rows = None if len(self.rows) == self.total else self.rows
        return [
            Change(rows=rows, values={one.feature: value})
            for one in self.grids
            for value in one.points
        ]

    def curves(self, answers: Sequence[Outcomes]) -> Dependences:
        """The curves that the answers make."""
        own: dict[str, Curve] = {}
        wit: dict[str, Curve] = {}
        start = 0
        for one in self.grids:
            some = [a.scores for a in answers[start : start + len(one.points)]]
            start += len(one.points)
            (wit if one.is_wit else own)[one.feature] = _curve(one, some)
        return Dependences(own, wit, self.left_out, self.rows, self.total)


def plan(
    asked: Dependence,
    frame: Sequence[Feature],
    kinds: Mapping[str, FeatureKind],
    monotone: Sequence[str] = (),
) -> Plan:
    """What to ask: for the features named, and for those that are to be monotone."""
    wanted = {*asked.features, *monotone} if asked.features else {f.name for f in frame}
    chosen = [feature for feature in frame if feature.name in wanted]
    total = len(frame[0].values) if frame else 0
    grids, left_out = [], {}
    for feature in chosen:
        kind = kinds.get(feature.name)
        numeric = "cat" not in (kind, feature.kind)
        if points := grid(feature, asked.grid, kind):
            grids.append(Grid(feature.name, points, numeric))
        else:
            why = "no value" if numeric else "no value is seen more than once"
            left_out[feature.name] = why
    rows = _sampled(total, asked.rows, _count(grids))
    wit = _wit(chosen, grids, asked.grid, kinds)
    grids += wit if len(rows) * _count(wit) <= _CHEAP else []
    return Plan(tuple(grids), left_out, rows, total)


def _wit(
    chosen: Sequence[Feature],
    grids: Sequence[Grid],
    size: int,
    kinds: Mapping[str, FeatureKind],
) -> list[Grid]:
    """The grids of the first rows, of the features that have one of all rows."""
    made = []
    numeric = {one.feature: one.numeric for one in grids}
    for feature in chosen:
        first = feature.take(np.arange(min(WIT_ROWS, len(feature.values))))
        points = grid(first, size, kinds.get(feature.name))
        if points and feature.name in numeric:
            made.append(Grid(feature.name, points, numeric[feature.name], is_wit=True))
    return made


def _count(grids: Sequence[Grid]) -> int:
    return sum(len(one.points) for one in grids)


def _sampled(total: int, rows: int | None, points: int) -> Array:
    most = rows if rows is not None else max(1, MAX_PREDICTED // max(1, points))
    if total <= most:
        return np.arange(total)
    chosen = np.random.default_rng(SEED).choice(total, most, replace=False)
    return np.sort(chosen)


def grid(
    feature: Feature, size: int, kind: FeatureKind | None = None
) -> tuple[Value, ...]:
    """The values that a feature is set to; none where it has none.

    `kind` is what it is treated as, where that is not what it holds.
    """
    present = feature.present()
    kind = kind or feature.kind
    if not len(present):
        return ()
    if kind == "cat" or feature.kind == "cat":
        common = Counter(present.tolist()).most_common(size)
        codes = [value for value, count in common if count > 1]
        if feature.kind == "cat":
            return tuple(sorted(feature.texts[code] for code in codes))
        return tuple(sorted(codes))
    if kind == "int":
        ends = int(present.min()), int(present.max())
        points = np.linspace(*ends, size).astype(np.int64).tolist()
        return tuple(dict.fromkeys(points))
    with np.errstate(over="ignore"):
        narrow = present.astype(np.float32)
    if not np.isfinite(narrow).all():
        narrow = present
    least, most = float(narrow.min()), float(narrow.max())
    return tuple(np.linspace(least, most, size).tolist())


def _curve(grid: Grid, scores: Sequence[Array]) -> Curve:
    wide = [s[:, None] if s.ndim == 1 else s for s in scores]
    means = np.array([s.mean(axis=0) for s in wide])
    curves = np.stack([s[:MAX_CURVES] for s in wide], axis=1)
    return Curve(grid.points, grid.numeric, means, curves)


def to_json(found: Dependences, predictions: Predictions) -> dict[str, Any]:
    """The curves as `gate model analyze` prints them."""
    keys = [str(predictions.rows[row]) for row in found.rows[:MAX_CURVES].tolist()]
    told: dict[str, Any] = {}
    for name, curve in found.curves.items():
        told[name] = {"all_rows": _to_json(curve, keys)}
        if name in found.wit:
            told[name]["wit_first_50_rows"] = _to_json(found.wit[name], keys)
    told["order_by_variation"] = _order(found.curves)
    if found.wit:
        told["order_by_variation_wit_first_50"] = _order(found.wit)
    sampled = len(found.rows) < found.total
    how = {"rows": len(found.rows), "sampled": sampled, "left_out": found.left_out}
    return {"pdp": told, "pdp_rows": how}


def _order(curves: Mapping[str, Curve]) -> list[str]:
    return sorted(curves, key=lambda name: -curves[name].variation)


def _to_json(curve: Curve, keys: list[str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "grid": list(curve.grid),
        "global_mean": _points(curve.grid, curve.means),
        "rows": {
            key: _points(curve.grid, values)
            for key, values in zip(keys, curve.curves, strict=True)
        },
        "variation": curve.variation,
    }
    if curve.numeric and curve.means.shape[1] == 1:
        drops, drop, dropped = curve.against("increasing")
        rises, rise, risen = curve.against("decreasing")
        told |= {
            "monotone_increasing": drops == 0,
            "monotone_decreasing": rises == 0,
            "steps_against_increasing": drops,
            "largest_drop": drop,
            "largest_drop_at": dropped,
            "steps_against_decreasing": rises,
            "largest_rise": rise,
            "largest_rise_at": risen,
        }
    return told


def _points(grid: Sequence[Value], values: Array) -> list[list[Value]]:
    pairs = zip(grid, values.tolist(), strict=True)
    return [[value, *series] for value, series in pairs]
