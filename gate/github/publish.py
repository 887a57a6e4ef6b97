"""Tell GitHub: commit statuses, and one comment that is kept up to date."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator

import msgspec

from gate.errors import GitHubError
from gate.findings import Result, Status
from gate.github.answers import ApiError
from gate.github.api import Api
from gate.github.event import Event
from gate.verdict import State, Verdict

MAX_DESCRIPTION = 140
MAX_STATUSES = 100

_CHECK = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:/-]{0,99}")
_WRITE_STATUSES = "statuses: write"
_WRITE_COMMENT = "pull-requests: write"


class Outcome(enum.Enum):
    """What became of one thing to publish."""

    DONE = "done"
    UNCHANGED = "unchanged"
    LEFT_OUT = "left out"  # there is nothing to publish it on
    DENIED = "denied"  # the token may not
    FAILED = "failed"  # GitHub could not


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to publish and what became of it, as a sentence; `hint` mends it."""

    outcome: Outcome
    text: str
    hint: str = ""


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """All that was done, and what was not and why."""

    steps: tuple[Step, ...]

    def only(self, *outcomes: Outcome) -> tuple[Step, ...]:
        """The steps that ended in one of these ways."""
        return tuple(step for step in self.steps if step.outcome in outcomes)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """The comment's markdown; `marker`, a part of it, finds it again next time."""

    marker: str
    body: str


class CommitStatus(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What `POST /repos/{owner}/{repo}/statuses/{sha}` takes."""

    context: str
    state: str
    description: str
    target_url: str | None = None


class _Known(msgspec.Struct):
    context: str
    state: str
    description: str | None = None
    target_url: str | None = None

    def says(self, status: CommitStatus) -> bool:
        """Whether posting the status would change nothing."""
        return (self.state, self.description, self.target_url) == (
            status.state,
            status.description,
            status.target_url,
        )


class _Statuses(msgspec.Struct):
    statuses: list[_Known]


class _User(msgspec.Struct):
    login: str
    type: str = "User"


class _Comment(msgspec.Struct):
    id: int
    body: str | None = None
    user: _User | None = None
    performed_via_github_app: object = None


class _Head(msgspec.Struct):
    sha: str


class _PullRequest(msgspec.Struct):
    state: str
    head: _Head


class _Created(msgspec.Struct):
    id: int


def publish(verdict: Verdict, event: Event, api: Api, message: Message) -> Published:
    """Post the statuses on the event's commit, and the message on its pull request.

    One part that fails does not keep the other from being done: `Published` holds
    what became of each. Running it again changes only what has changed.

    Raises:
        GitHubError: the verdict is about another commit than the event.
    """
    check_commit(verdict, event)
    return Published(
        steps=(
            *_attempt("statuses", _publish_statuses(verdict, event, api)),
            *_attempt("comment", _publish_comment(event, api, message)),
        )
    )


def check_commit(verdict: Verdict, event: Event) -> None:
    """Refuse a verdict on another commit: its statuses would vouch for this one.

    A pull request's verdict is about its head or about a test merge of it. Only one
    without any result may know no commit: that the gate could not judge vouches for
    nothing.
    """
    head = verdict.context.head
    if head in event.commits:
        return
    if head:
        raise GitHubError(
            f"the results are about commit {head[:12]!r}, not about"
            f" {event.head[:12]} that the event `{event.name}` is about",
            hint="publish in the workflow run that judged",
        )
    if verdict.results or verdict.state is not State.ERROR:
        raise GitHubError(
            "the results do not say which commit they are about",
            hint="let actions/checkout fetch the repository with git before the gate",
        )


def statuses(verdict: Verdict, event: Event) -> tuple[CommitStatus, ...]:
    """The verdict as commit statuses: `gate` first, then `gate/<check>` for each.

    A check that is skipped, or that only warns, is a success that says so: it must
    not keep a branch from merging where its status is required.

    Raises:
        GitHubError: a check has a name that no check of this gate's can have.
    """
    state = {
        State.OPEN: "success",
        State.CLOSED: "failure",
        State.ERROR: "error",
    }[verdict.state]
    made = {"gate": _status("gate", state, verdict.headline, event)}
    for result in verdict.results[:MAX_STATUSES]:
        if not _CHECK.fullmatch(result.check):
            raise GitHubError(
                f"the results hold a check named {result.check[:100]!r}: refused"
            )
        context = f"gate/{result.check}"
        known = made.get(context)
        if known is None or known.state == "success":  # of two, the worse one counts
            made[context] = _status(context, *_told(result), event)
    return tuple(made.values())


def _told(result: Result) -> tuple[str, str]:
    """The state and the description of a check's status."""
    if result.status is Status.SKIPPED:
        return "success", f"skipped: {result.summary}"
    if result.status is Status.PASSED:
        return "success", result.summary
    if not result.closes:
        return "success", f"a warning only: {result.summary}"
    failed = result.status is Status.FAILED
    return "failure" if failed else "error", result.summary


def _status(context: str, state: str, text: str, event: Event) -> CommitStatus:
    return CommitStatus(
        context=context,
        state=state,
        description=_description(text),
        target_url=event.run_url or None,
    )


def _description(text: str) -> str:
    """One line that GitHub takes: printable, no 4-byte characters, cut at a word."""
    shown = (c for c in text if c.isspace() or (c.isprintable() and c <= "\uffff"))
    line = " ".join("".join(shown).split())
    if len(line) <= MAX_DESCRIPTION:
        return line
    kept = line[: MAX_DESCRIPTION - 1]
    if line[MAX_DESCRIPTION - 1] != " ":
        kept = kept.rsplit(" ", 1)[0]
    return kept.rstrip() + "…"


def _attempt(what: str, steps: Iterator[Step]) -> Iterator[Step]:
    """The steps, and what ended them early if something did."""
    try:
        yield from steps
    except ApiError as error:
        outcome = Outcome.DENIED if error.denied else Outcome.FAILED
        yield Step(outcome=outcome, text=f"{what}: {error.message}", hint=error.hint)


def _publish_statuses(verdict: Verdict, event: Event, api: Api) -> Iterator[Step]:
    wanted = statuses(verdict, event)
    known = _known_statuses(event, api)
    for status in wanted:
        there = known.get(status.context)
        same = there is not None and there.says(status)
        if not same:
            path = f"/repos/{event.repository}/statuses/{event.head}"
            api.post(path, status, _Created, needs=_WRITE_STATUSES)
        yield Step(
            outcome=Outcome.UNCHANGED if same else Outcome.DONE,
            text=f"status {status.context}: {status.state} - {status.description}",
        )


def _known_statuses(event: Event, api: Api) -> dict[str, _Known]:
    """The commit's statuses by context; none where the token may not read them."""
    path = f"/repos/{event.repository}/commits/{event.head}/status?per_page=100"
    try:
        answer = api.get(path, _Statuses, needs=_WRITE_STATUSES)
    except ApiError as error:
        if error.denied or error.status == 404:
            return {}
        raise
    return {status.context: status for status in answer.statuses}


def _publish_comment(event: Event, api: Api, message: Message) -> Iterator[Step]:
    reason = f"the event `{event.name}` has no pull request"
    if event.pull_request is not None:
        reason = _moved_on(event, api)
    if reason:
        yield Step(outcome=Outcome.LEFT_OUT, text=f"comment: {reason}")
        return
    yield _write(event, api, message, _find(event, api, message.marker))


def _moved_on(event: Event, api: Api) -> str:
    """Why the pull request does not want this comment any more, else nothing."""
    path = f"/repos/{event.repository}/pulls/{event.pull_request}"
    try:
        pull = api.get(path, _PullRequest, needs=_WRITE_COMMENT)
    except ApiError as error:
        if error.denied or error.status == 404:
            return ""  # the token may not read it: writing will tell more
        raise
    if pull.state != "open":
        return f"pull request #{event.pull_request} is closed"
    if pull.head.sha != event.head:
        return (
            f"pull request #{event.pull_request} has newer commits, whose own run"
            " comments"
        )
    return ""


def _find(event: Event, api: Api, marker: str) -> _Comment | None:
    """The gate's own comment: the oldest that starts with the marker and is ours.

    Anybody can write a comment with the marker in it, and a token that may edit
    other people's comments would.
    """
    login = "" if api.of_app else _login(api)
    path = f"/repos/{event.repository}/issues/{event.pull_request}/comments"
    for comment in api.pages(f"{path}?per_page=100", _Comment, needs=_WRITE_COMMENT):
        if (comment.body or "").startswith(marker) and _is_ours(comment, login):
            return comment
    return None


def _is_ours(comment: _Comment, login: str) -> bool:
    user = comment.user
    if user is None:
        return False
    if login:
        return user.login == login
    return user.type == "Bot" and (
        user.login == "github-actions[bot]"
        or comment.performed_via_github_app is not None
    )


def _login(api: Api) -> str:
    """The token's user; empty for an app's token, which GitHub does not tell."""
    try:
        return api.get("/user", _User).login
    except ApiError as error:
        if error.denied:
            return ""
        raise


def _write(event: Event, api: Api, message: Message, mine: _Comment | None) -> Step:
    issues = f"/repos/{event.repository}/issues"
    where = f"on pull request #{event.pull_request}"
    if mine and _same(mine.body, message.body):
        return Step(outcome=Outcome.UNCHANGED, text=f"comment {where}: as it was")
    body = {"body": message.body}
    if mine:
        path = f"{issues}/comments/{mine.id}"
        try:
            api.patch(path, body, _Created, needs=_WRITE_COMMENT)
            return Step(outcome=Outcome.DONE, text=f"comment {where}: updated")
        except ApiError as error:
            if error.status != 404:  # somebody deleted it since it was found
                raise
    api.post(
        f"{issues}/{event.pull_request}/comments",
        body,
        _Comment,
        needs=_WRITE_COMMENT,
        already=lambda: _find(event, api, message.marker),
    )
    return Step(outcome=Outcome.DONE, text=f"comment {where}: written")


def _same(there: str | None, wanted: str) -> bool:
    """Whether a comment already reads as wanted; GitHub keeps CRLF and trims."""
    return (there or "").replace("\r\n", "\n").strip() == wanted.strip()
