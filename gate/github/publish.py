"""Tell GitHub: statuses, a comment, annotations, suggestions, the history.

One part that fails does not keep the others from being done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

import msgspec

from gate import names
from gate.errors import GitHubError
from gate.github import (
    checkrun,
    comment,
    keeping,
    pulls,
    review,
    scanning,
    statuses,
    steps,
)
from gate.github.api import Api
from gate.github.checkrun import Annotation
from gate.github.comment import Message
from gate.github.event import Event
from gate.github.keeping import Badge
from gate.github.pulls import PullRequest
from gate.github.review import Place, Suggestion
from gate.github.statuses import CommitStatus
from gate.github.steps import Published, Step
from gate.verdict import State, Verdict, When


class Outputs(msgspec.Struct, frozen=True, kw_only=True):
    """What is published of a verdict, rendered; `sarif` is only asked for if wanted."""

    message: Message
    annotations: tuple[Annotation, ...]
    suggestions: tuple[Suggestion, ...]
    sarif: Callable[[], str]
    badge: Badge


def publish(verdict: Verdict, event: Event, api: Api, outputs: Outputs) -> Published:
    """Publish a verdict on the event's commit, and on its pull request.

    `Published` holds what became of each part. Running it again changes only what has
    changed.

    Raises:
        GitHubError: the verdict is about another commit than the event, or names what
            no gate can be called.
    """
    check(verdict, event)
    wanted = statuses.of(verdict, event)
    parts = _Parts(verdict, event, api, outputs)
    return Published(
        steps=(
            *steps.attempt("statuses", parts.statuses(wanted)),
            *steps.attempt("comment", parts.comment()),
            *steps.attempt("suggestions", parts.suggestions()),
            *steps.attempt("annotations", parts.annotations()),
            *steps.attempt("code scanning", parts.scanning()),
            *steps.attempt("history", parts.history()),
        )
    )


class _Parts:
    """What is published, part by part; a later one uses what an earlier one learnt."""

    def __init__(
        self, verdict: Verdict, event: Event, api: Api, outputs: Outputs
    ) -> None:
        self.verdict = verdict
        self.event = event
        self.api = api
        self.outputs = outputs
        self.wishes = verdict.context.publish
        self.name = verdict.context.name
        self.again = False  # whether the commit has the gate's status already
        # Whether the pull request still wants this verdict; None: that is not known.
        self.current: bool | None = None
        self.pull: PullRequest | None = None

    def statuses(self, wanted: tuple[CommitStatus, ...]) -> Iterator[Step]:
        known = statuses.known(self.event, self.api)
        self.again = names.status(self.name) in known
        yield from statuses.publish(wanted, known, self.event, self.api)

    def comment(self) -> Iterator[Step]:
        reason = f"the event `{self.event.name}` has no pull request"
        if self.event.pull_request is not None:
            self.pull = pulls.read(self.event, self.api)
            reason = pulls.moved_on(self.event, self.pull)
        self.current = not reason
        if reason:
            yield steps.left_out(f"comment: {reason}")
        elif self.wishes.comment is not When.NEVER:
            yield from comment.publish(self.event, self.api, self.outputs.message)

    def suggestions(self) -> Iterator[Step]:
        if self.current:
            yield from review.publish(
                self.outputs.suggestions,
                Place(
                    gate=hashlib.sha256(self.name.encode()).hexdigest()[:8],
                    most=self.wishes.suggestions,
                    any_there=not self.pull or self.pull.review_comments != 0,
                ),
                self.event,
                self.api,
            )
        elif self.current is None and self.outputs.suggestions:
            yield steps.left_out("suggestions: the pull request could not be read")

    def annotations(self) -> Iterator[Step]:
        if self.wishes.annotations:
            run = f"{names.status(self.name)} annotations"
            shown = self.outputs.annotations
            yield from checkrun.publish(run, shown, self.event, self.api, self.again)

    def scanning(self) -> Iterator[Step]:
        if self.wishes.sarif and self.verdict.state is State.ERROR:
            # A log without what could not be judged would close its alerts.
            yield steps.left_out("code scanning: the gate could not judge")
        elif self.wishes.sarif:
            sarif, judged = self.outputs.sarif(), self.verdict.context.head
            yield from scanning.publish(sarif, judged, self.event, self.api)

    def history(self) -> Iterator[Step]:
        if self.event.branch and self.verdict.state is not State.ERROR:
            yield from keeping.publish(
                self.verdict, self.outputs.badge, self.event, self.api
            )


def check(verdict: Verdict, event: Event) -> None:
    """Refuse a verdict that is about something else, or names what no gate names.

    Raises:
        GitHubError: it is one.
    """
    name = verdict.context.name
    if name and not names.valid(name):  # it could pass for another status
        raise GitHubError(f"the results are of a gate named {name[:100]!r}: refused")
    _check_commit(verdict, event)
    statuses.of(verdict, event)


def _check_commit(verdict: Verdict, event: Event) -> None:
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
