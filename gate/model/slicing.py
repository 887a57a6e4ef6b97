"""The slices of the rows: by a column, by two crossed, by parts of a number's range."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gate.data.columns import Array, Coded, Column
from gate.errors import ConfigError
from gate.model import labels, tables
from gate.model.spec import Bins, SliceSpec, Spec

MISSING = "?"
MAX_SLICES = 500  # of one entry
_BUCKETS = 2


@dataclass(frozen=True, eq=False)
class Slices:
    """All the slices of one entry under `slices:`; each row is in just one.

    `column` names the entry (`sex`, crossed `sex/region`), `names` the slices in order
    (`f`, crossed `f/north`, `?` where the value is missing), and `codes` (int32, shape
    (n,)) has the index into `names` of each row.
    """

    column: str
    names: tuple[str, ...]
    codes: Array

    def __len__(self) -> int:
        """How many slices there are."""
        return len(self.names)


def columns_of(spec: Spec, *, cut: bool = True) -> set[str]:
    """The columns that rows are sliced by; without those that are `cut`, if asked."""
    parts = [part for entry in spec.slices for part in _parts(entry)]
    names = {part for part in parts if isinstance(part, str)}
    numeric = set(_numeric(spec))
    if not cut:
        return names - numeric
    return names | numeric | {part.column for part in parts if isinstance(part, Bins)}


def of(spec: Spec, columns: Mapping[str, Column]) -> tuple[Slices, ...]:
    """The slices of each entry, in the order of the entries.

    Names are in order: numbers as numbers, texts as texts, a missing value last. Only
    slices with rows are there. A column of `numeric_slices` is cut so in each entry,
    and is an entry of its own if it is in none.

    Raises:
        ConfigError: an entry would give over MAX_SLICES, cuts what is no number, or
            is there twice.
    """
    numeric = _numeric(spec)
    if () in spec.slices:
        raise ConfigError("an entry of `slices` is empty", hint="name its columns")
    named = {part for entry in spec.slices for part in _parts(entry)}
    entries = [*spec.slices, *(name for name in numeric if name not in named)]
    made = [_of_entry(entry, columns, numeric) for entry in entries]
    names = [slices.column for slices in made]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        hint = "leave one of them out"
        raise ConfigError(f"two slices are called `{twice[0]}`", hint=hint)
    return tuple(made)


def _parts(entry: SliceSpec) -> tuple[str | Bins, ...]:
    return entry if isinstance(entry, tuple) else (entry,)


def _numeric(spec: Spec) -> dict[str, int | tuple[float, ...]]:
    """For each column that is cut into equal widths how many, or where."""
    if isinstance(spec.numeric_slices, dict):
        return dict(spec.numeric_slices)
    return {
        one if isinstance(one, str) else one.column: (
            _BUCKETS if isinstance(one, str) else one.buckets
        )
        for one in spec.numeric_slices
    }


def _of_entry(
    entry: SliceSpec,
    columns: Mapping[str, Column],
    numeric: Mapping[str, int | tuple[float, ...]],
) -> Slices:
    made = [
        (
            _equal_width(part, numeric[part], columns[part])
            if isinstance(part, str) and part in numeric
            else _of_part(part, columns)
        )
        for part in _parts(entry)
    ]
    crossed = made[0]
    for other in made[1:]:
        column = f"{crossed.column}/{other.column}"
        names = [f"{a}/{b}" for a in crossed.names for b in other.names]
        codes = crossed.codes.astype(np.int64) * len(other) + other.codes
        crossed = _used(column, names, codes)
    return crossed


def _of_part(part: str | Bins, columns: Mapping[str, Column]) -> Slices:
    if isinstance(part, str):
        return _by_value(part, columns[part])
    if part.bins and part.quantiles or not (part.bins or part.quantiles):
        hint = "as `{column: age, bins: [0, 30, 60]}` or `{column: age, quantiles: 4}`"
        raise ConfigError(f"`{part.column}` needs one of bins and quantiles", hint=hint)
    values = _numbers(part.column, columns[part.column])
    if part.bins:
        return _cut(part.column, values, sorted(set(part.bins)))
    present = values[np.isfinite(values)]
    shares = np.arange(1, part.quantiles) / part.quantiles if part.quantiles else ()
    inner = np.quantile(present, shares) if len(present) else np.zeros(0)
    return _cut(part.column, values, _around(present, inner))


def _by_value(name: str, column: Column) -> Slices:
    """A slice for each value, `?` where it is missing."""
    if not isinstance(column, Coded):  # all is missing, or nobody asked for texts
        column = _as_texts(column)
    used = np.bincount(column.codes + 1, minlength=len(column) + 1) > 0
    _check(name, int(np.count_nonzero(used)))
    texts = column.texts
    present = [texts[i] for i in np.flatnonzero(used[1:])]
    names = labels.in_order(set(present))
    place = {text: code for code, text in enumerate(names)}
    codes = [place.get(text, 0) for text in texts]
    if used[0]:
        # A slice of rows that say `?` is the same.
        if MISSING not in place:
            names.append(MISSING)
        codes.append(names.index(MISSING))
    else:
        codes.append(0)
    return Slices(name, tuple(names), np.array(codes, np.int32)[column.codes])


def _as_texts(column: Column) -> Coded:
    from gate.data import buffers

    texts = tables.texts(column).dictionary_encode()
    codes = buffers.places(texts.indices).astype(np.int32)
    return Coded(codes, texts.dictionary)


def _numbers(name: str, column: Column) -> Array:
    values = tables.floats(column)
    if values is None:
        hint = "slice by its values: name it without bins"
        raise ConfigError(f"`{name}` is not a column of numbers", hint=hint)
    return values


def _equal_width(name: str, buckets: int | tuple[float, ...], column: Column) -> Slices:
    """The What-If Tool's slices: parts of equal width, their edges rounded.

    The inner edges have `1 - floor(log10(std))` decimals. A column with no more values
    than parts is sliced by its values.
    """
    values = _numbers(name, column)
    if isinstance(buckets, tuple):
        return _cut(name, values, sorted(set(buckets)))
    present = values[np.isfinite(values)]
    if len(np.unique(present)) <= buckets:
        return _by_value(name, column)
    decimals = 1 - math.floor(math.log10(float(np.std(present, ddof=1))))
    least, most = float(present.min()), float(present.max())
    width = (most - least) / buckets
    inner = [round(least + i * width, decimals) for i in range(1, buckets)]
    return _cut(name, values, _around(present, np.array(inner)))


def _around(present: Array, inner: Array) -> list[float]:
    """Edges from the least to the greatest value, each once."""
    if not len(present):
        return [0.0, 1.0]
    least, most = float(present.min()), float(present.max())
    between = [float(edge) for edge in np.unique(inner) if least < edge < most]
    return [least, *between, most]


def _cut(name: str, values: Array, edges: list[float]) -> Slices:
    """`[lo, hi)` for each two edges, the last closed; what is beyond, or missing."""
    if len(edges) < 2:
        edges = [*edges, *edges][:2]
    _check(name, len(edges))
    spelled = [f"{edge:.12g}" for edge in edges]
    parts = [f"[{low}, {high})" for low, high in zip(spelled, spelled[1:])]
    parts[-1] = parts[-1][:-1] + "]"
    names = [f"< {spelled[0]}", *parts, f"> {spelled[-1]}", MISSING]
    codes = np.searchsorted(np.array(edges), values, side="right")
    codes[values == edges[-1]] = len(edges) - 1
    codes[np.isnan(values)] = len(names) - 1
    return _used(name, names, codes)


def _used(column: str, names: Sequence[str], codes: Array) -> Slices:
    """Only the slices that have rows."""
    used = np.flatnonzero(np.bincount(codes, minlength=len(names)))
    _check(column, len(used))
    place = np.zeros(len(names), np.int32)
    place[used] = np.arange(len(used))
    return Slices(column, tuple(names[i] for i in used.tolist()), place[codes])


def _check(name: str, count: int) -> None:
    if count > MAX_SLICES:
        raise ConfigError(
            f"`{name}` has {count:,} different values, too many to slice by",
            hint=f"the most are {MAX_SLICES}; leave it out, or cut numbers:"
            f" `{{column: {name}, quantiles: 4}}`",
        )
