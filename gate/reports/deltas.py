"""The verdict's numbers beside those recorded of the base: better, worse, the trend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from gate.findings import Column, Kind, Table, plural
from gate.reports import formatting
from gate.verdict import Past, Verdict

_BARS = "▁▂▃▄▅▆▇█"
_MOST = 30  # rows: a model can have a metric for each slice
_MODEL = "model."


class Number(NamedTuple):
    """What a metric is called, how it is read, and whether more of it is better."""

    label: str
    kind: Kind
    more_is_better: bool | None = None


# In the order of the table; what is not here is a model's, or of no interest.
NUMBERS: Final = {
    "coverage.percent": Number("coverage", Kind.PERCENT, True),
    "tests.run": Number("tests run", Kind.COUNT, True),
    "tests.failed": Number("failed tests", Kind.COUNT, False),
    "data.anomalies": Number("data anomalies", Kind.COUNT, False),
    "data.warnings": Number("data warnings", Kind.COUNT, False),
    "data.rows": Number("data rows", Kind.COUNT),
    "formatting.files": Number("files to reformat", Kind.COUNT, False),
    "lint.problems": Number("lint findings", Kind.COUNT, False),
    "typecheck.errors": Number("type errors", Kind.COUNT, False),
}


class Change(NamedTuple):
    """One number, then and now."""

    name: str
    number: Number
    was: float
    now: float

    @property
    def same(self) -> bool:
        """Whether it reads the same."""
        return self.shown(self.was) == self.shown(self.now)

    def shown(self, value: float) -> str:
        """A value of this number as people read it."""
        return formatting.cell(value, self.number.kind)

    @property
    def arrow(self) -> str:
        """`91.2 % → 92 %`."""
        if self.same:
            return self.shown(self.now)
        return f"{self.shown(self.was)} → {self.shown(self.now)}"

    @property
    def told(self) -> str:
        """`+0.8 points, better`."""
        difference = self.now - self.was
        if self.same or not difference:
            return "none"
        size = formatting.number(abs(difference))
        if self.number.kind is Kind.PERCENT:
            size = f"{formatting.number(round(abs(difference), 2))} points"
        sign = "+" if difference > 0 else "−"
        better = self.number.more_is_better
        judged = ""
        if better is not None:
            judged = ", better" if better is (difference > 0) else ", worse"
        return f"{sign}{size}{judged}"


def changes(verdict: Verdict) -> dict[str, Change]:
    """The numbers that both the verdict and the base's record have, by metric."""
    past = verdict.context.past
    if past is None:
        return {}
    metrics = verdict.metrics
    names = [*NUMBERS, *sorted(name for name in metrics if name.startswith(_MODEL))]
    return {
        name: Change(name, _number(name), past.metrics[name], metrics[name])
        for name in names
        if _finite(past.metrics.get(name)) and _finite(metrics.get(name))
    }


def _number(name: str) -> Number:
    return NUMBERS.get(name) or Number(name.removeprefix(_MODEL), Kind.NUMBER)


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def table(verdict: Verdict) -> Table | None:
    """The numbers then and now, with their trend; None without a record."""
    past, found = verdict.context.past, list(changes(verdict).values())
    if past is None or not found:
        return None
    names = ("Number", "Then", "Now", "Change", "Trend")
    rows = tuple(
        (
            change.number.label,
            change.shown(change.was),
            change.shown(change.now),
            change.told,
            sparkline([*past.trend.get(change.name, ()), change.now]),
        )
        for change in found[:_MOST]
    )
    return Table(
        title=title(past),
        columns=tuple(Column(name=name) for name in names),
        rows=rows,
        total=len(found) if len(found) > _MOST else None,
    )


def title(past: Past) -> str:
    """`Since commit 0b1c2d3, the base`."""
    behind = ", the base"
    if past.behind:
        behind = f", {plural(past.behind, 'commit')} before the base"
    return f"Since commit `{past.commit[:7]}`{behind}"


def sparkline(values: Sequence[float]) -> str:
    """The values as bars from the lowest to the highest; nothing for one alone."""
    # Halves, because the span of what is finite may not be.
    finite = [value / 2 for value in values if math.isfinite(value)][-21:]
    if len(finite) < 3:
        return ""
    low, high = min(finite), max(finite)
    if high == low:
        return _BARS[3] * len(finite)
    steps = len(_BARS) - 1
    return "".join(_BARS[round((v - low) / (high - low) * steps)] for v in finite)
