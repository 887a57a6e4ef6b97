"""How columns depend on each other: correlation, and the lift of a label.

Both are counted in one pass, and what was counted of parts merges. The formulas are
TFDV's: population covariance and Pearson's correlation over the rows that have both
numbers, and lift P(y|x) / P(y) over all rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from gate.data import weights as weighing
from gate.data.columns import Array, Batch, Coded, Column, Kind
from gate.data.statistics import Feature, Lift, LiftCross, LiftSeries, NumericCross
from gate.errors import DataError

MAX_NUMBERS = 300  # columns of numbers, each of which is crossed with each
MAX_LABELS = 100  # distinct labels
MAX_VALUES = 1_000  # distinct values of a column whose lifts are told


class Correlation:
    """Of each pair of columns of numbers, over the rows where both are finite.

    Of n rows with both: `mean[i, j]` is that of column i, `squares[i, j]` the sum of
    its squared distances from it, `both[i, j]` that of the products of distances.
    """

    def __init__(self, path: str = "") -> None:
        self.path = path
        self.names: list[str] = []
        self.counts, self.means, self.squares, self.both = np.zeros((4, 0, 0))

    def add(self, batch: Batch) -> None:
        """Count the rows of a batch; weights make no difference, as in TFDV.

        Raises:
            DataError: there are more than MAX_NUMBERS columns of numbers.
        """
        columns = {n: weighing.numbers(c) for n, c in _numeric(batch)}
        if len(columns) > 1:
            self._check(columns)
            self.merge(_correlated(columns))

    def merge(self, other: Correlation) -> None:
        """Add all that the other one counted (Chan, Golub and LeVeque, 1979)."""
        names = list(dict.fromkeys((*self.names, *other.names)))
        self._check(names)
        first, second = self._over(names), other._over(names)
        total = first.counts + second.counts
        share = second.counts / np.maximum(total, 1)
        apart = second.means - first.means
        between = first.counts * share
        self.names, self.counts = names, total
        self.means = first.means + apart * share
        self.squares = first.squares + second.squares + apart**2 * between
        self.both = first.both + second.both + apart * apart.T * between

    def _check(self, names: Collection[str]) -> None:
        if len(names) > MAX_NUMBERS:
            raise DataError(
                f"over {MAX_NUMBERS:,} columns of numbers to correlate",
                path=self.path,
                hint="name some of the columns with --feature",
            )

    def _over(self, names: list[str]) -> Correlation:
        """The same with a row and a column for each of these names."""
        wider = Correlation(self.path)
        wider.names = names
        at = np.ix_(*[[names.index(name) for name in self.names]] * 2)
        for field in ("counts", "means", "squares", "both"):
            array = np.zeros((len(names), len(names)))
            array[at] = getattr(self, field)
            setattr(wider, field, array)
        return wider

    def crosses(self, numeric: Collection[str]) -> Iterator[NumericCross]:
        """The pairs of these columns, in the order of their names as in TFDV."""
        order = sorted((n, i) for i, n in enumerate(self.names) if n in numeric)
        for place, (x, i) in enumerate(order):
            for y, j in order[place + 1 :]:
                count = int(self.counts[i, j])
                if not count:
                    continue
                spread = np.sqrt(self.squares[i, j]) * np.sqrt(self.squares[j, i])
                both = float(self.both[i, j])
                yield NumericCross(
                    x=x,
                    y=y,
                    count=count,
                    covariance=both / count,
                    correlation=_within(both / float(spread)) if spread else None,
                )


def _within(correlation: float) -> float:
    return min(1.0, max(-1.0, correlation))


def _correlated(columns: dict[str, Array]) -> Correlation:
    """Of one batch."""
    values = np.column_stack(list(columns.values()))
    finite = np.isfinite(values)
    here = finite.astype(np.float64)
    values = np.where(finite, values, 0.0)
    # Moved to near 0, so that no digits are lost.
    shift = values.sum(axis=0) / np.maximum(here.sum(axis=0), 1)
    values = np.where(finite, values - shift, 0.0)
    result = Correlation()
    result.names = list(columns)
    result.counts = here.T @ here
    some = np.maximum(result.counts, 1)
    sums = values.T @ here
    result.means = np.where(result.counts > 0, sums / some + shift[:, None], 0.0)
    result.squares = np.maximum(np.square(values).T @ here - sums**2 / some, 0.0)
    result.both = values.T @ values - sums * sums.T / some
    return result


def _numeric(batch: Batch) -> Iterator[tuple[str, Column]]:
    for name, column in batch.columns.items():
        if not isinstance(column, Coded) or (column.kinds < Kind.STRING).all():
            yield name, column


@dataclass
class _Pairs:
    """The weights of a column's values, and with each label; None when too many."""

    values: dict[str, float]
    pairs: dict[tuple[str, str], float]


class LiftTally:
    """How often each label (column `label`) meets each text of other columns."""

    def __init__(
        self, label: str, categories: Collection[str] = (), path: str = ""
    ) -> None:
        self.label = label
        self.categories = categories  # columns of integers that count as texts
        self.path = path
        self.rows = 0.0
        self.weighted = False
        self.labels: dict[str, float] = {}
        self.columns: dict[str, _Pairs | None] = {}

    def add(self, batch: Batch, weights: Array | None) -> None:
        """Count the rows of a batch.

        Raises:
            DataError: there is no label, or one of floats or over MAX_LABELS.
        """
        self.weighted = weights is not None
        weights = np.ones(batch.rows) if weights is None else weights
        self.rows += float(weights.sum())
        codes, labels = self._labels(batch)
        _sum(self.labels, labels, _sums(codes, weights, len(labels)))
        self._few_labels()
        for name, column in batch.columns.items():
            if name != self.label and self.columns.get(name, 0) is not None:
                self._add(name, column, codes, labels, weights)

    def merge(self, other: LiftTally) -> None:
        """Add all that the other one counted."""
        self.rows += other.rows
        _sum(self.labels, other.labels, other.labels.values())
        self._few_labels()
        for name, theirs in other.columns.items():
            ours = self.columns.setdefault(name, _Pairs({}, {}))
            if ours is None or theirs is None:
                self.columns[name] = None
                continue
            _sum(ours.values, theirs.values, theirs.values.values())
            _sum(ours.pairs, theirs.pairs, theirs.pairs.values())
            self._few_values(name)

    def _add(
        self,
        name: str,
        column: Column,
        codes: Array,
        labels: list[str],
        weights: Array,
    ) -> None:
        if not isinstance(column, Coded) and name not in self.categories:
            return
        own, texts = _coded(column)
        if len(texts) > MAX_VALUES:
            self.columns[name] = None
            return
        pairs = self.columns.setdefault(name, _Pairs({}, {}))
        assert pairs is not None
        size = len(labels)
        _sum(pairs.values, texts, _sums(own, weights, len(texts)))
        crossed = np.where((codes < 0) | (own < 0), -1, own * size + codes)
        sums = _sums(crossed, weights, len(texts) * size)
        at = np.flatnonzero(sums)
        met = [(texts[i // size], labels[i % size]) for i in at.tolist()]
        _sum(pairs.pairs, met, sums[at])
        self._few_values(name)

    def _few_values(self, name: str) -> None:
        pairs = self.columns[name]
        if pairs and len(pairs.values) > MAX_VALUES:
            self.columns[name] = None

    def _few_labels(self) -> None:
        if len(self.labels) > MAX_LABELS:
            raise DataError(
                f"over {MAX_LABELS} distinct labels in column `{self.label}`",
                path=self.path,
                hint="name a column of few categories with --label",
            )

    def _labels(self, batch: Batch) -> tuple[Array, list[str]]:
        """The label of each row as an index, -1 where it is missing."""
        column = batch.columns.get(self.label)
        if column is None:
            hint = f"its columns are {', '.join(list(batch.columns)[:20])}"
            message = f"no column `{self.label}` of labels"
            raise DataError(message, path=self.path, hint=hint)
        if not isinstance(column, Coded) and column.kind is not Kind.INT:
            raise DataError(
                f"the labels in column `{self.label}` are floats",
                path=self.path,
                hint="name a column of categories with --label",
            )
        return _coded(column)

    def crosses(self, features: Iterable[Feature]) -> Iterator[LiftCross]:
        """The lifts by those of the columns that have few texts."""
        kinds = {feature.name: feature for feature in features}
        ys: dict[str | int, list[str]] = {}
        whole = self.label in kinds and kinds[self.label].kind is Kind.INT
        for text in sorted(self.labels):
            if self.labels[text]:
                ys.setdefault(int(text) if whole else text, []).append(text)
        for name, pairs in self.columns.items():
            if pairs and name in kinds and kinds[name].textual:
                series = [self._series(pairs, y, ys[y]) for y in sorted(ys, key=_order)]
                yield LiftCross(
                    x=name, y=self.label, series=tuple(series), weighted=self.weighted
                )

    def _series(self, pairs: _Pairs, y: str | int, spelled: list[str]) -> LiftSeries:
        """Of one label, however it is spelled."""
        number = float if self.weighted else round
        y_count = sum(self.labels[text] for text in spelled)
        lifts = []
        for x, count in pairs.values.items():
            if not count:
                continue
            both = sum(pairs.pairs.get((x, text), 0.0) for text in spelled)
            lift = both / count / (y_count / self.rows)
            lifts.append(
                Lift(x=x, lift=lift, x_count=number(count), x_and_y_count=number(both))
            )
        lifts.sort(key=lambda lift: (-lift.lift, lift.x))
        return LiftSeries(y=y, y_count=number(y_count), lifts=tuple(lifts))


def _order(label: str | int) -> tuple[int, str]:
    return (label, "") if isinstance(label, int) else (0, label)


def _coded(column: Column) -> tuple[Array, list[str]]:
    """The text of each row as an index, -1 where it is missing, and the texts."""
    if isinstance(column, Coded):
        return column.codes, list(column.texts)
    found, codes = np.unique(column.values, return_inverse=True)
    if column.missing is not None:
        codes = np.where(column.missing, -1, codes)
    return codes, [str(value) for value in found.tolist()]


def _sums(codes: Array, weights: Array, size: int) -> Array:
    present = codes >= 0
    return np.bincount(codes[present], weights[present], minlength=size)


def _sum(into: dict[Any, float], keys: Iterable[Any], sums: Iterable[float]) -> None:
    for key, value in zip(keys, sums, strict=True):
        into[key] = into.get(key, 0.0) + float(value)
