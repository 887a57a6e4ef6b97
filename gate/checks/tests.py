"""Tests with pytest."""

from __future__ import annotations

import re
import shlex
import signal
from typing import Annotated, ClassVar

import msgspec

from gate.code.layout import is_test
from gate.errors import ConfigError, ToolError
from gate.findings import (
    Column,
    Finding,
    Fix,
    Kind,
    Result,
    Status,
    Table,
    Tool,
    plural,
)
from gate.project import Project
from gate.testing import cases, giventests, measuring, reportfiles, running
from gate.testing.cases import Case

SLOWEST = 10

_NO_TESTS = Result(
    status=Status.SKIPPED,
    summary="there are no tests",
    advice=("write a first one: a file `tests/test_something.py`",),
)


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tests with pytest, in the project's own Python."""

    directions: ClassVar[dict[str, str]] = {
        "timeout": "free",  # what ends at its time is a failure, whenever that is
        "env": "free",
        "report": "unset",  # of a run whose end nobody saw
    }

    command: Annotated[
        str, msgspec.Meta(description="pytest and its arguments: `pytest -q tests`.")
    ] = "pytest"
    timeout: Annotated[
        float,
        msgspec.Meta(
            gt=0, le=604_800, description="Seconds until the tests are stopped."
        ),
    ] = 1800.0
    env: Annotated[
        tuple[str, ...],
        msgspec.Meta(description="Environment variables that the tests may see."),
    ] = ()
    report: Annotated[
        reportfiles.Names,
        msgspec.Meta(
            description="JUnit reports that an earlier step wrote, instead of a run:"
            " paths or patterns, from the root of the project."
        ),
    ] = ()

    def __post_init__(self) -> None:
        """Refuse a command that is not pytest's while its line can still be named."""
        try:
            running.arguments_of(self.command)
        except ConfigError as error:
            raise ValueError(error.message) from None


def run(project: Project, options: Options) -> Result:
    """Every test that fails is a finding at the deepest place in the project's code."""
    if options.report:
        return _given(project, reportfiles.names(options.report))
    plan = running.Plan(
        arguments=running.arguments_of(options.command),
        timeout=options.timeout,
        env=options.env,
    )
    named = any(is_test(name.rsplit("/", 1)[-1]) for name in project.tests)
    asked = project.tests and plan.arguments
    if not (named or asked or project.configures("pytest", *measuring.PYTEST_CONFIG)):
        return _NO_TESTS
    if not project.python.has("pytest"):
        raise ToolError(
            f"pytest is not installed in Python {project.python.label}",
            hint=f"run `{project.python.path} -m pip install pytest pytest-cov`",
        )
    (project.scratch / running.PLAN).write_bytes(msgspec.json.encode(plan))
    done = running.run(
        project, plan, root=project.root, scratch=project.scratch / running.FOLDER
    )
    if done.completed.returncode == 5 and not (named or done.cases):
        return _NO_TESTS
    return _result(
        done.cases,
        _stopped(done, options),
        seconds=done.completed.duration,
        output=done.completed.output,
        tools=(_tool(project, "pytest"),),
    )


def _given(project: Project, names: tuple[str, ...]) -> Result:
    (project.scratch / giventests.MARK).touch()
    given = giventests.read(project, names)
    return _result(
        given.cases,
        _incomplete(given),
        seconds=given.seconds,
        source=f" ({_listed(given.reports)})",
        reports=len(given.reports),
        odd=given.odd,
    )


def _incomplete(given: giventests.Given) -> Finding | None:
    """Why reports say nothing, or not all: nobody saw how their run ended."""
    message = ""
    if given.empty:
        message = f"no test ran in {_listed(given.empty)}"
    elif given.failures and not cases.failed(given.cases):
        counted = plural(given.failures, "failure")
        message = f"{counted} that no test tells of"
    return Finding(rule="tests/stopped", message=message) if message else None


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names[:3]) + ", …" * (len(names) > 3)


def _result(
    found: tuple[Case, ...],
    stopped: Finding | None,
    *,
    seconds: float,
    source: str = "",
    reports: int = 1,
    odd: tuple[Finding, ...] = (),
    output: str = "",
    tools: tuple[Tool, ...] = (),
) -> Result:
    failed = cases.failed(found)
    findings = [*_findings(failed, reports), *filter(None, [stopped])]
    skipped = cases.count(case for case in found if case.outcome == "skipped")
    run = cases.count(case for case in found if case.outcome != "skipped")
    summary = _summary(run, cases.count(failed), skipped, stopped) + source
    return Result(
        status=Status.FAILED if findings else Status.PASSED,
        summary="; ".join([summary, *(one.message for one in odd)]),
        findings=(*findings, *odd),
        tables=_slowest(found),
        metrics={
            "tests.run": run,
            "tests.failed": cases.count(failed),
            "tests.skipped": skipped,
            "tests.seconds": round(seconds, 3),
        },
        advice=_advice(output or _details(failed)) if findings else (),
        tools=tools,
        output=output if findings else "",
    )


def _tool(project: Project, name: str) -> Tool:
    python = project.python
    return Tool(name=name, version=python.tools[name], origin=python.origin)


def _details(failed: tuple[Case, ...]) -> str:
    return "\n".join(case.details for case in failed)


def _findings(failed: tuple[Case, ...], reports: int) -> list[Finding]:
    """One for each failure, in an order that workers side by side do not change.

    In several reports it is the same test: then one, with those where it failed.
    """
    where: dict[str, list[str]] = {}
    for case in failed:
        where.setdefault(case.name, []).append(case.report)
    findings = []
    for case in failed:
        named = tuple(filter(None, dict.fromkeys(where[case.name])))
        if named[:1] not in ((), (case.report,)):
            continue
        found = _finding(case)
        if 0 < len(named) < reports:
            message = f"{found.message} (in {_listed(named)})"
            found = msgspec.structs.replace(found, message=message)
        findings.append(found)
    return sorted(findings, key=lambda f: (f.path or "", f.line or 0, f.message))


# What stands for a reason in reports of others, whose details tell it.
_NO_REASON = ("test failure", "test error")


def _finding(case: Case) -> Finding:
    what = "failed" if case.outcome == "failed" else "could not run"
    # pytest's own word for a module that cannot be imported says nothing of why.
    told = case.outcome == "failed" and case.message
    if told in _NO_REASON:
        told = ""
    first = case.details.split("\n", 1)[0]  # where xdist, say, tells why
    reason = told or _last_error(case.details) or first or case.message
    # A subtest has no name on the command line: `test_a (i=1)`.
    test = case.name if "[" in case.name else case.name.partition(" (")[0]
    return Finding(
        rule="tests/failed" if case.outcome == "failed" else "tests/error",
        message=f"{case.name} {what}: {reason}",
        path=case.path or None,
        line=case.line,
        fix=Fix(text=case.details, command=f"pytest {shlex.quote(test)}"),
    )


def _last_error(text: str) -> str:
    """The line of a traceback that names the error: pytest marks it by an `E`."""
    lines = [line[1:].strip() for line in text.splitlines() if line.startswith("E ")]
    if not lines and text.startswith("Traceback (most recent call last)"):
        lines = [line for line in text.splitlines() if line[:1].strip()]
    return lines[-1] if lines else ""


def _stopped(done: running.Run, options: Options) -> Finding | None:
    """Why the run says nothing, or not all: no test failed, and yet it did."""
    code = done.completed.returncode
    message = ""
    if done.completed.timed_out:
        message = (
            f"the tests took longer than {options.timeout:,.0f} s and were stopped"
        )
    elif code < 0:
        message = f"pytest was ended by {_signal(-code)}"
    elif code == 5 and done.cases:
        # `('/a/test_a.py', 3, "Skipped: could not import 'b'")`
        why = done.cases[0].details.rpartition("Skipped: ")[2].removesuffix(")")[:-1]
        message = f"no test ran, for all were skipped: {why}"
    elif code == 5:
        message = "pytest found files of tests but no test in them"
    elif not code and not done.cases:
        # As after `os._exit(0)` in a test: not to be taken for a pass.
        message = "pytest ended with code 0 and yet no test ran"
    elif not code and (exited := _EXIT.search(done.completed.stdout)):
        message = f"`pytest.exit` ended the run before all tests ran: {exited[1]}"
    elif code in (3, 4) or (code and not cases.failed(done.cases)):
        message = f"pytest ended with code {code} though no test failed"
        if error := _last_error(done.completed.output):
            message += f": {error}"
    return Finding(rule="tests/stopped", message=message) if message else None


# In pytest's own words; with `returncode=0` nothing else tells it from a pass.
_EXIT = re.compile(r"!+ _pytest\.outcomes\.Exit: (.*?)(?: !+\S*)?$", re.MULTILINE)


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _summary(run: int, failed: int, skipped: int, stopped: Finding | None) -> str:
    parts = []
    if failed:
        parts.append(f"{failed} of {plural(run, 'test')} failed")
    elif run:
        parts.append(f"{plural(run, 'test')} passed")
    if skipped:
        parts.append(f"{skipped:,} skipped")
    if stopped:
        parts.append(stopped.message)
    return ", ".join(parts) or "no test ran"


def _slowest(found: tuple[Case, ...]) -> tuple[Table, ...]:
    longest: dict[str, float] = {}  # of each test, in several reports too
    for case in found:
        longest[case.name] = max(case.seconds, longest.get(case.name, 0.0))
    slow = sorted(longest.items(), key=lambda one: (-one[1], one[0]))[:SLOWEST]
    rows = tuple((name, seconds) for name, seconds in slow if seconds >= 0.1)
    columns = (
        Column(name="test", kind=Kind.CODE),
        Column(name="time", kind=Kind.SECONDS),
    )
    table = Table(title="Slowest tests", columns=columns, rows=rows, chart="bar")
    return (table,) if rows else ()


def _advice(output: str) -> tuple[str, ...]:
    if "No module named" in output:
        return (
            "install what the tests import into the project's Python"
            " (`pip install -e .`, or `pip install -r requirements.txt`)",
        )
    if found := _VARIABLE.search(output):
        name = found[1] or found[2] or "NAME"
        return (
            "the tests see only the environment variables that the gate knows to be"
            f" harmless: for another, write `tests: {{env: [{name}]}}` in gate.yaml",
        )
    return ("run `pytest` here: it fails in the same way",)


# A variable that is not there: as Python says it, or the line that asked for it.
_VARIABLE = re.compile(
    r"KeyError: '([A-Z][A-Z0-9_]+)'$"
    r"|\b(?:environ\b(?:\.get)?|getenv)[\[(]['\"]?([A-Za-z_]\w*)?",
    re.MULTILINE,
)
