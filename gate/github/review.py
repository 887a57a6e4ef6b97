"""Suggested changes at the lines of the pull request: few, once each, gone when done.

Only lines that GitHub's own diff of the pull request has, word for word, get one: the
patch may have been made for a merge of the change, or by somebody who means harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Protocol

import msgspec

from gate.github import authors, pulls, steps
from gate.github.answers import ApiError
from gate.github.api import Api, Made
from gate.github.authors import User
from gate.github.event import Event
from gate.github.steps import Step

_NEEDS = pulls.NEEDS
_MARK = re.compile(r"\A<!-- gate-suggestion ([0-9a-f]{8})-([0-9a-f]{20}) -->")
_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")


class Suggestion(Protocol):
    """Lines of a file at the head, and the text that suggests better ones."""

    @property
    def path(self) -> str:
        """From the repository's top, with forward slashes."""
        ...

    @property
    def start(self) -> int:
        """The first of the lines, counted from 1."""
        ...

    @property
    def end(self) -> int:
        """The last of the lines."""
        ...

    @property
    def old(self) -> tuple[str, ...]:
        """The lines as they are."""
        ...

    @property
    def body(self) -> str:
        """The markdown of the comment."""
        ...

    @property
    def mark(self) -> str:
        """20 hex digits that tell it from others."""
        ...


class Comment(msgspec.Struct):
    """A comment on a line; `line` is None once the line is no longer in the diff."""

    id: int
    body: str = ""
    line: int | None = None
    user: User | None = None
    performed_via_github_app: object = None
    in_reply_to_id: int | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line that a hunk of the diff shows of the head."""

    text: str
    hunk: int
    added: bool


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Whose suggestions (8 hex digits) stand there, and at most how many.

    `any_there` is False where the pull request has no comment at any line yet.
    """

    gate: str
    most: int
    any_there: bool = True


def publish(
    wanted: tuple[Suggestion, ...], place: Place, event: Event, api: Api
) -> Iterator[Step]:
    """Suggest the changes that are new, and remove those that are outdated."""
    comments = _all(event, api) if place.any_there else []
    # What people talk about stays, and is not suggested at another line either.
    replied = {comment.in_reply_to_id for comment in comments}
    shown = _placed(wanted, place.most, event, api) if place.most else ()
    due = {_key(suggestion) for suggestion in shown}
    there: set[Key] = set()
    spoken: set[str] = set()
    for key, comment in _known(comments, place.gate, api):
        if key in due and key not in there:
            there.add(key)
        elif comment.id in replied:
            spoken.add(key[0])
        else:
            path = f"/repos/{event.repository}/pulls/comments/{comment.id}"
            api.delete(path, needs=_NEEDS)
            yield steps.done("suggestion: one that is outdated removed")
    new = tuple(s for s in shown if _key(s) not in there and s.mark not in spoken)
    if new:
        yield _post(new, place.gate, event, api)
    elif shown:
        yield steps.unchanged(f"suggestions: {len(shown)}, all there")


Key = tuple[str, int | None]


def _key(suggestion: Suggestion) -> Key:
    """What it is known by: the same change may be due at several lines of a file."""
    return suggestion.mark, suggestion.end


def _all(event: Event, api: Api) -> list[Comment]:
    path = f"/repos/{event.repository}/pulls/{event.pull_request}/comments"
    return list(api.pages(f"{path}?per_page=100", Comment, needs=_NEEDS))


def _known(
    comments: list[Comment], gate: str, api: Api
) -> Iterator[tuple[Key, Comment]]:
    """This gate's own suggestions among the comments, each with its key."""
    login: str | None = None
    for comment in comments:
        mark = _MARK.match(comment.body)
        if mark is None or mark[1] != gate:
            continue
        login = authors.own_login(api) if login is None else login
        if authors.is_ours(comment.user, comment.performed_via_github_app, login):
            yield (mark[2], comment.line), comment


def _placed(
    wanted: tuple[Suggestion, ...], most: int, event: Event, api: Api
) -> tuple[Suggestion, ...]:
    """Those whose lines the diff has as they are, and of which the change has some."""
    paths = {suggestion.path for suggestion in wanted}
    files = pulls.files(event, api, paths) if paths else {}
    known: dict[str, dict[int, Line]] = {}
    placed: list[Suggestion] = []
    for suggestion in wanted:
        file = files.get(suggestion.path)
        if file is None or len(placed) == most:
            continue
        if suggestion.path not in known:
            known[suggestion.path] = lines(file.patch or "")
        if _fits(suggestion, known[suggestion.path]):
            placed.append(suggestion)
    return tuple(placed)


def _fits(suggestion: Suggestion, there: Mapping[int, Line]) -> bool:
    numbers = range(suggestion.start, suggestion.end + 1)
    shown = [there[number] for number in numbers if number in there]
    return (
        len(shown) == len(suggestion.old) > 0
        and all(one.text == old for one, old in zip(shown, suggestion.old))
        and len({one.hunk for one in shown}) == 1
        and any(one.added for one in shown)
    )


def lines(patch: str) -> dict[int, Line]:
    """The lines of the head that a patch as GitHub gives it shows, by number."""
    found: dict[int, Line] = {}
    number, hunk = 0, 0
    for line in patch.split("\n"):
        if head := _HUNK.match(line):
            number, hunk = int(head[1]), hunk + 1
        elif hunk and line[:1] in (" ", "+"):
            found[number] = Line(text=line[1:], hunk=hunk, added=line[0] == "+")
            number += 1
    return found


def _post(new: tuple[Suggestion, ...], gate: str, event: Event, api: Api) -> Step:
    """All in one review; if GitHub does not take one of them, each on its own.

    The review says nothing itself: that could not be removed with its suggestions.
    """
    count = "1 change" if len(new) == 1 else f"{len(new)} changes"
    comments = [_comment(suggestion, gate) for suggestion in new]
    body = {"commit_id": event.head, "event": "COMMENT", "comments": comments}
    try:
        api.post(
            f"/repos/{event.repository}/pulls/{event.pull_request}/reviews",
            body,
            Made,
            needs=_NEEDS,
            already=lambda: _made(new, gate, event, api),
        )
        return steps.done(f"suggestions: {count}")
    except ApiError as error:
        if error.status != 422:
            raise
        taken = sum(_post_one(suggestion, gate, event, api) for suggestion in new)
        if not taken:
            raise
        return steps.done(f"suggestions: {taken} of {count}")


def _post_one(suggestion: Suggestion, gate: str, event: Event, api: Api) -> bool:
    try:
        api.post(
            f"/repos/{event.repository}/pulls/{event.pull_request}/comments",
            {"commit_id": event.head, **_comment(suggestion, gate)},
            Made,
            needs=_NEEDS,
            already=lambda: _made((suggestion,), gate, event, api),
        )
    except ApiError as error:
        if error.status != 422:
            raise
        return False
    return True


def _made(
    new: tuple[Suggestion, ...], gate: str, event: Event, api: Api
) -> Made | None:
    """One of the comments, if all are there."""
    there = {key: c.id for key, c in _known(_all(event, api), gate, api)}
    made = [there[_key(s)] for s in new if _key(s) in there]
    return Made(made[0]) if len(made) == len(new) else None


def _comment(suggestion: Suggestion, gate: str) -> dict[str, object]:
    place: dict[str, object] = {"line": suggestion.end, "side": "RIGHT"}
    if suggestion.end > suggestion.start:
        place |= {"start_line": suggestion.start, "start_side": "RIGHT"}
    mark = f"<!-- gate-suggestion {gate}-{suggestion.mark} -->"
    return {"path": suggestion.path, "body": f"{mark}\n{suggestion.body}", **place}
