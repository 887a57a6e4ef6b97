"""Annotations reach GitHub whole, the worst first, and nothing else is a command."""

from __future__ import annotations

import re
from types import ModuleType

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import runner_rules
from gate.findings import Finding, Level, Result, Status, Weight
from gate.reports import inline
from gate.verdict import Context, Verdict, judge

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def verdict(*results: Result) -> Verdict:
    return judge(results, Context(gate="0"))


def failed(*findings: Finding, **more: object) -> Result:
    result = Result(check="lint", status=Status.FAILED, summary="s", findings=findings)
    return msgspec.structs.replace(result, **more)


def finding(**fields: object) -> Finding:
    return msgspec.convert({"rule": "lint/E1", "message": "m"} | fields, Finding)


def test_closed_gate_as_commands(verdicts: ModuleType, golden) -> None:
    golden("inline.txt", inline.render(verdicts.closed_gate()))


def test_an_open_gate_says_nothing(verdicts: ModuleType) -> None:
    assert inline.render(verdicts.open_gate()) == ""


def test_a_check_that_could_not_judge_is_an_error(verdicts: ModuleType) -> None:
    assert inline.render(verdicts.error_gate()).startswith(
        "::error title=typecheck could not be judged::mypy is not installed"
    )


def test_a_gate_that_did_not_get_to_its_checks_says_why(verdicts: ModuleType) -> None:
    lines = inline.render(verdicts.stopped_gate()).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("::error title=the gate could not judge::gate.yaml:4")


def test_properties_and_data_are_escaped() -> None:
    bad = finding(rule="a:b,c%", message="50%\nnext\r", path="a,b:c%.py", line=3)
    assert inline.render(verdict(failed(bad))) == (
        "::error file=a%2Cb%3Ac%25.py,line=3,endLine=3,title=a%3Ab%2Cc%25"
        "::50%25%0Anext\\x0d\n"
    )


def test_paths_are_those_of_the_repository() -> None:
    judged = judge([failed(finding(path="a.py"))], Context(gate="0", folder="sub/dir"))
    line = inline.render(judged)
    assert line.startswith("::error file=sub/dir/a.py,")


def test_ten_of_a_kind_and_the_rest_counted() -> None:
    levels = [Level.NOTE] * 20 + [Level.WARNING] * 20 + [Level.ERROR] * 20
    many = [finding(level=level.value) for level in levels]
    lines = inline.render(verdict(failed(*many, total=1_060))).splitlines()
    kinds = [line.split(" ")[0] for line in lines]
    assert kinds == ["::error"] * 10 + ["::notice"] * 9 + ["::warning"] * 10 + [
        "::notice"
    ]
    assert lines[-1] == (
        "::notice title=gate::1,031 more findings: see the summary of this job"
    )


def test_checks_take_turns() -> None:
    lint = failed(*(finding(line=n, path="a.py") for n in range(1, 50)))
    data = failed(finding(rule="data/X"), check="data")
    lines = inline.render(verdict(lint, data)).splitlines()
    assert "title=data/X" in lines[1]


def test_what_only_warns_is_a_warning() -> None:
    line = inline.render(verdict(failed(finding(), weight=Weight.WARNING)))
    assert line.startswith("::warning ")


def test_long_messages_are_cut_below_githubs_limit() -> None:
    line = inline.render(verdict(failed(finding(message="é" * 9_000))))
    assert len(line.split("::")[2]) <= 4_096


def test_hostile_text_gives_whole_commands_only(verdicts: ModuleType) -> None:
    lines = inline.render(verdicts.hostile_gate()).split("\n")
    assert lines.pop() == ""
    assert all(COMMAND.fullmatch(line) for line in lines)


@pytest.mark.parametrize(
    "log",
    [
        "::error::x",
        "  ::add-mask::e",
        "\u3000::debug::x",
        "a\r::error::x",
        "a\r\n::stop-commands::t",
        "mid ##[error]x ###[group]",
        ":::error::x",
        "\x1b::error::x",
        "\x85::error::x",
        "\u0640::error::x",
        ":\u0640:error::x",
        "a #\u0640#[error]x",
        "\ufe0f::error::x",
    ],
)
def test_logs_cannot_give_commands(log: str) -> None:
    assert not list(runner_rules.commands(inline.neutralise(log)))


def test_logs_are_else_left_as_they_are() -> None:
    log = "tests/test_a.py::test_b failed\n\ta ## b [c] : d\n"
    assert inline.neutralise(log) == log


@given(st.text(alphabet=":#[] \t\r\n\x0b\x0c\x1b\x85\u2028\u3000aerror]", max_size=60))
def test_no_log_gives_commands(log: str) -> None:
    assert not list(runner_rules.commands(inline.neutralise(log)))


def test_a_mark_at_its_begin_does_not_break_a_command() -> None:
    bad = finding(rule="a/\u0d4e", message="\u0301##[add-mask]e")
    line = inline.render(verdict(failed(bad)))
    assert line == "::error title=a/\u0d4e :: \u0301## [add-mask]e\n"
