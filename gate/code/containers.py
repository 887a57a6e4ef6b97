"""Containers of a module that its functions fill and empty."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from gate.code.dotted import dotted, imported_names
from gate.code.importtime import statements
from gate.code.rules import Problem, Rule
from gate.code.scopes import Scope, is_special, parameters, reads, targets

MUTABLE: Final = Rule(
    code="RQ201",
    name="mutable-global",
    family="state",
    advice="make it in a function and hand it on, or keep it in an object of a class",
)

_MAKERS = frozenset(
    "list dict set bytearray collections.defaultdict collections.deque"
    " collections.Counter collections.OrderedDict".split()
)
_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
_FILLING = frozenset(
    "add append appendleft extend extendleft insert update setdefault"
    " __setitem__ symmetric_difference_update intersection_update"
    " difference_update".split()
)
_EMPTYING = frozenset(
    "clear discard pop popitem popleft remove reverse rotate sort subtract".split()
)


@dataclass(frozen=True, kw_only=True)
class _Change:
    """A place where a function changes a container of the module's."""

    name: str
    line: int
    value: ast.expr | None = None  # what is put into it, where that is one thing
    deep: bool = False  # in something that it holds
    empties: bool = False


@dataclass(frozen=True, kw_only=True)
class _Changer:
    """A function, what it changes, and what it asks of containers before it does."""

    name: str
    changes: tuple[_Change, ...]
    asked: frozenset[str]
    handed_through: frozenset[str]  # parameters that it returns, as decorators do


def mutated(tree: ast.Module, functions: Iterable[Scope]) -> Iterator[Problem]:
    """Each container that functions change, but for registries and caches."""
    made = _containers(tree)
    building = _building(tree)
    found: dict[str, list[tuple[_Changer, _Change]]] = {}
    for changer in filter(None, map(_changer, functions)):
        for one in changer.changes:
            if changer.name not in building and not _registers(changer, one):
                found.setdefault(one.name, []).append((changer, one))
    for name, node in made.items():
        changes = found.get(name, [])
        if changes and not _is_cache(name, changes):
            changer, first = changes[0]
            yield Problem(
                rule=MUTABLE,
                message=f"`{name}` is changed by `{changer.name}` in line {first.line}:"
                " what it holds depends on what ran before",
                line=node.lineno,
                column=node.col_offset + 1,
            )


def _building(tree: ast.Module) -> frozenset[str]:
    """The functions that the module calls again and again while it is imported.

    What they fill is a table that is complete before anybody reads it.
    """
    calls = (node.value for node in statements(tree) if isinstance(node, ast.Expr))
    names = Counter(
        call.func.id
        for call in calls
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.args
    )
    return frozenset(name for name, count in names.items() if count > 1)


def _containers(tree: ast.Module) -> dict[str, ast.stmt]:
    """The names of the module that are bound to something that can be changed."""
    names = imported_names(tree)
    found: dict[str, ast.stmt] = {}
    for node in statements(tree):
        if not isinstance(node, (ast.Assign, ast.AnnAssign)):
            continue
        if node.value and _is_container(node.value, names):
            for target in targets(node):
                if isinstance(target, ast.Name) and not is_special(target.id):
                    found.setdefault(target.id, node)
    return found


def _is_container(value: ast.expr, names: Mapping[str, str]) -> bool:
    if isinstance(value, ast.Call):
        return dotted(value.func, names) in _MAKERS
    return isinstance(value, _DISPLAYS)


def _changer(scope: Scope) -> _Changer | None:
    changes = tuple(
        change
        for node in scope.nodes
        for change in _changes_of(node)
        if change.name and change.name not in scope.hidden
    )
    if not changes or isinstance(scope.node, ast.Module):
        return None
    returned = {
        node.value.id
        for node in scope.nodes
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Name)
    }
    return _Changer(
        name=scope.name,
        changes=changes,
        asked=frozenset(name for node in scope.nodes for name in _asks(node)),
        handed_through=parameters(scope.node) & returned,
    )


def _changes_of(node: ast.AST) -> Iterator[_Change]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        method = node.func.attr
        if method in _FILLING or method in _EMPTYING:
            name, deep = _root(node.func.value)
            yield _Change(
                name=name,
                line=node.lineno,
                value=node.args[-1] if node.args else None,
                deep=deep,
                empties=method in _EMPTYING,
            )
    elif isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete)):
        more = isinstance(node, ast.AugAssign)
        for target in targets(node):
            if isinstance(target, ast.Subscript):
                name, deep = _root(target.value)
                yield _Change(
                    name=name,
                    line=target.lineno,
                    value=None if isinstance(node, ast.Delete) else node.value,
                    deep=deep or more,
                    empties=isinstance(node, ast.Delete),
                )


def _root(node: ast.expr) -> tuple[str, bool]:
    """The name that `name[a][b]` begins with, and whether anything follows."""
    deep = False
    while isinstance(node, ast.Subscript):
        node, deep = node.value, True
    return (node.id if isinstance(node, ast.Name) else ""), deep


def _registers(changer: _Changer, change: _Change) -> bool:
    """Whether a change is a decorator's, or of what calls itself registering."""
    if "register" in changer.name.lower():
        return True
    given = {n.id for n in _names(change.value)} if changer.handed_through else set()
    return bool(given & changer.handed_through)


def _is_cache(name: str, changes: Iterable[tuple[_Changer, _Change]]) -> bool:
    """Whether a container only keeps what would be computed again.

    It says so itself, or each function that puts something in has looked first whether
    it is there, and what is put in does not come of what was.
    """
    if any(word in name.lower() for word in ("cache", "memo", "registry")):
        return True
    filled = [(changer, one) for changer, one in changes if not one.empties]
    return bool(filled) and all(
        name in changer.asked and not one.deep and not reads(one.value, name)
        for changer, one in filled
    )


def _asks(node: ast.AST) -> Iterator[str]:
    """The containers of which a node says whether something is there."""
    if isinstance(node, ast.Compare):
        for op, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, (ast.In, ast.NotIn)):
                yield from (one.id for one in _names(right))
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in ("get", "setdefault"):
            yield _root(node.func.value)[0]
    elif isinstance(node, ast.Try) and node.handlers:
        for one in (one for statement in node.body for one in ast.walk(statement)):
            if isinstance(one, ast.Subscript) and isinstance(one.ctx, ast.Load):
                yield _root(one)[0]


def _names(value: ast.expr | None) -> Iterator[ast.Name]:
    for node in ast.walk(value) if value else ():
        if isinstance(node, ast.Name):
            yield node
