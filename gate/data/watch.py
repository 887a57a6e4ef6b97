"""One feature of the schema beside its column, while the rows pass by."""

from __future__ import annotations

import numpy as np

from gate.data import rules
from gate.data.columns import Batch, Column, Kind, Numbers
from gate.data.offences import Missing, Offences
from gate.data.schema import Feature, Schema

# Judged only where the text before it is of the type at all, as TFDV does.
_RANGES = {
    "INT_TYPE_SMALL_INT": (Kind.INT, "INT_TYPE_NOT_INT_STRING"),
    "INT_TYPE_BIG_INT": (Kind.INT, "INT_TYPE_NOT_INT_STRING"),
    "FLOAT_TYPE_SMALL_FLOAT": (Kind.FLOAT, "FLOAT_TYPE_STRING_NOT_FLOAT"),
    "FLOAT_TYPE_BIG_FLOAT": (Kind.FLOAT, "FLOAT_TYPE_STRING_NOT_FLOAT"),
}
_ONLY = {
    "FLOAT_TYPE_HAS_NAN": Kind.FLOAT,
    "FLOAT_TYPE_HAS_INF": Kind.FLOAT,
    "BOOL_TYPE_SMALL_INT": Kind.INT,
    "BOOL_TYPE_BIG_INT": Kind.INT,
    "BOOL_TYPE_UNEXPECTED_FLOAT": Kind.FLOAT,
    "BOOL_TYPE_UNEXPECTED_STRING": Kind.STRING,
    "INT_TYPE_NOT_INT_STRING": Kind.STRING,
    "FLOAT_TYPE_STRING_NOT_FLOAT": Kind.STRING,
    rules.ENUM: Kind.STRING,
}


def widest(kind: Kind | None, column: Column) -> Kind:
    """The kind that holds what had this kind before, and the cells of a column."""
    if kind is Kind.STRING:
        return kind
    if isinstance(column, Numbers):
        other = column.kind
    else:
        other = Kind(int(column.kinds.max()))
    return other if kind is None else max(kind, other)


class Watch:
    """What is seen of one column.

    With `typed` its cells are judged as values of the feature's type, whatever type
    the column would have by itself.
    """

    def __init__(self, schema: Schema, feature: Feature, *, typed: bool) -> None:
        assert feature.type is not None
        self.feature = feature
        self.wanted = feature.type.kind
        self.typed = typed
        self.exists = False
        self.present = 0
        self.kind: Kind | None = None
        self.missing = Missing()
        self.offences = {
            name: Offences(rule=rule)
            for name, rule in rules.of(schema, feature).items()
        }

    def look(self, column: Column | None, batch: Batch) -> None:
        """See the cells of a batch; None where none of its rows has the column."""
        if column is None:
            self.missing.look(np.ones(batch.rows, bool), batch)
            return
        self.exists = True
        before = self.missing.count
        self.missing.look(column.missing, batch)
        here = batch.rows - (self.missing.count - before)
        self.present += here
        if here:
            self._see(column)
        for offences in self.offences.values():
            offences.look(column, batch)

    def _see(self, column: Column) -> None:
        self.kind = widest(self.kind, column)

    def broken(self) -> list[tuple[str, Offences]]:
        """The rules that count against the column, with their offences."""
        kind = self.wanted if self.typed else self.kind
        found = [
            (name, offences)
            for name, offences in self.offences.items()
            if offences.count and name != rules.TYPE and self._applies(name, kind)
        ]
        names = [name for name, _ in found]
        if "BOOL_TYPE_SMALL_INT" in names:
            found = [item for item in found if item[0] != "BOOL_TYPE_BIG_INT"]
        return found

    def _applies(self, name: str, kind: Kind | None) -> bool:
        if name not in _RANGES:
            return kind is _ONLY[name]
        numeric, unparsable = _RANGES[name]
        if kind is Kind.STRING:
            return not self.offences[unparsable].count
        return kind is numeric
