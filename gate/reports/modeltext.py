"""The analysis of a model as tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from gate.data.anomalies import shown
from gate.model import labels
from gate.model.analysis import Analysis
from gate.model.decisions import Decisions
from gate.model.gaps import Gaps
from gate.model.judgement import Judgement
from gate.model.judging import verdict
from gate.model.metrics import Measured
from gate.model.spec import Task
from gate.model.strategies import AtCost
from gate.model.thresholds import GAPS, Optimum

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
_ROWS = 50  # slices of a table


def render(analysis: Analysis) -> str:
    """The analysis in words and tables, as wide as they are."""
    return "\n".join(_lines(analysis))


def judged(judgements: Sequence[Judgement]) -> str:
    """How it is judged: the verdict, and a line for each judgement."""
    return "\n".join(_judged(judgements))


def _judged(judgements: Sequence[Judgement]) -> Iterator[str]:
    if judgements:
        yield ""
        yield click.style(f"judged: {verdict(judgements).value}", bold=True)
    for one in judgements:
        yield f"{one.state.value}: {one.message}"


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
        yield from table([("slice", "rows", *names), *cells[:_ROWS]])
        if len(cells) > _ROWS:
            yield f"and {len(cells) - _ROWS:,} more, which --format json has"
        yield ""
        yield from _gaps(analysis.gaps[slices.column], predictions.task)
    if analysis.decisions:
        yield ""
        yield from _decisions(analysis.decisions)
    elif predictions.task is Task.BINARY:
        yield "\nno thresholds are compared: scores are not within 0 and 1"


def _gaps(gaps: Gaps, task: Task) -> Iterator[str]:
    """Where the slices differ, of the metrics that the table above has."""
    header = ("gap", "difference", "ratio", "least", "greatest")
    cells = []
    for name in _COLUMNS[task]:
        one = gaps.by_metric[name]
        if one.difference:
            ends = (one.low, one.least), (one.high, one.most)
            told = [f"{_cut(shown(at))} {_spelled(value or 0)}" for at, value in ends]
            ratio = "-" if one.ratio is None else _spelled(one.ratio)
            cells.append((name, _spelled(one.difference), ratio, *told))
    if cells:
        yield from table([header, *cells])
    else:
        yield "no gaps"


def _decisions(decisions: Decisions) -> Iterator[str]:
    """What the threshold costs, and the best ones."""
    best, ratio = decisions.best, f"{decisions.cost_ratio:g}"
    yield click.style(f"thresholds, where a false positive costs {ratio}", bold=True)
    least = f"the least is {_spelled(best.cost)} at {ranges(best)}"
    cost = f"{decisions.threshold:g} costs {_spelled(decisions.cost)}; {least}"
    if decisions.regret:
        cost += f" ({decisions.regret:.1%} more)"
    yield cost
    for column, strategies in decisions.by_slice.items():
        for of_ratio, one in strategies.by_cost_ratio.items():
            yield ""
            yield from _of_slices(column, f"{of_ratio:g}", one)


def _of_slices(column: str, ratio: str, one: AtCost) -> Iterator[str]:
    rows = [
        (_cut(shown(name)), _spelled(one.group[name].cost), ranges(one.group[name]))
        for name in labels.in_order(one.group)[:_ROWS]
    ]
    title = f"best by {_cut(shown(column))} at {ratio}"
    whole = ("all rows", _spelled(one.single.cost), ranges(one.single))
    yield from table([(title, "cost", "thresholds"), whole, *rows])
    for key, parity in one.parities.items():
        found = parity.best[GAPS[1]]
        told = "not possible" if found is None else f"costs {_spelled(found.cost)}"
        yield f"{key.replace('_', ' ')} within {GAPS[1]:g}: {told}"


def ranges(best: Optimum) -> str:
    """All best thresholds, as `0.43-0.44, 0.47`."""
    runs: list[list[int]] = []
    for place in best.places:
        if runs and runs[-1][-1] == place - 1:
            runs[-1][1:] = [place]
        else:
            runs.append([place])
    return ", ".join("-".join(f"{at / 100:.2f}" for at in run) for run in runs)


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
