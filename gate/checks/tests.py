"""Tests with pytest."""

from __future__ import annotations

import re
import shlex
import signal
from typing import Annotated, ClassVar

import msgspec

from gate import cases, measuring, testing
from gate.cases import Case
from gate.errors import ConfigError, ToolError
from gate.findings import Column, Finding, Fix, Kind, Result, Status, Table, Tool
from gate.findings import plural
from gate.project import Project, is_test

SLOWEST = 10

_NO_TESTS = Result(
    status=Status.SKIPPED,
    summary="there are no tests",
    advice=("write a first one: a file `tests/test_something.py`",),
)


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tests with pytest, in the project's own Python."""

    # What ends at its time is a failure, whenever that is.
    directions: ClassVar[dict[str, str]] = {"timeout": "free", "env": "free"}

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

    def __post_init__(self) -> None:
        """Refuse a command that is not pytest's while its line can still be named."""
        try:
            testing.arguments_of(self.command)
        except ConfigError as error:
            raise ValueError(error.message) from None


def run(project: Project, options: Options) -> Result:
    """Every test that fails is a finding at the deepest place in the project's code."""
    plan = testing.Plan(
        arguments=testing.arguments_of(options.command),
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
    (project.scratch / testing.PLAN).write_bytes(msgspec.json.encode(plan))
    done = testing.run(
        project, plan, root=project.root, scratch=project.scratch / testing.FOLDER
    )
    if done.completed.returncode == 5 and not (named or done.cases):
        return _NO_TESTS
    return _result(project, options, done)


def _result(project: Project, options: Options, done: testing.Run) -> Result:
    failed = cases.failed(done.cases)
    findings = [_finding(case) for case in failed]
    stopped = _stopped(done, options)
    if stopped:
        findings.append(stopped)
    skipped = sum(case.outcome == "skipped" for case in done.cases)
    metrics = {
        "tests.run": len(done.cases) - skipped,
        "tests.failed": len(failed),
        "tests.skipped": skipped,
        "tests.seconds": round(done.completed.duration, 3),
    }
    return Result(
        status=Status.FAILED if findings else Status.PASSED,
        summary=_summary(len(done.cases) - skipped, len(failed), skipped, stopped),
        findings=tuple(findings),
        tables=_slowest(done),
        metrics=metrics,
        advice=_advice(done.completed.output) if findings else (),
        tools=(_tool(project, "pytest"),),
        output=done.completed.output if findings else "",
    )


def _tool(project: Project, name: str) -> Tool:
    python = project.python
    return Tool(name=name, version=python.tools[name], origin=python.origin)


def _finding(case: Case) -> Finding:
    what = "failed" if case.outcome == "failed" else "could not run"
    # pytest's own word for a module that cannot be imported says nothing of why.
    told = case.outcome == "failed" and case.message
    first = case.details.split("\n", 1)[0]  # where xdist, say, tells why
    reason = told or _last_error(case.details) or first or case.message
    return Finding(
        rule="tests/failed" if case.outcome == "failed" else "tests/error",
        message=f"{case.name} {what}: {reason}",
        path=case.path or None,
        line=case.line,
        fix=Fix(text=case.details, command=f"pytest {shlex.quote(case.name)}"),
    )


def _last_error(text: str) -> str:
    """The line of a traceback that names the error: pytest marks it by an `E`."""
    lines = [line[1:].strip() for line in text.splitlines() if line.startswith("E ")]
    return lines[-1] if lines else ""


def _stopped(done: testing.Run, options: Options) -> Finding | None:
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


def _slowest(done: testing.Run) -> tuple[Table, ...]:
    slow = sorted(done.cases, key=lambda case: -case.seconds)[:SLOWEST]
    rows = tuple((case.name, case.seconds) for case in slow if case.seconds >= 0.1)
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
