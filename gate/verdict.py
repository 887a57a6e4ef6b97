"""Results in, verdict out: the only place that decides whether the gate opens."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Annotated

import msgspec

from gate.findings import Result, Status, Struct, plural


class State(enum.Enum):
    """The verdict in a word; `error` means that the gate could not judge."""

    OPEN = "open"
    CLOSED = "closed"
    ERROR = "error"


class When(enum.Enum):
    """When there is to be a comment; one that is there is kept up to date."""

    ALWAYS = "always"
    CLOSED = "closed"
    NEVER = "never"


class Publish(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the verdict is published: switches that do no harm, whoever set them."""

    comment: Annotated[
        When,
        msgspec.Meta(
            description="When to write one; one that is there is kept up to date."
        ),
    ] = When.ALWAYS
    minimize: Annotated[
        bool, msgspec.Meta(description="Fold the comment away while the gate is open.")
    ] = False
    template: Annotated[
        str,
        msgspec.Meta(
            description="A template for the comment; the base branch's counts."
        ),
    ] = ""
    annotations: Annotated[
        bool,
        msgspec.Meta(
            description="Show the findings beyond the 30 of a step in a check run;"
            " needs `checks: write`."
        ),
    ] = True
    suggestions: Annotated[
        int,
        msgspec.Meta(
            ge=0,
            le=30,
            description="The most fixes to suggest at changed lines; 0 suggests none.",
        ),
    ] = 10
    sarif: Annotated[
        bool,
        msgspec.Meta(
            description="Upload the findings to code scanning; needs"
            " `security-events: write`."
        ),
    ] = False


class Past(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was recorded when the base was judged, on a push to the default branch.

    `commit` is the newest one recorded at or before the base, `behind` how many
    commits before it. `trend` holds the values of each metric up to then, the newest
    last.
    """

    commit: str
    behind: int = 0
    metrics: dict[str, float] = {}
    trend: dict[str, tuple[float, ...]] = {}


class Context(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was judged, and with what: for the reader, never for the decision.

    `name` tells this gate from others of the same pull request, empty where there is
    one. `folder` is the project's in its repository, empty at the top. `head` and
    `base` are commits (40 hex digits, empty outside git); `base_ref` is how the base
    was found. `dirty` tells that the working tree differs from `head`.
    """

    gate: str
    name: str = ""
    project: str = ""
    folder: str = ""
    config: str = ""
    head: str = ""
    base: str = ""
    base_ref: str = ""
    dirty: bool = False
    python: str = ""
    platform: str = ""
    duration: float = 0.0
    notes: tuple[str, ...] = ()
    past: Past | None = None
    publish: Publish = Publish()


class Verdict(Struct, frozen=True, kw_only=True):
    """All results, whether the gate opens, and why not.

    `version` is that of the format: it grows when a reader of an older one would
    misread a newer one.
    """

    version: int
    state: State
    headline: str
    reasons: tuple[str, ...]
    results: tuple[Result, ...]
    context: Context

    @property
    def exit_code(self) -> int:
        """0 open, 1 closed, 2 could not judge."""
        return {State.OPEN: 0, State.CLOSED: 1, State.ERROR: 2}[self.state]

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics of all results in one."""
        return {k: v for result in self.results for k, v in result.metrics.items()}


VERSION = 1


def judge(results: Sequence[Result], context: Context) -> Verdict:
    """Decide.

    A failed check closes the gate for certain, so it outweighs one that could not
    judge; both are named. A check that is skipped, or that gate.yaml weighs as a
    warning, never closes the gate.
    """
    closing = [result for result in results if result.closes]
    failed = [result for result in closing if result.status is Status.FAILED]
    judged = [result for result in results if result.status is not Status.SKIPPED]
    state = State.OPEN
    if failed:
        state = State.CLOSED
    elif closing or not judged:
        state = State.ERROR
    return Verdict(
        version=VERSION,
        state=state,
        headline=_headline(results, judged),
        reasons=tuple(f"{result.check}: {result.summary}" for result in closing)
        or (() if judged else ("no check had anything to judge",)),
        results=tuple(results),
        context=context,
    )


def could_not_judge(reasons: Sequence[str], context: Context) -> Verdict:
    """The verdict where no check could even be started: a broken gate.yaml, say."""
    return Verdict(
        version=VERSION,
        state=State.ERROR,
        headline=reasons[0] if reasons else "nothing was judged",
        reasons=tuple(reasons),
        results=(),
        context=context,
    )


def contradiction(verdict: Verdict) -> str:
    """What the verdict says otherwise than its own results do; empty if nothing.

    A verdict that was read from a file may have been written by anybody.
    """
    if not verdict.results:
        wrong = verdict.state is not State.ERROR
        return f"`{verdict.state.value}` without any result" if wrong else ""
    due = judge(verdict.results, verdict.context)
    if verdict.state is not due.state:
        return f"`{verdict.state.value}`, where its results make it `{due.state.value}`"
    if (verdict.headline, verdict.reasons) != (due.headline, due.reasons):
        return "a headline or reasons that are not those of its results"
    return ""


def _headline(results: Sequence[Result], judged: Sequence[Result]) -> str:
    """The verdict in a few words: `2 of 6 checks failed, 1 could not be judged`."""
    failed = sum(r.closes and r.status is Status.FAILED for r in results)
    errors = sum(r.closes and r.status is Status.ERROR for r in results)
    warned = sum(
        not r.closes and r.status in (Status.FAILED, Status.ERROR) for r in results
    )
    if not judged:
        return "nothing was judged"
    parts = []
    if failed:
        parts.append(f"{failed} of {plural(len(judged), 'check')} failed")
    if errors:
        parts.append(f"{errors} could not be judged")
    if not parts:
        parts.append(f"{plural(len(judged) - warned, 'check')} passed")
    if warned:
        parts.append(f"{plural(warned, 'check')} failed as a warning only")
    return ", ".join(parts)
