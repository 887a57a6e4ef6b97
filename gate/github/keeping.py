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
_TRIES = 20
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


class Badge(msgspec.Struct, frozen=True, kw_only=True):
    """The badge as a picture, and as the JSON that shields.io reads."""

    svg: str
    json: str


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
    for attempt in range(1, _TRIES + 1):
        try:
            yield _keep(record, badge, folder, event, api)
            return
        except _Raced:
            # Ever longer: of all that race, one a round is through.
            if not api.wait(api.patience * random.uniform(0.2, 1) * attempt):
                break
    raise ApiError(f"the branch {BRANCH} is moved by others all the time")


def _keep(record: Record, badge: Badge, folder: str, event: Event, api: Api) -> Step:
    """One attempt: read the branch, write a commit on top of it, move the branch."""
    said = f"history: {record.commit[:12]} on the branch {BRANCH}"
    top = _end(BRANCH, event, api)
    data = _file(folder + FILE, top, event, api)
    there = history.parse(data or b"")
    if any(_alike(known, record) for known in there):
        return steps.unchanged(said)
    if top and _file(_MARK, top, event, api) is None:
        raise ApiError(
            f"there is a branch {BRANCH} that is not the gate's",
            hint="rename that branch",
        )
    newest = _end(event.branch, event, api) == event.head
    records = history.added(there, record, newest=newest)
    files = {folder + FILE: history.text(records).decode()}
    # A run that ends late, or is run again, must not put the badge back.
    if records[-1].commit == record.commit:
        files |= {f"{folder}badge.svg": badge.svg, f"{folder}badge.json": badge.json}
    if not top:
        files |= {"README.md": _README, _MARK: "1\n"}
    commit = _commit(files, top, f"The gate on {record.commit[:12]}", event, api)
    _move(top, commit, event, api)
    return steps.done(said)


def _alike(one: Record, other: Record) -> bool:
    return (one.commit, one.state, one.metrics) == (
        other.commit,
        other.state,
        other.metrics,
    )


def _end(branch: str, event: Event, api: Api) -> str:
    """The commit that a branch ends at, empty where there is no such branch."""
    ref = quote(f"heads/{branch}")
    path = f"/repos/{event.repository}/git/ref/{ref}"
    try:
        return api.get(path, _Ref, needs=NEEDS).object.sha
    except ApiError as error:
        if error.status == 404:
            return ""
        raise


def _file(path: str, commit: str, event: Event, api: Api) -> bytes | None:
    """A file of a commit; None where there is no such file, or no commit."""
    if not commit:
        return None
    address = f"/repos/{event.repository}/contents/{quote(path)}?ref={commit}"
    try:
        return api.raw(address, history.MAX_BYTES, needs=NEEDS)
    except ApiError as error:
        if error.status == 404:
            return None
        raise


def _commit(
    files: dict[str, str], parent: str, message: str, event: Event, api: Api
) -> str:
    """A commit with these files beside those that are there."""
    git = f"/repos/{event.repository}/git"
    entries = [
        {"path": path, "mode": "100644", "type": "blob", "content": text}
        for path, text in files.items()
    ]
    tree: dict[str, object] = {"tree": entries}
    if parent:
        known = api.get(f"{git}/commits/{parent}", _Commit, needs=NEEDS)
        tree["base_tree"] = known.tree.sha
    made = api.post(f"{git}/trees", tree, _Object, needs=NEEDS)
    body = {
        "message": f"{message}\n\n[skip ci]",
        "tree": made.sha,
        "parents": [parent] if parent else [],
    }
    return api.post(f"{git}/commits", body, _Object, needs=NEEDS).sha


def _move(top: str, commit: str, event: Event, api: Api) -> None:
    """Let the branch end at the commit, unless it has moved from where it was.

    Raises:
        _Raced: it has.
    """
    refs = f"/repos/{event.repository}/git/refs"

    def already() -> _Ref | None:
        found = _end(BRANCH, event, api)
        return _Ref(_Object(found)) if found == commit else None

    try:
        if top:
            path, body = f"{refs}/heads/{BRANCH}", {"sha": commit, "force": False}
            api.patch(path, body, _Ref, needs=NEEDS, already=already)
        else:
            new = {"ref": f"refs/heads/{BRANCH}", "sha": commit}
            api.post(refs, new, _Ref, needs=NEEDS, already=already)
    except ApiError as error:
        # GitHub has several words for it, and a rule against the branch is a 422 too.
        if error.status in (409, 422) and _end(BRANCH, event, api) != top:
            raise _Raced from None
        raise
