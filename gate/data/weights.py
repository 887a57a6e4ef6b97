"""The weights of rows, summed up by column: TFDV's weighted statistics.

Every row must have a weight, a finite number that is not negative.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from gate.data import statistics
from gate.data.columns import Array, Batch, Column, Kind, Numbers, utf8
from gate.data.quantiles import Table
from gate.data.statistics import Detail, Feature, Weighted
from gate.errors import DataError

MAX_TEXTS = 500_000  # distinct texts of one column that are summed exactly
_KEPT = 50_000  # of the heaviest ones, when there are more
LEAST = 1.0  # lighter texts are not among TFDV's most frequent ones


def of_rows(batch: Batch, column: str, path: str = "") -> Array:
    """The weight of each row, a float64.

    Raises:
        DataError: there is no such column, or a row's weight is missing, no number,
            negative or not finite; names the line.
    """
    if column not in batch.columns:
        known = ", ".join(list(batch.columns)[:20])
        raise DataError(
            f"no column `{column}` of weights",
            path=path,
            hint=f"its columns are {known}",
        )
    weights = numbers(batch.columns[column])
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(wrong):
        raise DataError(
            f"a weight (column `{column}`) that is missing or below 0 or no number",
            path=path,
            line=int(batch.lines(wrong[:1])[0]),
            hint="give each row a weight of 0 or more",
        )
    return weights


def numbers(column: Column) -> Array:
    """The cells as float64; NaN where one is missing or no number."""
    if isinstance(column, Numbers):
        values = column.values.astype(np.float64)
        if column.missing is not None:
            values[column.missing] = math.nan
        return values
    parsed = [math.nan if n is None else n for n in column.numbers]
    return np.array([*parsed, math.nan], np.float64)[column.codes]


class WeightTally:
    """The weights of all columns' cells while batches pass by; tallies merge."""

    def __init__(self) -> None:
        self.rows = 0.0
        self.columns: dict[str, _Column] = {}

    def add(self, batch: Batch, weights: Array) -> None:
        """Count the rows of a batch, each with its weight."""
        self.rows += float(weights.sum())
        for name, column in batch.columns.items():
            self.columns.setdefault(name, _Column()).add(column, weights)

    def merge(self, other: WeightTally) -> None:
        """Add all that the other one counted."""
        self.rows += other.rows
        for name, column in other.columns.items():
            self.columns.setdefault(name, _Column()).merge(column)

    def weighted(
        self, features: Iterable[Feature], detail: Detail
    ) -> dict[str, Weighted]:
        """What the weights amount to, of numbers or texts as the features have them."""
        return {
            feature.name: self.columns[feature.name].weighted(
                self.rows, feature, detail
            )
            for feature in features
        }


class _Column:
    def __init__(self) -> None:
        self.present = 0.0
        self.texts: Counter[str] = Counter()
        self.size = 0.0  # of the finite numbers
        self.mean = 0.0
        self.squares = 0.0  # weighted sum of the squared distances from the mean
        self.infinite = [0.0, 0.0]  # below, above
        self.table = Table()

    def add(self, column: Column, weights: Array) -> None:
        missing = column.missing
        present = np.ones(len(weights), bool) if missing is None else ~missing
        self.present += float(weights[present].sum())
        if isinstance(column, Numbers):
            self._add_numbers(column.values[present], weights[present])
            return
        sums = np.bincount(
            column.codes[present], weights[present], minlength=len(column.texts)
        )
        fits = column.kinds < Kind.STRING
        spelled = [column.numbers[i] or 0 for i in np.flatnonzero(fits).tolist()]
        if spelled:
            self._add_numbers(np.array(spelled), sums[fits])
        for text, weight in zip(column.texts, sums.tolist(), strict=True):
            self.texts[text] += weight
        self._bound()

    def merge(self, other: _Column) -> None:
        self.present += other.present
        for text, weight in other.texts.items():
            self.texts[text] += weight
        self._bound()
        self._combine(other.size, other.mean, other.squares)
        for side in (0, 1):
            self.infinite[side] += other.infinite[side]
        self.table.merge(other.table)

    def _bound(self) -> None:
        if len(self.texts) > MAX_TEXTS:
            kept = heapq.nlargest(_KEPT, self.texts.items(), key=_by_weight)
            self.texts = Counter(dict(kept))

    def _add_numbers(self, values: Array, weights: Array) -> None:
        for side, value in ((0, -math.inf), (1, math.inf)):
            self.infinite[side] += float(weights[values == value].sum())
        finite = np.isfinite(values)
        values, weights = values[finite], weights[finite]
        size = float(weights.sum())
        if len(values):
            self.table.add(values, weights)
        if size:
            floats = values.astype(np.float64)
            mean = float(np.average(floats, weights=weights))
            squares = float((np.square(floats - mean) * weights).sum())
            self._combine(size, mean, squares)

    def _combine(self, size: float, mean: float, squares: float) -> None:
        """Chan, Golub and LeVeque: updating formulae for computing variances, 1979."""
        if not size:
            return
        total = self.size + size
        distance = mean - self.mean
        self.mean += distance * size / total
        self.squares += squares + distance**2 * self.size * size / total
        self.size = total

    def weighted(self, rows: float, feature: Feature, detail: Detail) -> Weighted:
        known = Weighted(
            num_missing=max(0.0, rows - self.present), num_non_missing=self.present
        )
        if feature.textual:
            return replace(known, ranked=self._ranked(feature, detail.ranked))
        return self._numeric(known, detail) if feature.numeric else known

    def _ranked(self, feature: Feature, most: int) -> tuple[tuple[str, float], ...]:
        texts = self.texts.items()
        if feature.kind is not Kind.STRING:  # integers that are categories
            values, sums = (array.tolist() for array in self.table.values())
            texts = {str(int(v)): w for v, w in zip(values, sums, strict=True)}.items()
        heaviest = heapq.nlargest(most, texts, key=_by_weight)
        return tuple((text, weight) for text, weight in heaviest if weight >= LEAST)

    def _numeric(self, known: Weighted, detail: Detail) -> Weighted:
        values, sums = statistics.with_infinite(*self.table.values(), self.infinite)
        standard, equal, median = statistics.distribution(values, sums, detail)
        whole = not any(self.infinite)
        share = self.squares / self.size if self.size else 0.0
        return replace(
            known,
            mean=self.mean if whole else math.nan,
            std_dev=math.sqrt(share) if whole else math.nan,
            median=median,
            standard=standard,
            quantiles=equal,
        )


def _by_weight(item: tuple[str, float]) -> tuple[float, bytes]:
    return item[1], utf8(item[0])
