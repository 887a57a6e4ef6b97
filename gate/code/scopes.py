"""What runs together: a module's own statements, or those of one function."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, kw_only=True)
class Scope:
    """A module or a function: all nodes that run with it, in the order of the text.

    `hidden` are the names that are not the module's there, and `shared` those that
    `global` says are.
    """

    node: ast.Module | Function
    nodes: tuple[ast.AST, ...]
    hidden: frozenset[str]
    shared: frozenset[str]

    @property
    def name(self) -> str:
        """What a message calls it."""
        return getattr(self.node, "name", "a lambda")


def scopes(tree: ast.Module) -> Iterator[Scope]:
    """The module first, then every function in the order of the text."""
    stack: list[tuple[ast.Module | Function, frozenset[str]]] = [(tree, frozenset())]
    while stack:
        node, outer = stack.pop()
        nodes, inner = _own(node)
        shared = frozenset(
            name for n in nodes if isinstance(n, ast.Global) for name in n.names
        )
        hidden = outer
        if not isinstance(node, ast.Module):
            hidden = (outer | parameters(node) | bound(nodes)) - shared
        yield Scope(node=node, nodes=tuple(nodes), hidden=hidden, shared=shared)
        stack.extend((function, hidden) for function in reversed(inner))


def _own(node: ast.Module | Function) -> tuple[list[ast.AST], list[Function]]:
    """The nodes that run with this one, and the functions that are made there."""
    body: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else [*node.body]
    nodes: list[ast.AST] = []
    inner: list[Function] = []
    stack = body[::-1]
    while stack:
        one = stack.pop()
        nodes.append(one)
        if isinstance(one, Function):
            inner.append(one)
            stack.extend(_of_definition(one))
        else:
            stack.extend(reversed([*ast.iter_child_nodes(one)]))
    return nodes, inner


def _of_definition(node: Function) -> list[ast.AST]:
    """What of a function runs where it is made: decorators, defaults, annotations."""
    if isinstance(node, ast.Lambda):
        return [node.args]
    returns = [node.returns] if node.returns else []
    return [*returns, node.args, *reversed(node.decorator_list)]


def parameters(node: Function) -> frozenset[str]:
    """The names of a function's parameters."""
    args = node.args
    some = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    return frozenset(one.arg for one in some if one)


def bound(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """The names that some nodes of a scope bind."""
    return frozenset(name for node in nodes for name in _binds(node))


def _binds(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        if not isinstance(node.ctx, ast.Load):
            yield node.id
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (a.asname or a.name.partition(".")[0] for a in node.names)
    elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
        if node.name:
            yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def targets(
    node: ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete,
) -> list[ast.expr]:
    """What a statement binds, fills or deletes."""
    if isinstance(node, (ast.Assign, ast.Delete)):
        return node.targets
    return [node.target]


def reads(value: ast.expr | None, name: str) -> bool:
    """Whether a name occurs in an expression."""
    nodes = ast.walk(value) if value else ()
    return any(isinstance(node, ast.Name) and node.id == name for node in nodes)


def is_special(name: str) -> bool:
    """Whether a name is one of Python's own, as `__all__`."""
    return name.startswith("__") and name.endswith("__")
