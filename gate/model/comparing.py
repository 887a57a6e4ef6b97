"""The predictions of a change beside those of its base, on the rows that both have."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from gate.data.columns import Array
from gate.model import changing, delong, joining, matrices, significance
from gate.model.changing import Change
from gate.model.delong import Areas
from gate.model.joining import Pair
from gate.model.predictions import Predictions
from gate.model.resampling import Cells
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
) -> Comparison | None:
    """Both on the rows with the same identifiers; None where there are none.

    `metrics` are compared beside those that always are: the accuracy and the area under
    the ROC curve, or the mean absolute error; of these on slices the area is not.

    Raises:
        DataError: the tasks are not the same.
    """
    pair = joining.join(head, base)
    if pair is None:
        return None
    work = _Work(pair, tuple(metrics))
    return Comparison(
        task=head.task,
        classes=pair.head.classes,
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

    def __init__(self, pair: Pair, metrics: tuple[str, ...]) -> None:
        self.pair = pair
        self.metrics = metrics
        self.joint = matrices.joint(pair)

    def overall(self) -> Compared:
        names = (*_ALWAYS[self.pair.head.task], *self.metrics)
        return self._compared(names, None, 1)[0]

    def of_slices(self, slices: Slices) -> dict[str, Compared]:
        """By the name of the slice; also those without a row that both have."""
        names = (_ALWAYS[self.pair.head.task][0], *self.metrics)
        codes = self.pair.of_head(slices.codes)
        found = self._compared(names, codes, len(slices))
        return dict(zip(slices.names, found, strict=True))

    def _compared(
        self, names: tuple[str, ...], codes: Array | None, count: int
    ) -> list[Compared]:
        cells: list[Cells | None] = [None] * count
        areas: list[Areas | None] = [None] * count
        if self.joint is not None:
            cells = list(self.joint.cells(codes, count))
        if "roc_auc" in names and self.pair.head.task is Task.BINARY:
            areas = self._areas(codes, count)
        parts: Iterable[Pair] = [self.pair] * count
        if codes is not None and any(_needs_rows(name) for name in names):
            parts = joining.parts(self.pair, codes, count)
        sizes = [len(self.pair)]
        if codes is not None:
            sizes = np.bincount(codes, minlength=count).tolist()
        return [
            self._one(tuple(dict.fromkeys(names)), *each)
            for each in zip(sizes, cells, areas, parts, strict=True)
        ]

    def _areas(self, codes: Array | None, count: int) -> list[Areas | None]:
        head, base = self.pair.head, self.pair.base
        assert head.score is not None and base.score is not None
        sides = (self.pair.label, head.score, base.score)
        return delong.compare(*sides, codes, count, head.weight)

    def _one(
        self,
        names: tuple[str, ...],
        n: int,
        cells: Cells | None,
        areas: Areas | None,
        part: Pair,
    ) -> Compared:
        if not n:
            return Compared(n=0, changes={})
        changes: dict[str, Change] = {}
        if cells is not None:
            changes |= changing.of_decisions(cells, names, part)
        if "roc_auc" in names and part.head.task is Task.BINARY:
            changes["roc_auc"] = changing.of_areas(areas)
        changes |= changing.of_means(part, [n for n in names if n not in changes])
        changes |= changing.of_rows(part, [n for n in names if n not in changes])
        gained, lost = (None, None) if cells is None else cells.gained_and_lost
        return Compared(
            n=n,
            changes={name: changes[name] for name in names if name in changes},
            gained=gained,
            lost=lost,
            flips=None if cells is None else _flips(cells),
            areas=areas,
            wilcoxon_p=_wilcoxon(part) if cells is None else None,
        )


def _needs_rows(name: str) -> bool:
    """Whether a metric needs more than the counts of the decisions, or the areas."""
    return name not in matrices.NAMES and name != "roc_auc"


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
    ours, theirs = (side.predicted - pair.label for side in (pair.head, pair.base))
    return significance.wilcoxon(np.abs(ours) - np.abs(theirs))
