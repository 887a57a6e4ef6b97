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
from gate.github.event import Event

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
