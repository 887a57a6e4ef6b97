"""A table against its schema: what TensorFlow Data Validation would find, and where.

With `types="schema"` every cell is judged as a value of its column's type in the
schema; with `types="inferred"` a column has the type of its cells, as in TFDV.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from gate.data import comparisons, constraints, features, selfcheck, table
from gate.data.anomalies import Anomaly, Measurement, Report, anomaly
from gate.data.columns import Batch, Kind
from gate.data.comparisons import Controls
from gate.data.schema import Feature, Schema
from gate.data.source import Source
from gate.data.statistics import Tally, recounted
from gate.data.watch import Watch
from gate.errors import ConfigError

Types = Literal["schema", "inferred"]
Progress = Callable[[int, int], None]

NOTHING = Controls()


def validate(
    source: Source,
    schema: Schema,
    *,
    types: Types = "schema",
    environment: str = "",
    controls: Controls = NOTHING,
    folder: Path | None = None,
    statistics: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Every anomaly of a table: of the table, of the schema's features, new columns.

    `controls` are the datasets to compare with, `folder` is where the paths in the
    schema begin (the working directory). With `statistics` the report has them.

    Raises:
        DataError: the table, or one that it is compared with, cannot be read.
        ConfigError: the schema knows no such environment.
    """
    _check_environment(schema, environment)
    judge = _Judge(schema, types == "schema", environment, folder or Path())
    if statistics or controls:
        judge.tally = Tally(schema.kinds() if types == "schema" else None)
    for batch in table.read(source, judge.hints()):
        judge.look(batch)
        if progress:
            progress(batch.rows, batch.size)
    anomalies = list(judge.anomalies())
    counted = recounted(judge.tally, source) if judge.tally else None
    measured: list[Measurement] = []
    if counted and controls:
        more, measured = comparisons.judge(schema, counted, controls, environment)
        anomalies += more
    return Report(
        dataset=source.path.name,
        num_examples=judge.rows,
        anomalies=tuple(anomalies),
        drift_skew=tuple(measured),
        not_judged=tuple(schema.not_judged()),
        statistics=counted,
    )


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

    def __init__(
        self, schema: Schema, typed: bool, environment: str, folder: Path
    ) -> None:
        self.schema = schema
        self.tally: Tally | None = None
        self.watchers = constraints.watchers(schema, folder, environment)
        self.environment = environment
        self.rows = 0
        self.columns: dict[str, int] = {}  # all of them, with how many values each has
        self.slips: dict[str, list[selfcheck.Slip]] = {}
        self.watches: dict[str, Watch] = {}
        self.known = {feature.name or "" for feature in schema.feature}
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

    def anomalies(self) -> Iterator[Anomaly]:
        """All that was found."""
        yield from self._dataset()
        for feature in self.schema.feature:
            if feature.live:
                yield from self._feature(feature)
        for watcher in self.watchers:
            yield from watcher.anomalies(self.rows)
        for name, present in self.columns.items():
            if name not in self.known:
                yield anomaly(
                    self.rows,
                    name,
                    "SCHEMA_NEW_COLUMN",
                    "the column is not in the schema",
                    "add the feature that `gate data infer` prints for it",
                    present,
                )

    def _dataset(self) -> Iterator[Anomaly]:
        limits = self.schema.dataset_constraints
        least = limits.min_examples_count if limits else None
        most = limits.max_examples_count if limits else None
        rows = f"{self.rows:,} row{'' if self.rows == 1 else 's'}"
        if self.rows < (least or 1):
            what = f"{rows}, at least {least or 1:,} are expected"
            accept = f"set `dataset_constraints.min_examples_count` to {self.rows}"
            accept = accept if least else "there is no way: write the table again"
            yield anomaly(self.rows, "", "DATASET_LOW_NUM_EXAMPLES", what, accept)
        if most is not None and self.rows > most:
            what = f"{rows}, at most {most:,} are expected"
            accept = f"set `dataset_constraints.max_examples_count` to {self.rows}"
            yield anomaly(self.rows, "", "DATASET_HIGH_NUM_EXAMPLES", what, accept)

    def _feature(self, feature: Feature) -> Iterator[Anomaly]:
        name = feature.name or ""
        expected = self.schema.expects(feature, self.environment)
        if name not in self.columns:
            if feature.required and expected:
                yield features.absent(self.rows, name, "SCHEMA_MISSING_COLUMN")
            return
        for slip in self.slips[name]:
            yield anomaly(self.rows, name, slip.type, slip.what, slip.mend)
        watch = self.watches.get(name)
        if watch is None or not self.rows:
            return
        if not watch.present:
            if feature.required and expected:
                yield features.absent(self.rows, name, "FEATURE_TYPE_NOT_PRESENT")
            return
        if not expected:
            yield features.not_expected(self.rows, watch, self.environment)
        yield from features.judge(self.rows, watch)
