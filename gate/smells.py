"""The smells of one family in the project's files -> what its check says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from typing import Final

from gate import cells
from gate.code import imports, vague
from gate.code.notebooks import Notebook
from gate.code.rules import Problem
from gate.code.source import Source
from gate.findings import Finding, Fix, Level, Result, Status, plural
from gate.project import Project

# What is no fault in a notebook: it runs in its own folder, and takes a name again in
# the next cell.
_FINE: Final = frozenset({imports.SIBLING.code, vague.SINGLE_LETTER.code})

Look = Callable[[Source], Iterable[Problem]]


def judge(
    project: Project, check: str, look: Look, *, exclude: Iterable[str] = ()
) -> Result:
    """Look at every Python file but those that `exclude` has patterns for.

    A line's `# noqa: CODE` excuses it, as flake8 has it.
    """
    sources = chosen(project, exclude)
    if not sources:
        return Result(status=Status.SKIPPED, summary="there are no Python files")
    return result(check, find(sources, check, look), len(sources))


def chosen(project: Project, exclude: Iterable[str]) -> list[Source]:
    """The Python files and the notebooks that no pattern of `exclude` fits."""
    left = tuple(exclude)
    found = (*project.code, *project.notebooks)
    return [s for s in found if not any(fnmatch(s.path, p) for p in left)]


def find(sources: Iterable[Source], check: str, look: Look) -> list[Finding]:
    """What a look at each file finds, less what a comment excuses."""
    found = (
        cells.placed(finding(problem, source.path, check), source)
        for source in sources
        for problem in look(source)
        if not source.excuses(problem.line, problem.rule.code)
        and not (isinstance(source, Notebook) and problem.rule.code in _FINE)
    )
    return [*filter(None, found)]


def result(check: str, findings: list[Finding], files: int) -> Result:
    """What a check says of so many files, from all that was found there."""
    errors = [finding for finding in findings if finding.level is Level.ERROR]
    rest = len(findings) - len(errors)
    return Result(
        status=Status.FAILED if errors else Status.PASSED,
        summary=_summary(errors, rest, files),
        findings=tuple(findings),
        metrics={f"{check}.problems": len(findings)},
        advice=(
            (f"mend the lines named: `gate run --only {check} -v` prints them all",)
            if errors
            else ()
        ),
    )


def _summary(errors: list[Finding], warnings: int, files: int) -> str:
    if errors:
        places = len({finding.path for finding in errors})
        summary = f"{plural(len(errors), 'problem')} in {plural(places, 'file')}"
    else:
        summary = f"{plural(files, 'file')} without a problem"
    return f"{summary}, {plural(warnings, 'warning')}" if warnings else summary


def finding(problem: Problem, path: str, check: str) -> Finding:
    """A problem as a check tells of it."""
    rule = problem.rule
    return Finding(
        rule=f"{check}/{rule.name}",
        message=f"{problem.message} ({rule.code})",
        level=Level.WARNING if rule.warning else Level.ERROR,
        path=path,
        line=problem.line,
        end_line=problem.end_line,
        column=problem.column,
        fix=Fix(text=rule.advice, patch=problem.patch),
    )
