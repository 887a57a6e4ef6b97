"""What is on GitHub after a verdict was published, whatever happened on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from fake_repository import ACTIONS, FakeGitHub, Fault
from hypothesis import given
from hypothesis import strategies as st

from gate.errors import GitHubError
from gate.findings import Result, Status, Weight
from gate.github.api import Api
from gate.github.event import Event
from gate.github.publish import (
    Message,
    Outcome,
    Published,
    publish,
    statuses,
)
from gate.verdict import Context, Verdict, could_not_judge

HEAD = "1" * 40
MARKER = "<!-- marker -->"
RED = Message(marker=MARKER, body=f"{MARKER}\nclosed")
GREEN = Message(marker=MARKER, body=f"{MARKER}\nopen")

VerdictOf = Callable[..., Verdict]


def writes(github: FakeGitHub) -> list[str]:
    return [r["method"] for r in github.state.requests if r["method"] != "GET"]


def ours(github: FakeGitHub) -> list[str]:
    return [
        comment["body"]
        for comment in github.state.comments.values()
        if comment["user"]["login"] == ACTIONS
    ]


def outcomes(published: Published) -> list[str]:
    return [step.outcome.value for step in published.steps]


def test_the_first_run_writes_a_comment_and_the_statuses(
    verdict: Verdict, event: Event, api: Api, github: FakeGitHub
) -> None:
    published = publish(verdict, event, api, RED)
    assert ours(github) == [RED.body]
    assert [(s["sha"], s["context"], s["state"]) for s in github.state.statuses] == [
        (HEAD, "gate", "failure"),
        (HEAD, "gate/formatting", "success"),
        (HEAD, "gate/tests", "failure"),
    ]
    assert {s["target_url"] for s in github.state.statuses} == {event.run_url}
    assert github.state.statuses[2]["description"] == "2 of 80 tests failed"
    assert outcomes(published) == ["done"] * 4


def test_an_identical_run_writes_nothing_and_asks_three_times(
    verdict: Verdict, event: Event, api: Api, github: FakeGitHub
) -> None:
    publish(verdict, event, api, RED)
    github.state.requests.clear()
    published = publish(verdict, event, api, RED)
    assert outcomes(published) == ["unchanged"] * 4
    assert [request["method"] for request in github.state.requests] == ["GET"] * 3


def test_a_changed_verdict_changes_the_same_comment(
    verdict: Verdict, event: Event, api: Api, github: FakeGitHub, verdict_of: VerdictOf
) -> None:
    publish(verdict, event, api, RED)
    mended = verdict_of(
        Result(check="formatting", status=Status.PASSED, summary="41 files"),
        Result(check="tests", status=Status.PASSED, summary="80 tests passed"),
    )
    github.state.requests.clear()
    publish(mended, event, api, GREEN)
    assert ours(github) == [GREEN.body]
    # formatting's status is as it was: gate, gate/tests, and the comment
    assert writes(github) == ["POST", "POST", "PATCH"]


def test_our_comment_is_found_behind_35_pages_of_others(
    verdict: Verdict, event: Event, api: Api, github: FakeGitHub
) -> None:
    for number in range(3500):
        github.add_comment(7, f"remark {number}")
    publish(verdict, event, api, RED)
    publish(verdict, event, api, GREEN)
    assert ours(github) == [GREEN.body]


@pytest.mark.parametrize(
    ("login", "kind", "body"),
    [
        ("eve", "User", f"{MARKER}\nlooks like ours"),
        (ACTIONS, "User", f"{MARKER}\na name that looks like the bot's"),
        ("other[bot]", "Bot", f"{MARKER}\nanother bot's"),
        (ACTIONS, "Bot", f"the same bot quotes {MARKER}"),
        (ACTIONS, "Bot", "another action's"),
    ],
)
def test_a_comment_of_others_is_not_touched(
    verdict: Verdict,
    event: Event,
    api: Api,
    github: FakeGitHub,
    login: str,
    kind: str,
    body: str,
) -> None:
    foreign = github.add_comment(7, body, login, kind)
    publish(verdict, event, api, RED)
    publish(verdict, event, api, GREEN)
    assert github.state.comments[foreign]["body"] == body
    assert [c["body"] for c in github.state.comments.values()] == [body, GREEN.body]


def test_a_comment_of_an_app_of_ones_own_is_found(
    verdict: Verdict, event: Event, api: Api, github: FakeGitHub
) -> None:
    github.add_comment(7, RED.body, "acme-gate[bot]", "Bot", "acme-gate")
    publish(verdict, event, api, GREEN)
    assert [c["body"] for c in github.state.comments.values()] == [GREEN.body]


def test_a_users_token_finds_the_comment_of_that_user_only(
    verdict: Verdict, event: Event, github: FakeGitHub, server: Any
) -> None:
    github.setup({"app": False, "login": "ann"})
    foreign = github.add_comment(7, RED.body, ACTIONS, "Bot")
    for message in (RED, GREEN):
        publish(verdict, event, Api(server.url, "ghp_x"), message)
    made = [c for c in github.state.comments.values() if c["user"]["login"] == "ann"]
    assert [comment["body"] for comment in made] == [GREEN.body]
    assert github.state.comments[foreign]["body"] == RED.body


def test_a_token_whose_kind_cannot_be_told_is_an_apps_if_it_has_no_user(
    verdict: Verdict, event: Event, github: FakeGitHub, server: Any
) -> None:
    for message in (RED, GREEN):
        publish(verdict, event, Api(server.url, "v1.abc"), message)
    assert ours(github) == [GREEN.body]


def test_the_comment_that_github_changed_the_line_ends_of_is_the_same(
    verdict: Verdict, event: Event, api: Api, github: FakeGitHub
) -> None:
    github.add_comment(7, RED.body.replace("\n", "\r\n"), ACTIONS, "Bot")
    published = publish(verdict, event, api, RED)
    assert published.steps[-1].outcome is Outcome.UNCHANGED


def test_a_comment_that_was_deleted_meanwhile_is_written_anew(
    verdict: Verdict, event: Event, api: Api, github: FakeGitHub
) -> None:
    publish(verdict, event, api, RED)
    github.state.faults.append(Fault("PATCH .*", "404"))
    made = publish(verdict, event, api, GREEN)
    assert made.steps[-1].text == "comment on pull request #7: written"


@pytest.mark.parametrize("name", ["push", "merge_group", "schedule"])
def test_without_a_pull_request_there_are_statuses_and_no_comment(
    verdict: Verdict, event: Event, api: Api, github: FakeGitHub, name: str
) -> None:
    event = msgspec.structs.replace(event, name=name, pull_request=None)
    published = publish(verdict, event, api, RED)
    assert len(github.state.statuses) == 3
    assert github.state.comments == {}
    (left_out,) = published.only(Outcome.LEFT_OUT)
    assert left_out.text == f"comment: the event `{name}` has no pull request"


@pytest.mark.parametrize(
    ("pull", "reason"),
    [
        ({"state": "closed", "sha": HEAD}, "is closed"),
        ({"state": "open", "sha": "3" * 40}, "has newer commits"),
    ],
)
def test_a_pull_request_that_moved_on_gets_no_comment(
    verdict: Verdict,
    event: Event,
    api: Api,
    github: FakeGitHub,
    pull: dict[str, str],
    reason: str,
) -> None:
    github.setup({"pulls": {7: pull}})
    published = publish(verdict, event, api, RED)
    assert github.state.comments == {}
    assert reason in published.only(Outcome.LEFT_OUT)[0].text
    assert len(github.state.statuses) == 3


def test_a_read_only_token_is_told_and_asked_for_nothing_twice(
    verdict: Verdict, event: Event, api: Api, github: FakeGitHub
) -> None:
    github.denied = {"all"}
    published = publish(verdict, event, api, RED)
    assert outcomes(published) == ["denied", "denied"]
    assert writes(github) == ["POST", "POST"]
    assert "`statuses: write`" in published.steps[0].hint
    assert "`issues: write` or `pull-requests: write`" in published.steps[1].hint


@pytest.mark.parametrize(
    ("denied", "expected"),
    [
        ({"statuses"}, ["denied", "done"]),
        ({"issues", "pull_requests"}, ["done", "done", "done", "denied"]),
    ],
)
def test_one_missing_permission_does_not_keep_the_rest_from_being_done(
    verdict: Verdict,
    event: Event,
    api: Api,
    github: FakeGitHub,
    denied: set[str],
    expected: list[str],
) -> None:
    github.denied = denied
    assert outcomes(publish(verdict, event, api, RED)) == expected


ENDPOINTS = [
    "GET /repos/o/r/commits/.*/status",
    "POST /repos/o/r/statuses/.*",
    "GET /repos/o/r/pulls/7",
    "GET /repos/o/r/issues/7/comments",
    "POST /repos/o/r/issues/7/comments",
]
TROUBLES = ["500", "502", "503", "rate-limit", "drop", "late"]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("kind", TROUBLES)
def test_each_endpoint_may_fail_once(
    verdict: Verdict,
    event: Event,
    api: Api,
    github: FakeGitHub,
    endpoint: str,
    kind: str,
) -> None:
    github.state.faults.append(Fault(endpoint, kind))
    published = publish(verdict, event, api, RED)
    assert outcomes(published) == ["done"] * 4
    assert ours(github) == [RED.body]
    last = {s["context"]: s["state"] for s in github.state.statuses}
    assert last == {"gate": "failure", "gate/formatting": "success"} | {
        "gate/tests": "failure"
    }


@pytest.mark.parametrize("kind", TROUBLES)
def test_the_update_of_a_comment_may_fail_once(
    verdict: Verdict, event: Event, api: Api, github: FakeGitHub, kind: str
) -> None:
    publish(verdict, event, api, RED)
    github.state.faults.append(Fault("PATCH .*", kind))
    publish(verdict, event, api, GREEN)
    assert ours(github) == [GREEN.body]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("kind", [*TROUBLES, "html", "garbage", "wrong", "401", "422"])
def test_an_endpoint_that_always_fails_is_told_and_the_other_half_is_done(
    verdict: Verdict,
    event: Event,
    api: Api,
    github: FakeGitHub,
    endpoint: str,
    kind: str,
) -> None:
    github.state.faults.append(Fault(endpoint, kind, times=None))
    published = publish(verdict, event, api, RED)
    half = "statuses: " if "status" in endpoint else "comment: "
    failed = published.only(Outcome.FAILED)
    made = kind == "late" and endpoint.startswith("POST /repos/o/r/issues")
    assert [step.text.startswith(half) for step in failed] == ([] if made else [True])
    assert len(ours(github)) == (half == "statuses: " or made)
    assert len(published.only(Outcome.DONE)) == (
        4 if made else 1 if half == "statuses: " else 3
    )


def test_what_was_done_before_it_failed_is_told_too(
    verdict: Verdict, event: Event, api: Api, github: FakeGitHub
) -> None:
    fault = Fault("POST /repos/o/r/statuses/.*", "502", times=None, after=2)
    github.state.faults.append(fault)
    published = publish(verdict, event, api, RED)
    assert outcomes(published) == ["done", "done", "failed", "done"]


def test_a_verdict_on_another_commit_is_refused(
    event: Event, api: Api, github: FakeGitHub, verdict_of: VerdictOf
) -> None:
    passed = Result(check="tests", status=Status.PASSED, summary="all")
    other = verdict_of(passed, head="9" * 40)
    with pytest.raises(GitHubError, match="about commit '999999999999'"):
        publish(other, event, api, GREEN)
    assert github.state.requests == []


@pytest.mark.parametrize("status", [Status.PASSED, Status.ERROR])
def test_a_verdict_that_knows_no_commit_is_refused(
    event: Event, api: Api, github: FakeGitHub, verdict_of: VerdictOf, status: Status
) -> None:
    judged = verdict_of(Result(check="lint", status=status, summary="x"), head="")
    with pytest.raises(GitHubError, match="which commit") as caught:
        publish(judged, event, api, GREEN)
    assert caught.value.hint and github.state.requests == []


def test_that_the_gate_could_not_judge_needs_no_commit(event: Event, api: Api) -> None:
    verdict = could_not_judge(["gate.yaml:1: x"], Context(gate="1"))
    assert outcomes(publish(verdict, event, api, RED)) == ["done", "done"]


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
    made = {s.context: s for s in statuses(verdict_of(named), event)}
    assert (made["gate/lint"].state, made["gate/lint"].description) == (
        state,
        description,
    )


def test_what_a_verdict_becomes_as_a_status(
    event: Event, verdict_of: VerdictOf
) -> None:
    states = [
        statuses(verdict_of(Result(check="tests", status=status, summary="")), event)[
            0
        ].state
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
    made = statuses(verdict_of(*results), event)
    assert [(s.context, s.description) for s in made[1:]] == [("gate/data", "failed")]


@pytest.mark.parametrize(
    ("summary", "description"),
    [
        ("x" * 140, "x" * 140),
        ("word " * 40, "word " * 27 + "word…"),
        ("x" * 141, "x" * 139 + "…"),
        ("two\r\nlines\x1b[31m \u202eand\u200b", "two lines[31m and"),
        ("a bug 🐛 in 1 file", "a bug in 1 file"),
    ],
)
def test_a_description_is_one_line_that_github_takes(
    event: Event, verdict_of: VerdictOf, summary: str, description: str
) -> None:
    result = Result(check="lint", status=Status.FAILED, summary=summary)
    assert statuses(verdict_of(result), event)[1].description == description


@given(summary=st.text(max_size=400))
def test_any_summary_fits(summary: str) -> None:
    from gate.verdict import Context, judge

    event = Event(name="push", repository="o/r", head=HEAD, commits=frozenset({HEAD}))
    result = Result(check="lint", status=Status.FAILED, summary=summary)
    made = statuses(judge([result], Context(gate="1")), event)[1]
    assert len(made.description) <= 140
    assert made.description.isprintable()
    assert max(made.description, default="") <= "\uffff"


@pytest.mark.parametrize("name", ["", "a\nb", "../x", "ä", "x" * 101, " lint", "🐛"])
def test_a_check_with_a_name_that_none_has_is_refused(
    event: Event, verdict_of: VerdictOf, name: str
) -> None:
    result = Result(check=name, status=Status.PASSED, summary="")
    with pytest.raises(GitHubError, match="the results hold a check named"):
        statuses(verdict_of(result), event)


def test_a_flood_of_checks_is_cut(event: Event, verdict_of: VerdictOf) -> None:
    results = [
        Result(check=f"c{number}", status=Status.PASSED, summary="")
        for number in range(5000)
    ]
    assert len(statuses(verdict_of(*results), event)) == 101
