"""Results that an earlier step wrote: read as far as they go, believed no further."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gate import config
from gate.checks import CHECKS, coverage, tests
from gate.errors import ConfigError, GateError, ToolError
from gate.findings import Finding, Level, Result, Status
from gate.project import Project
from gate.testing import cases

Make = Callable[..., Project]

TEST = """\
import unittest


class TestA(unittest.TestCase):
    def test_bad(self):
        self.assertEqual(1, 2)

    def test_sub(self):
        with self.subTest(i=1):
            self.assertEqual(1, 2)


def test_plain():
    assert 0
"""
FILES = {"tests/__init__.py": "", "tests/test_a.py": TEST, ".gitignore": "build/\n"}


def suite(*testcases: str, **attributes: object) -> str:
    told = "".join(f" {k}={quoteattr(str(v))}" for k, v in attributes.items())
    return f"<testsuites><testsuite{told}>{''.join(testcases)}</testsuite></testsuites>"


def case(name: str, inside: str = "", **attributes: object) -> str:
    told = {"classname": "tests.test_a", "time": 0.2, "name": name, **attributes}
    text = "".join(f" {k}={quoteattr(str(v))}" for k, v in told.items())
    return f"<testcase{text}>{inside}</testcase>"


def failure(message: str = "", text: str = "", tag: str = "failure") -> str:
    return f"<{tag} message={quoteattr(message)}>{escape(text)}</{tag}>"


def judged(
    make: Make, *reports: str, files: dict[str, str] | None = None, **options: Any
) -> Result:
    named = {f"build/{number}.xml": report for number, report in enumerate(reports)}
    project = make({**(files or {}), **named}, base=FILES)
    return tests.run(project, tests.Options(**{"report": "build/*.xml", **options}))


def loud(result: Result) -> list[tuple[str, str | None, int | None]]:
    return [(f.rule, f.path, f.line) for f in result.findings]


GOOD = suite(case("test_good"), case("test_other"), tests=2, failures=0, time=0.5)


def test_a_report_is_as_good_as_a_run(make_project: Make) -> None:
    result = judged(make_project, GOOD)
    assert (result.status, result.findings) == (Status.PASSED, ())
    assert result.summary == "2 tests passed (`build/0.xml`)"
    assert result.metrics == {
        "tests.run": 2,
        "tests.failed": 0,
        "tests.skipped": 0,
        "tests.seconds": 0.5,
    }
    assert [row[0] for row in result.tables[0].rows] == [
        "tests/test_a.py::test_good",
        "tests/test_a.py::test_other",
    ]


WRITERS = {
    # pytest of the family xunit2, with and without a traceback.
    "pytest": (
        case("test_plain", failure("assert 0", "> assert 0\n\ntests/test_a.py:14: A")),
        ("tests/failed", "tests/test_a.py", 14),
        "tests/test_a.py::test_plain failed: assert 0",
    ),
    "pytest without tracebacks": (
        case("test_plain[a (b)]", failure("assert 0")),
        ("tests/failed", "tests/test_a.py", 13),
        "tests/test_a.py::test_plain[a (b)] failed: assert 0",
    ),
    "pytest elsewhere": (
        case(
            "test_plain",
            failure("assert 0", "/ci/jobs/tests/test_a.py:14: AssertionError"),
        ),
        ("tests/failed", "tests/test_a.py", 14),
        "tests/test_a.py::test_plain failed: assert 0",
    ),
    "pytest on Windows": (
        case("test_plain", failure("assert 0", "D:\\a\\w\\tests\\test_a.py:14: A")),
        ("tests/failed", "tests/test_a.py", 14),
        "tests/test_a.py::test_plain failed: assert 0",
    ),
    "pytest below tests": (
        case("test_plain", failure("assert 0"), classname="test_a"),
        ("tests/failed", "tests/test_a.py", 13),
        "tests/test_a.py::test_plain failed: assert 0",
    ),
    "unittest-xml-reporting": (
        case(
            "test_sub (i=1)",
            failure(
                "1 != 2",
                'Traceback (most recent call last):\n  File "/ci/tests/test_a.py",'
                " line 10, in test_sub\n    self.assertEqual(1, 2)\nAssertionError: 1"
                " != 2\n",
            ),
            classname="tests.test_a.TestA",
            file="tests/test_a.py",
            line=8,
        ),
        ("tests/failed", "tests/test_a.py", 10),
        "tests/test_a.py::TestA::test_sub (i=1) failed: 1 != 2",
    ),
    "nose2": (
        case(
            "test_bad",
            failure(
                "test failure",
                "Traceback (most recent call last):\n  File "
                '"/usr/lib/python3.12/unittest/case.py", line 58, in testPartExecutor\n'
                "    yield\nAssertionError: 1 != 2\n",
            ),
            classname="tests.test_a.TestA",
        ),
        ("tests/failed", "tests/test_a.py", 5),
        "tests/test_a.py::TestA::test_bad failed: AssertionError: 1 != 2",
    ),
    "one that names nothing of ours": (
        case("it works", failure("no", tag="error"), classname="a.b.Suite", time="1,2"),
        ("tests/error", None, None),
        "a.b.Suite.it works could not run: no",
    ),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_failure_is_found_in_the_reports_of_every_writer(
    make_project: Make, name: str
) -> None:
    testcase, place, message = WRITERS[name]
    result = judged(make_project, suite(testcase, failures=1))
    assert result.status is Status.FAILED
    assert loud(result) == [place]
    assert result.findings[0].message == message


def test_the_command_names_the_test_and_not_the_subtest(make_project: Make) -> None:
    testcase, _, _ = WRITERS["unittest-xml-reporting"]
    (finding,) = judged(make_project, suite(testcase)).findings
    assert finding.fix and finding.fix.command == (
        "pytest tests/test_a.py::TestA::test_sub"
    )


NO_PASS = {
    "no test": (suite(tests=0), "no test ran in `build/0.xml`"),
    "no suite": ("<testsuites/>", "no test ran in `build/0.xml`"),
    "only skips": (
        suite(case("test_a", "<skipped/>")),
        "no test ran in `build/0.xml`",
    ),
    "failures that are only counted": (
        suite(case("test_a"), failures=1, errors=2),
        "3 failures that no test tells of",
    ),
}


@pytest.mark.parametrize("name", NO_PASS)
def test_what_tells_of_no_test_is_no_pass(make_project: Make, name: str) -> None:
    report, message = NO_PASS[name]
    result = judged(make_project, report)
    assert result.status is Status.FAILED
    assert loud(result) == [("tests/stopped", None, None)]
    assert result.findings[0].message == message


def test_one_empty_report_of_several_is_no_pass(make_project: Make) -> None:
    result = judged(make_project, GOOD, suite())
    assert result.status is Status.FAILED
    assert "no test ran in `build/1.xml`" in result.summary


def test_a_test_that_fails_in_some_of_the_reports_is_one_finding(
    make_project: Make,
) -> None:
    bad = suite(case("test_good", failure("no")), case("test_other", failure("never")))
    other = suite(case("test_good"), case("test_other", failure("never")))
    result = judged(make_project, bad, other)
    assert result.summary == "3 of 4 tests failed (`build/0.xml`, `build/1.xml`)"
    assert [finding.message for finding in result.findings] == [
        "tests/test_a.py::test_good failed: no (in `build/0.xml`)",
        "tests/test_a.py::test_other failed: never",
    ]


WRONG = {
    "another XML": ("<coverage/>", "is not JUnit's XML: it begins with `coverage`"),
    "no XML": ("not xml", "cannot be read"),
    "entities": ('<!DOCTYPE a [<!ENTITY b "c">]><testsuite/>', "document type"),
    "a line that is none": (suite(case("a", line="x")), "cannot be read"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_report_is_told(make_project: Make, name: str) -> None:
    text, message = WRONG[name]
    with pytest.raises(ToolError, match=f"`build/0.xml`.*{message}"):
        judged(make_project, text)


def test_a_report_that_is_not_there_is_told(make_project: Make) -> None:
    with pytest.raises(ToolError, match="there is no `build/none-.*.xml`") as caught:
        judged(make_project, report="build/none-*.xml")
    assert "--junitxml" in caught.value.hint


@pytest.mark.parametrize(
    "name", ["**/" * 40 + "*.xml", "**x", "[", "build/" + "*?" * 300, "a" * 5000]
)
def test_a_pattern_that_means_harm_takes_no_time(make_project: Make, name: str) -> None:
    deep = {"build/" + "a/" * 30 + "b.txt": ""}
    with pytest.raises(GateError):
        judged(make_project, files=deep, report=name)


@pytest.mark.parametrize("name", ["/etc/passwd", "../x.xml", "a/../../x.xml", "a\0b"])
def test_a_report_is_in_the_project(make_project: Make, name: str) -> None:
    with pytest.raises(GateError, match="does not stay|is no path|there is no"):
        judged(make_project, report=name)


def test_a_link_to_what_is_elsewhere_is_not_followed(
    make_project: Make, tmp_path: Path
) -> None:
    (tmp_path / "out.xml").write_text(GOOD)
    project = make_project(FILES, base=FILES)
    (project.root / "build").mkdir()
    (project.root / "build" / "a.xml").symlink_to(tmp_path / "out.xml")
    with pytest.raises(ConfigError, match="leads out of the project"):
        tests.run(project, tests.Options(report="build/a.xml"))
    with pytest.raises(ToolError, match="there is no"):
        tests.run(project, tests.Options(report="build/*.xml"))


@pytest.mark.parametrize("way", ["itself", "a link", "another case", "a sub folder"])
def test_a_report_that_is_committed_is_refused(make_project: Make, way: str) -> None:
    name = "reports/Junit[1].xml"
    project = make_project(FILES, base={**FILES, name: GOOD})
    asked = name
    if way == "a link":
        (project.root / "build").mkdir()
        (project.root / "build" / "a.xml").symlink_to(project.root / name)
        asked = "build/a.xml"
    if way == "another case":  # as a disk may have it that tells none apart
        asked = "reports/junit[1].xml"
        (project.root / asked).write_text(GOOD)
    if way == "a sub folder":
        inner = project.root / "reports"
        project = Project(
            **{**vars(project), "root": inner, "files": ("Junit[1].xml",)}
        )
        asked = "Junit[1].xml"
    with pytest.raises(ToolError, match="is committed, so it says nothing") as caught:
        tests.run(project, tests.Options(report=asked))
    assert "git rm --cached" in caught.value.hint


def aged(project: Project, seconds: float, *names: str) -> None:
    for name in names:
        path = project.root / name
        path.touch()
        now = path.stat().st_mtime
        os.utime(path, (now + seconds, now + seconds))


def warned(result: Result) -> list[Finding]:
    return [f for f in result.findings if f.rule == "tests/stale"]


def test_a_report_older_than_an_edit_is_told(make_project: Make) -> None:
    project = make_project({"a.py": "x = 1\n", "build/0.xml": GOOD}, base=FILES)
    aged(project, -3600, "build/0.xml")
    result = tests.run(project, tests.Options(report="build/0.xml"))
    (finding,) = warned(result)
    assert finding.level is Level.WARNING and result.status is Status.PASSED
    assert "`build/0.xml` is older than `a.py`" in finding.message
    assert finding.message in result.summary


def test_in_a_fresh_checkout_the_commit_decides(make_project: Make) -> None:
    """Every file is new there, though none was changed after the report was made."""
    project = make_project({"build/0.xml": GOOD}, base=FILES)
    aged(project, 3600, *(name for name in FILES if name.endswith(".py")))
    assert not warned(tests.run(project, tests.Options(report="build/0.xml")))
    aged(project, -3600, "build/0.xml")  # before the commit
    assert warned(tests.run(project, tests.Options(report="build/0.xml")))


def test_a_report_is_as_old_as_it_says(make_project: Make) -> None:
    old = suite(case("test_a"), timestamp="2020-01-01T00:00:00+00:00")
    assert warned(judged(make_project, old))


@pytest.mark.parametrize("when", ["2020-01-01T00:00:00", "yesterday", ""])
def test_a_time_that_may_be_any_machines_says_nothing(
    make_project: Make, when: str
) -> None:
    assert not warned(judged(make_project, suite(case("test_a"), timestamp=when)))


def test_coverage_that_is_not_given_is_not_judged(make_project: Make) -> None:
    project = make_project({"build/0.xml": GOOD}, base=FILES)
    tests.run(project, tests.Options(report="build/0.xml"))
    assert coverage.run(project, coverage.Options()).status is Status.SKIPPED
    with pytest.raises(ToolError, match="are given, and their coverage is not"):
        coverage.run(project, coverage.Options(minimum=1))


@pytest.mark.parametrize("text", ["build/a.xml", "[build/a.xml, 'b*.xml']"])
def test_one_or_several_are_named_in_gate_yaml(text: str) -> None:
    kinds = {name: check.Options for name, check in CHECKS.items()}
    read = config.parse(f"checks:\n  tests: {{report: {text}}}\n", kinds)
    assert read.checks["tests"].options.report


TEXTS = st.text("abc.:[]/\\ \n\"'<>&(1)=", max_size=12)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS, TEXTS), max_size=3))
def test_any_report_is_read(tmp_path: Path, told: list[tuple[str, ...]]) -> None:
    path = tmp_path / "any.xml"
    text = suite(
        *(
            case(name, failure(message, text), classname=classes, file=classes)
            for name, message, text, classes in told
        )
    )
    path.write_text(text)
    found = cases.read(path, tmp_path)
    assert cases.count(found.cases) <= len(told)
    assert len(found.cases) == len(told)


def test_what_pytest_writes_today_is_understood(make_project: Make) -> None:
    """The report of this environment's pytest, of the family that it takes itself."""
    project = make_project(FILES, base=FILES)
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    subprocess.run(
        [*words, "--junitxml=build/0.xml"], cwd=project.root, capture_output=True
    )
    result = tests.run(project, tests.Options(report="build/0.xml"))
    assert result.summary == "3 of 3 tests failed (`build/0.xml`)"
    assert loud(result) == [
        ("tests/failed", "tests/test_a.py", 6),
        ("tests/failed", "tests/test_a.py", 10),
        ("tests/failed", "tests/test_a.py", 14),
    ]
