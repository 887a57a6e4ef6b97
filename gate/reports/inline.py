"""Findings as GitHub's workflow commands, which GitHub shows at the lines of the diff.

GitHub keeps ten annotations of each kind from one step, first come, first served, so
the worst come first and the last notice counts the hidden ones. Escaping follows
`ActionCommand.cs` of actions/runner.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from gate.findings import Finding, Level, Result, Status, plural, worst_first
from gate.reports import text
from gate.verdict import Verdict

LIMIT = 10  # of one kind in one step
_MAX_MESSAGE = 4_000  # GitHub cuts at 4,096
_KINDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
# The runner compares as a language does, which overlooks many a character that is not
# ASCII, between these as well as before them.
_COMMAND = re.compile(r"([\s\x80-\U0010ffff]*):([\x80-\U0010ffff]*):")
_OLD_COMMAND = re.compile(r"(#[\x80-\U0010ffff]*#)([\x80-\U0010ffff]*\[)")


def render(verdict: Verdict) -> str:
    """The commands, one a line.

    Findings name paths from the project's root, GitHub wants them from the
    repository's.
    """
    shown, hidden = _split(verdict)
    lines = [_command(*annotation) for annotation in shown]
    left = len(hidden) + sum(
        result.found - len(result.findings)
        for result in verdict.results
        if not result.existing  # of those, what was there before is left out first
    )
    if left > 0:
        message = f"{plural(left, 'more finding')}: see the summary of this job"
        lines.append(_command("notice", {"title": "gate"}, message))
    return "".join(f"{line}\n" for line in lines)


class Beyond(NamedTuple):
    """An annotation that the commands leave out, as GitHub's API takes one."""

    path: str
    start_line: int
    end_line: int
    column: int | None
    level: str
    title: str
    message: str


def beyond(verdict: Verdict) -> tuple[Beyond, ...]:
    """What the commands have no room for, as far as it has a place in a file."""
    levels = {"error": "failure", "warning": "warning", "notice": "notice"}
    found = []
    for kind, properties, message in _split(verdict)[1]:
        path = properties.get("file", "")
        if not path or text.value(path) != path or ".." in path.split("/"):
            continue
        start = int(properties.get("line", 1))
        end = int(properties.get("endLine", start))
        column = int(properties["col"]) if "col" in properties else None
        found.append(
            Beyond(
                path=path,
                start_line=max(start, 1),
                end_line=max(start, end, 1),
                column=column if start == end and column and column > 0 else None,
                level=levels[kind],
                title=text.cut(text.value(properties["title"]), 200),
                message=text.cut(text.visible(message), _MAX_MESSAGE) or "no message",
            )
        )
    return tuple(found)


_Annotation = tuple[str, dict[str, str], str]


def _split(verdict: Verdict) -> tuple[list[_Annotation], list[_Annotation]]:
    """The annotations that GitHub shows of a step, and the others."""
    shown: list[_Annotation] = []
    hidden: list[_Annotation] = []
    seen: Counter[str] = Counter()
    for annotation in _annotations(verdict):
        kind = annotation[0]
        seen[kind] += 1
        fits = seen[kind] <= LIMIT - (kind == "notice")
        (shown if fits else hidden).append(annotation)
    return shown, hidden


def neutralise(log: str) -> str:
    """The text with nothing in it that a runner takes for a command.

    A command starts with `::` on a line of its own, or with `##[` anywhere; a carriage
    return alone also ends a line.
    """
    lines = text.visible(log).split("\n")
    return "\n".join(_without_old(_quiet(line)) for line in lines)


def _quiet(line: str) -> str:
    begin = _COMMAND.match(line)
    return f": {begin[1]}{begin[2]}:{line[begin.end() :]}" if begin else line


def _without_old(line: str) -> str:
    return _OLD_COMMAND.sub(r"\1 \2", line)


def _annotations(verdict: Verdict) -> Iterator[_Annotation]:
    folder = verdict.context.folder
    if not verdict.results:
        for reason in verdict.reasons:
            yield "error", {"title": "the gate could not judge"}, reason
    for result in verdict.results:
        if result.status is Status.ERROR:
            kind = "error" if result.closes else "warning"
            title = f"{result.check} could not be judged"
            yield kind, {"title": title}, "\n".join([result.summary, *result.advice])
    for result, finding in _ordered(verdict):
        yield _kind(result, finding), _properties(finding, folder), _message(finding)


def _ordered(verdict: Verdict) -> list[tuple[Result, Finding]]:
    """The worst first; among equals the checks take turns, so that none is drowned.

    Without what was there before the change, which is nothing to tell its author.
    """
    keyed = []
    for turn, result in enumerate(verdict.results):
        ranks: Counter[tuple[str, bool]] = Counter()
        found = tuple(one for one in result.findings if one.new is not False)
        for finding in _in_turns(worst_first(found)):
            group = (_kind(result, finding), finding.new is not True)
            keyed.append((*group, ranks[group], turn, result, finding))
            ranks[group] += 1
    keyed.sort(key=lambda item: item[:4])
    return [(result, finding) for *_, result, finding in keyed]


def _in_turns(findings: tuple[Finding, ...]) -> list[Finding]:
    """Findings that are alike take turns with the others of their check.

    Alike are those of one rule in one file whose messages begin with the same word,
    as all that are about one column of a table do.
    """
    seen: Counter[tuple[str, str | None, str]] = Counter()
    ranked = []
    for finding in findings:
        alike = finding.rule, finding.path, finding.message.partition(" ")[0]
        ranked.append((seen[alike], finding))
        seen[alike] += 1
    return [finding for _, finding in sorted(ranked, key=lambda pair: pair[0])]


def _kind(result: Result, finding: Finding) -> str:
    if finding.level is Level.ERROR and not result.closes:
        return "warning"
    return _KINDS[finding.level]


def _properties(finding: Finding, folder: str) -> dict[str, str]:
    properties = {}
    if finding.path:
        properties["file"] = f"{folder.rstrip('/')}/{finding.path}".lstrip("/")
        if finding.line:
            properties["line"] = str(finding.line)
            properties["endLine"] = str(finding.end_line or finding.line)
            if finding.column and finding.end_line in (None, finding.line):
                properties["col"] = str(finding.column)
    return properties | {"title": finding.rule}


def _message(finding: Finding) -> str:
    lines = [finding.message]
    if finding.fix and finding.fix.text:
        lines.append(finding.fix.text)
    if finding.fix and finding.fix.command:
        lines.append(f"run: {finding.fix.command}")
    return "\n".join(lines)


def _command(kind: str, properties: dict[str, str], message: str) -> str:
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    data = _data(text.cut(text.visible(message), _MAX_MESSAGE))
    # A mark that stands on a colon makes it another character for the runner, which
    # would look for the next `::`, or for `##[`. Blanks at the end it takes away.
    before, after = ("" if one.isascii() else " " for one in (listed[-1], data[:1]))
    return _without_old(f"::{kind} {listed}{before}::{after}{data}")


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    safe = _data(text.cut(text.value(value), 1_000))
    return safe.replace(":", "%3A").replace(",", "%2C")
