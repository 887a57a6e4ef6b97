"""A schema beside the rows of a table, or of a slice of it, while they pass by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gate.data import composites, constraints, features, selfcheck
from gate.data.anomalies import Anomaly, anomaly
from gate.data.changes import put
from gate.data.columns import Batch, Kind
from gate.data.schema import Feature, Schema, Type
from gate.data.statistics import Tally
from gate.data.watch import Watch, widest


class Judge:
    """The whole schema while the rows pass by.

    With `typed` cells are judged as values of the types in the schema. Whoever makes
    it gives it a `tally` to fill, and the `watchers` that are to see the rows.
    """

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

    def take_kinds(self, whole: Judge) -> None:
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
