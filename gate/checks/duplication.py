"""Copied code: the same lines in several places, renamed and edited ones too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from typing import Annotated, ClassVar

import msgspec

from gate.code import duplicates
from gate.code.duplicates import Clone, Found, Place
from gate.code.source import Source
from gate.findings import Column, Finding, Fix, Kind, Level, Result, Status, Table
from gate.findings import plural
from gate.project import Project

MAX_ROWS = 30  # of the table of clones
MAX_NAMED = 5  # places in the words on how to mend one
MIN_CHANGED = 20  # lines; of fewer, a percentage says nothing

Lines = Mapping[str, frozenset[int]]


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Copied code: how much of it counts, where, and how much there may be."""

    directions: ClassVar[dict[str, str]] = {
        "min_lines": "falling",
        "maximum": "falling",
        "tests": "set",
    }

    min_lines: Annotated[
        int,
        msgspec.Meta(
            ge=4, description="The least lines of real code that a clone has in common."
        ),
    ] = 8
    maximum: Annotated[
        float,
        msgspec.Meta(
            ge=0,
            le=100,
            description="The most of the code, in percent, that may be copied; at 0"
            " every clone is an error, else each is a warning.",
        ),
    ] = 0
    new: Annotated[
        bool,
        msgspec.Meta(
            description="Whether only the lines are judged that a change brings."
        ),
    ] = False
    tests: Annotated[
        bool, msgspec.Meta(description="Whether files of tests are looked at.")
    ] = False
    exclude: Annotated[
        tuple[str, ...],
        msgspec.Meta(description="Patterns of files that are left out: `vendor/*`."),
    ] = ()


def run(project: Project, options: Options) -> Result:
    """Every place that holds the code of an earlier one is a finding."""
    sources = [*_sources(project, options)]
    if not sources:
        return Result(status=Status.SKIPPED, summary="there are no Python files")
    found = duplicates.find(sources, min_lines=options.min_lines)
    changed = project.changed_lines if options.new else None
    if options.new and changed is None:
        return _without_base(project, found)
    judged = _within(found.code, changed)
    copied = _within(found.copied, changed)
    findings = [*_too_much(judged, copied, options), *_incomplete(found)]
    level = Level.WARNING if options.maximum else Level.ERROR
    for clone in found.clones:
        findings += _findings(clone, changed, level)
    failed = any(finding.level is Level.ERROR for finding in findings)
    return Result(
        status=Status.FAILED if failed else Status.PASSED,
        summary=_summary(found, copied, changed),
        findings=tuple(findings),
        tables=(_table(found.clones),) if found.clones else (),
        metrics=_metrics(found),
        advice=_advice() if failed else (),
    )


def _sources(project: Project, options: Options) -> Iterator[Source]:
    """The files that are looked at; a stub says again what its module says."""
    tests = frozenset(() if options.tests else project.tests)
    for source in project.code:
        left_out = any(fnmatch(source.path, one) for one in options.exclude)
        if source.path not in tests and not left_out and source.path[-4:] != ".pyi":
            yield source


def _without_base(project: Project, found: Found) -> Result:
    """What was to be judged and could not be must not look as if it was."""
    why = next((n for n in project.notes if n.startswith("no base")), "")
    why = why.partition(";")[0] or "no base to compare with: no commit here"
    message = f"{why}, so the copies in changed lines cannot be judged"
    return Result(
        status=Status.ERROR,
        summary=message,
        findings=(Finding(rule="duplication/no-base", message=message),),
        tables=(_table(found.clones),) if found.clones else (),
        metrics=_metrics(found),
        advice=(
            "check out with `fetch-depth: 0`, or name the base: `--base`, or `base:`"
            " in gate.yaml",
        ),
    )


def _within(lines: Lines, changed: Lines | None) -> int:
    """How many lines there are, or of them how many a change brings."""
    if changed is None:
        return sum(map(len, lines.values()))
    return sum(
        len(some & changed.get(path, some - some)) for path, some in lines.items()
    )


def _too_much(judged: int, copied: int, options: Options) -> Iterator[Finding]:
    few = options.new and judged < MIN_CHANGED
    if not options.maximum or few or 100 * copied <= options.maximum * judged:
        return
    what = "the changed lines of code" if options.new else "the code"
    yield Finding(
        rule="duplication/too-much",
        message=f"{_percent(copied, judged)} of {what} is copied, more than the"
        f" {options.maximum:g} % that may be",
    )


def _incomplete(found: Found) -> Iterator[Finding]:
    if not found.complete:
        yield Finding(
            rule="duplication/incomplete",
            message="there is more code than is compared: some copies are not named",
            level=Level.WARNING,
            fix=Fix(text="leave generated files out with `exclude`"),
        )


def _findings(clone: Clone, changed: Lines | None, level: Level) -> Iterator[Finding]:
    """All places but one, which the others name; those a change touches, if asked."""
    touched = [place for place in clone.places if _touches(place, changed)]
    whole = len(touched) == len(clone.places)
    for place in touched[1:] if whole else touched:
        yield _finding(clone, place, level)


def _touches(place: Place, changed: Lines | None) -> bool:
    if changed is None:
        return True
    lines = changed.get(place.path, frozenset())
    return not lines.isdisjoint(range(place.first, place.last + 1))


def _finding(clone: Clone, place: Place, level: Level) -> Finding:
    others = [other for other in clone.places if other != place]
    return Finding(
        rule="duplication/copy",
        # No lines and no counts, as a finding is known again by its message.
        message=f"the same code is in {_where(others[0], place)}",
        level=level,
        path=place.path,
        line=place.first,
        end_line=place.last,
        fix=Fix(text=_advised(clone, others)),
    )


def _where(other: Place, place: Place) -> str:
    if other.path == place.path:
        same = "this file" if not other.name else f"`{other.name}`"
        return f"{same}, in another place" if other.name == place.name else same
    return f"`{other.name}` of `{other.path}`" if other.name else f"`{other.path}`"


def _advised(clone: Clone, others: list[Place]) -> str:
    shown = [
        f"lines {other.first} to {other.last} of {other.path}"
        for other in others[:MAX_NAMED]
    ]
    more = [f"{len(others) - MAX_NAMED} more"] if len(others) > MAX_NAMED else []
    return (
        f"make one function of it: {plural(clone.lines, 'line')} of code are alike by"
        f" {_alike(clone)} % with {', '.join([*shown, *more])}"
    )


def _alike(clone: Clone) -> int:
    """In percent, where 100 means word for word."""
    return min(round(100 * clone.similarity), 100 if clone.similarity == 1 else 99)


def _percent(part: int, whole: int) -> str:
    """With digits enough that a little is not nothing."""
    percent = 100 * part / whole if whole else 0.0
    return f"{max(percent, 0.1) if part else 0:.1f} %"


def _summary(found: Found, copied: int, changed: Lines | None) -> str:
    code = _within(found.code, None)
    size = plural(code, "line") + " of code"
    if not found.clones:
        return f"no copies in {size}"
    share = _percent(_within(found.copied, None), code)
    summary = f"{plural(len(found.clones), 'clone')}, {share} of {size}"
    if changed is not None:
        summary += f", {plural(copied, 'changed line')} in one"
    return summary


def _table(clones: tuple[Clone, ...]) -> Table:
    rows = [
        (
            clone.places[0].path,
            _span(clone.places[0]),
            clone.places[1].path,
            _span(clone.places[1]),
            len(clone.places),
            clone.lines,
            _alike(clone),
        )
        for clone in clones[:MAX_ROWS]
    ]
    return Table(
        title="The largest clones",
        columns=(
            Column(name="file", kind=Kind.PATH),
            Column(name="lines"),
            Column(name="copy", kind=Kind.PATH),
            Column(name="its lines"),
            Column(name="places", kind=Kind.COUNT),
            Column(name="alike", kind=Kind.COUNT),
            Column(name="alike by", kind=Kind.PERCENT),
        ),
        rows=tuple(rows),
        total=len(clones),
    )


def _span(place: Place) -> str:
    return f"{place.first} to {place.last}"


def _metrics(found: Found) -> dict[str, float]:
    code, copied = _within(found.code, None), _within(found.copied, None)
    return {
        "duplication.percent": 100 * copied / code if code else 0.0,
        "duplication.lines": copied,
        "duplication.clones": len(found.clones),
    }


def _advice() -> tuple[str, ...]:
    return ("make one function of what is copied: the table of clones has both places",)
