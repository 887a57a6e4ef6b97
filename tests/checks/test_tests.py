"""Tests: what failed and where, and never a pass for a suite that did not run."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from gate.checks import tests
from gate.errors import ToolError
from gate.findings import Result, Status
from gate.interpreters import Python
from gate.project import Project

Run = Callable[..., Result]
GOOD = "def test_good():\n    assert True\n"
BAD = "def test_bad():\n    assert 1 == 2\n"

PASS = {
    "a test": {"test_a.py": GOOD},
    "unittest's": {
        "tests/test_a.py": "import unittest\n\n\nclass T(unittest.TestCase):\n"
        "    def test_a(self):\n        self.assertTrue(True)\n"
    },
    "the other name": {"a_test.py": GOOD},
    "names in its own settings": {
        "pyproject.toml": "[tool.pytest.ini_options]\npython_files = 'check_*.py'\n",
        "check_a.py": GOOD,
    },
    "flat layout": {
        "taxi/__init__.py": "x = 1\n",
        "tests/test_a.py": "import taxi\n\n\ndef test_a():\n    assert taxi.x\n",
    },
    "src layout": {
        "src/taxi/__init__.py": "x = 1\n",
        "tests/test_a.py": "import taxi\n\n\ndef test_a():\n    assert taxi.x\n",
    },
    "scripts": {
        "clean.py": "x = 1\n",
        "tests/test_a.py": "import clean\n\n\ndef test_a():\n    assert clean.x\n",
    },
    "names of the tools' own": {
        "coverage.py": "x = 1\n",
        "pytest.py": "1 / 0\n",
        "pytest_cov.py": "1 / 0\n",
        "test_a.py": GOOD,
    },
    "settings for coverage": {
        "a.py": "x = 1\n",
        "pytest.ini": "[pytest]\naddopts = --cov=a --cov-fail-under=100 -q\n",
        "test_a.py": GOOD,
    },
    "warnings as errors": {
        "pytest.ini": "[pytest]\nfilterwarnings = error\naddopts = -W error\n",
        "test_a.py": GOOD,
    },
    "a report of its own": {
        "pytest.ini": "[pytest]\naddopts = --junitxml=own.xml\njunit_family=xunit2\n",
        "test_a.py": GOOD,
    },
    "skipped ones": {
        "test_a.py": "import pytest\n\n\n@pytest.mark.skip\ndef test_a(): ...\n\n\n"
        "@pytest.mark.xfail\ndef test_b():\n    assert False\n" + GOOD
    },
}


@pytest.mark.parametrize("name", PASS)
def test_a_suite_that_passes_passes(run_check: Run, name: str) -> None:
    result = run_check(tests, PASS[name])
    assert (result.status, result.findings) == (Status.PASSED, ())
    assert result.summary.startswith("1 test passed")
    assert result.metrics["tests.run"] == 1


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"a.py": "x = 1\n"},
        {"pytest.ini": "[pytest]\n"},
        {"taxi/__init__.py": "", "taxi/testing/__init__.py": "x = 1\n"},
        {"pytest.ini": "[pytest]\n", "taxi/testing/a.py": "x = 1\n"},
        {"tests/shared.py": "x = 1\n"},
    ],
)
def test_without_tests_there_is_nothing_to_run(
    run_check: Run, files: dict[str, str]
) -> None:
    result = run_check(tests, files)
    assert result.status is Status.SKIPPED
    assert result.summary == "there are no tests"


def test_a_failure_is_reported_where_it_happened(run_check: Run) -> None:
    files = {
        "taxi/__init__.py": "",
        "taxi/fares.py": "def fare(km):\n    return 1 / km\n",
        "tests/test_a.py": "from taxi.fares import fare\n\n\n"
        "def test_fare():\n    assert fare(0) == 1\n\n\n" + BAD,
    }
    result = run_check(tests, files)
    assert result.status is Status.FAILED
    assert result.summary == "2 of 2 tests failed"
    zero, bad = result.findings
    assert (zero.path, zero.line, zero.rule) == ("taxi/fares.py", 2, "tests/failed")
    assert zero.message.startswith("tests/test_a.py::test_fare failed: ")
    assert "ZeroDivisionError" in zero.message
    assert (bad.path, bad.line) == ("tests/test_a.py", 9)
    assert zero.fix and zero.fix.command == "pytest tests/test_a.py::test_fare"
    assert "return 1 / km" in zero.fix.text
    assert "test_fare" in result.output


@pytest.mark.parametrize("style", ["long", "short", "line", "native", "no"])
def test_every_style_of_traceback_keeps_the_file(run_check: Run, style: str) -> None:
    files = {"pytest.ini": f"[pytest]\naddopts = --tb={style}\n", "test_a.py": BAD}
    (finding,) = run_check(tests, files).findings
    assert finding.path == "test_a.py"
    assert finding.line


FAIL = {
    "an import that fails": (
        {"test_a.py": "import nothing_of_that_name\n", "test_b.py": GOOD},
        ("tests/error", "test_a.py", 1, "No module named 'nothing_of_that_name'"),
    ),
    "a syntax error": (
        {"test_a.py": "x = 1\nx = = 1\n"},
        ("tests/error", "test_a.py", 2, "SyntaxError"),
    ),
    "a fixture that fails": (
        {
            "test_a.py": "import pytest\n\n\n@pytest.fixture\ndef f():\n    1 / 0\n\n\n"
            "def test_a(f): ...\n"
        },
        ("tests/error", "test_a.py", 6, "ZeroDivisionError"),
    ),
    "a teardown that fails": (
        {
            "test_a.py": "import pytest\n\n\n@pytest.fixture\ndef f():\n    yield\n"
            "    1 / 0\n\n\ndef test_a(f): ...\n"
        },
        ("tests/error", "test_a.py", 7, "ZeroDivisionError"),
    ),
    "unittest's": (
        {
            "test_a.py": "import unittest\n\n\nclass T(unittest.TestCase):\n"
            "    def test_a(self):\n        self.assertEqual(1, 2)\n"
        },
        ("tests/failed", "test_a.py", 6, "test_a.py::T::test_a failed"),
    ),
    "a broken conftest": (
        {"conftest.py": "1 / 0\n", "test_a.py": GOOD},
        ("tests/stopped", None, None, "ZeroDivisionError"),
    ),
    "a signal": (
        {"test_a.py": "import os\n\n\ndef test_a():\n    os.kill(os.getpid(), 11)\n"},
        ("tests/stopped", None, None, "SIGSEGV"),
    ),
    "no test in the files": (
        {"test_a.py": "x = 1\n"},
        ("tests/stopped", None, None, "no test in them"),
    ),
    "nothing but skips": (
        {"test_a.py": "import pytest\n\npytest.importorskip('not_there')\n" + GOOD},
        ("tests/stopped", None, None, "all were skipped: could not import 'not_there'"),
    ),
    "an unknown option": (
        {"pytest.ini": "[pytest]\naddopts = --nothing\n", "test_a.py": GOOD},
        ("tests/stopped", None, None, "code 4"),
    ),
    "an interruption": (
        {"test_a.py": "def test_a():\n    raise KeyboardInterrupt\n"},
        ("tests/stopped", None, None, "code 2"),
    ),
    "an internal error": (
        {"conftest.py": "def pytest_runtest_call():\n    1 / 0\n"
         "def pytest_sessionfinish():\n    1 / 0\n", "test_a.py": GOOD},
        ("tests/failed", "conftest.py", 2, "ZeroDivisionError"),
    ),
    "an exit that says well": (
        {"test_a.py": "import os\n\n\ndef test_a():\n    os._exit(0)\n"},
        ("tests/stopped", None, None, "no test ran"),
    ),
    "an early exit that says well": (
        {"test_a.py": "import pytest\n\npytest.exit('x', returncode=0)\n"},
        ("tests/error", "test_a.py", 3, "Exit: x"),
    ),
    "an early end of the run that says well": (
        {
            "test_a.py": GOOD + "\n\ndef test_b():\n    import pytest\n\n"
            "    pytest.exit('bye', returncode=0)\n\n\ndef test_c():\n    assert 0\n"
        },
        ("tests/stopped", None, None, "ended the run before all tests ran: bye"),
    ),
    "only a collection": (
        {"pytest.ini": "[pytest]\naddopts = --co\n", "test_a.py": GOOD},
        ("tests/stopped", None, None, "no test ran"),
    ),
    "a report that was tampered with": (
        {
            "test_a.py": GOOD,
            "conftest.py": "import atexit, os, pathlib\n\nfolder = pathlib.Path("
            "os.environ['COVERAGE_FILE']).parent\n\n\n@atexit.register\ndef write():\n"
            "    (folder / 'junit.xml').write_text('<testsuite><testcase line=\"x\"/>"
            "</testsuite>')\n",
        },
        ("tests/stopped", None, None, ""),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAIL)
def test_a_suite_that_does_not_pass_says_why(run_check: Run, name: str) -> None:
    files, (rule, path, line, words) = FAIL[name]
    if name == "a report that was tampered with":
        with pytest.raises(ToolError, match="pytest's report"):
            run_check(tests, files)
        return
    result = run_check(tests, files)
    assert result.status is Status.FAILED
    finding = result.findings[0]
    assert (finding.rule, finding.path, finding.line) == (rule, path, line)
    assert words in finding.message
    assert result.advice and result.output


OFTEN = """\
import unittest

import pytest


class TestU(unittest.TestCase):
    def test_sub(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertEqual(i, 1)


@pytest.fixture
def broken():
    yield
    raise OSError("no end")


def test_both(broken):
    assert 0, "no middle"
"""


def test_a_test_that_fails_often_counts_once_and_tells_each_failure(
    run_check: Run,
) -> None:
    result = run_check(tests, {"test_a.py": OFTEN})
    assert result.summary == "2 of 2 tests failed"
    assert result.metrics["tests.failed"] == 2
    reasons = [finding.message.partition(": ")[2] for finding in result.findings]
    ends = [reason for reason in reasons if "middle" in reason or "end" in reason]
    assert ends == ["OSError: no end", "AssertionError: no middle\nassert 0"]
    # Subtests are one failure for a pytest that does not know them.
    subtests = [reason for reason in reasons if reason not in ends]
    assert subtests[0] == "AssertionError: 0 != 1"
    assert len(subtests) == 1 or subtests[1:] == ["AssertionError: 2 != 1"]


LONG = """\
import pytest


@pytest.mark.parametrize("x", ["b", "a", "c"])
def test_p(x):
    raise ValueError("one\\ntwo\\nthree\\n" + "four " * 500)
"""


def test_long_messages_are_pytests_own_and_in_one_order(run_check: Run) -> None:
    result = run_check(tests, {"test_a.py": LONG})
    names = [finding.message.partition(" failed: ")[0] for finding in result.findings]
    assert names == [f"test_a.py::test_p[{x}]" for x in "abc"]
    for finding in result.findings:
        assert "ValueError: one" in finding.message
        assert "more line" not in finding.message
        assert finding.fix and "four four" in finding.fix.text


def test_a_suite_that_takes_too_long_is_stopped(run_check: Run) -> None:
    files = {"test_a.py": "import time\n\n\ndef test_a():\n    time.sleep(600)\n"}
    result = run_check(tests, files, timeout=3.0)
    assert result.status is Status.FAILED
    assert "took longer than 3 s and were stopped" in result.summary


ODD = """\
import pytest


@pytest.mark.parametrize('x', {ids!r})
def test_a(x):
    0 / 0
"""
IDS = ["a::b", "a.b", "[", "é", "a b", "$(id)", '"', "'", "<&>", "\n", "\x00", "\ud7ff"]


def test_odd_names_of_tests_are_kept(run_check: Run) -> None:
    result = run_check(tests, {"tests/test_a.py": ODD.format(ids=IDS)})
    assert len(result.findings) == len(IDS)
    for finding in result.findings:
        assert (finding.path, finding.line) == ("tests/test_a.py", 6)
        assert finding.message.startswith("tests/test_a.py::test_a[")
    commands = {finding.fix.command for finding in result.findings if finding.fix}
    assert "pytest 'tests/test_a.py::test_a[$(id)]'" in commands
    assert "pytest 'tests/test_a.py::test_a[a b]'" in commands


def test_names_hold_classes_and_folders(run_check: Run) -> None:
    text = (
        "class TestA:\n    class TestB:\n        def test_c(self):\n            0 / 0\n"
    )
    (finding,) = run_check(tests, {"x/y/test_a.py": text}).findings
    assert finding.message.startswith("x/y/test_a.py::TestA::TestB::test_c failed")


def test_secrets_are_not_to_be_seen(
    run_check: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_TOKEN", "GATE_TOKEN", "AWS_SECRET_ACCESS_KEY", "MY_PASSWORD"):
        monkeypatch.setenv(name, "s3cret")
    monkeypatch.setenv("DATABASE", "wanted")
    text = (
        "import os\n\n\ndef test_a():\n    assert 's3cret' not in os.environ.values()\n"
        "    assert os.environ['DATABASE'] == 'wanted'\n"
    )
    assert (
        run_check(tests, {"test_a.py": text}, env=("DATABASE",)).status is Status.PASSED
    )
    os.environ.pop("DATABASE")


def test_the_command_chooses_the_tests(run_check: Run) -> None:
    files = {"tests/test_a.py": GOOD, "slow/test_b.py": BAD}
    result = run_check(tests, files, command="python -m pytest -q 'tests'")
    assert result.summary == "1 test passed"


@pytest.mark.parametrize("command", ["tox", "", "pytest 'x", "rm -rf /", "pytests"])
def test_a_command_that_is_not_pytests_is_refused(command: str) -> None:
    with pytest.raises(ValueError, match="`command`"):
        tests.Options(command=command)


@pytest.mark.parametrize(
    "missing", [{"pytest-cov"}, {"pytest-cov", "coverage"}], ids=["cov", "coverage"]
)
def test_tests_run_without_the_means_to_measure(
    make_project: Callable[..., Project], python: Python, missing: set[str]
) -> None:
    tools = {name: v for name, v in python.tools.items() if name not in missing}
    project = make_project({"test_a.py": GOOD}, python=replace(python, tools=tools))
    assert tests.run(project, tests.Options()).summary == "1 test passed"


def test_without_pytest_it_says_how_to_get_it(
    make_project: Callable[..., Project], python: Python
) -> None:
    project = make_project({"test_a.py": GOOD}, python=replace(python, tools={}))
    with pytest.raises(ToolError, match="pytest is not installed") as caught:
        tests.run(project, tests.Options())
    assert "pip install pytest" in caught.value.hint


def test_the_slowest_are_shown(run_check: Run) -> None:
    slow = "import time\n\n\ndef test_slow():\n    time.sleep(0.15)\n"
    (table,) = run_check(tests, {"test_a.py": slow + GOOD}).tables
    ((name, seconds),) = table.rows
    assert name == "test_a.py::test_slow"
    assert isinstance(seconds, float) and seconds >= 0.15


def test_nothing_is_left_in_the_tree(make_project: Callable[..., Project]) -> None:
    project = make_project({"a.py": "x = 1\n", "test_a.py": "import a\n" + GOOD})
    tests.run(project, tests.Options())
    left = {path.name for path in project.root.iterdir()}
    assert left <= {"a.py", "test_a.py", ".pytest_cache", "__pycache__"}


def test_paths_start_at_the_project_where_pytests_settings_are_above(
    make_project: Callable[..., Project],
) -> None:
    files = {
        "pytest.ini": "[pytest]\naddopts = --continue-on-collection-errors\n",
        "proj/tests/test_a.py": "class TestA:\n    def test_bad(self):\n"
        "        0 / 0\n",
        "proj/tests/test_b.py": "import nothing_of_that_name\n",
    }
    project = make_project(files)
    inner = replace(project, root=project.root / "proj", files=("tests/test_a.py",))
    findings = tests.run(inner, tests.Options()).findings
    assert [(finding.path, finding.line) for finding in findings] == [
        ("tests/test_a.py", 3),
        ("tests/test_b.py", 1),
    ]
    commands = [finding.fix.command for finding in findings if finding.fix]
    assert commands == [
        "pytest tests/test_a.py::TestA::test_bad",
        "pytest tests/test_b.py",
    ]


@pytest.mark.parametrize("name", ["y" * 300, "y" * 5000, "\\0"])
def test_a_line_that_only_looks_like_a_place_is_none(run_check: Run, name: str) -> None:
    text = f"def test_a():\n    raise ValueError('\\n{name}:12: boom\\n')\n"
    result = run_check(tests, {"tests/test_a.py": text})
    assert [(f.path, f.line) for f in result.findings] == [("tests/test_a.py", 2)]


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("os.environ['MY_DATABASE']", "`tests: {env: [MY_DATABASE]}` in gate.yaml"),
        ("assert os.getenv('my_home')", "`tests: {env: [my_home]}` in gate.yaml"),
        ("assert 1 == 2", "it fails in the same way"),
        ("{}['key']", "it fails in the same way"),
    ],
)
def test_a_variable_that_is_kept_from_the_tests_is_told(
    run_check: Run, line: str, advice: str
) -> None:
    text = f"import os\n\n\ndef test_a():\n    {line}\n    print(os)\n"
    (step,) = run_check(tests, {"test_a.py": text}).advice
    assert advice in step
