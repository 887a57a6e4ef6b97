"""Coverage of the whole and of the changed lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar

import msgspec

from gate.errors import ToolError
from gate.findings import (
    Column,
    Finding,
    Kind,
    Level,
    Result,
    Status,
    Table,
    Tool,
    plural,
)
from gate.project import Project
from gate.testing import (
    basecoverage,
    covered,
    givencoverage,
    giventests,
    measuring,
    reportfiles,
    running,
)
from gate.testing.basecoverage import BaseCoverage
from gate.testing.covered import Changed, Counts, Measured
from gate.testing.givencoverage import Given
from gate.testing.measuring import Minimum

Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]

MAX_FILES = 30  # rows of the table of files


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Coverage of the whole and of the changed lines, in percent."""

    needs: ClassVar[str] = "tests"  # the check whose run is measured
    directions: ClassVar[dict[str, str]] = {
        "minimum": "rising",
        "changed_lines": "rising",
        "min_changed_lines": "falling",
        "max_drop": "falling",
        "report": "unset",
    }

    minimum: Annotated[
        Percent | None,
        msgspec.Meta(
            description="The least coverage of the whole; default: `fail_under` of"
            " coverage's own settings."
        ),
    ] = None
    changed_lines: Annotated[
        Percent | None,
        msgspec.Meta(description="The least coverage of the lines a change brings."),
    ] = None
    min_changed_lines: Annotated[
        int,
        msgspec.Meta(
            ge=0,
            description="Where fewer changed lines than this can run, they are shown"
            " and not judged.",
        ),
    ] = 0
    max_drop: Annotated[
        Percent | None,
        msgspec.Meta(
            description="The most it may fall below the base's, in percentage points;"
            " runs the base's tests too, unless it is recorded."
        ),
    ] = None
    report: Annotated[
        reportfiles.Names,
        msgspec.Meta(
            description="What an earlier step measured, instead of a run: coverage's"
            " data files or Cobertura's XML, paths or patterns."
        ),
    ] = ()


def run(project: Project, options: Options) -> Result:
    """Judge the coverage that the tests check measured, or that is given."""
    given = None
    if options.report:
        names = reportfiles.names(options.report)
        given = givencoverage.read(project, names, _words(project))
    report = given.measured if given else _measured(project, options)
    if report is None:
        return _without_tests(project, options)
    whole = report.totals.counts
    changed = covered.changed(report, project.changed_lines or {})
    base = None
    if options.max_drop is not None:
        base = basecoverage.of(project, whole, given=bool(given))
    failures = [
        *_too_low(whole, changed, _minimum(project, options), options),
        *_dropped(whole, base, options),
    ]
    strict = any(failure.rule == "coverage/changed-lines" for failure in failures)
    level = Level.ERROR if strict else Level.NOTE
    unknown = _unknown(project, base, options)
    told = [*filter(None, [unknown]), *(given.odd if given else ())]
    warned = (one.message for one in told if one.level is not Level.NOTE)
    return Result(
        status=_status(failures, unknown),
        summary="; ".join([_summary(whole, changed, base, options), *warned]),
        findings=(*failures, *told, *_lines(changed.uncovered, level)),
        tables=(_files(report),) if report.files else (),
        metrics=_metrics(whole, changed, base),
        advice=_advice(failures, whole, unknown),
        tools=_tools(project, given),
    )


def _without_tests(project: Project, options: Options) -> Result:
    """Nothing to judge, unless a least coverage is asked for: none is less than that.

    Or else a change that drops the tests, or switches them off, would open the gate.
    """
    reason = "no tests ran" if project.tests else "there are no tests"
    least = _asked(project, options)
    if not least:
        return Result(status=Status.SKIPPED, summary=reason)
    message = f"{reason}, so nothing reaches the minimum of {least:g} %"
    return Result(
        status=Status.FAILED,
        summary=message,
        findings=(Finding(rule="coverage/minimum", message=message),),
        advice=("bring the tests back, or take the minimum out of the settings",),
    )


def _asked(project: Project, options: Options) -> float | None:
    """The coverage that is asked for, if any is."""
    return _minimum(project, options).percent or options.changed_lines


def _measured(project: Project, options: Options) -> Measured | None:
    """The report of what the tests check left; None if no tests ran.

    Raises:
        ToolError: the tests ran and yet nothing was measured.
    """
    if (project.scratch / giventests.MARK).is_file():
        if not _asked(project, options):
            return None
        raise ToolError(
            "the tests' results are given, and their coverage is not",
            hint="name it too: `coverage: {report: .coverage}`",
        )
    if not (project.scratch / running.PLAN).is_file():
        return None
    if not project.python.has("coverage"):
        raise ToolError(
            f"coverage is not installed in Python {project.python.label}",
            hint=f"run `{project.python.path} -m pip install pytest-cov`",
        )
    scratch = project.scratch / running.FOLDER
    report = measuring.read(project.python, project.root, scratch)
    if report is None and "--no-cov" in _words(project):
        raise ToolError(
            "`--no-cov` in pytest's settings or command switches coverage off",
            hint="take `--no-cov` out, or write `coverage: off` in gate.yaml",
        )
    if report is None:
        raise ToolError(
            "the tests left no coverage data",
            hint="see what the tests check says: pytest may have ended before any ran",
        )
    return report


def _words(project: Project) -> list[str]:
    """The options that pytest was given, or would have been."""
    planned = (project.scratch / running.PLAN).is_file()
    plan = basecoverage.plan_of(project) if planned else None
    return measuring.words(project, plan.arguments if plan else ())


def _minimum(project: Project, options: Options) -> Minimum:
    """As asked; else the project's own."""
    if options.minimum is not None:
        return Minimum(options.minimum)
    return measuring.minimum(project, _words(project))


def _too_low(
    whole: Counts, changed: Changed, minimum: Minimum, options: Options
) -> list[Finding]:
    findings = []
    if minimum.above(whole.percent):
        least = f"the minimum of {minimum.percent:g} %"
        message = f"nothing was measured, and {least} asks for some"
        if whole.total:
            message = f"coverage is {_under(whole, minimum.percent)}, below {least}"
        findings.append(Finding(rule="coverage/minimum", message=message))
    least_changed = options.changed_lines
    if least_changed is not None and _enough(changed, options):
        if Minimum(least_changed).above(changed.counts.percent):
            message = (
                "coverage of the changed lines is"
                f" {_under(changed.counts, least_changed)},"
                f" below the minimum of {least_changed:g} %"
            )
            findings.append(Finding(rule="coverage/changed-lines", message=message))
    return findings


def _enough(changed: Changed, options: Options) -> bool:
    """Whether so many lines changed that a percentage of them says something."""
    return bool(changed.counts.total) and changed.lines >= options.min_changed_lines


def _dropped(
    whole: Counts, base: BaseCoverage | None, options: Options
) -> list[Finding]:
    if base is None or base.counts is None or whole.percent is None:
        return []
    was = base.counts.percent or 0.0
    if was - whole.percent <= (options.max_drop or 0) + 1e-9:
        return []
    message = (
        f"coverage fell from {_text(base.counts)} to {_under(whole, was)}, by more"
        f" than {options.max_drop:g} points (the base's is {base.how})"
    )
    return [Finding(rule="coverage/drop", message=message)]


def _unknown(
    project: Project, base: BaseCoverage | None, options: Options
) -> Finding | None:
    """What was to be judged and could not be must not look as if it was.

    Without a base to compare with, the gate itself lacks something: an error. A base
    of which nothing is recorded and whose own tests measure nothing is no fault of the
    change: a warning.
    """
    asked = {
        "the changed lines": bool(options.changed_lines),
        "the drop": options.max_drop is not None,
    }
    if project.base is None and any(asked.values()):
        what = " and ".join(name for name, asked_for in asked.items() if asked_for)
        message = f"{project.no_base}, so {what} cannot be judged"
        return Finding(rule="coverage/no-base", message=message)
    if base is None or (base.counts and base.counts.total):
        return None
    message = f"no drop was judged, for the base's coverage is not known: {base.how}"
    return Finding(rule="coverage/no-base", message=message, level=Level.WARNING)


def _status(failures: list[Finding], unknown: Finding | None) -> Status:
    if failures:
        return Status.FAILED
    errs = unknown is not None and unknown.level is Level.ERROR
    return Status.ERROR if errs else Status.PASSED


def _lines(uncovered: Mapping[str, Iterable[int]], level: Level) -> list[Finding]:
    findings = []
    for path, lines in uncovered.items():
        for first, last in _ranges(lines):
            one = first == last
            what = f"line {first} is" if one else f"lines {first} to {last} are"
            findings.append(
                Finding(
                    rule="coverage/not-covered",
                    message=f"changed {what} not run by any test",
                    level=level,
                    path=path,
                    line=first,
                    end_line=last,
                )
            )
    return findings


def _ranges(lines: Iterable[int]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for line in lines:
        if ranges and line == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], line)
        else:
            ranges.append((line, line))
    return ranges


def _files(report: Measured) -> Table:
    """The files that are not covered in whole, those with most to gain first."""
    rows = [
        (path, counts.total, counts.total - counts.covered, counts.percent)
        for path, file in report.by_path
        if (counts := file.summary.counts).covered < counts.total
    ]
    rows.sort(key=lambda row: (-row[2], row[0]))
    return Table(
        title="Files not covered in whole",
        columns=(
            Column(name="file", kind=Kind.PATH),
            Column(name="lines and branches", kind=Kind.COUNT),
            Column(name="missed", kind=Kind.COUNT),
            Column(name="coverage", kind=Kind.PERCENT),
        ),
        rows=tuple(rows[:MAX_FILES]),
        chart="bar",
        total=len(rows),
    )


def _summary(
    whole: Counts, changed: Changed, base: BaseCoverage | None, options: Options
) -> str:
    size = plural(whole.total, "line and branch", "lines and branches")
    parts = [f"{_text(whole)} of {size}"]
    if changed.counts.total:
        few = ""
        if options.changed_lines is not None and not _enough(changed, options):
            few = f" ({changed.lines}, too few to be judged)"
        parts.append(f"{_text(changed.counts)} of the changed lines{few}")
    if base and base.counts:
        parts.append(f"{_text(base.counts)} on the base")
    return ", ".join(parts)


def _text(counts: Counts, digits: int = 1) -> str:
    """A percentage that says 100 only when it is, and 0 only when it is."""
    percent = counts.percent
    if percent is None:
        return "nothing to cover"
    if 0 < percent < 100:
        smallest = 10.0**-digits
        percent = min(max(percent, smallest), 100 - smallest)
    return f"{percent:.{digits}f} %"


def _under(counts: Counts, limit: float) -> str:
    """With digits enough that 79.96 does not read as 80.0, below a minimum of 80."""
    percent = counts.percent or 0.0
    digits = next((n for n in range(1, 6) if round(percent, n) < limit), 1)
    return _text(counts, digits)


def _metrics(
    whole: Counts, changed: Changed, base: BaseCoverage | None
) -> dict[str, float]:
    named = {
        "coverage.percent": whole.percent,
        "coverage.changed_percent": changed.counts.percent,
        "coverage.base_percent": base.counts.percent if base and base.counts else None,
    }
    metrics = {name: value for name, value in named.items() if value is not None}
    counts = dict(zip(basecoverage.METRICS, msgspec.structs.astuple(whole)))
    return {**metrics, **counts}


def _advice(
    failures: list[Finding], whole: Counts, unknown: Finding | None
) -> tuple[str, ...]:
    if not failures and unknown and unknown.level is Level.ERROR:
        return (
            "check out with `fetch-depth: 0`, or name the base: `--base`, or `base:`"
            " in gate.yaml",
        )
    if not failures:
        return ()
    if not whole.covered:
        return (
            "nothing of the code ran: if the tests import an installed copy, install it"
            " with `pip install -e .`",
        )
    rules = {finding.rule for finding in failures}
    if "coverage/changed-lines" in rules:
        return ("write tests that run the changed lines named below",)
    return ("write tests for the files at the top of the table of files",)


def _tools(project: Project, given: Given | None) -> tuple[Tool, ...]:
    python = given.python if given else project.python
    if python is None:  # Cobertura's needs no tool
        return ()
    return (python.tool("coverage"),)
