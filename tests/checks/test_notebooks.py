"""Notebooks in the checks of code: the cell is named, and the line is the file's."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from gate import patches
from gate.checks import (
    duplication,
    formatting,
    imports,
    lint,
    naming,
    reproducibility,
    state,
    typecheck,
)
from gate.findings import Finding, Level, Result, Status
from tests.cells import code, line_of, markdown, notebook
from tests.copied import MEAN_FARE

Run = Callable[..., Result]


def said(result: Result) -> list[tuple[str, int | None, str]]:
    return [(f.rule, f.line, f.message) for f in result.findings]


def test_lint_names_the_cell_and_the_line_of_the_file(run_check: Run) -> None:
    text = notebook(markdown("# a"), "import os\nx = 1", "y = x\nprint( y)")
    result = run_check(lint, {"n/a b.ipynb": text})
    assert result.status is Status.FAILED
    assert result.findings == (
        Finding(
            rule="lint/F401",
            message="cell 2, line 1: 'os' imported but unused",
            path="n/a b.ipynb",
            line=line_of(text, "import os"),
        ),
        Finding(
            rule="lint/E201",
            message="cell 3, line 2: whitespace after '('",
            path="n/a b.ipynb",
            line=line_of(text, "print"),
        ),
    )


QUIET = notebook(
    "%matplotlib inline\nimport os\n\nfrom tqdm import tqdm",
    "%timeit tqdm(1)\nfiles = !ls {os.sep}\nfiles[0]",
    "import sys\n\nsys.path",
    "\n\ndef f():\n    return display(Out[1])",
    "def g():\n    return get_ipython()",
    "await f()",
    "f();",
    "f() == 1",
    "%%bash\necho $x",
    "import json  # noqa: F401\n",
)


@pytest.mark.parametrize(
    "files",
    [
        {"a.ipynb": QUIET},
        {"a.ipynb": notebook("%pylab inline", "plot(arange(3))")},
        {"a.ipynb": notebook("x <- 1", language_info={"name": "R"})},
        {"a.ipynb": notebook("import os"), ".flake8": "[flake8]\nexclude = a.ipynb\n"},
        {
            "n/a.ipynb": notebook("import os"),
            "setup.cfg": "[flake8]\nper-file-ignores = n/*.ipynb:F401\n",
        },
    ],
    ids=range(5),
)
def test_what_notebooks_may_do_is_quiet(run_check: Run, files: dict[str, str]) -> None:
    assert not said(run_check(lint, files))


def test_what_cannot_be_read_is_told(run_check: Run) -> None:
    text = notebook("x = 1", "for")
    result = run_check(lint, {"a.ipynb": text, "b.ipynb": "{"})
    assert [(f.path, f.rule, f.line) for f in result.findings] == [
        ("a.ipynb", "lint/E999", line_of(text, "for")),
        ("b.ipynb", "lint/E999", None),
    ]


@pytest.mark.parametrize("check", [formatting, lint, typecheck])
def test_notebooks_can_be_left_out(run_check: Run, check: object) -> None:
    text = notebook("import os\nx:int=''")
    assert run_check(check, {"a.ipynb": text}, notebooks=False).status is Status.SKIPPED


def test_black_formats_the_cells_and_leaves_all_else(run_check: Run) -> None:
    shown = [{"output_type": "stream", "text": ["x=1\n"]}]
    text = notebook(
        markdown("x=1"),
        code("x=1\n%time  f( 1)\nif x :\n    y = !ls  -l\nplot( 'ä' );", outputs=shown),
        "z = 1",
        "%%sql\nselect  1",
        "%%time\nprint( 1 )",
    )
    result = run_check(formatting, {"a.ipynb": text})
    (finding,) = result.findings
    assert finding.message == "black would reformat cells 2, 5 of this notebook"
    assert finding.line == line_of(text, '"x=1\\n",\n    "%time')
    assert result.summary == "1 of 1 file would be reformatted"
    assert finding.fix
    now = patches.applied(text, [*patches.hunks(finding.fix.patch)])
    assert now == notebook(
        markdown("x=1"),
        code('x = 1\n%time  f( 1)\nif x:\n    y = !ls  -l\nplot("ä");', outputs=shown),
        "z = 1",
        "%%sql\nselect  1",
        "%%time\nprint(1)",
    )


@pytest.mark.parametrize(
    "files",
    [
        {"a.ipynb": notebook("x = 1")},
        {"a.ipynb": notebook("for", "!ls", "%%bash\nls", "!a \\\n  b\nx=1")},
        {
            "n/a.ipynb": notebook("x=1"),
            "pyproject.toml": "[tool.black]\nextend-exclude = '/n/'\n",
        },
        {
            "a.ipynb": notebook("x = 'a'"),
            "pyproject.toml": "[tool.black]\nskip-string-normalization = true\n",
        },
    ],
    ids=range(4),
)
def test_formatted_notebooks_pass(run_check: Run, files: dict[str, str]) -> None:
    result = run_check(formatting, files)
    assert (result.findings, result.summary) == ((), "1 file formatted")


@pytest.mark.skipif(
    not (find_spec("IPython") and find_spec("tokenize_rt")),
    reason="black[jupyter] is not installed",
)
def test_black_itself_says_the_same_of_notebooks(
    run_check: Run, tmp_path: Path
) -> None:
    text = notebook("%time  x\nx=1;", "def f( a ): return a", "files=!ls", "x  ;  # a")
    (finding,) = run_check(formatting, {"a.ipynb": text}).findings
    (tmp_path / "a.ipynb").write_text(text, "utf-8")
    subprocess.run([sys.executable, "-m", "black", "-q", tmp_path], check=True)
    assert finding.fix
    ours = patches.applied(text, [*patches.hunks(finding.fix.patch)])
    assert ours == (tmp_path / "a.ipynb").read_text("utf-8")


def test_types_are_checked_across_cells(run_check: Run) -> None:
    text = notebook(
        "from helpers import half\n%matplotlib inline",
        "def f():\n    return 1",
        "def f():\n    return 2",
        "x = half('1')",
        "x = 'now text'\ndisplay(x)\nawait f()",
    )
    helpers = "def half(x: int) -> int:\n    return x // 2\n"
    files = {"n/a.ipynb": text, "n/helpers.py": helpers, "m/a.ipynb": notebook("x = 1")}
    result = run_check(typecheck, files)
    assert said(result) == [
        (
            "typecheck/arg-type",
            line_of(text, "x = half"),
            'cell 4, line 1: Argument 1 to "half" has incompatible type "str";'
            ' expected "int"',
        )
    ]
    assert result.summary == "1 error in 1 file"


def test_what_mypy_says_of_magics_alone_is_nothing(run_check: Run) -> None:
    text = notebook("%timeit nobody_knows", "display(1)")
    result = run_check(typecheck, {"a.ipynb": text})
    assert (result.status, result.findings) == (Status.PASSED, ())


@pytest.mark.parametrize(
    ("files", "options", "found"),
    [
        ({}, {}, ["a.ipynb", "n/b.ipynb"]),
        ({}, {"paths": ("n",)}, ["n/b.ipynb"]),
        ({"mypy.ini": "[mypy]\nexclude = n/\n"}, {}, ["a.ipynb"]),
        ({"mypy.ini": "[mypy]\nfiles = x.py\n"}, {}, []),
        ({"mypy.ini": "[mypy]\n", "pkg/__init__.py": ""}, {}, []),
    ],
)
def test_types_are_checked_where_those_of_scripts_are(
    run_check: Run, files: dict[str, str], options: dict[str, object], found: list[str]
) -> None:
    text = notebook("x: int = ''")
    more = {"x.py": "", "n/y.py": "", "a.ipynb": text, "n/b.ipynb": text, **files}
    result = run_check(typecheck, more, **options)
    assert [finding.path for finding in result.findings] == found


def test_an_edit_of_the_path_is_told_and_the_order_of_imports_is_not(
    run_check: Run,
) -> None:
    text = notebook("import sys\nsys.path.append('..')", "import os\nimport abc")
    assert said(run_check(imports, {"a.ipynb": text})) == [
        (
            "imports/path-edit",
            line_of(text, "sys.path"),
            "cell 1, line 2: `sys.path.append` changes where imports are looked for"
            " (RQ102)",
        )
    ]


def test_chance_is_judged(run_check: Run) -> None:
    text = notebook("import numpy as np", "x = 1", "np.random.rand()")
    result = run_check(reproducibility, {"a.ipynb": text})
    (finding,) = result.findings
    assert finding.line == line_of(text, "np.random")
    assert finding.message.startswith("cell 3, line 1: `numpy.random.rand` without")


def test_a_notebook_may_keep_state(run_check: Run) -> None:
    text = notebook("data = []\ndef add(row):\n    data.append(row)", "print(data)")
    assert run_check(state, {"a.ipynb": text}).status is Status.SKIPPED


def test_a_name_in_a_cell_is_judged(run_check: Run) -> None:
    text = notebook("x = 1", "def addRow(row):\n    return row")
    (finding,) = run_check(naming, {"a.ipynb": text}).findings
    assert finding.line == line_of(text, "def addRow")


@pytest.mark.parametrize("compact", [False, True])
def test_copies_are_found_in_notebooks(run_check: Run, compact: bool) -> None:
    text = notebook("x = 1", MEAN_FARE)
    if compact:
        text = json.dumps(json.loads(text))
    result = run_check(duplication, {"a.py": MEAN_FARE, "b.ipynb": text})
    (finding,) = result.findings
    assert (finding.path, finding.level) == ("b.ipynb", Level.ERROR)
    assert finding.message.startswith("cell 2, line")
    assert finding.message.endswith(": the same code is in `mean_fare` of `a.py`")
    assert finding.line == (1 if compact else line_of(text, "def mean_fare"))
