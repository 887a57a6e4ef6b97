"""Cobertura's XML against coverage's own numbers, and against what means harm."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.errors import ToolError
from gate.testing import cobertura
from gate.testing.cobertura import Branches
from gate.testing.covered import File


def report(*lines: str, name: str = "a.py") -> ElementTree.Element:
    classes = f'<class filename="{name}"><lines>{"".join(lines)}</lines></class>'
    return ElementTree.fromstring(f"<coverage>{classes}</coverage>")


def line(number: object, hits: object, branches: str = "", missing: str = "") -> str:
    more = f' branch="true" condition-coverage="{branches}"' if branches else ""
    more += f' missing-branches="{missing}"' if missing else ""
    return f'<line number="{number}" hits="{hits}"{more}/>'


def joined(*reports: ElementTree.Element) -> File:
    found = cobertura.measured([(one, lambda name: name) for one in reports], "`x`")
    (file,) = found.files.values()
    assert found.totals == file.summary
    return file


def test_lines_and_branches_are_counted() -> None:
    file = joined(report(line(1, 1), line(2, 3, "50% (1/2)", "4"), line(4, 0)))
    assert (file.executed_lines, file.missing_lines) == ((1, 2), (4,))
    assert [b[0] for b in file.executed_branches] == [2]
    assert [b[0] for b in file.missing_branches] == [2]
    assert (file.summary.counts.total, file.summary.counts.covered) == (5, 3)


def test_a_line_ran_if_it_ran_in_any() -> None:
    file = joined(report(line(1, 1), line(2, 0)), report(line(1, 0), line(3, 1)))
    assert (file.executed_lines, file.missing_lines) == ((1, 3), (2,))


@pytest.mark.parametrize(
    ("one", "other", "covered"),
    [
        (("50% (1/2)", "4"), ("50% (1/2)", "exit"), 2),
        (("50% (1/2)", "4"), ("50% (1/2)", "4"), 1),
        (("50% (1/2)", "4"), ("100% (2/2)", ""), 2),
        (("0% (0/2)", "4,exit"), ("50% (1/2)", "4"), 1),
        (("50% (1/2)", ""), ("50% (1/2)", ""), 1),  # which one, nobody knows
        (("50% (1/2)", "4"), ("50% (1/2)", ""), 1),
        (("", ""), ("50% (1/2)", "4"), 1),
    ],
)
def test_branches_of_several_runs_are_joined_where_they_are_named(
    one: tuple[str, str], other: tuple[str, str], covered: int
) -> None:
    for first, second in ((one, other), (other, one)):
        file = joined(report(line(2, 1, *first)), report(line(2, 1, *second)))
        assert file.summary.covered_branches == covered
        assert file.summary.num_branches == 2


@given(st.data())
def test_what_was_taken_together_is_between_the_most_and_the_sum(
    data: st.DataObject,
) -> None:
    ways = st.frozensets(st.sampled_from("abcde"))
    taken = data.draw(st.lists(ways, min_size=2, max_size=4))
    told = [Branches(len(t), 5, frozenset("abcde") - t) for t in taken]
    whole = told[0]
    for one in told[1:]:
        whole = whole.joined(one)
    assert whole.covered == len(frozenset().union(*taken))


def test_names_are_below_their_sources() -> None:
    root = ElementTree.fromstring(
        "<coverage><sources><source>/app/src/</source><source>/x</source></sources>"
        '<packages><class filename="a.py"/><class filename=""/></packages></coverage>'
    )
    assert cobertura.names(root) == {"a.py": ("/app/src/a.py", "/x/a.py")}
    assert cobertura.names(report()) == {"a.py": ("a.py",)}


@pytest.mark.parametrize(
    "wrong",
    [
        line("x", 1),
        line("", 1),
        line(1, ""),
        line(1, -1),
        line(0, 1),
        line(-1, 1),
        line("9" * 18, 1),
        line("9" * 5000, 1),
        "<line/>",
    ],
)
def test_a_line_without_its_numbers_is_refused(wrong: str) -> None:
    with pytest.raises(ToolError, match="`x` has a line"):
        joined(report(wrong))


def test_numbers_that_mean_harm_are_as_if_they_were_not_there() -> None:
    file = joined(report(line(1, 1, "1% (1/999999999)"), line(2, 1, "x"), line(3, 1)))
    assert file.summary.num_branches == 0
    file = joined(report(line(1, 1, "900% (9/2)")))
    assert (file.summary.num_branches, file.summary.covered_branches) == (2, 2)


@pytest.mark.parametrize(
    ("told", "made"),
    [("1700000000", 1.7e9), ("1700000000000", 1.7e9), ("", None), ("nan", None)],
)
def test_the_time_is_in_seconds_or_milliseconds(told: str, made: float | None) -> None:
    root = ElementTree.fromstring(f'<coverage timestamp="{told}"/>')
    assert cobertura.made(root) == made
