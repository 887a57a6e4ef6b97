"""The pull request that an event is about, as it is now."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Annotated
from urllib.parse import quote

import msgspec

from gate.github.answers import ApiError
from gate.github.api import Api
from gate.github.event import SHA, Event

NEEDS = "pull-requests: write"


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


def files(event: Event, api: Api, paths: Set[str]) -> dict[str, File]:
    """Those of the paths that the pull request changes.

    GitHub lists up to 3,000 files, which are read as far as a path is looked for.
    """
    path = f"/repos/{event.repository}/pulls/{event.pull_request}/files?per_page=100"
    found: dict[str, File] = {}
    for file in api.pages(path, File, needs=NEEDS):
        if file.filename in paths:
            found[file.filename] = file
        if len(found) == len(paths):
            break
    return found


def of_head(event: Event, owner: str, branch: str, api: Api) -> PullRequest | None:
    """The open pull request whose head is the event's commit; None if there is none.

    It is looked for by the branch that GitHub says the commit was pushed to, else by
    the commit: never by what an artifact says. Of several the newest one.
    """
    commit = f"/repos/{event.repository}/commits/{event.head}/pulls?per_page=100"
    if owner and branch:
        label = quote(f"{owner}:{branch}", safe="")
        listed = f"/repos/{event.repository}/pulls?state=open&head={label}&per_page=100"
        if pull := _heading(event, api.pages(listed, PullRequest, needs=NEEDS)):
            return pull
    try:
        return _heading(event, api.pages(commit, PullRequest, needs=NEEDS))
    except ApiError as error:
        if error.status in (404, 422):  # a commit that only a fork has
            return None
        raise


def _heading(event: Event, pulls: Iterable[PullRequest]) -> PullRequest | None:
    for pull in pulls:
        if pull.state == "open" and pull.head.sha == event.head:
            return pull
    return None
