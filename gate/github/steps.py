"""What became of the things to publish, one step each."""

from __future__ import annotations

import enum
from collections.abc import Iterator

import msgspec

from gate.github.answers import ApiError


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


def done(text: str) -> Step:
    """Something was published."""
    return Step(outcome=Outcome.DONE, text=text)


def unchanged(text: str) -> Step:
    """Something is there already as it should be."""
    return Step(outcome=Outcome.UNCHANGED, text=text)


def left_out(text: str) -> Step:
    """There is nothing to publish something on."""
    return Step(outcome=Outcome.LEFT_OUT, text=text)


def ended(what: str, error: ApiError) -> Step:
    """Something was not published, for GitHub's reason."""
    outcome = Outcome.DENIED if error.denied else Outcome.FAILED
    return Step(outcome=outcome, text=f"{what}: {error.message}", hint=error.hint)


def attempt(what: str, steps: Iterator[Step]) -> Iterator[Step]:
    """The steps, and what ended them early if something did."""
    try:
        yield from steps
    except ApiError as error:
        yield ended(what, error)
