"""Names: PEP 8's, that say something, of modules that can be imported."""

from __future__ import annotations

import functools
from typing import Annotated, ClassVar

import msgspec

from gate import smells
from gate.code import naming, vague
from gate.findings import Excluded, Judge, Judged, Result, Status
from gate.project import Project


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names: PEP 8's, that say something, of modules that can be imported."""

    directions: ClassVar[dict[str, str]] = {"reach": "falling"}

    judge: Judged = Judge.ALL
    allowed: Annotated[
        tuple[str, ...],
        msgspec.Meta(description="Names that are fine, by patterns: `q`, `visit*`."),
    ] = ()
    reach: Annotated[
        int,
        msgspec.Meta(
            ge=0, description="Over how many lines a single letter may be used."
        ),
    ] = vague.REACH
    exclude: Excluded = ()


def run(project: Project, options: Options) -> Result:
    """The smells of names in each file, and of the names of the files."""
    sources = smells.chosen(project, options.exclude)
    if not sources:
        return Result(status=Status.SKIPPED, summary="there are no Python files")
    look = functools.partial(naming.look, allowed=options.allowed, reach=options.reach)
    findings = smells.find(sources, "naming", look)
    known = {source.path: source for source in sources}
    findings += [
        smells.finding(problem, path, "naming")
        for path, problem in naming.modules(project.sources)
        if path in known and not known[path].excuses(1, problem.rule.code)
    ]
    return smells.result("naming", findings, len(sources))
