"""What `gate run` prints: a line for each check, what to do next, and the verdict."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from rich.console import Console, Group, JustifyMethod, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from gate.findings import (
    Cell,
    Finding,
    Fix,
    Kind,
    Level,
    Result,
    Status,
    Table,
    Weight,
    plural,
    worst_first,
)
from gate.reports import deltas, formatting, page, text
from gate.verdict import State, Verdict

_LINES = 32  # findings on one screen, shared by the checks that have any
_ROWS = 8  # of an important table
_ICONS = {"passed": "✓", "failed": "✗", "warning": "!", "error": "✗", "skipped": "-"}
_PLAIN = {"passed": "ok", "failed": "X", "warning": "!", "error": "X", "skipped": "-"}
_STYLES = {
    "passed": "green",
    "failed": "bold red",
    "warning": "yellow",
    "error": "bold magenta",
    "skipped": "dim",
}
_TO_ASCII = str.maketrans(
    {"…": "...", "–": "-", "—": "-", "·": "-", "→": "->", "␠": "_"}
)


@dataclass(frozen=True)
class _Screen:
    """How much to show, and with which signs."""

    icons: Mapping[str, str]
    findings: Mapping[str, int]  # check -> how many at most
    verbose: bool
    color: bool

    def prose(self, sentence: str, style: str = "") -> Text:
        """A sentence with its code set off; rich's own markup is never read."""
        line = Text(style=style, overflow="fold")
        for is_code, part in text.spans(text.one_line(sentence)):
            # Without colours only the backticks tell where the code ends.
            shown = f"`{part}`" if is_code and not self.color else part
            line.append(shown, "bold" if is_code else "")
        return line


def render(
    verdict: Verdict,
    *,
    color: bool = False,
    width: int | None = None,
    reports: Mapping[str, str] | None = None,
    verbose: bool = False,
    encoding: str = "utf-8",
) -> str:
    """The text for a terminal of `width` columns (80 when it is not known).

    `reports` are the files that were written, name to path. `verbose` shows every
    finding and its patch. What `encoding`, that of the stream, cannot hold is replaced.
    """
    console = Console(
        file=io.StringIO(),
        width=max(width or 80, 40),
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    with console.capture() as captured:
        console.print(
            _body(verdict, reports or {}, _screen(verdict, verbose, color, encoding))
        )
    lines = captured.get().split("\n")
    return _encodable("\n".join(line.rstrip() for line in lines), encoding)


def _screen(verdict: Verdict, verbose: bool, color: bool, encoding: str) -> _Screen:
    icons = _ICONS if _encodable("✓✗", encoding) == "✓✗" else _PLAIN
    counts = {r.check: len(_alike(_counted(r, verbose))) for r in verdict.results}
    shares = dict.fromkeys(counts, 10**6) if verbose else _shares(counts)
    return _Screen(icons, shares, verbose, color)


def _counted(result: Result, verbose: bool) -> tuple[Finding, ...]:
    """The findings to show: with what was there before the change only on demand."""
    return tuple(f for f in result.findings if verbose or f.new is not False)


def _shares(counts: Mapping[str, int]) -> dict[str, int]:
    """How many findings of each check to show: what few leave over, many may have."""
    shares, left = {}, _LINES
    loud = sorted(counts.items(), key=lambda item: item[1])
    for index, (check, count) in enumerate(loud):
        shares[check] = min(count, max(3, left // (len(loud) - index)))
        left -= shares[check]
    return shares


def _alike(
    findings: tuple[Finding, ...], *, apart: bool = False
) -> list[list[Finding]]:
    """The findings; unless `apart`, those that say the same of a file together."""
    groups: dict[object, list[Finding]] = {}
    for finding in worst_first(findings):
        key: object = (finding.rule, finding.path, finding.message)
        key = finding if apart else key
        groups.setdefault(key, []).append(finding)
    return list(groups.values())


def _body(verdict: Verdict, reports: Mapping[str, str], screen: _Screen) -> Group:
    names = max((len(_name(r)) for r in verdict.results), default=0)
    parts: list[RenderableType] = []
    for result in verdict.results:
        parts.append(_headline(result, names, screen))
        parts.extend(Padding(p, (0, 0, 0, 4)) for p in _details(result, screen))
    parts.append(Text())
    parts.extend(_verdict(verdict, screen))
    failed = any(result.findings for result in verdict.results if result.closes)
    parts.extend(_reports(reports, verbose=screen.verbose, failed=failed))
    return Group(*parts)


def _headline(result: Result, names: int, screen: _Screen) -> RenderableType:
    sign = _sign(result)
    icon_width = max(map(len, screen.icons.values()))
    grid = Grid.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(width=icon_width)
    grid.add_column(width=names)
    grid.add_column(ratio=1)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_row(
        Text(screen.icons[sign], _STYLES[sign]),
        Text(_name(result), "bold"),
        screen.prose(page.outcome(result)),
        Text(formatting.seconds(result.duration) if result.duration else "", "dim"),
    )
    return grid


def _name(result: Result) -> str:
    return text.cut(text.one_line(result.check), 20)


def _sign(result: Result) -> str:
    failed = result.status in (Status.FAILED, Status.ERROR)
    if failed and result.weight is not Weight.ERROR:
        return "warning"
    return str(result.status.value)


def _details(result: Result, screen: _Screen) -> list[RenderableType]:
    parts: list[RenderableType] = []
    counted = _counted(result, screen.verbose)
    groups = _alike(counted, apart=screen.verbose)[: screen.findings[result.check]]
    for first, *others in groups:
        parts.extend(_finding(first, len(others), result.check, screen))
    # What was there before is counted in the summary.
    left_out = 0 if screen.verbose else result.existing
    hidden = result.found - left_out - sum(map(len, groups))
    if hidden > 0:
        parts.append(Text(f"… and {plural(hidden, 'more finding')}", "dim"))
    if result.status not in (Status.FAILED, Status.ERROR):
        return parts
    # Findings at their lines say it better than a table or a tool's output.
    if screen.verbose or not any(finding.path for finding in result.findings):
        parts.extend(_table(t, screen) for t in result.tables if not t.is_drawn)
        parts.extend(_output(result, screen))
    parts.extend(screen.prose(f"→ {advice}", "cyan") for advice in result.advice)
    return parts


def _finding(
    finding: Finding, others: int, check: str, screen: _Screen
) -> list[RenderableType]:
    longest = 4_000 if screen.verbose else 300
    line = Text(overflow="fold")
    place = formatting.place(finding)
    if place:
        line.append(f"{place}  ", "bold" if finding.level is Level.ERROR else "")
    line.append(f"{text.cut(formatting.code_of(finding, check), 80)}  ", "dim")
    if finding.level is not Level.ERROR:
        line.append(f"{finding.level.value}: ")
    line.append_text(screen.prose(text.cut(finding.message, longest)))
    if finding.new is not None:
        line.append("  (new)" if finding.new else "  (existing)", "dim")
    if others:
        line.append(f"  (and {plural(others, 'more line')})", "dim")
    parts: list[RenderableType] = [line]
    parts.extend(Padding(part, (0, 0, 0, 2)) for part in _fix(finding, screen))
    return parts


def _fix(finding: Finding, screen: _Screen) -> Iterator[Text]:
    fix = finding.fix or Fix()
    if not screen.verbose:  # a screen of findings comes before one of their fixes
        return
    if "\n" not in fix.text and fix.text:
        yield screen.prose(text.cut(fix.text, 300), "dim")
    elif fix.text:
        yield Text(text.visible(fix.text).strip("\n"), "dim")
    if fix.command:
        yield screen.prose(f"run `{text.cut(fix.command, 300)}`", "dim")
    if fix.patch:
        yield Text(text.visible(fix.patch).strip("\n"))


def _table(table: Table, screen: _Screen) -> RenderableType:
    grid = Grid(
        title=screen.prose(table.title, "bold"),
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    columns = table.columns[:8]
    for column in columns:
        justify: JustifyMethod = "right" if formatting.numeric(column.kind) else "left"
        name = Text(text.one_line(column.name), "dim")
        grid.add_column(name, justify=justify, overflow="fold")
    for row in table.rows[:_ROWS]:
        grid.add_row(*(_cell(v, c.kind, screen) for v, c in zip(row, columns)))
    hidden = (table.total or len(table.rows)) - min(len(table.rows), _ROWS)
    if hidden <= 0:
        return grid
    return Group(grid, Text(f"… and {plural(hidden, 'more row')}", "dim"))


def _cell(value: Cell, kind: Kind, screen: _Screen) -> Text:
    shown = text.cut(formatting.cell(value, kind), 120)
    return screen.prose(shown) if kind is Kind.TEXT else Text(shown)


def _output(result: Result, screen: _Screen) -> list[RenderableType]:
    if not result.output.strip():
        return []
    lines = text.visible(result.output).strip("\n").split("\n")
    shown = lines if screen.verbose else [text.cut(line, 200) for line in lines[-8:]]
    return [Text("\n".join(f"| {line}" for line in shown), "dim")]


def _verdict(verdict: Verdict, screen: _Screen) -> list[RenderableType]:
    style = {State.OPEN: "bold green", State.CLOSED: "bold red"}.get(
        verdict.state, "bold magenta"
    )
    title = text.one_line(page.title(verdict).split(" ", 1)[1])
    line = Text(f"{title}: ", style)
    line.append_text(screen.prose(verdict.headline))
    if verdict.context.duration:
        line.append(f" ({formatting.seconds(verdict.context.duration)})", "dim")
    # The rows above say why, where there are any.
    reasons = [] if verdict.results else verdict.reasons[:20]
    reasons = [reason for reason in reasons if reason != verdict.headline]
    said = [text.cut(reason, 200) for reason in reasons]
    said += _since(verdict)
    said += [f"note: {note}" for note in verdict.context.notes[:5]]
    return [line, *(Padding(screen.prose(s, "dim"), (0, 0, 0, 2)) for s in said)]


def _since(verdict: Verdict) -> list[str]:
    """What has changed since the base's record, if there is one."""
    past = verdict.context.past
    moved = [c for c in deltas.changes(verdict).values() if not c.same][:5]
    if past is None or not moved:
        return []
    told = ", ".join(f"{change.number.label} {change.arrow}" for change in moved)
    return [f"since `{past.commit[:7]}`: {told}"]


def _reports(
    reports: Mapping[str, str], *, verbose: bool, failed: bool
) -> list[RenderableType]:
    """Where the first report is, and the others, which are mostly next to it."""
    folders: dict[str, list[str]] = {}
    for path in map(PurePath, reports.values()):
        folders.setdefault(str(path.parent), []).append(path.name)
    parts: list[RenderableType] = [Text()] if reports else []
    if reports and not verbose and failed:
        parts.append(Text("gate run -v prints every finding and how to mend it", "dim"))
    for folder, names in folders.items():
        line = f"reports in {text.value(folder)}: {', '.join(map(text.value, names))}"
        parts.append(Text(line, "dim", overflow="fold"))
    return parts


def _encodable(shown: str, encoding: str) -> str:
    try:
        shown.encode(encoding)
    except UnicodeEncodeError:
        plain = shown.translate(_TO_ASCII)
        return plain.encode(encoding, "backslashreplace").decode(encoding)
    return shown
