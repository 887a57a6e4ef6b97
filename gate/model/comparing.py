"""The predictions of a change beside those of its base, on the rows that both have."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gate.data.columns import Array
from gate.model import changing, delong, joining, losses, matrices, significance
from gate.model.changing import Change
from gate.model.delong import Areas
from gate.model.joining import Pair
from gate.model.predictions import Predictions
from gate.model.resampling import Cells
from gate.model.slicing import Slices
from gate.model.spec import Task

_PAIRS = 20  # of classes, between which decisions changed, that are printed
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
    # Numbers near the end of their range overflow: that is undefined, and no warning.
    with np.errstate(over="ignore", invalid="ignore"):
        overall = work.overall()
        parts = {one.column: work.of_slices(one) for one in slices}
    return Comparison(
        task=head.task,
        classes=pair.head.classes,
        matched=len(pair),
        only_head=pair.only_head,
        only_base=pair.only_base,
        relabelled=pair.relabelled,
        lost=pair.lost,
        new=pair.new,
        overall=overall,
        slices=parts,
    )


class _Work:
    """What is computed once for all slices."""

    def __init__(self, pair: Pair, metrics: tuple[str, ...]) -> None:
        self.pair = pair
        self.metrics = metrics
        self.joint = matrices.joint(pair)
        self.known = {"roc_auc", *matrices.NAMES, *losses.of(pair.head)}

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
        own = np.zeros(len(self.pair), np.intp) if codes is None else codes
        sizes = np.bincount(own, minlength=count).tolist()
        parts: Iterable[Pair] = [self.pair] * count
        if codes is not None and losses.NAMES.intersection(names):
            parts = joining.parts(self.pair, codes, count)
        rest = [name for name in names if name not in self.known]
        others = changing.of_rows(self.pair, rest, own, count)
        return [
            self._one(tuple(dict.fromkeys(names)), *each)
            for each in zip(sizes, cells, areas, parts, others, strict=True)
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
        others: dict[str, Change],
    ) -> Compared:
        if not n:
            return Compared(n=0, changes={})
        changes = dict(others)
        if cells is not None:
            changes |= changing.of_decisions(cells, names, part)
        if "roc_auc" in names and part.head.task is Task.BINARY:
            changes["roc_auc"] = changing.of_areas(areas)
        changes |= changing.of_means(part, names)
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


def to_json(comparison: Comparison) -> dict[str, Any]:
    """A comparison as `gate model analyze` prints it.

    Slices are named as they are in their entry; where two entries have slices of one
    name, all but the first `column=name`. Where numbers are predicted, what is told of
    all rows stands beside the counts of the rows.
    """
    rows = ("matched", "only_head", "only_base", "relabelled")
    found: dict[str, Any] = {name: getattr(comparison, name) for name in rows}
    found |= {"lost_ids": list(comparison.lost), "new_ids": list(comparison.new)}
    slices: dict[str, Any] = {}
    for column, parts in comparison.slices.items():
        for name, part in parts.items():
            key = f"{column}={name}" if name in slices else name
            slices[key] = _told(part, comparison)
    overall = _told(comparison.overall, comparison)
    numbers = comparison.task is Task.REGRESSION
    found |= overall if numbers else {"overall": overall}
    return found | {"slices": slices}


def _told(part: Compared, comparison: Comparison) -> dict[str, Any]:
    found: dict[str, Any] = {"n": part.n}
    if not part.n:
        return found
    main = part.changes[_ALWAYS[comparison.task][0]]
    found |= {f"{main.metric}_head": main.head, f"{main.metric}_base": main.base}
    if comparison.task is Task.REGRESSION:
        found |= {f"{main.metric}_diff": main.diff, "bootstrap_ci95": main.interval}
        found |= {"paired_t_p": main.p_value, "wilcoxon_p": part.wilcoxon_p}
    else:
        found |= {"diff": main.diff} | _decided(part, main, comparison.classes)
    if "roc_auc" in part.changes:
        found["delong"] = _areas(part.areas) if part.areas else None
    more = {n: c for n, c in part.changes.items() if c is not main}
    return found | (
        {"metrics": {n: _change(c) for n, c in more.items()}} if more else {}
    )


def _decided(part: Compared, main: Change, classes: Sequence[str]) -> dict[str, Any]:
    assert part.flips is not None and part.gained is not None and part.lost is not None
    return {
        "only_head_correct": part.gained,
        "only_base_correct": part.lost,
        "mcnemar_exact_p": significance.mcnemar(part.gained, part.lost),
        "p_value": main.p_value,
        "test": main.test,
        "bootstrap_ci95": main.interval,
        "wald_se": part.wald_se,
        "flips": _flipped(part.flips, classes),
    }


def _flipped(flips: Flips, classes: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"count": flips.total, "rate": flips.rate}
    if classes:
        between = [
            {"from": classes[before], "to": classes[after], "count": count}
            for before, after, count in flips.pairs[:_PAIRS]
        ]
        return found | {"between": between}
    counts = {(before, after): count for before, after, count in flips.pairs}
    up, down = counts.get((0, 1), 0), counts.get((1, 0), 0)
    return found | {"neg_to_pos": up, "pos_to_neg": down}


def _areas(areas: Areas) -> dict[str, Any]:
    return {
        "auc_head": areas.head,
        "auc_base": areas.base,
        "diff": areas.diff,
        "se": areas.se,
        "z": areas.z,
        "p_value": areas.p_value,
    }


def _change(change: Change) -> dict[str, Any]:
    names = ("head", "base", "diff", "p_value", "test", "discordant")
    found = {name: getattr(change, name) for name in names}
    return {**found, "ci95": change.interval}
