"""What happened on GitHub: the environment and event.json -> Event.

The event of a pull request is written by whoever opened it. Everything in it is
data: what is used later in an address is checked here, the rest is not read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from gate.errors import GitHubError

MAX_BYTES = 32 * 1024 * 1024  # GitHub cuts off a payload at 25 MB

REPOSITORY = r"[A-Za-z0-9][A-Za-z0-9_-]*/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}"
SHA = "[0-9a-f]{40}"
_NEEDED = (
    *("GITHUB_EVENT_NAME", "GITHUB_REPOSITORY", "GITHUB_SHA", "GITHUB_EVENT_PATH"),
)
_INSIDE_ACTIONS = "`gate publish` runs inside a GitHub Actions workflow"


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run of another workflow, which judged; all of it is GitHub's own word.

    `event` is what started it, `conclusion` how it ended; `owner` and `branch` tell
    where its commit was pushed to.
    """

    id: int
    event: str
    conclusion: str
    owner: str
    branch: str


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a workflow, and the commit and pull request it is about.

    `head` is the commit that statuses belong on: on a pull request the head of its
    branch, not the test merge commit that was checked out. `commits` are all the
    commits (40 hex digits) that a verdict published on this event may be about: the
    head, or a test merge of it. `base` is the newest commit of the pull request's base.
    `pull_request` is None where there is none, as in a merge queue. `judged` is the run
    that a `workflow_run` event is about, whose commit and pull request these are.
    `branch` is the default branch, where this is about a commit that was pushed to it.
    """

    name: str
    repository: str
    head: str
    commits: frozenset[str]
    pull_request: int | None = None
    base: str = ""
    base_ref: str = ""
    is_fork: bool = False
    branch: str = ""
    judged: Run | None = None
    api_url: str = "https://api.github.com"
    graphql_url: str = ""
    server_url: str = "https://github.com"
    run_url: str = ""


_REFUSED = {
    "pull_request_target": (
        "the event `pull_request_target` is about the base, not the pull request",
        "run the gate `on: pull_request`",
    ),
}
# Events of the default branch itself: nobody's change that is not merged.
_OWN = ("push", "schedule", "workflow_dispatch")
# Events whose run is of the code at its commit: others are of the default branch's, and
# may run anybody's.
_JUDGED = (*_OWN, "merge_group", "pull_request", "pull_request_review")


class _Owner(msgspec.Struct):
    login: str = ""


class _Repository(msgspec.Struct):
    full_name: str = ""
    default_branch: str = ""
    owner: _Owner = msgspec.field(default_factory=_Owner)


class _Head(msgspec.Struct):
    sha: Annotated[str, msgspec.Meta(pattern=rf"^{SHA}\Z")]
    repo: _Repository | None = None


class _Base(msgspec.Struct):
    ref: str = ""
    sha: str = ""
    repo: _Repository | None = None


class _PullRequest(msgspec.Struct):
    number: Annotated[int, msgspec.Meta(ge=1)]
    head: _Head
    base: _Base = msgspec.field(default_factory=_Base)
    merge_commit_sha: str | None = None


class _MergeGroup(msgspec.Struct):
    base_ref: str = ""


class _WorkflowRun(msgspec.Struct):
    id: Annotated[int, msgspec.Meta(ge=1)]
    event: Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,50}\Z")]
    head_sha: Annotated[str, msgspec.Meta(pattern=rf"^{SHA}\Z")]
    head_branch: str | None = None
    head_repository: _Repository | None = None
    conclusion: str | None = None


class _Payload(msgspec.Struct):
    pull_request: _PullRequest | None = None
    merge_group: _MergeGroup | None = None
    workflow_run: _WorkflowRun | None = None
    repository: _Repository | None = None


def read(environ: Mapping[str, str]) -> Event:
    """The event that the environment of a step on GitHub Actions describes.

    `pull_request_target` is refused: what it checks out is the base, and a verdict on
    that would vouch for a head that nobody judged; where a workflow checks out the
    head all the same, it runs a stranger's code beside a token that writes. Of a
    `workflow_run` the commit is that of the run that judged, and which pull request
    it belongs to has to be asked for.

    Raises:
        GitHubError: a variable or the event file is missing, malformed, or of an
            event whose commit is not the one that was judged.
    """
    if missing := [name for name in _NEEDED if not environ.get(name)]:
        verb = "is" if len(missing) == 1 else "are"
        raise GitHubError(f"{', '.join(missing)} {verb} not set", hint=_INSIDE_ACTIONS)
    name = _variable(environ, "GITHUB_EVENT_NAME", "[a-z_]+")
    if name in _REFUSED:
        message, hint = _REFUSED[name]
        raise GitHubError(message, hint=hint)
    repository = _variable(environ, "GITHUB_REPOSITORY", REPOSITORY)
    sha = _variable(environ, "GITHUB_SHA", SHA)
    payload = _payload(environ["GITHUB_EVENT_PATH"])
    base = payload.merge_group.base_ref if payload.merge_group else ""
    server = environ.get("GITHUB_SERVER_URL") or "https://github.com"
    event = Event(
        name=name,
        repository=repository,
        head=sha,
        commits=frozenset({sha}),
        base_ref=base,
        branch=_pushed_to(name, environ.get("GITHUB_REF", ""), payload.repository),
        api_url=environ.get("GITHUB_API_URL") or "https://api.github.com",
        graphql_url=environ.get("GITHUB_GRAPHQL_URL", ""),
        server_url=server if re.match("https?://", server) else "https://github.com",
        run_url=_run_url(environ, repository),
    )
    if name == "workflow_run":
        return _of_run(event, payload.workflow_run)
    return _with_pull_request(event, payload.pull_request)


def _pushed_to(name: str, ref: str, repository: _Repository | None) -> str:
    """The default branch, if the event is about a commit of it."""
    if name == "schedule":  # of no other branch, and its payload tells of none
        return ref.partition("refs/heads/")[2]
    branch = repository.default_branch if repository else ""
    return branch if name in _OWN and branch and ref == f"refs/heads/{branch}" else ""


def _of_run(event: Event, run: _WorkflowRun | None) -> Event:
    """The event as that of the run that judged: its commit, not the default branch's.

    Raises:
        GitHubError: the payload has no run, or one of an event that judges nothing.
    """
    if run is None:
        raise GitHubError("the event `workflow_run` has no run in it")
    if run.event not in _JUDGED:
        raise GitHubError(
            f"the run {run.id} was started by `{run.event}`: what it judged need not be"
            " its commit",
            hint="run the gate `on: pull_request`",
        )
    origin = run.head_repository
    return msgspec.structs.replace(
        event,
        head=run.head_sha,
        commits=frozenset({run.head_sha}),
        # The fork may have been deleted meanwhile.
        is_fork=not origin or origin.full_name != event.repository,
        judged=Run(
            id=run.id,
            event=run.event,
            conclusion=run.conclusion or "",
            owner=origin.owner.login if origin else "",
            branch=run.head_branch or "",
        ),
    )


def _with_pull_request(event: Event, pull: _PullRequest | None) -> Event:
    if pull is None:
        return event
    origin, target = pull.head.repo, pull.base.repo
    merge = {pull.merge_commit_sha} if pull.merge_commit_sha else set()
    return msgspec.structs.replace(
        event,
        head=pull.head.sha,
        commits=event.commits | {pull.head.sha} | merge,
        pull_request=pull.number,
        base=pull.base.sha if re.fullmatch(SHA, pull.base.sha) else "",
        base_ref=pull.base.ref,
        # The head's repository is null when the fork was deleted meanwhile.
        is_fork=not (origin and target and origin.full_name == target.full_name),
    )


def _variable(environ: Mapping[str, str], name: str, pattern: str) -> str:
    value = environ[name]
    if not re.fullmatch(pattern, value):
        raise GitHubError(f"{name} is malformed: {value[:100]!r}", hint=_INSIDE_ACTIONS)
    return value


def _payload(path: str) -> _Payload:
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise GitHubError(
            f"cannot read the event: {error.strerror}", path=path, hint=_INSIDE_ACTIONS
        ) from None
    if len(data) > MAX_BYTES:
        raise GitHubError(f"larger than {MAX_BYTES:,} bytes: refused", path=path)
    try:
        return msgspec.json.decode(data, type=_Payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise GitHubError(
            f"not an event of GitHub's: {error}", path=path, hint=_INSIDE_ACTIONS
        ) from None


def _run_url(environ: Mapping[str, str], repository: str) -> str:
    """The address of the run's page, empty where it cannot be told."""
    server = environ.get("GITHUB_SERVER_URL") or "https://github.com"
    run = environ.get("GITHUB_RUN_ID", "")
    if not re.fullmatch(r"\d{1,20}", run) or not re.match("https?://", server):
        return ""
    return f"{server.rstrip('/')}/{repository}/actions/runs/{run}"
