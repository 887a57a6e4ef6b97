"""What a schema asks of several columns at once, or of a column as a whole.

`INVALID_SCHEMA_SPECIFICATION` with no feature: a key, foreign key or rule is not
whole, or names a column that neither the schema nor the table has. The module of each
constraint tells its other anomalies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from gate.data import composites, forms, rowrules, times
from gate.data.anomalies import Anomaly, anomaly, shown
from gate.data.changes import Change, drop
from gate.data.columns import Batch, Kind
from gate.data.expressions import Wrong
from gate.data.foreign import Reference
from gate.data.keys import Key, Unique
from gate.data.schema import Feature, ForeignKey, Rule, Schema, Type
from gate.data.source import Source


class Watcher(Protocol):
    """Sees every batch of a table, then tells what was wrong."""

    def look(self, batch: Batch) -> None:
        """See a batch."""

    def anomalies(self, rows: int) -> Iterator[Anomaly]:
        """All that was found in a table of so many rows."""


class Slip:
    """Something that is wrong with the schema itself."""

    def __init__(self, what: str, mend: str, change: Change) -> None:
        self.what = what
        self.mend = mend
        self.change = change

    def look(self, _: Batch) -> None:
        """Nothing in the data matters."""

    def anomalies(self, rows: int) -> Iterator[Anomaly]:
        """That it is so."""
        yield anomaly(
            rows,
            "",
            "INVALID_SCHEMA_SPECIFICATION",
            self.what,
            self.mend,
            changes=(self.change,),
        )


class Unknown:
    """Columns that a constraint names and the schema does not know: has the table?"""

    def __init__(self, about: str, names: Iterable[str], change: Change) -> None:
        self.about = about
        self.names = dict.fromkeys(names)
        self.change = change

    def look(self, batch: Batch) -> None:
        """See a batch."""
        for name in [name for name in self.names if name in batch.columns]:
            del self.names[name]

    def anomalies(self, rows: int) -> Iterator[Anomaly]:
        """The columns that nothing has."""
        for name in self.names:
            what = f"{self.about} names the column {shown(name)}, which there is not"
            mend = "mend the name, or drop the constraint"
            yield from Slip(what, mend, self.change).anomalies(rows)


def watchers(
    schema: Schema, source: Source, folder: Path, root: Path | None = None
) -> list[Watcher]:
    """One for each such constraint of the schema on the table in the source.

    Paths in the schema are from the folder, and must not leave the root.

    Raises:
        ConfigError: the path of a foreign key is not to be followed.
    """
    live = [feature for feature in schema.feature if feature.live]
    found: list[Watcher] = [*composites.watchers(schema)]
    found += [watcher for feature in live for watcher in _of_feature(feature)]
    found += _keys(schema, source)
    # The last first: who drops them in this order drops what was meant.
    for number, rule in reversed(list(enumerate(schema.rule))):
        found += _rules(schema, rule, f"rule[{number}]")
    for number, key in reversed(list(enumerate(schema.foreign_key))):
        found += _foreign(schema, key, folder, root, _dropped("foreign_key", number))
    return found


def _rules(schema: Schema, rule: Rule, key: str) -> Iterator[Watcher]:
    name = shown(rule.name or key)
    least = rule.min_fraction
    if least is not None and not 0 <= least <= 1:
        what = f"min_fraction of the rule {name} is {least:g}, not between 0 and 1"
        yield Slip(what, "set it between 0 and 1", drop(f"{key}.min_fraction"))
        rule = replace(rule, min_fraction=None)
    try:
        yield rowrules.RowRule(rule, rowrules.expression(schema, rule), key)
    except Wrong as wrong:
        what = f"the rule {name} cannot be read at character {wrong.place} of "
        what += f"{shown(rule.expression or '')}: {wrong.what}"
        yield Slip(what, "mend its `expression`, or drop the rule", drop(key))


def _of_feature(feature: Feature) -> Iterator[Watcher]:
    name = feature.name or ""
    if feature.unique_constraints is not None:
        text = feature.type is Type.BYTES
        yield Unique(name, feature.unique_constraints, text=text)
    yield from forms.of(feature)
    yield from times.of(feature)


def _keys(schema: Schema, source: Source) -> Iterator[Watcher]:
    texts = _texts(schema)
    kinds = {name: Kind.STRING for name, text in texts.items() if text}
    for number, key in reversed(list(enumerate(schema.key))):
        change = _dropped("key", number)
        if not key.feature:
            yield Slip("a key names no column", "name some, or drop it", change)
            continue
        yield Unknown("a key", set(key.feature) - texts.keys(), change)
        here = {name: texts.get(name, False) for name in key.feature}
        yield Key(here, source, kinds, change)


def _foreign(
    schema: Schema, key: ForeignKey, folder: Path, root: Path | None, change: Change
) -> Iterator[Watcher]:
    names = key.feature
    if not names or (key.referenced and len(key.referenced) != len(names)):
        what = "a foreign key names no column, or not as many as it refers to"
        yield Slip(what, "name as many in `feature` as in `referenced`", change)
        return
    texts = _texts(schema)
    yield Unknown("a foreign key", set(names) - texts.keys(), change)
    here = {name: texts.get(name, False) for name in names}
    yield Reference(key, here, folder, root, change)


def _texts(schema: Schema) -> dict[str, bool]:
    """The features of the schema, and whether their cells are texts."""
    return {
        feature.name or "": feature.type is Type.BYTES for feature in schema.feature
    }


def _dropped(field: str, number: int) -> Change:
    return drop(f"{field}[{number}]")
