"""Statistics of every column of a table, in one pass and bounded memory.

The numbers are those of TensorFlow Data Validation, and so are their names in JSON
(`statistics.proto` in snake case).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gate.data import quantiles, table
from gate.data.columns import Array, Batch, Kind, Number
from gate.data.quantiles import Bucket
from gate.data.source import Source
from gate.data.tallies import ColumnTally, NumberTally, TextTally

TOP = 20  # values named with their frequency
RANKED = 1_000  # the same in the rank histogram

Progress = Callable[[int, int], None]  # rows and bytes of one more batch


@dataclass(frozen=True, kw_only=True)
class Numeric:
    """Of the numbers of a column; NaN is in none of them but `num_nan`.

    `std_dev` is the population's; it and `mean` are NaN when a value is infinite.
    `median` is a value that occurs, never the mean of two. `standard` has 10 buckets
    of equal width, `quantiles` 10 of equal weight.
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

    `ranked` has the most frequent texts first (at most RANKED of them).
    """

    unique: int
    avg_length: float
    ranked: tuple[tuple[str, int], ...]
    approximate: bool = False


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One column. `kind` is None where it has no value at all.

    `odd` counts the cells that are no values of the type that was expected.
    """

    name: str
    kind: Kind | None
    num_missing: int
    num_non_missing: int
    odd: int = 0
    numeric: Numeric | None = None
    textual: Textual | None = None


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """Of a whole table: its rows and its columns, in the table's order."""

    name: str
    num_examples: int
    features: tuple[Feature, ...]


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

    def statistics(self, name: str) -> Statistics:
        """What the counts amount to."""
        return Statistics(
            name=name,
            num_examples=self.rows,
            features=tuple(
                _feature(column_name, column, self.rows)
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
    return tally.statistics(source.path.name)


def count(tally: Tally, batches: Iterable[Batch], progress: Progress | None) -> None:
    """Add the batches to the tally."""
    for batch in batches:
        tally.add(batch)
        if progress:
            progress(batch.rows, batch.size)


def _feature(name: str, column: ColumnTally, rows: int) -> Feature:
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
        numeric=_numeric(numbers, kind) if numbers.count + numbers.nans else None,
        textual=_textual(texts) if texts.count else None,
    )


def _textual(tally: TextTally) -> Textual:
    return Textual(
        unique=tally.unique,
        avg_length=tally.bytes / tally.count,
        ranked=tuple(tally.ranked()[:RANKED]),
        approximate=tally.approximate,
    )


def _numeric(tally: NumberTally, kind: Kind | None) -> Numeric:
    finite = tally.count - sum(tally.infinite)
    whole = finite == tally.count and tally.count > 0
    values, counts = tally.table.values()
    values, counts = _with_infinite(values, counts, tally.infinite)
    standard, equal, median = _distribution(values, counts)
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


def _with_infinite(
    values: Array, counts: Array, infinite: list[int]
) -> tuple[Array, Array]:
    below, above = infinite
    if below:
        values, counts = np.append(-math.inf, values), np.append(below, counts)
    if above:
        values, counts = np.append(values, math.inf), np.append(counts, above)
    return values, counts


def _distribution(
    values: Array, counts: Array
) -> tuple[tuple[Bucket, ...], tuple[Bucket, ...], Number]:
    """The two histograms and the median."""
    if not len(values):
        nothing = Bucket(low=math.inf, high=-math.inf, count=0.0)
        return (nothing,), (), math.nan
    bounds, upto = quantiles.fine(values, counts)
    coarse = slice(None, None, len(bounds) // quantiles.BUCKETS)
    median = bounds[len(bounds) // 2].item()
    if values.dtype.kind == "i":
        median = int(median)
    return (
        tuple(quantiles.by_width(values, counts)),
        tuple(quantiles.by_quantiles(bounds[coarse], upto[coarse])),
        median,
    )


def to_json(statistics: Iterable[Statistics]) -> dict[str, Any]:
    """The JSON document that `gate data stats --format json` prints."""
    return {"datasets": [_dataset_json(one) for one in statistics]}


def _dataset_json(statistics: Statistics) -> dict[str, Any]:
    return {
        "name": statistics.name,
        "num_examples": statistics.num_examples,
        "features": [_feature_json(feature) for feature in statistics.features],
    }


def _feature_json(feature: Feature) -> dict[str, Any]:
    kind = Kind.STRING if feature.kind is None else feature.kind
    result: dict[str, Any] = {
        "name": feature.name,
        "type": kind.name,
        "num_missing": feature.num_missing,
        "num_non_missing": feature.num_non_missing,
    }
    if feature.odd:
        result["num_unexpected_type"] = feature.odd
    if feature.numeric:
        result["num_stats"] = _numeric_json(feature.numeric)
    elif feature.textual or kind is Kind.STRING:
        result["string_stats"] = _textual_json(feature.textual)
    return result


def _numeric_json(numeric: Numeric) -> dict[str, Any]:
    names = ("mean", "std_dev", "num_zeros", "num_nan", "min", "median", "max")
    histograms = (("STANDARD", numeric.standard), ("QUANTILES", numeric.quantiles))
    result: dict[str, Any] = {n: _finite(getattr(numeric, n)) for n in names}
    result["histograms"] = [
        {
            "type": type_name,
            "num_nan": numeric.num_nan,
            "buckets": [
                {
                    "low_value": _finite(bucket.low),
                    "high_value": _finite(bucket.high),
                    "sample_count": bucket.count,
                }
                for bucket in buckets
            ],
        }
        for type_name, buckets in histograms
    ]
    if numeric.approximate:
        result["approximate"] = True
    return result


def _textual_json(textual: Textual | None) -> dict[str, Any]:
    if textual is None:
        return {"unique": 0, "top_values": [], "avg_length": 0.0}
    result: dict[str, Any] = {
        "unique": textual.unique,
        "top_values": [
            {"value": text, "frequency": count} for text, count in textual.ranked[:TOP]
        ],
        "avg_length": textual.avg_length,
        "rank_histogram": {
            "buckets": [
                {"low_rank": i, "high_rank": i, "label": text, "sample_count": count}
                for i, (text, count) in enumerate(textual.ranked)
            ]
        },
    }
    if textual.approximate:
        result["approximate"] = True
    return result


def _finite(number: Number) -> Number | str:
    """JSON has no word for NaN and infinity: protobuf's text for them."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return number
