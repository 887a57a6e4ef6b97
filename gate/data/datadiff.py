"""What changed from one table to another: rows, columns, and what they amount to.

Rows that a key identifies are added, removed or changed; all others are compared by
their whole content, however often it occurs. Only columns that both tables have count.
Values are compared, not how they are spelled: `1.0` is `1.00`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from gate.data import matching, moves, statistics
from gate.data.anomalies import Struct, shown
from gate.data.columns import Array, Kind
from gate.data.matching import Groups, Row, Side
from gate.data.moves import ColumnMoves
from gate.data.schema import Type
from gate.data.source import Source
from gate.data.statistics import Statistics
from gate.errors import ConfigError

EXAMPLES = 20  # rows told of each sort


class TypeChange(Struct, frozen=True, kw_only=True):
    """A column whose cells are of another type than before."""

    name: str
    base: str
    head: str


class Cell(Struct, frozen=True, kw_only=True):
    """A cell that changed; a missing one is None."""

    name: str
    base: str | None
    head: str | None


class RowExample(Struct, frozen=True, kw_only=True):
    """A row that was added or removed: its number from 1, its line, its cells."""

    row: int
    line: int
    cells: dict[str, str | None]


class ChangedRow(Struct, frozen=True, kw_only=True):
    """A row of the new table (`row` and `line`) that the old one has otherwise."""

    row: int
    line: int
    base_row: int
    base_line: int
    key: dict[str, str | None]
    cells: tuple[Cell, ...]


class DataDiff(Struct, frozen=True, kw_only=True):
    """How the `head` of a table differs from its `base`.

    `added`, `removed`, `changed` and `unchanged` count rows. `repeated` counts rows
    of both tables that the `key` does not identify: those were compared by content.
    `changed_cells` counts cells by column. Of all rows the first EXAMPLES are told.
    """

    base: str
    head: str
    base_rows: int
    head_rows: int
    key: tuple[str, ...] = ()
    added: int = 0
    removed: int = 0
    changed: int = 0
    unchanged: int = 0
    repeated: int = 0
    changed_cells: dict[str, int] = {}
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    types: tuple[TypeChange, ...] = ()
    statistics: tuple[ColumnMoves, ...] = ()
    added_rows: tuple[RowExample, ...] = ()
    removed_rows: tuple[RowExample, ...] = ()
    changed_rows: tuple[ChangedRow, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything differs but the order of rows and columns."""
        rows = self.added or self.removed or self.changed
        columns = self.columns_added or self.columns_removed or self.types
        return bool(rows or columns)


def diff(
    base: Source,
    head: Source,
    key: Sequence[str] = (),
    *,
    ignore: Sequence[str] = (),
    known: tuple[Statistics, Statistics] | None = None,
) -> DataDiff:
    """How `head` differs from `base`, where the columns of `key` identify a row.

    Both are read twice, and once more for rows that changed and are told. `known` are
    the statistics of the two, if they are there already.

    Raises:
        DataError: a table cannot be read.
        ConfigError: a column that is named is not there.
    """
    before, after = known or (statistics.compute(base), statistics.compute(head))
    _check(key, before, base, "the old table")
    _check(key, after, head, "the new table")
    _check_ignored(ignore, before, after, head)
    kinds = [{f.name: f.kind for f in one.features} for one in (before, after)]
    common = [name for name in kinds[0] if name in kinds[1] and name not in ignore]
    compared = {name: _widest(kinds[0][name], kinds[1][name]) for name in common}
    double = matching.doubles((base, head))
    sides = tuple(
        Side(source=source, kinds=compared, rows=one.num_examples, double=double)
        for source, one in ((base, before), (head, after))
    )
    rows = _compare(sides[0], sides[1], tuple(key), common)
    return DataDiff(
        base=base.shown,
        head=head.shown,
        base_rows=before.num_examples,
        head_rows=after.num_examples,
        key=tuple(key),
        added=len(rows.added),
        removed=len(rows.removed),
        changed=len(rows.changed[0]),
        unchanged=after.num_examples - len(rows.added) - len(rows.changed[0]),
        repeated=rows.repeated,
        changed_cells=_changed_cells(sides[0], sides[1], rows.changed, common),
        columns_added=tuple(name for name in kinds[1] if name not in kinds[0]),
        columns_removed=tuple(name for name in kinds[0] if name not in kinds[1]),
        types=tuple(_types(kinds[0], kinds[1])),
        statistics=moves.between(before, after),
        **_examples(sides[0], sides[1], rows, tuple(key), common),
    )


def to_json(found: DataDiff) -> dict[str, Any]:
    """The JSON document that `gate data compare` prints without `--id`."""
    return {"version": 1, **msgspec.to_builtins(found)}


def _check(key: Sequence[str], one: Statistics, source: Source, which: str) -> None:
    names = [feature.name for feature in one.features]
    lacking = [name for name in key if name not in names]
    if lacking:
        raise ConfigError(
            f"{which} has no column `{shown(lacking[0])}` to identify its rows by",
            path=source.shown,
            hint=f"its columns: {', '.join(map(shown, names[:20]))}",
        )


def _check_ignored(
    ignore: Sequence[str], before: Statistics, after: Statistics, head: Source
) -> None:
    names = {feature.name for one in (before, after) for feature in one.features}
    lacking = [name for name in ignore if name not in names]
    if lacking:
        message = f"there is no column `{shown(lacking[0])}` to ignore"
        raise ConfigError(message, path=head.shown, hint="check its name")


def _widest(base: Kind | None, head: Kind | None) -> Kind:
    kinds = [kind for kind in (base, head) if kind is not None]
    return max(kinds, default=Kind.STRING)


def _types(
    base: dict[str, Kind | None], head: dict[str, Kind | None]
) -> Iterator[TypeChange]:
    for name, kind in base.items():
        now = head.get(name)
        if kind is not None and now is not None and kind is not now:
            yield TypeChange(
                name=name, base=Type.of(kind).value, head=Type.of(now).value
            )


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """Indices of rows: those removed are the base's, pairs of changed ones both's."""

    added: Array
    removed: Array
    changed: tuple[Array, Array]
    repeated: int


def _compare(base: Side, head: Side, key: Sequence[str], names: Sequence[str]) -> _Rows:
    (ids, content), (head_ids, head_content) = (
        matching.rows(side, key, names) for side in (base, head)
    )
    none = np.zeros(0, np.int64)
    if not key:
        everything = np.arange(base.rows), np.arange(head.rows)
        removed, added = _surplus(content, head_content, *everything)
        return _Rows(added=added, removed=removed, changed=(none, none), repeated=0)
    ours = matching.grouped(ids, np.flatnonzero(ids))
    theirs = matching.grouped(head_ids, np.flatnonzero(head_ids))
    lone, loose = _identified(ours, theirs, ids)
    head_lone, head_loose = _identified(theirs, ours, head_ids)
    removed, added = _surplus(content, head_content, loose, head_loose)
    _, left, right = np.intersect1d(
        ids[lone], head_ids[head_lone], assume_unique=True, return_indices=True
    )
    pairs = lone[left], head_lone[right]
    differ = content[pairs[0]] != head_content[pairs[1]]
    order = np.argsort(pairs[1][differ])
    return _Rows(
        added=np.union1d(added, np.delete(head_lone, right)),
        removed=np.union1d(removed, np.delete(lone, left)),
        changed=(pairs[0][differ][order], pairs[1][differ][order]),
        repeated=len(loose) + len(head_loose),
    )


def _identified(own: Groups, other: Groups, ids: Array) -> tuple[Array, Array]:
    """The rows that no row of either table shares its key with, and the rest."""
    alone = (own.counts == 1) & (matching.count_in(other, own.distinct) <= 1)
    lone = own.order[own.starts[alone]]
    rest = np.ones(len(ids), bool)
    rest[lone] = False
    return lone, np.flatnonzero(rest)


def _surplus(
    base: Array, head: Array, ours: Array, theirs: Array
) -> tuple[Array, Array]:
    """Of these rows, those that the other table has less often: the last of them."""
    same = _same_start(base[ours], head[theirs])
    left = matching.grouped(base, ours[same:])
    right = matching.grouped(head, theirs[same:])
    return _beyond(left, right), _beyond(right, left)


def _same_start(base: Array, head: Array) -> int:
    """How many rows are equal from the start: in most changes nearly all."""
    size = min(len(base), len(head))
    differ = base[:size] != head[:size]
    return int(np.argmax(differ)) if differ.any() else size


def _beyond(own: Groups, other: Groups) -> Array:
    if not len(own.order):
        return own.order
    rank = np.arange(len(own.order)) - np.repeat(own.starts, own.counts)
    allowed = np.repeat(matching.count_in(other, own.distinct), own.counts)
    return np.sort(own.order[rank >= allowed])


def _changed_cells(
    base: Side, head: Side, changed: tuple[Array, Array], names: Sequence[str]
) -> dict[str, int]:
    """How many cells of each column changed, where any did."""
    ours, theirs = changed
    result: dict[str, int] = {}
    if not len(ours):
        return result
    order = np.argsort(ours)
    for group in matching.groups(names, 2 * len(ours)):
        old = matching.cells(base, group, ours[order])
        new = matching.cells(head, group, theirs)
        for name in group:
            count = int((old[name] != new[name][order]).sum())
            result |= {name: count} if count else {}
    return result


def _examples(
    base: Side, head: Side, rows: _Rows, key: Sequence[str], names: Sequence[str]
) -> dict[str, Any]:
    removed, added = rows.removed[:EXAMPLES].tolist(), rows.added[:EXAMPLES].tolist()
    left, right = (side[:EXAMPLES].tolist() for side in rows.changed)
    old = matching.fetch(base, removed + left)
    new = matching.fetch(head, added + right)
    return {
        "added_rows": tuple(_told(new[i]) for i in added),
        "removed_rows": tuple(_told(old[i]) for i in removed),
        "changed_rows": tuple(
            _changed(old[i], new[j], key, head, names)
            for i, j in zip(left, right, strict=True)
        ),
    }


def _told(row: Row) -> RowExample:
    return RowExample(row=row.row, line=row.line, cells=row.texts)


def _changed(
    old: Row, new: Row, key: Sequence[str], side: Side, names: Sequence[str]
) -> ChangedRow:
    return ChangedRow(
        row=new.row,
        line=new.line,
        base_row=old.row,
        base_line=old.line,
        key={name: new.texts.get(name) for name in key},
        cells=tuple(
            Cell(name=name, base=old.texts.get(name), head=new.texts.get(name))
            for name in names
            if old.hashes.get(name, 0) != new.hashes.get(name, 0)
        ),
    )
