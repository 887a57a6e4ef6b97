"""The comment: one for all gates, whoever writes at the same time."""

from __future__ import annotations

import msgspec
import pytest

from fake_github import Server
from fake_repository import ACTIONS, FakeGitHub, Fault
from gate import publishing
from gate.findings import Finding, Result, Status
from gate.github import comment
from gate.github.api import Api, Limits
from gate.github.event import Event
from gate.reports import joint
from gate.verdict import Context, Publish, Verdict, When, judge
from harness_fixtures import at_once

QUICK = Limits(backoff=0.01, timeout=10, attempts=3)


def verdict(
    name: str = "", status: Status = Status.PASSED, publish: Publish = Publish()
) -> Verdict:
    result = Result(check="lint", status=status, summary=f"{name} says so")
    return judge([result], Context(gate="1.0", name=name, publish=publish))


def write(one: Verdict, event: Event, api: Api) -> list[str]:
    message = publishing.outputs(one, event).message
    return [step.text for step in comment.publish(event, api, message)]


def ours(github: FakeGitHub) -> list[str]:
    comments = github.state.comments.values()
    return [c["body"] for c in comments if c["user"]["login"] == ACTIONS]


def gates(github: FakeGitHub) -> dict[str, str]:
    """The gates that have a part in the only comment, and what state it tells."""
    (body,) = ours(github)
    return {part.name: part.state.value for part in joint.parse(body) if part.text}


def test_gates_one_after_the_other_share_a_comment(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    assert write(verdict("a"), event, api) == ["comment on pull request #7: written"]
    assert write(verdict("b"), event, api) == ["comment on pull request #7: updated"]
    assert write(verdict("a"), event, api) == ["comment on pull request #7: as it was"]
    write(verdict("a", Status.FAILED), event, api)
    assert gates(github) == {"a": "closed", "b": "open"}


@pytest.mark.parametrize("may_react", [True, False])
@pytest.mark.parametrize("there", [True, False])
def test_jobs_that_race_lose_no_part_and_double_no_comment(
    event: Event, server: Server, github: FakeGitHub, may_react: bool, there: bool
) -> None:
    rights = {"pull_requests": "write", **({"issues": "write"} if may_react else {})}
    github.setup(tokens={"ghs_job": rights})
    if there:
        write(verdict("first"), event, Api(server.url, "ghs_job", QUICK))
    names = [f"g{number}" for number in range(6)]
    at_once(
        [
            lambda name=name: write(
                verdict(name), event, Api(server.url, "ghs_job", QUICK)
            )
            for name in names
        ]
    )
    assert set(names) <= set(gates(github))
    assert github.state.reactions == {}


def test_two_runs_of_one_gate_that_race_leave_one_comment(
    event: Event, server: Server, github: FakeGitHub
) -> None:
    at_once([lambda: write(verdict(), event, Api(server.url, "ghs_x", QUICK))] * 5)
    assert gates(github) == {"": "open"}


def test_a_turn_that_nobody_gives_back_is_taken(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    write(verdict("a"), event, api)
    (made,) = github.state.comments
    by = next(iter(github.state.comments.values()))["user"]
    held = api.post(
        f"/repos/o/r/issues/comments/{made}/reactions", {"content": "eyes"}, dict
    )
    assert held["user"]["login"] == by["login"]
    write(verdict("b"), event, api)
    assert gates(github) == {"a": "open", "b": "open"}
    assert github.state.reactions == {}


def test_a_job_that_was_overwritten_writes_again(
    event: Event, server: Server, github: FakeGitHub
) -> None:
    """Without turns: another job had read the comment before, and writes it after."""
    github.setup(tokens={"ghs_job": {"pull_requests": "write"}})
    write(verdict("a"), event, Api(server.url, "ghs_job", QUICK))
    (made,) = github.state.comments
    stale = github.state.comments[made]["body"]
    undone = iter([True])

    class Slow(Api):
        """While this job waits, another one writes what it had read before."""

        def wait(self, seconds: float) -> bool:
            if next(undone, False):
                github.state.comments[made]["body"] = stale
            return super().wait(seconds)

    write(verdict("b"), event, Slow(server.url, "ghs_job", QUICK))
    assert gates(github) == {"a": "open", "b": "open"}


def test_a_comment_that_another_job_wrote_while_ours_failed_gets_our_part(
    event: Event, server: Server, github: FakeGitHub
) -> None:
    github.state.faults.append(Fault("POST .*/comments", "502"))
    other = iter([True])

    class Overtaken(Api):
        """While this job waits to try again, another one writes the comment."""

        def wait(self, seconds: float) -> bool:
            if next(other, False):
                write(verdict("a"), event, Api(server.url, "ghs_other", QUICK))
            return super().wait(seconds)

    write(verdict("b"), event, Overtaken(server.url, "ghs_x", QUICK))
    assert gates(github) == {"a": "open", "b": "open"}


def test_a_double_that_a_stopped_job_left_is_removed(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    write(verdict("a"), event, api)
    (body,) = ours(github)
    github.add_comment(7, body, ACTIONS, "Bot", "github-actions")
    foreign = github.add_comment(7, body)
    texts = write(verdict("a"), event, api)
    assert texts[0] == "comment on pull request #7: a second one removed"
    assert len(ours(github)) == 1 and foreign in github.state.comments


def test_a_comment_deleted_while_it_is_shared_is_written_anew(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    write(verdict("a"), event, api)
    message = publishing.outputs(verdict("b"), event).message
    merged: list[str] = []

    class Deleting:
        marker, wanted, folded = message.marker, True, False
        shared, settled = message.shared, message.settled

        def merged(self, there: str) -> str:
            if not merged:
                github.state.comments.clear()
            merged.append(there)
            return message.merged(there)

    list(comment.publish(event, api, Deleting()))
    assert gates(github) == {"b": "open"}


@pytest.mark.parametrize(
    ("when", "status", "written"),
    [
        (When.ALWAYS, Status.PASSED, True),
        (When.CLOSED, Status.PASSED, False),
        (When.CLOSED, Status.FAILED, True),
        (When.CLOSED, Status.ERROR, True),
    ],
)
def test_when_a_comment_is_wanted(
    event: Event,
    api: Api,
    github: FakeGitHub,
    when: When,
    status: Status,
    written: bool,
) -> None:
    write(verdict(status=status, publish=Publish(comment=when)), event, api)
    assert bool(ours(github)) is written


def test_a_comment_that_is_there_is_brought_up_to_date_when_the_gate_opens(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    quiet = Publish(comment=When.CLOSED)
    write(verdict(status=Status.FAILED, publish=quiet), event, api)
    write(verdict(publish=quiet), event, api)
    assert gates(github) == {"": "open"}


def folded(github: FakeGitHub) -> list[bool]:
    return [bool(c.get("minimized")) for c in github.state.comments.values()]


def test_it_is_folded_away_while_the_gate_is_open_and_shown_when_it_is_not(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    fold = Publish(minimize=True)
    write(verdict(publish=fold), event, api)
    assert folded(github) == [True]
    before = [r for r in github.state.requests if "mutation" in r["body"]]
    write(verdict(publish=fold), event, api)
    after = [r for r in github.state.requests if "mutation" in r["body"]]
    assert len(before) == len(after) == 1
    write(verdict(status=Status.FAILED, publish=fold), event, api)
    assert folded(github) == [False]


def test_one_closed_gate_keeps_the_comment_of_all_in_sight(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    fold = Publish(minimize=True)
    write(verdict("a", Status.FAILED, fold), event, api)
    write(verdict("b", publish=fold), event, api)
    assert folded(github) == [False]
    write(verdict("a", publish=fold), event, api)
    assert folded(github) == [True]


def test_a_comment_folded_by_people_is_left_so(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    write(verdict(), event, api)
    (only,) = github.state.comments.values()
    only["minimized"] = {"reason": "outdated"}
    write(verdict(status=Status.FAILED), event, api)
    assert folded(github) == [True]


@pytest.mark.parametrize("kind", ["500", "502", "rate-limit", "drop", "late"])
@pytest.mark.parametrize(
    "request_",
    [
        "GET .*/comments",
        "POST .*/comments",
        "GET .*/comments/.*",
        "PATCH .*",
        "POST .*/reactions",
        "DELETE .*/reactions/.*",
    ],
)
def test_any_request_of_a_shared_comment_may_fail_once(
    event: Event, api: Api, github: FakeGitHub, kind: str, request_: str
) -> None:
    write(verdict("a"), event, api)
    github.state.faults.append(Fault(request_, kind))
    write(verdict("b"), event, api)
    assert gates(github) == {"a": "open", "b": "open"}


def test_the_old_form_of_the_comment_is_taken_over(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    github.add_comment(7, "<!-- gate-comment -->\n## old", ACTIONS, "Bot")
    write(verdict(), event, api)
    assert gates(github) == {"": "open"}


def test_links_lead_to_the_head(event: Event, api: Api, github: FakeGitHub) -> None:
    found = Finding(rule="lint/E1", message="m", path="a.py", line=3)
    result = Result(check="lint", status=Status.FAILED, summary="s", findings=(found,))
    one = judge([result], Context(gate="1.0"))
    write(one, event, api)
    (body,) = ours(github)
    assert f"(https://github.com/o/r/blob/{event.head}/a.py#L3)" in body
    github.state.comments.clear()
    write(
        one, msgspec.structs.replace(event, server_url="https://ghe.example.org"), api
    )
    assert "(https://ghe.example.org/o/r/blob/" in ours(github)[0]
