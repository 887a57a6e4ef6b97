"""The statements of source files as they are compared for copies.

A statement has a shape, its syntax with every name and literal left out, and beside
it those names and literals. The head of a block is a statement of its own. What says
nothing of copying is left out: imports, docstrings, decorators, annotations, stubs.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from gate.code.source import Source

MAX_LINES = 5  # what one statement counts at most: a long literal is no long code
_MANY = 24  # a list with more in it is data

_DEFS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_DISPLAYS = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.Constant)
_DROPPED = (ast.Import, ast.ImportFrom, ast.Pass, ast.Global, ast.Nonlocal)
_BLOCKS: Final = ("body", "handlers", "cases", "orelse", "finalbody")
_LEFT_OUT: Final = {
    *("ctx", "type_comment", "kind", "annotation", "returns", "type_params"),
    *("decorator_list", "conversion", "simple"),
}

# Methods that can hardly be written in another way.
_COMPARISONS: Final = frozenset(f"__{name}__" for name in "eq ne lt le gt ge".split())

# Calls that set something up, and look alike wherever they stand.
_SETUP: Final = frozenset(
    (
        "ArgumentParser parse_args parse_known_args add_subparsers add_parser"
        " add_argument add_argument_group add_mutually_exclusive_group set_defaults"
        " basicConfig getLogger setLevel setFormatter addHandler Formatter"
        " StreamHandler FileHandler RotatingFileHandler"
    ).split()
)


class Statement(NamedTuple):
    """A statement, or the head of a block; `lines` are those it adds to the ones above.

    `kind` is what a run of statements of the same sort shares, as the shape does not
    say it: twenty calls of `add_argument` are of one kind. `light` ones count for
    nothing by themselves.
    """

    shape: tuple[object, ...]
    kind: object
    names: tuple[str, ...]
    literals: tuple[object, ...]
    first: int
    last: int
    lines: int
    depth: int
    size: int
    light: bool
    defines: bool
    name: str  # of the function or class that it begins, or is in


class _Place(NamedTuple):
    depth: int
    within: type[ast.AST]
    name: str


class Outline(NamedTuple):
    """The statements of a file in the order of the text; and where the block of each
    ends, as an index behind it."""

    statements: list[Statement]
    ends: list[int]


def outline(source: Source) -> Outline:
    """The statements of a file; none where it is no Python that can be read."""
    found: list[Statement] = []
    ends: list[int] = []
    if source.tree is None:
        return Outline(found, ends)
    last = 0
    stack: list[tuple[ast.AST | int | str, _Place]] = []
    _push(stack, source.tree.body, _Place(0, ast.Module, ""))
    while stack:
        node, place = stack.pop()
        if isinstance(node, int):
            ends[node] = len(found)
        elif isinstance(node, str):
            found.append(_keyword(node, place, last))
            ends.append(len(found))
        elif not _says_nothing(node):
            made = _statement(node, place, last)
            found.append(made)
            ends.append(len(found))
            last = max(last, made.last)
            if hasattr(node, "body") or hasattr(node, "cases"):
                stack.append((len(found) - 1, place))
                _push_blocks(stack, node, place)
    return Outline(found, ends)


def _push(
    stack: list[tuple[ast.AST | int | str, _Place]],
    nodes: Iterable[ast.AST],
    place: _Place,
) -> None:
    stack.extend([(node, place) for node in nodes][::-1])


def _push_blocks(
    stack: list[tuple[ast.AST | int | str, _Place]], node: ast.AST, place: _Place
) -> None:
    within = type(node) if isinstance(node, _DEFS) else place.within
    inner = _Place(place.depth + 1, within, _name(node, place))
    for block in reversed(_BLOCKS):
        nodes = getattr(node, block, None)
        if not isinstance(nodes, list) or not nodes:
            continue
        if block == "orelse" and isinstance(node, ast.If) and _is_elif(node):
            _push(stack, nodes, place)
        elif block in ("handlers", "cases", "body"):
            _push(stack, nodes, place if block == "handlers" else inner)
        else:
            _push(stack, nodes, inner)
            stack.append((block, place))


def _name(node: ast.AST, place: _Place) -> str:
    if isinstance(node, _DEFS):
        return f"{place.name}.{node.name}".strip(".")
    return place.name


def _is_elif(node: ast.If) -> bool:
    first = node.orelse[0]
    return isinstance(first, ast.If) and first.col_offset == node.col_offset


def _keyword(word: str, place: _Place, last: int) -> Statement:
    """An `else` or `finally`: the tree does not say where it stands."""
    return Statement(
        shape=(word,),
        kind=word,
        names=(),
        literals=(),
        first=last,
        last=last,
        lines=0,
        depth=place.depth,
        size=1,
        light=True,
        defines=False,
        name=place.name,
    )


def _says_nothing(node: ast.AST) -> bool:
    if isinstance(node, _DROPPED):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if not isinstance(node, _DEFS):
        return False
    return node.name in _COMPARISONS or all(map(_is_stub, node.body))


def _is_stub(node: ast.stmt) -> bool:
    """What stands where there is no code: a docstring, `...`, `pass`, an abstract."""
    if isinstance(node, ast.Raise):
        error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return isinstance(error, ast.Name) and error.id == "NotImplementedError"
    constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return constant or isinstance(node, ast.Pass)


def _statement(node: Any, place: _Place, last: int) -> Statement:
    first = getattr(node, "lineno", 0) or node.pattern.lineno
    body = getattr(node, "body", None)
    if isinstance(body, list):
        ends = max(first, min(getattr(body[0], "lineno", first) - 1, _end(node)))
    else:
        ends = node.end_lineno or first
    shape, names, literals = _shape(node)
    return Statement(
        shape=shape,
        kind=_kind(node, shape),
        names=names,
        literals=literals,
        first=first,
        last=ends,
        lines=min(MAX_LINES, max(0, ends - max(first, last + 1) + 1)),
        depth=place.depth,
        size=len(shape),
        light=_is_light(node, place),
        defines=isinstance(node, _DEFS),
        name=_name(node, place),
    )


def _end(node: Any) -> int:
    """The last line of a node; those of a `case` are its pattern's."""
    return int(getattr(node, "end_lineno", 0) or node.body[-1].end_lineno)


def _shape(
    node: ast.AST,
) -> tuple[tuple[object, ...], tuple[str, ...], tuple[object, ...]]:
    """The syntax of a statement without its blocks, its names and its literals."""
    shape: list[object] = []
    names: list[str] = []
    literals: list[object] = []
    stack: list[Any] = [node]
    while stack:
        one = stack.pop()
        kind = one.__class__
        if kind is ast.UnaryOp and one.operand.__class__ is ast.Constant:
            one, kind = one.operand, ast.Constant
        shape.append(kind)
        if kind is ast.Name:
            names.append(one.id)
        elif kind is ast.Constant:
            literals.append(one.value)
        elif kind is str:
            names.append(one)
        elif kind is list:
            shape.append(min(len(one), _MANY))
            stack += one if len(one) < _MANY else ()
            literals += () if len(one) < _MANY else (len(one),)
        else:
            stack += [getattr(one, name, None) for name in _fields(kind)]
    return tuple(shape), tuple(names), tuple(literals)


@functools.cache
def _fields(kind: type[Any]) -> tuple[str, ...]:
    """What of a node is compared: not its blocks, where it has any."""
    if not issubclass(kind, ast.AST):  # None, and numbers that stand for a flag
        return ()
    blocks = _BLOCKS if issubclass(kind, (ast.stmt, ast.ExceptHandler)) else ()
    if kind.__name__ == "match_case":
        blocks = _BLOCKS
    return tuple(f for f in kind._fields if f not in _LEFT_OUT and f not in blocks)


def _kind(node: Any, shape: tuple[object, ...]) -> object:
    if isinstance(node, (ast.Assert, *_DEFS)):
        return type(node)
    value = _value(node)
    if isinstance(value, ast.Call) and not isinstance(node, ast.Return):
        name = called(value)
        return ast.Assert if name.startswith("assert") else (type(node), name)
    if isinstance(value, _DISPLAYS):
        return type(node), ast.Constant
    return shape


def _value(node: Any) -> Any:
    value = getattr(node, "value", None)
    return value.value if isinstance(value, ast.Await) else value


def called(call: ast.Call) -> str:
    """The last name of what is called: `add_argument`."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _is_light(node: Any, place: _Place) -> bool:
    value = _value(node)
    if isinstance(value, ast.Call) and called(value) in _SETUP:
        return True
    if not isinstance(node, (ast.Assign, ast.AnnAssign)):
        return False
    if place.within is ast.ClassDef:  # a field, whatever it is made with
        return True
    if place.within is ast.Module and place.depth == 0 and _is_data(value):
        return True
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return isinstance(targets[0], ast.Attribute) and _is_plain(value)


def _is_data(value: Any) -> bool:
    return value is None or isinstance(value, _DISPLAYS)


def _is_plain(value: Any) -> bool:
    """A name or a literal, or one where the other is missing: `name or []`."""
    if isinstance(value, ast.BoolOp):
        return all(map(_is_plain, value.values))
    return isinstance(value, (ast.Name, *_DISPLAYS)) or value is None
