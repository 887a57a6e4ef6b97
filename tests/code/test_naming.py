"""Names: what PEP 8 wants, what frameworks and formulas dictate, what says nothing."""

from __future__ import annotations

import ast
import importlib.util
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.code import naming
from gate.code.source import Source, read


def found(text: str, path: str = "pkg/rides.py", **options: object) -> list[str]:
    """The problems of a file as `line rule`."""
    source = Source(path, text)
    assert source.tree is not None, text
    problems = naming.look(source, **options)  # type: ignore[arg-type]
    return [f"{one.line} {one.rule.name}" for one in problems]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("class my_model:\n    pass\n", "1 class-name"),
        ("class My_Model:\n    pass\n", "1 class-name"),
        ("class model(object):\n    pass\n", "1 class-name"),
        ("def trainModel():\n    pass\n", "1 function-name"),
        ("async def TrainModel():\n    pass\n", "1 function-name"),
        ("class Model:\n    def trainStep(self):\n        pass\n", "2 function-name"),
        (
            "import torch\nclass Net(torch.nn.Module):\n    def trainStep(self): ...\n",
            "3 function-name",
        ),
        ("def fit(learningRate):\n    pass\n", "1 argument-name"),
        ("def fit(*, Learning_rate=1):\n    pass\n", "1 argument-name"),
        ("class Model:\n    def fit(model, x):\n        pass\n", "2 first-argument"),
        ("class Model:\n    def fit(x):\n        pass\n", "2 first-argument"),
        (
            "class Model:\n    @classmethod\n    def load(self, path): ...\n",
            "3 first-argument",
        ),
        ("learningRate = 0.1\n", "1 variable-name"),
        ("def f():\n    learningRate = 0.1\n", "2 variable-name"),
        ("def f():\n    LearningRate = 0.1\n", "2 variable-name"),
        ("class Model:\n    learningRate = 0.1\n", "2 variable-name"),
        ("for rideIndex in range(9):\n    pass\n", "1 variable-name"),
        ("with open('x') as dataFile:\n    pass\n", "1 variable-name"),
        ("import numpy as NumPy\n", "1 import-alias"),
        ("from pkg import MAX_RIDES as most\n", "1 import-alias"),
        ("from pkg import RideModel as model\n", "1 import-alias"),
        ("def __score__(x):\n    pass\n", "1 dunder-name"),
        (
            "from typing import TypeVar\nkind = TypeVar('kind')\n",
            "2 type-variable-name",
        ),
    ],
)
def test_a_name_that_pep8_has_otherwise_is_named(text: str, said: str) -> None:
    assert found(text) == [said]


@pytest.mark.parametrize(
    "text",
    [
        "class RandomForest: ...\nclass _Private: ...\nclass HTTPServer: ...\n",
        "class ResNet_50: ...\nclass Block_v2: ...\n",
        "class suppress:\n    def __enter__(self): ...\n",
        "from ctypes import Structure\nclass timeval(Structure): ...\n",
        "class frozen(dict): ...\n",
        "def setUp(): ...\ndef setUpModule(): ...\n",
        "class Visitor:\n    def visit_Name(self, node): ...\n",
        "class Handler:\n    def do_GET(self): ...\n",
        "from qt import Widget\nclass Plot(Widget):\n    def paintEvent(self): ...\n",
        "from qt import Widget\nclass P(Widget):\n    def resize(self, newSize): ...\n",
        "import unittest\nclass T(unittest.TestCase):\n    def testFit(self): ...\n",
        "from typing import Protocol\nclass P(Protocol):\n    def fitAll(self): ...\n",
        "from typing import TypedDict\nclass Ride(TypedDict):\n    trip_id: int\n",
        "from pydantic import Model\nclass Ride(Model):\n    tripMiles: float\n",
        "class FakeClient:\n    def getRides(self): ...\n",
        "class A:\n    @typing.override\n    def fitAll(self): ...\n",
        "def ResNet18():\n    return ResNet([2, 2])\n",
        "def compute_AUC(): ...\ndef fit_PCA(): ...\n",
        "import warnings\ndef getRides():\n"
        "    warnings.warn('gone', DeprecationWarning)\n",
        "def fit(X, Y, X_train, dW, n_GPUs, W_hat): ...\n",
        "def f():\n    X, Y_train, W_hat, XtX, logZ = 1, 2, 3, 4, 5\n",
        "def f():\n    X = 1\n    f_kHz = 2\n    N_SAMPLES = 3\n",
        "def f(Model):\n    return Model()\n",
        "def f():\n    Base = make_base()\n    Row = None\n",
        "from collections import namedtuple\nRide = namedtuple('Ride', 'miles')\n",
        "import logging\ngetLogger = logging.getLogger\n",
        "import torch.nn.functional as F\nfrom xml.etree import ElementTree as ET\n",
        "import numpy as np\nfrom pandas import DataFrame as DF\n",
        "from sklearn.decomposition import PCA as sklearn_PCA\n",
        "def __getattr__(name): ...\n",
        "class Meta(type):\n    def __call__(cls, x): ...\n",
        "class A:\n    @staticmethod\n    def f(x): ...\n    @mark\n    def g(v): ...",
        "class A:\n    def __add__(a, b): ...\n    def __new__(cls): ...\n",
        "class A:\n    def mark(f):\n        pass\n    @mark\n    def g(self): ...\n",
        "from typing import TypeVar\nT = TypeVar('T')\nT_co = TypeVar('T_co')\n",
        "def f():\n    global rideCount\n    rideCount = 1\n",
        "maß = 1\nклас = 2\nclass 模型: ...\n",
    ],
)
def test_what_is_right_or_dictated_is_quiet(text: str) -> None:
    assert found(text) == []


def test_a_name_is_told_once_in_each_scope() -> None:
    text = "def f():\n    rideIndex = 1\n    rideIndex = 2\n"
    assert found(text + text) == ["2 variable-name", "5 variable-name"]


def test_mixed_case_that_prevails_in_a_file_is_its_style() -> None:
    some = "".join(f"def trainModel{n}(): ...\n" for n in range(8))
    style = some.translate(str.maketrans("01234567", "abcdefgh"))
    assert found(style) == []
    assert len(found(style.replace("def trainModelh", "def train_model"))) == 7
    snake = style.replace("trainModel", "train_model_")
    assert len(found(style + snake)) == 8
    assert found(style + "def TrainModel(): ...\n") == found(
        "\n" * 8 + "def TrainModel(): ...\n"
    )


def test_tests_name_their_functions_and_examples_as_they_like() -> None:
    text = "def test_DataFrame(): ...\ndef testFit(): ...\nfoo = 1\ndf2 = 2\n"
    assert found(text, "tests/test_a.py") == []


@pytest.mark.parametrize(
    "name",
    "df2 data3 tmp2 result_2 foo stuff data_new_final final_final x1_new model_final2"
    " report_final_v2 stuff1".split(),
)
def test_a_name_that_says_nothing_is_a_warning(name: str) -> None:
    (problem,) = naming.look(Source("a.py", f"{name} = 1\n"))
    assert (problem.rule.code, problem.rule.warning) == ("RQ321", True)


@pytest.mark.parametrize(
    "name",
    "df data tmp x1 x2 theta_new w_old rides2 layer3 conv2 df_copy new_rides v2 x_new"
    " final_score latest_run bar utf8 sha256 int32 log10 model_v2 l2 f1".split(),
)
def test_a_name_that_says_something_is_quiet(name: str) -> None:
    assert found(f"{name} = 1\n") == []


def test_a_pair_that_is_counted_is_quiet() -> None:
    assert found("def merge(df1, df2):\n    return df1, df2\n") == []
    assert found("def merge(data_1, data_2):\n    return data_1, data_2\n") == []
    assert found("def merge(df, df2):\n    return df, df2\n") == ["1 meaningless-name"]


LONG = "    print()\n" * 30


def test_a_single_letter_that_lives_long_is_a_warning() -> None:
    text = f"def load():\n    q = open('a')\n{LONG}    return q\n"
    assert found(text) == ["2 single-letter"]
    assert found(text, reach=40) == []
    assert found(text, allowed=("q",)) == []
    assert found(f"def load(q):\n{LONG}    return q\n") == ["1 single-letter"]


@pytest.mark.parametrize(
    "text",
    [
        "def load():\n    q = open('a')\n    return q\n",
        f"def load():\n    X = open('a')\n{LONG}    return X\n",
        f"def mean(a, v):\n    a = a * v\n{LONG}    return a + v\n",  # a formula
        f"for q in range(3):\n    print(q)\n{LONG}",
        f"def f():\n    [q for q in ()]\n{LONG}    return [q for q in ()]\n",
        f"def f():\n    (lambda q: q)()\n{LONG}    return lambda q: q\n",
    ],
)
def test_a_single_letter_in_its_place_is_quiet(text: str) -> None:
    assert found(text) == []


def test_allowed_names_may_be_patterns() -> None:
    assert (
        found("learningRate = 1\nimport numpy as NumPy\n", allowed=("*R*", "N*")) == []
    )


def test_a_module_that_no_import_can_say_is_named() -> None:
    paths = """pkg/__init__.py pkg/my-module.py pkg/2020_run.py pkg/a b.py pkg/class.py
    pkg/dataLoader.py pkg/fine.py pkg/sub-pkg/__init__.py scripts/my-script.py
    pkg/migrations/__init__.py pkg/migrations/0001_initial.py""".replace("a b", "a\0b")
    listed = [name.replace("\0", " ") for name in paths.split()]
    told = [(path, one.rule.name) for path, one in naming.modules(listed)]
    assert told == [
        ("pkg/2020_run.py", "module-name"),
        ("pkg/a b.py", "module-name"),
        ("pkg/class.py", "module-name"),
        ("pkg/dataLoader.py", "module-case"),
        ("pkg/my-module.py", "module-name"),
        ("pkg/sub-pkg/__init__.py", "module-name"),
    ]


def test_deep_nesting_is_survived() -> None:
    found("x = " + "-" * 500 + "1\n")
    found("x = " + "(" * 90 + "1" + ")" * 90 + "\n")
    found("x = a" + ".b" * 900 + "\n")


WORDS = st.sampled_from(
    "aB foo X data_new2 self cls class def lambda : , ( ) = 1 \n [ ] * . import as from"
    " for in if with async \n\t @ global q".split(" ")
)


@given(st.lists(WORDS, max_size=40).map(" ".join))
def test_no_text_breaks_it(text: str) -> None:
    list(naming.look(Source("a.py", text)))


# pep8-naming's codes and ours for the same; N818 is off in both.
SAME = {
    "N801": "class-name",
    "N802": "function-name",
    "N803": "argument-name",
    "N806": "variable-name",
    "N815": "variable-name",
    "N816": "variable-name",
    "N807": "dunder-name",
}
NAMES = {*SAME.values()}
PACKAGES = ("json", "logging", "unittest", "email", "xml", "asyncio", "distutils")


@pytest.mark.skipif(
    not importlib.util.find_spec("pep8ext_naming"),
    reason="as flake8 would take it for its own, pep8-naming is no part of dev",
)
@pytest.mark.parametrize("package", PACKAGES)
def test_pep8_naming_agrees_with_all_that_is_found(package: str) -> None:
    """Ours is quieter, and says nothing of names that it does not."""
    import pep8ext_naming

    root = Path(json.__file__).parents[1]
    for path in sorted((root / package).rglob("*.py")):
        source = read(root, str(path.relative_to(root)))
        if source is None or source.tree is None:
            continue
        checker = pep8ext_naming.NamingChecker(ast.parse(source.text), source.path)
        theirs = {(found[0], SAME.get(found[2][:4], "")) for found in checker.run()}
        ours = {(one.line, one.rule.name) for one in naming.look(source)}
        assert not {one for one in ours - theirs if one[1] in NAMES}
