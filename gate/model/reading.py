"""A file of predictions -> Predictions, or a clear word on what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from gate import typed
from gate.data import parts
from gate.data.columns import Array, Coded, Column, Kind
from gate.data.source import Source
from gate.model import labels, tables
from gate.model.predictions import Predictions
from gate.model.slicing import columns_of
from gate.model.spec import Spec, Task
from gate.model.tables import Table

LISTS = "predictions__probabilities"  # the What-If Tool's: a score for each class
NUMBERS = "predictions"  # its predictions of a regression
_PREFIX = "score_"
_NA = ("NaN", "nan")
_MAX_CLASSES = 1_000
_MOST = 1e70  # of a number: the fourth power of their sum has to be finite
_INTEGER_CLASSES = 20  # more distinct whole numbers may as well be a regression


def read(
    spec: Spec,
    path: Path,
    *,
    shown: str = "",
    is_base: bool = False,
    task: Task | None = None,
) -> Predictions:
    """The predictions in a file: CSV, JSON lines, Parquet or Arrow.

    Those of a base need no labels; `task` is what its head's are.

    Raises:
        DataError: it cannot be read, lacks a column that is named, or holds what is
            no prediction; names the line, where there is one.
    """
    source = Source(path=path, shown=shown, na_values=_NA, exact=True)
    names = tables.names(source)
    found = _Columns(spec, source, names, is_base)
    return _Reading(spec, found, found.task(task or spec.task)).read()


class _Columns:
    """Which columns of the file are what."""

    def __init__(
        self, spec: Spec, source: Source, names: list[str], is_base: bool
    ) -> None:
        self.spec = spec
        self.source = source
        self.names = names
        self.is_base = is_base
        default = Spec()
        self.id = self.optional(spec.id, default.id)
        self.label = (
            self.optional(spec.label, spec.label)
            if is_base
            else self.required(spec.label, "labels")
        )
        self.weight = self.optional(spec.weight, "") if spec.weight else ""
        self.scores = tuple(spec.scores) or tuple(
            labels.in_order([n for n in names if n.startswith(_PREFIX)])
        )
        for name in spec.scores:
            self.required(name, "scores")
        if not is_base:
            for name in sorted(columns_of(spec)):
                self.required(name, "slices")

    def optional(self, name: str, default: str) -> str:
        """A column that need not be there unless it is asked for by its name."""
        if name in self.names:
            return name
        return "" if name == default or self.is_base else self.required(name, "")

    def required(self, name: str, what: str) -> str:
        """A column that has to be there.

        Raises:
            DataError: it is not; names the nearest and all that are.
        """
        if name in self.names:
            return name
        some = ", ".join(f"`{n}`" for n in self.names[:12])
        more = ", …" if len(self.names) > 12 else ""
        near = typed.nearest(name, self.names)
        for_what = f" with the {what}" if what else ""
        raise self.source.error(
            f"no column `{name}`{for_what}",
            hint=f"{near} the columns are {some}{more}".lstrip(),
        )

    def task(self, wanted: Task | None) -> Task:
        """What the model predicts, as told or as the columns tell.

        Raises:
            DataError: they do not.
        """
        if wanted is not None:
            return wanted
        if self.spec.score in self.names:
            return Task.BINARY
        if len(self.scores) > 1:
            return Task.MULTICLASS
        if LISTS in self.names:
            return self._by_length()
        if self.spec.pred in self.names:
            return self._by_values(self.spec.pred)
        if NUMBERS in self.names:
            return Task.REGRESSION
        hint = f"name it: `score: COLUMN` or `pred: COLUMN` of {_some(self.names)}"
        raise self.source.error("no column with predictions", hint=hint)

    def _by_length(self) -> Task:
        table = tables.read(self.source, {LISTS: Kind.STRING})
        width = _lists(table, LISTS).shape[1]
        return Task.BINARY if width == 2 else Task.MULTICLASS

    def _by_values(self, name: str) -> Task:
        """As scikit-learn's `type_of_target`: fractions are numbers, others classes."""
        table = tables.read(self.source, {})
        for column in (table.columns[name], table.columns[self.label or name]):
            values = tables.floats(column)
            if values is None:
                return Task.MULTICLASS
            values = values[np.isfinite(values)]
            if np.any(values != np.floor(values)):
                return Task.REGRESSION
            if len(np.unique(values)) > _INTEGER_CLASSES:
                hint = "say `task: regression` or `task: multiclass`"
                what = f"`{name}` may be classes or numbers"
                raise self.source.error(what, hint=hint)
        return Task.MULTICLASS


def _some(names: Sequence[str]) -> str:
    return ", ".join(f"`{n}`" for n in names[:12]) + (", …" if len(names) > 12 else "")


@dataclass
class _Lack:
    """Rows that cannot be judged, by what they lack."""

    kept: Array
    counts: dict[str, int]

    def without(self, what: str, bad: Array) -> None:
        lost = int(np.count_nonzero(bad & self.kept))
        if lost:
            self.counts[what] = lost
            self.kept &= ~bad


class _Reading:
    """One reading: the table, and what is made of its columns."""

    def __init__(self, spec: Spec, found: _Columns, task: Task) -> None:
        self.spec = spec
        self.found = found
        self.task = task
        self.source = found.source
        self.table = self._table()
        rows = self.table.rows
        if not rows:
            raise self.source.error("no rows", hint="write the predictions again")
        self.lack = _Lack(np.ones(rows, bool), {})

    def _table(self) -> Table:
        """The table; texts where a spelling counts, and numbers where a number does."""
        found, spec = self.found, self.spec
        classes = self.task is not Task.REGRESSION
        sliced = columns_of(spec, cut=False)
        kinds = dict.fromkeys((LISTS, *sliced), Kind.STRING)
        if found.id and parts.of(self.source)[0].format == "csv":
            kinds[found.id] = Kind.STRING  # where `007` has no type of its own
        if classes:
            kinds |= dict.fromkeys((found.label, spec.pred), Kind.STRING)
        floats = [spec.score, *found.scores, found.weight]
        floats += [] if classes else [found.label, spec.pred, NUMBERS]
        kinds |= {name: Kind.FLOAT for name in floats if name and name not in kinds}
        only = frozenset({*kinds, found.id}) if found.is_base else None
        return tables.read(self.source, kinds, only)

    def read(self) -> Predictions:
        """All of it."""
        weight = self.weight()
        label, predicted, score, classes = {
            Task.BINARY: self.binary,
            Task.MULTICLASS: self.multiclass,
            Task.REGRESSION: self.regression,
        }[self.task]()
        kept = np.flatnonzero(self.lack.kept)
        if not len(kept):
            counts = ", ".join(f"{n:,} {what}" for what, n in self.lack.counts.items())
            hint = "look at the columns that the specification names"
            raise self.source.error(f"no row can be judged: {counts}", hint=hint)
        all_kept = len(kept) == self.table.rows
        made = Predictions(
            task=self.task,
            label=label,
            predicted=predicted,
            score=score,
            weight=weight,
            ids=self.ids(),
            classes=classes,
            columns=self.others(),
            rows=np.arange(self.table.rows),
            left_out=self.lack.counts,
            path=self.source.shown,
        )
        return made if all_kept else made.take(kept)

    def others(self) -> dict[str, Column]:
        """The columns that are not the prediction itself; sliced ones are."""
        found, spec = self.found, self.spec
        own = {found.id, found.label, found.weight, *found.scores, LISTS, NUMBERS}
        own |= {spec.score} if self.task is Task.BINARY else {spec.pred}
        own -= columns_of(spec)
        return {n: c for n, c in self.table.columns.items() if n not in own}

    def ids(self) -> Any:
        """The identifiers, an array of Arrow's texts."""
        if not self.found.id:
            return None
        column = self.table.columns[self.found.id]
        ids = tables.texts(column)
        if ids.null_count:
            row = ids.is_null().to_pylist().index(True)
            hint = "rows are joined to those of the base by it; give each one"
            self.refuse(row, f"`{self.found.id}` is missing", hint)
        if tables.distinct(column) < len(ids):
            row, text = _repeated(ids.to_pylist())
            hint = "name a column that tells each row by `id:`"
            self.refuse(row, f"`{self.found.id}` has {text[:60]!r} twice", hint)
        return ids

    def weight(self) -> Array | None:
        """The weights, none of them negative."""
        if not self.found.weight:
            return None
        weight = self.numbers(self.found.weight)
        self.lack.without("without a weight", np.isnan(weight))
        negative = weight < 0
        if negative.any():
            row = int(np.argmax(negative))
            hint = "a weight is how much a row counts, 0 or more"
            self.refuse(row, f"`{self.found.weight}` is {weight[row]:g}", hint)
        return weight

    def numbers(self, name: str) -> Array:
        """A column of finite numbers, NaN where missing."""
        column = self.table.columns[name]
        values = tables.floats(column)
        if values is None:
            assert isinstance(column, Coded)
            odd = [labels.number(text) is None for text in column.texts]
            row = int(np.argmax(np.append(odd, False)[column.codes]))
            text = column.texts[int(column.codes[row])]
            hint = "leave the cell empty where there is none"
            self.refuse(row, f"`{name}` is {text[:40]!r}, no number", hint)
        beyond = np.abs(values) > _MOST
        if beyond.any():
            row = int(np.argmax(beyond))
            what = "infinite" if np.isinf(values[row]) else f"beyond {_MOST:g}"
            hint = "leave the cell empty where there is none"
            self.refuse(row, f"`{name}` is {what}", hint)
        return values

    def refuse(self, row: int, message: str, hint: str) -> NoReturn:
        """What is wrong with a row, and the line at which it is."""
        raise self.source.error(message, line=self.table.line(row), hint=hint)

    def coded(self, name: str, what: str) -> Coded:
        """A column of labels or classes as texts; rows without one are left out."""
        column = self.table.columns[name]
        if not isinstance(column, Coded):  # nothing but missing cells
            column = Coded(np.full(self.table.rows, -1, np.int32), [])
        self.lack.without(what, column.codes < 0)
        if len(column) > _MAX_CLASSES:
            raise self.source.error(
                f"`{name}` has {len(column):,} different values, over {_MAX_CLASSES:,}",
                hint="name the column with the classes, or say `task: regression`",
            )
        return column

    def binary(self) -> tuple[Array | None, Array, Array, tuple[str, ...]]:
        """Labels as truth values, decisions, scores."""
        spec = self.spec
        if spec.score in self.table.columns:
            score = self.numbers(spec.score)
        elif LISTS in self.table.columns:
            score = self.lists(2)[:, 1]
        else:
            self.found.required(spec.score, "scores")
        self.lack.without("without a score", np.isnan(score))
        with np.errstate(invalid="ignore"):
            decided = score >= spec.threshold
        label = None
        if self.found.label:
            column = self.coded(self.found.label, "without a label")
            true = labels.positives(column.texts, spec.positive, self.source)
            label = np.append(np.array(true, bool), False)[column.codes]
        return label, decided, score, ()

    def multiclass(
        self,
    ) -> tuple[Array | None, Array, Array | None, tuple[str, ...]]:
        """Labels and decisions as codes, and the scores of each class."""
        from gate.model import classes

        return classes.read(self)

    def regression(self) -> tuple[Array | None, Array, None, tuple[str, ...]]:
        """Labels and predictions as numbers."""
        names = (self.spec.pred, NUMBERS)
        name = next((n for n in names if n in self.table.columns), "")
        predicted = self.numbers(name or self.found.required(self.spec.pred, ""))
        self.lack.without("without a prediction", np.isnan(predicted))
        label = None
        if self.found.label:
            label = self.numbers(self.found.label)
            self.lack.without("without a label", np.isnan(label))
        return label, predicted, None, ()

    @property
    def has_lists(self) -> bool:
        """Whether the scores are the What-If Tool's."""
        return LISTS in self.table.columns

    def lists(self, width: int = 0) -> Array:
        """The What-If Tool's lists of scores, shape (n, k)."""
        found = _lists(self.table, LISTS)
        if width and found.shape[1] != width:
            raise self.source.error(
                f"`{LISTS}` has {found.shape[1]} scores a row, where {width} are"
                " expected",
                hint="say `task: multiclass` for more than two classes",
            )
        return found


def _lists(table: Table, name: str) -> Array:
    """Lists of numbers written as `0.2|0.8` or `[0.2, 0.8]`; NaN where missing.

    Raises:
        DataError: they are not all of one length, or hold no numbers.
    """
    import pyarrow as arrow
    from pyarrow import compute

    texts = tables.texts(table.columns[name])
    plain = compute.replace_substring_regex(texts, r"[\[\]\s]", "")
    plain = compute.replace_substring(plain, ",", "|")
    parts = compute.split_pattern(plain, "|").drop_null()
    lengths = compute.unique(compute.list_value_length(parts)).to_pylist()
    hint = f"write a score for each class, as 0.2|0.8, in each row of `{name}`"
    try:
        flat = parts.flatten().cast(arrow.float64()).to_numpy(zero_copy_only=False)
    except arrow.ArrowInvalid:
        raise table.source.error(f"`{name}` holds no numbers", hint=hint) from None
    if len(lengths) != 1 or lengths[0] < 2:
        raise table.source.error(f"`{name}` has not one length", hint=hint)
    if not np.all(np.abs(flat) <= _MOST):
        raise table.source.error(f"`{name}` holds infinite scores", hint=hint)
    found = np.full((table.rows, lengths[0]), np.nan)
    there = np.array(texts.is_valid().to_pylist(), bool)
    found[there] = flat.reshape(-1, lengths[0])
    return found


def _repeated(texts: list[str]) -> tuple[int, str]:
    """The first text that was there before, and where it is again."""
    seen = set()
    for row, text in enumerate(texts):
        if text in seen:
            return row, text
        seen.add(text)
    raise AssertionError
