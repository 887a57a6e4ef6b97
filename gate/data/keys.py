"""What must be unique: keys of one or more columns, and how many values a column has.

`KEY_NOT_UNIQUE`: rows with the same values in all columns of a `key` of the schema.
`count` is the number of such rows, all of them, and each example one repeated key. A
row that misses a part of its key is not compared, as in SQL. The file is read again
from its start when keys repeat, for their values and lines: memory is bounded by a
few bytes a row on disk, not by the rows.

`FEATURE_TYPE_LOW_UNIQUE`, `FEATURE_TYPE_HIGH_UNIQUE`: a column has fewer distinct
values than `unique_constraints.min`, or more than `max`. Missing cells are no value,
NaN is one. Other than in TFDV numbers count as well as texts, and a `max` that is not
set is no limit. Counted by 64-bit hashes: exact but for a chance of 1 in a million.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from gate.data import hashes, table
from gate.data.anomalies import MAX_EXAMPLES, Anomaly, anomaly, offenders, shown
from gate.data.changes import Change, drop, put
from gate.data.columns import Array, Batch, Kind
from gate.data.found import said
from gate.data.offences import MAX_ROWS, Example
from gate.data.schema import UniqueConstraints
from gate.data.source import Source


class Unique:
    """How many distinct values a column has."""

    def __init__(self, name: str, limits: UniqueConstraints, *, text: bool) -> None:
        self.name = name
        self.limits = limits
        self.text = text
        self._store = hashes.Store()

    def look(self, batch: Batch) -> None:
        """See a batch."""
        column = batch.columns.get(self.name)
        if column is not None:
            cells = hashes.cells(column, batch.rows, text=self.text)
            self._store.add(np.unique(cells))

    def anomalies(self, rows: int) -> Iterator[Anomaly]:
        """Too few or too many; nothing of a column that has no value at all."""
        count = self._store.distinct()
        self._store.close()
        least, most = self.limits.min, self.limits.max
        if count and least is not None and count < least:
            what = f"{count:,} distinct values, at least {least:,} are expected"
            yield self._anomaly(rows, "FEATURE_TYPE_LOW_UNIQUE", what, "min", count)
        if count and most is not None and count > most:
            what = f"{count:,} distinct values, at most {most:,} are expected"
            yield self._anomaly(rows, "FEATURE_TYPE_HIGH_UNIQUE", what, "max", count)

    def _anomaly(
        self, rows: int, kind: str, what: str, end: str, count: int
    ) -> Anomaly:
        key = f"unique_constraints.{end}"
        advice = f"set `{key}` to {count}"
        changes = (put(key, count),)
        return anomaly(rows, self.name, kind, what, advice, changes=changes)


class Key:
    """Whether the values of some columns occur together once only.

    `texts` tells for each column whether its cells are texts, `kinds` how the table
    was read.
    """

    def __init__(
        self,
        texts: Mapping[str, bool],
        source: Source,
        kinds: Mapping[str, Kind],
        change: Change = drop("key"),
    ) -> None:
        self.texts = texts
        self.source = source
        self.kinds = kinds
        self.change = change
        self._store = hashes.Store()

    def look(self, batch: Batch) -> None:
        """See a batch."""
        self._store.add(self._hashes(batch))

    def anomalies(self, rows: int) -> Iterator[Anomaly]:
        """The repeated keys, if there are any."""
        repeated, counts = self._repeated()
        total = int(counts.sum())
        if total:
            examples = self._examples(*self._first(repeated, counts))
            names = ", ".join(map(shown, self.texts))
            what = f"{total:,} rows share their {names} with another row: "
            what += ", ".join(f"{shown(e.value)} ({e.count:,})" for e in examples[:5])
            if len(repeated) > 5:
                what += f" and {len(repeated) - 5:,} more"
            advice = f"drop the key of {names}, or add a column to it"
            yield anomaly(
                rows,
                "",
                "KEY_NOT_UNIQUE",
                what,
                advice,
                total,
                offenders(examples),
                f"not a unique {names}",
                (self.change,),
            )
        self._store.close()

    def _hashes(self, batch: Batch) -> Array:
        return hashes.rows(
            [
                hashes.cells(batch.columns.get(name), batch.rows, text=text)
                for name, text in self.texts.items()
            ]
        )

    def _repeated(self) -> tuple[Array, Array]:
        """The hashes that occur more than once, ascending, and how often."""
        parts = [(h[often > 1], often[often > 1]) for h, often in self._store.counted()]
        return (
            np.concatenate([part for part, _ in parts]),
            np.concatenate([often for _, often in parts]),
        )

    def _first(
        self, repeated: Array, counts: Array
    ) -> tuple[dict[int, int], dict[int, list[int]]]:
        """The repeated hashes that come first, with how often and in which rows."""
        often: dict[int, int] = {}
        rows: dict[int, list[int]] = {}
        for first, chunk in self._store.chunks():
            place = np.minimum(np.searchsorted(repeated, chunk), len(repeated) - 1)
            hits = np.flatnonzero(repeated[place] == chunk)
            keys = chunk[hits]
            for i in _firsts(keys)[:MAX_EXAMPLES]:
                if len(often) < MAX_EXAMPLES:
                    often.setdefault(int(keys[i]), int(counts[place[hits[i]]]))
            for key in often:
                known = rows.setdefault(key, [])
                if len(known) < MAX_ROWS:
                    new = hits[np.flatnonzero(keys == key)[: MAX_ROWS - len(known)]]
                    known += (first + new + 1).tolist()
            if all(len(rows[k]) >= min(n, MAX_ROWS) for k, n in often.items()):
                if len(often) == min(MAX_EXAMPLES, len(repeated)):
                    break
        return often, rows

    def _examples(
        self, often: dict[int, int], rows: dict[int, list[int]]
    ) -> list[Example]:
        """The same with the values and lines, for which the table is read again."""
        keys = {row: key for key, some in rows.items() for row in some}
        wanted = np.array(sorted(keys))
        examples: dict[int, Example] = {}
        for batch in table.read(self.source, self.kinds, frozenset(self.texts)):
            here = wanted[(wanted >= batch.first) & (wanted < batch.first + batch.rows)]
            columns = [(name, batch.columns.get(name)) for name in self.texts]
            for row in here.tolist():
                key, place = keys[row], row - batch.first
                new = Example(value=said(columns, place), count=often[key])
                examples.setdefault(key, new).point_at(np.array([place]), batch)
            if batch.first + batch.rows > wanted[-1]:
                break
        return sorted(examples.values(), key=lambda example: -example.count)


def _firsts(keys: Array) -> list[int]:
    """Where each distinct key is first, in that order."""
    _, starts = np.unique(keys, return_index=True)
    return sorted(starts.tolist())
