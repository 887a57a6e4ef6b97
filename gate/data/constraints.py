"""What a schema asks of several columns at once, or of a column as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from gate.data.anomalies import Anomaly
from gate.data.columns import Batch
from gate.data.schema import Schema


class Watcher(Protocol):
    """Sees every batch of a table, then tells what was wrong."""

    def look(self, batch: Batch) -> None:
        """See a batch."""

    def anomalies(self, rows: int) -> Iterator[Anomaly]:
        """All that was found in a table of so many rows."""


def watchers(schema: Schema, folder: Path, environment: str) -> list[Watcher]:
    """One for each such constraint; paths in the schema are from the folder."""
    return []
