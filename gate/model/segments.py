"""Weak segments: parts of the data that nobody named and where the model is worse.

A segment holds the rows with one value of a feature, or with two of two features;
numbers are cut into fifths. What is compared is the loss of its rows with that of all
others: wrong or right, and of a regression the rank of the squared error. A segment
counts if that is no chance (one-sided, exact for wrong or right, by Bonferroni over all
segments that were looked at) and no trifle (`EFFECT` standard deviations). Where they
overlap, only those are told that are weak without the rows of the ones before, too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist
from typing import Any

import numpy as np

from gate.data.columns import Array, Column
from gate.model import features, tables
from gate.model.features import Feature
from gate.model.predictions import Predictions
from gate.model.spec import Spec, Task

LEVEL = 0.05  # the chance to find any segment where there is none
EFFECT = 0.2  # what Cohen calls small, in standard deviations
MAX_FOUND = 5
MAX_ROWS = 100_000
SEED = 0
_PARTS = 5  # into which numbers are cut
_FEW = 10  # values that are a segment each
_MAX_NAMES = 200  # parts of one feature; smaller ones are not searched
_MAX_FEATURES = 200
_MAX_WORK = 100_000_000  # rows times pairs of features
_MAX_CELLS = 2_000_000  # segments in all tables
_LARGEST = 1e290  # of a loss: the sum of more is no number any more
_MAX_TRIED = 200  # segments that are looked at closely, for each that is found


@dataclass(frozen=True)
class Segment:
    """Rows that the model is worse on.

    `values` has the value, or the range, of one or two features. `loss` is that of its
    rows, `rest` that of all others: the share that is wrong, or the mean squared error.
    `effect` is the difference in standard deviations (regression: of the ranks), and
    `p` how likely chance does as much, times the segments looked at.
    """

    values: dict[str, str]
    rows: int
    loss: float
    rest: float
    effect: float
    p: float


@dataclass(frozen=True)
class Segments:
    """What the search found in so many rows, the weakest first, and how far it went.

    `tested` segments have at least `min_rows`; `paired` features were also crossed.
    """

    metric: str
    rows: int
    sampled: bool
    tested: int
    min_rows: int
    paired: int
    found: tuple[Segment, ...]


def find(
    spec: Spec,
    predictions: Predictions,
    columns: Mapping[str, Column] | None = None,
) -> Segments | None:
    """The weak segments; None where the labels are not known.

    `columns` are what the rows are cut by, by default those beside the predictions.
    Of more than MAX_ROWS rows a sample of so many is searched, drawn by a fixed seed;
    of very many features the first.

    Raises:
        ConfigError: a feature is not there.
    """
    if predictions.label is None:
        return None
    columns = columns or predictions.columns
    if (total := len(predictions)) > MAX_ROWS:
        chosen = np.random.default_rng(SEED).choice(total, MAX_ROWS, replace=False)
        rows = np.sort(chosen)
        predictions = predictions.take(rows)
        columns = {name: tables.take(one, rows) for name, one in columns.items()}
    share = max(spec.segments.min_share, 1 / _MAX_NAMES)
    least = max(spec.min_rows, math.ceil(share * len(predictions)))
    names = (spec.segments.features or tuple(columns))[:_MAX_FEATURES]
    cuts = [
        cut
        for feature in features.of(columns, names)
        if len((cut := _cut(feature, least)).names)
    ]
    regression = predictions.task is Task.REGRESSION
    search = _Search(cuts, _loss(predictions), least, ranked=regression)
    metric = "mean_squared_error" if regression else "error_rate"
    return Segments(
        metric=metric,
        rows=len(predictions),
        sampled=len(predictions) < total,
        tested=search.tested,
        min_rows=least,
        paired=search.paired,
        found=search.found(),
    )


def _loss(predictions: Predictions) -> Array:
    assert predictions.label is not None
    if predictions.task is Task.REGRESSION:
        with np.errstate(over="ignore"):
            squared = (predictions.predicted - predictions.label) ** 2
        return np.asarray(np.minimum(squared, _LARGEST))
    return np.asarray(predictions.predicted != predictions.label).astype(np.float64)


@dataclass(frozen=True, eq=False)
class _Cut:
    """A feature as codes: into `names`, or one more for what is too rare."""

    feature: str
    names: tuple[str, ...]
    codes: Array


def _cut(feature: Feature, least: int) -> _Cut:
    """The parts of a feature that have at least so many rows."""
    if feature.kind == "cat":
        names, codes = list(feature.texts), feature.values.astype(np.int64)
    else:
        names, codes = _ranges(feature)
    codes = np.where(feature.missing, len(names), codes)
    names.append("?")
    kept = np.flatnonzero(np.bincount(codes, minlength=len(names)) >= least)
    place = np.full(len(names), len(kept))
    place[kept] = np.arange(len(kept))
    return _Cut(feature.name, tuple(names[i] for i in kept.tolist()), place[codes])


def _ranges(feature: Feature) -> tuple[list[str], Array]:
    present = feature.present()
    some = np.unique(present[:1_000])
    few = np.unique(present) if len(some) <= _FEW else some
    if len(few) <= _FEW:
        codes = np.searchsorted(few, feature.values)
        return [f"{value:.12g}" for value in few.tolist()], codes
    edges = np.unique(np.quantile(present, np.arange(1, _PARTS) / _PARTS))
    told = [f"{edge:.6g}" for edge in edges.tolist()]
    inner = [f"[{low}, {high})" for low, high in zip(told, told[1:])]
    names = [f"< {told[0]}", *inner, f">= {told[-1]}"]
    return names, np.searchsorted(edges, feature.values, side="right")


def _ranks(loss: Array) -> Array:
    """The rank of each, from 1; equal ones share the mean of theirs."""
    _, places, counts = np.unique(loss, return_inverse=True, return_counts=True)
    ranks: Array = np.cumsum(counts) - (counts - 1) / 2
    return ranks[places]


class _Search:
    """The tables of all segments; rows of what is found are taken out of them."""

    def __init__(
        self, cuts: Sequence[_Cut], loss: Array, least: int, *, ranked: bool
    ) -> None:
        self._cuts = cuts
        self._loss = loss
        self._score = _ranks(loss) if ranked else loss
        self._ranked = ranked
        self._least = least
        self.paired = _paired([len(cut.names) for cut in cuts], len(loss))
        singles = [(cut,) for cut in cuts]
        self._groups = [*singles, *combinations(cuts[: self.paired], 2)]
        self._group, self._cell = self._index()
        whole = np.ones(len(loss), bool)
        self._counts, self._sums = self._tables(whole)
        held = self._counts >= least
        # One that is all rows has no others to be compared with.
        held &= self._counts <= len(loss) - least
        self._counts, self._sums = self._counts * held, self._sums * held
        self.tested = int(np.count_nonzero(held))

    def _index(self) -> tuple[Array, Array]:
        """Of each cell of the tables, its group and its place in that."""
        sizes = [_size(group) for group in self._groups]
        groups = np.repeat(np.arange(len(sizes)), sizes)
        cells = [np.arange(size) for size in sizes] or [np.zeros(0, np.int64)]
        return groups, np.concatenate(cells)

    def _tables(self, rows: Array) -> tuple[Array, Array]:
        """How many of these rows are in each segment, and the sum of their scores."""
        counts: list[Array] = [np.zeros(0, np.int64)]
        sums: list[Array] = [np.zeros(0)]
        score = self._score[rows]
        codes = {cut.feature: cut.codes[rows] for cut in self._cuts}
        for group in self._groups:
            key = codes[group[0].feature]
            if len(group) == 2:
                key = key * (len(group[1].names) + 1) + codes[group[1].feature]
            full = _full(group)
            counts.append(_named(np.bincount(key, minlength=full), group))
            sums.append(_named(np.bincount(key, score, minlength=full), group))
        return np.concatenate(counts), np.concatenate(sums)

    def found(self) -> tuple[Segment, ...]:
        """The weak segments, each without the rows of those before it."""
        found: list[Segment] = []
        left = np.ones(len(self._loss), bool)
        while self.tested and len(found) < MAX_FOUND:
            place = self._weakest(left)
            if place is None:
                break
            rows = self._rows(place)
            found.append(self._told(place, rows))
            counts, sums = self._tables(rows & left)
            left &= ~rows
            # What was too small, or is now, stays out.
            held = self._counts - counts >= self._least
            self._counts = np.where(held, self._counts - counts, 0)
            self._sums = np.where(held, self._sums - sums, 0)
        return tuple(found)

    def _weakest(self, left: Array) -> int | None:
        """The segment that is the least chance, if one counts."""
        score, total = self._score[left], int(np.count_nonzero(left))
        spread = float(np.std(score)) if total else 0.0
        held = (self._counts > 0) & (self._counts < total)
        if not spread > 0 or not held.any():
            return None
        counts = np.where(held, self._counts, 1)
        mean, rest = float(score.mean()), np.maximum(1, total - counts)
        above = np.where(held, self._sums / counts - mean, -np.inf)
        effects = above * total / rest / spread
        chances = above / spread * np.sqrt(counts * (total - 1) / rest)
        needed = NormalDist().inv_cdf(1 - LEVEL / self.tested)
        telling = np.flatnonzero((chances >= needed) & (effects >= EFFECT))
        order = telling[np.argsort(-chances[telling], kind="stable")]
        for place in order[:_MAX_TRIED].tolist():
            if self._chance(place, left) * self.tested <= LEVEL:
                return int(place)
        return None

    def _chance(self, place: int, left: Array) -> float:
        """How likely it is that as many rows, drawn by chance, are as bad."""
        rows, total = self._rows(place) & left, int(np.count_nonzero(left))
        size = int(np.count_nonzero(rows))
        score = self._score[left]
        here = float(self._score[rows].sum())
        if not self._ranked:
            return hypergeometric_tail(round(here), round(score.sum()), size, total)
        spread = float(np.std(score, ddof=1)) * math.sqrt(size * (1 - size / total))
        return (
            math.erfc((here - size * float(score.mean())) / spread / math.sqrt(2)) / 2
        )

    def _rows(self, place: int) -> Array:
        """The rows of a segment."""
        group, cell = self._groups[int(self._group[place])], int(self._cell[place])
        values = _values(group, cell)
        pairs = zip(group, values, strict=True)
        return np.asarray(
            np.logical_and.reduce([cut.codes == value for cut, value in pairs])
        )

    def _told(self, place: int, rows: Array) -> Segment:
        group, cell = self._groups[int(self._group[place])], int(self._cell[place])
        pairs = zip(group, _values(group, cell), strict=True)
        everything = np.ones(len(rows), bool)
        score = self._score
        apart = float(score[rows].mean() - score[~rows].mean())
        return Segment(
            values={cut.feature: cut.names[value] for cut, value in pairs},
            rows=int(np.count_nonzero(rows)),
            loss=float(self._loss[rows].mean()),
            rest=float(self._loss[~rows].mean()),
            effect=apart / float(np.std(score)),
            p=min(1.0, self._chance(place, everything) * self.tested),
        )


def _paired(sizes: Sequence[int], rows: int) -> int:
    """How many features can be crossed with each other in reasonable time and room."""
    cells = before = 0
    for count, size in enumerate(sizes):
        cells += (before + 1) * (size + 1)
        before += size + 1
        if cells > _MAX_CELLS or rows * count * (count + 1) // 2 > _MAX_WORK:
            return count
    return len(sizes)


def _full(group: tuple[_Cut, ...]) -> int:
    return math.prod(len(cut.names) + 1 for cut in group)


def _size(group: tuple[_Cut, ...]) -> int:
    return math.prod(len(cut.names) for cut in group)


def _named(table: Array, group: tuple[_Cut, ...]) -> Array:
    """A table without what is too rare to have a name."""
    shaped = table.reshape([len(cut.names) + 1 for cut in group])
    return shaped[(slice(-1),) * len(group)].ravel()


def _values(group: tuple[_Cut, ...], cell: int) -> tuple[int, ...]:
    shape = tuple(len(cut.names) for cut in group)
    return tuple(int(i) for i in np.unravel_index(cell, shape))


def hypergeometric_tail(wrong: int, all_wrong: int, size: int, total: int) -> float:
    """How likely at least `wrong` of `size` rows are among the `all_wrong` of `total`.

    That is Fisher's exact test, one-sided.
    """
    most = min(size, all_wrong)
    if wrong > most:
        return 0.0
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, total + 1)))])

    def choose(n: Any, k: Any) -> Any:
        return logs[n] - logs[k] - logs[n - k]

    least = max(wrong, size + all_wrong - total)
    hits = np.arange(least, most + 1)
    each = choose(all_wrong, hits) + choose(total - all_wrong, size - hits)
    return min(1.0, float(np.exp(each - choose(total, size)).sum()))


def to_json(found: Segments) -> dict[str, Any]:
    """The segments as `gate model analyze` prints them."""
    return {
        "metric": found.metric,
        "rows": found.rows,
        "sampled": found.sampled,
        "tested": found.tested,
        "min_rows": found.min_rows,
        "crossed_features": found.paired,
        "found": [
            {
                "values": one.values,
                "rows": one.rows,
                "loss": one.loss,
                "rest": one.rest,
                "effect": one.effect,
                "p": one.p,
            }
            for one in found.found
        ],
    }
