"""Numbers as people read them: the only place that formats any for a report."""

from __future__ import annotations

import math

from gate.findings import Cell, Finding, Kind
from gate.reports import text


def percent(value: float, digits: int = 1) -> str:
    """`91.3 %`; never 100 when it is not, nor 0 when it is not."""
    if not math.isfinite(value):
        return "unknown"
    smallest = 10.0**-digits
    rounded = round(value, digits)
    if value < 100:
        rounded = min(rounded, 100 - smallest)
    if value > 0:
        rounded = max(rounded, smallest)
    return f"{rounded:,.{digits}f}".removesuffix(".0") + " %"


def number(value: float) -> str:
    """Four significant digits, without an exponent where that is readable."""
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 1e15 or abs(value) < 1e-6:
        return f"{value:.4g}"
    digits = max(3 - math.floor(math.log10(abs(value))), 0)
    plain = f"{value:,.{digits}f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def seconds(value: float) -> str:
    """`0.42 s`, `8.3 s`, `41 s`, `2 min 05 s`."""
    if not math.isfinite(value) or value < 0:
        return "?"
    if value < 0.995:
        return f"{value:.2f} s"
    if value < 9.95:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60:,} min {whole % 60:02} s"


def cell(value: Cell, kind: Kind) -> str:
    """A cell of a table as plain text; one that is empty reads as a dash."""
    if value is None:
        return "–"
    if isinstance(value, str):
        if kind in (Kind.CODE, Kind.PATH):
            return text.value(value)
        return text.one_line(value)
    if kind is Kind.PERCENT:
        return percent(value)
    if kind is Kind.SECONDS:
        return seconds(value)
    return number(value)


def numeric(kind: Kind) -> bool:
    """Whether a column of this kind is aligned to the right."""
    return kind in (Kind.COUNT, Kind.NUMBER, Kind.PERCENT, Kind.SECONDS)


def place(finding: Finding) -> str:
    """`path:line:column` as editors and terminals make clickable; "" for nowhere."""
    if not finding.path:
        return ""
    numbers = [finding.line, finding.column if finding.line else None]
    return ":".join([text.value(finding.path), *(str(n) for n in numbers if n)])


def code_of(finding: Finding, check: str) -> str:
    """The rule without its check's name, where that stands next to it anyway."""
    return text.value(finding.rule.removeprefix(f"{check}/"))
