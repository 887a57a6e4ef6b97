"""What a binary model would do at each threshold: counts -> figures of the page.

A table with the chart `thresholds` has a row for each slice: what it is sliced by, its
name (both None for all rows), the threshold in use, the cost of a false positive, and
four texts with the true positives, false positives, false negatives and true negatives
at each of 101 thresholds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gate.findings import Cell, Table
from gate.reports import formatting, text

STEPS = 101  # thresholds: 0.00, 0.01 .. 1.00
LINES = 7  # of a figure: all rows and the first slices
_SIDE = 200  # of a figure
_COLUMNS = 8

Counts = tuple[float, float, float, float]  # tp, fp, fn, tn
Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A slice in a figure: its name, and the points of its SVG polyline."""

    name: str
    points: str


@dataclass(frozen=True)
class Row:
    """A slice in the table: `told` as it stands there, `counts` for the script."""

    name: str
    counts: str
    told: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """The slices of one entry: the table's rows, and the lines of the two figures."""

    name: str
    rows: tuple[Row, ...]
    roc: tuple[Line, ...]
    precision_recall: tuple[Line, ...]


@dataclass(frozen=True)
class Panel:
    """All that is drawn of one model."""

    title: str
    threshold: int  # the step in use
    cost_ratio: str
    whole: Row
    groups: tuple[Group, ...]


HEAD = ("rows", "TP", "FP", "FN", "TN", "FP %", "FN %", "accuracy %", "F1")


def panel(table: Table) -> Panel | None:
    """What is drawn of a table; None where it is not what it has to be."""
    read = [_read(row) for row in table.rows if len(row) == _COLUMNS]
    rows = [row for row in read if row]
    whole = next((row for row in rows if row[0] is None), None)
    if whole is None:
        return None
    step = min(max(round(whole[2] * 100), 0), STEPS - 1)
    names = dict.fromkeys(by for by, *_ in rows if by is not None)
    grouped = {name: [row for row in rows if row[0] == name] for name in names}
    all_rows = ("all rows", whole[4])
    groups = [
        _group(name, [(row[1], row[4]) for row in some], all_rows, step)
        for name, some in grouped.items()
    ]
    return Panel(
        title=table.title,
        threshold=step,
        cost_ratio=f"{whole[3]:g}",
        whole=_row(*all_rows, step),
        groups=tuple(groups) or (_group("", [], all_rows, step),),
    )


_Read = tuple[str | None, str, float, float, list[Counts]]


def _read(row: Sequence[Cell]) -> _Read | None:
    by, name, threshold, ratio, *texts = row
    numbers = [_numbers(one) for one in texts]
    known = isinstance(threshold, (int, float)) and isinstance(ratio, (int, float))
    if not known or not all(len(one) == STEPS for one in numbers):
        return None
    assert isinstance(threshold, (int, float)) and isinstance(ratio, (int, float))
    if not (math.isfinite(threshold) and math.isfinite(ratio) and ratio > 0):
        return None
    counts = [(tp, fp, fn, tn) for tp, fp, fn, tn in zip(*numbers, strict=True)]
    shown = None if by is None else text.value(str(by))
    return shown, text.value(str(name)), float(threshold), float(ratio), counts


def _numbers(cell: Cell) -> list[float]:
    """The numbers in a text; none where one of them is no count."""
    try:
        found = [float(word) for word in str(cell).split(None, STEPS)]
    except ValueError:
        return []
    return found if all(math.isfinite(n) and n >= 0 for n in found) else []


def _group(
    name: str,
    slices: list[tuple[str, list[Counts]]],
    whole: tuple[str, list[Counts]],
    step: int,
) -> Group:
    drawn = [whole, *slices][:LINES]
    return Group(
        name=name,
        rows=tuple(_row(slice_, counts, step) for slice_, counts in slices),
        roc=tuple(_lines(drawn, _roc)),
        precision_recall=tuple(_lines(drawn, _precision_recall)),
    )


def _row(name: str, counts: list[Counts], step: int) -> Row:
    packed = ";".join(",".join(f"{n:g}" for n in one) for one in counts)
    return Row(text.cut(name, 100), packed, _told(*counts[step]))


def _told(tp: float, fp: float, fn: float, tn: float) -> tuple[str, ...]:
    """The cells of a row, in the order of `HEAD`; the script writes the same."""
    n = tp + fp + fn + tn
    shares = [(100 * part, n) for part in (fp, fn, tp + tn)]
    return (
        *(formatting.number(count) for count in (n, tp, fp, fn, tn)),
        *(f"{part / n:.1f}" if n else "–" for part, n in shares),
        f"{2 * tp / (2 * tp + fp + fn):.3f}" if tp + fp + fn else "–",
    )


def _lines(
    drawn: Sequence[tuple[str, list[Counts]]],
    curve: Callable[[list[Counts]], Iterator[Point]],
) -> Iterator[Line]:
    for name, counts in drawn:
        points = list(dict.fromkeys(curve(counts)))
        places = (f"{x * _SIDE:.1f},{(1 - y) * _SIDE:.1f}" for x, y in points)
        yield Line(text.cut(name, 100), " ".join(places))


def _roc(counts: list[Counts]) -> Iterator[Point]:
    """False against true positive rates, from the highest threshold down."""
    for tp, fp, fn, tn in reversed(counts):
        if tp + fn and fp + tn:
            yield fp / (fp + tn), tp / (tp + fn)


def _precision_recall(counts: list[Counts]) -> Iterator[Point]:
    """Recall against precision, where anything is predicted positive."""
    for tp, fp, fn, _ in reversed(counts):
        if tp + fp and tp + fn:
            yield tp / (tp + fn), tp / (tp + fp)
