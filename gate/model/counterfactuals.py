"""The nearest row with another outcome, of each row: what would have changed it.

As in the What-If Tool: binary, the other decision; several classes, any other class;
regression, a prediction that differs by at least `min_difference`. The first row wins
where several are as near, and all of them are told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gate.data.columns import Array, Column
from gate.model import distances, features
from gate.model.distances import Nearest, Scale, Search
from gate.model.predictions import Predictions
from gate.model.slicing import Slices
from gate.model.spec import Counterfactual, Spec, Task

MAX_WORK = 2_400_000_000  # rows by rows by features, by default: about two seconds
SEED = 0


@dataclass(frozen=True)
class Summary:
    """The distances of the rows that have a counterfactual; None where none has."""

    found: int
    min: float | None
    median: float | None
    max: float | None


@dataclass(frozen=True, eq=False)
class Distances:
    """The counterfactuals by one distance: of each queried row, over all, by slice.

    `nearest` is in the order of `Counterfactuals.rows`; `slices` has, by the name of
    an entry under `slices:`, a summary for each slice with a queried row.
    """

    nearest: tuple[Nearest | None, ...]
    summary: Summary
    slices: dict[str, dict[str, Summary]]


@dataclass(frozen=True, eq=False)
class Counterfactuals:
    """The nearest other outcomes of `rows` (indices into the predictions) of `total`.

    `rows` are all of them or a sample drawn with a fixed seed, in ascending order.
    `by` is keyed by `L1` and `L2`; empty where there is no feature that counts.
    """

    scales: tuple[Scale, ...]
    min_difference: float | None
    rows: Array
    total: int
    by: dict[str, Distances]


def find(
    spec: Spec,
    predictions: Predictions,
    slices: Sequence[Slices] = (),
    columns: Mapping[str, Column] | None = None,
) -> Counterfactuals:
    """The counterfactuals of the rows, or of a sample of them.

    `columns` are what the model sees of these rows; by default those beside the
    predictions.

    Raises:
        ConfigError: a feature is not there.
    """
    asked = spec.counterfactual or Counterfactual()
    wanted = features.of(columns or predictions.columns, spec.features)
    scales = tuple(map(distances.scale, wanted))
    least = _min_difference(asked, predictions)
    rows = _sampled(len(predictions), len(scales), asked.sample)
    names = [asked.distance] if isinstance(asked.distance, str) else asked.distance
    by: dict[str, Distances] = {}
    if any(map(distances.counts, scales)):
        search, other = Search(scales), _other(predictions, least)
        for name in sorted(set(names)):
            found = tuple(search.nearest(rows, other, squared=name == "L2"))
            by[name] = _summed(found, rows, slices)
    return Counterfactuals(scales, least, rows, len(predictions), by)


def _min_difference(asked: Counterfactual, predictions: Predictions) -> float | None:
    if predictions.task is not Task.REGRESSION:
        return None
    if asked.min_difference is not None:
        return asked.min_difference
    values = predictions.predicted
    with np.errstate(over="ignore"):
        spread = np.std(values, ddof=1) if len(values) > 1 else 0.0
    return float(np.nan_to_num(spread))


def _other(predictions: Predictions, least: float | None) -> Callable[[int], Array]:
    """What tells, of a row, which rows have another outcome."""
    outcome = predictions.predicted
    if least is None:
        return lambda row: np.asarray(outcome != outcome[row])

    def other(row: int) -> Array:
        far = np.asarray(np.abs(outcome - outcome[row]) >= least)
        far[row] = False  # where all predictions are the same
        return far

    return other


def _sampled(total: int, features: int, sample: int | None) -> Array:
    """The rows that are asked for: `sample` of them, by default what is quick."""
    most = MAX_WORK // max(1, total * features) if sample is None else sample
    most = max(1, most)
    if total <= most:
        return np.arange(total)
    chosen = np.random.default_rng(SEED).choice(total, most, replace=False)
    return np.sort(chosen)


def _summed(
    found: tuple[Nearest | None, ...], rows: Array, slices: Sequence[Slices]
) -> Distances:
    apart = np.array([np.nan if one is None else one.distance for one in found])
    by_slice = {
        one.column: {
            one.names[code]: _summary(apart[one.codes[rows] == code])
            for code in np.unique(one.codes[rows]).tolist()
        }
        for one in slices
    }
    return Distances(found, _summary(apart), by_slice)


def _summary(apart: Array) -> Summary:
    known = apart[~np.isnan(apart)]
    if not len(known):
        return Summary(0, None, None, None)
    median = float(np.median(known))
    return Summary(len(known), float(known.min()), median, float(known.max()))


def to_json(found: Counterfactuals, predictions: Predictions) -> dict[str, Any]:
    """The counterfactuals as `gate model analyze` prints them, rows by their file."""
    place = predictions.rows.tolist()
    keys = [str(place[row]) for row in found.rows.tolist()]
    told: dict[str, Any] = {
        "distance_stats": {s.feature.name: _scale_to_json(s) for s in found.scales},
        "min_difference": found.min_difference,
        "counterfactual_rows": len(found.rows),
        "counterfactual_sampled": len(found.rows) < found.total,
        "nearest": {},
    }
    for name, by in found.by.items():
        pairs = zip(keys, by.nearest, strict=True)
        told["nearest"][name] = {key: _to_json(one, place) for key, one in pairs}
        told[f"{name}_summary"] = _summary_to_json(by.summary)
        if by.slices:
            told[f"{name}_slices"] = _slices_to_json(by.slices)
    return told


def _slices_to_json(slices: Mapping[str, Mapping[str, Summary]]) -> dict[str, Any]:
    return {
        column: {name: _summary_to_json(one) for name, one in named.items()}
        for column, named in slices.items()
    }


def _summary_to_json(one: Summary) -> dict[str, Any]:
    return {"found": one.found, "min": one.min, "median": one.median, "max": one.max}


def _scale_to_json(one: Scale) -> dict[str, Any]:
    if one.is_numeric:
        return {"kind": "num", "std": one.size}
    return {"kind": "cat", "p": one.size, "unique": one.unique}


def _to_json(one: Nearest | None, place: list[int]) -> dict[str, Any]:
    if one is None:
        return {"nearest": None, "distance": None, "ties": []}
    ties = [place[row] for row in one.rows]
    told = {"nearest": ties[0], "distance": one.distance, "ties": ties}
    return told if one.ties == len(ties) else {**told, "ties_in_all": one.ties}
