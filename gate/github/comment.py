"""One comment on the pull request, found again, kept up to date, and never doubled."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from gate.github import authors, pulls, steps, turns
from gate.github.answers import ApiError
from gate.github.api import Api, Made
from gate.github.authors import User
from gate.github.event import Event
from gate.github.steps import Step

_NEEDS = pulls.NEEDS
_TRIES = 5  # until the gate's part is in a comment that other jobs write as well


class Message(Protocol):
    """What is to stand in the comment."""

    @property
    def marker(self) -> str:
        """The begin of every comment of the gate's."""
        ...

    @property
    def wanted(self) -> bool:
        """Whether there is to be one where there is none."""
        ...

    @property
    def folded(self) -> bool:
        """Whether it is to be minimized while it is settled."""
        ...

    def merged(self, there: str) -> str:
        """The comment's text, made from the one that is there (or nothing)."""
        ...

    def shared(self, text: str) -> bool:
        """Whether other jobs write this comment too."""
        ...

    def settled(self, text: str) -> bool:
        """Whether nothing in it is left to do."""
        ...


class Comment(msgspec.Struct):
    """A comment of anybody's."""

    id: int
    node_id: str = ""
    created_at: str = ""
    body: str | None = None
    user: User | None = None
    performed_via_github_app: object = None


def publish(event: Event, api: Api, message: Message) -> Iterator[Step]:
    """Write the comment or bring it up to date."""
    mine, more = _find(event, api, message.marker)
    yield from _remove(event, api, more)
    if mine is None and not message.wanted:
        yield steps.unchanged("comment: none is wanted while the gate is open")
        return
    if mine is None:
        mine, step = _create(event, api, message)
    else:
        mine, step = _update(event, api, message, mine)
    yield step
    if message.folded:
        yield from _fold(event, api, message, mine)


def _find(
    event: Event, api: Api, marker: str, since: str = ""
) -> tuple[Comment | None, tuple[Comment, ...]]:
    """The gate's own comment, the oldest of ours with the marker; and its doubles.

    Doubles come of jobs that were stopped while they raced; they stand close to it,
    so the pages behind it are not asked for. `since` leaves out what is older.
    """
    login = authors.own_login(api)
    path = f"/repos/{event.repository}/issues/{event.pull_request}/comments"
    query = f"?per_page=100&since={since}" if since else "?per_page=100"
    found: list[Comment] = []
    for number, comment in enumerate(api.pages(path + query, Comment, needs=_NEEDS)):
        if found and number % 100 == 0:
            break
        ours = authors.is_ours(comment.user, comment.performed_via_github_app, login)
        if ours and (comment.body or "").startswith(marker):
            found.append(comment)
    return (found[0], tuple(found[1:])) if found else (None, ())


def _create(event: Event, api: Api, message: Message) -> tuple[Comment, Step]:
    """Write the comment; if another job was quicker, its comment is the one."""
    body = message.merged("")
    made = api.post(
        f"/repos/{event.repository}/issues/{event.pull_request}/comments",
        {"body": body},
        Comment,
        needs=_NEEDS,
        already=lambda: _find(event, api, message.marker)[0],
    )
    since = _before(made.created_at)
    first, more = _find(event, api, message.marker, since)
    if first is not None and first.id != made.id:
        more = (made,)
    for _ in _remove(event, api, more):
        pass  # whose it is will find that it is gone, and come here
    # After an attempt that failed, what was found there may be another job's.
    if first in (None, made) and _same(made.body, body):
        return made, steps.done(f"comment {_on(event)}: written")
    return _update(event, api, message, first or made)


def _before(created: str) -> str:
    """A time before any job began that can have raced for a comment made then."""
    try:
        made = datetime.strptime(created, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return ""
    return (made - timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _update(
    event: Event, api: Api, message: Message, there: Comment
) -> tuple[Comment, Step]:
    """Bring the comment up to date, in turn with the other jobs that write it."""
    body = message.merged(there.body or "")
    if _same(there.body, body):
        return there, steps.unchanged(f"comment {_on(event)}: as it was")
    try:
        if message.shared(body):
            _share(_path(event, there), api, message)
        else:
            api.patch(_path(event, there), {"body": body}, Made, needs=_NEEDS)
    except ApiError as error:
        if error.status != 404:  # somebody deleted it since it was found
            raise
        return _create(event, api, message)
    return there, steps.done(f"comment {_on(event)}: updated")


def _share(path: str, api: Api, message: Message) -> None:
    """Change the gate's own part of a comment, and no other.

    Where turns cannot be had, it is looked whether another job has undone it: a little
    later, when one that had read the comment before has written it too.
    """
    for _ in range(_TRIES):
        began = time.monotonic()
        with turns.turn(api, path, needs=_NEEDS) as ours:
            there = api.get(path, Comment, needs=_NEEDS).body
            body = message.merged(there or "")
            if not _same(there, body):
                api.patch(path, {"body": body}, Made, needs=_NEEDS)
        # The other job is as slow as this one: so is GitHub, or the machine of both.
        pause = max(api.patience, 2 * (time.monotonic() - began))
        if ours or not api.wait(pause * random.uniform(1, 2.5)):
            return
        there = api.get(path, Comment, needs=_NEEDS).body
        if _same(there, message.merged(there or "")):
            return


def _remove(event: Event, api: Api, doubles: tuple[Comment, ...]) -> Iterator[Step]:
    for comment in doubles:
        if api.delete(_path(event, comment), needs=_NEEDS):
            yield steps.done(f"comment {_on(event)}: a second one removed")


_STATE = """
query($id: ID!) { node(id: $id) { ... on IssueComment { isMinimized } } }
"""
_MINIMIZE = """
mutation($id: ID!) {
  minimizeComment(input: {subjectId: $id, classifier: RESOLVED}) { clientMutationId }
}
"""
_UNMINIMIZE = """
mutation($id: ID!) {
  unminimizeComment(input: {subjectId: $id}) { clientMutationId }
}
"""


class _Minimized(msgspec.Struct, rename="camel"):
    is_minimized: bool = False


class _Node(msgspec.Struct):
    node: _Minimized | None = None


def _fold(event: Event, api: Api, message: Message, comment: Comment) -> Iterator[Step]:
    """Minimize the comment while the gate is open, and show it again when it is not."""
    text = api.get(_path(event, comment), Comment, needs=_NEEDS).body or ""
    wanted = message.settled(text)
    variables = {"id": comment.node_id}
    node = api.graphql(_STATE, variables, _Node, needs=_NEEDS).node
    if node is None or node.is_minimized is wanted:
        return
    mutation, did = (_UNMINIMIZE, "shown again")
    if wanted:
        mutation, did = (_MINIMIZE, "folded away")
    api.graphql(mutation, variables, dict[str, msgspec.Raw], needs=_NEEDS)
    yield steps.done(f"comment {_on(event)}: {did}")


def _path(event: Event, comment: Comment) -> str:
    return f"/repos/{event.repository}/issues/comments/{comment.id}"


def _on(event: Event) -> str:
    return f"on pull request #{event.pull_request}"


def _same(there: str | None, wanted: str) -> bool:
    """Whether a comment already reads as wanted; GitHub keeps CRLF and trims."""
    return (there or "").replace("\r\n", "\n").strip() == wanted.strip()
