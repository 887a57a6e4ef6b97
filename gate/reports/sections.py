"""The parts of a check's result as markdown, each within a budget of bytes.

Budgets count bytes of UTF-8, of which there are never fewer than the characters that
GitHub counts. What does not fit is left out, and a line says how much that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from gate.findings import (
    Column,
    Finding,
    Kind,
    Level,
    Result,
    Status,
    Table,
    Weight,
    plural,
    worst_first,
)
from gate.reports import formatting, markup, text
from gate.reports.links import Links
from gate.reports.markup import code, fitted, item, prose

MAX_COLUMNS = 12
MAX_TABLES = 20
_RESERVE = 250  # bytes for the lines that say what was left out


@dataclass(frozen=True, kw_only=True)
class Room:
    """How much one kind of report may show, and where the rest can be read."""

    size: int
    rest: str
    message: int = 600
    cell: int = 160
    patches: int = 5  # findings of a check that are shown with theirs
    patch_lines: int = 40
    output_lines: int = 30
    full: bool = False  # show a tool's output even where findings say the same
    links: Links | None = None  # to the places of findings


def size(block: str) -> int:
    """The bytes of a block."""
    return len(block.encode())


def fill(blocks: Iterable[str], budget: int) -> list[str]:
    """The first blocks that fit into the budget together, line ends included."""
    kept = []
    for block in blocks:
        budget -= size(block) + 1
        if budget < 0:
            break
        kept.append(block)
    return kept


def icon(result: Result) -> str:
    """A check's outcome in one picture."""
    if result.status is Status.FAILED:
        return "❌" if result.weight is Weight.ERROR else "⚠️"
    return {Status.PASSED: "✅", Status.ERROR: "🚫", Status.SKIPPED: "➖"}[
        result.status
    ]


def urgency(result: Result) -> int:
    """How early a result is shown: what closes the gate first, what passed last."""
    if result.closes:
        return 0 if result.status is Status.FAILED else 1
    return {Status.FAILED: 2, Status.ERROR: 2, Status.PASSED: 3, Status.SKIPPED: 4}[
        result.status
    ]


def details(result: Result, budget: int, room: Room) -> str:
    """Findings, tables and a failing tool's output, in at most `budget` bytes."""
    tail = ""
    if room.full or not result.findings:
        tail = _output(result, budget // 5, room)
    folded = [t for t in result.tables if not t.important and _is_shown(t, room)]
    left = budget - size(tail)
    tables = table_blocks(folded, left * 2 // 3, budget * 3 // 10, room)
    left -= sum(size(block) + 2 for block in tables)
    found = findings(result, left, room)
    return "\n\n".join(filter(None, (found, *tables, tail)))


def _is_shown(table: Table, room: Room) -> bool:
    """Whether to show it: times, which never repeat, would change a like comment."""
    timed = any(column.kind is Kind.SECONDS for column in table.columns)
    return bool(table.rows) and not table.is_drawn and (room.full or not timed)


def table_blocks(
    tables: Sequence[Table], budget: int, each: int, room: Room
) -> list[str]:
    """The tables, none larger than `each`, and how many there was no room for."""
    blocks: list[str] = []
    for table in tables[:MAX_TABLES]:
        block = table_block(table, min(budget, each), room)
        budget -= size(block) + 2
        blocks.append(block)
    shown = [block for block in blocks if block]
    hidden = len(tables) - len(shown)
    if hidden and budget > 0:
        shown.append(f"… and {plural(hidden, 'more table')} in {room.rest}")
    return shown


def findings(result: Result, budget: int, room: Room) -> str:
    """The findings as a list, the worst first; those of before the change folded."""
    ordered = worst_first(result.findings)
    counted = [finding for finding in ordered if finding.new is not False]
    shown = (_item(f, result.check, room, n) for n, f in enumerate(counted))
    items = fill(shown, budget - _RESERVE)
    hidden = result.found - result.existing - len(items)
    if hidden > 0 and budget > _RESERVE:
        items.append(f"- … and {plural(hidden, 'more finding')} in {room.rest}")
    listed = "\n".join(items)
    old = _existing(result, budget - size(listed) - _RESERVE, room)
    return "\n\n".join(filter(None, (listed, old)))


def _existing(result: Result, budget: int, room: Room) -> str:
    """What was there before the change, folded and without its fixes."""
    old = [finding for finding in result.findings if finding.new is False]
    if not old:
        return ""
    said = plural(result.existing, "existing finding")
    head = f"<details><summary>{said}, of before this change</summary>\n"
    bare = (msgspec.structs.replace(finding, fix=None) for finding in old)
    items = fill((_item(f, result.check, room) for f in bare), budget - _RESERVE)
    hidden = result.existing - len(items)
    if hidden > 0:
        items.append(f"- … and {plural(hidden, 'more finding')} in {room.rest}")
    fold = "\n".join([head, *items, "\n</details>"])
    return fold if size(fold) < budget else ""


def table_block(table: Table, budget: int, room: Room, *, titled: bool = True) -> str:
    """A table under its title; an empty text where not even its head fits."""
    columns = table.columns[:MAX_COLUMNS]
    head = [
        *([f"{markup.bold(table.title, 400)}\n"] if titled else []),
        _row(fitted(column.name, 120, _cell_prose) for column in columns),
        _row(
            "---:" if formatting.numeric(column.kind) else "---" for column in columns
        ),
    ]
    left = budget - _RESERVE - sum(size(line) + 1 for line in head)
    rows = fill((_cells(row, columns, room) for row in table.rows), left)
    if left < 0 or (table.rows and not rows):
        return ""
    hidden = (table.total or len(table.rows)) - len(rows)
    if hidden > 0:
        rows.append(f"\n… and {plural(hidden, 'more row')} in {room.rest}")
    columns_hidden = len(table.columns) - len(columns)
    if columns_hidden > 0:
        rows.append(f"\n… and {plural(columns_hidden, 'more column')} in {room.rest}")
    return "\n".join(head + rows)


def _item(finding: Finding, check: str, room: Room, number: int = 0) -> str:
    mark = {Level.ERROR: "", Level.WARNING: "⚠️ ", Level.NOTE: "ℹ️ "}[finding.level]
    parts = [_place(finding, room)]
    parts.append(item(finding.message, room.message))
    rule = formatting.code_of(finding, check)
    if rule:
        parts.append(f" ({fitted(rule, 120, code)})")
    if finding.new:
        parts.append(" *new*")
    return "\n".join([f"- {mark}{''.join(parts)}", *_fix(finding, room, number)])


def _place(finding: Finding, room: Room) -> str:
    place = formatting.place(finding)
    if not place:
        return ""
    shown, link = fitted(place, 500, code), room.links and room.links.to(finding)
    return f"[{shown}]({link}) " if link and len(link) <= 1_000 else f"{shown} "


def _fix(finding: Finding, room: Room, number: int) -> Iterable[str]:
    fix = finding.fix
    if fix is None:
        return
    if "\n" in fix.text:
        yield _block(fix.text.strip("\n").split("\n")[-room.output_lines :], "", room)
    elif fix.text:
        yield f"  - {item(fix.text, room.message)}"
    if fix.command:
        yield f"  - run {fitted(fix.command, room.message, code)}"
    if fix.patch and number < room.patches:
        lines = fix.patch.strip("\n").split("\n")
        yield _block(lines[: room.patch_lines], "diff", room)
        if len(lines) > room.patch_lines:
            more = plural(len(lines) - room.patch_lines, "more line")
            yield f"\n  … and {more} of this patch in {room.rest}"


def _block(lines: Sequence[str], language: str, room: Room) -> str:
    """Lines as code within an item of a list."""
    fenced = markup.fenced(text.cut("\n".join(lines), room.message * 5), language)
    return "\n" + "\n".join(f"  {line}" for line in fenced.split("\n"))


def _output(result: Result, budget: int, room: Room) -> str:
    lines = text.visible(result.output).strip("\n").split("\n")[-room.output_lines :]
    shown = fill(reversed(lines), budget - _RESERVE)
    if not any(shown):
        return ""
    block = markup.fenced("\n".join(reversed(shown)))
    # A fence is as long as the longest run of backticks in the text.
    return f"The end of the output:\n\n{block}" if size(block) < budget - 30 else ""


def _cell_prose(sentence: str) -> str:
    return prose(sentence, cell=True)


def _cell_code(value: str) -> str:
    return code(value, cell=True)


def _cells(row: tuple[object, ...], columns: tuple[Column, ...], room: Room) -> str:
    rendered = []
    for value, column in zip(row, columns):
        shown = formatting.cell(value, column.kind)  # type: ignore[arg-type]
        verbatim = column.kind in (Kind.CODE, Kind.PATH) and isinstance(value, str)
        render = _cell_code if verbatim else _cell_prose
        rendered.append(fitted(shown, room.cell * 2, render))
    return _row(rendered)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
