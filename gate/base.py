"""What a change is compared with: the commit it began from, and its labels."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gate import git
from gate.errors import ConfigError

MAX_EVENT = 32 * 1024 * 1024  # bytes; GitHub cuts off a payload at 25 MB


@dataclass(frozen=True, kw_only=True)
class Base:
    """What the project is compared with: a commit, and how it was found."""

    commit: str
    origin: str


def on_pull_request(environ: Mapping[str, str]) -> bool:
    """Whether this run is GitHub's for a pull request."""
    return environ.get("GITHUB_EVENT_NAME", "").startswith("pull_request")


def find_base(root: Path, asked: str | None) -> tuple[Base | None, str]:
    """The commit to compare with, and a note where there is none.

    In order: the one asked for; on a pull request's test merge commit, the base it
    was merged into; the newest commit shared with the remote's default branch.

    Raises:
        ConfigError: the base that was asked for is not in this clone.
    """
    fetch = "fetch it, or check out with `fetch-depth: 0`"
    if asked:
        commit = git.commit(root, asked) or git.commit(root, f"origin/{asked}")
        if commit is None:
            message = f"the base `{asked}` is no commit of this clone"
            raise ConfigError(message, hint=fetch)
        return _shared(root, commit, asked, fetch)
    if on_pull_request(os.environ):
        merged = git.parents(root, "HEAD")
        if len(merged) == 2 and os.environ.get("GITHUB_SHA") == git.commit(
            root, "HEAD"
        ):
            return Base(commit=merged[0], origin="the pull request's base"), ""
        if branch := os.environ.get("GITHUB_BASE_REF"):
            commit = git.commit(root, f"origin/{branch}")
            if commit:
                return _shared(root, commit, f"origin/{branch}", fetch)
            return (
                None,
                f"no base to compare with: `origin/{branch}` is not here; {fetch}",
            )
    branch = git.default_branch(root) or ""
    commit = git.commit(root, branch) if branch else None
    if commit is None:
        return None, "no base to compare with: no default branch was found"
    return _shared(root, commit, branch, fetch)


def _shared(root: Path, commit: str, name: str, fetch: str) -> tuple[Base | None, str]:
    shared = git.merge_base(root, commit, "HEAD")
    if shared is None:
        why = f"no base to compare with: `{name}` and HEAD share no commit here"
        return None, f"{why}; {fetch}" if git.is_shallow(root) else why
    return Base(commit=shared, origin=name), ""


def find_held(root: Path, found: Base | None) -> Base | None:
    """The base whose configuration holds for a change.

    On a pull request it is the pull request's own, whatever `base:` or `--base` says:
    the change would else choose what it is held against.
    """
    if not on_pull_request(os.environ) or git.commit(root, "HEAD") is None:
        return found
    return find_base(root, None)[0]


class _Label(msgspec.Struct):
    name: str = ""


class _PullRequest(msgspec.Struct):
    labels: tuple[_Label, ...] = ()


class _Payload(msgspec.Struct):
    pull_request: _PullRequest | None = None


def labels(environ: Mapping[str, str]) -> frozenset[str]:
    """The labels of the pull request that this run is for, as its event has them.

    What cannot be read has no label: that opens nothing.
    """
    if not on_pull_request(environ):
        return frozenset()
    try:
        with Path(environ.get("GITHUB_EVENT_PATH", "")).open("rb") as file:
            data = file.read(MAX_EVENT + 1)
        payload = msgspec.json.decode(data[:MAX_EVENT], type=_Payload)
    except (OSError, ValueError, RecursionError):
        return frozenset()
    pull = payload.pull_request
    return frozenset(label.name for label in pull.labels) if pull else frozenset()
