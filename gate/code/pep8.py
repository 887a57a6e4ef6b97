"""Names against PEP 8, with what frameworks and formulas dictate left alone.

The rules are those of pep8-naming, N801 to N817 (N818 is off there too). Where they
stay quiet and it does not, the name is somebody else's choice or the field's custom.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from gate.code import spelling
from gate.code.bindings import Binding, Function, Kind
from gate.code.dictated import Dictated
from gate.code.qualified import last
from gate.code.rules import Problem, Rule
from gate.code.source import Source

CLASS: Final = Rule(
    code="RQ301",
    name="class-name",
    family="naming",
    advice="name the class in CapWords: `RandomForest`",
)
FUNCTION: Final = Rule(
    code="RQ302",
    name="function-name",
    family="naming",
    advice="name the function in lower case, its words joined by `_`: `fit_model`",
)
ARGUMENT: Final = Rule(
    code="RQ303",
    name="argument-name",
    family="naming",
    advice="name the argument in lower case, its words joined by `_`: `learning_rate`",
)
FIRST: Final = Rule(
    code="RQ304",
    name="first-argument",
    family="naming",
    advice="name the first argument of a method `self`, of a class method `cls`",
)
VARIABLE: Final = Rule(
    code="RQ305",
    name="variable-name",
    family="naming",
    advice="name the variable in lower case, its words joined by `_`: `learning_rate`",
)
IMPORT: Final = Rule(
    code="RQ306",
    name="import-alias",
    family="naming",
    advice="keep the case of what is imported, which says what it is",
    warning=True,
)
DUNDER: Final = Rule(
    code="RQ307",
    name="dunder-name",
    family="naming",
    advice="`__name__` is for what Python itself calls: take the underscores away",
)
TYPE_VARIABLE: Final = Rule(
    code="RQ308",
    name="type-variable-name",
    family="naming",
    advice="name the type variable in CapWords, with `_co` where it varies",
    warning=True,
)
RULES: Final = (
    CLASS,
    FUNCTION,
    ARGUMENT,
    FIRST,
    VARIABLE,
    IMPORT,
    DUNDER,
    TYPE_VARIABLE,
)

_CUSTOM = 8  # names in mixedCase; a script with fewer has just not been told
_MODULE_DUNDERS = ("__getattr__", "__dir__")
_OTHERS = {"cls": ("klass", "mcs", "mcls", "metacls", "meta"), "self": ("this",)}
_CLASS_METHODS = ("__new__", "__init_subclass__", "__class_getitem__")
# What makes types: the value of a variable that is one.
_FACTORIES = (
    "namedtuple NamedTuple TypedDict NewType TypeVar ParamSpec TypeVarTuple Enum"
    " IntEnum StrEnum Flag IntFlag type new_class make_dataclass TypeAliasType"
    " Union Literal"
).split()
# What is plainly no class, so that CapWords say something wrong of it.
_VALUES = (
    ast.Constant,
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.JoinedStr,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)


def look(
    source: Source, found: Iterable[Binding], allowed: Collection[str] = ()
) -> Iterator[Problem]:
    """Every name of those found that PEP 8 would have otherwise, and is not allowed."""
    if source.tree is None:
        return
    dictated = Dictated.of(source)
    found = (*found,)
    mixed = _prefers_mixed(found)
    seen: set[tuple[int, str]] = set()
    for one in found:
        key = id(one.scope), one.name
        fits = mixed and one.kind is Kind.FUNCTION and spelling.is_mixed(one.name)
        # Once in each scope is enough to say it.
        if not fits and key not in seen and not spelling.is_among(one.name, allowed):
            yield from _judged(one, dictated)
        seen.add(key)
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from _imports(node, allowed)


def _prefers_mixed(found: Iterable[Binding]) -> bool:
    """Whether functions are in mixedCase by custom here, as in `threading`.

    PEP 8 allows it "where that's already the prevailing style".
    """
    names = {one.name.strip("_") for one in found if one.kind is Kind.FUNCTION}
    mixed = sum(map(spelling.is_mixed, names))
    snake = sum("_" in name and spelling.is_snake(name) for name in names)
    return mixed >= _CUSTOM and mixed > snake


def _judged(one: Binding, dictated: Dictated) -> Iterator[Problem]:
    if one.kind is Kind.CLASS:
        yield from _class(one, dictated)
    elif one.kind is Kind.FUNCTION:
        yield from _function(one, dictated)
    elif one.kind is Kind.ARGUMENT:
        yield from _argument(one, dictated)
    elif isinstance(one.scope, ast.ClassDef):
        yield from _attribute(one, dictated)
    else:
        yield from _variable(one, dictated)


def _problem(rule: Rule, one: Binding, message: str) -> Problem:
    return Problem(rule=rule, message=message, line=one.line, column=one.column)


def _class(one: Binding, dictated: Dictated) -> Iterator[Problem]:
    if not spelling.is_cap_words(one.name) and not dictated.names_class(one):
        yield _problem(CLASS, one, f"class `{one.name}` is not in CapWords")


def _function(one: Binding, dictated: Dictated) -> Iterator[Problem]:
    name, node = one.name, one.node
    assert isinstance(node, Function)
    if name[:2] == "__" == name[-2:]:
        if isinstance(one.scope, ast.Module) and name not in _MODULE_DUNDERS:
            yield _problem(DUNDER, one, f"`{name}` is no name that Python knows here")
    elif spelling.is_snake(name) or spelling.has_only_acronyms(name) or len(name) == 1:
        pass
    elif not dictated.names_function(one):
        yield _problem(FUNCTION, one, f"function `{name}` is not in lower case")
    yield from _first(one, dictated)


def _first(one: Binding, dictated: Dictated) -> Iterator[Problem]:
    node, scope = one.node, one.scope
    assert isinstance(node, Function)
    given = [*node.args.posonlyargs, *node.args.args]
    if not isinstance(scope, ast.ClassDef) or not given:
        return
    marks = {last(mark) for mark in node.decorator_list}
    of_class = "classmethod" in marks or node.name in _CLASS_METHODS
    if node.decorator_list and not of_class:
        return
    name, wanted = given[0].arg, "cls" if of_class else "self"
    if name.startswith("_") or name.rstrip("_") in {wanted, *_OTHERS[wanted]}:
        return
    if name in ("self", "cls") and dictated.is_metaclass(scope):
        return
    if node.name[:2] == "__" == node.name[-2:] and len(given) <= 2 and not of_class:
        return  # of an operator: `__add__(a, b)`
    if dictated.names_first(one):
        return
    yield Problem(
        rule=FIRST,
        message=f"the first argument of `{node.name}` is `{name}`, not `{wanted}`",
        line=given[0].lineno,
        column=given[0].col_offset + 1,
    )


def _argument(one: Binding, dictated: Dictated) -> Iterator[Problem]:
    if not spelling.is_notation(one.name) and not dictated.names_argument(one):
        yield _problem(ARGUMENT, one, f"argument `{one.name}` is not in lower case")


def _attribute(one: Binding, dictated: Dictated) -> Iterator[Problem]:
    odd = spelling.is_mixed(one.name) and not spelling.is_notation(one.name)
    if odd and not dictated.names_attribute(one):
        yield _problem(VARIABLE, one, f"class variable `{one.name}` is in mixedCase")


def _variable(one: Binding, dictated: Dictated) -> Iterator[Problem]:
    name, made = one.name, one.value
    if isinstance(made, ast.Call) and last(made.func) in ("TypeVar", "ParamSpec"):
        yield from _type_variable(one)
        return
    if spelling.is_notation(name) or _keeps_its_name(name, made):
        return
    if isinstance(made, ast.Call) and last(made.func) in _FACTORIES:
        return
    everywhere = isinstance(one.scope, ast.Module)
    if spelling.is_mixed(name):
        where = "global variable" if everywhere else "variable"
        yield _problem(VARIABLE, one, f"{where} `{name}` is in mixedCase")
    elif not everywhere and isinstance(made, _VALUES) and not dictated.is_type(made):
        yield _problem(VARIABLE, one, f"variable `{name}` is not in lower case")


def _keeps_its_name(name: str, made: ast.expr | None) -> bool:
    """Whether it is only a shorter way to what has that name elsewhere."""
    if isinstance(made, ast.Call):  # getattr(thing, "itsName", None)
        return any(isinstance(a, ast.Constant) and a.value == name for a in made.args)
    return made is not None and last(made).strip("_") == name.strip("_")


def _type_variable(one: Binding) -> Iterator[Problem]:
    bare = re.sub(r"_(?:co|contra|in|out)$", "", one.name)
    if not spelling.is_cap_words(bare) and not spelling.is_constant(bare):
        yield _problem(
            TYPE_VARIABLE, one, f"type variable `{one.name}` is not in CapWords"
        )


def _imports(
    node: ast.Import | ast.ImportFrom, allowed: Collection[str]
) -> Iterator[Problem]:
    for alias in node.names:
        name, given = alias.name.rpartition(".")[2], alias.asname
        if not given or spelling.is_among(given, allowed):
            continue
        if (said := _recast(name, given.lstrip("_"))) is None:
            continue
        yield Problem(
            rule=IMPORT,
            message=f"{said} `{name}` is imported as `{given}`",
            line=alias.lineno,
            column=alias.col_offset + 1,
        )


def _recast(name: str, given: str) -> str | None:
    """What a name is that an import gives the case of something else; else None."""
    # `functional as F`, `ElementTree as ET` are customs.
    if len(given) <= 2 or len(name) <= 2:
        return None
    if given.endswith(f"_{name}"):  # `sklearn_PCA` only says whose it is
        return None
    if name.isupper():
        return None if given.isupper() or given[:1].isupper() else "the constant"
    if spelling.is_snake(name):
        return None if spelling.is_snake(given) else "the lower-case"
    if given.islower() and name[:1].isupper():
        return "the class"
    acronym = "".join(filter(str.isupper, name))
    return "the class" if given.isupper() and given != acronym else None
