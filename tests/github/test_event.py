"""What is read from the environment and from event.json, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gate.errors import GitHubError
from gate.github import event
from gate.github.event import Event, Run

HEAD = "a" * 40
SHA = "b" * 40
MERGED = "c" * 40

Write = Callable[[Any], Path]


def environment(path: Path | str, name: str = "pull_request", **more: str) -> Any:
    return {
        "GITHUB_EVENT_NAME": name,
        "GITHUB_EVENT_PATH": str(path),
        "GITHUB_REPOSITORY": "acme/tool.py",
        "GITHUB_SHA": SHA,
        "GITHUB_RUN_ID": "42",
        **more,
    }


def pull_request(**more: Any) -> dict[str, Any]:
    return {
        "number": 7,
        "head": {"sha": HEAD, "ref": "x", "repo": {"full_name": "acme/tool.py"}},
        "base": {"ref": "main", "repo": {"full_name": "acme/tool.py"}},
        **more,
    }


@pytest.mark.parametrize("name", ["pull_request", "pull_request_review"])
def test_a_pull_request_is_judged_at_its_head(write_event: Write, name: str) -> None:
    path = write_event({"pull_request": pull_request(merge_commit_sha=MERGED)})
    assert event.read(environment(path, name)) == Event(
        name=name,
        repository="acme/tool.py",
        head=HEAD,
        commits=frozenset({HEAD, SHA, MERGED}),
        pull_request=7,
        base_ref="main",
        run_url="https://github.com/acme/tool.py/actions/runs/42",
    )


@pytest.mark.parametrize("name", ["push", "workflow_dispatch", "schedule", "release"])
def test_another_event_is_about_its_commit(write_event: Write, name: str) -> None:
    read = event.read(environment(write_event({"ref": "refs/heads/main"}), name))
    assert (read.head, read.commits) == (SHA, {SHA})
    assert (read.pull_request, read.is_fork) == (None, False)


def test_a_merge_group_has_a_base_and_no_pull_request(write_event: Write) -> None:
    payload = {"merge_group": {"base_ref": "refs/heads/main", "head_sha": SHA}}
    read = event.read(environment(write_event(payload), "merge_group"))
    assert (read.head, read.base_ref, read.pull_request) == (
        SHA,
        "refs/heads/main",
        None,
    )


@pytest.mark.parametrize("repo", [{"full_name": "eve/tool.py"}, None])
def test_a_fork_is_told_also_when_it_was_deleted(
    write_event: Write, repo: object
) -> None:
    payload = {"pull_request": pull_request(head={"sha": HEAD, "repo": repo})}
    assert event.read(environment(write_event(payload))).is_fork


def test_an_enterprise_server_is_respected(write_event: Write) -> None:
    read = event.read(
        environment(
            write_event({}),
            "push",
            GITHUB_API_URL="https://ghe.example/api/v3",
            GITHUB_SERVER_URL="https://ghe.example/",
        )
    )
    assert read.api_url == "https://ghe.example/api/v3"
    assert read.run_url == "https://ghe.example/acme/tool.py/actions/runs/42"


REPOSITORY = {"full_name": "acme/tool.py", "default_branch": "main"}


@pytest.mark.parametrize(
    ("name", "ref", "branch"),
    [
        ("push", "refs/heads/main", "main"),
        ("workflow_dispatch", "refs/heads/main", "main"),
        ("push", "refs/heads/topic", ""),
        ("workflow_dispatch", "refs/heads/topic", ""),
        ("push", "refs/tags/main", ""),
        ("push", "", ""),
        ("release", "refs/heads/main", ""),
        ("merge_group", "refs/heads/main", ""),
        ("merge_group", "refs/heads/gh-readonly-queue/main/pr-7-abc", ""),
    ],
)
def test_whether_an_event_is_of_the_default_branch(
    write_event: Write, name: str, ref: str, branch: str
) -> None:
    path = write_event({"repository": REPOSITORY})
    assert event.read(environment(path, name, GITHUB_REF=ref)).branch == branch


def test_a_pull_request_from_the_default_branch_of_a_fork_is_not_of_it(
    write_event: Write,
) -> None:
    payload = {"pull_request": pull_request(), "repository": REPOSITORY}
    path = write_event(payload)
    assert event.read(environment(path, GITHUB_REF="refs/heads/main")).branch == ""


def test_a_schedule_is_of_the_default_branch_though_its_payload_names_none(
    write_event: Write,
) -> None:
    path = write_event({"schedule": "0 3 * * *"})
    read = event.read(environment(path, "schedule", GITHUB_REF="refs/heads/trunk"))
    assert (read.branch, read.head) == ("trunk", SHA)


def test_without_the_repository_a_push_is_of_no_default_branch(
    write_event: Write,
) -> None:
    path = write_event({})
    assert event.read(environment(path, "push", GITHUB_REF="refs/heads/")).branch == ""


def judged(**more: Any) -> dict[str, Any]:
    fork = {"full_name": "eve/tool.py", "owner": {"login": "eve"}}
    run = {"id": 5, "event": "pull_request", "head_sha": HEAD, "head_branch": "x"}
    return {"workflow_run": {**run, "head_repository": fork, **more}}


def test_the_run_that_judged_tells_the_commit(write_event: Write) -> None:
    path = write_event(judged(conclusion="failure"))
    read = event.read(environment(path, "workflow_run", GITHUB_REF="refs/heads/main"))
    assert (read.head, read.commits, read.pull_request) == (HEAD, {HEAD}, None)
    assert (read.is_fork, read.branch) == (True, "")
    assert read.judged == Run(
        id=5, event="pull_request", conclusion="failure", owner="eve", branch="x"
    )


def test_a_run_of_the_repositorys_own_branch_is_of_no_fork(write_event: Write) -> None:
    own = {"full_name": "acme/tool.py", "owner": {"login": "acme"}}
    path = write_event(judged(head_repository=own, pull_requests=[{"number": 99}]))
    read = event.read(environment(path, "workflow_run"))
    assert not read.is_fork and read.pull_request is None
    assert read.judged and read.judged.owner == "acme"


def test_a_run_of_a_fork_that_was_deleted_has_no_owner(write_event: Write) -> None:
    path = write_event(judged(head_repository=None, head_branch=None))
    read = event.read(environment(path, "workflow_run"))
    assert read.is_fork
    assert read.judged and (read.judged.owner, read.judged.branch) == ("", "")


@pytest.mark.parametrize(
    "name", ["pull_request_target", "issue_comment", "workflow_run", "repository_x"]
)
def test_a_run_that_need_not_have_judged_its_commit_is_refused(
    write_event: Write, name: str
) -> None:
    """Its commit is the default branch's, and what it ran may be a stranger's."""
    with pytest.raises(GitHubError, match=f"was started by `{name}`") as caught:
        event.read(environment(write_event(judged(event=name)), "workflow_run"))
    assert caught.value.hint


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"workflow_run": None},
        judged(id=0),
        judged(id="5/../6"),
        judged(head_sha="main"),
        judged(event="\n::error::"),
        judged(event=None),
        judged(head_repository={"owner": 1}),
    ],
)
def test_a_malformed_run_is_refused(write_event: Write, payload: object) -> None:
    with pytest.raises(GitHubError):
        event.read(environment(write_event(payload), "workflow_run"))


def test_where_the_servers_are(write_event: Write) -> None:
    given = {
        "GITHUB_API_URL": "https://ghe.example/api/v3",
        "GITHUB_GRAPHQL_URL": "https://ghe.example/api/graphql",
        "GITHUB_SERVER_URL": "https://ghe.example",
    }
    read = event.read(environment(write_event({}), "push", **given))
    assert (read.api_url, read.graphql_url, read.server_url) == tuple(given.values())
    read = event.read(environment(write_event({}), "push", GITHUB_SERVER_URL="x:y"))
    assert (read.api_url, read.graphql_url) == ("https://api.github.com", "")
    assert (read.server_url, read.run_url) == ("https://github.com", "")


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("GITHUB_REPOSITORY", "", "GITHUB_REPOSITORY is not set"),
        ("GITHUB_REPOSITORY", "acme/../x", "GITHUB_REPOSITORY is malformed"),
        ("GITHUB_REPOSITORY", "acme/..", "GITHUB_REPOSITORY is malformed"),
        ("GITHUB_REPOSITORY", "acme/x?y", "GITHUB_REPOSITORY is malformed"),
        ("GITHUB_REPOSITORY", "acme/x\n", "GITHUB_REPOSITORY is malformed"),
        ("GITHUB_SHA", "main", "GITHUB_SHA is malformed"),
        ("GITHUB_EVENT_NAME", "", "GITHUB_EVENT_NAME is not set"),
        ("GITHUB_EVENT_PATH", "", "GITHUB_EVENT_PATH is not set"),
        ("GITHUB_EVENT_PATH", "nowhere/event.json", "cannot read the event"),
        ("GITHUB_EVENT_NAME", "pull_request_target", "is about the base"),
    ],
)
def test_an_environment_that_is_not_of_actions_is_refused(
    write_event: Write, variable: str, value: str, message: str
) -> None:
    with pytest.raises(GitHubError, match=message) as caught:
        event.read(environment(write_event({})) | {variable: value})
    assert caught.value.hint


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ("", "not an event"),
        ("<html>", "not an event"),
        ("[" * 100_000, "not an event"),
        ("[]", "Expected `object`"),
        ({"pull_request": pull_request(number=0)}, "pull_request.number"),
        ({"pull_request": pull_request(number="7/merge")}, "pull_request.number"),
        ({"pull_request": pull_request(number=True)}, "pull_request.number"),
        ({"pull_request": pull_request(head={"sha": "HEAD"})}, "pull_request.head.sha"),
        ({"pull_request": pull_request(head={"sha": HEAD + "\n"})}, "head.sha"),
        ({"pull_request": {"number": 7}}, "missing required field `head`"),
    ],
)
def test_a_malformed_event_is_refused_with_its_place(
    write_event: Write, payload: object, message: str
) -> None:
    with pytest.raises(GitHubError, match=message) as caught:
        event.read(environment(write_event(payload)))
    assert "event.json" in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["number", "head", "base", "sha", "repo", "ref", "full_name"]),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(json_values)
def test_any_payload_is_an_event_or_a_github_error(
    write_event: Write, value: object
) -> None:
    try:
        read = event.read(environment(write_event({"pull_request": value})))
    except GitHubError:
        return
    assert all(len(commit) == 40 or commit for commit in read.commits)
    assert read.pull_request is None or read.pull_request > 0
