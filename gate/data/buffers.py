"""Between Arrow's arrays and numpy's, by their memory.

Arrow's own conversions import pandas wherever it is installed, which takes longer than
reading a small table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def numbers(values: Any, dtype: str) -> tuple[Array, Array | None]:
    """The values of Arrow's numbers, and which are null; None where none is.

    What stands where a value is null means nothing. `dtype` is Arrow's own type.
    """
    start, end = values.offset, values.offset + len(values)
    validity, data = values.buffers()
    found = np.frombuffer(data, dtype)[start:end] if end else np.zeros(0, dtype)
    if not values.null_count:
        return found, None
    bits = np.frombuffer(validity, np.uint8)
    present = np.unpackbits(bits, count=end, bitorder="little")[start:end]
    return found, present == 0


def places(values: Any, dtype: str = "i4") -> Array:
    """Arrow's integers as int64, -1 where they are null."""
    found, missing = numbers(values, dtype)
    result = found.astype(np.int64)
    if missing is not None:
        result[missing] = -1
    return result


def texts(strings: Sequence[str]) -> Any:
    """Strings as Arrow's texts; half of a surrogate pair becomes a `?`."""
    import pyarrow as arrow

    encoded = [text.encode(errors="replace") for text in strings]
    offsets = np.zeros(len(encoded) + 1, np.int32)
    np.cumsum([len(text) for text in encoded], out=offsets[1:])
    data = [arrow.py_buffer(offsets), arrow.py_buffer(b"".join(encoded))]
    return arrow.Array.from_buffers(arrow.string(), len(encoded), [None, *data])


def take(values: Any, places: Array) -> Any:
    """Arrow's values at some places."""
    import pyarrow as arrow

    data = [None, arrow.py_buffer(places.astype(np.int64))]
    return values.take(arrow.Array.from_buffers(arrow.int64(), len(places), data))


def strings(values: Any, places: Array) -> list[str]:
    """Arrow's texts at some places."""
    return take(values, places).to_pylist() if len(places) else []


def flags(values: Any) -> Array:
    """Arrow's truth values, none of them null."""
    start, end = values.offset, values.offset + len(values)
    bits = np.frombuffer(values.buffers()[1] or b"", np.uint8)
    found = np.unpackbits(bits, count=end, bitorder="little")[start:end]
    return np.asarray(found == 1)


def matches(values: Any, pattern: str) -> Array:
    """Which of Arrow's texts an expression fits."""
    from pyarrow import compute

    return flags(compute.match_substring_regex(values, pattern))


def among(values: Any, known: Any) -> Array:
    """Which of Arrow's texts are among some others."""
    from pyarrow import compute

    return flags(compute.is_in(values, value_set=known))


def parsed(values: Any, chosen: Array, dtype: str) -> Array:
    """The numbers that some of Arrow's texts spell, all of them as `dtype`."""
    import pyarrow as arrow

    form = arrow.int64() if dtype == "i8" else arrow.float64()
    some = take(values, np.flatnonzero(chosen))
    return numbers(some.cast(form), dtype)[0]


def lengths(values: Any) -> Array:
    """The lengths of Arrow's texts in bytes of UTF-8."""
    if not len(values):
        return np.zeros(0, np.int64)
    start, end = values.offset, values.offset + len(values)
    return np.diff(np.frombuffer(values.buffers()[1], np.int32)[start : end + 1])


def value_counts(values: Array) -> tuple[Array, Array]:
    """The distinct int64 values, as they come, and how often each occurs."""
    import pyarrow as arrow

    data = [None, arrow.py_buffer(values)]
    whole = arrow.Array.from_buffers(arrow.int64(), len(values), data)
    counted = whole.value_counts()
    found, counts = (numbers(counted.field(i), "i8")[0] for i in (0, 1))
    return found, counts
