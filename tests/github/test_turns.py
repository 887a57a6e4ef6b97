"""One at a time at a comment: whose turn it is, and what if it is not given back."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable

import pytest

from fake_github import Server
from fake_repository import ACTIONS, FakeGitHub, Fault
from gate.github import turns
from gate.github.api import Api, Limits
from harness_fixtures import TOKEN, at_once

NEEDS = "pull-requests: write"
QUICK = Limits(backoff=0.01, timeout=10)
# What a turn waits for a holder that is gone: 30 times the first pause.
SHORT = Limits(backoff=0.001, timeout=10)


@pytest.fixture
def comment(github: FakeGitHub) -> str:
    """The path of a comment."""
    return f"/repos/o/r/issues/comments/{github.add_comment(7, 'x', ACTIONS, 'Bot')}"


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow this machine is, the wait for a turn is not given up."""
    monkeypatch.setattr(turns, "LONGEST", 1e6)


def take(api: Api, comment: str) -> bool:
    with turns.turn(api, comment, needs=NEEDS) as ours:
        return ours


def held(github: FakeGitHub) -> list[str]:
    return [reaction["content"] for reaction in github.state.reactions.values()]


def test_a_turn_is_taken_and_given_back(
    api: Api, comment: str, github: FakeGitHub
) -> None:
    with turns.turn(api, comment, needs=NEEDS) as ours:
        assert ours
        assert held(github) == ["eyes"]
    assert held(github) == []
    assert [r["method"] for r in github.state.requests] == ["POST", "DELETE"]


def test_it_is_given_back_also_when_something_breaks(
    api: Api, comment: str, github: FakeGitHub
) -> None:
    with pytest.raises(KeyError), turns.turn(api, comment, needs=NEEDS):
        raise KeyError
    assert held(github) == []


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("jobs", [2, 6])
def test_no_two_have_it_at_once(
    server: Server, comment: str, github: FakeGitHub, jobs: int
) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work(number: int) -> None:
        api = Api(server.url, TOKEN, QUICK)
        with turns.turn(api, comment, needs=NEEDS) as ours:
            assert ours
            inside.append(number)
            most.append(len(inside))
            api.get(comment, dict)
            inside.remove(number)

    at_once([functools.partial(work, number) for number in range(jobs)])
    assert most == [1] * jobs
    assert held(github) == []


@pytest.mark.usefixtures("patient")
def test_the_turn_of_one_who_is_gone_is_taken(
    server: Server, comment: str, github: FakeGitHub
) -> None:
    gone = Api(server.url, TOKEN, SHORT)
    gone.post(f"{comment}/reactions", {"content": "eyes"}, dict)
    assert take(Api(server.url, TOKEN, SHORT), comment)
    assert held(github) == []


class Queue(Api):
    """While this one waits, the turn goes from one job to the next, for so long."""

    length = 100
    waited = 0

    def __init__(self, server: Server, comment: str) -> None:
        super().__init__(server.url, TOKEN, SHORT)
        self.github = server.github
        self.path = f"{comment}/reactions"

    def wait(self, seconds: float) -> bool:
        self.waited += 1
        for made in list(self.github.state.reactions):
            self.delete(f"{self.path}/{made}")
        if self.waited < self.length:
            self.post(self.path, {"content": "eyes"}, dict)
        return super().wait(seconds)


@pytest.mark.usefixtures("patient")
def test_a_queue_is_no_holder_that_is_gone(
    server: Server, comment: str, github: FakeGitHub
) -> None:
    """Each holder has its own time, and nobody's turn is taken away."""
    queue = Queue(server, comment)
    queue.post(queue.path, {"content": "eyes"}, dict)
    queue.length = 20
    assert take(queue, comment)
    assert queue.waited == queue.length
    gone = Counter(r["path"] for r in github.state.requests if r["method"] == "DELETE")
    assert set(gone.values()) == {1}


def test_a_queue_that_never_ends_is_left(
    server: Server, comment: str, github: FakeGitHub
) -> None:
    queue = Queue(server, comment)
    queue.post(queue.path, {"content": "eyes"}, dict)
    queue.length = 10_000
    assert not take(queue, comment)
    assert len(held(github)) == 1


def test_a_reaction_of_people_is_no_turn(
    server: Server, comment: str, github: FakeGitHub
) -> None:
    github.setup(users={"ghp_ann": "ann"})
    ann = Api(server.url, "ghp_ann")
    for content in ("eyes", "heart"):
        ann.post(f"{comment}/reactions", {"content": content}, dict)
    assert take(Api(server.url, TOKEN, QUICK), comment)
    assert held(github) == ["eyes", "heart"]


@pytest.mark.parametrize(
    "hinder",
    [
        lambda github: github.setup(tokens={TOKEN: {"pull_requests": "write"}}),
        lambda github: github.state.comments.clear(),
        lambda github: github.state.faults.append(Fault("POST .*", "422", times=None)),
        lambda github: github.state.faults.append(Fault("POST .*", "500", times=None)),
        lambda github: github.state.faults.append(Fault("POST .*", "html")),
    ],
)
def test_where_turns_cannot_be_had_it_goes_on_without(
    server: Server,
    comment: str,
    github: FakeGitHub,
    hinder: Callable[[FakeGitHub], object],
) -> None:
    hinder(github)
    assert not take(Api(server.url, TOKEN, SHORT), comment)
    assert held(github) == []


@pytest.mark.usefixtures("patient")
def test_a_turn_that_cannot_be_given_back_ends_by_itself(
    server: Server, comment: str, github: FakeGitHub
) -> None:
    github.state.faults.append(Fault("DELETE .*", "500", times=None))
    assert take(Api(server.url, TOKEN, SHORT), comment)
    assert held(github) == ["eyes"]
    github.state.faults.clear()
    assert take(Api(server.url, TOKEN, SHORT), comment)
    assert held(github) == []


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("kind", ["502", "drop", "late", "rate-limit"])
@pytest.mark.parametrize("request_", ["POST .*", "DELETE .*"])
def test_any_request_may_fail_once(
    server: Server, comment: str, github: FakeGitHub, kind: str, request_: str
) -> None:
    github.state.faults.append(Fault(request_, kind))
    assert take(Api(server.url, TOKEN, SHORT), comment)
    assert held(github) == []


@pytest.mark.usefixtures("patient")
def test_the_wait_for_a_turn_ends_with_the_budget(
    server: Server, comment: str, github: FakeGitHub
) -> None:
    Api(server.url, TOKEN).post(f"{comment}/reactions", {"content": "eyes"}, dict)
    api = Api(server.url, TOKEN, Limits(backoff=0.02, budget=0.2))
    assert not take(api, comment)
    assert held(github) == ["eyes"]
