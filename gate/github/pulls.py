"""The pull request that an event is about, as it is now."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import msgspec

from gate.github.answers import ApiError
from gate.github.api import Api
from gate.github.event import SHA, Event

NEEDS = "pull-requests: write"
MAX_FILES = 3_000  # GitHub lists no more of one pull request


class Commit(msgspec.Struct):
    """One end of a pull request."""

    sha: Annotated[str, msgspec.Meta(pattern=rf"^{SHA}\Z")]


class PullRequest(msgspec.Struct):
    """A pull request; `review_comments` is None where GitHub did not count them."""

    number: Annotated[int, msgspec.Meta(ge=1)]
    state: str
    head: Commit
    base: Commit
    merge_commit_sha: str | None = None
    review_comments: int | None = None


class File(msgspec.Struct):
    """A file that a pull request changes; GitHub leaves out a large one's patch."""

    filename: str
    status: str = ""
    patch: str | None = None


def read(event: Event, api: Api) -> PullRequest | None:
    """The event's pull request; None where the token may not read it."""
    path = f"/repos/{event.repository}/pulls/{event.pull_request}"
    try:
        return api.get(path, PullRequest, needs=NEEDS)
    except ApiError as error:
        if error.denied or error.status == 404:
            return None  # the token may not read it: writing will tell more
        raise


def moved_on(event: Event, pull: PullRequest | None) -> str:
    """Why the pull request does not want this verdict any more, else nothing."""
    if pull is None:
        return ""
    if pull.state != "open":
        return f"pull request #{event.pull_request} is closed"
    if pull.head.sha != event.head:
        return (
            f"pull request #{event.pull_request} has newer commits, whose own run"
            " comments"
        )
    return ""


def files(event: Event, api: Api) -> dict[str, File]:
    """The files that the pull request changes, by path."""
    path = f"/repos/{event.repository}/pulls/{event.pull_request}/files?per_page=100"
    return {file.filename: file for file in api.pages(path, File, needs=NEEDS)}


def of_head(repository: str, owner: str, branch: str, head: str, api: Api) -> int:
    """The number of the open pull request whose head is this commit; 0 for none.

    It is looked for by the branch that GitHub says the commit was pushed to, else by
    the commit: never by what an artifact says.
    """
    label = quote(f"{owner}:{branch}", safe="")
    found = f"/repos/{repository}/pulls?state=open&head={label}&per_page=100"
    by_commit = f"/repos/{repository}/commits/{head}/pulls?per_page=100"
    for path in (found, by_commit):
        for pull in api.pages(path, PullRequest, needs=NEEDS):
            if pull.state == "open" and pull.head.sha == head:
                return pull.number
    return 0
