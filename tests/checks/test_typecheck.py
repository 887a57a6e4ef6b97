"""Types: mypy's errors by the project's own settings, lenient where it has none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gate.checks import typecheck
from gate.errors import ToolError
from gate.findings import Level, Result, Status

Run = Callable[..., Result]
WRONG = 'x: int = "a"\n'
STRICT = "[tool.mypy]\nstrict = true\n"


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mypy")


@pytest.fixture(autouse=True)
def _one_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One cache for all tests here: mypy reads its typeshed only once."""
    monkeypatch.setenv("MYPY_CACHE_DIR", str(cache))


PASS = {
    "no annotations": {"a.py": "def f(x):\n    return x + 1\n"},
    "untyped libraries": {"a.py": "import nothing_of_that_name\nimport yaml\n"},
    "scripts with equal names": {"one/run.py": "x = 1\n", "two/run.py": "x = 'a'\n"},
    "names no module can have": {
        "my-script.py": "x = 1\n",
        "01-data/2nd.py": "x = 1\n",
    },
    "folders of odd names with scripts of equal names": {
        "exp-1/train.py": "from common import A\n\nx: int = A\n",
        "exp-1/common.py": "A = 1\n",
        "exp-2/train.py": "from common import A\n\nx: str = A\n",
        "exp-2/common.py": "A = 'a'\n",
        "train.py": "x = 1\n",
    },
    "src layout": {
        "src/taxi/__init__.py": "",
        "src/taxi/a.py": "def f(x: int) -> int:\n    return x\n",
        "scripts/run.py": "from taxi.a import f\n\nf(1)\n",
    },
    "packages with own settings": {
        "pyproject.toml": STRICT,
        "taxi/__init__.py": "",
        "stray.py": "def f(x):\n    return x\n",
    },
    "files with own settings": {
        "mypy.ini": "[mypy]\nstrict = True\nfiles = good\n",
        "good/a.py": "x = 1\n",
        "bad/a.py": WRONG,
    },
    "own settings that exclude": {
        "setup.cfg": "[mypy]\nexclude = ^bad/$\n",
        "a.py": "x = 1\n",
        "bad/a.py": WRONG,
    },
    "tests are not code": {"a.py": "x = 1\n", "tests/test_a.py": WRONG},
    "own mypy.py": {"a.py": "x = 1\n", "mypy.py": "1 / 0\n", "typing.txt": ""},
}
FAIL = {
    "a plain error": ({"a.py": WRONG}, ("a.py", 1, "typecheck/assignment")),
    "in a package": (
        {"taxi/__init__.py": "", "taxi/b.py": "\n" + WRONG},
        ("taxi/b.py", 2, "typecheck/assignment"),
    ),
    "over modules of a src layout": (
        {
            "src/taxi/__init__.py": "",
            "src/taxi/a.py": "def f(x: int) -> int:\n    return x\n",
            "run.py": 'from taxi.a import f\n\nf("a")\n',
        },
        ("run.py", 3, "typecheck/arg-type"),
    ),
    "strict where it is asked for": (
        {"pyproject.toml": STRICT, "a.py": "def f(x):\n    return x\n"},
        ("a.py", 1, "typecheck/no-untyped-def"),
    ),
    "in a script of an odd name": (
        {"01-data/my-script.py": WRONG},
        ("01-data/my-script.py", 1, "typecheck/assignment"),
    ),
    "in one of two scripts of equal names": (
        {"exp-1/train.py": "", "exp-2/train.py": WRONG, "exp-3/a.py": ""},
        ("exp-2/train.py", 1, "typecheck/assignment"),
    ),
    "beginning with an at": ({"@a.py": WRONG}, ("@a.py", 1, "typecheck/assignment")),
    "beginning with a dash": ({"-a.py": WRONG}, ("-a.py", 1, "typecheck/assignment")),
    "syntax": ({"a.py": "x = = 1\n"}, ("a.py", 1, "typecheck/syntax")),
    "missing imports with own settings": (
        {"mypy.ini": "[mypy]\n", "a.py": "import nothing_of_that_name\n"},
        ("a.py", 1, "typecheck/import-not-found"),
    ),
}


@pytest.mark.parametrize("name", PASS)
def test_sound_code_passes(run_check: Run, name: str) -> None:
    result = run_check(typecheck, PASS[name])
    assert [f for f in result.findings if f.level is Level.ERROR] == []
    assert result.status is Status.PASSED


@pytest.mark.parametrize("name", FAIL)
def test_an_error_is_reported_at_its_place(run_check: Run, name: str) -> None:
    files, (path, line, rule) = FAIL[name]
    result = run_check(typecheck, files)
    (finding,) = result.findings
    assert (finding.path, finding.line, finding.rule) == (path, line, rule)
    assert result.status is Status.FAILED
    assert result.summary == "1 error in 1 file"


@pytest.mark.parametrize("files", [{}, {"a.csv": ""}])
def test_without_python_files_there_is_nothing_to_check(
    run_check: Run, files: dict[str, str]
) -> None:
    assert run_check(typecheck, files).status is Status.SKIPPED


def test_missing_types_of_libraries_are_noted_without_settings(run_check: Run) -> None:
    result = run_check(typecheck, {"a.py": "import nothing_of_that_name\n"})
    assert [finding.level for finding in result.findings] == [Level.NOTE]
    assert "1 import without type information" in result.summary


def test_notes_become_the_fix(run_check: Run) -> None:
    text = (
        "from typing import Protocol\n\n\nclass P(Protocol):\n"
        "    def f(self) -> int: ...\n\n\nclass A:\n    def f(self) -> str: ...\n\n\n"
        "def g(p: P) -> None: ...\n\n\ng(A())\n"
    )
    findings = run_check(typecheck, {"a.pyi": "", "b.py": text}).findings
    (finding,) = [f for f in findings if f.rule == "typecheck/arg-type"]
    assert finding.fix and 'Following member(s) of "A"' in finding.fix.text
    assert finding.fix.text.count("\n") >= 3


@pytest.mark.parametrize(
    "setting",
    [
        "pretty = True",
        "show_error_end = True",
        "show_absolute_path = True",
        "hide_error_codes = True",
        "color_output = True",
        "error_summary = False",
        "show_error_context = True",
        "show_error_code_links = True",
    ],
)
def test_settings_of_output_do_not_hide_an_error(run_check: Run, setting: str) -> None:
    result = run_check(typecheck, {"mypy.ini": f"[mypy]\n{setting}\n", "a.py": WRONG})
    (finding,) = result.findings
    assert (finding.path, finding.line, finding.column) == ("a.py", 1, 10)
    assert finding.rule == "typecheck/assignment"


def test_only_the_paths_asked_for_are_checked(run_check: Run) -> None:
    files = {"a.py": WRONG, "b/c.py": WRONG}
    result = run_check(typecheck, files, paths=("b",))
    assert [finding.path for finding in result.findings] == ["b/c.py"]


@pytest.mark.parametrize(
    "files, options",
    [
        ({"a.py": "", "mypy.ini": "[mypy]\nplugins = nothing\n"}, {}),
        ({"a.py": ""}, {"paths": ("nothing",)}),
    ],
)
def test_what_mypy_cannot_judge_is_no_pass(
    run_check: Run, files: dict[str, str], options: dict[str, object]
) -> None:
    with pytest.raises(ToolError, match="mypy ended with code"):
        run_check(typecheck, files, **options)


def test_more_files_than_a_command_line_takes_are_checked(run_check: Run) -> None:
    files = {f"{'long' * 30}/f{number:03}.py": "" for number in range(200)}
    result = run_check(typecheck, {**files, "a.py": WRONG})
    assert [finding.path for finding in result.findings] == ["a.py"]


def test_the_error_that_stops_mypy_is_told(run_check: Run) -> None:
    files = {"mypy.ini": "[mypy]\n", "a/run.py": "", "b/run.py": ""}
    with pytest.raises(ToolError, match="Duplicate module named"):
        run_check(typecheck, files)


@pytest.mark.parametrize(
    "path",
    ["--version", "-", "@a", "", "/etc", "../a", "a/../../b", "C:\\a", "a\\..\\b"],
)
def test_what_is_no_path_in_the_project_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        typecheck.Options(paths=("a", path))


def test_a_file_that_is_not_python_hides_no_error_of_the_others(run_check: Run) -> None:
    files = {
        "old.py": "import sys\nprint 'x'\n",
        "tests/test_old.py": "exec 'x'\n",
        "older.py": "exec 'x'\n",
        "new.py": "import old\nfrom older import y\n\nx: int = 'a'\nold.f(y)\n",
    }
    result = run_check(typecheck, files)
    found = [(f.path, f.line, f.rule.rpartition("/")[2]) for f in result.findings]
    assert result.status is Status.FAILED
    assert sorted(found) == [
        ("new.py", 4, "assignment"),
        ("old.py", 2, "syntax"),
        ("older.py", 1, "syntax"),
    ]
