"""Arrow's arrays as our columns: what Parquet and Arrow files have in common.

Null is missing and NaN is not; floats keep the 64 bits they have; booleans are 1 and
0, durations seconds. Dates and times become text as in ISO 8601, with a blank between
them and a fraction only where there is one; those of a time zone are told in UTC, as
`2024-02-29 12:30:00Z`. Lists and other nested values become their JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
import pyarrow as arrow
import pyarrow.compute as compute

from gate.data import buffers
from gate.data import columns as cells
from gate.data.columns import Array, Batch, Coded, Column, Kind, Numbers
from gate.data.source import Source

MAX_TEXTS = 256 * 1024 * 1024  # characters of one nested column's values in a batch
_ROWS = 1_024  # of nested values that are Python's objects at once
_OBJECTS = 1_000_000  # of them in these rows
_MOST_OBJECTS = 20_000_000  # of one row
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


@contextmanager
def native(source: Source, file: BinaryIO, what: str) -> Iterator[Any]:
    """The file as Arrow reads it best, and Arrow's complaints of it as ours.

    Raises:
        DataError: it is not `what` it should be, or not whole.
    """
    mapped = None
    try:
        if not source.compressed:
            mapped = _mapped(source)
        yield mapped or file
    except (arrow.ArrowException, OSError, MemoryError, UnicodeError) as error:
        reason = (str(error).splitlines() or ["too large"])[0][:200]
        hint = "write the file again"
        raise source.error(f"not whole {what}: {reason}", hint=hint) from None
    finally:
        if mapped:
            mapped.close()


def _mapped(source: Source) -> Any:
    try:
        return arrow.memory_map(str(source.path))
    except UnicodeError:
        return None  # a name that is no text


def check_names(source: Source, names: list[str]) -> None:
    """Refuse a table of too many columns, or with two of one name.

    Raises:
        DataError: it has.
    """
    source.check_columns(len(names))
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        hint = "rename all but one of them"
        raise source.error(f"two columns are called `{twice}`", hint=hint)


def empty(names: list[str]) -> Batch:
    """A table of these columns without rows."""
    nothing = Numbers(np.zeros(0, np.int64))
    return Batch(1, 0, dict.fromkeys(names, nothing), np.asarray)


def batch(source: Source, values: Any, kinds: Mapping[str, Kind], first: int) -> Batch:
    """Arrow's batch as ours; its lines are rows, the first of them `first`.

    Raises:
        DataError: the texts of a column would fill the memory.
    """
    columns: dict[str, Column] = {}
    for name, held in zip(values.schema.names, values.columns, strict=True):
        try:
            made = column(held, kinds.get(name))
        except _TooLarge:
            raise source.error(
                f"`{name}` is too large to be told as text: over {MAX_TEXTS:,}"
                f" characters within {values.num_rows:,} rows from row {first:,} on",
                hint="keep such values in files of their own, and their names here",
            ) from None
        except (ValueError, OverflowError) as error:
            raise source.error(
                f"`{name}` holds what cannot be read: {str(error)[:200]}",
                hint="write the column in another type",
            ) from None
        if isinstance(made, Coded):
            made = cells.without(made, source.na_values)
        columns[name] = made
    return Batch(
        first,
        values.num_rows,
        columns,
        lambda rows: np.asarray(rows) + first,
        values.nbytes,
    )


class _TooLarge(Exception):
    """The texts of a column would fill the memory."""


def column(values: Any, kind: Kind | None) -> Column:
    """One array; as texts if they are wanted so."""
    values = _plain(values)
    of = values.type
    missing = buffers.flags(values.is_null()) if values.null_count else None
    if kind is not Kind.STRING:
        numbers = _numbers(values, of)
        if numbers is not None:
            return Numbers(_values(numbers), missing)
    if arrow.types.is_nested(of):
        codes, texts = _nested(values)
        return cells.coded(codes, texts, parsed=False)
    numeric = arrow.types.is_integer(of) or arrow.types.is_floating(of)
    return _coded(values, of, parsed=numeric)


def _plain(values: Any) -> Any:
    """Without the wrappings that do not matter: extensions, runs, dictionaries."""
    kinds = arrow.types
    while isinstance(values.type, arrow.BaseExtensionType):
        values = values.storage
    if kinds.is_run_end_encoded(values.type):
        values = compute.run_end_decode(values)
    if kinds.is_dictionary(values.type) and not _is_text(values.type.value_type):
        return _plain(values.dictionary_decode())
    if kinds.is_string_view(values.type) or kinds.is_binary_view(values.type):
        return values.cast(arrow.binary())
    return values


def _numbers(values: Any, of: Any) -> Any:
    """The values as 64-bit integers or floats; None where they are none."""
    kinds = arrow.types
    if kinds.is_uint64(of):
        most = compute.max(values).as_py()
        return values.cast(arrow.int64()) if (most or 0) < 2**63 else None
    if kinds.is_integer(of) or kinds.is_boolean(of):
        return values.cast(arrow.int64())
    if kinds.is_decimal(of) and of.scale <= 0 and of.precision - of.scale <= 18:
        return values.cast(arrow.int64())
    if kinds.is_floating(of) or kinds.is_decimal(of):
        return values.cast(arrow.float64())
    if kinds.is_duration(of):
        counts = values.cast(arrow.int64()).cast(arrow.float64(), safe=False)
        return compute.divide(counts, float(_PER_SECOND[of.unit]))
    return None


def _values(values: Any) -> Array:
    whole = arrow.types.is_integer(values.type)
    return buffers.numbers(values, "i8" if whole else "f8")[0]


def _is_text(of: Any) -> bool:
    kinds = arrow.types
    return any(
        test(of)
        for test in (
            kinds.is_string,
            kinds.is_large_string,
            kinds.is_string_view,
            kinds.is_binary,
            kinds.is_large_binary,
            kinds.is_binary_view,
            kinds.is_fixed_size_binary,
        )
    )


def _coded(values: Any, of: Any, *, parsed: bool) -> Column:
    if not arrow.types.is_dictionary(of):
        values = values.dictionary_encode()
    codes = buffers.places(values.indices.cast(arrow.int32()))
    # A dictionary grows through the file: of it, what this batch holds.
    place = np.full(len(values.dictionary) + 1, -1)
    place[codes] = 0
    used = np.flatnonzero(place[:-1] == 0)
    texts = _texts(buffers.take(values.dictionary, used))
    # Once each, which a file need not hold to; null may be among them.
    texts = texts.dictionary_encode()
    place[used] = buffers.places(texts.indices)
    place[-1] = -1
    held = texts.dictionary
    if parsed:
        return Coded(place[codes], held)
    kinds = np.full(len(held), Kind.STRING, np.uint8)
    return Coded(place[codes], held, kinds, [None] * len(held))


def _texts(values: Any) -> Any:
    """Values as texts, in an array of strings."""
    of = values.type
    if _is_text(of):
        try:
            texts = values.cast(arrow.string())
            texts.validate(full=True)
        except arrow.ArrowInvalid:
            texts = arrow.array(map(_decoded, values.cast(arrow.binary()).to_pylist()))
        return texts
    if not (arrow.types.is_timestamp(of) or arrow.types.is_time(of)):
        return values.cast(arrow.string())
    zone = arrow.types.is_timestamp(of) and of.tz is not None
    if zone:
        values = values.cast(arrow.timestamp(of.unit))
    texts = values.cast(arrow.string())
    texts = compute.replace_substring_regex(texts, r"\.0+$", "")
    texts = compute.replace_substring_regex(texts, r"(\.\d{6})000$", r"\1")
    return compute.binary_join_element_wise(texts, "Z", "") if zone else texts


def _decoded(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "backslashreplace")


def _nested(values: Any) -> tuple[Array, list[str]]:
    """Lists and the like as JSON, so that only distinct texts are held."""
    codes = np.full(len(values), -1)
    seen: dict[str, int] = {}
    size = 0
    for start, some in _few(values, 0):
        for row, value in enumerate(some.to_pylist(), start):
            if value is None:
                continue
            text = json.dumps(value, ensure_ascii=False, default=str)
            if text not in seen:
                size += len(text)
                if size > MAX_TEXTS:
                    raise _TooLarge
            codes[row] = seen.setdefault(text, len(seen))
    return codes, list(seen)


def _few(values: Any, start: int) -> Iterator[tuple[int, Any]]:
    """As many rows at once as are few objects of Python's, and the first's number."""
    if len(values) > _ROWS or (len(values) > 1 and _leaves(values) > _OBJECTS):
        half = len(values) // 2
        yield from _few(values.slice(0, half), start)
        yield from _few(values.slice(half), start + half)
    elif len(values):
        if _leaves(values) > _MOST_OBJECTS:
            raise _TooLarge
        yield start, values


def _leaves(values: Any) -> int:
    """About how many objects the values of nested rows are."""
    of = values.type
    if arrow.types.is_struct(of):
        return len(values) + sum(map(_leaves, values.flatten()))
    if arrow.types.is_map(of):
        first, last = values.offsets[0].as_py(), values.offsets[-1].as_py()
        parts = (values.keys, values.items)
        inner = (part.slice(first, last - first) for part in parts)
        return len(values) + sum(map(_leaves, inner))
    if hasattr(values, "flatten"):
        return len(values) + _leaves(values.flatten())
    return len(values) + int(values.nbytes) // 64
