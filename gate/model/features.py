"""The columns that a model sees: numbers as float64 or int64, texts as codes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from gate.data import columns
from gate.data.columns import Array, Coded, Column, Kind, Numbers
from gate.errors import ConfigError

FeatureKind: TypeAlias = Literal["int", "float", "cat"]
Value: TypeAlias = int | float | str


@dataclass(frozen=True, eq=False)
class Feature:
    """One column of n rows.

    `values` are int64 or float64 of numbers, and int32 codes into `texts` of a `cat`.
    `missing` is bool, shape (n,); what `values` holds there means nothing. A number
    that is not finite counts as missing.
    """

    name: str
    kind: FeatureKind
    values: Array
    missing: Array
    texts: tuple[str, ...] = ()

    @cached_property
    def has_missing(self) -> bool:
        """Whether a row has no value."""
        return bool(self.missing.any())

    def present(self) -> Array:
        """The values of the rows that have one."""
        return self.values[~self.missing] if self.has_missing else self.values

    def take(self, rows: Array) -> Feature:
        """The same of some rows, in their order."""
        values, missing = self.values[rows], self.missing[rows]
        return Feature(self.name, self.kind, values, missing, self.texts)

    def value(self, text: str) -> Value:
        """What a text stands for in this column: 3 for `3` where it holds integers.

        Raises:
            ConfigError: the column holds numbers, and the text is none.
        """
        if self.kind == "cat":
            return text
        kind, number = columns.parse(text)
        if kind is Kind.INT and self.kind == "int":
            return int(columns.utf8(text))
        if number is None or not math.isfinite(float(columns.utf8(text))):
            hint = f"column `{self.name}` holds numbers"
            raise ConfigError(f"`{text[:80]}` is no number", hint=hint)
        return float(columns.utf8(text))


def of(
    table: Mapping[str, Column],
    wanted: Sequence[str] | Mapping[str, FeatureKind] = (),
) -> tuple[Feature, ...]:
    """The features by their names, in the order wanted; all columns if none is named.

    A column of numbers is a `cat` where it is wanted as one, by its texts. Without a
    word, a column is numeric if all its values are numbers.

    Raises:
        ConfigError: a column is not there, or is wanted as numbers and holds texts.
    """
    for name in wanted:
        if name not in table:
            known = ", ".join(list(table)[:20])
            raise ConfigError(f"no column `{name}`", hint=f"the columns are {known}")
    kinds = wanted if isinstance(wanted, Mapping) else {}
    names = tuple(wanted) or tuple(table)
    return tuple(feature(name, table[name], kinds.get(name)) for name in names)


def find(frame: Sequence[Feature], name: str) -> Feature:
    """The feature of a name.

    Raises:
        ConfigError: there is none.
    """
    for one in frame:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in frame[:20])
    raise ConfigError(f"no feature `{name}`", hint=f"the features are {known}")


def feature(name: str, column: Column, kind: FeatureKind | None = None) -> Feature:
    """A column as a feature, of a kind if one is asked for.

    Raises:
        ConfigError: it is asked for as numbers and holds texts.
    """
    if isinstance(column, Numbers):
        values = column.values
        missing = (
            np.zeros(len(values), bool) if column.missing is None else (column.missing)
        )
    else:
        if kind == "cat" or (kind is None and not _spells_numbers(column)):
            codes = column.codes.astype(np.int32)
            return Feature(name, "cat", codes, codes < 0, tuple(column.texts))
        values, missing = _numbers(name, column), column.missing
    return _cast(name, values, missing, kind)


def _cast(
    name: str, values: Array, missing: Array, kind: FeatureKind | None
) -> Feature:
    if values.dtype.kind == "f":
        missing = missing | ~np.isfinite(values)
    if kind == "cat":
        found, codes = np.unique(values, return_inverse=True)
        texts = tuple(str(value) for value in found.tolist())
        codes = np.where(missing, -1, codes).astype(np.int32)
        return Feature(name, "cat", codes, missing, texts)
    if kind == "float" or values.dtype.kind == "f" and kind is None:
        return Feature(name, "float", values.astype(np.float64), missing)
    if values.dtype.kind == "f":
        values = np.where(missing, 0, values)
        if not np.array_equal(values, np.trunc(values)):
            hint = "call it a `float` under `features`"
            raise ConfigError(f"column `{name}` holds fractions", hint=hint)
    return Feature(name, "int", values.astype(np.int64), missing)


def _kinds(column: Coded) -> Array:
    """What each text that occurs spells, whatever the column was read as."""
    kinds: Array = columns.spelled(column.array)[0]
    return np.where(column.counts() > 0, kinds, Kind.INT)


def _spells_numbers(column: Coded) -> bool:
    return column.absent < len(column.codes) and not np.any(
        _kinds(column) == Kind.STRING
    )


def _numbers(name: str, column: Coded) -> Array:
    """The numbers that the texts spell, in 64 bits: statistics round to 32."""
    kinds, used = _kinds(column), column.counts() > 0
    if np.any(kinds == Kind.STRING):
        text = column.texts[int(np.argmax(kinds == Kind.STRING))]
        raise ConfigError(
            f"column `{name}` holds `{text[:80]}`, which is no number",
            hint="call it a `cat` under `features`",
        )
    floats = bool(np.any(kinds == Kind.FLOAT))
    read = float if floats else int
    pairs = zip(column.texts, used.tolist(), strict=True)
    table = [read(columns.utf8(text)) if is_used else 0 for text, is_used in pairs]
    numbers = np.array([*table, 0], np.float64 if floats else np.int64)
    return numbers[column.codes]
