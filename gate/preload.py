"""What the end of a run needs, loaded before any code of the change runs.

The gate's own files belong to the user that the tests run as. What judges and reports
is the gate as it was before them, whatever they write over it.
"""

from __future__ import annotations

import codecs
import traceback

from gate import results
from gate.findings import Column, Finding, Fix, Kind, Level, Result, Status, Table, Tool
from gate.reports import REPORTS, inline, terminal, thresholds
from gate.verdict import Context, could_not_judge, judge

# What the checks read settings and names with, when other code may run already.
_ENCODINGS = ("utf-8-sig", "latin-1", "unicode_escape")


def load() -> None:
    """Render verdicts that have one of everything, for what that reads and imports."""
    context = Context(gate="1", head="2" * 40, base="3" * 40, notes=("a",))
    whole = judge([_result(status) for status in Status], context)
    results.decode(results.encode(whole))
    for report in REPORTS.values():
        report.render(whole)
    for verdict in (whole, could_not_judge(["a"], context)):
        inline.render(verdict)
        terminal.render(verdict, color=True, verbose=True, encoding="ascii")
    for encoding in _ENCODINGS:
        codecs.lookup(encoding)
    traceback.format_exc()


def _result(status: Status) -> Result:
    kinds = (Kind.TEXT, Kind.CODE, Kind.PATH)
    fix = Fix(text="a", command="b", patch="--- a\n+++ b\n@@ -1 +1 @@\n-c\n+d\n")
    table = Table(
        title="a",
        columns=tuple(Column(name=kind.value, kind=kind) for kind in Kind),
        rows=(tuple("ü" if kind in kinds else 0.5 for kind in Kind),),
        chart="bar",
    )
    counts = (" ".join(["1"] * thresholds.STEPS),) * 4
    drawn = Table(
        title="a",
        columns=tuple(Column(name="a") for _ in range(8)),
        rows=((None, None, 0.5, 1.0, *counts),),
        chart="thresholds",
    )
    return Result(
        check=status.value,
        status=status,
        summary="`a` 漢",
        findings=tuple(
            Finding(rule="a/b", message="c", level=level, path="d.py", line=1, fix=fix)
            for level in Level
        ),
        tables=(table, drawn),
        metrics={"coverage.percent": 50.0, "data.anomalies": 1.0},
        advice=("a",),
        tools=(Tool(name="a", version="1"),),
        output="a\n",
    )
