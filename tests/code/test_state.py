"""State of modules: what is changed by functions, and what an import runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.code import imports, layout, state
from gate.code.rules import Problem
from gate.code.source import Source


def found(text: str, path: str = "a.py", **others: str) -> list[Problem]:
    """What is wrong with a file, beside others: `pkg__b="..."` is `pkg/b.py`."""
    files = {f"{name.replace('__', '/', 1)}.py": t for name, t in others.items()}
    sources = [Source(path, text), *(Source(p, t) for p, t in files.items())]
    return [*state.look(sources[0], layout.of(sources))]


def places(text: str, path: str = "a.py", **others: str) -> list[tuple[str, int]]:
    return [(p.rule.code, p.line) for p in found(text, path, **others)]


# RQ201: containers that functions change

FILLS = [
    "xs.append(1)",
    "xs.extend([1])",
    "xs.update(a=1)",
    "xs.add(1)",
    "xs[0] = 1",
    "xs[0] += 1",
    "xs[0][1] = 2",
    "xs[0].append(1)",
    "del xs[0]",
    "xs.clear()",
    "xs.pop()",
    "xs.sort()",
    "xs['a'] = xs.get('a', 0) + 1",
    "a = xs[0] = 1",
    "print(xs.append(1))",
]


@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize(
    "made", ["xs = []", "xs: list[int] = [1]", "ys = xs = dict()", "XS = 1; xs = {1}"]
)
def test_a_container_that_a_function_changes_is_named(made: str, fill: str) -> None:
    text = f"import os\n{made}\ndef f():\n    if 1:\n        {fill}\n"
    assert places(text) == [("RQ201", 2)]


@pytest.mark.parametrize(
    "text, line",
    [
        ("LOG = []\ndef f():\n    LOG.append(1)\n", 1),
        ("from typing import Final\nLOG: Final = []\ndef f():\n    LOG.append(1)\n", 2),
        ("import collections as c\nn = c.Counter()\ndef f(x):\n    n[x] += 1\n", 2),
        ("from collections import deque\nq = deque()\nf = lambda: q.append(1)\n", 2),
        ("xs = [i for i in '12']\nclass A:\n    def f(self):\n        xs.pop()\n", 1),
        ("xs = []\ndef f():\n    def g():\n        xs.append(1)\n    return g\n", 1),
        ("if 1:\n    xs = []\ndef f():\n    global xs\n    xs.append(1)\n", 2),
        ("xs = []\nasync def f():\n    xs.append(1)\n", 1),
        ("xs = []\ndef f():\n    for xs[0] in '1': pass\n    xs.append(2)\n", 1),
        # Asked, and yet not as a cache is.
        ("n = {}\ndef f(k):\n    if k in n:\n        n[k] += 1\n", 1),
        ("n = {}\ndef f(k):\n    if k not in n: n[k] = []\n    n[k].append(1)\n", 1),
        # A script's functions are called once, and that builds no table.
        ("xs = []\ndef f(n):\n    xs.append(n)\nf(1)\n", 1),
    ],
)
def test_state_is_found_in_every_shape(text: str, line: int) -> None:
    assert places(text) == [("RQ201", line)]


@pytest.mark.parametrize(
    "text",
    [
        # Never changed by a function.
        "xs = []\nxs.append(1)\n",
        "xs = [1]\ndef f():\n    return xs[0], xs.index(1), xs.copy()\n",
        "xs = {}\ndef f():\n    return {**xs, 'a': 1}\n",
        "__all__ = []\ndef f():\n    __all__.append('a')\n",
        # Another name.
        "xs = []\ndef f(xs):\n    xs.append(1)\n",
        "xs = []\ndef f():\n    xs = []\n    xs.append(1)\n",
        "xs = []\ndef f():\n    with a() as xs:\n        xs.append(1)\n",
        "xs = []\ndef f():\n    import xs\n    xs.append(1)\n",
        "xs = []\ndef f(*xs):\n    return lambda: xs.append(1)\n",
        "xs = []\ndef f():\n    xs = []\n    def g():\n        xs.append(1)\n",
        "xs = []\ndef f(y):\n    match y:\n        case [*xs]: xs.append(1)\n",
        "class A:\n    xs = []\n    def f(self):\n        self.xs.append(1)\n",
        "class A:\n    xs = []\ndef f():\n    xs.append(1)\n",
        # Not a container.
        "xs = open_it()\ndef f():\n    xs.append(1)\n",
        "xs = ()\ndef f():\n    xs.append(1)\n",
        # A cache: looked up first, and so the same whatever ran before.
        "seen = set()\ndef f(x):\n    if x not in seen: seen.add(x)\n",
        "d = {}\ndef f(k):\n    if k not in d:\n        d[k] = g(k)\n    return d[k]\n",
        "d = {}\ndef f(k):\n    x = d.get(k)\n    if not x: d[k] = x = g(k)\n",
        "d = {}\ndef f(k):\n    try: d[k]\n    except KeyError: d[k] = g(k)\n",
        "d = {}\ndef f(k):\n    return d.setdefault(k, 1)\ndef h():\n    d.clear()\n",
        "_CACHE = {}\ndef f(k, v):\n    _CACHE[k] = v\n",
        # A registry: complete when the module has been imported.
        "d = {}\ndef f(c):\n    d[c.__name__] = c\n    return c\n",
        "d = {}\ndef f(n):\n  def g(c):\n    d[n] = c\n    return c\n  return g\n",
        "d = []\ndef register_all(c):\n    d.append(c)\n",
        "d = {}\ndef op(n, v):\n    d[n] = v\nop('a', 1)\nop('b', 2)\n",
        # No Python, or only its types.
        "xs = [\ndef f(): xs.append(1)\n",
    ],
)
def test_what_is_no_state_is_quiet(text: str) -> None:
    assert not places(text)


def test_a_stub_has_no_state() -> None:
    assert not places("xs = []\ndef f():\n    xs.append(1)\n", "a.pyi")


def test_one_word_for_a_container_is_enough() -> None:
    text = "xs = []\ndef f():\n    xs.append(1)\ndef g():\n    xs.append(2)\n"
    (problem,) = found(text)
    assert "`xs` is changed by `f` in line 3" in problem.message


# RQ202: global


@pytest.mark.parametrize(
    "body",
    [
        "x = 1",
        "x += 1",
        "del x",
        "for x in y: pass",
        "with y as x: pass",
        "(x, z) = 1, 2",
        "x: int = 1",
        "print(x := 1)",
        "def x(): pass",
        "if x is None or y < x:\n        x = y",
        "if not x:\n        x = x + 1",
        "if x is None:\n        x = 1\n    x += 1",
    ],
)
def test_a_global_that_is_bound_anew_is_named(body: str) -> None:
    assert places(f"x = None\ndef f(y):\n    global x\n    {body}\n") == [("RQ202", 3)]


def test_each_global_statement_is_named_once() -> None:
    text = "def f():\n    global a, b, c\n    a = b = 1\n    print(c)\n"
    (problem,) = found(text)
    assert "`f` rebinds `a`, `b` of the module" in problem.message


@pytest.mark.parametrize(
    "body",
    [
        "return x",
        "x.append(1)",
        "def g():\n        x = 1",
        "import x",
        "if x is None:\n        x = g()\n    return x",
        "if not x:\n        x = True\n        warn()",
        "if x is not None:\n        return x\n    x = g()",
    ],
)
def test_a_global_that_is_read_or_made_once_is_quiet(body: str) -> None:
    assert not places(f"x = None\ndef f():\n    global x\n    {body}\n")


# RQ203: work at import

WORKS = [
    "open('a')",
    "with open('a') as f: x = f.read()",
    "import pandas as pd\nx = pd.read_csv('a')",
    "from pandas import read_parquet as r\nx = r('a')",
    "import numpy as np\nx = np.load('a').sum()",
    "import requests\nx = requests.get('a').json()",
    "import urllib.request\nurllib.request.urlopen('a')",
    "from urllib import request\nrequest.urlopen('a')",
    "import torch\nx = torch.load('a')",
    "import subprocess\nsubprocess.run(['a'])",
    "import os\nos.makedirs('a', exist_ok=True)",
    "model.fit(x, y)",
    "x = Path('a').read_text()",
    "x = [g(i) for i in open('a')]",
    "if x:\n    for i in y:\n        open('a')",
    "try: open('a')\nexcept OSError: pass",
    "try: pass\nexcept OSError: open('a')",
    "class A:\n    x = open('a')",
    "def g(x=open('a')): pass",
    "@g(open('a'))\ndef h(): pass",
    "if __name__ != '__main__': pass\nelse: open('a')",
    "def g():\n    open('a')\ng()",
    "def g():\n    h()\ndef h():\n    open('a')\nx = g()",
]


@pytest.mark.parametrize("text", WORKS)
def test_work_at_import_is_named(text: str) -> None:
    for path, others in (
        ("pkg/a.py", {"pkg____init__": ""}),  # anybody may import it
        ("a.py", {"b": "import a\n"}),  # somebody does
        ("jobs/a.py", {"jobs__b": "from a import f\n"}),
        ("jobs/a.py", {"b": "from jobs.a import f\n"}),
        ("src/a.py", {"tests__test_a": "import a\n"}),
    ):
        problems = found(f"def f(): pass\n{text}\n", path, **others)
        assert [p.rule.code for p in problems] == ["RQ203"], path
        assert not problems[0].rule.warning
        assert problems[0].message.endswith(" at import")


QUIET = [
    "if __name__ == '__main__':\n    open('a')",
    "if '__main__' == __name__:\n    open('a')",
    "if __name__ == '__main__' and x:\n    open('a')",
    "def g():\n    open('a')",
    "def g():\n    open('a')\nif __name__ == '__main__':\n    g()",
    "async def g():\n    open('a')\nx = g()",
    "def g():\n    yield open('a')\nx = g()",
    "x = lambda: open('a')",
    "x = (open(i) for i in y)",
    "class A:\n    def f(self): open('a')",
    "with open(__file__) as f: pass",
    "HERE = Path(__file__).parent\nx = (HERE / 'V').read_text()",
    "here = dirname(__file__)\nx = open(join(here, 'V')).read()",
    "from importlib import resources as r\nx = r.files('a').read_text()",
    "def open(x): pass\nx = open('a')",
    "import pandas as pd\nx = pd.DataFrame()",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    open('a')",
    "from a import torch\nx = torch.load('a')",
]


@pytest.mark.parametrize("text", QUIET)
def test_what_runs_later_or_only_in_a_script_is_quiet(text: str) -> None:
    assert not places(f"def f(): pass\n{text}\n", "pkg/a.py", pkg____init__="")


def test_a_script_with_functions_has_one_warning() -> None:
    work = "open('a')\nopen('b')\n"
    (problem,) = found(f"{work}def f(): pass\n")
    assert (problem.rule.code, problem.rule.warning, problem.line) == ("RQ203", True, 1)
    assert not found(work)


@pytest.mark.parametrize(
    "path", ["setup.py", "docs/conf.py", "pkg/__main__.py", "tests/helpers.py", "a.pyi"]
)
def test_what_a_tool_runs_may_work(path: str) -> None:
    assert not found("open('a')\ndef f(): pass\n", path, b="import setup\n")


def test_each_statement_is_named_once() -> None:
    text = "def f(): pass\nx = open(open('a'))\nwith open('b'):\n    open('c')\n"
    assert places(text, "pkg/a.py", pkg____init__="") == [
        ("RQ203", 2),
        ("RQ203", 3),
        ("RQ203", 4),
    ]


# RQ204: how many variables


def test_too_many_variables_are_a_warning_where_the_first_too_many_is() -> None:
    lines = [f"x{n} = g()" for n in range(21)]
    (problem,) = found("\n".join(["def f(): pass", *lines]))
    assert (problem.rule.code, problem.rule.warning, problem.line) == (
        "RQ204",
        True,
        22,
    )
    assert not found("\n".join(["def f(): pass", *lines[1:], "x1 = 2"]))
    assert not found("\n".join(lines))  # a script of no functions shares them with none
    assert found("\n".join(lines), "a.py", b="import a\n")


@pytest.mark.parametrize(
    "line",
    [
        "X{n} = 1",
        "_X{n}: int = 1",
        "Alias{n} = list[int]",
        "__x{n}__ = 1",
        "x{n} = y.z",
        "x{n}: Final = 1",
        "x{n} = logging.getLogger('a')",
        "if 1:\n    def x{n}(): pass",
        "class A{n}:\n    x{n} = 1",
        "if __name__ == '__main__':\n    x{n} = 1",
    ],
)
def test_constants_and_definitions_are_no_variables(line: str) -> None:
    lines = "\n".join(line.format(n=n) for n in range(30))
    assert not found(f"import logging\ndef f(): pass\n{lines}\n")


# Whatever comes

WORDS = st.sampled_from(
    "def f(x): |global x|x = []|x.append(1)|import x as y|from . import x|from .. x|"
    "class A:|if x:|else:|try:|except:|    |\n|x[0] += 1|(|)|:|lambda: x|open('a')|"
    "async |await x|yield|@x|*x|match x:|case [*x]:|é|\f|\\\n|sys.path = 1".split("|")
)


@given(st.lists(WORDS, max_size=30).map("".join))
def test_no_text_is_too_much(text: str) -> None:
    source = Source("pkg/a.py", text)
    laid_out = layout.of([source, Source("pkg/__init__.py", "")])
    for problem in [*state.look(source, laid_out), *imports.look(source, laid_out)]:
        assert 1 <= problem.line <= len(source.lines)


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 80 + "]" * 80,
        "x = " + "a." * 3000 + "b\ndef f():\n    x.append(1)\n",
        "x = " + "1 + " * 3000 + "1",
        "x = []\ndef f():\n" + "    x.append(1)\n" * 3000,
        "".join(f"def f{n}(): f{n + 1}()\n" for n in range(3000)) + "f0()\n",
        "def f():\n    global " + ", ".join(f"x{n}" for n in range(3000)) + "\n"
        + "".join(f"    x{n} = 1\n" for n in range(3000)),
        "from . import (\n" + "".join(f"    x{n},\n" for n in range(3000)) + ")\n",
        "from . import x\n" * 3000,
    ],
)  # fmt: skip
def test_large_and_deep_files_end(text: str) -> None:
    source = Source("pkg/a.py", text)
    laid_out = layout.of([source, Source("pkg/__init__.py", "")])
    assert [*state.look(source, laid_out)] is not None
    assert [*imports.look(source, laid_out)] is not None
