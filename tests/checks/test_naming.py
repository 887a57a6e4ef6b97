"""Names as a check: what it reads, what closes the gate, what excuses a line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gate.checks import naming
from gate.findings import Finding, Fix, Level, Result, Status

Run = Callable[..., Result]


def test_a_name_is_a_finding_at_its_place(run_check: Run) -> None:
    result = run_check(naming, {"a.py": "x = 1\ndef trainModel(): ...\n", "b.py": ""})
    assert result.status is Status.FAILED
    assert result.summary == "1 problem in 1 file"
    assert result.metrics == {"naming.problems": 1}
    assert result.findings == (
        Finding(
            rule="naming/function-name",
            message="function `trainModel` is not in lower case (RQ302)",
            path="a.py",
            line=2,
            column=5,
            fix=Fix(
                text="name the function in lower case, its words joined by `_`:"
                " `fit_model`"
            ),
        ),
    )


def test_a_name_that_says_nothing_closes_no_gate(run_check: Run) -> None:
    result = run_check(naming, {"a.py": "df2 = 1\n"})
    assert result.status is Status.PASSED
    assert result.summary == "1 file without a problem, 1 warning"
    assert [one.level for one in result.findings] == [Level.WARNING]


@pytest.mark.parametrize(
    ("files", "options"),
    [
        ({"a.py": "x = 1\n"}, {}),
        ({"a.py": "def trainModel(): ...  # noqa: RQ302\n"}, {}),
        ({"a.py": "# flake8: noqa: RQ3\ndef trainModel(): ...\n"}, {}),
        ({"a.py": "def trainModel(): ...\n"}, {"allowed": ("train*",)}),
        ({"old/a.py": "def trainModel(): ...\n", "b.py": ""}, {"exclude": ("old/*",)}),
        ({"p/__init__.py": "", "p/a-b.py": "", "b.py": ""}, {"exclude": ("p/a-b.py",)}),
        ({"p/__init__.py": "", "p/a-b.py": "# flake8: noqa: RQ311\n"}, {}),
        ({"a.py": "def f(:\n"}, {}),
    ],
)
def test_what_is_fine_or_excused_passes(
    run_check: Run, files: dict[str, str], options: dict[str, object]
) -> None:
    result = run_check(naming, files, **options)
    assert (result.status, result.findings) == (Status.PASSED, ())


def test_a_module_that_no_import_can_say_is_a_finding_of_its_file(
    run_check: Run,
) -> None:
    (finding,) = run_check(naming, {"p/__init__.py": "", "p/a-b.py": ""}).findings
    assert (finding.rule, finding.path, finding.line) == (
        "naming/module-name",
        "p/a-b.py",
        1,
    )


def test_without_python_files_there_is_nothing_to_name(run_check: Run) -> None:
    assert run_check(naming, {"a.csv": "x\n"}).status is Status.SKIPPED
