"""A markdown page about a verdict: one way to fill the comment and the job summary."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jinja2

from gate.findings import Result, Status, Weight, plural
from gate.reports import badge, deltas, formatting, markup, sections, templating, text
from gate.reports.markup import anywhere, fitted, item
from gate.reports.sections import Room, fill, icon, size, urgency
from gate.verdict import Context, State, Verdict

TITLES = {
    State.OPEN: "✅ The gate is open",
    State.CLOSED: "❌ The gate is closed",
    State.ERROR: "🚫 The gate could not judge",
}
_MAX_RESULTS = 40
_QUIET = 3  # from this urgency on, a check gets only the room that others leave
_CUT = "\0"  # no text of a verdict's has one left
_FRAME = 900  # bytes around one check's details: the fold, its title


@dataclass(frozen=True)
class Section:
    """A check's details: its title as markdown and as HTML, and what stands below."""

    heading: str
    summary: str
    body: str
    quiet: bool


class Page(NamedTuple):
    """A page, and where it may be cut off (in characters) without breaking a part."""

    text: str
    cuts: tuple[int, ...]


def render(template: jinja2.Template, verdict: Verdict, room: Room) -> Page:
    """The page in at most `room.size` bytes, as far as the template is one of ours."""
    head: dict[str, Any] = {
        "heading": f"{fitted(title(verdict), 300)}: {fitted(verdict.headline, 400)}",
        "meter": meter(verdict),
        "rows": list(_rows(verdict.results)),
        "reasons": _reasons(verdict),
        "notes": _notes(verdict.context),
        "steps": _fill(_steps(verdict.results), 8_000),
        "judged": _judged(verdict),
        "versions": _fill(_versions(verdict), 3_000),
        "base": _base(verdict, room),
        "cut": _CUT,
        **_plain(verdict),
    }
    frame = template.render(**head, tables=[], sections=[])
    left = room.size - size(frame) - 500
    tables = _important(verdict.results, left * 2 // 5, room)
    left -= sum(size(table) + 2 for table in tables)
    whole = template.render(
        **head, tables=tables, sections=_sections(verdict.results, left, room)
    )
    parts = whole.split(f"{_CUT}\n")
    cuts = itertools.accumulate(len(part) for part in parts[:-1])
    return Page("".join(parts).replace(_CUT, ""), tuple(cuts))


def _plain(verdict: Verdict) -> dict[str, Any]:
    """What a template of the user's may ask beside the parts of the page.

    These are harmless in markdown and in HTML: nobody knows where it puts them.
    """
    told = f"{fitted(title(verdict), 300, anywhere)}: "
    return {
        "title": told + fitted(verdict.headline, 400, anywhere),
        "state": verdict.state.value,
        "name": fitted(verdict.context.name, 100, anywhere),
        "metrics": {anywhere(name): value for name, value in verdict.metrics.items()},
        "checks": [
            {
                "name": fitted(result.check, 100, anywhere) or "(empty)",
                "status": result.status.value,
                "closes": result.closes,
                "summary": fitted(outcome(result), 400, anywhere) or "(empty)",
            }
            for result in verdict.results[:_MAX_RESULTS]
        ],
    }


def ours(name: str) -> jinja2.Template:
    """One of the templates of this package."""
    return _TEMPLATES.get_template(name)


def title(verdict: Verdict) -> str:
    """The verdict in a sentence, with the name of a gate that has one."""
    told, name = TITLES[verdict.state], verdict.context.name
    return told.replace("The gate", f"The gate `{name}`") if name else told


def meter(verdict: Verdict) -> str:
    """The coverage as a bar of ten squares, and the other numbers worth a headline."""
    numbers, moved = verdict.metrics, deltas.changes(verdict)
    value = badge.coverage(verdict)
    parts = []
    if value is not None:
        full = "🟩" if value >= 75 else "🟨" if value >= 40 else "🟥"
        squares = int(value // 10)
        bar = full * squares + "⬜" * (10 - squares)
        shown = formatting.percent(value)
        if "coverage.percent" in moved:
            shown = moved["coverage.percent"].arrow
        parts.append(f"{bar} **coverage {shown}**")
    if "coverage.changed_percent" in numbers:
        changed = formatting.percent(numbers["coverage.changed_percent"])
        parts.append(f"changed lines {changed}")
    if "data.anomalies" in numbers and not _differs(moved, "data.anomalies"):
        found = int(numbers["data.anomalies"])
        parts.append(plural(found, "data anomaly", "data anomalies"))
    parts += _moved(moved)
    return " · ".join(parts)


def _differs(moved: dict[str, deltas.Change], name: str) -> bool:
    return name in moved and not moved[name].same


def _moved(moved: dict[str, deltas.Change]) -> Iterator[str]:
    """What else is not as it was at the base, as far as one looks for it first."""
    models = [name for name in moved if name.startswith("model.")]
    for name in ("data.anomalies", "tests.failed", *models[:3]):
        if _differs(moved, name):
            change = moved[name]
            yield f"{fitted(change.number.label, 100, anywhere)} {change.arrow}"


def outcome(result: Result) -> str:
    """The summary with what its status adds to it, as a sentence."""
    summary = text.cut(text.one_line(result.summary), 300)
    if result.status is Status.ERROR:
        summary = f"could not be judged: {summary}"
    if result.status is Status.SKIPPED:
        summary = f"skipped: {summary}"
    failed = result.status in (Status.FAILED, Status.ERROR)
    if failed and result.weight is not Weight.ERROR:
        summary += " (only a warning: it does not close the gate)"
    return summary


def _rows(results: Sequence[Result]) -> Iterator[str]:
    for result in results[:_MAX_RESULTS]:
        name = markup.bold(result.check, 100, cell=True)
        yield f"| {icon(result)} | {name} | {fitted(outcome(result), 400, _cell)} |"
    if len(results) > _MAX_RESULTS:
        more = plural(len(results) - _MAX_RESULTS, "more check")
        yield f"| … | | and {more} in `results.json` |"


def _steps(results: Sequence[Result]) -> Iterator[str]:
    for result in sorted(results, key=urgency)[:_MAX_RESULTS]:
        if urgency(result) >= _QUIET or not result.advice:
            continue
        first, *others = result.advice
        yield f"- {markup.bold(result.check, 100)}: {item(first, 800)}"
        for advice in others:
            yield f"  - {item(advice, 800)}"


def _fill(lines: Iterable[str], budget: int) -> list[str]:
    every = list(lines)
    kept = fill(every, budget)
    if len(kept) < len(every):
        more = plural(len(every) - len(kept), "more line")
        kept.append(f"- … and {more} in `results.json`")
    return kept


def _important(results: Sequence[Result], budget: int, room: Room) -> list[str]:
    ordered = sorted(results, key=urgency)[:_MAX_RESULTS]
    tables = [t for r in ordered for t in r.tables if t.important and not t.is_drawn]
    return sections.table_blocks(tables, budget, budget, room)


def _sections(results: Sequence[Result], budget: int, room: Room) -> list[Section]:
    ordered = sorted(results[:_MAX_RESULTS], key=urgency)
    ordered = [result for result in ordered if _has_details(result)]
    loud = [result for result in ordered if urgency(result) < _QUIET]
    quiet = [result for result in ordered if urgency(result) >= _QUIET]
    budget -= _FRAME * len(ordered)
    # An equal share each; then what some did not need goes to the others, worst first.
    shares = [budget // len(loud)] * len(loud) if loud else []
    bodies = [sections.details(r, share, room) for r, share in zip(loud, shares)]
    left = budget - sum(map(size, bodies))
    for index, result in enumerate(loud):
        left += size(bodies[index])
        bodies[index] = sections.details(result, left, room)
        left -= size(bodies[index])
    for index, result in enumerate(quiet):
        bodies.append(sections.details(result, left // (len(quiet) - index), room))
        left -= size(bodies[-1])
    return [_section(r, body) for r, body in zip(loud + quiet, bodies) if body]


def _has_details(result: Result) -> bool:
    folded = any(not (t.important or t.is_drawn) for t in result.tables)
    return bool(result.findings or folded or result.output.strip())


def _section(result: Result, body: str) -> Section:
    name, said = text.cut(result.check, 100), text.one_line(result.summary)
    mark = icon(result)
    return Section(
        heading=f"{mark} {fitted(name, 120)}: {fitted(said, 250)}",
        summary=f"{mark} <b>{fitted(name, 150, markup.inline_html)}</b>: "
        f"{fitted(said, 400, markup.inline_html)}",
        body=body,
        quiet=urgency(result) >= _QUIET,
    )


def _base(verdict: Verdict, room: Room) -> dict[str, str]:
    """The numbers beside the base's, as a fold; nothing where none were recorded."""
    found, past = deltas.table(verdict), verdict.context.past
    if found is None or past is None:
        return {}
    moved = [c for c in deltas.changes(verdict).values() if not c.same]
    said = plural(len(moved), "number has changed", "numbers have changed")
    summary = f"{markup.inline_html(deltas.title(past))}: {said}"
    return {
        "summary": summary,
        "body": sections.table_block(found, 6_000, room, titled=False),
    }


def _reasons(verdict: Verdict) -> list[str]:
    """Why nothing was judged, as far as neither a row nor the headline says it."""
    reasons = () if verdict.results else verdict.reasons
    more = (reason for reason in reasons if reason != verdict.headline)
    return _fill((f"- {item(reason, 1_000)}" for reason in more), 8_000)


def _notes(context: Context) -> list[str]:
    return _fill((f"- {item(note, 600)}" for note in context.notes), 3_000)


def _judged(verdict: Verdict) -> str:
    """What was judged, as HTML for the fold's title."""
    context = verdict.context
    head = f"commit {_commit(context.head)}" if context.head else "this tree"
    if context.dirty:
        head += " with uncommitted changes"
    if not verdict.results:
        return f"Nothing of {head} was judged" if context.head else "Nothing was judged"
    if not context.base:
        return f"Judged {head}, with nothing to compare it with"
    return f"Judged {head} against {_commit(context.base)}"


def _commit(value: str) -> str:
    return markup.inline_html(f"`{text.value(value)[:7]}`".replace("``", "?"))


def _versions(verdict: Verdict) -> Iterator[str]:
    context = verdict.context
    if context.base_ref:
        yield f"- compared with {fitted(context.base_ref, 300)}"
    if context.config:
        yield f"- configuration {fitted(context.config, 300, markup.code)}"
    yield f"- gate {fitted(context.gate, 100)}"
    if context.python:
        yield f"- Python {fitted(context.python, 300)}"
    if context.platform:
        yield f"- {item(context.platform, 200)}"
    tools = {tool: None for result in verdict.results for tool in result.tools}
    for tool in tools:
        origin = f", {fitted(tool.origin, 300)}" if tool.origin else ""
        yield f"- {fitted(tool.name, 100)} {fitted(tool.version, 100)}{origin}"


def _cell(sentence: str) -> str:
    return markup.prose(sentence, cell=True)


_TEMPLATES = templating.environment(autoescape=False)
