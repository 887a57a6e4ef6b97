"""Imports that work from one place only, and those that only look so."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gate.code import imports, layout
from gate.code.rules import Problem
from gate.code.source import Source

Files = Mapping[str, str]


def found(files: Files, path: str, *roots: str) -> list[Problem]:
    sources = [Source(name, text) for name, text in files.items()]
    laid_out = layout.of(sources, roots)
    return [*imports.look(Source(path, files[path]), laid_out)]


def places(files: Files, path: str, *roots: str) -> list[tuple[str, int]]:
    return [(p.rule.code, p.line) for p in found(files, path, *roots)]


PACKAGE = {"pkg/__init__.py": "", "pkg/utils.py": "x = 1\n"}


@pytest.mark.parametrize(
    "path, text, line",
    [
        ("pkg/a.py", "from . import utils\n", 1),
        ("pkg/a.py", "import os\n\nfrom .utils import (\n    x,\n)\n", 3),
        ("pkg/a.py", "def f():\n    from .. import x\n", 2),
        ("pkg/__init__.py", "from .utils import x\n", 1),
        ("scripts/a.py", "from .utils import x\n", 1),
        ("tests/test_a.py", "from .helpers import x\n", 1),
        ("pkg/a.pyi", "from .utils import x\n", 1),
    ],
)
def test_a_relative_import_is_named(path: str, text: str, line: int) -> None:
    assert places({**PACKAGE, path: text}, path) == [("RQ101", line)]


@pytest.mark.parametrize(
    "text, new",
    [
        ("from . import utils\n", "from pkg.sub import utils\n"),
        ("from .a.b import c  # why\n", "from pkg.sub.a.b import c  # why\n"),
        ("from.a import b\n", "from pkg.sub.a import b\n"),
        ("from .. import utils\n", "from pkg import utils\n"),
        ("from ..utils import (\n    x,\n)\n", "from pkg.utils import (\n    x,\n)\n"),
        ("ü = 1; from .a import b\n", "ü = 1; from pkg.sub.a import b\n"),
        ("try:\n\tfrom . import (a)\nfinally: pass\n", None),
        ("from ... import a\n", ""),
        ("from . \\\n    import a\n", ""),
        ("from .a import b", ""),
        ("from .a import b\r\n", ""),
    ],
)
def test_a_plain_relative_import_carries_its_full_name(
    text: str, new: str | None
) -> None:
    files = {**PACKAGE, "pkg/sub/__init__.py": "", "pkg/sub/m.py": text}
    (problem,) = found(files, "pkg/sub/m.py")
    if new is None:
        new = text.replace("from . ", "from pkg.sub ")
    assert applied(problem.patch, text) == (new or text)
    assert bool(problem.patch) is bool(new)


def applied(patch: str, text: str) -> str:
    """The text with a diff of one hunk of it."""
    if not patch:
        return text
    head, hunk = patch.split("@@\n", 1)
    assert head.startswith("--- pkg/sub/m.py\n+++ pkg/sub/m.py\n@@ ")
    old = "".join(x[1:] for x in hunk.splitlines(True) if x[0] in " -")
    new = "".join(x[1:] for x in hunk.splitlines(True) if x[0] in " +")
    assert text.count(old) == 1
    return text.replace(old, new)


@pytest.mark.parametrize(
    "text, line",
    [
        ("import sys\nsys.path.append('..')\n", 2),
        ("import sys\nsys.path.insert(0, '..')\n", 2),
        ("import sys\nsys.path.extend(['..'])\n", 2),
        ("import sys\nsys.path += ['..']\n", 2),
        ("import sys\nsys.path = ['..'] + sys.path\n", 2),
        ("import sys\nsys.path[:0] = ['..']\n", 2),
        ("import sys as s\ns.path.append('..')\n", 2),
        ("from sys import path\n\npath.append('..')\n", 3),
        ("import site\nsite.addsitedir('..')\n", 2),
        ("import sys\ndef f():\n    if 1:\n        sys.path.append('..')\n", 4),
        (
            "import sys\ntry:\n    x\nexcept ImportError:\n    sys.path += 'b'\n",
            5,
        ),
    ],
)
@pytest.mark.parametrize("path", ["a.py", "tests/conftest.py", "pkg/a.py"])
def test_an_edit_of_the_path_is_named(path: str, text: str, line: int) -> None:
    assert places({path: text}, path) == [("RQ102", line)]


@pytest.mark.parametrize(
    "text",
    [
        "import sys\nprint(sys.path)\n",
        "import sys\nfirst = sys.path[0]\n",
        "import os\nos.path.append = 1\n",
        "path = []\npath.append('..')\n",
        "from pathlib import sys\nsys.path.remove('..')\n",
        "import sys\nold = sys.path[:]\nsys.path.append('..')\nsys.path = old\n",
        "import sys\nsys.path.insert(0, '.')\nimport a\nsys.path.pop(0)\n",
        "import sys\nsys.path.insert(0, '.')\nimport a\ndel sys.path[0]\n",
        "import sys\nclass A:\n    def end(self):\n        sys.path[:] = self.old\n",
        "def test_a(monkeypatch):\n    monkeypatch.syspath_prepend('..')\n",
    ],
)
def test_what_leaves_the_path_alone_is_quiet(text: str) -> None:
    assert not places({"a.py": text}, "a.py")


def test_the_settings_of_sphinx_may_edit_the_path() -> None:
    text = "import sys\nsys.path.insert(0, '..')\n"
    assert not places({"docs/conf.py": text}, "docs/conf.py")


@pytest.mark.parametrize(
    "text, line",
    [
        ("import utils\n", 1),
        ("import os\nfrom utils import x\n", 2),
        ("import utils.more\n", 1),
        ("def f():\n    import utils\n", 2),
        ("import sub\n", 1),
    ],
)
def test_a_module_from_beside_is_named(text: str, line: int) -> None:
    files = {**PACKAGE, "pkg/sub/__init__.py": "", "pkg/train.py": text}
    assert places(files, "pkg/train.py") == [("RQ103", line)]


def test_a_script_that_is_imported_by_its_folder_cannot_import_from_beside() -> None:
    files = {
        "jobs/train.py": "import utils\n",
        "jobs/utils.py": "",
        "main.py": "from jobs import train\n",
    }
    (problem,) = found(files, "jobs/train.py")
    assert "full name is `jobs.utils`" in problem.message


@pytest.mark.parametrize(
    "path, files",
    [
        # Forty scripts at the top, or in one folder, that import each other.
        ("train.py", {"train.py": "import utils\n", "utils.py": ""}),
        ("jobs/train.py", {"jobs/train.py": "import utils\n", "jobs/utils.py": ""}),
        # There is one at the top too, or in src.
        ("pkg/a.py", {**PACKAGE, "pkg/a.py": "import utils\n", "utils.py": ""}),
        ("pkg/a.py", {**PACKAGE, "pkg/a.py": "import utils\n", "src/utils.py": ""}),
        # It is the standard library's, or another project's.
        ("pkg/a.py", {**PACKAGE, "pkg/a.py": "import random\n", "pkg/random.py": ""}),
        (
            "pkg/a.py",
            {**PACKAGE, "pkg/a.py": "import wandb\n", "pkg/wandb.py": "import wandb\n"},
        ),
        (
            "pkg/a.py",
            {
                **PACKAGE,
                "pkg/a.py": "import numpy\n",
                "pkg/numpy.py": "",
                "b.py": "import numpy\n",
            },
        ),
        # It is itself, or there is no such file.
        ("pkg/a.py", {**PACKAGE, "pkg/a.py": "import a\n"}),
        ("pkg/a.py", {**PACKAGE, "pkg/a.py": "import pkg.utils, torch\n"}),
        # There is an answer where it is not found.
        (
            "pkg/a.py",
            {**PACKAGE, "pkg/a.py": "try: import utils\nexcept ImportError: pass\n"},
        ),
        # A test: pytest puts its folder on the path.
        ("tests/test_a.py", {"tests/test_a.py": "import b\n", "tests/b.py": ""}),
        (
            "tests/test_a.py",
            {
                "tests/__init__.py": "",
                "tests/test_a.py": "import b\n",
                "tests/b.py": "",
            },
        ),
    ],
)
def test_what_is_found_from_everywhere_is_quiet(path: str, files: Files) -> None:
    assert not places(files, path)


def test_a_folder_on_pytests_path_may_import_from_beside() -> None:
    files = {**PACKAGE, "pkg/a.py": "import utils\n"}
    assert not places(files, "pkg/a.py", "pkg")


def test_an_edit_of_the_path_explains_what_is_imported_from_beside() -> None:
    text = "import sys\nsys.path.append('pkg')\nimport utils\n"
    assert places({**PACKAGE, "pkg/a.py": text}, "pkg/a.py") == [("RQ102", 2)]
