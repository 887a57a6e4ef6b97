"""What is on GitHub after a verdict was published, whatever happened on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from fake_repository import ACTIONS, FakeGitHub, Fault
from gate.errors import GitHubError
from gate.findings import Result, Status
from gate.github.api import Api
from gate.github.event import Event
from gate.github.publish import publish
from gate.github.steps import Outcome, Published
from gate.verdict import Context, Verdict, could_not_judge
from tests.github.published import MARKER, Plain, outputs

HEAD = "1" * 40
CLOSED, OPEN = f"{MARKER}\nclosed", f"{MARKER}\nopen"
RED, GREEN = outputs(CLOSED), outputs(OPEN)

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
    assert ours(github) == [CLOSED]
    assert [(s["sha"], s["context"], s["state"]) for s in github.state.statuses] == [
        (HEAD, "gate", "failure"),
        (HEAD, "gate/formatting", "success"),
        (HEAD, "gate/tests", "failure"),
    ]
    assert {s["target_url"] for s in github.state.statuses} == {event.run_url}
    assert github.state.statuses[2]["description"] == "2 of 80 tests failed"
    assert outcomes(published) == ["done"] * 4


def test_an_identical_run_writes_nothing_and_asks_four_times(
    verdict: Verdict, event: Event, api: Api, github: FakeGitHub
) -> None:
    publish(verdict, event, api, RED)
    github.state.requests.clear()
    published = publish(verdict, event, api, RED)
    assert outcomes(published) == ["unchanged"] * 4
    assert [request["method"] for request in github.state.requests] == ["GET"] * 4


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
    assert ours(github) == [OPEN]
    # formatting's status is as it was: gate, gate/tests, and the comment
    assert writes(github) == ["POST", "POST", "PATCH"]


def test_our_comment_is_found_behind_35_pages_of_others(
    verdict: Verdict, event: Event, api: Api, github: FakeGitHub
) -> None:
    for number in range(3500):
        github.add_comment(7, f"remark {number}")
    publish(verdict, event, api, RED)
    publish(verdict, event, api, GREEN)
    assert ours(github) == [OPEN]


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
    assert [c["body"] for c in github.state.comments.values()] == [body, OPEN]


def test_a_comment_of_an_app_of_ones_own_is_found(
    verdict: Verdict, event: Event, api: Api, github: FakeGitHub
) -> None:
    github.add_comment(7, CLOSED, "acme-gate[bot]", "Bot", "acme-gate")
    publish(verdict, event, api, GREEN)
    assert [c["body"] for c in github.state.comments.values()] == [OPEN]


def test_a_users_token_finds_the_comment_of_that_user_only(
    verdict: Verdict, event: Event, github: FakeGitHub, server: Any
) -> None:
    github.setup({"app": False, "login": "ann"})
    foreign = github.add_comment(7, CLOSED, ACTIONS, "Bot")
    for message in (RED, GREEN):
        publish(verdict, event, Api(server.url, "ghp_x"), message)
    made = [c for c in github.state.comments.values() if c["user"]["login"] == "ann"]
    assert [comment["body"] for comment in made] == [OPEN]
    assert github.state.comments[foreign]["body"] == CLOSED


def test_a_token_whose_kind_cannot_be_told_is_an_apps_if_it_has_no_user(
    verdict: Verdict, event: Event, github: FakeGitHub, server: Any
) -> None:
    for message in (RED, GREEN):
        publish(verdict, event, Api(server.url, "v1.abc"), message)
    assert ours(github) == [OPEN]


def test_the_comment_that_github_changed_the_line_ends_of_is_the_same(
    verdict: Verdict, event: Event, api: Api, github: FakeGitHub
) -> None:
    github.add_comment(7, CLOSED.replace("\n", "\r\n"), ACTIONS, "Bot")
    published = publish(verdict, event, api, RED)
    assert published.steps[-1].outcome is Outcome.UNCHANGED


def test_a_comment_that_was_deleted_meanwhile_is_written_anew(
    verdict: Verdict, event: Event, api: Api, github: FakeGitHub
) -> None:
    publish(verdict, event, api, RED)

    class Deleting(Plain):
        def merged(self, there: str) -> str:
            github.state.comments.clear()
            return self.body

    made = publish(verdict, event, api, outputs("", message=Deleting(OPEN)))
    assert "comment on pull request #7: written" in [s.text for s in made.steps]
    assert ours(github) == [OPEN]


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
    assert ours(github) == [CLOSED]
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
    assert ours(github) == [OPEN]


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
