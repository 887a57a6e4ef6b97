"""Expressions over the columns of a table, read safely: nothing is ever executed.

The grammar is a part of Python's, read with Python's own parser:

    tip <= 0.5 * fare and (company in ["Taxi", "Sun"] or missing(company))

Names are columns; odd ones stand in backticks: `trip miles`. Numbers, "texts", True
and False; + - * / // % **, the last with a number as exponent; comparisons, chained
ones too; and, or, not; in and not in with a list, or with a text in a text; the
functions of FUNCTIONS. Whether something is a number, a text or a truth is known from
the schema before any data is read, and what does not go together is an error that
names its place.
"""

from __future__ import annotations

import ast
import enum
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

MAX_LENGTH = 2_000  # characters
MAX_DEPTH = 50
MAX_EXPONENT = 16


class Sort(enum.Enum):
    """What an expression gives."""

    NUMBER = "a number"
    TEXT = "a text"
    TRUTH = "true or false"


class Wrong(Exception):
    """An expression cannot be read; `place` is a character of it, from 1."""

    def __init__(self, what: str, place: int) -> None:
        super().__init__(what)
        self.what = what
        self.place = place


@dataclass(frozen=True)
class Name:
    """A column; `single` where its floats are of 32 bits, `text` where it has texts."""

    column: str
    single: bool
    text: bool


@dataclass(frozen=True)
class Constant:
    """A number, a text or a truth."""

    value: int | float | str | bool


@dataclass(frozen=True)
class Call:
    """An operator or a function, and what it is applied to.

    Where `single` is true, floats of 32 bits are part of it.
    """

    name: str
    operands: tuple[Node, ...]
    single: bool = False


Node = Name | Constant | Call

_NUMBER, _TEXT, _TRUTH = Sort.NUMBER, Sort.TEXT, Sort.TRUTH
# What each function takes and gives; those in _MANY take more of the last.
FUNCTIONS: dict[str, tuple[tuple[Sort | None, ...], Sort]] = {
    "abs": ((_NUMBER,), _NUMBER),
    "min": ((_NUMBER, _NUMBER), _NUMBER),
    "max": ((_NUMBER, _NUMBER), _NUMBER),
    "round": ((_NUMBER,), _NUMBER),
    "len": ((_TEXT,), _NUMBER),
    "lower": ((_TEXT,), _TEXT),
    "upper": ((_TEXT,), _TEXT),
    "strip": ((_TEXT,), _TEXT),
    "startswith": ((_TEXT, _TEXT), _TRUTH),
    "endswith": ((_TEXT, _TEXT), _TRUTH),
    "missing": ((None,), _TRUTH),
}
_MANY = ("min", "max")
_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_BACKTICKED = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|`([^`]*)`""", re.S)


@dataclass(frozen=True)
class Expression:
    """What must be true of a row, and the columns that it is about."""

    node: Node
    columns: tuple[str, ...]


def read(text: str, sorts: Mapping[str, Sort], single: frozenset[str]) -> Expression:
    """The expression in a text, over columns of these sorts.

    `single` names the columns whose floats are of 32 bits.

    Raises:
        Wrong: it is none, is too long or too deep, or what it combines does not go
            together.
    """
    if len(text) > MAX_LENGTH:
        raise Wrong(f"over {MAX_LENGTH:,} characters", MAX_LENGTH)
    plain, names = _without_backticks(text.replace("\n", " "))
    reader = _Reader(plain, names, sorts, single)
    try:
        node = reader.want(reader.parsed(), _TRUTH, 0)
    except Wrong as wrong:
        # Blanks before the expression are left out: Python takes them for an indent.
        raise Wrong(wrong.what, wrong.place + len(text) - len(plain)) from None
    return Expression(node, tuple(reader.columns))


def _without_backticks(text: str) -> tuple[str, dict[int, str]]:
    """The text with names of the same length for those in backticks, by place."""
    names: dict[int, str] = {}

    def name(match: re.Match[str]) -> str:
        if match[1] is not None:
            return match[1]
        names[match.start()] = match[2]
        return "x" * len(match[0])

    plain = _BACKTICKED.sub(name, text)
    blanks = len(plain) - len(plain.lstrip())
    return plain[blanks:], {at - blanks: name for at, name in names.items()}


class _Reader:
    """From Python's syntax tree to ours, with the sort of each part."""

    def __init__(
        self,
        text: str,
        names: Mapping[int, str],
        sorts: Mapping[str, Sort],
        single: frozenset[str],
    ) -> None:
        self.text = text
        self.names = names
        self.sorts = sorts
        self.single = single
        self.columns: dict[str, None] = {}
        self._bytes = text.encode("utf-8", "surrogatepass")

    def parsed(self) -> ast.expr:
        """Python's syntax tree."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(self.text, mode="eval").body
        except SyntaxError as error:
            said = error.msg if error.msg.isprintable() else "invalid syntax"
            raise Wrong(said, error.offset or len(self.text) + 1) from None
        except (ValueError, RecursionError, MemoryError, OverflowError):
            raise Wrong("no expression", 1) from None

    def read(self, tree: ast.expr, depth: int) -> tuple[Node, Sort]:
        """A part of the expression."""
        if depth > MAX_DEPTH:
            raise self.wrong(tree, "nested too deeply")
        match tree:
            case ast.Name():
                return self._name(tree)
            case ast.Constant():
                return self._constant(tree)
            case ast.BinOp():
                return self._arithmetic(tree, depth)
            case ast.UnaryOp():
                return self._unary(tree, depth)
            case ast.BoolOp():
                word = "and" if isinstance(tree.op, ast.And) else "or"
                parts = [self.want(v, _TRUTH, depth) for v in tree.values]
                return _call(word, *parts), _TRUTH
            case ast.Compare():
                return self._comparison(tree, depth)
            case ast.Call():
                return self._function(tree, depth)
        raise self.wrong(tree, "this is no part of an expression")

    def want(self, tree: ast.expr, sort: Sort, depth: int) -> Node:
        """A part that has to give this sort; truths are 0 and 1, as in Python."""
        node, found = self.read(tree, depth + 1)
        if found is sort:
            return node
        if {found, sort} == {_TRUTH, _NUMBER}:
            return _call("number" if sort is _NUMBER else "truth", node)
        raise self.wrong(tree, f"this is {found.value}, not {sort.value}")

    def wrong(self, tree: ast.expr, what: str) -> Wrong:
        """A slip at a part of the expression."""
        return Wrong(what, self._place(tree) + 1)

    def _place(self, tree: ast.expr) -> int:
        return len(self._bytes[: tree.col_offset].decode("utf-8", "replace"))

    def _name(self, tree: ast.Name) -> tuple[Node, Sort]:
        # Not `tree.id`: Python writes letters of names in another, equal form.
        part = self._bytes[tree.col_offset : tree.end_col_offset]
        plain = part.decode("utf-8", "surrogatepass")
        name = self.names.get(self._place(tree), plain)
        if name not in self.sorts:
            raise self.wrong(tree, f"the schema has no feature `{name}` with a type")
        self.columns[name] = None
        sort = self.sorts[name]
        return Name(name, name in self.single, sort is _TEXT), sort

    def _constant(self, tree: ast.Constant) -> tuple[Node, Sort]:
        value = tree.value
        if isinstance(value, bool):
            return Constant(value), _TRUTH
        if isinstance(value, int):
            if value >= 2**63:
                raise self.wrong(tree, "this number has more than 64 bits")
            return Constant(value), _NUMBER
        if isinstance(value, float):
            return Constant(value), _NUMBER
        if isinstance(value, str):
            return Constant(value), _TEXT
        raise self.wrong(tree, "this is no number and no text")

    def _arithmetic(self, tree: ast.BinOp, depth: int) -> tuple[Node, Sort]:
        name = _ARITHMETIC.get(type(tree.op))
        if name is None:
            raise self.wrong(tree, "there is no such operator")
        left = self.want(tree.left, _NUMBER, depth)
        right = self.want(tree.right, _NUMBER, depth)
        if name == "**":
            value = right.value if isinstance(right, Constant) else None
            if (
                value is None
                or isinstance(value, str)
                or not 0 <= value <= (MAX_EXPONENT)
            ):
                what = f"an exponent has to be a number from 0 to {MAX_EXPONENT}"
                raise self.wrong(tree.right, what)
        return _call(name, left, right), _NUMBER

    def _unary(self, tree: ast.UnaryOp, depth: int) -> tuple[Node, Sort]:
        if isinstance(tree.op, ast.Not):
            return _call("not", self.want(tree.operand, _TRUTH, depth)), _TRUTH
        if isinstance(tree.op, ast.Invert):
            raise self.wrong(tree, "there is no such operator; `not` is one")
        operand = self.want(tree.operand, _NUMBER, depth)
        if isinstance(tree.op, ast.USub):
            return _call("negative", operand), _NUMBER
        return operand, _NUMBER

    def _comparison(self, tree: ast.Compare, depth: int) -> tuple[Node, Sort]:
        sides = [tree.left, *tree.comparators]
        parts = [
            self._compared(left, operator, right, depth)
            for left, operator, right in zip(sides, tree.ops, sides[1:], strict=False)
        ]
        return (parts[0] if len(parts) == 1 else _call("and", *parts)), _TRUTH

    def _compared(
        self, left: ast.expr, operator: ast.cmpop, right: ast.expr, depth: int
    ) -> Node:
        if isinstance(operator, (ast.In, ast.NotIn)):
            found = self._contained(left, right, depth)
            return found if isinstance(operator, ast.In) else _call("not", found)
        name = _COMPARISONS.get(type(operator))
        if name is None:
            raise self.wrong(right, "use == and !=, and `missing(x)` for no value")
        one, sort = self.read(left, depth + 1)
        other = self.want(right, _NUMBER if sort is _TRUTH else sort, depth)
        if sort is _TRUTH:
            one = _call("number", one)
        return _call(name, one, other)

    def _contained(self, left: ast.expr, right: ast.expr, depth: int) -> Node:
        if not isinstance(right, (ast.List, ast.Tuple, ast.Set)):
            part = self.want(left, _TEXT, depth)
            return _call("contains", self.want(right, _TEXT, depth), part)
        one, sort = self.read(left, depth + 1)
        if sort is _TRUTH:
            one, sort = _call("number", one), _NUMBER
        if not right.elts:
            raise self.wrong(right, "nothing is in an empty list")
        choices = [self.want(item, sort, depth) for item in right.elts]
        return _call("or", *(_call("==", one, choice) for choice in choices))

    def _function(self, tree: ast.Call, depth: int) -> tuple[Node, Sort]:
        name = tree.func.id if isinstance(tree.func, ast.Name) else ""
        if name not in FUNCTIONS or self._place(tree.func) in self.names:
            listed = ", ".join(FUNCTIONS)
            raise self.wrong(tree, f"there is no such function; there are {listed}")
        takes, gives = FUNCTIONS[name]
        many = name in _MANY
        given = len(tree.args)
        if tree.keywords or given < len(takes) or (given > len(takes) and not many):
            more = " or more" if many else ""
            raise self.wrong(tree, f"{name} takes {len(takes)}{more} values")
        nodes = [
            self.want(arg, sort, depth) if sort else self.read(arg, depth + 1)[0]
            for arg, sort in zip(
                tree.args, takes + takes[-1:] * (given - len(takes)), strict=True
            )
        ]
        return _call(name, *nodes), gives


def _call(name: str, *operands: Node) -> Call:
    single = any(getattr(operand, "single", False) for operand in operands)
    return Call(name, operands, single)
