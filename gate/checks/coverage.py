"""Coverage of the whole and of the changed lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar

import msgspec

from gate import git, measuring, testing
from gate.errors import GateError, ToolError
from gate.findings import Column, Finding, Kind, Level, Result, Status, Table, Tool
from gate.findings import plural
from gate.measuring import Minimum
from gate.project import Project

Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]

MAX_FILES = 30  # rows of the table of files


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Coverage of the whole and of the changed lines, in percent."""

    needs: ClassVar[str] = "tests"  # the check whose run is measured
    directions: ClassVar[dict[str, str]] = {
        "minimum": "rising",
        "changed_lines": "rising",
        "max_drop": "falling",
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
    max_drop: Annotated[
        Percent | None,
        msgspec.Meta(
            description="The most it may fall below the base's, in percentage points;"
            " runs the base's tests too."
        ),
    ] = None


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Lines and branches: how many there are, and how many of them ran."""

    total: int = 0
    covered: int = 0

    @property
    def percent(self) -> float | None:
        """0 to 100; None where there is nothing to cover."""
        return 100 * self.covered / self.total if self.total else None


def run(project: Project, options: Options) -> Result:
    """Judge the coverage that the tests check measured."""
    report = _measured(project)
    if report is None:
        return _without_tests(project, options)
    whole = _whole(report)
    changed = _changed(report, project.changed_lines or {})
    base = _base(project) if options.max_drop is not None else None
    uncovered = _uncovered(report, project.changed_lines or {})
    failures = [
        *_too_low(whole, changed, _minimum(project, options), options),
        *_dropped(whole, base, options),
    ]
    strict = any(failure.rule == "coverage/changed-lines" for failure in failures)
    level = Level.ERROR if strict else Level.NOTE
    unknown = _unknown(project, base, options)
    summary = _summary(whole, changed, base)
    return Result(
        status=_status(failures, unknown),
        summary=f"{summary}; {unknown.message}" if unknown else summary,
        findings=(
            *failures,
            *filter(None, [unknown]),
            *_lines(uncovered, level),
        ),
        tables=(_files(report),) if report["files"] else (),
        metrics=_metrics(whole, changed, base),
        advice=_advice(failures, whole, unknown),
        tools=(_tool(project),),
    )


def _without_tests(project: Project, options: Options) -> Result:
    """Nothing to judge, unless a least coverage is asked for: none is less than that.

    Or else a change that drops the tests, or switches them off, would open the gate.
    """
    reason = "no tests ran" if project.tests else "there are no tests"
    least = _minimum(project, options).percent or options.changed_lines
    if not least:
        return Result(status=Status.SKIPPED, summary=reason)
    message = f"{reason}, so nothing reaches the minimum of {least:g} %"
    return Result(
        status=Status.FAILED,
        summary=message,
        findings=(Finding(rule="coverage/minimum", message=message),),
        advice=("bring the tests back, or take the minimum out of the settings",),
    )


def _measured(project: Project) -> dict[str, Any] | None:
    """The report of what the tests check left; None if no tests ran.

    Raises:
        ToolError: the tests ran and yet nothing was measured.
    """
    if not (project.scratch / testing.PLAN).is_file():
        return None
    if not project.python.has("coverage"):
        raise ToolError(
            f"coverage is not installed in Python {project.python.label}",
            hint=f"run `{project.python.path} -m pip install pytest-cov`",
        )
    scratch = project.scratch / testing.FOLDER
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


def _whole(report: Mapping[str, Any]) -> Counts:
    totals = report["totals"]
    return Counts(
        total=totals["num_statements"] + totals.get("num_branches", 0),
        covered=totals["covered_lines"] + totals.get("covered_branches", 0),
    )


def _changed(
    report: Mapping[str, Any], changed: Mapping[str, frozenset[int]]
) -> Counts:
    """The changed lines that hold code, and the branches that leave them."""
    total = covered = 0
    for path, file in _by_path(report):
        lines = changed.get(path, frozenset())
        ran = lines.intersection(file["executed_lines"])
        missed = lines.intersection(file["missing_lines"])
        taken = [b for b in file.get("executed_branches", ()) if b[0] in lines]
        left = [b for b in file.get("missing_branches", ()) if b[0] in lines]
        covered += len(ran) + len(taken)
        total += len(ran) + len(missed) + len(taken) + len(left)
    return Counts(total=total, covered=covered)


def _uncovered(
    report: Mapping[str, Any], changed: Mapping[str, frozenset[int]]
) -> dict[str, list[int]]:
    """The changed lines that did not run, by file."""
    found = {}
    for path, file in _by_path(report):
        lines = changed.get(path, frozenset()).intersection(file["missing_lines"])
        if lines:
            found[path] = sorted(lines)
    return found


def _by_path(report: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for path, file in report["files"].items():
        yield path.replace("\\", "/"), file


def _base(project: Project) -> Counts | None:
    """The coverage of the base's tree, by its own tests; None if it has none to give.

    The base's tree is written to the scratch folder, and its packages come first on
    the path, so that an installed copy of the project is not what is measured.
    """
    if project.base is None:
        return None
    plan = _plan(project)
    tree, scratch = project.scratch / "base", project.scratch / "base-tests"
    try:
        git.export(project.root, project.base.commit, tree)
        testing.run(project, plan, root=tree, scratch=scratch)
        report = measuring.read(project.python, tree, scratch)
    except GateError:
        return None
    return _whole(report) if report else None


def _plan(project: Project) -> testing.Plan:
    data = (project.scratch / testing.PLAN).read_bytes()
    return msgspec.json.decode(data, type=testing.Plan)


def _words(project: Project) -> list[str]:
    """The options that pytest was given, or would have been."""
    planned = (project.scratch / testing.PLAN).is_file()
    return measuring.words(project, _plan(project).arguments if planned else ())


def _minimum(project: Project, options: Options) -> Minimum:
    """As asked; else the project's own."""
    if options.minimum is not None:
        return Minimum(options.minimum)
    return measuring.minimum(project, _words(project))


def _too_low(
    whole: Counts, changed: Counts, minimum: Minimum, options: Options
) -> list[Finding]:
    findings = []
    if minimum.above(whole.percent):
        least = f"the minimum of {minimum.percent:g} %"
        message = f"nothing was measured, and {least} asks for some"
        if whole.total:
            message = f"coverage is {_under(whole, minimum.percent)}, below {least}"
        findings.append(Finding(rule="coverage/minimum", message=message))
    least_changed = options.changed_lines
    if least_changed is not None and changed.total:
        if Minimum(least_changed).above(changed.percent):
            message = (
                f"coverage of the changed lines is {_under(changed, least_changed)},"
                f" below the minimum of {least_changed:g} %"
            )
            findings.append(Finding(rule="coverage/changed-lines", message=message))
    return findings


def _dropped(whole: Counts, base: Counts | None, options: Options) -> list[Finding]:
    if options.max_drop is None:
        return []
    if base is None or base.percent is None or whole.percent is None:
        return []
    drop = base.percent - whole.percent
    if drop <= options.max_drop + 1e-9:
        return []
    message = (
        f"coverage fell from {_text(base)} to {_under(whole, base.percent)}, by more"
        f" than {options.max_drop:g} points"
    )
    return [Finding(rule="coverage/drop", message=message)]


def _unknown(project: Project, base: Counts | None, options: Options) -> Finding | None:
    """What was to be judged and could not be must not look as if it was.

    Without a base to compare with, the gate itself lacks something: an error. A base
    whose own tests measure nothing is no fault of the change: a warning.
    """
    asked = {
        "the changed lines": bool(options.changed_lines),
        "the drop": options.max_drop is not None,
    }
    if project.base is None and any(asked.values()):
        why = next((n for n in project.notes if n.startswith("no base")), "")
        why = why.partition(";")[0] or "no base to compare with: no commit here"
        what = " and ".join(name for name, asked_for in asked.items() if asked_for)
        message = f"{why}, so {what} cannot be judged"
        return Finding(rule="coverage/no-base", message=message)
    if options.max_drop is None or (base and base.total):
        return None
    message = "the base's coverage could not be measured, so no drop was judged"
    return Finding(rule="coverage/no-base", message=message, level=Level.WARNING)


def _status(failures: list[Finding], unknown: Finding | None) -> Status:
    if failures:
        return Status.FAILED
    errs = unknown is not None and unknown.level is Level.ERROR
    return Status.ERROR if errs else Status.PASSED


def _lines(uncovered: Mapping[str, list[int]], level: Level) -> list[Finding]:
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


def _files(report: Mapping[str, Any]) -> Table:
    """The files that are not covered in whole, those with most to gain first."""
    rows = [
        (path, counts.total, counts.total - counts.covered, counts.percent)
        for path, file in _by_path(report)
        if (counts := _whole({"totals": file["summary"]})).covered < counts.total
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


def _summary(whole: Counts, changed: Counts, base: Counts | None) -> str:
    size = plural(whole.total, "line and branch", "lines and branches")
    parts = [f"{_text(whole)} of {size}"]
    if changed.total:
        parts.append(f"{_text(changed)} of the changed lines")
    if base:
        parts.append(f"{_text(base)} on the base")
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


def _metrics(whole: Counts, changed: Counts, base: Counts | None) -> dict[str, float]:
    named = {
        "coverage.percent": whole.percent,
        "coverage.changed_percent": changed.percent,
        "coverage.base_percent": base.percent if base else None,
    }
    metrics = {name: value for name, value in named.items() if value is not None}
    return {**metrics, "coverage.total": whole.total, "coverage.covered": whole.covered}


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


def _tool(project: Project) -> Tool:
    python = project.python
    return Tool(name="coverage", version=python.tools["coverage"], origin=python.origin)
