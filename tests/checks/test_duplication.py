"""Copied code: which places are findings, what they say, and how much there may be."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gate.checks import duplication
from gate.findings import Finding, Fix, Level, Result, Status
from tests.copied import MEAN_FARE

Run = Callable[..., Result]

COPY = MEAN_FARE.replace("mean_fare", "cost").replace("ride", "trip")
OTHER = "def other(a):\n" + "".join(f"    a.m{n}(a, {n})\n" for n in range(30))


@pytest.mark.parametrize(
    ("files", "options"),
    [
        ({"a.py": MEAN_FARE}, {}),
        ({"a.py": MEAN_FARE, "b.py": OTHER}, {}),
        ({"a.py": MEAN_FARE, "b.py": "def f(:\n"}, {}),
        ({"a.py": MEAN_FARE, "b.pyi": MEAN_FARE}, {}),
        ({"a.py": MEAN_FARE, "tests/test_a.py": COPY, "tests/test_b.py": COPY}, {}),
        ({"a.py": MEAN_FARE, "vendor/x/b.py": COPY}, {"exclude": ("vendor/*",)}),
        ({"a.py": MEAN_FARE, "b.py": COPY}, {"min_lines": 10}),
        (
            {
                "a.py": MEAN_FARE,
                "b.py": MEAN_FARE.replace("mean", "x").encode("utf-16"),
            },
            {},
        ),
    ],
)
def test_code_without_copies_passes(
    run_check: Run, files: dict[str, str], options: dict[str, object]
) -> None:
    result = run_check(duplication, files, **options)
    assert (result.status, result.findings, result.tables) == (Status.PASSED, (), ())
    assert "no copies in" in result.summary
    assert result.metrics["duplication.clones"] == 0


@pytest.mark.parametrize(
    "files", [{}, {"a.csv": "1\n"}, {"tests/test_a.py": MEAN_FARE}]
)
def test_without_code_there_is_nothing_to_compare(
    run_check: Run, files: dict[str, str]
) -> None:
    assert run_check(duplication, files).status is Status.SKIPPED


def test_the_later_place_is_a_finding_that_names_the_other(run_check: Run) -> None:
    result = run_check(duplication, {"a.py": MEAN_FARE, "b.py": "import os\n\n" + COPY})
    assert result.status is Status.FAILED
    assert result.findings == (
        Finding(
            rule="duplication/copy",
            message="the same code is in `mean_fare` of `a.py`",
            path="b.py",
            line=3,
            end_line=12,
            fix=Fix(
                text="make one function of it: 9 lines of code are alike by 98 % with"
                " lines 1 to 10 of a.py"
            ),
            key="cost mean_fare",
        ),
    )
    assert result.summary == "1 clone, 100.0 % of 18 lines of code"
    assert result.metrics == {
        "duplication.percent": 100.0,
        "duplication.lines": 18,
        "duplication.clones": 1,
    }
    (table,) = result.tables
    assert table.rows == (("a.py", "1 to 10", "b.py", "3 to 12", 2, 9, 98),)


def test_what_a_finding_says_stays_when_the_code_moves(run_check: Run) -> None:
    files = {"a.py": f"{OTHER}\n\n{MEAN_FARE}\n\n{COPY}", "tests/test_a.py": MEAN_FARE}
    (finding,) = run_check(duplication, files).findings
    assert finding.message == "the same code is in `mean_fare`"
    assert (finding.line, finding.end_line) == (46, 55)


def test_places_outside_of_functions_are_named(run_check: Run) -> None:
    body = (
        "\n".join(line[4:] for line in MEAN_FARE.split("\n")[2:-2])
        + "\nprint(totals)\n"
    )
    files = {"a.py": body + "\n\nclass A:\n    x = 1\n\n\n" + body, "b.py": body}
    messages = [f.message for f in run_check(duplication, files, min_lines=6).findings]
    assert messages == [
        "the same code is in this file, in another place",
        "the same code is in `a.py`",
    ]


def test_of_many_places_each_is_named_once(run_check: Run) -> None:
    files = {f"{name}.py": MEAN_FARE for name in "abcdefgh"}
    result = run_check(duplication, files)
    assert [finding.path for finding in result.findings] == [*files][1:]
    assert {finding.message for finding in result.findings} == {
        "the same code is in `mean_fare` of `a.py`"
    }
    assert result.findings[0].fix
    assert result.findings[0].fix.text.endswith("lines 1 to 10 of f.py, 2 more")
    assert result.tables[0].rows[0][4] == 8


def test_tests_are_looked_at_when_asked(run_check: Run) -> None:
    files = {"tests/test_a.py": MEAN_FARE, "tests/test_b.py": COPY}
    result = run_check(duplication, files, tests=True)
    assert [finding.path for finding in result.findings] == ["tests/test_b.py"]


# How much there may be


def test_below_the_maximum_clones_are_warnings(run_check: Run) -> None:
    files = {"a.py": MEAN_FARE + OTHER, "b.py": COPY}
    result = run_check(duplication, files, maximum=40.0)
    assert result.status is Status.PASSED
    assert [finding.level for finding in result.findings] == [Level.WARNING]


def test_above_the_maximum_the_percentage_is_the_error(run_check: Run) -> None:
    files = {"a.py": MEAN_FARE + OTHER, "b.py": COPY}
    result = run_check(duplication, files, maximum=30.0)
    assert result.status is Status.FAILED
    too_much, copy = result.findings
    assert too_much.rule == "duplication/too-much"
    assert (
        too_much.message
        == "36.7 % of the code is copied, more than the 30 % that may be"
    )
    assert copy.level is Level.WARNING
