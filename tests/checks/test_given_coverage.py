"""Coverage that an earlier step measured: the same numbers, of this very tree."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import coverage as library
import pytest

from gate.checks import coverage, tests
from gate.errors import ToolError
from gate.findings import Level, Result, Status
from gate.interpreters import Python
from gate.project import Project

Make = Callable[..., Project]

# Lines 1 to 4 and two branches of line 2; called with 1, lines 1, 2 and 3 and a branch.
F = "def f(x):\n    if x:\n        return 1\n    return 2\n"
FILES = {
    "src/taxi/__init__.py": "",
    "src/taxi/a.py": F,
    ".gitignore": "build/\n",
    ".coveragerc": "[run]\nbranch = true\nsource = src\n",
}
ONE = {(-1, 1), (1, -1), (-1, 2), (2, 3), (3, -1)}
ZERO = {(-1, 2), (2, 4), (4, -1)}


def written(
    project: Project, name: str, arcs: Mapping[str, Any], lines: bool = False
) -> None:
    """A data file as coverage itself would leave it."""
    path = project.root / name
    path.parent.mkdir(exist_ok=True)
    data = library.CoverageData(basename=str(path))
    if lines:
        data.add_lines({f: {a for a, b in pairs} for f, pairs in arcs.items()})
    else:
        data.add_arcs(arcs)
    data.touch_files(arcs)
    data.write()


def at(start: str) -> str:
    return f"{start}/src/taxi/a.py"


def judged(project: Project, report: Any = "build/*", **options: Any) -> Result:
    return coverage.run(project, coverage.Options(report=report, **options))


def counts(result: Result) -> tuple[float, float]:
    return result.metrics["coverage.covered"], result.metrics["coverage.total"]


@pytest.mark.parametrize("relative", [False, True])
def test_data_of_this_tree_is_exact(make_project: Make, relative: bool) -> None:
    rc = FILES[".coveragerc"] + "relative_files = true\n" * relative
    project = make_project({**FILES, ".coveragerc": rc}, base=FILES)
    start = "." if relative else str(project.root)
    written(project, "build/.coverage", {at(start): ONE})
    result = judged(project, changed_lines=0)
    assert (result.status, counts(result)) == (Status.PASSED, (4, 6))
    assert result.tools[0].name == "coverage"
    assert [row[0] for row in result.tables[0].rows] == ["src/taxi/a.py"]


@pytest.mark.parametrize("lines", [False, True])
def test_a_file_of_which_nothing_ran_counts(make_project: Make, lines: bool) -> None:
    files = {**FILES, "src/taxi/b.py": F}
    project = make_project(files, base=FILES)
    both = {at(str(project.root)): ONE, f"{project.root}/src/taxi/b.py": set()}
    written(project, "build/a", both, lines)
    assert counts(judged(project)) == ((3, 8) if lines else (4, 12))


@pytest.mark.parametrize(
    "start",
    [
        "/home/runner/jobs/taxi/taxi",
        "D:\\a\\taxi",
        "/x/.tox/py312/lib/python3.12/site-packages/../..",
    ],
)
def test_data_of_another_machine_is_this_trees(make_project: Make, start: str) -> None:
    project = make_project(FILES, base=FILES)
    path = at(start).replace("/", "\\") if "\\" in start else at(start)
    written(project, "build/.coverage", {path: ONE, "/tmp/gone.py": ZERO})
    result = judged(project)
    assert counts(result) == (4, 6)
    (note,) = [f for f in result.findings if f.rule == "coverage/elsewhere"]
    assert note.level is Level.NOTE and "`/tmp/gone.py`" in note.message


def test_installed_packages_are_those_of_the_tree(make_project: Make) -> None:
    project = make_project(FILES, base=FILES)
    place = "/x/lib/python3.12/site-packages/taxi"
    written(project, "build/.coverage", {f"{place}/a.py": ONE})
    assert counts(judged(project)) == (4, 6)


def test_the_settings_say_which_folder_is_which(make_project: Make) -> None:
    rc = FILES[".coveragerc"] + "[paths]\nsource =\n    src/taxi\n    */other/name\n"
    project = make_project({**FILES, ".coveragerc": rc}, base=FILES)
    written(project, "build/.coverage", {"/an/other/name/a.py": ONE})
    assert counts(judged(project)) == (4, 6)


def test_a_line_ran_if_it_ran_on_any_of_several_machines(make_project: Make) -> None:
    project = make_project(FILES, base=FILES)
    written(project, "build/.coverage.3.10", {at("/linux"): ONE})
    written(project, "build/.coverage.3.14", {at("C:"): ZERO})
    result = judged(project, report=("build/.coverage.*",))
    assert counts(result) == (6, 6)
    assert counts(judged(replace_scratch(project), "build/.coverage.3.10")) == (4, 6)


def replace_scratch(project: Project) -> Project:
    folder = project.scratch.with_name("another scratch")
    folder.mkdir(exist_ok=True)
    return replace(project, scratch=folder)


def test_lines_and_branches_are_not_put_together(make_project: Make) -> None:
    project = make_project(FILES, base=FILES)
    written(project, "build/a", {at(str(project.root)): ONE})
    written(project, "build/b", {at(str(project.root)): ONE}, lines=True)
    with pytest.raises(ToolError, match="`build/a` has branches and `build/b` only"):
        judged(project)


def test_without_settings_tests_are_left_out(make_project: Make) -> None:
    files = {**FILES, "tests/test_a.py": F}
    del files[".coveragerc"]
    project = make_project(files, base={"x": ""})
    both = {at(str(project.root)): ONE, f"{project.root}/tests/test_a.py": ONE}
    written(project, "build/.coverage", both)
    assert counts(judged(project)) == (4, 6)


def test_what_may_be_several_files_is_told_and_not_counted(make_project: Make) -> None:
    more = {**FILES, "one/x/b.py": F, "two/x/b.py": F}
    project = make_project(more, base=FILES)
    written(project, "build/a", {at(str(project.root)): ONE, "/q/x/b.py": ONE})
    result = judged(project)
    assert counts(result) == (4, 6)
    (finding,) = [f for f in result.findings if f.rule == "coverage/ambiguous"]
    assert finding.level is Level.WARNING and "`/q/x/b.py`" in finding.message
    assert finding.message in result.summary


def test_data_of_another_project_is_refused(make_project: Make) -> None:
    project = make_project(FILES, base=FILES)
    written(project, "build/.coverage", {"/other/b.py": ONE})
    with pytest.raises(ToolError, match="none of the project's.*/other/b.py") as caught:
        judged(project)
    assert "relative_files" in caught.value.hint
    written(project, "build/.empty", {})
    with pytest.raises(ToolError, match="`build/.empty` measured no file at all"):
        judged(replace_scratch(project), "build/.empty")


def test_lines_that_a_file_does_not_have_are_told(make_project: Make) -> None:
    project = make_project(FILES, base=FILES)
    written(project, "build/a", {at(str(project.root)): {*ONE, (99, -1)}})
    (finding,) = [f for f in judged(project).findings if f.rule == "coverage/stale"]
    assert "has line 99, where there are 5" in finding.message


@pytest.mark.parametrize("content", [b"SQLite format 3\0", b"SQLite format 3\0" * 999])
def test_data_that_is_none_is_told(make_project: Make, content: bytes) -> None:
    project = make_project({**FILES, "build/a": content}, base=FILES)
    with pytest.raises(ToolError, match="coverage cannot read `build/a`"):
        judged(project)


@pytest.mark.parametrize("content", ["<testsuite/>", "hello", ""])
def test_what_is_neither_data_nor_cobertura_is_told(
    make_project: Make, content: str
) -> None:
    project = make_project({**FILES, "build/a": content}, base=FILES)
    with pytest.raises(ToolError, match="`build/a`"):
        judged(project)


def test_data_and_xml_are_not_put_together(make_project: Make) -> None:
    project = make_project({**FILES, "build/b": "<coverage/>"}, base=FILES)
    written(project, "build/a", {at(str(project.root)): ONE})
    with pytest.raises(ToolError, match="`build/a` is coverage's data and `build/b`"):
        judged(project)


def test_data_that_is_committed_is_refused(make_project: Make) -> None:
    project = make_project(FILES, base=FILES)
    written(project, ".coverage", {at(str(project.root)): ONE})
    subprocess.run(["git", "add", "-f", ".coverage"], cwd=project.root, check=True)
    with pytest.raises(ToolError, match="`.coverage` is committed"):
        judged(project, ".coverage")


def test_the_data_itself_is_left_as_it_is(make_project: Make) -> None:
    project = make_project(FILES, base=FILES)
    written(project, "build/a", {"/elsewhere/src/taxi/a.py": ONE})
    before = (project.root / "build/a").read_bytes()
    judged(project)
    assert (project.root / "build/a").read_bytes() == before
    assert os.listdir(project.root / "build") == ["a"]


def test_where_the_project_has_no_coverage_the_gates_reads(
    make_project: Make, python: Python
) -> None:
    project = make_project(FILES, base=FILES)
    bare = replace(python, tools={}, origin="bare")
    written(project, "build/a", {at(str(project.root)): ONE})
    result = judged(replace(project, python=bare))
    assert result.tools[0].origin == "the tests' own"


def xml_of(project: Project, data: str, xml: str) -> None:
    """What coverage itself writes as Cobertura's of a data file."""
    words = [sys.executable, "-m", "coverage", "xml", "-q", "-o", xml]
    subprocess.run(
        [*words, f"--data-file={data}"], cwd=project.root, check=True, timeout=60
    )


def test_cobertura_says_what_the_data_says(make_project: Make) -> None:
    """Lines and branches, of the whole and of the changed lines, by coverage's word."""
    project = make_project({"src/taxi/a.py": F + "\n\nx = 1\n"}, base=FILES)
    written(project, "build/one", {at(str(project.root)): ONE})
    xml_of(project, "build/one", "build/one.xml")
    data = judged(project, "build/one")
    xml = judged(project, "build/one.xml")
    assert counts(xml) == counts(data) == (4, 7)
    assert xml.metrics == data.metrics
    places = [(f.path, f.line) for f in data.findings]
    assert [(f.path, f.line) for f in xml.findings] == places
    assert [f.line for f in data.findings] == [7]
    assert xml.tools == ()


def test_several_of_cobertura_are_joined_branch_by_branch(make_project: Make) -> None:
    project = make_project(FILES, base=FILES)
    for name, arcs in (("one", ONE), ("zero", ZERO)):
        written(project, f"build/{name}", {at(str(project.root)): arcs})
        xml_of(project, f"build/{name}", f"build/{name}.xml")
    text = (project.root / "build/zero.xml").read_text()
    moved = text.replace(str(project.root), "/elsewhere/on/another/machine")
    (project.root / "build/zero.xml").write_text(moved)
    result = judged(project, "build/*.xml")
    # Lines 1 ran in one of them only; both branches were taken together.
    assert counts(result) == (6, 6)


def test_old_xml_is_told_by_the_time_that_it_says(make_project: Make) -> None:
    project = make_project(FILES, base=FILES)
    written(project, "build/one", {at(str(project.root)): ONE})
    xml_of(project, "build/one", "build/one.xml")
    path = project.root / "build/one.xml"
    path.write_text(
        re.sub('timestamp="[0-9]+"', 'timestamp="1500000000000"', path.read_text())
    )
    rules = [f.rule for f in judged(project, "build/one.xml").findings]
    assert rules == ["coverage/stale"]


def test_a_minimum_holds_for_what_is_given(make_project: Make) -> None:
    project = make_project(FILES, base=FILES)
    written(project, "build/a", {at(str(project.root)): ONE})
    result = judged(project, minimum=70)
    assert result.status is Status.FAILED
    assert result.summary == "66.7 % of 6 lines and branches"


def test_a_folder_is_no_report(make_project: Make) -> None:
    project = make_project({**FILES, "build/a/b": ""}, base=FILES)
    with pytest.raises(ToolError, match="there is no `build/a`"):
        judged(project, "build/a")
    assert Path(project.root / "build/a").is_dir()


@pytest.mark.parametrize("settings", [FILES[".coveragerc"], ""])
def test_what_is_given_is_what_a_run_would_measure(
    make_project: Make, settings: str
) -> None:
    call = "from taxi.a import f\n\n\ndef test_f():\n    assert f(1) == 1\n"
    files = {
        **{k: v for k, v in FILES.items() if k != ".coveragerc"},
        "src/taxi/b.py": F,
        "tests/test_a.py": call,
        "conftest.py": "import sys\n\nsys.path.insert(0, 'src')\n",
        **({".coveragerc": settings} if settings else {}),
    }
    project = make_project(files, base={"x": ""})
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    cov = ["--cov" if settings else "--cov=src", "--cov-branch", "--cov-report="]
    env = {**os.environ, "COVERAGE_FILE": str(project.root / "build" / "a")}
    (project.root / "build").mkdir()
    subprocess.run([*words, *cov], cwd=project.root, env=env, check=True, timeout=120)
    given = judged(project)
    fresh = replace_scratch(project)
    assert tests.run(fresh, tests.Options()).status is Status.PASSED
    assert given.metrics == coverage.run(fresh, coverage.Options()).metrics
    assert given.metrics["coverage.total"] == 12
