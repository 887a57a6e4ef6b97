"""Annotations beyond those of a step: each once, in a check run that never fails."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from fake_github import Server
from fake_repository import FakeGitHub, Fault
from gate.github import checkrun, steps
from gate.github.api import Api, Limits
from gate.github.checkrun import Annotation
from gate.github.event import Event
from gate.github.steps import Outcome, Step
from harness_fixtures import HEAD, TOKEN

NAME = "gate (a/b) annotations"


def many(count: int, word: str = "wrong") -> tuple[Annotation, ...]:
    return tuple(
        Annotation(
            path=f"src/f{n}.py",
            start_line=n + 1,
            end_line=n + 1,
            annotation_level="failure",
            message=f"{word} {n}",
            title="lint/E501",
        )
        for n in range(count)
    )


def publish(
    event: Event, api: Api, shown: tuple[Annotation, ...], again: bool = True
) -> list[Step]:
    made = checkrun.publish(NAME, shown, event, api, again)
    return list(steps.attempt("annotations", made))


def texts(made: list[Step]) -> list[str]:
    return [step.text for step in made]


def newest(github: FakeGitHub) -> Any:
    return list(github.state.checks.values())[-1]


def messages(github: FakeGitHub) -> list[str]:
    """What the newest run shows."""
    return [one["message"] for one in newest(github)["output"]["annotations"]]


def methods(github: FakeGitHub) -> Counter[str]:
    return Counter(request["method"] for request in github.state.requests)


@pytest.mark.parametrize("count", [1, 49, 50, 51, 120, 1000])
def test_all_are_shown_in_pages(
    event: Event, api: Api, github: FakeGitHub, count: int
) -> None:
    done = publish(event, api, many(count))
    assert texts(done) == [f"check run {NAME}: {count:,} annotations"]
    assert messages(github) == [f"wrong {n}" for n in range(count)]
    run = newest(github)
    assert (run["name"], run["head_sha"]) == (NAME, HEAD)
    assert (run["status"], run["conclusion"]) == ("completed", "neutral")
    assert run["details_url"] == event.run_url
    assert run["output"]["title"].startswith(f"{count:,} findings beyond")
    pages = -(-count // 50)
    assert methods(github) == Counter(GET=1, POST=1, PATCH=pages - 1)
    bodies = [json.loads(r["body"]) for r in github.state.requests if r["body"]]
    states = [body["status"] for body in bodies]
    assert states == ["in_progress"] * (pages - 1) + ["completed"]


def test_no_more_than_a_thousand(event: Event, api: Api, github: FakeGitHub) -> None:
    publish(event, api, many(1500))
    assert messages(github) == [f"wrong {n}" for n in range(1000)]


def test_without_any_nobody_is_asked(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    assert publish(event, api, (), again=False) == []
    assert github.state.requests == []


def test_without_any_and_without_a_run_none_is_made(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    assert publish(event, api, ()) == []
    assert methods(github) == Counter(GET=1)


@pytest.mark.parametrize("count", [0, 1, 120])
def test_an_identical_run_writes_nothing(
    event: Event, api: Api, github: FakeGitHub, count: int
) -> None:
    publish(event, api, many(1))
    publish(event, api, many(count))
    github.state.requests.clear()
    done = publish(event, api, many(count))
    assert [step.outcome for step in done] == [Outcome.UNCHANGED]
    assert methods(github) == Counter(GET=1)


def test_what_has_changed_takes_the_place_of_what_was(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    """In a run of its own, which GitHub shows instead of the one before."""
    publish(event, api, many(60))
    publish(event, api, many(60, "worse"))
    assert messages(github) == [f"worse {n}" for n in range(60)]
    publish(event, api, ())
    assert messages(github) == []
    assert newest(github)["status"] == "completed"
    path = f"/repos/o/r/commits/{HEAD}/check-runs"
    assert len(api.get(path, dict)["check_runs"]) == 1


def test_a_run_that_was_never_ended_is_made_anew(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    """A job that was stopped had added a page: nobody knows which."""
    publish(event, api, many(120))
    run = newest(github)
    run.update(status="in_progress", conclusion=None)
    run["output"]["annotations"] = run["output"]["annotations"][:50]
    github.state.faults.append(Fault("POST .*", "502"))
    publish(event, api, many(120))
    assert len(github.state.checks) == 2
    assert messages(github) == [f"wrong {n}" for n in range(120)]


def test_a_run_of_another_name_is_left_alone(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    publish(event, api, many(1))
    other = checkrun.publish("gate annotations", many(2), event, api, True)
    assert texts(list(other)) == ["check run gate annotations: 2 annotations"]
    done = publish(event, api, many(1))
    assert done[0].outcome is Outcome.UNCHANGED


@pytest.mark.parametrize("kind", ["500", "502", "503", "rate-limit", "drop", "late"])
@pytest.mark.parametrize("count", [0, 1, 120])
@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_any_request_may_fail_once_and_no_page_is_added_twice(
    event: Event,
    api: Api,
    github: FakeGitHub,
    kind: str,
    count: int,
    after: int,
    method: str,
) -> None:
    publish(event, api, many(2, "old"))
    github.state.faults.append(Fault(f"{method} .*", kind, after=after))
    publish(event, api, many(count))
    assert messages(github) == [f"wrong {n}" for n in range(count)]
    assert newest(github)["status"] == "completed"
    assert len(github.state.checks) == 2


@pytest.mark.parametrize("kind", ["502", "late", "html", "garbage", "wrong"])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_what_always_fails_is_told(
    event: Event, api: Api, github: FakeGitHub, kind: str, method: str
) -> None:
    github.state.faults.append(Fault(f"{method} .*", kind, times=None))
    done = publish(event, api, many(120))
    made = kind == "late" and method != "GET"
    assert [step.outcome for step in done] == [Outcome.DONE if made else Outcome.FAILED]
    counted = Counter(m for n in github.state.checks for m in _shown(github, n))
    assert not counted or max(counted.values()) == 1


def _shown(github: FakeGitHub, number: int) -> list[str]:
    run = github.state.checks[number]
    return [one["message"] for one in run["output"]["annotations"]]


def test_a_missing_permission_is_told_softly(
    event: Event, server: Server, github: FakeGitHub
) -> None:
    """The annotations of the step are there all the same."""
    github.setup(tokens={TOKEN: {"contents": "read", "checks": "read"}})
    api = Api(server.url, TOKEN)
    (only,) = publish(event, api, many(1234))
    assert only.outcome is Outcome.LEFT_OUT
    assert only.text == (
        "1,000 annotations beyond those of the step: the job's `permissions:` need"
        " `checks: write`"
    )
    assert publish(event, api, ()) == []


def test_in_a_private_repository_reading_takes_the_permission_too(
    event: Event, server: Server, github: FakeGitHub
) -> None:
    github.setup(tokens={TOKEN: {"contents": "read"}}, private=True)
    (only,) = publish(event, Api(server.url, TOKEN), many(1))
    assert only.outcome is Outcome.LEFT_OUT
    assert publish(event, Api(server.url, TOKEN), ()) == []


def test_a_users_token_may_not_whatever_it_may(
    event: Event, server: Server, github: FakeGitHub
) -> None:
    github.setup(app=False, login="ann")
    (only,) = publish(event, Api(server.url, "ghp_x"), many(1))
    assert only.outcome is Outcome.LEFT_OUT
    assert "only an app's token may" in only.text


def test_a_server_that_hangs_is_given_up(event: Event, server: Server) -> None:
    limits = Limits(attempts=2, backoff=0.001, timeout=0.1)
    server.github.state.faults.append(Fault("PATCH .*", "hang", times=None))
    (only,) = publish(event, Api(server.url, TOKEN, limits), many(60))
    assert only.outcome is Outcome.FAILED
    assert "no answer in time" in only.text
