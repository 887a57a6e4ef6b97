"""Features that are made of several columns: sparse ones and weighted ones.

A row that has none of the columns of such a feature has no value of it, which is
fine. TFDV counts them only with a schema in its `StatsOptions`; here they are always.

`SPARSE_FEATURE_MISSING_VALUE`, `SPARSE_FEATURE_MISSING_INDEX`: rows that have some of
a sparse feature's columns, and lack its value, or one of its indices.
`SPARSE_FEATURE_LENGTH_MISMATCH`: a row has more values than indices, or fewer; in a
table, where each cell holds one value, that is so where one of the two is missing.

`WEIGHTED_FEATURE_MISSING_VALUE`, `WEIGHTED_FEATURE_MISSING_WEIGHT`,
`WEIGHTED_FEATURE_LENGTH_MISMATCH`: the same of a column and that of its weights.

`SPARSE_FEATURE_NAME_COLLISION`, `WEIGHTED_FEATURE_NAME_COLLISION`: the schema has a
feature of that name as well; nothing else is then said of either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from gate.data.anomalies import Anomaly, anomaly, offenders, rows_of, shown
from gate.data.changes import put
from gate.data.columns import Array, Batch, Column
from gate.data.offences import Missing
from gate.data.schema import NOT_LIVE, Schema, SparseFeature, WeightedFeature


class Composite:
    """Columns of which a row has all or none: the value, and what goes with it.

    `kind` begins the names of its anomalies, `others` says what the others are.
    """

    def __init__(
        self, name: str, kind: str, value: str, others: Sequence[str], word: str
    ) -> None:
        self.name = name
        self.kind = kind
        self.value = value
        self.word = word
        self.lacking = {column: Missing() for column in (value, *others)}
        self.uneven = {column: Missing() for column in others}

    def look(self, batch: Batch) -> None:
        """See a batch."""
        missing = {
            column: _missing(batch.columns.get(column), batch.rows)
            for column in self.lacking
        }
        some = ~np.logical_and.reduce(list(missing.values()))
        for column, lacking in self.lacking.items():
            lacking.look(missing[column] & some, batch)
        for column, uneven in self.uneven.items():
            uneven.look(missing[column] != missing[self.value], batch)

    def anomalies(self, rows: int) -> Iterator[Anomaly]:
        """All that was found."""
        for column, lacking in self.lacking.items():
            word = "value" if column == self.value else self.word
            what = f"{rows_of(lacking.count)} without its {word}, the column "
            what += shown(column)
            yield from self._told(rows, f"MISSING_{word.upper()}", what, lacking)
        for column, uneven in self.uneven.items():
            what = f"not as many values in {shown(self.value)} as in {shown(column)} "
            what += f"in {rows_of(uneven.count)}"
            yield from self._told(rows, "LENGTH_MISMATCH", what, uneven)

    def _told(
        self, rows: int, kind: str, what: str, missing: Missing
    ) -> Iterator[Anomaly]:
        if not missing.count:
            return
        yield anomaly(
            rows,
            self.name,
            f"{self.kind}_FEATURE_{kind}",
            what,
            "set its `lifecycle_stage` to DEPRECATED",
            missing.count,
            offenders([missing.example]),
            changes=(put("lifecycle_stage", "DEPRECATED"),),
        )


class Collision:
    """Two features of one name."""

    def __init__(self, name: str, kind: str) -> None:
        self.name = name
        self.kind = kind

    def look(self, _: Batch) -> None:
        """Nothing in the data matters."""

    def anomalies(self, rows: int) -> Iterator[Anomaly]:
        """That it is so."""
        if rows:
            kind = f"{self.kind}_FEATURE_NAME_COLLISION"
            what = f"the schema has another feature called {self.name}"
            yield anomaly(rows, self.name, kind, what, "rename one of the two")


def watchers(schema: Schema) -> Iterator[Composite | Collision]:
    """One for each sparse and each weighted feature that is live."""
    names = {feature.name or "" for feature in schema.feature if feature.live}
    sparse = [one for one in schema.sparse_feature if _live(one)]
    weighted = [one for one in schema.weighted_feature if _live(one)]
    taken = names | {one.name or "" for one in sparse}
    for one in weighted:
        name = one.name or ""
        value = ".".join(one.feature.step) if one.feature else ""
        weight = ".".join(one.weight_feature.step) if one.weight_feature else ""
        if name in taken:
            yield Collision(name, "WEIGHTED")
        else:
            yield Composite(name, "WEIGHTED", value, [weight], "weight")
    hidden = {one.name or "" for one in weighted}
    for each in sparse:
        name = each.name or ""
        value = (each.value_feature.name or "") if each.value_feature else ""
        indices = dict.fromkeys(index.name or "" for index in each.index_feature)
        if name in hidden:
            continue
        if name in names:
            yield Collision(name, "SPARSE")
        else:
            yield Composite(name, "SPARSE", value, list(indices), "index")


def colliding(schema: Schema) -> frozenset[str]:
    """The names of features of which nothing else is said."""
    return frozenset(w.name for w in watchers(schema) if isinstance(w, Collision))


def _live(feature: SparseFeature | WeightedFeature) -> bool:
    return feature.lifecycle_stage not in NOT_LIVE


def _missing(column: Column | None, rows: int) -> Array:
    if column is None:
        return np.ones(rows, bool)
    return np.zeros(rows, bool) if column.missing is None else column.missing
