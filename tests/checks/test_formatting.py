"""Formatting: black's word for every file, with the diff that mends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gate.checks import formatting
from gate.errors import ToolError
from gate.findings import Finding, Fix, Result, Status
from gate.project import Project

Run = Callable[..., Result]

SINGLE_QUOTES = "[tool.black]\nskip-string-normalization = true\n"
WITHOUT_V = "[tool.black]\nexclude = 'v/'\n"


@pytest.mark.parametrize(
    "files",
    [
        {"a.py": "x = 1\n"},
        {"a.py": "", "b/c.pyi": "x: int\n"},
        {"a.py": "x = 1\r\n"},
        {"a.py": 's = "\u2028\f"\n'},
        {"a.py": "x = 'a'\n", "pyproject.toml": SINGLE_QUOTES},
        {"a.py": "x = 1\n", "v/b.py": "x=1\n", "pyproject.toml": WITHOUT_V},
        {"a.py": "x = 1\n", "black.py": "1 / 0\n", "click.py": "1 / 0\n"},
    ],
)
def test_formatted_files_pass(run_check: Run, files: dict[str, str]) -> None:
    result = run_check(formatting, files)
    assert (result.status, result.findings) == (Status.PASSED, ())
    assert "formatted" in result.summary
    assert result.tools[0].name == "black"


def test_without_python_files_there_is_nothing_to_format(run_check: Run) -> None:
    assert run_check(formatting, {"a.csv": "1,2\n"}).status is Status.SKIPPED


def test_a_file_to_reformat_carries_its_diff(run_check: Run) -> None:
    text = "import os\n\nprint(os)\nx=1\n" + "\n".join("pass" for _ in range(20)) + "\n"
    result = run_check(formatting, {"a.py": "x = 1\n", "b/c.py": text + "y  = 2\n"})
    assert result.status is Status.FAILED
    assert result.summary == "1 of 2 files would be reformatted"
    assert result.metrics == {"formatting.files": 1}
    (finding,) = result.findings
    assert finding.fix
    assert finding == Finding(
        rule="formatting/reformat",
        message="black would reformat this file (2 places)",
        path="b/c.py",
        line=4,
        fix=Fix(command="black b/c.py", patch=finding.fix.patch),
    )
    assert finding.fix.patch.startswith("--- b/c.py\n+++ b/c.py\n@@ -1,")
    assert "\n-x=1\n+x = 1\n" in finding.fix.patch


@pytest.mark.parametrize(
    "text, line",
    [
        ("x=1\n", 1),
        ("x = 1\n\n\n\n\ny = 2\n", 4),
        ("x = 1\n\n\n", 2),
        ("x = 1", 1),
        ("def f():\n    return 1\nx = 1\n", 3),
        ("\nx = 1\n", 1),
        ("# a\n\n\n# b\nx = 1\ny=1\n", 6),
    ],
)
def test_a_finding_stands_where_the_first_change_is(
    run_check: Run, text: str, line: int
) -> None:
    (finding,) = run_check(formatting, {"a.py": text}).findings
    assert finding.line == line


@pytest.mark.parametrize(
    "text, line",
    [("x = = 1\n", 1), ("x = 1\ndef f(:\n    pass\n", 2), ("x = (\n", 1)],
)
def test_a_file_that_is_no_python_is_named(
    run_check: Run, text: str, line: int
) -> None:
    result = run_check(formatting, {"a.py": text, "b.py": "x=1\n"})
    assert result.status is Status.FAILED
    broken, other = result.findings
    assert (broken.rule, broken.path) == ("formatting/cannot-parse", "a.py")
    assert broken.line == line and broken.column
    assert other.rule == "formatting/reformat"
    assert (
        result.summary == "1 of 2 files would be reformatted, 1 file cannot be parsed"
    )


# What black 24 to 26 say of a file that they cannot read.
SAID = [
    ("error: cannot format a.py: Cannot parse: 1:4: x = = 1", 1, 5),
    (
        "error: cannot format /r/a.py: Cannot parse for target version Python 3.13:"
        " 2:0: EOF in multi-line statement",
        2,
        1,
    ),
    (
        "error: cannot parse: /r/a.py:1:4\n    x = = 1\n       ^\nParseError: bad",
        1,
        4,
    ),
]


@pytest.mark.parametrize("said, line, column", SAID)
def test_every_black_is_understood(said: str, line: int, column: int) -> None:
    (found,) = formatting._broken(f"{said}\n\nOh no! 💥 💔 💥\n", Path("/r"))
    assert (found.path, found.line, found.column) == ("a.py", line, column)


NAMES = "sp ace.py|-dash.py|ü.py|q'uote.py|a:b.py|$(id).py".split("|")


def test_odd_names_are_kept(run_check: Run) -> None:
    result = run_check(formatting, {name: "x=1\n" for name in NAMES})
    assert [finding.path for finding in result.findings] == sorted(NAMES)
    assert all(finding.fix and finding.fix.patch for finding in result.findings)


def test_a_command_to_copy_runs_nothing_else(run_check: Run) -> None:
    files = {"$(id).py": "x=1\n", "it's.py": "x=1\n"}
    fixes = [finding.fix for finding in run_check(formatting, files).findings]
    commands = [fix.command for fix in fixes if fix]
    assert commands == ["black '$(id).py'", """black 'it'"'"'s.py'"""]


def test_many_files_are_diffed(run_check: Run) -> None:
    files = {f"{'long' * 20}/f{number:04}.py": "x=1\n" for number in range(300)}
    result = run_check(formatting, files)
    assert len(result.findings) == 300
    assert all(finding.fix and finding.fix.patch for finding in result.findings)


def test_settings_that_black_refuses_are_told(run_check: Run) -> None:
    files = {"a.py": "", "pyproject.toml": "[tool.black]\nline-length = 'wide'\n"}
    with pytest.raises(ToolError, match="black ended with code"):
        run_check(formatting, files)


def test_the_projects_own_black_is_used_where_it_has_one(
    make_project: Callable[..., Project], python: Any
) -> None:
    bare = replace(python, tools={}, origin="bare")
    project = make_project({"a.py": "x = 1\n"}, python=bare)
    project = replace(project, own_python=replace(python, origin="the gate's"))
    assert formatting.run(project, formatting.Options()).tools[0].origin == "the gate's"


def test_a_quiet_black_is_heard(run_check: Run) -> None:
    """`--check` with `quiet` prints nothing, and ends with 1 all the same."""
    files = {"a.py": "x=1\n", "pyproject.toml": "[tool.black]\nquiet = true\n"}
    result = run_check(formatting, files)
    assert result.status is Status.FAILED
    assert result.summary == "1 of 1 file would be reformatted"
    assert result.findings[0].fix and "+x = 1" in result.findings[0].fix.patch


def test_a_black_of_another_version_than_asked_for_is_no_pass(run_check: Run) -> None:
    settings = "[tool.black]\nrequired-version = '22'\n"
    with pytest.raises(ToolError, match="ended with code 1: .*version"):
        run_check(formatting, {"a.py": "x = 1\n", "pyproject.toml": settings})
