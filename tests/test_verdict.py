"""The only place that decides: what opens the gate, and with which exit code."""

from __future__ import annotations

import msgspec
import pytest

from gate.findings import Finding, Level, Result, Status, Weight, plural, worst_first
from gate.verdict import Context, State, contradiction, could_not_judge, judge

CONTEXT = Context(gate="1")
P, F, E, S = Status.PASSED, Status.FAILED, Status.ERROR, Status.SKIPPED
HARD, SOFT, OFF = Weight.ERROR, Weight.WARNING, Weight.OFF


def result(status: Status, weight: Weight = HARD, check: str = "lint") -> Result:
    return Result(status=status, summary="why", check=check, weight=weight)


TABLE = [
    ([P], State.OPEN, 0, "1 check passed"),
    ([P, P, S], State.OPEN, 0, "2 checks passed"),
    ([F], State.CLOSED, 1, "1 of 1 check failed"),
    ([P, F, S], State.CLOSED, 1, "1 of 2 checks failed"),
    ([E], State.ERROR, 2, "1 could not be judged"),
    ([P, E], State.ERROR, 2, "1 could not be judged"),
    ([F, E, P], State.CLOSED, 1, "1 of 3 checks failed, 1 could not be judged"),
    ([S], State.ERROR, 2, "nothing was judged"),
    ([S, S], State.ERROR, 2, "nothing was judged"),
    ([], State.ERROR, 2, "nothing was judged"),
]


@pytest.mark.parametrize("statuses, state, code, headline", TABLE)
def test_results_decide(
    statuses: list[Status], state: State, code: int, headline: str
) -> None:
    verdict = judge([result(status) for status in statuses], CONTEXT)
    assert (verdict.state, verdict.exit_code, verdict.headline) == (
        state,
        code,
        headline,
    )
    assert bool(verdict.reasons) == (state is not State.OPEN)


@pytest.mark.parametrize("status", [F, E])
def test_a_warning_never_closes_the_gate(status: Status) -> None:
    verdict = judge([result(P), result(status, SOFT)], CONTEXT)
    assert (verdict.state, verdict.exit_code, verdict.reasons) == (State.OPEN, 0, ())
    assert "1 check passed, 1 check failed as a warning only" in verdict.headline


def test_a_warning_alone_opens_it() -> None:
    assert judge([result(F, SOFT)], CONTEXT).state is State.OPEN


def test_a_check_that_is_off_is_nobodys_reason() -> None:
    verdict = judge([result(P), result(S, OFF)], CONTEXT)
    assert (verdict.state, verdict.headline) == (State.OPEN, "1 check passed")


def test_the_reasons_name_what_closes_it_in_order() -> None:
    verdict = judge(
        [result(E, check="a"), result(F, SOFT, "b"), result(F, check="c")], CONTEXT
    )
    assert verdict.reasons == ("a: why", "c: why")


def test_metrics_of_all_checks_are_one() -> None:
    one = Result(status=P, summary="", metrics={"a.x": 1})
    other = Result(status=P, summary="", metrics={"b.y": 2})
    assert judge([one, other], CONTEXT).metrics == {"a.x": 1, "b.y": 2}


def test_where_nothing_could_start_it_could_not_judge() -> None:
    verdict = could_not_judge(["gate.yaml:1: x"], CONTEXT)
    assert (verdict.state, verdict.exit_code) == (State.ERROR, 2)
    assert verdict.reasons == ("gate.yaml:1: x",)


@pytest.mark.parametrize("statuses", [row[0] for row in TABLE])
def test_a_verdict_as_judged_does_not_contradict_itself(statuses: list[Status]) -> None:
    assert not contradiction(judge([result(status) for status in statuses], CONTEXT))
    assert not contradiction(could_not_judge(["gate.yaml:1: x"], CONTEXT))


@pytest.mark.parametrize(
    "statuses, changes, said",
    [
        ([F], {"state": State.OPEN}, "`open`, where its results make it `closed`"),
        ([P, E], {"state": State.OPEN}, "where its results make it `error`"),
        ([P], {"state": State.CLOSED}, "where its results make it `open`"),
        ([], {"state": State.OPEN}, "`open` without any result"),
        ([F], {"headline": "1 check passed"}, "a headline or reasons"),
        ([F], {"reasons": ()}, "a headline or reasons"),
    ],
)
def test_a_verdict_that_its_results_do_not_bear_out_is_told(
    statuses: list[Status], changes: dict[str, object], said: str
) -> None:
    true = judge([result(status) for status in statuses], CONTEXT)
    assert said in contradiction(msgspec.structs.replace(true, **changes))


def test_the_worst_findings_come_first() -> None:
    ordered = [
        Finding(rule="a", message="", level=Level.ERROR, new=True, path="z"),
        Finding(rule="a", message="", level=Level.ERROR, path="a", line=2),
        Finding(rule="a", message="", level=Level.ERROR, path="a", line=10),
        Finding(rule="b", message="", level=Level.ERROR, path="a", line=10),
        Finding(rule="a", message="", level=Level.WARNING),
        Finding(rule="a", message="", level=Level.NOTE, new=True),
    ]
    assert worst_first(tuple(reversed(ordered))) == tuple(ordered)


@pytest.mark.parametrize(
    "count, noun, words",
    [(0, "file", "0 files"), (1, "file", "1 file"), (1204, "file", "1,204 files")],
)
def test_counts_are_words(count: int, noun: str, words: str) -> None:
    assert plural(count, noun) == words
    assert plural(count, "branch", "branches").endswith(
        "branch" if count == 1 else "branches"
    )
