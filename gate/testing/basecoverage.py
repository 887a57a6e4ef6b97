"""The coverage of the base: as it was recorded, else by the base's own tests.

A record is what the gate said when the base itself was judged, by its own settings and
tests: what a run of its tests would say again, at no cost. It counts where it is of the
base's very commit. An older one would charge the change with what others did since; it
serves only where the tests cannot be run, for their results are given. What measures
lines alone is not held against what measures branches too, as the one is no part of
the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from gate import git
from gate.errors import GateError
from gate.findings import plural
from gate.project import Project
from gate.testing import measuring, running
from gate.testing.covered import Counts
from gate.verdict import Past

METRICS = ("coverage.total", "coverage.covered", "coverage.branches")


@dataclass(frozen=True, kw_only=True)
class BaseCoverage:
    """What the base has, None where nobody knows, and how that is known or why not."""

    counts: Counts | None
    how: str


def of(project: Project, now: Counts, *, given: bool) -> BaseCoverage:
    """The coverage of the base; `given` tells that no tests of it can be run."""
    if project.base is None:
        return BaseCoverage(counts=None, how="")
    recorded = _recorded(project.past, now, given=given)
    if recorded.counts or given:
        return recorded
    counts = _measured(project)
    how = "measured by its own tests" if counts else "its own tests measure nothing"
    return BaseCoverage(counts=counts, how=how)


def _recorded(past: Past | None, now: Counts, *, given: bool) -> BaseCoverage:
    counts = _counts(past) if past else None
    if past is None or counts is None:
        return BaseCoverage(counts=None, how="nothing is recorded of it")
    if past.behind and not given:
        return BaseCoverage(counts=None, how="nothing is recorded of that very commit")
    if bool(counts.branches) is not bool(now.branches):
        return BaseCoverage(counts=None, how="it was recorded by other settings")
    behind = ""
    if past.behind:
        behind = f", {plural(past.behind, 'commit')} before it"
    return BaseCoverage(counts=counts, how=f"recorded at {past.commit[:7]}{behind}")


def _counts(past: Past) -> Counts | None:
    """The counts in a record; None where it has none that can be."""
    values = [float(past.metrics.get(name, -1)) for name in METRICS]
    if not all(value.is_integer() and 0 <= value < 1e12 for value in values):
        return None
    total, covered, branches = map(int, values)
    fits = covered <= total and branches <= total and total > 0
    return Counts(total=total, covered=covered, branches=branches) if fits else None


def _measured(project: Project) -> Counts | None:
    """By the base's own tests; None if they measure nothing.

    The base's tree is written to the scratch folder, and its packages come first on
    the path, so that an installed copy of the project is not what is measured.
    """
    assert project.base is not None
    plan = plan_of(project)
    tree, scratch = project.scratch / "base", project.scratch / "base-tests"
    try:
        git.export(project.root, project.base.commit, tree)
        running.run(project, plan, root=tree, scratch=scratch)
        report = measuring.read(project.python, tree, scratch)
    except GateError:
        return None
    return report.totals.counts if report else None


def plan_of(project: Project) -> running.Plan:
    """How the tests check ran the tests."""
    data = (project.scratch / running.PLAN).read_bytes()
    return msgspec.json.decode(data, type=running.Plan)
