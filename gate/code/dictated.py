"""Which names of a source file are not its author's choice."""

from __future__ import annotations

import ast
import builtins
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from gate.code.bindings import Binding, Function, inside
from gate.code.layout import is_test
from gate.code.qualified import Names, last
from gate.code.source import Source

# unittest's and pytest's; `do_GET`, `visit_Name`: whoever calls them makes the name.
_HOOKS: Final = re.compile(
    r"(?:async)?(?:setUp|tearDown)(?:Class|Module|TestData|Package)?|run(?:Test)|"
    r"maxDiff|longMessage|failureException|test.*|assert.*|load_tests|"
    r"_*[a-z0-9]+(?:_[a-z0-9]+)*_[A-Z]\w*"
)
# Their bases have no mixedCase that a class of ours could have to take over.
_SNAKE: Final = frozenset(
    "abc builtins collections dataclasses datasets enum functools gym gymnasium jax"
    " keras lightning numpy pandas pathlib pydantic pytorch_lightning sklearn"
    " tensorflow torch torchvision transformers typing typing_extensions".split()
)
# These say what a name of somebody else's is.
_INTERFACES: Final = ("Protocol", "TypedDict", "Structure", "Union", "NamedTuple")
_CALLED_BY_NAME: Final = (
    "override overload setter getter deleter def_extern callback implements"
    " hookimpl register deprecated"
).split()
_MOST_BASES: Final = 50  # that are followed; nobody's classes are deeper
_USED_AS_FUNCTION: Final = frozenset(
    "__call__ __enter__ __aenter__ __get__ __iter__ __aiter__ __new__".split()
)
_DOUBLE: Final = re.compile(
    r"_*(?:fake|mock|stub|dummy|spy|my)|(?:fake|mock|stub|dummy|double)$", re.I
)


@dataclass(frozen=True)
class Dictated:
    """What a file's classes derive from, and what that says of their names."""

    names: Names
    classes: dict[str, ast.ClassDef]
    in_tests: bool
    _used: dict[int, frozenset[str]] = field(default_factory=dict)  # as it was asked

    @functools.cached_property
    def _called(self) -> frozenset[str]:
        calls = (n for n in ast.walk(self.names.tree) if isinstance(n, ast.Call))
        return frozenset(last(call.func) for call in calls)

    @classmethod
    def of(cls, source: Source) -> Dictated:
        """Read it off a file that could be parsed."""
        tree = source.tree
        assert tree is not None
        classes = {n.name: n for n in ast.walk(tree) if isinstance(n, ast.ClassDef)}
        return cls(Names(tree), classes, is_test(source.path))

    def names_class(self, one: Binding) -> bool:
        """Whether a class is C's, follows its base, or is used as a function."""
        node = one.node
        assert isinstance(node, ast.ClassDef)
        bases = [last(base) for base in node.bases if last(base) != "object"]
        if any(base and not base.strip("_")[:1].isupper() for base in bases):
            return True
        if any(base in ("Structure", "Union", "Interface") for base in bases):
            return True
        if self.in_tests or not isinstance(one.scope, (ast.Module, ast.ClassDef)):
            return True
        methods = {n.name for n in node.body if isinstance(n, Function)}
        return one.name.islower() and bool(methods & _USED_AS_FUNCTION)

    def names_function(self, one: Binding) -> bool:
        """Whether something else made the name, or it stands for a class."""
        node = one.node
        assert isinstance(node, Function)
        if any(last(mark) in _CALLED_BY_NAME for mark in _marks(node)):
            return True
        if isinstance(one.scope, ast.ClassDef):
            if _HOOKS.fullmatch(one.name) or self._is_foreign(one.scope):
                return True
            if self.in_tests or _DOUBLE.search(one.scope.name):
                return True
        elif self.in_tests or _HOOKS.fullmatch(one.name):
            return True
        return _is_deprecated(node) or _makes(node) or _wraps(node)

    def names_argument(self, one: Binding) -> bool:
        """Whether the signature is another's, or the argument is a class."""
        node, name = one.scope, one.name
        if not isinstance(node, Function):
            return True
        within = one.scopes[-2] if len(one.scopes) > 1 else None
        if any(last(mark) in _CALLED_BY_NAME for mark in _marks(node)):
            return True
        if isinstance(within, ast.ClassDef):
            if self._is_foreign(within) or (
                self.in_tests and not within.name.startswith("Test")
            ):
                return True
        return name[:1].isupper() and name in self._called

    def names_attribute(self, one: Binding) -> bool:
        """Whether the fields of a class mirror those of data or of a base."""
        node = one.scope
        assert isinstance(node, ast.ClassDef)
        return bool(node.bases or node.decorator_list or node.keywords or self.in_tests)

    def names_first(self, one: Binding) -> bool:
        """Whether a method's first argument is not the object: it is no method."""
        node = one.scope
        assert isinstance(node, ast.ClassDef)
        if any(last(base) == "Interface" for base in node.bases):
            return True
        if id(node) not in self._used:
            named = (n for part in node.body for n in _plainly(part))
            used = frozenset(n.id for n in named if isinstance(n, ast.Name))
            self._used[id(node)] = used
        return one.name in self._used[id(node)]

    def is_metaclass(self, node: ast.ClassDef) -> bool:
        """Whether its objects are classes."""
        bases = (*node.bases, *self._bases(node))
        return any(last(b) == "type" or last(b).endswith("Meta") for b in bases)

    def is_type(self, value: ast.expr) -> bool:
        """Whether a value is a type written out: `int | None`, or nothing yet."""
        if isinstance(value, ast.BinOp):
            return isinstance(value.op, ast.BitOr)
        return isinstance(value, (ast.Constant, ast.BoolOp)) and (
            not isinstance(value, ast.Constant) or value.value is None
        )

    def _bases(self, node: ast.ClassDef) -> Iterator[ast.expr]:
        """The bases of its bases that are classes of the file."""
        seen, left = {node.name}, [*node.bases]
        while left and len(seen) < _MOST_BASES:
            name = last(left.pop())
            if name in self.classes and name not in seen:
                seen.add(name)
                yield from self.classes[name].bases
                left.extend(self.classes[name].bases)

    def _is_foreign(self, node: ast.ClassDef) -> bool:
        return any(self._is_unknown(base) for base in (*node.bases, *self._bases(node)))

    def _is_unknown(self, base: ast.expr) -> bool:
        """Whether a base may have names of its own that we cannot see."""
        if isinstance(base, ast.Subscript):
            base = base.value
        name = last(base)
        if name in _INTERFACES:
            return True
        if isinstance(base, ast.Name) and (name in self.classes or _is_builtin(name)):
            return False
        return self.names.of(base).partition(".")[0] not in _SNAKE


@functools.cache
def _is_builtin(name: str) -> bool:
    return hasattr(builtins, name)


def _marks(node: Function) -> Iterator[ast.expr]:
    for mark in node.decorator_list:
        yield mark.func if isinstance(mark, ast.Call) else mark


def _is_deprecated(node: Function) -> bool:
    """Whether it is kept, with its old name, for those who still call it."""
    return any(
        isinstance(n, (ast.Name, ast.Attribute)) and "deprecat" in last(n).lower()
        for n in inside(node.body)
    )


def _makes(node: Function) -> bool:
    """Whether it is called as a class is, and makes an object: `ResNet18()`."""
    if not node.name.strip("_")[:1].isupper():
        return False
    return any(
        isinstance(n, ast.Return)
        and isinstance(n.value, ast.Call)
        and last(n.value.func).strip("_")[:1].isupper()
        for n in inside(node.body)
    )


def _wraps(node: Function) -> bool:
    """Whether it calls what has that name elsewhere: `_SetConsoleTitle(title)`."""
    bare = node.name.strip("_")
    return any(
        isinstance(n, ast.Call) and last(n.func).strip("_") == bare
        for n in inside(node.body)
    )


def _plainly(node: ast.AST) -> Iterator[ast.AST]:
    """What runs while the class is made: not the bodies of its methods."""
    if isinstance(node, Function):
        for mark in node.decorator_list:
            yield from ast.walk(mark)
    elif not isinstance(node, ast.ClassDef):
        yield from ast.walk(node)
