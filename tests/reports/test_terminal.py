"""The terminal shows one screen that says what failed, where, and what to do."""

from __future__ import annotations

import re
from types import ModuleType

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.findings import Finding, Result, Status
from gate.reports import terminal
from gate.verdict import Context, judge

REPORTS = {"report": ".gate/report.html", "results": ".gate/results.json"}


def test_closed_gate(verdicts: ModuleType, golden) -> None:
    shown = terminal.render(verdicts.closed_gate(), width=100, reports=REPORTS)
    golden("terminal.txt", shown)


def test_open_gate(verdicts: ModuleType, golden) -> None:
    shown = terminal.render(verdicts.open_gate(), width=100, reports=REPORTS)
    golden("terminal-open.txt", shown)


def test_gate_that_could_not_judge(verdicts: ModuleType, golden) -> None:
    golden("terminal-error.txt", terminal.render(verdicts.error_gate(), width=80))


def test_places_can_be_clicked(verdicts: ModuleType) -> None:
    shown = terminal.render(verdicts.closed_gate(), width=60)
    assert "    src/taxi/report.py:22:18  arg-type" in shown


def test_findings_are_shared_and_the_rest_counted(verdicts: ModuleType) -> None:
    shown = terminal.render(verdicts.huge_gate("a word " * 9), width=100)
    # 32 lines for six checks of 714 findings each.
    assert shown.count("… and 709 more findings") == 4
    assert shown.count("… and 708 more findings") == 2


def test_what_one_check_leaves_over_another_may_use() -> None:
    few = Result(check="lint", status=Status.FAILED, summary="", findings=_found(2))
    many = Result(check="data", status=Status.FAILED, summary="", findings=_found(40))
    shown = terminal.render(judge([few, many], Context(gate="0")))
    assert "… and 10 more findings" in shown


def test_the_same_on_several_lines_takes_one(verdicts: ModuleType) -> None:
    same = tuple(
        Finding(rule="data/X", message="no value", path="a.csv", line=line)
        for line in (3, 5, 9)
    )
    result = Result(check="data", status=Status.FAILED, summary="", findings=same)
    shown = terminal.render(judge([result], Context(gate="0")))
    assert "a.csv:3  X  no value  (and 2 more lines)" in shown
    assert "a.csv:5" not in shown
    assert "a.csv:5" in terminal.render(
        judge([result], Context(gate="0")), verbose=True
    )


def _found(count: int) -> tuple[Finding, ...]:
    return tuple(
        Finding(rule="lint/E1", message=f"number {n}", path="a.py", line=n + 1)
        for n in range(count)
    )


def test_tables_stand_in_for_findings_without_a_place(verdicts: ModuleType) -> None:
    data = verdicts.failing()[-1]
    assert "Out-of-range" not in terminal.render(judge([data], Context(gate="0")))
    bare = msgspec.structs.replace(data, findings=())
    assert "Out-of-range" in terminal.render(judge([bare], Context(gate="0")))


def test_reports_are_named_by_their_folders(verdicts: ModuleType) -> None:
    paths = {"a": "out/a.html", "b": "out/b.md", "c": "c.svg"}
    shown = terminal.render(verdicts.open_gate(), reports=paths)
    assert "reports in out: a.html, b.md\nreports in .: c.svg\n" in shown


def test_verbose_shows_every_finding_and_its_patch(verdicts: ModuleType) -> None:
    shown = terminal.render(verdicts.closed_gate(), verbose=True)
    assert "+    return sum(row" in shown
    assert "2 failed, 1487 passed" in shown


def test_the_end_of_a_crash_is_shown() -> None:
    output = "\n".join(f"line {n}" for n in range(50))
    crashed = Result(check="x", status=Status.ERROR, summary="s", output=output)
    shown = terminal.render(judge([crashed], Context(gate="0")))
    assert "| line 49" in shown
    assert "| line 41" not in shown


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "cp437"])
def test_what_the_stream_cannot_hold_is_replaced(
    verdicts: ModuleType, encoding: str
) -> None:
    for verdict in (verdicts.closed_gate(), verdicts.hostile_gate("北京 👍 x")):
        shown = terminal.render(verdict, encoding=encoding)
        shown.encode(encoding)
        assert "✗" not in shown


def test_without_colour_there_is_no_escape(verdicts: ModuleType) -> None:
    assert "\x1b" not in terminal.render(verdicts.hostile_gate())


def test_colours_are_only_ours(verdicts: ModuleType) -> None:
    shown = terminal.render(verdicts.hostile_gate(), color=True)
    assert "\x1b[" in shown
    bare = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u200b]", bare)
    assert "[red]rich[/red]" in bare  # rich's markup is text here


@given(st.text(max_size=60))
def test_no_text_breaks_the_screen(text: str) -> None:
    finding = Finding(rule=text, message=text, path=text, line=1)
    result = Result(
        check=text, status=Status.FAILED, summary=text, findings=(finding,), output=text
    )
    shown = terminal.render(judge([result], Context(gate=text, notes=(text,))))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown)
    shown.encode()
