"""The verdict as commit statuses, which branch protection can require."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from gate import hidden, names
from gate.errors import GitHubError
from gate.findings import Result, Status
from gate.github import steps
from gate.github.answers import ApiError
from gate.github.api import Api, Made
from gate.github.event import Event
from gate.github.steps import Step
from gate.verdict import State, Verdict

MAX_DESCRIPTION = 140
MAX_STATUSES = 100
NEEDS = "statuses: write"

_CHECK = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:/-]{0,99}")


class CommitStatus(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What `POST /repos/{owner}/{repo}/statuses/{sha}` takes."""

    context: str
    state: str
    description: str
    target_url: str | None = None


class Known(msgspec.Struct):
    """A status that a commit has."""

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
    statuses: list[Known]


def of(verdict: Verdict, event: Event) -> tuple[CommitStatus, ...]:
    """The verdict as commit statuses: `gate` first, then `gate/<check>` for each.

    A check that is skipped, or that only warns, is a success that says so: it must
    not keep a branch from merging where its status is required. A gate with a name
    has it in all of them: `gate (study)`.

    Raises:
        GitHubError: a check has a name that no check of this gate's can have.
    """
    state = {
        State.OPEN: "success",
        State.CLOSED: "failure",
        State.ERROR: "error",
    }[verdict.state]
    name = verdict.context.name
    whole = names.status(name)
    made = {whole: _status(whole, state, verdict.headline, event)}
    for result in verdict.results[:MAX_STATUSES]:
        if not _CHECK.fullmatch(result.check):
            raise GitHubError(
                f"the results hold a check named {result.check[:100]!r}: refused"
            )
        context = names.status(name, result.check)
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
    """One line that GitHub takes: nothing hidden, nothing of 4 bytes, cut at a word."""
    spelled = hidden.spelled(text)
    shown = (c for c in spelled if c.isspace() or (c.isprintable() and c <= "\uffff"))
    line = " ".join("".join(shown).split())
    if len(line) <= MAX_DESCRIPTION:
        return line
    kept = line[: MAX_DESCRIPTION - 1]
    if line[MAX_DESCRIPTION - 1] != " ":
        kept = kept.rsplit(" ", 1)[0]
    return kept.rstrip() + "…"


def publish(
    wanted: tuple[CommitStatus, ...], known: dict[str, Known], event: Event, api: Api
) -> Iterator[Step]:
    """Post the statuses that the commit does not have yet as they should be."""
    for status in wanted:
        there = known.get(status.context)
        said = f"status {status.context}: {status.state} - {status.description}"
        if there is not None and there.says(status):
            yield steps.unchanged(said)
            continue
        path = f"/repos/{event.repository}/statuses/{event.head}"
        api.post(path, status, Made, needs=NEEDS)
        yield steps.done(said)


def known(event: Event, api: Api) -> dict[str, Known]:
    """The commit's statuses by context; none where the token may not read them."""
    path = f"/repos/{event.repository}/commits/{event.head}/status?per_page=100"
    try:
        answer = api.get(path, _Statuses, needs=NEEDS)
    except ApiError as error:
        if error.denied or error.status == 404:
            return {}
        raise
    return {status.context: status for status in answer.statuses}
