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
from gate.github.pulls import File
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
    known = _known(place.gate, event, api) if place.any_there else []
    there = {mark for mark, _ in known}
    shown: tuple[Suggestion, ...] = ()
    if wanted and place.most:
        shown = _placed(wanted, pulls.files(event, api), place.most)
    marks = {suggestion.mark for suggestion in shown}
    replied = _replied(event, api) if known else frozenset()
    for mark, comment in known:
        outdated = mark not in marks or comment.line is None
        if outdated and comment.id not in replied:
            path = f"/repos/{event.repository}/pulls/comments/{comment.id}"
            api.delete(path, needs=_NEEDS)
            there.discard(mark)
            yield steps.done("suggestion: one that is outdated removed")
    new = tuple(s for s in shown if s.mark not in there)
    if new:
        yield _post(new, place.gate, event, api)
    elif shown:
        yield steps.unchanged(f"suggestions: {len(shown)}, all there")


def _all(event: Event, api: Api) -> list[Comment]:
    path = f"/repos/{event.repository}/pulls/{event.pull_request}/comments"
    return list(api.pages(f"{path}?per_page=100", Comment, needs=_NEEDS))


def _known(gate: str, event: Event, api: Api) -> list[tuple[str, Comment]]:
    """This gate's suggestions that are there, each with its mark."""
    login = authors.own_login(api)
    return [
        (mark[2], comment)
        for comment in _all(event, api)
        if (mark := _MARK.match(comment.body))
        and mark[1] == gate
        and authors.is_ours(comment.user, comment.performed_via_github_app, login)
    ]


def _replied(event: Event, api: Api) -> frozenset[int]:
    """The comments that somebody has answered: what people talk about stays."""
    comments = _all(event, api)
    return frozenset(c.in_reply_to_id for c in comments if c.in_reply_to_id is not None)


def _placed(
    wanted: tuple[Suggestion, ...], files: Mapping[str, File], most: int
) -> tuple[Suggestion, ...]:
    """Those whose lines the diff has as they are, and of which the change has some."""
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
    """All in one review; if GitHub does not take one of them, each on its own."""
    count = "1 change" if len(new) == 1 else f"{len(new)} changes"
    comments = [_comment(suggestion, gate) for suggestion in new]
    body = {
        "commit_id": event.head,
        "event": "COMMENT",
        "body": f"The gate suggests {count}.",
        "comments": comments,
    }
    path = f"/repos/{event.repository}/pulls/{event.pull_request}"

    def already() -> Made | None:
        there = {mark: comment for mark, comment in _known(gate, event, api)}
        made = [there[s.mark].id for s in new if s.mark in there]
        return Made(made[0]) if len(made) == len(new) else None

    try:
        reviews = f"{path}/reviews"
        api.post(reviews, body, Made, needs=_NEEDS, already=already)
        return steps.done(f"suggestions: {count}")
    except ApiError as error:
        if error.status != 422:
            raise
    taken = sum(_post_one(c, path, event, api) for c in comments)
    return steps.done(f"suggestions: {taken} of {count}")


def _post_one(comment: dict[str, object], path: str, event: Event, api: Api) -> bool:
    try:
        one = {"commit_id": event.head, **comment}
        api.post(f"{path}/comments", one, Made, needs=_NEEDS)
    except ApiError as error:
        if error.status != 422:
            raise
        return False
    return True


def _comment(suggestion: Suggestion, gate: str) -> dict[str, object]:
    place: dict[str, object] = {"line": suggestion.end, "side": "RIGHT"}
    if suggestion.end > suggestion.start:
        place |= {"start_line": suggestion.start, "start_side": "RIGHT"}
    mark = f"<!-- gate-suggestion {gate}-{suggestion.mark} -->"
    return {"path": suggestion.path, "body": f"{mark}\n{suggestion.body}", **place}
