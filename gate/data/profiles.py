"""All the statistics of a table that can be asked for: by slice, weighted, crossed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from gate.data import slices, table, weights
from gate.data.associations import Correlation, LiftTally
from gate.data.columns import Array, Batch, Kind
from gate.data.quantiles import Table
from gate.data.schema import Schema
from gate.data.slices import Slicer
from gate.data.source import Source
from gate.data.statistics import (
    DETAIL,
    Detail,
    Feature,
    LiftCross,
    NumericCross,
    Progress,
    Statistics,
    Tally,
    Textual,
)
from gate.data.weights import WeightTally


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is asked of a table; nothing but its columns' statistics by default.

    `features` are the only columns that are told of, all where there are none. The
    types of columns are those of the `schema`, and integers that it calls categories
    are counted as texts. `weight` and `label` are columns.
    """

    schema: Schema | None = None
    features: tuple[str, ...] = ()
    slice_by: tuple[str, ...] = ()
    weight: str = ""
    label: str = ""
    correlation: bool = False
    detail: Detail = DETAIL

    @property
    def categories(self) -> frozenset[str]:
        """The columns of integers that the schema calls categories."""
        features = self.schema.feature if self.schema else ()
        return frozenset(
            feature.name or ""
            for feature in features
            if feature.bool_domain
            or (feature.int_domain and feature.int_domain.is_categorical)
        )


NOTHING = Options()
SLICE_LIMIT = 8_192  # distinct numbers of a slice's column that are counted exactly


def compute(
    data: Source | Iterable[Batch],
    options: Options = NOTHING,
    *,
    name: str = "",
    progress: Progress | None = None,
) -> tuple[Statistics, ...]:
    """The statistics of a table, followed by those of its slices by their names.

    One pass, and a second one where a text turns up after cells of its column were
    counted as numbers. Batches that come from elsewhere than a file (`frames.read`)
    must have columns that keep their type; `name` is the dataset's then.

    Raises:
        DataError: the table cannot be read; a column that the options name is not
            there or not what it should be; there are too many slices.
    """
    kinds = options.schema.kinds() if options.schema else {}
    if not isinstance(data, Source):
        return _passed(data, _Whole(options, kinds, name), progress).statistics(name)
    name, needed = name or data.name, _needed(options)
    whole = _Whole(options, kinds, data.shown)
    _passed(table.read(data, kinds, needed), whole, progress)
    if whole.incomplete:
        kinds = {**kinds, **dict.fromkeys(whole.incomplete, Kind.STRING)}
        whole = _Whole(options, kinds, data.shown)
        _passed(table.read(data, kinds, needed), whole, None)
    return whole.statistics(name)


def _passed(
    batches: Iterable[Batch], whole: _Whole, progress: Progress | None
) -> _Whole:
    for batch in batches:
        whole.look(batch)
        if progress:
            progress(batch.rows, batch.size)
    return whole


def _needed(options: Options) -> frozenset[str] | None:
    if not options.features:
        return None
    others = (options.weight, options.label, *options.slice_by)
    return frozenset((*options.features, *filter(None, others)))


class _Part:
    """What is counted of the table, or of one slice."""

    def __init__(self, options: Options, kinds: Mapping[str, Kind], path: str) -> None:
        self.options = options
        self.tally = Tally(kinds)
        self.weights = WeightTally() if options.weight else None
        self.correlation = Correlation(path) if options.correlation else None
        self.lift = (
            LiftTally(options.label, options.categories, path)
            if options.label
            else None
        )

    def add(self, batch: Batch, row_weights: Array | None) -> None:
        self.tally.add(batch)
        if self.weights and row_weights is not None:
            self.weights.add(batch, row_weights)
        if self.correlation:
            self.correlation.add(batch)
        if self.lift:
            self.lift.add(batch, row_weights)

    @property
    def numbered(self) -> frozenset[str]:
        """The columns that cells were counted of as numbers."""
        return frozenset(
            name
            for name, column in self.tally.columns.items()
            if column.numbers.count + column.numbers.nans
        )


class _Whole(_Part):
    """What is counted of the table and, where it is sliced, of each slice."""

    def __init__(self, options: Options, kinds: Mapping[str, Kind], path: str) -> None:
        super().__init__(options, kinds, path)
        self.path = path
        self.kinds = kinds
        self.slicer = Slicer(options.slice_by, path) if options.slice_by else None
        self.slices: dict[str, _Part] = {}

    def look(self, batch: Batch) -> None:
        """Count a batch, as a whole and by slice."""
        weight, path = self.options.weight, self.path
        self.add(batch, weights.of_rows(batch, weight, path) if weight else None)
        for name, part in self.slicer.split(batch) if self.slicer else ():
            if name not in self.slices:
                self.slices[name] = _Part(self.options, self.kinds, path)
            counted = self.slices[name]
            for column, tally in self.tally.columns.items():
                counted.tally.see(column, tally.kind, SLICE_LIMIT)
            counted.add(part, weights.of_rows(part, weight, path) if weight else None)

    @property
    def incomplete(self) -> frozenset[str]:
        """Columns of texts of which some cells were counted as numbers."""
        texts = {
            name
            for name, column in self.tally.columns.items()
            if column.expected is None and column.kind is Kind.STRING
        }
        parts = (self, *self.slices.values())
        return frozenset(texts & frozenset().union(*(p.numbered for p in parts)))

    def statistics(self, name: str) -> tuple[Statistics, ...]:
        """Of the whole, then of its slices by name."""
        sliced = slices.ALL if self.slicer else ""
        whole = _statistics(self, name, sliced, {})
        kinds = {feature.name: feature.kind for feature in whole.features}
        return (
            whole,
            *(_statistics(self.slices[s], name, s, kinds) for s in sorted(self.slices)),
        )


def _statistics(
    part: _Part, name: str, sliced: str, kinds: Mapping[str, Kind | None]
) -> Statistics:
    """What was counted; of columns that have these kinds in the whole table."""
    options, detail = part.options, part.options.detail
    plain = part.tally.statistics(name, detail)
    features = [_of_kind(one, kinds) for one in plain.features]
    categories = options.categories
    features = [
        (
            _as_texts(one, part.tally.columns[one.name].numbers.table, detail)
            if one.name in categories and one.kind is Kind.INT and one.numeric
            else one
        )
        for one in features
    ]
    if part.weights:
        weighted = part.weights.weighted(features, detail)
        features = [replace(one, weighted=weighted.get(one.name)) for one in features]
    return replace(
        plain,
        slice=sliced,
        features=tuple(f for f in features if _is_wanted(f, options)),
        weighted_num_examples=part.weights.rows if part.weights else None,
        cross=tuple(_crosses(part, [f for f in features if _is_wanted(f, options)])),
    )


def with_categories(plain: Statistics, schema: Schema | None) -> Statistics:
    """Statistics in which integers that the schema calls categories are texts."""
    categories = Options(schema=schema).categories
    features = (
        (
            _as_texts(one, one.tally.numbers.table, DETAIL)
            if one.name in categories and one.kind is Kind.INT and one.tally
            else one
        )
        for one in plain.features
    )
    return replace(plain, features=tuple(features))


def _is_wanted(feature: Feature, options: Options) -> bool:
    return not options.features or feature.name in options.features


def _of_kind(feature: Feature, kinds: Mapping[str, Kind | None]) -> Feature:
    """The feature of a slice with the type that its column has in the whole table."""
    if not feature.num_non_missing:
        return replace(feature, kind=None)
    kind = kinds.get(feature.name, feature.kind)
    numeric = feature.numeric
    if kind is Kind.FLOAT and numeric:
        least, most = float(numeric.min), float(numeric.max)
        median = float(numeric.median)
        numeric = replace(numeric, min=least, median=median, max=most)
    return replace(feature, kind=kind, numeric=numeric)


def _as_texts(feature: Feature, numbers: Table, detail: Detail) -> Feature:
    """Integers that are categories, counted as the texts they are spelled by."""
    values, counts = numbers.values()
    texts = [str(int(value)) for value in values.tolist()]
    ranked = sorted(zip(counts.tolist(), texts, strict=True), reverse=True)
    length = sum(count * len(text) for count, text in ranked)
    textual = Textual(
        unique=len(texts),
        avg_length=length / max(1, feature.num_non_missing - feature.odd),
        ranked=tuple((text, count) for count, text in ranked[: detail.ranked]),
        approximate=not numbers.exact,
    )
    return replace(feature, numeric=None, textual=textual)


def _crosses(
    part: _Part, features: list[Feature]
) -> Iterator[NumericCross | LiftCross]:
    if part.correlation:
        yield from part.correlation.crosses({f.name for f in features if f.numeric})
    if part.lift:
        yield from part.lift.crosses(features)
