"""Every request of a run fails, in every way, once and for ever: what is there then.

Which requests there are is taken from a run in which none fails. Nothing is ever there
twice, what can be published is published, the log tells of the rest, and the next run
mends it.
"""

from __future__ import annotations

import copy
import functools
import re
from collections.abc import Iterator
from typing import Any

import pytest

from fake_repository import Fault, State
from gate.github import api
from gate.github.api import Limits
from tests.commands import scenarios
from tests.commands.scenarios import Ran, Scenario, Stage

# What is told apart is how the client takes it: those of a group are its equals, so
# one endpoint meets the one, the next endpoint the other.
PASSING = (("500", "502", "503"), ("rate-limit", "429"), ("drop",), ("late",))
WRONG = (("html", "garbage", "wrong"),)
REFUSED = (("401", "403", "422"),)
IN_TURN = (("502", "drop", "429", "late"), *WRONG)

PARTS = (
    "statuses",
    "comment",
    "suggestions",
    "annotations",
    "code scanning",
    "history",
)
TOUCHED = (
    (r"/statuses/|/status$", {"statuses"}),
    (r"GET .*/pulls/\d+$", {"comment", "suggestions"}),
    (r"/issues/|/graphql$|/contents/t.md$", {"comment"}),
    (r"/pulls/\d+/|/pulls/comments/", {"suggestions"}),
    (r"/check-runs", {"annotations"}),
    (r"/sarifs$", {"code scanning"}),
    (r"/git/(ref|refs|trees)|/git/commits|/contents/(history|\.gate)", {"history"}),
)


def touched(endpoint: str) -> set[str]:
    """The parts that a request is for; all of them if it is none of these."""
    for pattern, parts in TOUCHED:
        if re.search(pattern, endpoint):
            return set(parts)
    return set(PARTS)


@pytest.fixture
def stage(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    quick = functools.partial(Limits, attempts=3, backoff=0.001, timeout=10)
    monkeypatch.setattr(api, "Limits", quick)
    return stage


def each(
    stage: Stage,
    scenario: Scenario,
    groups: tuple[tuple[str, ...], ...],
    times: int | None,
) -> Iterator[tuple[Fault, Ran, dict[str, object]]]:
    """A run for each endpoint and each kind of fault; what there is if none fails."""
    before = copy.deepcopy(stage.github.state)
    stage.github.state.requests.clear()
    ran = stage.publish(scenario)
    assert (ran.code, ran.err) == (0, "")
    good = stage.parts()
    endpoints = stage.github.state.endpoints()
    for index, endpoint in enumerate(endpoints):
        for group in groups:
            kind = group[index % len(group)]
            if (kind, endpoint.rpartition("/")[2]) == ("wrong", "sarifs"):
                continue  # that is no other shape than the right one
            fault = Fault(re.escape(endpoint), kind, times)
            state: State = copy.deepcopy(before)
            state.faults.append(fault)
            stage.github.state = state
            yield fault, stage.publish(scenario), good


def told(ran: Ran, part: str) -> bool:
    """Whether the log says that a part, or all of it, was not published."""
    if part == "suggestions" and f"{part}: the pull request could not be" in ran.out:
        return True
    said = re.findall("^::warning .*", ran.out, re.MULTILINE)
    return any(word in line for line in said for word in (f"{part}: ", "the results: "))


def named(*cases: tuple[Scenario, bool, tuple[tuple[str, ...], ...]]) -> Any:
    """Scenarios, whether there was a run before, and the faults that are tried."""
    names = [f"{one.name}{', again' * again}" for one, again, _ in cases]
    return pytest.mark.parametrize(("scenario", "before", "groups"), cases, ids=names)


@named(
    (scenarios.EVERYTHING, True, PASSING),
    (scenarios.PULL_REQUEST, False, PASSING),
    (scenarios.PUSH, False, PASSING),
    (scenarios.PUSH, True, PASSING),
    (scenarios.QUEUE, False, PASSING),
    (scenarios.FORK, False, PASSING),
)
def test_what_fails_once_is_survived(
    stage: Stage, scenario: Scenario, before: bool, groups: tuple[tuple[str, ...], ...]
) -> None:
    stage.set(scenario, before=before)
    for fault, ran, good in each(stage, scenario, groups, 1):
        assert (ran.code, ran.err) == (0, ""), fault
        assert "::warning" not in ran.out, (fault, ran.out)
        assert stage.parts() == good, fault
        stage.check_nothing_is_double()


@named(
    (scenarios.EVERYTHING, True, WRONG + REFUSED),
    (scenarios.PUSH, True, WRONG + REFUSED),
    (scenarios.FORK, False, WRONG + REFUSED),
)
def test_what_is_no_answer_once_is_told_and_the_rest_is_done(
    stage: Stage, scenario: Scenario, before: bool, groups: tuple[tuple[str, ...], ...]
) -> None:
    check_the_rest_is_done(stage, scenario, before, groups, 1)


@named(
    (scenarios.EVERYTHING, True, IN_TURN),
    (scenarios.PULL_REQUEST, True, PASSING + WRONG + REFUSED),
    (scenarios.PUSH, False, IN_TURN),
    (scenarios.PUSH, True, PASSING + WRONG + REFUSED),
    (scenarios.QUEUE, False, IN_TURN),
    (scenarios.FORK, False, IN_TURN),
)
def test_what_fails_for_ever_is_told_and_the_rest_is_done(
    stage: Stage, scenario: Scenario, before: bool, groups: tuple[tuple[str, ...], ...]
) -> None:
    check_the_rest_is_done(stage, scenario, before, groups, None)


def check_the_rest_is_done(
    stage: Stage,
    scenario: Scenario,
    before: bool,
    groups: tuple[tuple[str, ...], ...],
    times: int | None,
) -> None:
    stage.set(scenario, before=before)
    for fault, ran, good in each(stage, scenario, groups, times):
        refused = ran.code == 2 and "the artifact 'gate-report'" in ran.err
        assert ran.code == 0 or refused, (fault, ran)
        parts, may = stage.parts(), touched(fault.pattern.replace("\\", ""))
        noted = "the template could not be read" in str(parts["comment"])
        for part in PARTS:
            if parts[part] != good[part]:
                assert part in may, (fault, part, ran.out)
                assert refused or noted or told(ran, part), (fault, part, ran.out)
        if "/reactions" in fault.pattern:  # a turn that could not be given back
            stage.github.state.reactions.clear()
        stage.check_nothing_is_double()
        if parts == good:
            continue
        stage.github.state.faults.clear()
        mended = stage.publish(scenario)
        assert (mended.code, mended.err) == (0, ""), fault
        assert stage.parts() == good, (fault, mended.out)
        stage.check_nothing_is_double()


@pytest.mark.parametrize("times", [1, None])
def test_a_server_that_hangs_is_given_up(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, times: int | None
) -> None:
    quick = functools.partial(Limits, attempts=2, backoff=0.001, timeout=0.4)
    monkeypatch.setattr(api, "Limits", quick)
    scenario = scenarios.PULL_REQUEST
    stage.set(scenario)
    for fault, ran, good in each(stage, scenario, (("hang",),), times):
        assert (ran.code, ran.err) == (0, ""), fault
        assert "no answer in time" in ran.out or stage.parts() == good
        stage.check_nothing_is_double()
