"""Foreign keys: what a column refers to must be in another committed file.

`FOREIGN_KEY_NOT_FOUND`: rows whose values in the columns of a `foreign_key` are in no
row of the file at its `path` (from the folder of the schema). `count` is the number
of rows, each example a value, or a combination, that is not there. A row that misses
one of them refers to nothing and is not judged, as in SQL. Numbers are compared by
value, texts by their characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np

from gate.data import hashes, table
from gate.data.anomalies import Anomaly, anomaly, listed, offenders, rows_of, shown
from gate.data.changes import Change, drop
from gate.data.columns import Array, Batch, Kind
from gate.data.found import Found, said
from gate.data.schema import ForeignKey
from gate.data.source import Source
from gate.errors import ConfigError, DataError

MAX_KEYS = 20_000_000  # distinct ones that are read of the other file: 160 MB


class Reference:
    """Whether the values of some columns occur in another file."""

    def __init__(
        self,
        key: ForeignKey,
        texts: Mapping[str, bool],
        folder: Path,
        root: Path | None,
        change: Change = drop("foreign_key"),
    ) -> None:
        self.key = key
        self.texts = texts
        self.change = change
        self.source = _source(key.path or "", folder, root)
        self.found = Found()
        self._known: Array | None = None

    def look(self, batch: Batch) -> None:
        """See a batch; the first one makes the other file be read."""
        if self._known is None:
            self._known = self._read()
        found = _rows(batch, self.texts)
        rows = np.flatnonzero((found != 0) & ~_among(self._known, found))
        columns = [(name, batch.columns.get(name)) for name in self.texts]
        self.found.add(batch, rows, found[rows], lambda row: said(columns, row))

    def anomalies(self, rows: int) -> Iterator[Anomaly]:
        """The values that are not there, if there are any."""
        if not self.found.count:
            return
        names = ", ".join(map(shown, self.texts))
        where = shown(self.source.shown)
        yield anomaly(
            rows,
            "",
            "FOREIGN_KEY_NOT_FOUND",
            f"{names} in {rows_of(self.found.count)} is not in {where}: "
            f"{listed(self.found, rows)}",
            f"add the rows to {where}, or drop the foreign key of {names}",
            self.found.count,
            offenders(self.found.examples()),
            f"not in {where}",
            (self.change,),
        )

    def _read(self) -> Array:
        names = self.key.referenced or self.key.feature
        texts = dict(zip(names, self.texts.values(), strict=True))
        kinds = {name: Kind.STRING for name, text in texts.items() if text}
        known = np.empty(0, np.uint64)
        fresh: list[Array] = []
        for batch in table.read(self.source, kinds, frozenset(names)):
            for name in names:
                if name not in batch.columns and batch.first == 1:
                    raise self.source.error(
                        f"has no column `{shown(name)}`, which a foreign key refers to",
                        hint="mend `foreign_key.referenced` in the schema",
                    )
            fresh.append(np.unique(_rows(batch, texts)))
            # Merged when they have doubled, so that the whole takes n log n.
            if sum(map(len, fresh)) > len(known) + 2**16:
                known, fresh = self._merged(known, fresh), []
        return self._merged(known, fresh)

    def _merged(self, known: Array, fresh: list[Array]) -> Array:
        known = np.unique(np.concatenate([known, *fresh]))
        if len(known) > MAX_KEYS:
            raise self.source.error(
                f"over {MAX_KEYS:,} distinct keys, the most that are looked up",
                hint="drop the foreign key, or refer to a smaller file",
            )
        return known


def _among(known: Array, wanted: Array) -> Array:
    """Which of the wanted are known; those are in ascending order."""
    if not len(known):
        return np.zeros(len(wanted), bool)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.asarray(known[place] == wanted)


def _rows(batch: Batch, texts: Mapping[str, bool]) -> Array:
    return hashes.rows(
        [
            hashes.cells(batch.columns.get(name), batch.rows, text=text)
            for name, text in texts.items()
        ]
    )


def _source(path: str, folder: Path, root: Path | None) -> Source:
    """The other file; with a root, it and what it links to must be inside.

    Raises:
        ConfigError: the path is absolute, or leaves the root.
    """
    hint = "write the path from the folder of the schema, with `/`"
    windows = PureWindowsPath(path)
    if not path or "\0" in path:
        raise ConfigError("a foreign key has no path", hint=hint)
    if PurePosixPath(path).is_absolute() or windows.drive or windows.root:
        raise ConfigError(f"the foreign key's path is absolute: {path}", hint=hint)
    try:
        inside = root is None or (folder / path).resolve().is_relative_to(
            root.resolve()
        )
    except (OSError, RuntimeError, ValueError) as error:
        raise DataError(f"cannot be read: {error}", path=path, hint=hint) from None
    if not inside:
        raise ConfigError(f"the foreign key's path leaves the repository: {path}")
    return Source(path=folder / path, shown=path, root=root)
