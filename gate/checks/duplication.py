"""Copied code: the same lines in several places, renamed and edited ones too."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from typing import Annotated, ClassVar

import msgspec

from gate import cells
from gate.code import duplicates
from gate.code.duplicates import Clone, Found, Place
from gate.code.notebooks import Notebook
from gate.code.source import Source
from gate.findings import (
    Column,
    Excluded,
    Finding,
    Fix,
    Judge,
    Judged,
    Kind,
    Level,
    Result,
    Status,
    Table,
    plural,
)
from gate.project import Project

MAX_ROWS = 30  # of the table of clones
MAX_NAMED = 5  # places in the words on how to mend one

Lines = Mapping[str, frozenset[int]]


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Copied code: how much of it counts, where, and how much there may be."""

    directions: ClassVar[dict[str, str]] = {
        "min_lines": "falling",
        "maximum": "falling",
        "tests": "set",
    }

    judge: Judged = Judge.ALL
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
    tests: Annotated[
        bool, msgspec.Meta(description="Whether files of tests are looked at.")
    ] = False
    exclude: Excluded = ()


def run(project: Project, options: Options) -> Result:
    """Every place that holds the code of another is a finding, but the original."""
    sources = [*_sources(project, options)]
    if not sources:
        return Result(status=Status.SKIPPED, summary="there are no Python files")
    found = duplicates.find(sources, min_lines=options.min_lines)
    code, copied = _count(found.code), _count(found.copied)
    findings = [*_too_much(code, copied, options), *_incomplete(found)]
    level = Level.WARNING if options.maximum else Level.ERROR
    changed = project.changed_lines or {}
    notebooks = {notebook.path: notebook for notebook in project.notebooks}
    for clone in found.clones:
        places = _original_first(clone, changed, notebooks)
        # All places but one, which the others name.
        findings += [
            _finding(clone, places, place, level, notebooks) for place in places[1:]
        ]
    failed = any(finding.level is Level.ERROR for finding in findings)
    return Result(
        status=Status.FAILED if failed else Status.PASSED,
        summary=_summary(found),
        findings=tuple(findings),
        tables=(_table(found.clones, notebooks),) if found.clones else (),
        metrics=_metrics(found),
        advice=_advice() if failed else (),
    )


def _sources(project: Project, options: Options) -> Iterator[Source]:
    """The files that are looked at; a stub says again what its module says."""
    tests = frozenset(() if options.tests else project.tests)
    for source in (*project.code, *project.notebooks):
        left_out = any(fnmatch(source.path, one) for one in options.exclude)
        if source.path not in tests and not left_out and source.path[-4:] != ".pyi":
            yield source


def _count(lines: Lines) -> int:
    return sum(map(len, lines.values()))


def _too_much(code: int, copied: int, options: Options) -> Iterator[Finding]:
    if options.maximum and 100 * copied > options.maximum * code:
        yield Finding(
            rule="duplication/too-much",
            message=f"{_percent(copied, code)} of the code is copied, more than the"
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


def _original_first(
    clone: Clone, changed: Lines, notebooks: Mapping[str, Notebook]
) -> list[Place]:
    """The places in their order, but what the change touches behind the others."""

    def touched(place: Place) -> bool:
        lines = changed.get(place.path, frozenset())
        place = _in_file(place, notebooks)
        return not lines.isdisjoint(range(place.first, place.last + 1))

    return sorted(clone.places, key=touched)


def _finding(
    clone: Clone,
    places: list[Place],
    place: Place,
    level: Level,
    notebooks: Mapping[str, Notebook],
) -> Finding:
    others = [_in_file(other, notebooks) for other in places if other != place]
    finding = Finding(
        rule="duplication/copy",
        # No lines and no counts, as a finding is known again by its message.
        message=f"the same code is in {_where(others[0], place)}",
        level=level,
        path=place.path,
        line=place.first,
        end_line=place.last,
        fix=Fix(text=_advised(clone, others)),
        # Either place may be told, and either may move.
        key=" ".join(sorted((place.name, others[0].name))),
    )
    notebook = notebooks.get(place.path)
    return cells.located(finding, notebook) if notebook else finding


def _in_file(place: Place, notebooks: Mapping[str, Notebook]) -> Place:
    """A place by the lines of its file, which of a notebook are others."""
    if notebook := notebooks.get(place.path):
        first, last = (notebook.place(n).at for n in (place.first, place.last))
        return dataclasses.replace(place, first=first, last=last)
    return place


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


def _summary(found: Found) -> str:
    code = _count(found.code)
    size = plural(code, "line") + " of code"
    if not found.clones:
        return f"no copies in {size}"
    share = _percent(_count(found.copied), code)
    return f"{plural(len(found.clones), 'clone')}, {share} of {size}"


def _table(clones: tuple[Clone, ...], notebooks: Mapping[str, Notebook]) -> Table:
    rows = []
    for clone in clones[:MAX_ROWS]:
        one, other = (_in_file(place, notebooks) for place in clone.places[:2])
        places = one.path, _span(one), other.path, _span(other)
        rows.append((*places, len(clone.places), clone.lines, _alike(clone)))
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
    code, copied = _count(found.code), _count(found.copied)
    return {
        "duplication.percent": 100 * copied / code if code else 0.0,
        "duplication.lines": copied,
        "duplication.clones": len(found.clones),
    }


def _advice() -> tuple[str, ...]:
    return ("make one function of what is copied: the table of clones has both places",)
