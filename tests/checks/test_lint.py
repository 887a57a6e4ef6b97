"""Lint: every line that flake8 prints, by the project's own settings."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from gate import process
from gate.checks import lint
from gate.errors import ToolError
from gate.findings import Finding, Result, Status

Run = Callable[..., Result]
LONG = "x = '" + "a" * 90 + "'\n"


@pytest.mark.parametrize(
    "files",
    [
        {"a.py": "x = 1\n"},
        {"a.py": "x = '" + "a" * 81 + "'\n"},  # 87 characters, as black writes them
        {"a.py": "x = [1, 2, 3][0 : 1 + 1]\n"},  # as black writes slices
        {"a.py": "x = 1\n", "b.pyi": "def f() -> int: ...\ndef g() -> int: ...\n"},
        {"a.py": LONG, ".flake8": "[flake8]\nmax-line-length = 120\n"},
        {"a.py": LONG, "setup.cfg": "[flake8]\nignore = E501\n"},
        {"a.py": LONG, "tox.ini": "[flake8]\nmax_line_length = 120\n"},
        {"a.py": LONG, "pyproject.toml": "[tool.flake8]\nmax-line-length = 120\n"},
        {"a.py": LONG, "pyproject.toml": "[tool.flake8]\nignore = ['E501', 'W503']\n"},
        {"a.py": LONG, "pyproject.toml": "[tool.black]\nline-length = 120\n"},
        {"a.py": "x = 1\n", "old/b.py": "x=1\n", ".flake8": "[flake8]\nexclude=old\n"},
        {"a.py": "x = 1\n", "flake8.py": "1 / 0\n", "pyflakes.py": "1 / 0\n"},
        {"a.py": "import os  # noqa: F401\n"},
    ],
)
def test_clean_files_pass(run_check: Run, files: dict[str, str]) -> None:
    result = run_check(lint, files)
    assert (result.status, result.findings) == (Status.PASSED, ())
    assert "without a problem" in result.summary


@pytest.mark.parametrize("files", [{}, {"a.csv": "1\n"}, {"a.pyi": "import os\n"}])
def test_without_python_files_there_is_nothing_to_lint(
    run_check: Run, files: dict[str, str]
) -> None:
    assert run_check(lint, files).status is Status.SKIPPED


def test_every_problem_is_a_finding_at_its_place(run_check: Run) -> None:
    result = run_check(
        lint, {"b/a.py": "import os\nx = 1 \n", "c.py": "y = undefined\n"}
    )
    assert result.status is Status.FAILED
    assert result.summary == "3 problems in 2 files"
    assert result.metrics == {"lint.problems": 3}
    assert set(result.findings) == {
        Finding(
            rule="lint/F401",
            message="'os' imported but unused",
            path="b/a.py",
            line=1,
            column=1,
        ),
        Finding(
            rule="lint/W291",
            message="trailing whitespace",
            path="b/a.py",
            line=2,
            column=6,
        ),
        Finding(
            rule="lint/F821",
            message="undefined name 'undefined'",
            path="c.py",
            line=1,
            column=5,
        ),
    }


def test_a_syntax_error_has_its_line(run_check: Run) -> None:
    (finding,) = run_check(lint, {"a.py": "x = 1\ndef f(:\n    pass\n"}).findings
    assert (finding.rule, finding.line) == ("lint/E999", 2)


@pytest.mark.parametrize(
    "settings",
    [
        "format = pylint",
        "show-source = true",
        "color = always",
        "count = true",
        "statistics = true",
        "benchmark = true",
    ],
)
def test_settings_of_output_do_not_hide_a_problem(
    run_check: Run, settings: str
) -> None:
    files = {"a.py": "import os\n", ".flake8": f"[flake8]\n{settings}\n"}
    (finding,) = run_check(lint, files).findings
    assert finding.rule == "lint/F401"


@pytest.mark.parametrize("settings", ["quiet = 1", "quiet = 2"])
def test_problems_that_are_not_printed_are_no_pass(
    run_check: Run, settings: str
) -> None:
    with pytest.raises(ToolError, match="did not print"):
        run_check(lint, {"a.py": "import os\n", ".flake8": f"[flake8]\n{settings}\n"})


NAMES = "sp ace.py|-dash.py|ü.py|q'uote.py|a:b.py|a:1: E1 x.py|$(id).py".split("|")


def test_odd_names_are_kept(run_check: Run) -> None:
    result = run_check(lint, {name: "x=1\n" for name in NAMES})
    assert sorted(finding.path or "" for finding in result.findings) == sorted(NAMES)


def test_many_files_are_linted_in_batches(run_check: Run) -> None:
    files = {f"{'long' * 20}_{number:04}.py": "x=1\n" for number in range(300)}
    assert len(list(process.batches(sorted(files)))) == 2
    result = run_check(lint, files)
    assert {finding.path for finding in result.findings} == {*files}


def test_settings_that_flake8_refuses_are_told(run_check: Run) -> None:
    with pytest.raises(ToolError, match="flake8 ended with code"):
        run_check(lint, {"a.py": "", ".flake8": "[flake8]\nmax-line-length = wide\n"})


def test_files_that_git_ignores_are_not_linted(run_check: Run) -> None:
    base = {".gitignore": "made/\n", "src/a.py": "x = 1\n"}
    result = run_check(lint, {"src/made/b.py": "import os\n"}, base=base)
    assert result.status is Status.PASSED


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_a_file_whose_name_breaks_a_line_is_no_pass(run_check: Run) -> None:
    result = run_check(lint, {"a\nb.py": "import os\n", "ok.py": "x = 1\n"})
    assert result.status is Status.FAILED
    (finding,) = result.findings
    assert "`a\\nb.py` cannot be judged" in finding.message
