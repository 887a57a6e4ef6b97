"""Names: PEP 8's rules, names that say nothing, and modules nobody can import."""

from __future__ import annotations

import keyword
from collections.abc import Collection, Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

from gate.code import bindings, pep8, spelling, vague
from gate.code.rules import Problem, Rule
from gate.code.source import Source

MODULE: Final = Rule(
    code="RQ311",
    name="module-name",
    family="naming",
    advice="rename it to lower-case letters, digits and `_`, a letter first",
)
MODULE_CASE: Final = Rule(
    code="RQ312",
    name="module-case",
    family="naming",
    advice="name the module in lower case: on Windows and macOS the case is no part of"
    " a file's name",
    warning=True,
)
RULES: Final = (*pep8.RULES, MODULE, MODULE_CASE, *vague.RULES)

# Their frameworks load them by path, and say how they are named.
_BY_PATH: Final = ("migrations", "versions", "alembic")


def look(
    source: Source, allowed: Collection[str] = (), reach: int = vague.REACH
) -> Iterator[Problem]:
    """Every name of a file that should be another, but those that are allowed."""
    if source.tree is None:
        return
    found = (*bindings.find(source.tree),)
    yield from pep8.look(source, found, allowed)
    yield from vague.look(source, found, allowed, reach)


def modules(paths: Iterable[str]) -> Iterator[tuple[str, Problem]]:
    """The modules of packages whose names no `import` can say, or that have capitals.

    A script beside no `__init__.py` may be called as it likes.
    """
    known = frozenset(paths)
    for path in sorted(known):
        file = PurePosixPath(path)
        if file.suffix != ".py" or set(file.parts) & {*_BY_PATH}:
            continue
        if file.name == "__init__.py":
            file = file.parent  # the name in question is the folder's
        if str(file.parent / "__init__.py") in known and (said := _misnamed(file)):
            rule, message = said
            yield path, Problem(rule=rule, message=message, line=1)


def _misnamed(file: PurePosixPath) -> tuple[Rule, str] | None:
    name = file.stem if file.suffix == ".py" else file.name
    if keyword.iskeyword(name) or not name.isidentifier():
        return MODULE, f"no import can say `{name}`, a module of a package"
    if not spelling.is_snake(name):
        return MODULE_CASE, f"the module `{name}` has capitals in its name"
    return None
