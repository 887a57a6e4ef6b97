"""Statistics of every column of a table, in one pass and bounded memory.

The numbers are those of TensorFlow Data Validation; `statsfile` writes them down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gate.data import quantiles, table
from gate.data.columns import Array, Batch, Kind, Number
from gate.data.quantiles import Bucket
from gate.data.source import Source
from gate.data.tallies import ColumnTally, NumberTally, TextTally

Progress = Callable[[int, int], None]  # rows and bytes of one more batch


@dataclass(frozen=True, kw_only=True)
class Detail:
    """How much is told of each column, by the names and defaults of StatsOptions."""

    num_top_values: int = 20
    num_rank_histogram_buckets: int = 1_000
    num_values_histogram_buckets: int = 10
    num_histogram_buckets: int = 10
    num_quantiles_histogram_buckets: int = 10

    @property
    def ranked(self) -> int:
        """How many of the most frequent texts are kept."""
        return max(self.num_top_values, self.num_rank_histogram_buckets)


DETAIL = Detail()


@dataclass(frozen=True, kw_only=True)
class Numeric:
    """Of the numbers of a column; NaN is in none of them but `num_nan`.

    `std_dev` is the population's; it and `mean` are NaN when a value is infinite.
    `median` is a value that occurs, never the mean of two. `standard` has buckets of
    equal width, `quantiles` buckets of equal weight; neither has any without a number.
    """

    mean: float
    std_dev: float
    num_zeros: int
    num_nan: int
    min: Number
    median: Number
    max: Number
    standard: tuple[Bucket, ...]
    quantiles: tuple[Bucket, ...]
    approximate: bool = False


@dataclass(frozen=True, kw_only=True)
class Textual:
    """Of the texts of a column; `avg_length` is in bytes of UTF-8.

    `ranked` has the most frequent texts first (at most `Detail.ranked` of them).
    """

    unique: int
    avg_length: float
    ranked: tuple[tuple[str, int], ...]
    approximate: bool = False


@dataclass(frozen=True, kw_only=True)
class Weighted:
    """Of a column whose rows have weights: the sums of the weights where it counts.

    Means, histograms and `ranked` are as in Numeric and Textual, and empty where the
    column has no number, or no text.
    """

    num_missing: float
    num_non_missing: float
    mean: float = math.nan
    std_dev: float = math.nan
    median: Number = math.nan
    standard: tuple[Bucket, ...] = ()
    quantiles: tuple[Bucket, ...] = ()
    ranked: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One column. `kind` is None where it has no value at all.

    `odd` counts the cells that are no values of the type that was expected. Integers
    that the schema calls categories have `textual` instead of `numeric`. `tally` is
    what was counted, with every distinct value.
    """

    name: str
    kind: Kind | None
    num_missing: int
    num_non_missing: int
    odd: int = 0
    numeric: Numeric | None = None
    textual: Textual | None = None
    weighted: Weighted | None = None
    tally: ColumnTally | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class NumericCross:
    """How two columns of numbers vary together, over `count` rows that have both.

    `correlation` is Pearson's, None where a column does not vary; `covariance` is the
    population's.
    """

    x: str
    y: str
    count: int
    covariance: float
    correlation: float | None


@dataclass(frozen=True, kw_only=True)
class Lift:
    """How much likelier a label is where a column has some value.

    `lift` is P(y|x) / P(y): `x_and_y_count / x_count / (y_count / num_examples)`. The
    counts are sums of weights where rows have weights.
    """

    x: str
    lift: float
    x_count: float
    x_and_y_count: float


@dataclass(frozen=True, kw_only=True)
class LiftSeries:
    """The lifts of one label by the values of a column, the greatest first."""

    y: str | int
    y_count: float
    lifts: tuple[Lift, ...]


@dataclass(frozen=True, kw_only=True)
class LiftCross:
    """The lifts of all labels (column `y`) by the values of column `x`."""

    x: str
    y: str
    series: tuple[LiftSeries, ...]
    weighted: bool = False


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """Of a whole table or a slice: its rows and its columns, in the table's order.

    `slice` is the slice's name, empty where the table was not sliced.
    `weighted_num_examples` is the sum of the weights, None where rows have none.
    """

    name: str
    num_examples: int
    features: tuple[Feature, ...]
    slice: str = ""
    weighted_num_examples: float | None = None
    cross: tuple[NumericCross | LiftCross, ...] = ()


class Tally:
    """The counts of all columns while batches pass by; tallies of parts merge."""

    def __init__(self, expected: Mapping[str, Kind] | None = None) -> None:
        self.expected = expected or {}
        self.rows = 0
        self.columns: dict[str, ColumnTally] = {}

    def add(self, batch: Batch) -> None:
        """Count the rows of a batch."""
        self.rows += batch.rows
        for name, column in batch.columns.items():
            if name not in self.columns:
                self.columns[name] = ColumnTally(self.expected.get(name))
            self.columns[name].add(column)

    def see(self, name: str, kind: Kind | None, limit: int) -> None:
        """Of a slice: a column's type in the whole table; `limit` is its table's."""
        if name not in self.columns:
            self.columns[name] = ColumnTally(self.expected.get(name))
        self.columns[name].kind = kind
        self.columns[name].numbers.table.limit = limit

    def merge(self, other: Tally) -> None:
        """Add all that the other one counted."""
        self.rows += other.rows
        for name, column in other.columns.items():
            if name not in self.columns:
                self.columns[name] = ColumnTally(self.expected.get(name))
            self.columns[name].merge(column)

    @property
    def incomplete(self) -> frozenset[str]:
        """Columns that must be counted once more, with STRING expected."""
        return frozenset(n for n, column in self.columns.items() if column.incomplete)

    def statistics(self, name: str, detail: Detail = DETAIL) -> Statistics:
        """What the counts amount to."""
        return Statistics(
            name=name,
            num_examples=self.rows,
            features=tuple(
                _feature(column_name, column, self.rows, detail)
                for column_name, column in self.columns.items()
            ),
        )


def compute(
    source: Source,
    expected: Mapping[str, Kind] | None = None,
    progress: Progress | None = None,
) -> Statistics:
    """The statistics of a table, each column of the `expected` type if it has one.

    Raises:
        DataError: the table cannot be read.
    """
    tally = Tally(expected)
    count(tally, table.read(source, expected), progress)
    return recounted(tally, source)


def recounted(tally: Tally, source: Source) -> Statistics:
    """The statistics of a table that was counted; some columns once more if need be."""
    again = tally.incomplete
    if again:
        # A first text turned up after cells had been counted as numbers.
        texts = dict.fromkeys(again, Kind.STRING)
        recount = Tally(texts)
        count(recount, table.read(source, texts, only=again), None)
        tally.columns.update(recount.columns)
    return tally.statistics(source.name)


def count(tally: Tally, batches: Iterable[Batch], progress: Progress | None) -> None:
    """Add the batches to the tally."""
    for batch in batches:
        tally.add(batch)
        if progress:
            progress(batch.rows, batch.size)


def _feature(name: str, column: ColumnTally, rows: int, detail: Detail) -> Feature:
    numbers, texts = column.numbers, column.texts
    kind = column.expected if column.expected is not None else column.kind
    if column.kind is None:
        kind = None
    return Feature(
        name=name,
        kind=kind,
        num_missing=rows - column.present,
        num_non_missing=column.present,
        odd=column.odd,
        numeric=(
            _numeric(numbers, kind, detail) if numbers.count + numbers.nans else None
        ),
        textual=_textual(texts, detail) if texts.count else None,
        tally=column,
    )


def _textual(tally: TextTally, detail: Detail) -> Textual:
    return Textual(
        unique=tally.unique,
        avg_length=tally.bytes / tally.count,
        ranked=tuple(tally.ranked(detail.ranked)),
        approximate=tally.approximate,
    )


def _numeric(tally: NumberTally, kind: Kind | None, detail: Detail) -> Numeric:
    finite = tally.count - sum(tally.infinite)
    whole = finite == tally.count and tally.count > 0
    values, counts = tally.table.values()
    values, counts = with_infinite(values, counts, tally.infinite)
    standard, equal, median = distribution(values, counts, detail)
    least, most = (tally.least, tally.most) if tally.count else (math.nan, math.nan)
    if kind is not Kind.INT:
        least, most = float(least), float(most)
    return Numeric(
        mean=tally.mean if whole else math.nan,
        std_dev=math.sqrt(tally.squares / finite) if whole else math.nan,
        num_zeros=tally.zeros,
        num_nan=tally.nans,
        min=least,
        median=median,
        max=most,
        standard=standard,
        quantiles=equal,
        approximate=not tally.table.exact,
    )


def with_infinite(
    values: Array, counts: Array, infinite: Sequence[float]
) -> tuple[Array, Array]:
    """The values with the infinite ones, below and above, at their ends."""
    below, above = infinite
    if below:
        values, counts = np.append(-math.inf, values), np.append(below, counts)
    if above:
        values, counts = np.append(values, math.inf), np.append(counts, above)
    return values, counts


def distribution(
    values: Array, counts: Array, detail: Detail
) -> tuple[tuple[Bucket, ...], tuple[Bucket, ...], Number]:
    """The two histograms and the median; nothing and NaN where all counts are 0."""
    weighty = counts > 0
    if not weighty.any():
        return (), (), math.nan
    standard = quantiles.by_width(values, counts, detail.num_histogram_buckets)
    values, counts = values[weighty], counts[weighty]
    bounds, upto = quantiles.fine(values, counts)
    median = bounds[len(bounds) // 2].item()
    if values.dtype.kind == "i":
        median = int(median)
    coarse = quantiles.fine(values, counts, detail.num_quantiles_histogram_buckets)
    return tuple(standard), tuple(quantiles.by_quantiles(*coarse)), median
