"""The predictions of a change beside those of its base, on the rows that both have."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gate.data.columns import Array
from gate.model import changing, delong, joining, losses, resampling, significance
from gate.model.changing import Change, Function
from gate.model.delong import Areas
from gate.model.joining import Pair
from gate.model.predictions import Predictions
from gate.model.resampling import Cells, Joint
from gate.model.slicing import Slices
from gate.model.spec import Task

_ALWAYS = {
    Task.BINARY: ("accuracy", "roc_auc"),
    Task.MULTICLASS: ("accuracy",),
    Task.REGRESSION: ("mae",),
}


@dataclass(frozen=True)
class Flips:
    """Rows that are decided differently: the class before and after, and how many.

    Most frequent first; `total` counts them all, `n` all rows.
    """

    pairs: tuple[tuple[int, int, int], ...]
    total: int
    n: int

    @property
    def rate(self) -> float:
        """The share of the rows."""
        return self.total / self.n if self.n else 0.0


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Head and base on the rows of one slice, or on all.

    `gained` counts the rows that only the head gets right, `lost` those that only the
    base does. These and the flips are None where numbers are predicted.
    """

    n: int
    changes: dict[str, Change]
    gained: int | None = None
    lost: int | None = None
    flips: Flips | None = None
    areas: Areas | None = None
    wilcoxon_p: float | None = None

    @property
    def wald_se(self) -> float | None:
        """The standard error of the difference of accuracies, of rows that all count
        the same."""
        if not self.n or self.gained is None or self.lost is None:
            return None
        off = self.gained + self.lost - (self.gained - self.lost) ** 2 / self.n
        return math.sqrt(max(0.0, off)) / self.n


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Both on the `matched` rows, and how many only one has.

    `relabelled` rows have another label at the base: both are held to the head's.
    `lost` and `new` name the first that only the base, and only the head, has. `slices`
    has those of each entry, by its name and theirs.
    """

    task: Task
    classes: tuple[str, ...]
    matched: int
    only_head: int
    only_base: int
    relabelled: int
    lost: tuple[str, ...]
    new: tuple[str, ...]
    overall: Compared
    slices: dict[str, dict[str, Compared]]


def compare(
    head: Predictions,
    base: Predictions,
    slices: Sequence[Slices] = (),
    metrics: Sequence[str] = (),
    functions: Mapping[str, Function] | None = None,
) -> Comparison | None:
    """Both on the rows with the same identifiers; None where there are none.

    `metrics` are compared beside those that always are: the accuracy and the area under
    the ROC curve, or the mean absolute error; on slices only the accuracy and the mean
    absolute error are. `functions` compute those that hang on more than counts, means
    and areas. DataError where the tasks differ.
    """
    pair = joining.join(head, base)
    if pair is None:
        return None
    work = _Work(pair, tuple(metrics), functions or {})
    return Comparison(
        task=pair.task,
        classes=pair.classes,
        matched=len(pair),
        only_head=pair.only_head,
        only_base=pair.only_base,
        relabelled=pair.relabelled,
        lost=pair.lost,
        new=pair.new,
        overall=work.overall(),
        slices={one.column: work.of_slices(one) for one in slices},
    )


class _Work:
    """What is computed once for all slices."""

    def __init__(
        self, pair: Pair, metrics: tuple[str, ...], functions: Mapping[str, Function]
    ) -> None:
        self.pair = pair
        self.metrics = metrics
        self.functions = functions
        self.joint: Joint | None = None
        if pair.task is not Task.REGRESSION:
            classes = 2 if pair.task is Task.BINARY else len(pair.classes)
            sides = (pair.label, pair.head, pair.base)
            self.joint = resampling.joint(*sides, classes, pair.weight)

    def overall(self) -> Compared:
        names = dict.fromkeys((*_ALWAYS[self.pair.task], *self.metrics))
        return self._compared(tuple(names), None)[0]

    def of_slices(self, slices: Slices) -> dict[str, Compared]:
        """Of each slice by its name; without rows where only the head has some."""
        names = dict.fromkeys((_ALWAYS[self.pair.task][0], *self.metrics))
        return dict(
            zip(slices.names, self._compared(tuple(names), slices), strict=True)
        )

    def _compared(self, names: tuple[str, ...], slices: Slices | None) -> list[Compared]:
        count = 1 if slices is None else len(slices.names)
        codes = None if slices is None else self.pair.of_head(slices.codes)
        cells: list[Cells | None] = [None] * count
        if self.joint is not None:
            cells = list(self.joint.cells(codes, count))
        areas: list[Areas | None] = [None] * count
        if "roc_auc" in names and self.pair.head_score is not None:
            areas = self._areas(codes, count)
        wanted = {*losses.of_task(self.pair.task), *self.functions}
        parts: Iterator[Pair] = iter([self.pair] * count)
        if codes is not None and wanted.intersection(names):
            parts = _parts(self.pair, codes, count)
        sizes = np.bincount(codes, minlength=count) if codes is not None else [len(self.pair)]
        return [
            self._one(names, int(size), *each)
            for size, *each in zip(sizes, cells, areas, parts, strict=True)
        ]

    def _areas(self, codes: Array | None, count: int) -> list[Areas | None]:
        pair = self.pair
        if pair.task is not Task.BINARY:
            return [None] * count
        scores = (pair.head_score, pair.base_score)
        return delong.compare(pair.label, *scores, codes, count, pair.weight)

    def _one(
        self,
        names: tuple[str, ...],
        n: int,
        cells: Cells | None,
        areas: Areas | None,
        part: Pair,
    ) -> Compared:
        changes: dict[str, Change] = {}
        if n and cells is not None:
            changes |= changing.of_counts(cells, names, part)
        if n and "roc_auc" in names and self.pair.task is Task.BINARY:
            changes["roc_auc"] = changing.of_areas(areas)
        if n:
            changes |= changing.of_means(part, names)
        for name in names:
            if n and name in self.functions and name not in changes:
                changes[name] = changing.of_function(part, name, self.functions[name])
        gained, lost = (None, None) if cells is None else cells.gained_and_lost
        return Compared(
            n=n,
            changes=changes,
            gained=gained,
            lost=lost,
            flips=None if cells is None else _flips(cells),
            areas=areas,
            wilcoxon_p=_wilcoxon(part) if n and cells is None else None,
        )


def _parts(pair: Pair, codes: Array, count: int) -> Iterator[Pair]:
    """The rows of each slice."""
    small = codes.astype(np.uint16) if count < 2**16 else codes  # sorts quickly
    order = np.argsort(small, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=count))
    for rows in np.split(order, ends[:-1]):
        yield pair.of(rows)


def _flips(cells: Cells) -> Flips:
    apart = cells.head != cells.base
    joint = cells.base[apart] * cells.classes + cells.head[apart]
    pairs, place = np.unique(joint, return_inverse=True)
    counts = np.bincount(place, cells.count[apart], len(pairs)).astype(np.int64)
    order = np.lexsort([pairs, -counts])
    found = zip(pairs[order].tolist(), counts[order].tolist(), strict=True)
    return Flips(
        pairs=tuple((*divmod(pair, cells.classes), count) for pair, count in found),
        total=int(counts.sum()),
        n=int(cells.count.sum()),
    )


def _wilcoxon(pair: Pair) -> float | None:
    errors = (np.abs(side - pair.label) for side in (pair.head, pair.base))
    one, other = errors
    return significance.wilcoxon(one - other)
