"""A table against its schema: what TensorFlow Data Validation would find, and where.

With `types="schema"` every cell is judged as a value of its column's type in the
schema; with `types="inferred"` a column has the type of its cells, as in TFDV.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeVar

from msgspec.structs import replace

from gate.data import (
    comparisons,
    composites,
    constraints,
    features,
    profiles,
    selfcheck,
    table,
)
from gate.data import severities as severity
from gate.data.anomalies import Anomaly, Measurement, Report, anomaly, slice_prefix
from gate.data.changes import put
from gate.data.columns import Batch, Kind
from gate.data.comparisons import Controls
from gate.data.schema import Feature, Schema, Type
from gate.data.slices import ALL, Slicer
from gate.data.source import Source
from gate.data.statistics import Statistics, Tally, recounted
from gate.data.watch import Watch, widest
from gate.errors import ConfigError

Types = Literal["schema", "inferred"]
Progress = Callable[[int, int], None]

NOTHING = Controls()
NO_SEVERITIES: Mapping[str, str] = MappingProxyType({})


def validate(
    source: Source,
    schema: Schema,
    *,
    types: Types = "schema",
    environment: str = "",
    controls: Controls = NOTHING,
    folder: Path | None = None,
    root: Path | None = None,
    slice_by: Sequence[str] = (),
    severities: Mapping[str, str] = NO_SEVERITIES,
    statistics: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Every anomaly of a table: of the table, of the schema's features, new columns.

    `controls` are the datasets to compare with, `folder` is where the paths in the
    schema begin (the working directory), `root` the folder that they must not leave,
    not even by a link. With `slice_by` the rows of each combination of these columns'
    values are judged as well, and compared with those of the controls; the constraints
    of the whole table, its keys and its rules are not. `severities` gives a type of
    anomaly, or a feature's (`FEATURE:TYPE`), the severity error or warning, or turns
    it off. With `statistics` the report has them.

    Raises:
        DataError: the table, or one that it is compared with, cannot be read.
        ConfigError: the schema knows no such environment, or there is no such severity.
    """
    _check_environment(schema, environment)
    severity.check(severities)
    typed = types == "schema"
    expected = schema.kinds() if typed else None
    judge = _Judge(schema, typed, environment)
    judge.watchers = constraints.watchers(schema, source, folder or Path(), root)
    if statistics or (controls and not slice_by):
        judge.tally = Tally(expected)
    slicer = Slicer(slice_by, source.shown) if slice_by else None
    parts: dict[str, _Judge] = {}
    for batch in table.read(source, judge.hints()):
        judge.look(batch)
        for name, part in slicer.split(batch) if slicer else ():
            parts.setdefault(name, _Judge(schema, typed, environment)).look(part)
        if progress:
            progress(batch.rows, batch.size)
    counted = recounted(judge.tally, source) if judge.tally else None
    options = profiles.Options(
        schema=schema if typed else None,
        features=comparisons.compared(schema),
        slice_by=tuple(slice_by),
    )
    sides = _sides(source, options, controls, counted)
    judges = {"": judge}
    if slicer:
        judges = {ALL: judge, **parts}
        for control in sides[1:3]:
            for name in control:
                judges.setdefault(name, _Judge(schema, typed, environment))
    anomalies: list[Anomaly] = []
    measured: list[Measurement] = []
    for name, one in judges.items():
        one.take_kinds(judge)
        anomalies += _of_slice(name, one.anomalies(whole=one is judge))
        found, values = _compared(schema, name, sides)
        anomalies += _of_slice(name, found)
        measured += _of_slice(name, values)
    return Report(
        dataset=source.name,
        num_examples=judge.rows,
        anomalies=tuple(severity.applied(anomalies, severities)),
        drift_skew=tuple(measured),
        not_judged=tuple(schema.not_judged()),
        statistics=counted,
    )


Sides = list[dict[str, Statistics]]  # ours, previous, serving, version; by slice


def _sides(
    source: Source,
    options: profiles.Options,
    controls: Controls,
    counted: Statistics | None,
) -> Sides:
    """The statistics of the table and of its controls, empty where there are none."""
    ours: Source | Statistics | None = source
    if not controls:
        ours = None
    elif counted and not options.slice_by:
        ours = profiles.with_categories(counted, options.schema)
    sides = []
    for side in (ours, controls.previous, controls.serving, controls.version):
        if isinstance(side, Source):
            found = {one.slice: one for one in profiles.compute(side, options)}
        else:
            whole = ALL if options.slice_by else ""
            found = {whole: side} if side else {}
        # TFDV takes a control without rows for none.
        rows = sum(one.num_examples for one in found.values())
        sides.append(found if rows else {})
    return sides


def _compared(
    schema: Schema, name: str, sides: Sides
) -> tuple[list[Anomaly], list[Measurement]]:
    """A slice against that of the same name in each control."""
    ours, *controls = sides
    if name not in ours:
        return [], []
    empty = Statistics(name=name, num_examples=0, features=())
    others = [control.get(name, empty) if control else None for control in controls]
    if name in ("", ALL):
        return comparisons.judge(schema, ours[name], *others)
    unlimited = replace(schema, dataset_constraints=None)
    return comparisons.judge(unlimited, ours[name], *others)


_Named = TypeVar("_Named", Anomaly, Measurement)


def _of_slice(name: str, found: Iterable[_Named]) -> Iterator[_Named]:
    """What was found in a slice, with its name before that of the feature."""
    for one in found:
        prefix = slice_prefix(name) if one.feature else ""
        yield replace(one, feature=prefix + one.feature, slice=name if prefix else "")


def _check_environment(schema: Schema, environment: str) -> None:
    known = sorted(set(selfcheck.environments(schema)))
    if not environment or environment in known:
        return
    near = difflib.get_close_matches(environment, known, 1)
    hint = f"did you mean `{near[0]}`? " if near else ""
    listed = ", ".join(known) or "none; add `default_environment: [...]`"
    raise ConfigError(
        f"the schema names no environment `{environment}`",
        hint=f"{hint}it names: {listed}",
    )


class _Judge:
    """The whole schema while the rows pass by."""

    def __init__(self, schema: Schema, typed: bool, environment: str) -> None:
        self.schema = schema
        self.tally: Tally | None = None
        self.watchers: Sequence[constraints.Watcher] = ()
        self.hidden = composites.colliding(schema)
        self.environment = environment
        self.rows = 0
        self.columns: dict[str, int] = {}  # all of them, with how many values each has
        self.kinds: dict[str, Kind] = {}  # of those that no feature judges
        self.slips: dict[str, list[selfcheck.Slip]] = {}
        self.watches: dict[str, Watch] = {}
        self.known = {feature.name or "" for feature in schema.feature}
        self.known |= {watcher.name for watcher in composites.watchers(schema)}
        for feature in schema.feature:
            if feature.live:
                name = feature.name or ""
                mended, self.slips[name] = selfcheck.check(schema, feature)
                if mended is not None:
                    self.watches[name] = Watch(schema, mended, typed=typed)

    def hints(self) -> dict[str, Kind]:
        """The columns that are read as texts: their values are looked up in domains."""
        texts = [n for n, w in self.watches.items() if w.wanted is Kind.STRING]
        return dict.fromkeys(texts, Kind.STRING)

    def look(self, batch: Batch) -> None:
        """See a batch."""
        self.rows += batch.rows
        if self.tally:
            self.tally.add(batch)
        for watcher in self.watchers:
            watcher.look(batch)
        for name, watch in self.watches.items():
            watch.look(batch.columns.get(name), batch)
        for name, column in batch.columns.items():
            missing = 0 if column.missing is None else int(column.missing.sum())
            self.columns[name] = self.columns.get(name, 0) + batch.rows - missing
            if name not in self.watches and missing < batch.rows:
                self.kinds[name] = widest(self.kinds.get(name), column)

    def take_kinds(self, whole: _Judge) -> None:
        """Give a slice's columns the types that they have in the whole table."""
        for name, watch in self.watches.items():
            if watch.kind is not None:
                watch.kind = whole.watches[name].kind

    def anomalies(self, *, whole: bool) -> Iterator[Anomaly]:
        """All that was found, in the whole table or in a slice."""
        if whole:
            yield from self._dataset()
        for feature in self.schema.feature:
            if feature.live and feature.name not in self.hidden:
                yield from self._feature(feature)
        for watcher in self.watchers:
            yield from watcher.anomalies(self.rows)
        for name, present in self.columns.items():
            if name not in self.known:
                yield features.new(self.rows, name, present, self.kinds.get(name))

    def _dataset(self) -> Iterator[Anomaly]:
        limits = self.schema.dataset_constraints
        least = limits.min_examples_count if limits else None
        most = limits.max_examples_count if limits else None
        rows = f"{self.rows:,} row{'' if self.rows == 1 else 's'}"
        if self.rows < (least or 1):
            what = f"{rows}, at least {least or 1:,} are expected"
            accept = f"set `dataset_constraints.min_examples_count` to {self.rows}"
            accept = accept if least else "there is no way: write the table again"
            low = (put("dataset_constraints.min_examples_count", self.rows),)
            yield anomaly(
                self.rows,
                "",
                "DATASET_LOW_NUM_EXAMPLES",
                what,
                accept,
                changes=low if least else (),
            )
        if most is not None and self.rows > most:
            what = f"{rows}, at most {most:,} are expected"
            accept = f"set `dataset_constraints.max_examples_count` to {self.rows}"
            high = (put("dataset_constraints.max_examples_count", self.rows),)
            yield anomaly(
                self.rows, "", "DATASET_HIGH_NUM_EXAMPLES", what, accept, changes=high
            )

    def _feature(self, feature: Feature) -> Iterator[Anomaly]:
        name = feature.name or ""
        expected = self.schema.expects(feature, self.environment)
        if feature.name is None:
            yield from self._slips(name)
            return
        if name not in self.columns:
            if feature.required and expected:
                yield self._absent(feature, "SCHEMA_MISSING_COLUMN")
            return
        yield from self._slips(name)
        watch = self.watches.get(name)
        if watch is None or not self.rows:
            return
        if not watch.present:
            if feature.required and expected:
                yield self._absent(feature, "FEATURE_TYPE_NOT_PRESENT")
            return
        if not expected:
            yield features.not_expected(self.rows, watch, self.environment)
        yield from features.judge(self.rows, watch)

    def _slips(self, name: str) -> Iterator[Anomaly]:
        for slip in self.slips[name]:
            changes = slip.changes
            if slip.type == "FEATURE_MISSING_TYPE" and not changes:
                changes = (put("type", Type.of(self.kinds.get(name)).value),)
            yield anomaly(
                self.rows, name, slip.type, slip.what, slip.mend, changes=changes
            )

    def _absent(self, feature: Feature, kind: str) -> Anomaly:
        return features.absent(self.rows, feature, kind, self.environment)
