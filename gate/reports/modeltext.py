"""The analysis of a model as tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from gate.data.anomalies import shown
from gate.model.analysis import Analysis
from gate.model.metrics import Measured
from gate.model.spec import Task

# What a table of slices shows; all of it is in the JSON.
_COLUMNS = {
    Task.BINARY: (
        *("accuracy", "precision", "recall", "fpr", "f1", "selection_rate"),
        *("roc_auc", "average_precision"),
    ),
    Task.MULTICLASS: ("accuracy", "macro_f1", "balanced_accuracy", "top2_accuracy"),
    Task.REGRESSION: ("mean_error", "mae", "rmse", "median_absolute_error", "r2"),
}
_NAME = 40  # characters of a slice's name


def render(analysis: Analysis) -> str:
    """The analysis in words and tables, as wide as they are."""
    return "\n".join(_lines(analysis))


def _lines(analysis: Analysis) -> Iterator[str]:
    predictions = analysis.predictions
    rows = f"{len(predictions):,} row{'' if len(predictions) == 1 else 's'}"
    title = f"{shown(predictions.path)}: {predictions.task.value}, {rows}"
    yield click.style(title, bold=True)
    for what, count in predictions.left_out.items():
        yield f"left out: {count:,} {what}"
    yield ""
    yield from _overall(analysis.overall)
    names = _COLUMNS[predictions.task]
    for slices in analysis.slices:
        yield ""
        yield click.style(f"by {shown(slices.column)}", bold=True)
        rows_of = zip(slices.names, analysis.by_slice[slices.column], strict=True)
        cells = [
            (_cut(shown(name)), f"{one.n:,}", *(_number(one.values, n) for n in names))
            for name, one in rows_of
        ]
        yield from table([("slice", "rows", *names), *cells])


def _overall(measured: Measured) -> Iterator[str]:
    width = max(map(len, measured.values))
    for name, value in measured.values.items():
        told = _spelled(value) if value is not None else _why(measured, name)
        yield f"{name.ljust(width)}  {told}"
    if measured.per_class:
        names = list(next(iter(measured.per_class.values())))
        cells = [
            (_cut(shown(label)), *(_number(values, name) for name in names))
            for label, values in measured.per_class.items()
        ]
        yield ""
        yield from table([("class", *names), *cells])


def _why(measured: Measured, name: str) -> str:
    return f"undefined: {measured.undefined.get(name, '')}"


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows in columns, the first of them text, the others numbers."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _number(values: dict[str, float | None], name: str) -> str:
    value = values.get(name)
    return "-" if value is None else _spelled(value)


def _spelled(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


def _cut(text: str) -> str:
    return text if len(text) <= _NAME else text[: _NAME - 1] + "…"
