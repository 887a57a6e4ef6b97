"""The variables of a module, and whether they are too many."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Final

from gate.code.dotted import dotted, imported_names
from gate.code.importtime import statements
from gate.code.layout import Layout
from gate.code.rules import Problem, Rule
from gate.code.scopes import is_special, targets
from gate.code.source import Source

MANY: Final = Rule(
    code="RQ204",
    name="module-variables",
    family="state",
    advice="put what belongs together into a function or a dataclass",
    warning=True,
)

MAX_VARIABLES: Final = 20

# Calls whose result has a name as a function or a type has one.
_DEFINING = ("re.compile", "functools.", "typing.", "operator.", "struct.Struct")
_DEFINING_ENDS = ("getLogger", "get_logger", "namedtuple", "ContextVar", "TypeVar")


def many(source: Source, tree: ast.Module, layout: Layout, most: int) -> Problem | None:
    """The module's variables, if they are many and somebody can share them."""
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    shared = source.path in layout.imported
    if not shared and not any(isinstance(node, definitions) for node in tree.body):
        return None
    names = [*_variables(tree)]
    if len(names) <= most:
        return None
    line, last = names[most][1], names[most][0]
    return Problem(
        rule=MANY,
        message=f"{len(names)} variables of the module, more than {most}: `{last}` is"
        " the first of those",
        line=line,
    )


def _variables(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The names that statements bind outside of functions and classes, each once.

    Not constants, by their names, nor other names for what is defined elsewhere.
    """
    names = imported_names(tree)
    seen: set[str] = set()
    for node in statements(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and _defines(node, names):
            continue
        for name in _bound_by(node):
            if name not in seen and not _is_constant(name):
                seen.add(name)
                yield name, node.lineno


def _bound_by(node: ast.stmt) -> Iterator[str]:
    found: list[ast.expr] = []
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
        found = targets(node)
    elif isinstance(node, (ast.For, ast.AsyncFor)):
        found = [node.target]
    elif isinstance(node, (ast.With, ast.AsyncWith)):
        found = [item.optional_vars for item in node.items if item.optional_vars]
    for target in found:
        for one in ast.walk(target):
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                yield one.id


def _is_constant(name: str) -> bool:
    """Whether a name is a constant's, a type's or Python's own."""
    plain = name.strip("_")
    return not plain or plain[0].isupper() or is_special(name)


def _defines(node: ast.Assign | ast.AnnAssign, names: Mapping[str, str]) -> bool:
    """Whether a name is given to what does not change: a function, a logger, a type."""
    if isinstance(node, ast.AnnAssign):
        kept = dotted(node.annotation, names).rpartition(".")[2]
        if isinstance(node.annotation, ast.Subscript):
            kept = dotted(node.annotation.value, names).rpartition(".")[2]
        if kept in ("Final", "TypeAlias", "ContextVar"):
            return True
    value = node.value
    if isinstance(value, ast.Call):
        called = dotted(value.func, names)
        return called.startswith(_DEFINING) or called.endswith(_DEFINING_ENDS)
    return isinstance(value, (ast.Name, ast.Attribute, ast.Lambda, ast.Subscript))
