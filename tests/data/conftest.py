"""Tables in a folder of the test's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gate.data import schemafile, table, validation
from gate.data.anomalies import Report
from gate.data.columns import Coded, Column
from gate.data.source import Source

MakeSource = Callable[..., Source]
Validate = Callable[..., Report]


@pytest.fixture
def make_source(tmp_path: Path) -> MakeSource:
    """A file with this content, as a source."""

    def make(content: str | bytes, name: str = "data.csv", **reading: Any) -> Source:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return Source(path=path, shown=name, **reading)

    return make


@pytest.fixture
def validate(make_source: MakeSource) -> Validate:
    """A table against a schema in YAML."""

    def run(content: str | bytes, schema: str, **options: Any) -> Report:
        reading = {
            key: options.pop(key)
            for key in ("name", "delimiter", "encoding", "na_values")
            if key in options
        }
        source = make_source(content, **reading)
        return validation.validate(source, schemafile.parse(schema), **options)

    return run


def cells(column: Column) -> list[Any]:
    """The cells of a column, None where they are missing."""
    if isinstance(column, Coded):
        return [None if code < 0 else column.texts[code] for code in column.codes]
    missing = column.missing
    return [
        None if missing is not None and missing[i] else value
        for i, value in enumerate(column.values.tolist())
    ]


def read(source: Source) -> dict[str, list[Any]]:
    """All cells of a table by column."""
    result: dict[str, list[Any]] = {}
    for batch in table.read(source):
        for name, column in batch.columns.items():
            result.setdefault(name, []).extend(cells(column))
    return result
