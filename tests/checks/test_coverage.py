"""Coverage against numbers worked out by hand, and never more than was measured."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from gate.base import Base
from gate.checks import coverage, tests
from gate.errors import ToolError
from gate.findings import Level, Result, Status
from gate.interpreters import Python
from gate.project import Project
from gate.testing.covered import Counts
from gate.verdict import Past

Make = Callable[..., Project]

# Lines 1, 2, 3, 4, 7 and 8 are statements, and two branches leave line 2. A test that
# calls f(1) runs 1, 2, 3 and 7, and takes one branch: 5 of 8. Without g: 4 of 6.
F = "def f(x):\n    if x:\n        return 1\n    return 2\n"
G = "\n\ndef g():\n    return 3\n"
CALL = "from {module} import f\n\n\ndef test_f():\n    assert f(1) == 1\n"


def measured(project: Project, **options: Any) -> Result:
    """Run the tests, and then judge their coverage."""
    assert tests.run(project, tests.Options()).status is Status.PASSED
    return coverage.run(project, coverage.Options(**options))


def percent(result: Result) -> float:
    return round(result.metrics["coverage.percent"], 2)


LAYOUTS = {
    "a script": {"a.py": F + G, "test_a.py": CALL.format(module="a")},
    "a script in a folder": {
        "code/a.py": F + G,
        "conftest.py": "import sys\n\nsys.path.insert(0, 'code')\n",
        "tests/test_a.py": CALL.format(module="a"),
    },
    "a flat package": {
        "taxi/__init__.py": "",
        "taxi/a.py": F + G,
        "tests/test_a.py": CALL.format(module="taxi.a"),
    },
    "a src layout": {
        "src/taxi/__init__.py": "",
        "src/taxi/a.py": F + G,
        "tests/test_a.py": CALL.format(module="taxi.a"),
    },
    "an init at the top": {
        "__init__.py": "",
        "taxi/__init__.py": "",
        "taxi/a.py": F + G,
        "tests/test_a.py": "import sys\n\nsys.path.insert(0, '.')\n"
        + CALL.format(module="taxi.a"),
    },
    "tests inside of the package": {
        "taxi/__init__.py": "",
        "taxi/a.py": F + G,
        "taxi/tests/__init__.py": "",
        "taxi/tests/test_a.py": CALL.format(module="taxi.a"),
    },
    "what is no code beside it": {
        "a.py": F + G,
        "setup.py": "x = 1\n",
        "docs/conf.py": "x = 1\n",
        "noxfile.py": "x = 1\n",
        "tests/test_a.py": CALL.format(module="a"),
    },
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_lines_and_branches_of_the_code_are_counted(
    make_project: Make, name: str
) -> None:
    result = measured(make_project(LAYOUTS[name]))
    assert (result.metrics["coverage.total"], percent(result)) == (8, 62.5)
    assert result.summary == "62.5 % of 8 lines and branches"
    assert result.status is Status.PASSED
    (table,) = result.tables
    assert [row[1:] for row in table.rows] == [(8, 3, 62.5)]


def test_a_file_that_no_test_imports_counts(make_project: Make) -> None:
    files = {"a.py": F, "b/c.py": G, "test_a.py": CALL.format(module="a")}
    result = measured(make_project(files))
    assert (percent(result), result.metrics["coverage.total"]) == (50.0, 8)


def test_a_name_that_ends_like_one_of_no_code_is_code(make_project: Make) -> None:
    names = ("taxi_conf.py", "experiment_setup.py", "my_conftest.py")
    test = CALL.format(module="taxi_conf")
    result = measured(make_project({**dict.fromkeys(names, F), "test_a.py": test}))
    assert result.metrics["coverage.total"] == 18


@pytest.mark.parametrize(
    ("name", "text", "counts"),
    [
        ("taxi/conf.py", F, True),
        ("taxi/setup.py", F, True),
        ("taxi/t_test.py", F, True),
        ("taxi/test/__init__.py", F, True),
        ("taxi/testing/__init__.py", F, True),
        ("conf.py", F, False),
        ("docs/source/conf.py", F, False),
        ("taxi/conftest.py", F, False),
        ("taxi/a_test.py", F + "\n\ndef test_f():\n    pass\n", False),
        ("taxi/testing/test_b.py", "class TestB:\n    pass\n", False),
        ("tests/shared.py", F, False),
        ("test_things, [all].py", F, False),
    ],
)
def test_a_name_alone_takes_no_code_out_of_a_package(
    make_project: Make, name: str, text: str, counts: bool
) -> None:
    files = {
        "taxi/__init__.py": "",
        "taxi/a.py": F,
        "tests/test_a.py": CALL.format(module="taxi.a"),
    }
    result = measured(make_project({**files, name: text}))
    assert (result.metrics["coverage.total"] > 6) is counts


def test_a_project_below_a_folder_of_any_name_is_measured(
    make_project: Make,
) -> None:
    project = make_project({"code.txt": ""})
    root = project.root / "tests" / "lib" / "test" / "test_project"
    (root / "tests").mkdir(parents=True)
    (root / "a.py").write_text(F)
    (root / "tests" / "test_a.py").write_text(CALL.format(module="a"))
    inner = replace(project, root=root, files=("a.py", "tests/test_a.py"))
    result = measured(inner)
    assert (percent(result), result.metrics["coverage.total"]) == (66.67, 6)


@pytest.fixture(scope="module")
def grown(make_repository: Any, tmp_path_factory: Any, python: Python) -> Project:
    """A project that a change gave g, its tests already run."""
    folder = tmp_path_factory.mktemp("grown")
    repository = make_repository(folder / "project")
    base = repository.commit({"a.py": F, "test_a.py": CALL.format(module="a")})
    repository.write({"a.py": F + G})
    (folder / "scratch").mkdir()
    project = Project(
        root=repository.root,
        scratch=folder / "scratch",
        files=("a.py", "test_a.py"),
        python=python,
        own_python=python,
        base=Base(commit=base, origin="main"),
    )
    tests.run(project, tests.Options())
    return project


@pytest.mark.parametrize(
    "options, rules",
    [
        ({}, []),
        ({"minimum": 62.5}, []),
        ({"minimum": 62.6}, ["coverage/minimum"]),
        ({"minimum": 100}, ["coverage/minimum"]),
        ({"minimum": 0}, []),
        ({"changed_lines": 50}, []),
        ({"changed_lines": 50.1}, ["coverage/changed-lines"]),
        ({"max_drop": 4.2}, []),
        ({"max_drop": 0, "minimum": 90}, ["coverage/minimum", "coverage/drop"]),
    ],
)
def test_limits_hold_at_the_number_and_fail_below_it(
    grown: Project, options: dict[str, float], rules: list[str]
) -> None:
    result = coverage.run(grown, coverage.Options(**options))
    judged = [f for f in result.findings if f.rule != "coverage/not-covered"]
    assert [finding.rule for finding in judged] == rules
    assert result.status is (Status.FAILED if rules else Status.PASSED)
    assert bool(result.advice) == bool(rules)
    assert round(result.metrics["coverage.changed_percent"], 2) == 50
    if "max_drop" in options:
        assert round(result.metrics["coverage.base_percent"], 2) == 66.67
        assert "66.7 % on the base" in result.summary
        shutil.rmtree(grown.scratch / "base")


@pytest.mark.parametrize(("least", "judged"), [(0, True), (2, True), (3, False)])
def test_few_changed_lines_are_shown_and_not_judged(
    grown: Project, least: int, judged: bool
) -> None:
    """Two of them can run, and one does; branches are no lines."""
    asked = coverage.Options(changed_lines=100, min_changed_lines=least)
    result = coverage.run(grown, asked)
    assert result.status is (Status.FAILED if judged else Status.PASSED)
    assert "50.0 % of the changed lines" in result.summary
    assert ("(2, too few to be judged)" in result.summary) is not judged
    (line,) = [f for f in result.findings if f.rule == "coverage/not-covered"]
    assert line.level is (Level.ERROR if judged else Level.NOTE)


def recorded(project: Project, *, behind: int = 0, **counts: float) -> Project:
    metrics = {f"coverage.{name}": value for name, value in counts.items()}
    past = Past(commit="a" * 40, behind=behind, metrics=metrics)
    return replace(project, past=past)


@pytest.mark.parametrize(
    ("covered", "drop", "status"), [(9, 28, Status.PASSED), (9, 27, Status.FAILED)]
)
def test_the_base_counts_as_it_was_recorded(
    grown: Project, covered: int, drop: float, status: Status
) -> None:
    project = recorded(grown, total=10, covered=covered, branches=2)
    result = coverage.run(project, coverage.Options(max_drop=drop))
    assert result.metrics["coverage.base_percent"] == 90
    assert not (grown.scratch / "base").exists()
    assert result.status is status
    if status is Status.FAILED:
        assert "(the base's is recorded at aaaaaaa)" in result.findings[0].message


NOT_OF_THE_BASE = {
    "of a commit before it": {"total": 10, "covered": 9, "branches": 2, "behind": 1},
    "of lines alone": {"total": 10, "covered": 9, "branches": 0},
    "of no counts": {"percent": 90},
    "of counts that are none": {"total": 10, "covered": 11, "branches": 2},
    "of parts of lines": {"total": 10.5, "covered": 9, "branches": 2},
    "of nothing": {"total": 0, "covered": 0, "branches": 0},
    "of what is no number": {"total": math.nan, "covered": 9, "branches": 2},
}


@pytest.mark.parametrize("name", NOT_OF_THE_BASE)
def test_what_is_no_record_of_the_base_is_measured(grown: Project, name: str) -> None:
    project = recorded(grown, **NOT_OF_THE_BASE[name])  # type: ignore[arg-type]
    result = coverage.run(project, coverage.Options(max_drop=5))
    assert round(result.metrics["coverage.base_percent"], 2) == 66.67
    shutil.rmtree(grown.scratch / "base")


def test_where_no_tests_are_run_an_older_record_counts(grown: Project) -> None:
    xml = '<coverage><class filename="a.py"><lines>{}</lines></class></coverage>'
    lines = '<line number="{}" hits="{}" branch="true" condition-coverage="50% (1/2)"/>'
    (grown.root / "build").mkdir()
    report = xml.format(lines.format(1, 1) + lines.format(2, 0))
    (grown.root / "build" / "c.xml").write_text(report)
    options = coverage.Options(max_drop=5, report="build/c.xml")
    project = recorded(grown, total=10, covered=9, branches=2, behind=3)
    result = coverage.run(project, options)
    assert result.status is Status.FAILED
    assert "recorded at aaaaaaa, 3 commits before it" in result.findings[0].message
    result = coverage.run(grown, options)
    assert result.status is Status.PASSED
    (told,) = [f for f in result.findings if f.rule == "coverage/no-base"]
    assert told.level is Level.WARNING
    assert "nothing is recorded of it" in told.message
    shutil.rmtree(grown.root / "build")


def test_changed_lines_that_did_not_run_are_named(make_project: Make) -> None:
    base = {"a.py": F, "test_a.py": CALL.format(module="a")}
    more = "\n\ndef h():\n    x = 1\n    y = 2\n    return x + y\n"
    project = make_project({"a.py": F + G + more}, base=base)
    result = measured(project, changed_lines=90.0)
    places = [(f.line, f.end_line, f.level) for f in result.findings[1:]]
    assert places == [(8, 8, Level.ERROR), (12, 14, Level.ERROR)]
    assert result.findings[2].message.startswith("changed lines 12 to 14 are not run")


def test_a_branch_that_leaves_a_changed_line_counts(make_project: Make) -> None:
    base = {"a.py": F, "test_a.py": CALL.format(module="a")}
    changed = F.replace("if x:", "if x and True:")
    result = measured(make_project({"a.py": changed}, base=base))
    # Line 2 ran, one of its two branches was taken.
    assert round(result.metrics["coverage.changed_percent"], 2) == 66.67


def test_a_change_of_no_code_has_no_coverage(make_project: Make) -> None:
    base = {"a.py": F, "test_a.py": CALL.format(module="a")}
    project = make_project({"a.py": F + "# a comment\n"}, base=base)
    result = measured(project, changed_lines=100.0)
    assert result.status is Status.PASSED
    assert "coverage.changed_percent" not in result.metrics


def test_the_base_is_measured_by_its_own_tests(make_project: Make) -> None:
    """Were the base's tests to import the head's code, there would be no drop."""
    base = {
        "src/taxi/__init__.py": "",
        "src/taxi/a.py": "def f(x):\n    return x\n",
        "tests/test_a.py": "from taxi.a import f\n\n\ndef test_f():\n    assert f(1)\n",
    }
    project = make_project({"src/taxi/a.py": base["src/taxi/a.py"] + G}, base=base)
    result = measured(project, max_drop=1.0)
    assert result.metrics["coverage.base_percent"] == 100.0
    assert percent(result) == 75.0
    assert [f.rule for f in result.findings if f.level is Level.ERROR] == [
        "coverage/drop"
    ]


def test_a_drop_that_cannot_be_measured_is_told(make_project: Make) -> None:
    files = {"a.py": F, "test_a.py": CALL.format(module="a")}
    base = {"a.py": "x = (", "test_a.py": "x"}
    result = measured(make_project(files, base=base), max_drop=1.0)
    assert result.status is Status.PASSED
    (told,) = [f for f in result.findings if f.rule == "coverage/no-base"]
    assert told.level is Level.WARNING
    assert told.message in result.summary


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"changed_lines": 80}, "so the changed lines cannot be judged"),
        ({"max_drop": 0}, "so the drop cannot be judged"),
        (
            {"changed_lines": 80, "max_drop": 1},
            "the changed lines and the drop cannot be judged",
        ),
    ],
)
def test_what_needs_a_base_is_not_judged_without_one(
    make_project: Make, options: dict[str, float], what: str
) -> None:
    files = {"a.py": F, "test_a.py": CALL.format(module="a")}
    note = "no base to compare with: `main` is not here; fetch it"
    project = replace(make_project(files), notes=("another", note))
    result = measured(project, **options)
    assert result.status is Status.ERROR
    assert "no base to compare with: `main` is not here, so" in result.summary
    assert what in result.summary
    assert "fetch-depth: 0" in result.advice[0]
    both = coverage.run(project, coverage.Options(minimum=99, **options))
    assert both.status is Status.FAILED
    rules = [finding.rule for finding in both.findings]
    assert rules == ["coverage/minimum", "coverage/no-base"]


@pytest.mark.parametrize("options", [{"minimum": 10}, {"changed_lines": 0}])
def test_what_needs_no_base_is_judged_without_one(
    make_project: Make, options: dict[str, float]
) -> None:
    files = {"a.py": F, "test_a.py": CALL.format(module="a")}
    assert measured(make_project(files), **options).status is Status.PASSED


def test_where_nothing_changed_the_changed_lines_are_covered(
    make_project: Make,
) -> None:
    files = {"a.py": F + G, "test_a.py": CALL.format(module="a")}
    result = measured(make_project({}, base=files), changed_lines=100)
    assert result.status is Status.PASSED


OWN: dict[str, dict[str, str]] = {
    "pyproject.toml": {
        "pyproject.toml": "[tool.coverage.run]\nsource = ['.']\nomit = ['b.py']\n"
        "[tool.coverage.report]\nfail_under = 90\n"
    },
    ".coveragerc": {
        ".coveragerc": "[run]\nsource = .\nomit = b.py\n[report]\nfail_under = 90\n"
    },
    "setup.cfg": {
        "setup.cfg": "[coverage:run]\nsource = .\nomit = b.py\n"
        "[coverage:report]\nfail_under = 90\n"
    },
    "tox.ini": {"tox.ini": "[coverage:report]\nomit = b.py\nfail_under = 90\n"},
    "coverage's own file first": {
        ".coveragerc": "[run]\nsource = .\nomit = b.py\n[report]\nfail_under = 90\n",
        "pyproject.toml": "[tool.coverage.run]\nbranch = true\n",
    },
    "a file that pytest is told of": {
        "settings/cov.ini": "[run]\nsource = .\nomit = b.py\n[report]\n"
        "fail_under = 90\n",
        "pytest.ini": "[pytest]\naddopts = --cov-config settings/cov.ini\n",
    },
    "addopts as a list": {
        ".coveragerc": "[run]\nsource = .\nomit = b.py\n",
        "pyproject.toml": "[tool.pytest.ini_options]\n"
        "addopts = ['-q', '--cov-fail-under=90']\n",
    },
    "addopts as two words": {
        ".coveragerc": "[run]\nsource = .\nomit = b.py\n[report]\nfail_under = 1\n",
        "tox.ini": "[pytest]\naddopts =\n  -q\n  --cov-fail-under 90\n",
    },
    "addopts": {
        ".coveragerc": "[run]\nsource = .\nomit = b.py\n",
        "pytest.ini": "[pytest]\naddopts = --cov-fail-under=90\n",
    },
}


@pytest.mark.parametrize("name", OWN)
def test_the_projects_own_settings_hold(make_project: Make, name: str) -> None:
    test = CALL.format(module="a")
    files = {"a.py": F, "b.py": G, "test_a.py": test, **OWN[name]}
    result = measured(make_project(files))
    # Lines only, as its own settings ask: 3 of 4; and all 3 of the test where they
    # name everything below the root.
    assert percent(result) in (75.0, 85.71)
    assert not any("b.py" in str(row) for row in result.tables[0].rows)
    assert [finding.rule for finding in result.findings] == ["coverage/minimum"]
    assert "the minimum of 90 %" in result.findings[0].message


def test_settings_that_pytest_does_not_read_say_nothing(make_project: Make) -> None:
    files = {
        "a.py": F,
        "test_a.py": CALL.format(module="a"),
        "pytest.ini": "[pytest]\n",
        "tox.ini": "[pytest]\naddopts = --cov-fail-under=100\n",
    }
    assert measured(make_project(files)).status is Status.PASSED


def test_coverage_that_is_switched_off_is_told(make_project: Make) -> None:
    files = {
        "a.py": F,
        "test_a.py": CALL.format(module="a"),
        "pytest.ini": "[pytest]\naddopts = --no-cov\n",
    }
    with pytest.raises(ToolError, match="`--no-cov` in pytest's settings"):
        measured(make_project(files))


def test_the_minimum_asked_for_goes_before_the_projects_own(make_project: Make) -> None:
    files = {"a.py": F, "test_a.py": CALL.format(module="a"), **OWN["addopts"]}
    assert measured(make_project(files), minimum=50.0).status is Status.PASSED


def test_a_minimum_is_rounded_to_as_coverage_does(make_project: Make) -> None:
    """What passes by coverage's own rounding (66.67 is 67) must pass here too."""
    files = {
        "a.py": F,
        "test_a.py": CALL.format(module="a"),
        ".coveragerc": "[run]\nbranch=on\nomit = test_*\n[report]\nfail_under = 67\n",
    }
    assert measured(make_project(files)).status is Status.PASSED


def test_processes_that_the_tests_start_are_measured(make_project: Make) -> None:
    files = {
        "a.py": F + "\n\nif True:\n    f(0)\n",
        "test_a.py": "import subprocess\nimport sys\n\n\ndef test_f():\n"
        "    subprocess.run([sys.executable, 'a.py'], check=True)\n",
        ".coveragerc": "[run]\nsource = .\nomit = test_*\npatch = subprocess\n"
        "parallel = true\n",
    }
    assert percent(measured(make_project(files))) == 83.33


def without(python: Python, *missing: str) -> Python:
    tools = {name: v for name, v in python.tools.items() if name not in missing}
    return replace(python, tools=tools)


@pytest.mark.parametrize("name", ["a script", "a src layout"])
def test_without_pytest_cov_the_same_is_measured(
    make_project: Make, python: Python, name: str
) -> None:
    project = make_project(LAYOUTS[name], python=without(python, "pytest-cov"))
    result = measured(project)
    assert (result.metrics["coverage.total"], percent(result)) == (8, 62.5)


def test_without_coverage_it_says_how_to_get_it(
    make_project: Make, python: Python
) -> None:
    bare = without(python, "pytest-cov", "coverage")
    files = {"a.py": F, "test_a.py": CALL.format(module="a")}
    with pytest.raises(ToolError, match="coverage is not installed") as caught:
        measured(make_project(files, python=bare))
    assert "pip install" in caught.value.hint


@pytest.mark.parametrize("check", [tests, None])
def test_where_no_tests_ran_there_is_nothing_to_judge(
    make_project: Make, check: ModuleType | None
) -> None:
    project = make_project({"a.py": F} if check else {"test_a.py": "x = 1\n"})
    if check:
        check.run(project, check.Options())
    result = coverage.run(project, coverage.Options())
    assert result.status is Status.SKIPPED
    assert result.summary == ("there are no tests" if check else "no tests ran")


@pytest.mark.parametrize(
    ("files", "options"),
    [
        ({"a.py": F}, {"minimum": 80}),
        ({"a.py": F}, {"changed_lines": 80}),
        ({"a.py": F, "test_a.py": ""}, {"minimum": 80}),
        ({"a.py": F, ".coveragerc": "[report]\nfail_under = 80\n"}, {}),
    ],
)
def test_dropping_the_tests_does_not_get_around_a_minimum(
    make_project: Make, files: dict[str, str], options: dict[str, float]
) -> None:
    result = coverage.run(make_project(files), coverage.Options(**options))
    assert result.status is Status.FAILED
    assert "nothing reaches the minimum of 80 %" in result.summary


def test_tests_that_left_no_data_are_no_pass(make_project: Make) -> None:
    files = {"a.py": F, "test_a.py": "import os\n\n\ndef test_a():\n    os._exit(0)\n"}
    project = make_project(files)
    tests.run(project, tests.Options())
    with pytest.raises(ToolError, match="no coverage data"):
        coverage.run(project, coverage.Options())


def test_a_minimum_over_no_code_at_all_is_not_met(make_project: Make) -> None:
    project = make_project({"test_a.py": "def test_a(): ...\n", "a.py": ""})
    result = measured(project, minimum=1.0)
    assert result.status is Status.FAILED
    assert "nothing was measured" in result.findings[0].message


def test_a_file_that_is_gone_is_no_reason_to_fail(make_project: Make) -> None:
    files = {
        "a.py": F,
        ".coveragerc": "[run]\nbranch = true\n",
        "test_a.py": "from a import f\nimport pathlib\n\n\ndef test_f():\n    f(1)\n"
        "    path = pathlib.Path('made.py')\n    path.write_text('x = 1\\n')\n"
        "    import made\n    path.unlink()\n    assert made.x\n",
    }
    assert measured(make_project(files)).status is Status.PASSED


@pytest.mark.parametrize(
    "covered, total, text",
    [
        (0, 10, "0.0 %"),
        (10, 10, "100.0 %"),
        (9996, 10000, "99.9 %"),
        (99999, 100000, "99.9 %"),
        (1, 100000, "0.1 %"),
        (57, 100, "57.0 %"),
        (29, 100, "29.0 %"),
        (0, 0, "nothing to cover"),
    ],
)
def test_a_percentage_says_100_only_when_it_is(
    covered: int, total: int, text: str
) -> None:
    assert coverage._text(Counts(total=total, covered=covered)) == text


@pytest.mark.parametrize(
    "covered, total, limit, text",
    [
        (7996, 10000, 80.0, "79.96 %"),
        (79999, 100000, 80.0, "79.999 %"),
        (5, 8, 80.0, "62.5 %"),
        (999, 1000, 100.0, "99.9 %"),
    ],
)
def test_a_percentage_below_a_limit_is_shown_below_it(
    covered: int, total: int, limit: float, text: str
) -> None:
    assert coverage._under(Counts(total=total, covered=covered), limit) == text
