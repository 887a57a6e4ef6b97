"""The statistics of a dataset as tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import click

from gate.data.anomalies import shown
from gate.data.statistics import Feature, LiftCross, NumericCross, Statistics

_HEADER = (
    "column",
    "type",
    "missing",
    "distinct",
    "min",
    "median",
    "max",
    "mean",
    "std",
)
_LEFT = 2  # the columns that are text
_PAIRS = 20  # correlations shown, the strongest first
_LIFTS = 3  # values shown for each label
_NAME = 40  # characters of a name
_LEAST = 12


def render(statistics: Statistics, width: int = 0) -> str:
    """The statistics within `width` characters; 0 is as wide as they are."""
    where = shown(statistics.name)
    if statistics.slice:
        where += f", {shown(statistics.slice)}"
    rows = statistics.num_examples
    title = f"{where}: {rows:,} row{'' if rows == 1 else 's'}"
    if statistics.weighted_num_examples is not None:
        title += f" that weigh {statistics.weighted_num_examples:,.6g}"
    lines = [click.style(title, bold=True)]
    cells = [_cells(feature, rows) for feature in statistics.features]
    lines += _table([_HEADER, *cells], width)
    if statistics.weighted_num_examples is not None:
        lines += ["", "weighted:", *_table(list(_weighted(statistics)), width)]
    lines += _frequent(statistics.features)
    lines += _correlations(statistics.cross)
    lines += _lifts(statistics.cross)
    return "\n".join(lines)


def _table(rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """The rows in columns; names are cut, then the last columns left out, to fit."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    if width and sum(widths) + 2 * len(widths) - 2 > width:
        over = sum(widths) + 2 * len(widths) - 2 - width
        widths[0] = max(min(widths[0], _LEAST), widths[0] - over)
    while width and len(widths) > 4 and sum(widths) + 2 * len(widths) - 2 > width:
        widths.pop()
    for row in rows:
        cells = [
            _cut(cell, size).ljust(size) if i < _LEFT else cell.rjust(size)
            for i, (cell, size) in enumerate(zip(row, widths, strict=False))
        ]
        yield "  ".join(cells).rstrip()


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else text[: size - 1] + "…"


def _cells(feature: Feature, rows: int) -> tuple[str, ...]:
    kind = feature.kind.name if feature.kind is not None else "no value"
    numeric, textual = feature.numeric, feature.textual
    about = "~" if textual and textual.approximate else ""
    numbers = (
        (numeric.min, numeric.median, numeric.max, numeric.mean, numeric.std_dev)
        if numeric
        else ()
    )
    return (
        _cut(shown(feature.name), _NAME),
        kind,
        f"{100 * feature.num_missing / rows:.1f} %" if feature.num_missing else "0",
        f"{about}{textual.unique:,}" if textual else "",
        *([f"{number:.6g}" for number in numbers] or [""] * 5),
    )


def _weighted(statistics: Statistics) -> Iterator[tuple[str, ...]]:
    yield ("column", "", "missing", "median", "mean", "std")
    total = statistics.weighted_num_examples
    for feature in statistics.features:
        one = feature.weighted
        if one is None:
            continue
        share = 100 * one.num_missing / total if total else 0.0
        numbers = (one.median, one.mean, one.std_dev) if feature.numeric else ()
        yield (
            _cut(shown(feature.name), _NAME),
            "",
            f"{share:.1f} %" if one.num_missing else "0",
            *([f"{number:.6g}" for number in numbers] or [""] * 3),
        )


def _frequent(features: Iterable[Feature]) -> Iterator[str]:
    for feature in features:
        if feature.textual:
            top = ", ".join(
                f"{shown(text)[:30]} {count:,}"
                for text, count in feature.textual.ranked[:3]
            )
            yield f"{shown(feature.name)}: {top}"


def _correlations(cross: Iterable[NumericCross | LiftCross]) -> Iterator[str]:
    pairs = [
        (abs(one.correlation), one)
        for one in cross
        if isinstance(one, NumericCross) and one.correlation is not None
    ]
    pairs.sort(key=lambda pair: -pair[0])
    if pairs:
        yield ""
        yield "correlation, the strongest first:"
        rows = [("column", "with", "rows", "correlation", "covariance")]
        rows += [
            (
                _cut(shown(one.x), _NAME),
                _cut(shown(one.y), _NAME),
                f"{one.count:,}",
                f"{one.correlation:.4f}",
                f"{one.covariance:.6g}",
            )
            for _, one in pairs[:_PAIRS]
        ]
        yield from _table(rows, 0)
        if len(pairs) > _PAIRS:
            yield f"and {len(pairs) - _PAIRS:,} more pairs (--format json has all)"


def _lifts(cross: Iterable[NumericCross | LiftCross]) -> Iterator[str]:
    for one in cross:
        if isinstance(one, LiftCross):
            yield ""
            yield f"lift of {shown(one.y)} by {shown(one.x)}:"
            for series in one.series:
                listed = ", ".join(
                    f"{shown(lift.x)[:30]} {lift.lift:.3g}"
                    for lift in series.lifts[:_LIFTS]
                )
                yield f"  {shown(str(series.y))}: {listed}"
