"""What a verdict is as commit statuses."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.errors import GitHubError
from gate.findings import Result, Status, Weight
from gate.github import statuses
from gate.github.event import Event
from gate.verdict import Context, Verdict, judge

HEAD = "1" * 40

VerdictOf = Callable[..., Verdict]


@pytest.mark.parametrize(
    ("result", "state", "description"),
    [
        (Result(status=Status.PASSED, summary="91.2 %"), "success", "91.2 %"),
        (Result(status=Status.FAILED, summary="3 of 9"), "failure", "3 of 9"),
        (Result(status=Status.ERROR, summary="mypy: gone"), "error", "mypy: gone"),
        (
            Result(status=Status.SKIPPED, summary="no tests found"),
            "success",
            "skipped: no tests found",
        ),
        (
            Result(status=Status.FAILED, summary="3 of 9", weight=Weight.WARNING),
            "success",
            "a warning only: 3 of 9",
        ),
        (
            Result(status=Status.ERROR, summary="gone", weight=Weight.WARNING),
            "success",
            "a warning only: gone",
        ),
    ],
)
def test_what_a_check_becomes_as_a_status(
    event: Event, verdict_of: VerdictOf, result: Result, state: str, description: str
) -> None:
    named = msgspec.structs.replace(result, check="lint")
    made = {s.context: s for s in statuses.of(verdict_of(named), event)}
    assert (made["gate/lint"].state, made["gate/lint"].description) == (
        state,
        description,
    )


def test_what_a_verdict_becomes_as_a_status(
    event: Event, verdict_of: VerdictOf
) -> None:
    states = [
        statuses.of(
            verdict_of(Result(check="tests", status=status, summary="")), event
        )[0].state
        for status in (Status.PASSED, Status.FAILED, Status.ERROR)
    ]
    assert states == ["success", "failure", "error"]


def test_of_two_results_of_a_check_the_worse_counts(
    event: Event, verdict_of: VerdictOf
) -> None:
    results = [
        Result(check="data", status=status, summary=status.value)
        for status in (Status.PASSED, Status.FAILED, Status.PASSED)
    ]
    made = statuses.of(verdict_of(*results), event)
    assert [(s.context, s.description) for s in made[1:]] == [("gate/data", "failed")]


@pytest.mark.parametrize(
    ("summary", "description"),
    [
        ("x" * 140, "x" * 140),
        ("word " * 40, "word " * 27 + "word…"),
        ("x" * 141, "x" * 139 + "…"),
        ("two\r\nlines\x1b[31m \u202eand\u200b", r"two lines\x1b[31m \u202eand\u200b"),
        ("a bug 🐛 in 1 file", "a bug in 1 file"),
    ],
)
def test_a_description_is_one_line_that_github_takes(
    event: Event, verdict_of: VerdictOf, summary: str, description: str
) -> None:
    result = Result(check="lint", status=Status.FAILED, summary=summary)
    assert statuses.of(verdict_of(result), event)[1].description == description


@given(summary=st.text(max_size=400))
def test_any_summary_fits(summary: str) -> None:
    event = Event(name="push", repository="o/r", head=HEAD, commits=frozenset({HEAD}))
    result = Result(check="lint", status=Status.FAILED, summary=summary)
    made = statuses.of(judge([result], Context(gate="1")), event)[1]
    assert len(made.description) <= 140
    assert made.description.isprintable()
    assert max(made.description, default="") <= "\uffff"


@pytest.mark.parametrize("name", ["", "a\nb", "../x", "ä", "x" * 101, " lint", "🐛"])
def test_a_check_with_a_name_that_none_has_is_refused(
    event: Event, verdict_of: VerdictOf, name: str
) -> None:
    result = Result(check=name, status=Status.PASSED, summary="")
    with pytest.raises(GitHubError, match="the results hold a check named"):
        statuses.of(verdict_of(result), event)


def test_a_flood_of_checks_is_cut(event: Event, verdict_of: VerdictOf) -> None:
    results = [
        Result(check=f"c{number}", status=Status.PASSED, summary="")
        for number in range(5000)
    ]
    assert len(statuses.of(verdict_of(*results), event)) == 101


def test_a_gate_with_a_name_has_it_in_every_status(
    event: Event, verdict_of: VerdictOf
) -> None:
    verdict = verdict_of(Result(check="lint", status=Status.PASSED, summary=""))
    context = msgspec.structs.replace(verdict.context, name="labs/one")
    named = msgspec.structs.replace(verdict, context=context)
    made = [status.context for status in statuses.of(named, event)]
    assert made == ["gate (labs/one)", "gate (labs/one)/lint"]
