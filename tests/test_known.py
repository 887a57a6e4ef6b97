"""`judge: new` from end to end: real repositories, real tools, one fault at a time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest

from gate import pipeline, process
from gate.checks import CHECKS
from gate.config import CheckSettings
from gate.findings import Judge, Result, Status, Weight
from gate.project import open_project
from gate.scratch import remove
from tests.cells import notebook
from tests.conftest import Repository
from tests.copied import MEAN_FARE

Judged = Callable[..., Result]

# Something of each kind is wrong: an import too many, a line too long, three equal
# ones, a layout that black dislikes, and a type.
OLD = f"""\
import os
import sys


def first(values: list[int]) -> int:
    x  = values[0]
    return x


def long() -> str:
    return "{'a' * 90}"


def wrong() -> int:
    return "one"


def equal() -> None:
    a=1
    a=1
    a=1
    print( a )
"""
EQUAL = OLD[OLD.index("def equal") :]
USES = "from old import first\n\nprint(first([1]))\n"
CODE = ("formatting", "lint", "typecheck")


@pytest.fixture
def old(repository: Repository) -> Repository:
    """An unclean repository, on a branch for a change."""
    repository.commit({"old.py": OLD, "uses.py": USES, "pkg/__init__.py": ""})
    repository.git("switch", "-q", "-c", "change")
    return repository


@pytest.fixture
def judged(repository: Repository) -> Iterator[Judged]:
    """Judge the tree as it is by one check: `judged("lint")`."""

    def judge(
        check: str, *, base: str | None = "main", apart: bool = False, **options: object
    ) -> Result:
        project = open_project(repository.root, base=base, python=sys.executable)
        chosen = CHECKS[check].Options(**{"judge": Judge.NEW, **options})
        settings = {check: CheckSettings(weight=Weight.ERROR, options=chosen)}
        try:
            (result,) = pipeline.run(
                project, settings, apart=(lambda: None) if apart else None
            )
        finally:
            remove(project.scratch)
        assert result.status is not Status.ERROR, (result.summary, result.output)
        return result

    yield judge


def new(result: Result) -> list[str]:
    """The new findings as `path:line rule`."""
    return [
        f"{f.path}:{f.line} {f.rule.partition('/')[2]}"
        for f in result.findings
        if f.new
    ]


def is_green(result: Result) -> bool:
    """Whether it is open, with something in it, and all of that was there before."""
    old = all(finding.new is False for finding in result.findings)
    return result.status is Status.PASSED and bool(result.findings) and old


@pytest.mark.parametrize("check", CODE)
def test_an_unclean_repository_is_green_without_a_change(
    old: Repository, judged: Judged, check: str
) -> None:
    result = judged(check)
    assert is_green(result)
    assert result.summary.startswith("no new problem, ")
    assert result.metrics[f"{check}.new"] == 0
    assert result.advice == ()


def test_without_the_option_all_of_it_counts(old: Repository, judged: Judged) -> None:
    result = judged("lint", judge=Judge.ALL)
    assert result.status is Status.FAILED
    assert {finding.new for finding in result.findings} == {None}
    assert "lint.new" not in result.metrics


MOVES = {
    "lines above": {"old.py": "# one\n# two\n\n" + OLD},
    "code within the file": {
        "old.py": OLD.replace("\n\n" + EQUAL, "").replace(
            "def long", EQUAL + "\n\ndef long"
        )
    },
    "another indentation": {
        "old.py": OLD.replace("    x  =", "    if True:\n        x  =")
    },
    "line ends": {"old.py": OLD.replace("\n", "\r\n")},
    "nothing of Python": {"README.md": "# Read me\n"},
    "a clean file": {"clean.py": '"""Clean."""\n'},
}


@pytest.mark.parametrize("how", MOVES)
@pytest.mark.parametrize("check", CODE)
@pytest.mark.parametrize("committed", [True, False])
def test_moving_code_is_green(
    old: Repository, judged: Judged, check: str, how: str, committed: bool
) -> None:
    old.commit(MOVES[how]) if committed else old.write(MOVES[how])
    result = judged(check)
    assert is_green(result), (new(result), result.summary)


REST = OLD.replace("\n\n" + EQUAL, "")
ELSEWHERE = {
    "to a new file": {"old.py": REST, "fresh.py": EQUAL},
    "to another file": {"old.py": REST, "uses.py": f"{USES}\n\n{EQUAL}"},
    "into two files": {
        "old.py": '"""What is left."""\n',
        "uses.py": "",
        "one.py": REST,
        "two.py": EQUAL,
    },
}


@pytest.mark.parametrize("how", ELSEWHERE)
@pytest.mark.parametrize("check", CODE)
def test_moving_code_to_other_files_is_green(
    old: Repository, judged: Judged, check: str, how: str
) -> None:
    old.commit(ELSEWHERE[how])
    result = judged(check)
    assert is_green(result), (new(result), result.summary)


def test_what_moves_with_a_fault_more_is_red_with_that(
    old: Repository, judged: Judged
) -> None:
    old.commit({"old.py": REST, "fresh.py": EQUAL + "\n\na = undefined\n"})
    assert new(judged("lint")) == ["fresh.py:8 F821"]


LONG = f"""\
def load(path):
    if path == 'x':
        raise ValueError('{'the path that was named ' * 4}')
    first = {{'alpha': '{'a' * 60}', 'beta': '{'b' * 60}'}}
    return first, path == None
"""


def test_black_brings_in_nothing_that_lint_calls_new(
    repository: Repository, judged: Judged
) -> None:
    repository.commit({"long.py": LONG})
    repository.git("switch", "-q", "-c", "change")
    process.run([sys.executable, "-m", "black", "-q", "."], cwd=repository.root)
    assert (repository.root / "long.py").read_text() != LONG
    result = judged("lint")
    assert is_green(result), new(result)


def test_relative_imports_may_have_other_line_ends_and_names(
    repository: Repository, judged: Judged
) -> None:
    files = {"pkg/__init__.py": "", "pkg/a.py": "from .b import x\n"}
    repository.commit({**files, "pkg/b.py": "x = 1\n" * 9})
    repository.git("switch", "-q", "-c", "change")
    repository.git("mv", "pkg/b.py", "pkg/c.py")
    repository.commit({"pkg/a.py": "from .c import x\r\n"})
    assert is_green(judged("imports", order=False))


RENAMES = [
    {"renamed.py": OLD, "uses.py": USES.replace("old", "renamed")},
    {"pkg/deep/er.py": OLD, "uses.py": USES.replace("old", "pkg.deep.er")},
    {"renamed.py": '"""More."""\n\n' + OLD, "uses.py": USES.replace("old", "renamed")},
]


@pytest.mark.parametrize("files", RENAMES, ids=["name", "folder", "edited"])
@pytest.mark.parametrize("check", CODE)
@pytest.mark.parametrize("committed", [True, False])
def test_renaming_a_file_is_green(
    old: Repository,
    judged: Judged,
    check: str,
    files: dict[str, str],
    committed: bool,
) -> None:
    (old.root / "old.py").unlink()
    old.commit(files) if committed else old.write(files)
    result = judged(check)
    assert is_green(result), (new(result), result.summary)


def test_what_moved_away_and_left_a_file_behind_is_not_new(
    old: Repository, judged: Judged
) -> None:
    left = "from pkg.moved import first\n\n__all__ = ['first']\n"
    old.commit({"pkg/moved.py": OLD, "old.py": left})
    assert is_green(judged("lint"))


FAULTS = [
    ("lint", "import re\n", "", ["old.py:1 F401"]),
    ("lint", "", "y = undefined\n", ["old.py:25 F821"]),
    ("formatting", "", "y=2\n", ["old.py:25 reformat"]),
    ("typecheck", "", 'y: int = "two"\n', ["old.py:25 assignment"]),
]


@pytest.mark.parametrize(("check", "above", "below", "expected"), FAULTS)
@pytest.mark.parametrize("committed", [True, False])
def test_one_fault_more_is_red_with_exactly_that(
    old: Repository,
    judged: Judged,
    check: str,
    above: str,
    below: str,
    expected: list[str],
    committed: bool,
) -> None:
    files = {"old.py": above + OLD + ("\n\n" + below if below else "")}
    old.commit(files) if committed else old.write(files)
    result = judged(check)
    assert result.status is Status.FAILED
    assert new(result) == expected
    assert result.findings[0].new
    assert result.summary.startswith("1 new problem")
    assert result.metrics[f"{check}.new"] == 1


@pytest.mark.parametrize("check", CODE)
def test_a_new_file_is_new_in_whole(
    old: Repository, judged: Judged, check: str
) -> None:
    old.write({"fresh.py": "import re\n\nx: int = 'a'\ny=1\n"})
    result = judged(check)
    assert {line.partition(":")[0] for line in new(result)} == {"fresh.py"}
    assert result.status is Status.FAILED


def test_a_copy_has_its_faults_anew(old: Repository, judged: Judged) -> None:
    old.commit({"copy.py": OLD})
    result = judged("lint")
    assert len(new(result)) == len(result.findings) / 2
    assert {line.partition(":")[0] for line in new(result)} == {"copy.py"}


@pytest.mark.parametrize("apart", [False, True])
def test_of_a_strangers_change_nothing_is_kept(
    old: Repository, judged: Judged, apart: bool
) -> None:
    old.commit({"old.py": "import re\n" + OLD})
    assert new(judged("lint", apart=apart)) == ["old.py:1 F401"]
    assert (old.root / ".gate_cache").exists() is not apart
    assert old.git("status", "--porcelain") == ""


def test_without_a_base_all_of_it_counts(
    repository: Repository, judged: Judged
) -> None:
    repository.write({"old.py": OLD})
    result = judged("lint", base=None)
    assert result.status is Status.FAILED
    assert result.summary == (
        "9 problems in 1 file; no base to compare with: no commit here, so all of it"
        " counts"
    )


def test_of_equal_ones_the_one_more_is_new_where_it_was_added(
    old: Repository, judged: Judged
) -> None:
    old.commit({"old.py": OLD.replace("    a=1\n", "    a=1\n    a=1\n", 1)})
    result = judged("lint")
    (line,) = new(result)
    assert line in [f"old.py:{number} E225" for number in range(20, 24)]
    assert result.summary == "1 new problem, 9 existing"


def test_a_signature_that_breaks_another_file_is_new_there(
    old: Repository, judged: Judged
) -> None:
    old.commit({"old.py": OLD.replace("values: list[int]", "values: list[str]")})
    result = judged("typecheck")
    assert "uses.py:3 list-item" in new(result)


def test_what_is_mended_is_counted(old: Repository, judged: Judged) -> None:
    old.commit({"old.py": OLD.replace("import os\nimport sys\n\n\n", "")})
    result = judged("lint")
    assert is_green(result)
    assert result.summary == "no new problem, 7 existing (2 fixed)"


@pytest.mark.parametrize("check", CODE)
def test_a_stricter_setting_makes_nothing_new(
    old: Repository, judged: Judged, check: str
) -> None:
    before = len(judged(check).findings)
    old.commit(
        {
            "setup.cfg": "[flake8]\nmax-line-length = 20\n",
            "mypy.ini": "[mypy]\nstrict = true\nfiles = .\n",
            "pyproject.toml": "[tool.black]\nline-length = 20\n",
            "other.py": '"""Other."""\n',
        }
    )
    result = judged(check)
    assert is_green(result)
    assert len(result.findings) >= before


# The smells

SMELLS = {
    "imports": ("from .b import x\n", "from .c import y\n"),
    "state": ("seen = []\n\n\ndef f(x):\n    seen.append(x)\n", ""),
    "naming": ("def loadAll():\n    return 1\n", "def loadSome():\n    return 2\n"),
    "reproducibility": ('A = "/home/ann/a.csv"\n', 'B = "/home/ann/b.csv"\n'),
}


@pytest.mark.parametrize("check", SMELLS)
def test_a_smell_that_was_there_is_green_and_another_one_is_red(
    repository: Repository, judged: Judged, check: str
) -> None:
    before, after = SMELLS[check]
    helpers = {"pkg/__init__.py": "", "pkg/b.py": "x = 1\n", "pkg/c.py": "y = 1\n"}
    repository.commit({**helpers, "pkg/a.py": before})
    repository.git("switch", "-q", "-c", "change")
    assert is_green(judged(check))
    repository.commit({"pkg/a.py": "# Moved down.\n\n\n" + before})
    assert is_green(judged(check))
    repository.commit({"pkg/a.py": before, "pkg/d.py": after or before})
    result = judged(check)
    assert result.status is Status.FAILED
    assert [one.rpartition(":")[0] for one in new(result)] == ["pkg/d.py"]


def test_copies_that_were_there_are_green_and_one_more_is_red(
    repository: Repository, judged: Judged
) -> None:
    repository.commit({"a.py": MEAN_FARE, "b.py": MEAN_FARE})
    repository.git("switch", "-q", "-c", "change")
    repository.commit({"b.py": "X = 1\n\n\n" + MEAN_FARE})
    assert is_green(judged("duplication"))
    repository.commit({"c.py": MEAN_FARE.replace("fare", "price")})
    result = judged("duplication")
    assert result.status is Status.FAILED
    assert new(result) == ["c.py:1 copy"]


def test_a_copy_is_told_where_it_is_new_whatever_its_file_is_called(
    repository: Repository, judged: Judged
) -> None:
    repository.commit({"b.py": MEAN_FARE, "c.py": MEAN_FARE.replace("ride", "trip")})
    repository.git("switch", "-q", "-c", "change")
    repository.commit({"a.py": MEAN_FARE.replace("fare", "price")})
    assert new(judged("duplication")) == ["a.py:1 copy"]
    assert "c.py:1" in [f"{f.path}:{f.line}" for f in judged("duplication").findings]


@pytest.mark.parametrize("to", ["0.py", "z.py"])
@pytest.mark.parametrize("first", ["mean_fare", "mean_price"])
def test_a_copy_that_moves_is_not_new(
    repository: Repository, judged: Judged, to: str, first: str
) -> None:
    more = "\n\nclass More:\n    pass\n" * 9
    files = {"a.py": MEAN_FARE, "b.py": MEAN_FARE.replace("fare", "price")}
    moved = next(path for path, text in files.items() if f"def {first}" in text)
    repository.commit({path: text + more for path, text in files.items()})
    repository.git("switch", "-q", "-c", "change")
    repository.commit({moved: more, to: files[moved]})
    assert is_green(judged("duplication"))


def test_a_large_file_that_was_there_is_not_new(
    repository: Repository, judged: Judged
) -> None:
    repository.commit({"a.py": "x = 1\n", "d/big.bin": b"\0" * 6_000_000})
    repository.git("switch", "-q", "-c", "change")
    repository.commit({"a.py": "x = 2\n"})
    result = judged("reproducibility")
    assert [f.rule for f in result.findings] == ["reproducibility/large-file"]
    assert is_green(result)


@pytest.mark.parametrize("check", ["formatting", "lint", "typecheck", "naming"])
def test_of_a_notebook_only_what_is_new_counts_wherever_its_cells_have_gone(
    repository: Repository, judged: Judged, check: str
) -> None:
    wrong = "import os\nx: int = ''\ny  = 1\ndef addRow(): pass"
    repository.commit({"a.ipynb": notebook("print(1)", wrong), "b.py": ""})
    repository.git("switch", "-q", "-c", "change")
    moved = notebook("print(0)", "print(1)", "# more", f"{wrong}\n\n\nprint(y)")
    repository.commit({"a.ipynb": moved})
    result = judged(check)
    assert result.findings and is_green(result)
    again = wrong.replace("os", "re").replace("x:", "z:").replace("y ", "w ")
    again = again.replace("addRow", "addColumn")
    repository.commit({"a.ipynb": notebook("print(1)", wrong, again)})
    result = judged(check)
    assert result.status is Status.FAILED
    assert any(finding.new for finding in result.findings)
