"""Where a source file gives something a name: the name, what it is of, its scopes."""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = (
    ast.Module
    | ast.ClassDef
    | Function
    | ast.Lambda
    | ast.ListComp
    | ast.SetComp
    | ast.DictComp
    | ast.GeneratorExp
)


# Nothing is bound below these, and most nodes are such.
_LEAVES = (ast.Constant, ast.Name, ast.expr_context, ast.operator, ast.alias)


class Kind(enum.Enum):
    """What a name is given to."""

    CLASS = "class"
    FUNCTION = "function"
    ARGUMENT = "argument"
    VARIABLE = "variable"  # by an assignment, of the scope that it stands in
    TARGET = "target"  # of a loop, `with`, `except` or `case`
    BRIEF = "brief"  # of a comprehension or lambda: gone at the end of it


@dataclass(frozen=True, kw_only=True)
class Binding:
    """One place where a name is given.

    `scopes` are those that it is in, from the module on; of an argument the last is
    its function. `value` is what is assigned to just this name.
    """

    name: str
    kind: Kind
    node: ast.AST
    line: int
    column: int
    scopes: tuple[Scope, ...]
    value: ast.expr | None = None

    @property
    def scope(self) -> Scope:
        """The innermost scope."""
        return self.scopes[-1]


def find(tree: ast.Module) -> Iterator[Binding]:
    """Every binding of a module in the order of the text.

    What a function declares `global` or `nonlocal` is bound elsewhere, so not there.
    """
    elsewhere: set[tuple[int, str]] = set()
    stack: list[tuple[ast.AST, tuple[Scope, ...]]] = [(tree, ())]
    while stack:
        node, scopes = stack.pop()
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            elsewhere.update((id(scopes[-1]), name) for name in node.names)
        for binding in _bound(node, scopes):
            if (id(binding.scope), binding.name) not in elsewhere:
                yield binding
        inner = (*scopes, node) if isinstance(node, Scope) else scopes
        children = [
            (child, inner)
            for child in ast.iter_child_nodes(node)
            if not isinstance(child, _LEAVES)
        ]
        stack.extend(reversed(children))


def arguments(node: Function | ast.Lambda) -> list[ast.arg]:
    """All arguments of a function, `*args` and `**kwargs` too."""
    given = node.args
    rest = [one for one in (given.vararg, given.kwarg) if one]
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *rest]


def _bound(node: ast.AST, scopes: tuple[Scope, ...]) -> Iterator[Binding]:
    if isinstance(node, (ast.ClassDef, Function)):
        yield _of_definition(node, scopes)
    if isinstance(node, (Function, ast.Lambda)):
        kind = Kind.BRIEF if isinstance(node, ast.Lambda) else Kind.ARGUMENT
        for one in arguments(node):
            yield _at(one.arg, kind, one, (*scopes, node))
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _of_target(target, Kind.VARIABLE, scopes, node.value)
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
        yield from _of_target(node.target, Kind.VARIABLE, scopes, node.value)
    elif isinstance(node, (ast.For, ast.AsyncFor)):
        yield from _of_target(node.target, Kind.TARGET, scopes)
    elif isinstance(node, ast.comprehension):
        yield from _of_target(node.target, Kind.BRIEF, scopes)
    elif isinstance(node, ast.withitem) and node.optional_vars:
        yield from _of_target(node.optional_vars, Kind.TARGET, scopes)
    elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
        if node.name:
            yield _at(node.name, Kind.TARGET, node, scopes)


def _of_definition(node: ast.ClassDef | Function, scopes: tuple[Scope, ...]) -> Binding:
    kind = Kind.CLASS if isinstance(node, ast.ClassDef) else Kind.FUNCTION
    word = "async def " if isinstance(node, ast.AsyncFunctionDef) else "def "
    skipped = len("class " if kind is Kind.CLASS else word)
    return Binding(
        name=node.name,
        kind=kind,
        node=node,
        line=node.lineno,
        column=node.col_offset + skipped + 1,
        scopes=scopes,
    )


def _of_target(
    target: ast.expr,
    kind: Kind,
    scopes: tuple[Scope, ...],
    value: ast.expr | None = None,
) -> Iterator[Binding]:
    if isinstance(target, ast.Name):
        yield _at(target.id, kind, target, scopes, value)
        return
    for node in _names(target):
        yield _at(node.id, kind, node, scopes)


def _names(target: ast.expr) -> Iterator[ast.Name]:
    """The names that a target binds; those that it only reads are none."""
    stack: list[ast.expr] = [target]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name):
            yield node
        elif isinstance(node, (ast.Tuple, ast.List)):
            stack.extend(reversed(node.elts))
        elif isinstance(node, ast.Starred):
            stack.append(node.value)


def _at(
    name: str,
    kind: Kind,
    node: ast.expr | ast.arg | ast.ExceptHandler | ast.pattern,
    scopes: tuple[Scope, ...],
    value: ast.expr | None = None,
) -> Binding:
    return Binding(
        name=name,
        kind=kind,
        node=node,
        line=node.lineno,
        column=node.col_offset + 1,
        scopes=scopes,
        value=value,
    )


def inside(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes and all below them, but not what is in a function or class there."""
    stack = [*nodes]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, (ast.ClassDef, Function)):
            stack.extend(ast.iter_child_nodes(node))
