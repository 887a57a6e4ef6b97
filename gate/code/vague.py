"""Names that say nothing: of no meaning, left over from trying, a single letter."""

from __future__ import annotations

import ast
import functools
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from gate.code import bindings
from gate.code.bindings import Binding, Function, Kind, Scope, arguments
from gate.code.layout import is_test
from gate.code.rules import Problem, Rule
from gate.code.source import Source
from gate.code.spelling import is_among

MEANINGLESS: Final = Rule(
    code="RQ321",
    name="meaningless-name",
    family="naming",
    advice="say what it holds: `rides` for `df2`, `cleaned` for `data_new_final`",
    warning=True,
)
SINGLE_LETTER: Final = Rule(
    code="RQ322",
    name="single-letter",
    family="naming",
    advice="say what it holds, as who reads its last use no longer sees its first",
    warning=True,
)
RULES: Final = (MEANINGLESS, SINGLE_LETTER)

# Fine however long they live: the field's own, and what everybody knows.
LETTERS: Final = frozenset("_bdefijkmnptxyzBCDFGHKLMNPQRSTUVWXYZ")
REACH: Final = 25  # lines from a letter's first use to its last that a reader sees

_NOTHING: Final = frozenset(
    "foo baz qux quux foobar asdf blah stuff thingy dummy_var".split()
)
_VAGUE: Final = (
    "df data tmp temp val value var arr array lst list dict dic obj object res result"
    " ret out output stuff thing foo bar baz func function cls model new str string num"
    " file test x_new y_new final"
).split()
_STATES: Final = (
    "new old final finally last latest fixed copy tmp temp bak backup".split()
)
_ALWAYS: Final = ("stuff", "thing", "foo", "bar", "baz", "final", "new")
_NUMBERED: Final = re.compile(r"([a-z_]+?)_?([0-9]{1,2})")
_STATE: Final = "|".join(_STATES)
_LEFT_OVER: Final = re.compile(
    rf"\w*?(?:^|_)(?:{_STATE})_?(?:v?[0-9]_?)?(?:{_STATE})(?:_?v?[0-9]+)?"
    rf"|\w+_(?:final|latest|fixed|bak|backup)_?v?[0-9]+"
    rf"|[a-z]+[0-9]+_(?:{_STATE})"
)
_LONGEST: Final = 60  # of a name that is looked at by pattern


@dataclass(frozen=True)
class _Scope:
    """A scope's names, and where each single letter is used from and to."""

    node: Scope
    first: dict[str, Binding]

    @functools.cached_property
    def _inside(self) -> tuple[ast.AST, ...]:
        node = self.node
        body = node.body if isinstance(node, (ast.Module, Function)) else ()
        return (*bindings.inside(body),)

    @functools.cached_property
    def lines(self) -> dict[str, set[int]]:
        """The lines where each single letter stands."""
        found: dict[str, set[int]] = defaultdict(set)
        if isinstance(self.node, Function):
            for one in arguments(self.node):
                found[one.arg].add(self.node.lineno)
        for node in self._inside:
            if isinstance(node, ast.Name) and len(node.id) == 1:
                found[node.id].add(node.lineno)
        return found

    @functools.cached_property
    def operands(self) -> frozenset[str]:
        """The names in arithmetic: a formula's letters are its best names."""
        found = (one for node in self._inside for one in _operands(node))
        return frozenset(one.id for one in found if isinstance(one, ast.Name))


def look(
    source: Source,
    found: Iterable[Binding],
    allowed: Collection[str] = (),
    reach: int = REACH,
) -> Iterator[Problem]:
    """Every name of those found that says nothing, and is not allowed."""
    # In a test `foo` and `s` are examples, and of no meaning on purpose.
    if is_test(source.path):
        return
    for scope in _scopes(found):
        for name, one in scope.first.items():
            if is_among(name, allowed):
                continue
            if len(name) == 1:
                yield from _letter(one, scope, reach)
            elif _is_meaningless(name, scope.first):
                yield _problem(MEANINGLESS, one, f"the name `{name}` says nothing")


def _scopes(found: Iterable[Binding]) -> Iterator[_Scope]:
    scopes: dict[int, _Scope] = {}
    for one in found:
        if one.kind is not Kind.BRIEF:
            scope = scopes.setdefault(id(one.scope), _Scope(one.scope, {}))
            scope.first.setdefault(one.name, one)
    yield from scopes.values()


def _problem(rule: Rule, one: Binding, message: str) -> Problem:
    return Problem(rule=rule, message=message, line=one.line, column=one.column)


def _is_meaningless(name: str, beside: Collection[str]) -> bool:
    bare = name.strip("_").lower()[:_LONGEST]
    if bare in _NOTHING or _LEFT_OVER.fullmatch(bare):
        return True
    if not (counted := _NUMBERED.fullmatch(bare)):
        return False
    word, number = counted.groups()
    if word not in _VAGUE:
        return False
    # `df1` and `df2` are a pair, as of two arguments; a lone `df2` is a second try.
    stem = name.rstrip("_").removesuffix(number)
    paired = f"{stem}1" in beside and f"{stem}2" in beside
    return word in _ALWAYS or (int(number) > 1 and not paired)


def _letter(one: Binding, scope: _Scope, reach: int) -> Iterator[Problem]:
    node, name = scope.node, one.name
    if name in LETTERS or one.kind is Kind.TARGET or isinstance(node, ast.ClassDef):
        return
    if one.kind in (Kind.CLASS, Kind.FUNCTION) or not isinstance(
        node, (ast.Module, Function)
    ):
        return
    lines = [one.line, *scope.lines.get(name, ())]
    if max(lines) - min(lines) > reach and name not in scope.operands:
        message = f"`{name}` is used over {max(lines) - min(lines) + 1} lines"
        yield _problem(SINGLE_LETTER, one, message)


def _operands(node: ast.AST) -> tuple[ast.expr, ...]:
    if isinstance(node, ast.BinOp):
        return (node.left, node.right)
    if isinstance(node, ast.AugAssign):
        return (node.target, node.value)
    return (node.operand,) if isinstance(node, ast.UnaryOp) else ()
