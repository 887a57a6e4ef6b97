"""Imports: the smells as findings, and isort's word on the order of every file."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gate.checks import imports
from gate.errors import ToolError
from gate.findings import Finding, Fix, Level, Result, Status
from gate.project import Project

Run = Callable[..., Result]

SORTED = "import os\nimport sys\n\nimport numpy\n\nimport pkg\n\nprint(numpy, pkg)\n"
UNSORTED = "import sys\nimport os\n\nprint(os, sys)\n"
PACKAGE = {"pkg/__init__.py": "", "pkg/utils.py": "x = 1\n"}


@pytest.mark.parametrize(
    "files",
    [
        {"a.py": SORTED, "pkg/__init__.py": ""},
        {"a.py": SORTED, "src/pkg/__init__.py": ""},
        {"a.py": SORTED, "pkg.py": ""},
        {"pkg/a.py": SORTED, "pkg/b.pyi": "x: int\n"},
        {"a.py": SORTED.replace("\n", "\r\n"), "pkg.py": ""},
        # Programs of the project's that have the names of tools are not run.
        {"a.py": SORTED, "pkg.py": "", "isort.py": "1 / 0\n", "runpy.py": "1 / 0\n"},
        {"a.py": "# isort: skip_file\n" + UNSORTED},
        {"build/a.py": UNSORTED, "b.py": ""},  # as isort itself has it
    ],
)
def test_imports_in_order_pass(run_check: Run, files: dict[str, str]) -> None:
    result = run_check(imports, files)
    assert (result.status, result.findings) == (Status.PASSED, ())
    assert "without a problem" in result.summary
    assert result.tools[0].name == "isort"


def test_without_python_files_there_is_nothing_to_look_at(run_check: Run) -> None:
    assert run_check(imports, {"a.csv": "1,2\n"}).status is Status.SKIPPED


def test_a_file_out_of_order_carries_its_diff(run_check: Run) -> None:
    result = run_check(
        imports, {"a.py": "x = 1\n", "b/c d.py": f'"""."""\n\n{UNSORTED}'}
    )
    assert result.status is Status.FAILED
    assert result.summary == "1 problem in 1 file"
    assert result.metrics == {"imports.problems": 1}
    (finding,) = result.findings
    assert finding.fix
    assert finding == Finding(
        rule="imports/order",
        message="isort would sort the imports of this file anew",
        path="b/c d.py",
        line=3,
        fix=Fix(
            command="isort --profile black -l 88 'b/c d.py'", patch=finding.fix.patch
        ),
    )
    assert finding.fix.patch == (
        "--- b/c d.py\n+++ b/c d.py\n@@ -1,6 +1,6 @@\n"
        ' """."""\n \n+import os\n import sys\n-import os\n \n print(os, sys)\n'
    )


NAMES = "sp ace.py|-dash.py|ü.py|q'uote.py|a:b.py|$(id).py|--settings-path=x.py".split(
    "|"
)


def test_odd_names_are_kept(run_check: Run) -> None:
    result = run_check(imports, dict.fromkeys(NAMES, UNSORTED))
    assert [finding.path for finding in result.findings] == sorted(NAMES)
    assert all(finding.fix and finding.fix.patch for finding in result.findings)
    commands = {
        f.path: f.fix.command.split(" ", 5)[5] for f in result.findings if f.fix
    }
    assert commands["$(id).py"] == "'$(id).py'"
    assert commands["-dash.py"] == "./-dash.py"


@pytest.mark.parametrize(
    "text", ["x = 1\nimport b\nimport a", "import b\nimport a\n\f\n"]
)
def test_a_file_that_no_diff_can_be_cut_from_is_named_all_the_same(
    run_check: Run, text: str
) -> None:
    files = {"a.py": UNSORTED, "b.py": text, "c.py": UNSORTED}
    result = run_check(imports, files)
    patches = [bool(finding.fix and finding.fix.patch) for finding in result.findings]
    assert patches == [True, False, True]


def test_many_files_are_looked_at(run_check: Run) -> None:
    files = {f"{'long' * 20}/f{n:04}.py": UNSORTED for n in range(300)}
    result = run_check(imports, files)
    assert len(result.findings) == 300
    assert all(finding.fix and finding.fix.patch for finding in result.findings)


ONE_A_LINE = "from a import b\nfrom a import c\n\nprint(b, c)\n"


@pytest.mark.parametrize(
    "name, text",
    [
        (".isort.cfg", "[settings]\nforce_single_line = true\n"),
        ("pyproject.toml", "[tool.isort]\nforce_single_line = true\n"),
        ("setup.cfg", "[isort]\nforce_single_line = true\n"),
        ("tox.ini", "[isort]\nforce_single_line = true\n"),
        (".editorconfig", "[*.py]\nforce_single_line = true\nindent_size = 4\n"),
    ],
)
def test_the_projects_settings_hold(
    make_project: Callable[..., Project], name: str, text: str
) -> None:
    project = make_project({"sub/x.py": ONE_A_LINE, name: text})
    assert not imports.run(project, imports.Options()).findings
    (project.root / name).unlink()
    (project.root / name).write_text("")
    bare = replace(project)  # nothing of the settings is remembered
    (finding,) = imports.run(bare, imports.Options()).findings
    assert finding.rule == "imports/order"


def test_what_an_editor_is_told_is_no_setting_of_isort(run_check: Run) -> None:
    names = "".join(f"    {letter * 20},\n" for letter in "abcdef")
    text = f"from a import (\n{names})\n"
    files = {"a.py": text, ".editorconfig": "[*]\nindent_size = 2\n"}
    assert not run_check(imports, files).findings


def test_the_lines_are_as_long_as_blacks(run_check: Run) -> None:
    text = f"from a import {'b' * 60}, {'c' * 30}\n"
    files = {"a.py": text, "pyproject.toml": "[tool.black]\nline-length = 120\n"}
    assert not run_check(imports, files).findings


@pytest.mark.parametrize(
    "settings, why",
    [
        ("profile = 'none such'", "none such"),
        ("line_length = 'wide'", "pyproject.toml"),
        ("no_such_key = 1", "no_such_key"),
    ],
)
def test_settings_that_isort_refuses_are_told(
    run_check: Run, settings: str, why: str
) -> None:
    files = {"a.py": "x = 1\n", "pyproject.toml": f"[tool.isort]\n{settings}\n"}
    with pytest.raises(ToolError, match=f"isort ended with code .: .*{why}"):
        run_check(imports, files)


def test_a_file_that_stops_isort_is_no_pass(run_check: Run) -> None:
    files = {"a.py": UNSORTED, "b.py": "# isort: list\nx = [1,\n", "c.py": UNSORTED}
    with pytest.raises(ToolError, match="isort ended with code 1: "):
        run_check(imports, files)


def test_the_projects_own_isort_is_used_where_it_has_one(
    make_project: Callable[..., Project], python: Any
) -> None:
    project = make_project({"a.py": "x = 1\n"}, python=replace(python, tools={}))
    project = replace(project, own_python=replace(python, origin="the gate's"))
    assert imports.run(project, imports.Options()).tools[0].origin == "the gate's"


def test_the_order_can_be_left_out(run_check: Run) -> None:
    result = run_check(imports, {"a.py": UNSORTED}, order=False)
    assert (result.status, result.tools) == (Status.PASSED, ())


# The smells


def test_a_smell_is_an_error_with_its_code(run_check: Run) -> None:
    files = {**PACKAGE, "pkg/a.py": "from .utils import x\n\nprint(x)\n"}
    (finding,) = run_check(imports, files).findings
    assert finding.fix
    assert finding == Finding(
        rule="imports/relative",
        message="the relative import of `.utils`: its full name is `pkg.utils` (RQ101)",
        level=Level.ERROR,
        path="pkg/a.py",
        line=1,
        column=1,
        fix=Fix(text=finding.fix.text, patch=finding.fix.patch),
    )
    assert "\n+from pkg.utils import x\n" in finding.fix.patch


@pytest.mark.parametrize(
    "options", [{"absolute": False}, {"exclude": ("pkg/*",)}, {"exclude": ("*/a.py",)}]
)
def test_relative_imports_can_be_left_out(
    run_check: Run, options: dict[str, Any]
) -> None:
    files = {**PACKAGE, "b.py": "", "pkg/a.py": "from .utils import x\n\nprint(x)\n"}
    assert not run_check(imports, files, **options).findings


def test_a_comment_excuses_a_line(run_check: Run) -> None:
    text = "from .utils import x  # noqa: RQ101\n\nprint(x)\n"
    assert not run_check(imports, {**PACKAGE, "pkg/a.py": text}).findings


@pytest.mark.parametrize(
    "name, text",
    [
        ("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = ['pkg/']\n"),
        ("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = '. pkg'\n"),
        ("pyproject.toml", "[tool.pytest]\npythonpath = ['pkg']\n"),
        ("pytest.ini", "[pytest]\npythonpath = pkg\n"),
        ("setup.cfg", "[tool:pytest]\npythonpath =\n  src\n  pkg\n"),
    ],
)
def test_a_folder_on_pytests_path_may_import_from_beside(
    run_check: Run, name: str, text: str
) -> None:
    files = {**PACKAGE, "pkg/a.py": "import utils\n\nprint(utils)\n", name: text}
    assert not run_check(imports, files).findings


@pytest.mark.parametrize(
    "text",
    [
        "[tool.pytest]\nini_options = 1\n",
        "[tool.pytest.ini_options]\npythonpath = 1\n",
        "[tool]\npytest = 1\n",
    ],
)
def test_settings_of_another_shape_are_none(run_check: Run, text: str) -> None:
    files = {**PACKAGE, "pkg/a.py": "import utils\n", "pyproject.toml": text}
    assert [f.rule for f in run_check(imports, files).findings] == ["imports/sibling"]


def test_every_patch_can_be_applied(make_project: Callable[..., Project]) -> None:
    """git takes each diff, and what comes out has no finding left."""
    files = {
        **PACKAGE,
        "pkg/a.py": "import os\n\nfrom .utils import (\n    x,\n)\n\nprint(os, x)\n",
        "b.py": UNSORTED,
        "c.py": "import os, sys\n",
    }
    project = make_project(files, base={})
    for finding in imports.run(project, imports.Options()).findings:
        assert finding.fix
        subprocess.run(
            ["git", "apply", "-p0"],
            input=finding.fix.patch.encode(),
            cwd=project.root,
            check=True,
        )
    again = replace(project)
    assert not imports.run(again, imports.Options()).findings


def test_a_package_in_another_folder_is_the_projects_own(run_check: Run) -> None:
    files = {"a.py": SORTED, "python/pkg/__init__.py": "", "b.py": UNSORTED}
    (finding,) = run_check(imports, files).findings
    assert finding.fix
    assert finding.fix.command == "isort --profile black -l 88 -p pkg b.py"
