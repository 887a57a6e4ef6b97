"""Results of tests that an earlier step ran, as its JUnit reports have them.

Nothing is run. The reports may be of several runs, as a matrix has them, and of other
machines and other writers than pytest.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

from gate.code import source
from gate.findings import Finding
from gate.places import Places
from gate.project import Project
from gate.testing import cases, reportfiles
from gate.testing.cases import Case
from gate.testing.reportfiles import ReportFile

MARK = "tests.given"  # in the scratch folder: no tests ran, as their results are given

_HOW = "`pytest --junitxml=build/junit.xml`"


@dataclass(frozen=True, kw_only=True)
class Given:
    """The cases of all reports, which reports, and what is odd about them.

    `empty` are those in which no test ran; `failures` is what they themselves count.
    """

    cases: tuple[Case, ...]
    reports: tuple[str, ...]
    empty: tuple[str, ...]
    failures: int
    seconds: float
    odd: tuple[Finding, ...] = ()


def read(project: Project, names: Iterable[str]) -> Given:
    """The results in JUnit reports.

    Raises:
        GateError: there is none, or one cannot be read or believed.
    """
    files = reportfiles.find(project, names, how=_HOW)
    places = Places(project.root, project.files)
    found = [
        cases.read(f.path, project.root, shown=f"`{f.shown}`", find=places.find)
        for f in files
    ]
    whole = [
        _placed(project, case if len(files) == 1 else _named(case, file))
        for file, report in zip(files, found)
        for case in report.cases
    ]
    made = [(file, report.made) for file, report in zip(files, found)]
    old = reportfiles.stale(project, "tests", made)
    return Given(
        cases=tuple(whole),
        reports=tuple(file.shown for file in files),
        empty=tuple(f.shown for f, report in zip(files, found) if _empty(report)),
        failures=sum(report.failures for report in found),
        seconds=sum(report.seconds for report in found),
        odd=(old,) if old else (),
    )


def _empty(report: cases.Report) -> bool:
    return all(case.outcome == "skipped" for case in report.cases)


def _named(case: Case, file: ReportFile) -> Case:
    return dataclasses.replace(case, report=file.shown)


def _placed(project: Project, case: Case) -> Case:
    """A case that failed with its test's own line, where the failure tells none."""
    failed = case.outcome in ("failed", "error")
    if not failed or case.crashed or case.path not in project.sources:
        return case
    text = source.read(project.root, case.path)
    steps = case.name.split("::")[1:]
    node: ast.AST | None = text.tree if text else None
    for step in steps:
        node = _definition(node, step.partition("[")[0].partition(" ")[0])
    line = getattr(node, "lineno", None) if steps else None
    return dataclasses.replace(case, line=line or case.line)


def _definition(node: ast.AST | None, name: str) -> ast.AST | None:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    inside = getattr(node, "body", [])
    return next((n for n in inside if isinstance(n, kinds) and n.name == name), None)
