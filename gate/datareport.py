"""What was found in datasets, as findings on their lines and as tables."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gate.datasets import Judged
from gate.errors import GateError
from gate.findings import Cell, Finding, Fix, Kind, Level, Table, plural, tabled

if TYPE_CHECKING:
    from gate.data.anomalies import Anomaly, Measurement, Offender
    from gate.data.datadiff import DataDiff

LINES = 20  # findings of one anomaly
LINES_OF_VALUE = 3  # of them of one value
LINES_OF_DATASET = 100  # of all its anomalies, of which each has one at least
ROWS = 200  # of a table
_tabled = functools.partial(tabled, most=ROWS)
CELLS = 30  # changed ones that are told of a dataset
PATCHES = 20  # of a dataset

_OF_THE_SCHEMA = frozenset(
    "DOMAIN_INVALID_FOR_TYPE INVALID_SCHEMA_SPECIFICATION FEATURE_MISSING_NAME "
    "INVALID_DOMAIN_SPECIFICATION FEATURE_MISSING_TYPE".split()
)
# No one cell of these is wrong: there are too few others.
_OF_THE_COLUMN = frozenset(
    ("FEATURE_TYPE_LOW_NUMBER_PRESENT", "FEATURE_TYPE_LOW_FRACTION_PRESENT")
)
_OF_THE_HEADER = frozenset(("SCHEMA_NEW_COLUMN", "SCHEMA_MISSING_COLUMN"))
_BINARY = (".parquet", ".pq", ".arrow", ".feather", ".ipc")

_Place = tuple[str, int | None, "Offender | None"]


def findings(judged: Judged) -> Iterator[Finding]:
    """One for each line that is told, the worst values of an anomaly first."""
    if judged.error:
        yield from _error_findings(judged, judged.error)
    places = [list(_places(judged, anomaly)) for anomaly in judged.anomalies]
    told = _in_turns([len(found) for found in places], LINES_OF_DATASET)
    patched = 0
    for anomaly, found, count in zip(judged.anomalies, places, told, strict=True):
        patch = _patch(judged, anomaly) if patched < PATCHES else ""
        patched += bool(patch)
        # Reports go from line to line: the first one tells what is the same for all.
        top = min(found[:count], key=lambda place: (place[0], place[1] or 0))
        for place in found[:count]:
            first = place is top
            fix = _fix(judged, anomaly, patch if first else "", first=first)
            yield _finding(judged, anomaly, place, fix)


def _error_findings(judged: Judged, error: GateError) -> Iterator[Finding]:
    for one in (error, *error.also):
        command = one.hint if one.hint.startswith("gate ") else ""
        yield Finding(
            rule="data/no-schema" if command else "data/unreadable",
            message=one.message,
            path=one.path or judged.dataset.path,
            line=one.line,
            column=one.column,
            fix=Fix(text="" if command else one.hint, command=command),
        )


def _in_turns(wanted: Sequence[int], most: int) -> list[int]:
    """How many each gets, one after the other in turns, so that none hides another."""
    given = [min(1, count) for count in wanted]
    left = most - sum(given)
    for turn in range(2, max(wanted, default=0) + 1):
        for index, count in enumerate(wanted):
            if count >= turn and left > 0:
                given[index] += 1
                left -= 1
    return given


def _places(judged: Judged, anomaly: Anomaly) -> Iterator[_Place]:
    """The lines to point at: a few of each value, the worst first."""
    path = judged.dataset.path
    if anomaly.type in _OF_THE_SCHEMA:
        yield judged.dataset.schema_path, None, None
        return
    left = 1 if anomaly.type in _OF_THE_COLUMN else LINES
    first = left
    for example in anomaly.examples:
        places = list(zip(_paths(path, example), example.lines, strict=False))
        for file, line in places[: min(LINES_OF_VALUE, left)]:
            if _is_text(file):  # lines of Parquet would be rows
                yield file, line, example
                left -= 1
    if left == first:
        header = anomaly.type in _OF_THE_HEADER and _is_text(path)
        # A folder or a pattern has no first line.
        yield path, 1 if header and _is_file(path) else None, None


def _paths(path: str, example: Offender) -> Sequence[str]:
    return example.paths or [path] * len(example.lines)


def _is_text(path: str) -> bool:
    return not path.lower().endswith(_BINARY)


def _is_file(path: str) -> bool:
    return not any(sign in path for sign in "*?[") and "." in path.rpartition("/")[2]


def _finding(judged: Judged, anomaly: Anomaly, place: _Place, fix: Fix) -> Finding:
    path, line, example = place
    rows = judged.report.num_examples if judged.report else 0
    return Finding(
        rule=f"data/{anomaly.type}",
        message=_message(anomaly, example, rows),
        path=path,
        line=line,
        level=Level.ERROR if anomaly.severity == "error" else Level.WARNING,
        fix=fix,
    )


def _fix(judged: Judged, anomaly: Anomaly, patch: str, *, first: bool) -> Fix:
    return Fix(
        text=f"mend the data, or in {judged.dataset.schema_path}: {anomaly.advice}",
        command=anomaly.accept if first else "",
        patch=patch,
    )


def _patch(judged: Judged, anomaly: Anomaly) -> str:
    """The change of the schema's file that accepts the anomaly, as a unified diff."""
    from gate.data import edits

    if not anomaly.changes:
        return ""
    path = judged.dataset.schema_path
    return edits.patch(judged.text, path, anomaly.column, anomaly.changes)


def _message(anomaly: Anomaly, example: Offender | None, rows: int) -> str:
    from gate.data.anomalies import shown

    name = f"`{shown(anomaly.feature)}`"
    if example is not None and example.value and anomaly.reason:
        share = f"{example.count:,} of {plural(rows, 'row')}"
        if not anomaly.feature:  # a key, of several columns perhaps
            return f"{shown(example.value)} is {anomaly.reason} ({share})"
        return f"{name} is {shown(example.value)}, {anomaly.reason} ({share})"
    return f"{name}: {anomaly.description}" if anomaly.feature else anomaly.description


def total(judged: Judged) -> int:
    """The cells that are wrong, and one for each anomaly that is not of cells."""
    count = 1 + len(judged.error.also) if judged.error else 0
    for anomaly in judged.anomalies:
        of_cells = anomaly.examples and anomaly.type not in _OF_THE_COLUMN
        count += max(1, anomaly.count if of_cells else 1)
    return count


def tables(judged: Sequence[Judged]) -> Iterator[Table]:
    """All tables that have a row; the anomalies are the important one."""
    code, number = Kind.CODE, Kind.NUMBER
    yield from _tabled(
        "Anomalies",
        {"dataset": code, "feature": code, "type": code, "severity": Kind.TEXT}
        | {"what": Kind.TEXT, "rows": Kind.COUNT},
        [
            (judge.name, a.feature or None, a.type)
            + (a.severity, a.description, a.count or None)
            for judge in judged
            for a in judge.anomalies
        ],
        important=True,
    )
    yield from _tabled(
        "Drift and skew",
        {"dataset": code, "feature": code, "comparison": Kind.TEXT, "metric": code}
        | {"value": number, "threshold": number, "noise": number, "is": Kind.TEXT},
        [
            (judge.name, m.feature, m.comparison, m.metric)
            + (m.value, m.threshold, m.noise, _outcome(m))
            for judge in judged
            for m in (judge.report.drift_skew if judge.report else ())
        ],
    )
    yield from _tabled(
        "Rows compared by their identifiers",
        {"dataset": code, "feature": code, "pairs": Kind.COUNT, "differ": Kind.COUNT},
        [
            (judge.name, one.feature_name, judge.skew.pairs, one.diff_count)
            for judge in judged
            if judge.skew
            for one in judge.skew.feature_skew
        ],
    )
    yield from _tabled(
        "Changes of the data",
        {"dataset": code, "column": code, "what": Kind.TEXT}
        | {"was": Kind.TEXT, "is": Kind.TEXT},
        [
            (judge.name, *row)
            for judge in judged
            if judge.diff
            for row in _changes(judge.diff)
        ],
    )
    yield from _tabled(
        "Cells that changed",
        {"dataset": code, "line": Kind.COUNT, "key": code, "column": code}
        | {"was": code, "is": code},
        [
            (judge.name, *row)
            for judge in judged
            if judge.diff
            for row in list(_cells(judge.diff))[:CELLS]
        ],
    )
    yield _datasets(judged)


def _datasets(judged: Sequence[Judged]) -> Table:
    kinds = {"dataset": Kind.CODE, "path": Kind.PATH, "schema": Kind.PATH}
    kinds |= {"rows": Kind.COUNT, "anomalies": Kind.COUNT}
    rows: list[tuple[Cell, ...]] = [
        (
            one.name,
            one.dataset.path,
            one.dataset.schema_path,
            one.report.num_examples if one.report else None,
            _number(one, "error"),
        )
        for one in judged
    ]
    if any(_number(one, "warning") for one in judged):
        kinds |= {"warnings": Kind.COUNT}
        pairs = zip(rows, judged, strict=True)
        rows = [(*row, _number(one, "warning")) for row, one in pairs]
    if any(one.before for one in judged):
        kinds |= {"compared with": Kind.TEXT}
        rows = [(*row, one.before) for row, one in zip(rows, judged, strict=True)]
    (table,) = _tabled("Datasets", kinds, rows)
    return table


def _number(judged: Judged, severity: str) -> int | None:
    if not judged.report:
        return None
    return sum(anomaly.severity == severity for anomaly in judged.anomalies)


def _outcome(one: Measurement) -> str:
    if one.value <= one.threshold:
        return "held"
    within = one.noise is not None and one.value <= one.noise
    return "above, within noise" if within else "above"


_Change = tuple[str | None, str, str, str]  # column, what, was, is


def _changes(diff: DataDiff) -> Iterator[_Change]:
    """The rows, the columns, and every statistic that moved."""
    if diff.base_rows != diff.head_rows:
        yield None, "rows", f"{diff.base_rows:,}", f"{diff.head_rows:,}"
    for what in ("added", "removed", "changed"):
        if count := getattr(diff, what):
            yield None, f"rows {what}", "", f"{count:,}"
    if diff.repeated:
        yield None, "rows whose key is not theirs alone", "", f"{diff.repeated:,}"
    for name in diff.columns_removed:
        yield name, "column", "there", "gone"
    for name in diff.columns_added:
        yield name, "column", "", "new"
    for change in diff.types:
        yield change.name, "type", change.base, change.head
    for name, count in diff.changed_cells.items():
        yield name, "cells changed", "", f"{count:,}"
    for column in diff.statistics:
        for move in column.moves:
            yield column.feature, move.name, _said(move.base), _said(move.head)
        if column.distance:
            yield column.feature, column.metric, "", _said(column.distance)


def _cells(diff: DataDiff) -> Iterator[tuple[Cell, ...]]:
    for row in diff.changed_rows:
        key = ", ".join(value or "" for value in row.key.values())
        for cell in row.cells:
            yield row.line, key, cell.name, cell.base or "", cell.head or ""


def _said(value: float | str | None) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:,.6g}"
