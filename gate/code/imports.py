"""Imports that work from one place only: relative, by `sys.path`, from beside."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from gate.code import layout as layouts
from gate.code.dotted import dotted, imported_names
from gate.code.layout import Layout
from gate.code.rules import Problem, Rule
from gate.code.scopes import scopes
from gate.code.source import Source, walk

RELATIVE: Final = Rule(
    code="RQ101",
    name="relative",
    family="imports",
    advice="import it by its full name, from the package's top",
)
PATH: Final = Rule(
    code="RQ102",
    name="path-edit",
    family="imports",
    advice="make the code a package and install it with `pip install -e .`; for tests,"
    " pytest's `pythonpath` setting does",
)
SIBLING: Final = Rule(
    code="RQ103",
    name="sibling",
    family="imports",
    advice="import it by its full name, from the package's top",
)
RULES: Final = (RELATIVE, PATH, SIBLING)

_FROM = re.compile(r"from[ \t]*(\.[. \t]*)([\w.]*)[ \t]*import\b")
_AROUND = 3  # lines of a diff before and behind what changes
_ADDS = ("append", "extend", "insert")
_TAKES = ("remove", "pop")
_MISSING = ("ImportError", "ModuleNotFoundError", "Exception")


def look(source: Source, layout: Layout, *, relative: bool = True) -> Iterator[Problem]:
    """What is wrong with a file's imports in a project that is laid out so."""
    if source.tree is None:
        return
    if relative:
        yield from _relative(source, source.tree, layout)
    edits = [] if _is_sphinx(source.path) else [*_path_edits(source.tree)]
    yield from edits
    # What an edit of the path is there for needs no second word.
    if not edits and not layouts.is_test(source.path):
        yield from _siblings(source, source.tree, layout)


def _relative(source: Source, tree: ast.Module, layout: Layout) -> Iterator[Problem]:
    package = layout.package(source.path)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            name = _absolute(node, package)
            shown = "." * node.level + (node.module or "")
            wanted = f": its full name is `{name}`" if name else ""
            yield Problem(
                rule=RELATIVE,
                message=f"the relative import of `{shown}`{wanted}",
                line=node.lineno,
                column=node.col_offset + 1,
                patch=_patch(source, node, name) if name else "",
            )


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """The full name of a module; "" where it is beyond what is a package."""
    parts = package.split(".") if package else []
    if node.level > len(parts):
        return ""
    above = parts[: len(parts) - node.level + 1]
    return ".".join((*above, node.module)) if node.module else ".".join(above)


def _patch(source: Source, node: ast.ImportFrom, name: str) -> str:
    """The change of the line where an import begins; "" where that would not do."""
    at = node.lineno - 1
    line = source.lines[at]
    start = len(line.encode()[: node.col_offset].decode("utf-8", "replace"))
    found = _FROM.match(line, start)
    *ended, rest = source.lines
    if not found or "\r" in source.text or (rest and at + _AROUND >= len(ended)):
        return ""
    first = max(0, at - _AROUND)
    before, behind = ended[first:at], ended[at + 1 : at + 1 + _AROUND]
    place = f"{first + 1},{len(before) + 1 + len(behind)}"
    changed = [
        *(f" {text}" for text in before),
        f"-{line}",
        f"+{line[:start]}from {name} import{line[found.end() :]}",
        *(f" {text}" for text in behind),
    ]
    head = [f"--- {source.path}", f"+++ {source.path}", f"@@ -{place} +{place} @@"]
    return "\n".join([*head, *changed, ""])


def _path_edits(tree: ast.Module) -> Iterator[Problem]:
    names = imported_names(tree)
    for body in (scope.nodes for scope in scopes(tree)):
        edits = [(node, what) for node in body if (what := _edit(node, names))]
        # What is taken away again was there for a moment only.
        if any(_is_undone(node, names) for node in body):
            continue
        for node, what in edits:
            yield Problem(
                rule=PATH,
                message=f"{what} changes where imports are looked for",
                line=getattr(node, "lineno", 1),
                column=getattr(node, "col_offset", 0) + 1,
            )


def _is_sphinx(path: str) -> bool:
    """Whether a file is Sphinx's settings, whose own template edits the path."""
    return path.rpartition("/")[2] == "conf.py"


def _edit(node: ast.AST, names: Mapping[str, str]) -> str:
    """How a node changes `sys.path`, in the words of the code; "" if it does not."""
    if isinstance(node, ast.Call):
        called = dotted(node.func, names)
        start, _, method = called.rpartition(".")
        if called == "site.addsitedir":
            return "`site.addsitedir`"
        return f"`sys.path.{method}`" if start == "sys.path" and method in _ADDS else ""
    if any(_is_path(target, names) for target in _targets(node)):
        return "" if _is_kept(getattr(node, "value", None)) else "an assignment"
    return ""


def _targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AugAssign) else []


def _is_path(node: ast.AST, names: Mapping[str, str]) -> bool:
    """Whether a node is `sys.path`, or a part of it."""
    while isinstance(node, ast.Subscript):
        node = node.value
    # A name that was imported and is bound anew is no longer the list.
    return isinstance(node, ast.Attribute) and dotted(node, names) == "sys.path"


def _is_undone(node: ast.AST, names: Mapping[str, str]) -> bool:
    if isinstance(node, ast.Call):
        start, _, method = dotted(node.func, names).rpartition(".")
        return start == "sys.path" and method in _TAKES
    if isinstance(node, ast.Delete):
        return any(_is_path(target, names) for target in node.targets)
    put_back = any(_is_path(target, names) for target in _targets(node))
    return put_back and _is_kept(getattr(node, "value", None))


def _is_kept(value: ast.expr | None) -> bool:
    """Whether a value is another list, or a copy of one: what was there before."""
    if isinstance(value, ast.Call):
        copied = isinstance(value.func, ast.Attribute) and value.func.attr == "copy"
        listed = dotted(value.func, {}) == "list" and len(value.args) == 1
        value = value.func if copied else value.args[0] if listed else None
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice):
        value = value.value
    return isinstance(value, (ast.Name, ast.Attribute))


def _siblings(source: Source, tree: ast.Module, layout: Layout) -> Iterator[Problem]:
    folder = layouts.folder_of(source.path)
    packaged = layout.is_package(folder)
    if not folder or not (packaged or source.path in layout.dotted):
        return
    package = layout.package(source.path) or folder.replace("/", ".")
    for node, name in _unguarded(tree):
        top = name.partition(".")[0]
        beside = layout.find(folder, top)
        if beside and beside != source.path and not _is_known(top, folder, layout):
            yield Problem(
                rule=SIBLING,
                message=f"`{top}` is found only where `{folder}` is the folder of the"
                f" script that runs: its full name is `{package}.{top}`",
                line=node.lineno,
                column=node.col_offset + 1,
            )


def _is_known(top: str, folder: str, layout: Layout) -> bool:
    """Whether a name means something else than the file beside, or is found anyway."""
    if top in sys.stdlib_module_names or top in layout.tops or top in layout.foreign:
        return True
    return folder in layout.roots


def _unguarded(tree: ast.Module) -> Iterator[tuple[ast.Import | ast.ImportFrom, str]]:
    """The imports by full name that no `except ImportError` has an answer to."""
    guarded = set()
    for node, parent in walk(tree):
        if id(parent) in guarded or _catches(node):
            guarded.add(id(node))
        elif isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node, node.module


def _catches(node: ast.AST) -> bool:
    if not isinstance(node, ast.Try):
        return False
    return any(_is_missing(handler.type) for handler in node.handlers)


def _is_missing(caught: ast.expr | None) -> bool:
    some: Iterable[ast.expr] = caught.elts if isinstance(caught, ast.Tuple) else ()
    some = some or ([caught] if caught else [])
    return not caught or any(dotted(one, {}) in _MISSING for one in some)
