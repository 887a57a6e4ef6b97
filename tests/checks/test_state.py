"""State of modules: the smells as findings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gate.checks import state
from gate.findings import Finding, Fix, Level, Result, Status

Run = Callable[..., Result]

LOADS = "import pandas as pd\n\nrides = pd.read_csv('a')\n\n\ndef fares():\n    pass\n"
FILLS = "seen = []\n\n\ndef see(x):\n    seen.append(x)\n"


def test_state_is_an_error_with_its_code(run_check: Run) -> None:
    result = run_check(state, {"a.py": FILLS, "b.py": "x = 1\n"})
    assert result.status is Status.FAILED
    assert result.summary == "1 problem in 1 file"
    assert result.metrics == {"state.problems": 1}
    (finding,) = result.findings
    assert finding.fix
    assert finding == Finding(
        rule="state/mutable-global",
        message="`seen` is changed by `see` in line 5: what it holds depends on what"
        " ran before (RQ201)",
        level=Level.ERROR,
        path="a.py",
        line=1,
        column=1,
        fix=Fix(text=finding.fix.text),
    )


def test_who_imports_a_file_decides_whether_it_may_work(run_check: Run) -> None:
    files = {"a.py": LOADS, "b.py": LOADS, "tests/test_b.py": "import b\n"}
    levels = {f.path: f.level for f in run_check(state, files).findings}
    assert levels == {"a.py": Level.WARNING, "b.py": Level.ERROR}


def test_warnings_close_nothing(run_check: Run) -> None:
    result = run_check(state, {"a.py": LOADS})
    assert result.status is Status.PASSED
    assert result.summary == "1 file without a problem, 1 warning"


@pytest.mark.parametrize(
    "options, count",
    [({}, 0), ({"max_variables": 1}, 1), ({"max_variables": 1, "exclude": ("a*",)}, 0)],
)
def test_the_options_hold(run_check: Run, options: dict[str, Any], count: int) -> None:
    files = {"a.py": "x = g()\ny = g()\n\n\ndef f(): ...\n", "b.py": ""}
    assert len(run_check(state, files, **options).findings) == count


def test_without_python_files_there_is_nothing_to_look_at(run_check: Run) -> None:
    assert run_check(state, {"a.csv": "1,2\n"}).status is Status.SKIPPED


def test_a_comment_excuses_a_line(run_check: Run) -> None:
    text = FILLS.replace("seen = []", "seen = []  # noqa: RQ201")
    assert not run_check(state, {"a.py": text}).findings


def test_a_file_that_is_no_python_is_passed_over(run_check: Run) -> None:
    assert not run_check(state, {"a.py": "x = = 1\n", "b.py": b"\xff\xfe"}).findings
