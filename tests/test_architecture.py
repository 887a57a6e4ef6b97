"""Imports point one way, and help is quick because nothing heavy is loaded for it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gate

PACKAGE = Path(gate.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# From the top; a module may import from the rows below its own, and a folder's
# modules (but for those at the top of `checks` and `commands`) from their own folder.
ROWS = (
    ("__main__",),
    ("cli",),
    ("commands",),
    ("output", "pipeline", "progress", "handover", "publishing"),
    ("preload", "preview", "fixing"),
    ("checks", "reports", "github", "known"),
    ("datareport", "modelreport", "modelentry", "smells", "mypycalls", "basetree"),
    ("reach", "blackcells"),
    ("datasets", "models", "cells"),
    ("previous", "predicting"),
    ("testing", "surroundings"),
    ("project",),
    ("interpreters",),
    ("lock",),
    ("configdiff",),
    ("configschema", "history", "memory"),
    ("config", "base", "cache"),
    ("model",),
    ("data", "git", "code"),
    ("process", "fingerprints"),
    ("results",),
    ("verdict",),
    ("findings",),
    (
        *("typed", "yamlfile", "atomic", "paths", "names", "hidden", "guard"),
        *("scratch", "patches", "places", "gitdiff"),
    ),
    ("errors",),
    ("__init__",),
)
RANK = {name: rank for rank, row in enumerate(ROWS) for name in row}
ENUMERATED = ("checks", "commands")

HEAVY = ("pandas", "numpy", "pyarrow", "jinja2", "rich", "urllib3")


def name_of(path: Path) -> str:
    return ".".join(("gate", *path.relative_to(PACKAGE).with_suffix("").parts))


def imported(path: Path, *, top: bool = False) -> Iterator[str]:
    """The names of the modules of ours, or all at the top, that a file imports."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in tree.body if top else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = PACKAGE.parent.joinpath(*node.module.split("."))
            for alias in node.names:
                inside = whole / alias.name
                if inside.with_suffix(".py").is_file() or inside.is_dir():
                    yield f"{node.module}.{alias.name}"
                else:
                    yield node.module


def unit(module: str) -> str:
    """The row's word for a module: `gate.data.table` is `data`."""
    return (module.split(".") + ["__init__"])[1]


def allowed(importer: str, imported: str) -> bool:
    one, other = unit(importer), unit(imported)
    if one != other:
        return RANK[one] < RANK[other]
    if one not in ENUMERATED or importer.endswith(".__init__"):
        return True
    folder = importer.rpartition(".")[0]
    return folder != f"gate.{one}" and imported.startswith(folder)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_one_way(path: Path) -> None:
    name = name_of(path)
    assert unit(name) in RANK, f"give {name} a row in {__name__}"
    wrong = [
        module
        for module in imported(path)
        if module.split(".")[0] == "gate" and not allowed(name, module)
    ]
    assert not wrong, f"{name} imports {', '.join(wrong)}"


def test_contributing_lists_every_module_in_the_order_of_the_imports() -> None:
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text("utf-8")
    listed = re.findall(r"^  (\w+)(?:\.py|/)  *\w", text, re.M)
    assert sorted([*listed, "__main__", "__init__"]) == sorted(RANK)
    assert [RANK[name] for name in listed] == sorted(RANK[name] for name in listed)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_are_absolute(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    relative = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level]
    assert not relative


@pytest.mark.parametrize("library", ["code", "data", "model"])
def test_a_library_knows_nothing_of_the_gate(library: str) -> None:
    known = {"gate.errors", "gate.typed", "gate.yamlfile", "gate.atomic", "gate"}
    if library == "model":  # predictions are read as any table is
        known |= {name_of(path) for path in (PACKAGE / "data").rglob("*.py")}
    for path in (PACKAGE / library).rglob("*.py"):
        ours = {name for name in imported(path) if name.split(".")[0] == "gate"}
        foreign = {name for name in ours - known if unit(name) != library}
        assert not foreign, f"{name_of(path)} imports {', '.join(foreign)}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_what_it_answers(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree)
    lines = path.read_text("utf-8").count("\n")
    assert lines <= 400, f"{lines} lines: split it"


@pytest.mark.parametrize(
    "statement",
    [
        "import gate.cli",
        "import gate.config, gate.project, gate.pipeline, gate.testing.running",
        "import sys, gate.cli; sys.argv = ['gate', '--help']; gate.cli.cli.main("
        "standalone_mode=False)",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(statement: str) -> None:
    program = f"{statement}\nimport sys\nprint('loaded', *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-P" if sys.version_info >= (3, 11) else "-s", "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = done.stdout.rpartition("loaded")[2].split()
    assert "gate.errors" in loaded
    assert not {*HEAVY} & {*loaded}


def test_the_data_library_tells_where_each_module_belongs() -> None:
    folder = PACKAGE / "data"
    told = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8")))
    assert told
    words = set(re.findall(r"\w+", told.partition("behind it:")[2]))
    assert {path.stem for path in folder.glob("[a-z]*.py")} <= words
