"""JSON lines as batches of typed columns: one object a line, null is missing.

A JSON string is a string whatever it spells; true and false are 1 and 0; an object
or a list becomes its JSON text. Floats are rounded to 32 bits as in CSV.
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


def read(
    source: Source, kinds: Mapping[str, Kind], only: frozenset[str] | None = None
) -> Iterator[Batch]:
    """The table in batches; see `gate.data.table.read`.

    A column that first appears in a later batch was missing before: who counts the
    rows of a column fills them in.
    """
    decoder = msgspec.json.Decoder()
    names: dict[str, None] = {}
    first = 1
    with opened(source) as file:
        for numbers, texts in _blocks(source, Text(source, file)):
            objects = [
                _object(source, decoder, text, number)
                for text, number in zip(texts, numbers.tolist(), strict=True)
            ]
            for item in objects:
                names.update(dict.fromkeys(item))
            source.check_columns(len(names), line=int(numbers[-1]))
            columns = {
                name: _column(
                    [item.get(name) for item in objects],
                    kinds.get(name),
                    source.na_values,
                )
                for name in names
                if only is None or name in only
            }
            size = sum(map(len, texts))
            yield Batch(first, len(objects), columns, numbers.__getitem__, size)
            first += len(objects)
    if first == 1:
        raise source.error("no object in it", hint="write one JSON object a line")


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


def _column(values: list[Any], kind: Kind | None, na: tuple[str, ...]) -> Column:
    types = {type(value) for value in values}
    missing = np.array([value is None for value in values])
    if kind is not Kind.STRING and types <= {int, bool, type(None)}:
        whole = [0 if value is None else int(value) for value in values]
        if all(-(2**63) <= value < 2**63 for value in whole):
            return Numbers(
                np.array(whole, np.int64), missing if missing.any() else None
            )
    if kind is not Kind.STRING and types <= {float, type(None)} and float in types:
        floats = [0.0 if value is None else value for value in values]
        rounded = cells.round_to_float32(np.array(floats, np.float64))
        return Numbers(rounded, missing if missing.any() else None)
    return cells.without(_texts(values), na)


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
