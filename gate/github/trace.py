"""Which pull request and commits a run that judged is about: GitHub is asked."""

from __future__ import annotations

import re

import msgspec

from gate.github import pulls
from gate.github.answers import ApiError
from gate.github.api import Api
from gate.github.event import SHA, Event, Run


class _Parent(msgspec.Struct):
    sha: str


class _Merge(msgspec.Struct):
    parents: list[_Parent]


def found(event: Event, run: Run, api: Api) -> Event:
    """The event of a run that judged, with the pull request that its commit heads."""
    if not run.event.startswith("pull_request"):
        return event
    pull = pulls.of_head(event, run.owner, run.branch, api)
    if pull is None:
        return event
    merge = {pull.merge_commit_sha} if pull.merge_commit_sha else set()
    return msgspec.structs.replace(
        event,
        pull_request=pull.number,
        base=pull.base.sha,
        commits=event.commits | merge,
    )


def traced(event: Event, judged: str, api: Api) -> Event:
    """The event, with the commit that was judged if it is a test merge of the head.

    GitHub makes such a merge anew each time the base moves, and names the newest only;
    that this one is of the head is told by its parents.
    """
    if judged in event.commits or not re.fullmatch(SHA, judged):
        return event
    path = f"/repos/{event.repository}/git/commits/{judged}"
    try:
        parents = api.get(path, _Merge, needs="contents: read").parents
    except ApiError as error:
        if error.status in (404, 422):
            return event
        raise
    if len(parents) != 2 or parents[1].sha != event.head:
        return event
    return msgspec.structs.replace(event, commits=event.commits | {judged})
