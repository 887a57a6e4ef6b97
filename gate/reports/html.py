"""The full report: one page of HTML that loads nothing, and runs no script but ours.

There is one where thresholds are shown; the policy names its digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeGuard

from markupsafe import Markup, escape

from gate.findings import (
    Cell,
    Column,
    Finding,
    Kind,
    Result,
    Status,
    Table,
    Weight,
    plural,
    worst_first,
)
from gate.reports import badge, deltas, formatting, templating, text, thresholds
from gate.verdict import State, Verdict

_MAX_CELL = 500
_LOUD = ("failed", "error", "warning")
_STATES = {
    State.OPEN: ("passed", "The gate is open"),
    State.CLOSED: ("failed", "The gate is closed"),
    State.ERROR: ("error", "The gate could not judge"),
}


@dataclass(frozen=True)
class Shown:
    """A cell as text, how it is set, and what is drawn before it, from 0 to 100.

    `bar` is the length of a bar, `whisker` the two ends of an interval and the value.
    """

    content: Markup
    kind: str
    bar: float | None = None
    whisker: tuple[float, float, float] | None = None


def render(verdict: Verdict) -> str:
    """The page, with its style inside and a policy that forbids everything else."""
    tables = [table for one in verdict.results for table in one.tables]
    live = any(table.is_drawn and thresholds.panel(table) for table in tables)
    sheets = ("report.css", "thresholds.css") if live else ("report.css",)
    style, digest = templating.inlined(*sheets)
    script, allowed = templating.inlined("thresholds.js") if live else ("", "")
    state, title = _STATES[verdict.state]
    if name := verdict.context.name:
        title = title.replace("The gate", f"The gate `{name}`")
    return _TEMPLATES.get_template("report.html.j2").render(
        verdict=verdict,
        context=verdict.context,
        state=state,
        title=title,
        style=style,
        digest=digest,
        script=script,
        allowed=allowed,
        numbers=list(_numbers(verdict)),
        base=deltas.table(verdict),
        loud=[result for result in verdict.results if _mark(result)[0] in _LOUD],
    )


def _mark(result: Result) -> tuple[str, str]:
    """The style of a result's label, and its words."""
    failed = result.status in (Status.FAILED, Status.ERROR)
    if failed and result.weight is not Weight.ERROR:
        return "warning", "warning"
    words = {Status.ERROR: "could not judge"}
    return str(result.status.value), words.get(result.status, str(result.status.value))


def _numbers(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """The numbers worth a headline, and what they count."""
    metrics, moved = verdict.metrics, deltas.changes(verdict)
    value = badge.coverage(verdict)
    if value is not None:
        change = moved.get("coverage.percent")
        yield change.arrow if change else formatting.percent(value), "coverage"
    if "coverage.changed_percent" in metrics:
        changed = formatting.percent(metrics["coverage.changed_percent"])
        yield changed, "coverage of the changed lines"
    for name in ("tests.failed", "data.anomalies"):
        if name in metrics:
            change = moved.get(name)
            shown = change.arrow if change else formatting.number(metrics[name])
            yield shown, deltas.NUMBERS[name].label


def _prose(sentence: str) -> Markup:
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if is_code else escape(part)
        for is_code, part in text.spans(text.one_line(sentence))
    )


def _patch(patch: str) -> Iterator[tuple[str, str]]:
    """The lines of a diff, each with the style it is shown in."""
    for line in text.visible(patch).strip("\n").split("\n"):
        if line.startswith(("+++", "---", "@@")):
            yield "frame", line
        elif line.startswith("+"):
            yield "added", line
        elif line.startswith("-"):
            yield "removed", line
        else:
            yield "same", line


def _rows(table: Table) -> Iterator[list[Shown]]:
    charted, full = _charted(table)
    whiskers = list(_whiskers(table))
    for number, row in enumerate(table.rows):
        cells = [
            _shown(cell, column, full if index == charted else None)
            for index, (cell, column) in enumerate(zip(row, table.columns))
        ]
        if whiskers:
            cells[-3] = replace(cells[-3], whisker=whiskers[number])
        yield cells


def _whiskers(table: Table) -> Iterator[tuple[float, float, float] | None]:
    """The interval of each row: the last columns are a value, and its two bounds."""
    if table.chart != "interval" or len(table.columns) < 3:
        return
    found = [[c for c in row[-3:] if _is_finite(c)] for row in table.rows]
    numbers = [float(c) for three in found if len(three) == 3 for c in three]
    least, most = min([0.0, *numbers]), max([0.0, *numbers])
    # Shares are drawn as such, whatever the largest is.
    most = 1.0 if least == 0 and most <= 1 else most
    for three in found:
        ends = [round((c - least) / (most - least) * 100, 1) for c in three]
        yield (ends[1], ends[2], ends[0]) if len(ends) == 3 else None


def _is_finite(cell: Cell) -> TypeGuard[int | float]:
    return isinstance(cell, (int, float)) and abs(cell) < 1e300


def _charted(table: Table) -> tuple[int, float]:
    """The column that is drawn as bars (-1 for none), and the value of a full bar."""
    if table.chart != "bar":
        return -1, 0.0
    numeric = [i for i, c in enumerate(table.columns) if formatting.numeric(c.kind)]
    for index in numeric:
        if table.columns[index].kind is Kind.PERCENT:
            return index, 100.0
    if not numeric:
        return -1, 0.0
    values = (row[numeric[-1]] for row in table.rows if len(row) > numeric[-1])
    return numeric[-1], max(
        (abs(value) for value in values if isinstance(value, (int, float))), default=0.0
    )


def _shown(cell: Cell, column: Column, full: float | None) -> Shown:
    kind = "number" if formatting.numeric(column.kind) else "text"
    plain = text.cut(formatting.cell(cell, column.kind), _MAX_CELL)
    content = _prose(plain) if column.kind is Kind.TEXT else escape(plain)
    if column.kind in (Kind.CODE, Kind.PATH) and cell is not None:
        content = Markup("<code>{}</code>").format(plain)
    bar = None
    if full and isinstance(cell, (int, float)):
        bar = round(min(max(abs(cell) / full, 0.0), 1.0) * 100, 1)
    return Shown(content, kind, bar)


def _hidden(found: int, shown: Iterable[object], noun: str) -> str:
    """How many are left out, "" for none."""
    left = found - sum(1 for _ in shown)
    return (
        f"and {plural(left, f'more {noun}')}, left out of this report"
        if left > 0
        else ""
    )


def _existing(result: Result) -> str:
    return plural(result.existing, "existing finding")


def _tools(result: Result) -> str:
    tools = (
        f"{tool.name} {tool.version}" + (f" ({tool.origin})" if tool.origin else "")
        for tool in result.tools
    )
    return text.one_line(", ".join(tools))


def _rule(finding: Finding, result: Result) -> str:
    return formatting.code_of(finding, result.check)


_TEMPLATES = templating.environment(autoescape=True)
_TEMPLATES.filters.update(
    prose=_prose,
    line=text.one_line,
    block=text.visible,
    value=text.value,
    seconds=formatting.seconds,
    place=formatting.place,
    patch=_patch,
    worst_first=worst_first,
    mark=_mark,
    tools=_tools,
)
_TEMPLATES.globals.update(
    rows=_rows,
    rule=_rule,
    hidden=_hidden,
    existing=_existing,
    numeric=formatting.numeric,
    panel_of=thresholds.panel,
    head_of_panel=thresholds.HEAD,
)
