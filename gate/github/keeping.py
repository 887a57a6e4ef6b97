"""The branch of the history: a badge, its numbers, and a record for each commit.

Written through the git data API, so no checkout is switched and nothing else of the
repository is touched; only for commits of the default branch. Two jobs that race are
told apart by the parent of their commits, and the later one starts again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Annotated
from urllib.parse import quote

import msgspec

from gate import history, names
from gate.github import steps
from gate.github.answers import ApiError
from gate.github.api import Api
from gate.github.event import SHA, Event
from gate.github.steps import Step
from gate.history import BRANCH, FILE, Record
from gate.verdict import Verdict

NEEDS = "contents: write"
_MARK = ".gate-history"
_TRIES = 8
_README = f"""\
# What the gate has said

Written by `gate publish` on each push to the default branch. Nothing here is a file of
the project's, and nobody has to edit it.

- `badge.svg`: the coverage of the newest commit
- `badge.json`: the same for https://shields.io/badges/endpoint-badge
- `{FILE}`: a line for each commit, the newest last, at most {history.MOST:,}
"""

Oid = Annotated[str, msgspec.Meta(pattern=rf"^{SHA}\Z")]


class _Object(msgspec.Struct):
    sha: Oid


class _Ref(msgspec.Struct):
    object: _Object


class _Commit(msgspec.Struct):
    tree: _Object


class _Entry(msgspec.Struct):
    path: str


class _Tree(msgspec.Struct):
    sha: Oid
    tree: list[_Entry]


class Badge(msgspec.Struct, frozen=True, kw_only=True):
    """The badge as a picture, and as the JSON that shields.io reads."""

    svg: str
    json: str


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The branch as it is: its newest commit, that one's tree, and the records."""

    commit: str = ""
    tree: str = ""
    records: tuple[Record, ...] = ()


class _Raced(Exception):
    """The branch was moved by somebody else meanwhile."""


def publish(verdict: Verdict, badge: Badge, event: Event, api: Api) -> Iterator[Step]:
    """Record the verdict, for a commit that was pushed to the default branch."""
    record = Record(
        commit=event.head,
        time=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        state=verdict.state.value,
        metrics=history.recorded(verdict.metrics),
    )
    folder = names.folder(verdict.context.name)
    for _ in range(_TRIES):
        try:
            yield _keep(record, badge, folder, event, api)
            return
        except _Raced:
            if not api.wait(random.uniform(0.2, 1.5)):
                break
    raise ApiError(f"the branch {BRANCH} is moved by others all the time")


def _keep(record: Record, badge: Badge, folder: str, event: Event, api: Api) -> Step:
    """One attempt: read the branch, write a commit on top of it, move the branch."""
    said = f"history: {record.commit[:12]} on the branch {BRANCH}"
    kept = _read(folder, event, api)
    newest = _is_newest(event, api)
    records = history.added(kept.records, record, newest=newest)
    same = [r for r in kept.records if _alike(r, record)]
    if same:
        return steps.unchanged(said)
    files = {folder + FILE: history.text(records).decode()}
    # A run that ends late, or is run again, must not put the badge back.
    if records[-1].commit == record.commit:
        files |= {f"{folder}badge.svg": badge.svg, f"{folder}badge.json": badge.json}
    if not kept.commit:
        files |= {"README.md": _README, _MARK: "1\n"}
    commit = _commit(files, kept, f"The gate on {record.commit[:12]}", event, api)
    _move(kept, commit, event, api)
    return steps.done(said)


def _alike(one: Record, other: Record) -> bool:
    return (one.commit, one.state, one.metrics) == (
        other.commit,
        other.state,
        other.metrics,
    )


def _read(folder: str, event: Event, api: Api) -> _Kept:
    """The branch as it is now; an empty one where there is none yet.

    Raises:
        ApiError: there is a branch of this name that is not the gate's.
    """
    git = f"/repos/{event.repository}/git"
    commit = _end(f"{git}/ref/heads/{BRANCH}", api)
    if not commit:
        return _Kept()
    tree = api.get(f"{git}/commits/{commit}", _Commit, needs=NEEDS).tree.sha
    listed = api.get(f"{git}/trees/{tree}?recursive=1", _Tree, needs=NEEDS)
    paths = {entry.path for entry in listed.tree}
    if _MARK not in paths:
        raise ApiError(
            f"there is a branch {BRANCH} that is not the gate's",
            hint="rename that branch",
        )
    data = b""
    if folder + FILE in paths:
        path = f"/repos/{event.repository}/contents/{folder}{FILE}?ref={commit}"
        data = api.raw(path, history.MAX_BYTES, needs=NEEDS)
    return _Kept(commit=commit, tree=tree, records=history.parse(data))


def _end(ref: str, api: Api) -> str:
    """The commit that a branch ends at, empty where there is no such branch."""
    try:
        return api.get(ref, _Ref, needs=NEEDS).object.sha
    except ApiError as error:
        if error.status == 404:
            return ""
        raise


def _is_newest(event: Event, api: Api) -> bool:
    """Whether the default branch still ends at the commit that was judged."""
    ref = quote(f"heads/{event.branch}")
    return _end(f"/repos/{event.repository}/git/ref/{ref}", api) == event.head


def _commit(
    files: dict[str, str], kept: _Kept, message: str, event: Event, api: Api
) -> str:
    """A commit with these files beside those that are there."""
    git = f"/repos/{event.repository}/git"
    entries = [
        {"path": path, "mode": "100644", "type": "blob", "content": text}
        for path, text in files.items()
    ]
    tree = {"tree": entries} | ({"base_tree": kept.tree} if kept.tree else {})
    made = api.post(f"{git}/trees", tree, _Object, needs=NEEDS)
    body = {
        "message": f"{message}\n\n[skip ci]",
        "tree": made.sha,
        "parents": [kept.commit] if kept.commit else [],
    }
    return api.post(f"{git}/commits", body, _Object, needs=NEEDS).sha


def _move(kept: _Kept, commit: str, event: Event, api: Api) -> None:
    """Let the branch end at the commit, unless it has moved since it was read.

    Raises:
        _Raced: it has.
    """
    refs = f"/repos/{event.repository}/git/refs"
    here = f"/repos/{event.repository}/git/ref/heads/{BRANCH}"

    def already() -> _Ref | None:
        found = _end(here, api)
        return _Ref(_Object(found)) if found == commit else None

    try:
        if kept.commit:
            body: dict[str, object] = {"sha": commit, "force": False}
            path = f"{refs}/heads/{BRANCH}"
            api.patch(path, body, _Ref, needs=NEEDS, already=already)
        else:
            body = {"ref": f"refs/heads/{BRANCH}", "sha": commit}
            api.post(refs, body, _Ref, needs=NEEDS, already=already)
    except ApiError as error:
        # A rule of the repository's that forbids the branch is a 422 as well.
        if any(words in error.message for words in ("fast forward", "already exists")):
            raise _Raced from None
        raise
