"""What happens on GitHub, as a workflow gets to know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Repository

OURS = {"full_name": "o/r", "default_branch": "main", "owner": {"login": "o"}}


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event: its name, payload, and the commit and refs that a run of it has."""

    name: str
    payload: dict[str, Any]
    sha: str
    ref: str
    base_ref: str = ""
    head_ref: str = ""


def origin(repository: Repository) -> dict[str, Any]:
    """Where the change was pushed to."""
    if not repository.fork:
        return OURS
    return {"full_name": "somebody/r", "owner": {"login": "somebody"}}


def pull_request(repository: Repository) -> Event:
    """New commits of the pull request; judged is a test merge of them."""
    base = repository.git("rev-parse", "refs/remotes/origin/main")
    head = {"ref": "topic", "sha": repository.head, "repo": origin(repository)}
    return Event(
        name="pull_request",
        payload={
            "action": "synchronize",
            "number": 7,
            "repository": OURS,
            "pull_request": {
                "number": 7,
                "head": head,
                "base": {"ref": "main", "sha": base, "repo": OURS},
            },
        },
        sha=repository.merge,
        ref="refs/pull/7/merge",
        base_ref="main",
        head_ref="topic",
    )


def push(commit: str) -> Event:
    """A push to main."""
    return Event(
        name="push",
        payload={"ref": "refs/heads/main", "after": commit, "repository": OURS},
        sha=commit,
        ref="refs/heads/main",
    )


def merge_group(repository: Repository) -> Event:
    """The pull request's turn in the merge queue."""
    group = {"head_sha": repository.merge, "base_ref": "refs/heads/main"}
    return Event(
        name="merge_group",
        payload={
            "action": "checks_requested",
            "merge_group": group,
            "repository": OURS,
        },
        sha=repository.merge,
        ref="refs/heads/gh-readonly-queue/main/pr-7-abc",
    )


def workflow_run(repository: Repository, number: int, conclusion: str) -> Event:
    """The end of a run for the pull request; this one's own commit is main's."""
    return Event(
        name="workflow_run",
        payload={
            "action": "completed",
            "repository": OURS,
            "workflow_run": {
                "id": number,
                "event": "pull_request",
                "head_sha": repository.head,
                "head_branch": "topic",
                "head_repository": origin(repository),
                "conclusion": conclusion,
                "pull_requests": [],
            },
        },
        sha=repository.git("rev-parse", "refs/remotes/origin/main"),
        ref="refs/heads/main",
    )
