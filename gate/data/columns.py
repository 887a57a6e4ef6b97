"""What a table is made of: batches of rows, their columns, and the type of a cell.

The types are those of TensorFlow Data Validation: a column has the greatest type of
its cells, INT < FLOAT < STRING, where a cell is an INT if Python's `int()` reads its
bytes within 64 bits, else a FLOAT if `float()` does, else a STRING. So `1_000`,
` 25 ` and `007` are integers, `1e3` and `nan` floats, and `1,234` is a string.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from gate.data import buffers

Array: TypeAlias = npt.NDArray[Any]
Number: TypeAlias = int | float


class Kind(enum.IntEnum):
    """The type of a cell; that of a column is the greatest of its cells."""

    INT = 0
    FLOAT = 1
    STRING = 2


@dataclass(frozen=True, eq=False)
class Numbers:
    """Cells that are all numbers: an int64 or float64 a row.

    `missing` tells the rows without a value; None where every row has one. What
    `values` holds at a missing row means nothing.
    """

    values: Array
    missing: Array | None = None

    @property
    def kind(self) -> Kind:
        return Kind.INT if self.values.dtype.kind == "i" else Kind.FLOAT

    @cached_property
    def absent(self) -> int:
        """How many rows have no value."""
        return 0 if self.missing is None else int(np.count_nonzero(self.missing))

    @cached_property
    def _present(self) -> Array:
        return self.values[~self.missing] if self.missing is not None else self.values

    def present(self) -> Array:
        """The values of the rows that have one."""
        return self._present

    @cached_property
    def extremes(self) -> Array:
        """The least and the greatest value; NaN where there is one, none of none."""
        values = self._present
        if not len(values):
            return values
        return np.array([values.min(), values.max()])


class Coded:
    """Cells as their distinct texts, and which of them each row holds.

    `codes` has the index into the texts a row, -1 where the cell is missing. `kinds`
    and `numbers` say, for each text, its type and the number it spells. All that is
    told of the texts is found out when it is asked for; they come as a list or as
    an array of Arrow's.
    """

    def __init__(
        self,
        codes: Array,
        texts: Any,
        kinds: Array | None = None,
        numbers: Sequence[Number | None] | None = None,
    ) -> None:
        self.codes = codes
        self._texts = texts
        if kinds is not None:
            self.__dict__["kinds"] = kinds
        if numbers is not None:
            self.__dict__["numbers"] = numbers

    def __len__(self) -> int:
        """How many distinct texts there are."""
        return len(self._texts)

    @cached_property
    def texts(self) -> list[str]:
        """The distinct texts."""
        return self._texts if isinstance(self._texts, list) else self._texts.to_pylist()

    @cached_property
    def array(self) -> Any:
        """The distinct texts as an array of Arrow's; half a surrogate is a `?`."""
        if not isinstance(self._texts, list):
            return self._texts
        return buffers.texts(self._texts)

    @cached_property
    def _spelled(self) -> tuple[Array, Array, Array]:
        return spelled(self.array)

    @cached_property
    def kinds(self) -> Array:
        """The type that each text has, a uint8."""
        return self._spelled[0]

    @cached_property
    def numbers(self) -> Sequence[Number | None]:
        """The number that each text spells."""
        kinds, integers, floats = self.kinds, self.integers.tolist(), self.floats
        pairs = zip(kinds.tolist(), integers, floats.tolist(), strict=True)
        return [(whole, real, None)[kind] for kind, whole, real in pairs]

    @cached_property
    def integers(self) -> Array:
        """The integer that each text spells, an int64; 0 where it is none."""
        if "numbers" not in self.__dict__:
            return self._spelled[1]
        pairs = zip(self.kinds.tolist(), self.numbers, strict=True)
        wholes = [number if kind == Kind.INT else 0 for kind, number in pairs]
        return np.array(wholes, np.int64)

    @cached_property
    def floats(self) -> Array:
        """The number that each text spells, rounded to 32 bits; 0 where it is none."""
        if "numbers" not in self.__dict__:
            return self._spelled[2]
        return round_to_float32(np.array([n or 0 for n in self.numbers], np.float64))

    @cached_property
    def _counts(self) -> Array:
        return np.bincount(self.codes + 1, minlength=len(self) + 1)

    def counts(self) -> Array:
        """How many rows hold each text."""
        return self._counts[1:]

    @property
    def absent(self) -> int:
        """How many rows have no value."""
        return int(self._counts[0])

    @cached_property
    def missing(self) -> Array:
        """The rows without a value."""
        return np.asarray(self.codes < 0)


Column: TypeAlias = Numbers | Coded


@dataclass(frozen=True, eq=False)
class Batch:
    """Consecutive rows of a table.

    `first` is the number of its first row, counted from 1 through the whole table.
    `lines` answers with the lines of the file at which rows (indices into the
    batch) begin; the numbers of the rows where the file has no lines. `path` is the
    file as messages call it, where the table has several. Where the rows are a choice
    of them, `index` has the place of each, counted from `first`.
    """

    first: int
    rows: int
    columns: dict[str, Column]
    lines: Callable[[Array], Array]
    size: int = field(default=0)  # bytes of the file that it took
    path: str = ""
    index: Array | None = None

    def numbers(self, rows: Array) -> Array:
        """The numbers of rows (indices into the batch) in the whole table."""
        return (rows if self.index is None else self.index[rows]) + self.first


_LEAST, _MOST = -(2**63), 2**63 - 1
_NUMERIC_STARTS = frozenset("0123456789+-.nNiI \t\n\r\x0b\x0c")
# Python refuses to read longer integers; they are far beyond 64 bits anyway.
_LONGEST = 4_000


def parse(text: str) -> tuple[Kind, Number | None]:
    """The type of a cell that is not missing, and the number that it spells.

    Floats are rounded to 32 bits, as TFDV stores those it reads from text.
    """
    if text[:1] not in _NUMERIC_STARTS or len(text) > _LONGEST:
        return Kind.STRING, None
    cell = utf8(text)
    try:
        number = int(cell)
    except ValueError:
        pass
    else:
        within = _LEAST <= number <= _MOST
        return (Kind.INT, number) if within else (Kind.STRING, None)
    try:
        return Kind.FLOAT, to_float32(float(cell))
    except ValueError:
        return Kind.STRING, None


def utf8(text: str) -> bytes:
    """The bytes of a text, even of one that JSON wrote with half a surrogate pair."""
    return text.encode("utf-8", "surrogatepass")


def to_float32(number: float) -> float:
    """The nearest 32-bit float, infinite where there is none."""
    with np.errstate(over="ignore"):
        return float(np.float32(number))


def round_to_float32(values: Array) -> Array:
    """The same of an array, in 64-bit floats that hold 32-bit values."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32).astype(np.float64)


def coded(codes: Array, texts: Sequence[str], *, parsed: bool = True) -> Coded:
    """A column of texts; with `parsed` false they are strings whatever they spell."""
    if parsed:
        return Coded(codes, texts)
    kinds = np.full(len(texts), Kind.STRING, np.uint8)
    return Coded(codes, texts, kinds, [None] * len(texts))


# The letters of `nan`, `infinity` and `1e5`, blanks, and what else numbers have.
_PERHAPS = r"^[-+0-9._eEnNaAiIfFtTyY \t\n\r\v\f]+$"
_INTEGER = r"^-?[0-9]{1,18}$"
_FLOAT = r"^-?[0-9]{1,18}\.[0-9]{1,18}$"


def spelled(texts: Any) -> tuple[Array, Array, Array]:
    """Of Arrow's texts the types and numbers as `parse` tells them.

    The numbers come as int64, 0 where a text is no integer, and as float64 rounded
    to 32 bits, 0 where it is none.
    """
    kinds = np.full(len(texts), Kind.STRING, np.uint8)
    integers, floats = np.zeros(len(texts), np.int64), np.zeros(len(texts))
    places = np.flatnonzero(buffers.matches(texts, _PERHAPS))
    if not len(places):
        return kinds, integers, floats
    texts = buffers.take(texts, places)
    whole, real = (buffers.matches(texts, form) for form in (_INTEGER, _FLOAT))
    kinds[places[whole]] = Kind.INT
    integers[places[whole]] = buffers.parsed(texts, whole, "i8")
    floats[places[whole]] = round_to_float32(integers[places[whole]])
    kinds[places[real]] = Kind.FLOAT
    floats[places[real]] = round_to_float32(buffers.parsed(texts, real, "f8"))
    odd = np.flatnonzero(~(whole | real))
    for place, text in zip(places[odd].tolist(), buffers.strings(texts, odd)):
        kinds[place], number = parse(text)
        if isinstance(number, int):
            integers[place] = number
        if number is not None:
            floats[place] = to_float32(number)
    return kinds, integers, floats


def without(column: Coded, texts: Collection[str]) -> Coded:
    """The column with the cells that hold one of these texts missing."""
    if not texts:
        return column
    kept = [i for i, text in enumerate(column.texts) if text not in texts]
    if len(kept) == len(column.texts):
        return column
    place = np.full(len(column.texts) + 1, -1)  # one more, for the missing
    place[kept] = np.arange(len(kept))
    return Coded(
        place[column.codes],
        [column.texts[i] for i in kept],
        column.kinds[kept],
        [column.numbers[i] for i in kept],
    )
