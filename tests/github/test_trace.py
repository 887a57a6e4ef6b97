"""Which pull request and commits another run was about: GitHub's word, and no other."""

from __future__ import annotations

import msgspec
import pytest

from fake_github import Server
from fake_repository import FakeGitHub, Fault
from fake_store import Seed
from gate.errors import GitHubError
from gate.github import trace
from gate.github.answers import ApiError
from gate.github.api import Api, Limits
from gate.github.event import Event, Run
from harness_fixtures import TOKEN

RUN = Run(id=5, event="pull_request", conclusion="failure", owner="eve", branch="x/#?")


@pytest.fixture
def base(github: FakeGitHub) -> str:
    """The newest commit of main."""
    return github.add_branch("main", {"files": {"a": "1"}})


@pytest.fixture
def head(github: FakeGitHub, base: str) -> str:
    """The head of the pull request #7, which comes from a fork."""
    sha = github.add_commit(Seed({"a": "2"}, (base,)))
    fork = {"head_repo": "eve/r", "head_ref": "x/#?", "base_ref": "main"}
    github.setup(pulls={7: {"sha": sha, "base_sha": base, **fork}})
    return sha


@pytest.fixture
def event(event: Event, head: str) -> Event:
    """The event of the run that publishes: no pull request is known yet."""
    return msgspec.structs.replace(
        event,
        name="workflow_run",
        head=head,
        commits=frozenset({head}),
        pull_request=None,
        base_ref="",
        is_fork=True,
        judged=RUN,
    )


def run(**changes: str) -> Run:
    return msgspec.structs.replace(RUN, **changes)


def test_it_is_found_by_the_branch_of_the_fork(
    event: Event, api: Api, github: FakeGitHub, base: str
) -> None:
    found = trace.found(event, RUN, api)
    assert (found.pull_request, found.base) == (7, base)
    assert found.commits == {event.head}
    (asked,) = github.state.requests
    assert "head=eve%3Ax%2F%23%3F&" in asked["path"]


def test_the_test_merge_that_github_names_is_of_it(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    github.setup(pulls={7: {"merge_commit_sha": "5" * 40}})
    assert trace.found(event, RUN, api).commits == {event.head, "5" * 40}


def test_a_branch_of_the_repositorys_own_is_found_too(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    github.setup(pulls={7: {"head_repo": "o/r", "head_ref": "topic"}})
    assert trace.found(event, run(owner="o", branch="topic"), api).pull_request == 7


@pytest.mark.parametrize("branch", ["renamed", ""])
def test_without_its_branch_it_is_found_by_its_commit(
    event: Event, api: Api, github: FakeGitHub, branch: str
) -> None:
    github.setup(pulls={7: {"head_repo": "o/r", "head_ref": "topic"}})
    assert trace.found(event, run(owner="o", branch=branch), api).pull_request == 7


@pytest.mark.parametrize(
    "change",
    [
        {"sha": "9" * 40},  # a push since
        {"state": "closed"},
        {"state": "closed", "merged": True},
        {"head_ref": "another"},
        {"head_repo": "mallory/r"},
    ],
)
def test_one_that_is_not_open_at_this_commit_is_none(
    event: Event, api: Api, github: FakeGitHub, change: dict[str, object]
) -> None:
    github.setup(pulls={7: change})
    assert trace.found(event, RUN, api) == event


def test_a_fork_that_was_deleted_has_none(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    github.setup(pulls={7: {"head_repo": None}})
    assert trace.found(event, run(owner="", branch=""), api) == event


@pytest.mark.parametrize("status", ["404", "422"])
def test_a_commit_that_github_does_not_know_here_has_none(
    event: Event, api: Api, github: FakeGitHub, status: str
) -> None:
    github.state.pulls.clear()
    github.state.faults.append(Fault("GET .*/commits/.*/pulls", status, times=None))
    assert trace.found(event, RUN, api) == event


def test_of_two_with_the_same_head_the_newer_one_counts(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    github.add_branch("stable", {"files": {"a": "0"}, "from": None})
    known = dict(github.state.pulls[7])
    same = {key: known[key] for key in ("sha", "head_repo", "head_ref")}
    github.setup(pulls={8: {**same, "base_ref": "stable"}})
    assert trace.found(event, RUN, api).pull_request == 8
    github.setup(pulls={8: {"state": "closed"}})
    assert trace.found(event, RUN, api).pull_request == 7


def test_it_is_found_on_any_page(event: Event, api: Api, github: FakeGitHub) -> None:
    """A fork's branch can be the head of many, to many branches."""
    same = {"head_repo": "eve/r", "head_ref": "x/#?", "base_ref": "other"}
    github.setup(pulls={n: {**same, "sha": "9" * 40} for n in range(100, 260)})
    assert trace.found(event, RUN, api).pull_request == 7


@pytest.mark.parametrize("name", ["push", "merge_group", "schedule"])
def test_a_run_of_no_pull_request_asks_for_none(
    event: Event, api: Api, github: FakeGitHub, name: str
) -> None:
    assert trace.found(event, run(event=name), api) == event
    assert github.state.requests == []


def test_what_is_no_answer_is_an_error_of_ours(
    event: Event, server: Server, github: FakeGitHub
) -> None:
    limits = Limits(attempts=2, backoff=0.001, timeout=0.2)
    for kind in ("502", "html", "garbage", "wrong", "drop", "hang"):
        github.state.faults[:] = [Fault(".*", kind, times=None)]
        with pytest.raises(ApiError):
            trace.found(event, RUN, Api(server.url, TOKEN, limits))
        with pytest.raises(ApiError):
            trace.traced(event, "5" * 40, Api(server.url, TOKEN, limits))


def merge(github: FakeGitHub, *parents: str) -> str:
    return github.add_commit(Seed({}, parents, "A merge"))


def test_an_older_test_merge_is_known_by_its_parents(
    event: Event, api: Api, github: FakeGitHub, base: str
) -> None:
    judged = merge(github, base, event.head)
    assert trace.traced(event, judged, api).commits == {event.head, judged}


def test_a_commit_that_is_known_already_is_not_asked_for(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    assert trace.traced(event, event.head, api) == event
    assert github.state.requests == []


@pytest.mark.parametrize(
    "parents", [("head", "base"), ("base",), ("head",), ("base", "head", "base"), ()]
)
def test_what_is_no_merge_of_the_head_is_not_of_it(
    event: Event, api: Api, github: FakeGitHub, base: str, parents: tuple[str, ...]
) -> None:
    named = {"base": base, "head": event.head}
    judged = merge(github, *(named[name] for name in parents))
    assert trace.traced(event, judged, api) == event


@pytest.mark.parametrize(
    "judged",
    ["", "main", "7" * 39, "7" * 41, "A" * 40, "../../x", "7" * 40 + "\n", "７" * 40],
)
def test_what_is_no_commit_is_in_no_address(
    event: Event, api: Api, github: FakeGitHub, judged: str
) -> None:
    assert trace.traced(event, judged, api) == event
    assert github.state.requests == []


def test_a_commit_that_is_nowhere_is_not_of_it(event: Event, api: Api) -> None:
    assert trace.traced(event, "7" * 40, api) == event


def test_a_missing_permission_is_told(
    event: Event, server: Server, github: FakeGitHub
) -> None:
    github.setup(tokens={TOKEN: {"statuses": "write"}}, private=True)
    api = Api(server.url, TOKEN)
    with pytest.raises(GitHubError) as caught:
        trace.found(event, RUN, api)
    assert "`pull-requests: read`" in caught.value.hint
    with pytest.raises(GitHubError) as caught:
        trace.traced(event, "7" * 40, api)
    assert "`contents: read`" in caught.value.hint
