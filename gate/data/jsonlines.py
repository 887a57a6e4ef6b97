"""JSON lines as batches of typed columns: one object a line, null is missing.

A JSON string is a string whatever it spells; true and false are 1 and 0; an object
or a list becomes its JSON text. Floats are rounded to 32 bits, or not, as in CSV.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import numpy as np

from gate.data import columns as cells
from gate.data.columns import Array, Batch, Coded, Column, Kind, Numbers
from gate.data.records import MAX_RECORD
from gate.data.source import Source, opened
from gate.data.text import Text
from gate.errors import DataError

BLOCK = 4 * 1024 * 1024
CELLS = 4_000_000  # of one batch
MANY_CELLS = 200_000_000  # of which one in SPARSE has to have a value
SPARSE = 200


def read(
    source: Source, kinds: Mapping[str, Kind], only: frozenset[str] | None = None
) -> Iterator[Batch]:
    """The table in batches; see `gate.data.table.read`.

    A column that first appears in a later batch was missing before: who counts the
    rows of a column fills them in.
    """
    decoder = msgspec.json.Decoder()
    names: dict[str, None] = {}
    first, cells_read, values_read = 1, 0, 0
    with opened(source) as file:
        for numbers, texts in _blocks(source, Text(source, file)):
            objects = [
                _object(source, decoder, text, number)
                for text, number in zip(texts, numbers.tolist(), strict=True)
            ]
            for start, end in _batches(source, objects, names, numbers):
                rows, lines = objects[start:end], numbers[start:end]
                cells_read += len(rows) * len(names)
                values_read += sum(map(len, rows))
                if values_read * SPARSE < cells_read > MANY_CELLS:
                    raise source.error(
                        f"under {100 / SPARSE:g}% of the cells of {len(names):,}"
                        " columns have a value",
                        line=int(lines[-1]),
                        hint="write an object for each value: its row, name and value",
                    )
                columns = _columns(rows, names, kinds, only, source)
                size = sum(map(len, texts[start:end]))
                yield Batch(first, len(rows), columns, lines.__getitem__, size)
                first += len(rows)
    if first == 1:
        raise source.error("no object in it", hint="write one JSON object a line")


def _batches(
    source: Source,
    objects: list[dict[str, Any]],
    names: dict[str, None],
    numbers: Array,
) -> Iterator[tuple[int, int]]:
    """The objects in runs of so few that their cells fit; `names` learns theirs."""
    start = 0
    for end, item in enumerate(objects):
        known = len(names)
        names.update(dict.fromkeys(item))
        if len(names) > known:
            source.check_columns(len(names), line=int(numbers[end]))
        if (end + 1 - start) * len(names) >= CELLS:
            yield start, end + 1
            start = end + 1
    if start < len(objects):
        yield start, len(objects)


def _columns(
    rows: list[dict[str, Any]],
    names: dict[str, None],
    kinds: Mapping[str, Kind],
    only: frozenset[str] | None,
    source: Source,
) -> dict[str, Column]:
    here = set().union(*rows)
    nothing = {
        kind: _column([None] * len(rows), kind, source) for kind in (None, Kind.STRING)
    }
    return {
        name: (
            _column([row.get(name) for row in rows], kinds.get(name), source)
            if name in here
            else nothing[Kind.STRING if kinds.get(name) is Kind.STRING else None]
        )
        for name in names
        if only is None or name in only
    }


def _blocks(source: Source, text: Text) -> Iterator[tuple[Array, list[bytes]]]:
    """Lines that are not blank, and their numbers."""
    rest, line = b"", 1
    while True:
        chunk = text.read(BLOCK)
        data = rest + chunk
        end = data.rfind(b"\n") + 1 if chunk else len(data)
        lines = data[:end].split(b"\n")
        full = [i for i, content in enumerate(lines) if content.strip()]
        if full:
            yield np.array(full) + line, [lines[i] for i in full]
        line += data.count(b"\n", 0, end)
        rest = data[end:]
        if len(rest) > MAX_RECORD:
            hint = "write one JSON object a line"
            raise source.error("a line beyond all bounds", line=line, hint=hint)
        if not chunk:
            return


def _object(
    source: Source, decoder: msgspec.json.Decoder[Any], text: bytes, line: int
) -> dict[str, Any]:
    try:
        value = decoder.decode(text)
    except (msgspec.DecodeError, RecursionError):
        value = _python_json(source, text, line)
    if not isinstance(value, dict):
        raise _fault(source, line, "not a JSON object")
    return value


def _python_json(source: Source, text: bytes, line: int) -> Any:
    """What msgspec refuses and Python writes: NaN, Infinity, long integers."""
    try:
        value = json.loads(text)
        # Half of a surrogate pair, which no report could be written with.
        json.dumps(value, ensure_ascii=False).encode()
        return value
    except (ValueError, RecursionError):
        raise _fault(source, line, "not valid JSON") from None


def _fault(source: Source, line: int, message: str) -> DataError:
    return source.error(message, line=line, hint="write one JSON object a line")


def _column(values: list[Any], kind: Kind | None, source: Source) -> Column:
    types = {type(value) for value in values}
    missing = np.array([value is None for value in values])
    if kind is not Kind.STRING and types <= {int, bool, type(None)}:
        whole = [0 if value is None else int(value) for value in values]
        if all(-(2**63) <= value < 2**63 for value in whole):
            return Numbers(
                np.array(whole, np.int64), missing if missing.any() else None
            )
    if kind is not Kind.STRING and types <= {float, type(None)} and float in types:
        floats = np.array([value or 0.0 for value in values], np.float64)
        if not source.exact:
            floats = cells.round_to_float32(floats)
        return Numbers(floats, missing if missing.any() else None)
    return cells.without(_texts(values), source.na_values)


def _texts(values: list[Any]) -> Coded:
    """Distinct texts; those of strings are strings, those of numbers are parsed."""
    seen: dict[tuple[str, bool], int] = {}
    codes = np.full(len(values), -1, np.int64)
    for row, value in enumerate(values):
        if value is not None:
            spelled = isinstance(value, str)
            text = value if spelled else json.dumps(value, ensure_ascii=False)
            codes[row] = seen.setdefault((text, spelled), len(seen))
    texts = [text for text, _ in seen]
    pairs = [
        (Kind.STRING, None) if spelled else cells.parse(text) for text, spelled in seen
    ]
    kinds = np.fromiter((kind for kind, _ in pairs), np.uint8, len(pairs))
    return Coded(codes, texts, kinds, [number for _, number in pairs])
