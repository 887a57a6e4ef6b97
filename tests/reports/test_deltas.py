"""The numbers beside the base's: what moved, in which direction, and the trend."""

from __future__ import annotations

import math
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.findings import Kind, Result, Status
from gate.reports import deltas, html, markdown, page, terminal
from gate.reports.deltas import Change, Number
from gate.verdict import Context, Past, Verdict, judge

BASE = "0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c"


def verdict(now: dict[str, float], was: dict[str, float] | None) -> Verdict:
    result = Result(check="c", status=Status.PASSED, summary="s", metrics=now)
    past = None if was is None else Past(commit=BASE, metrics=was)
    return judge([result], Context(gate="1.0", past=past))


def test_the_comment_tells_what_moved(verdicts: ModuleType, golden) -> None:
    golden("comment-moved.md", markdown.render(verdicts.moved_gate()))


def test_the_terminal_and_the_page_tell_it_too(verdicts: ModuleType) -> None:
    moved = verdicts.moved_gate()
    shown = terminal.render(moved, width=200)
    assert "since `0b1c2d3`: coverage 91.2 % → 92 %, data anomalies 3 → 0" in shown
    whole = html.render(moved)
    assert "<strong>91.2 % → 92 %</strong>" in whole
    assert "Since commit <code>0b1c2d3</code>, the base" in whole
    assert "The gate <code>labs/one</code> is open" in whole


def test_without_a_record_nothing_is_compared(verdicts: ModuleType) -> None:
    assert deltas.table(verdicts.open_gate()) is None
    assert deltas.table(verdict({"coverage.percent": 1.0}, {})) is None
    assert "→" not in page.meter(verdicts.open_gate())


def test_what_is_as_it_was_has_no_arrow() -> None:
    same = verdict({"coverage.percent": 91.24}, {"coverage.percent": 91.21})
    assert "**coverage 91.2 %**" in page.meter(same)
    (row,) = deltas.table(same).rows  # type: ignore[union-attr]
    assert row == ("coverage", "91.2 %", "91.2 %", "none", "")


@pytest.mark.parametrize(
    ("name", "was", "now", "told"),
    [
        ("coverage.percent", 91.2, 92.0, "+0.8 points, better"),
        ("coverage.percent", 100.0, 99.99, "−0.01 points, worse"),
        ("data.anomalies", 3, 0, "−3, better"),
        ("tests.failed", 0, 1, "+1, worse"),
        ("data.rows", 1000, 1200, "+200"),
        ("model.accuracy", 0.871, 0.868, "−0.003"),
        ("lint.problems", 5, 5, "none"),
    ],
)
def test_a_change_is_told_as_people_say_it(
    name: str, was: float, now: float, told: str
) -> None:
    (change,) = deltas.changes(verdict({name: now}, {name: was})).values()
    assert change.told == told


def test_numbers_that_are_none_and_names_nobody_knows_are_left_out() -> None:
    was = {"coverage.percent": math.nan, "mystery": 1.0, "data.rows": 1.0}
    now = {"coverage.percent": 50.0, "mystery": 2.0, "data.rows": math.inf}
    assert deltas.changes(verdict(now, was)) == {}


def test_a_model_of_many_slices_does_not_fill_the_comment() -> None:
    metrics = {f"model.slice{n:03}": float(n) for n in range(100)}
    table = deltas.table(verdict(metrics, metrics))
    assert table and (len(table.rows), table.total) == (30, 100)


def test_a_commit_before_the_base_is_named_as_one() -> None:
    past = Past(commit=BASE, behind=2)
    assert deltas.title(past) == "Since commit `0b1c2d3`, 2 commits before the base"


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ([], ""),
        ([1.0, 2.0], ""),
        ([0, 50, 100], "▁▅█"),
        ([7, 7, 7], "▄▄▄"),
        ([math.nan, 1, 2, 3], "▁▅█"),
        ([-1.7e308, 0, 1.7e308], "▁▅█"),
    ],
)
def test_a_trend_is_drawn_from_the_lowest_to_the_highest(
    values: list[float], bars: str
) -> None:
    assert deltas.sparkline(values) == bars


@given(st.lists(st.floats(allow_infinity=True, allow_nan=True), max_size=40))
def test_any_numbers_can_be_drawn(values: list[float]) -> None:
    assert len(deltas.sparkline(values)) <= 21


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_the_direction_is_that_of_the_numbers(was: float, now: float) -> None:
    change = Change("x", Number("x", Kind.NUMBER, True), was, now)
    if not change.same:
        assert change.told.startswith("+" if now > was else "−")
        assert change.told.endswith("better" if now > was else "worse")
