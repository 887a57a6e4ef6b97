"""State of a module: names that functions change, and how many there are."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from typing import Final

from gate.code.containers import MUTABLE, mutated
from gate.code.importtime import WORK, work_at_import
from gate.code.layout import Layout
from gate.code.rules import Problem, Rule
from gate.code.scopes import Scope, bound, reads, scopes, targets
from gate.code.source import Source
from gate.code.variables import MANY, MAX_VARIABLES, many

REBOUND: Final = Rule(
    code="RQ202",
    name="global-statement",
    family="state",
    advice="return the value and hand it on, or keep it in an object of a class",
)
RULES: Final = (MUTABLE, REBOUND, WORK, MANY)


def look(
    source: Source, layout: Layout, *, max_variables: int = MAX_VARIABLES
) -> Iterator[Problem]:
    """What is wrong with the state that a file's module keeps."""
    tree = source.tree
    if tree is None or source.path.endswith(".pyi"):
        return
    _, *functions = scopes(tree)
    yield from mutated(tree, functions)
    for function in functions:
        yield from _rebound(function)
    yield from work_at_import(source, tree, layout)
    if found := many(source, tree, layout, max_variables):
        yield found


def _rebound(scope: Scope) -> Iterator[Problem]:
    if not scope.shared:
        return
    # A module that is imported when it is wanted is no state.
    loaded = (ast.Import, ast.ImportFrom)
    anew = bound(node for node in scope.nodes if not isinstance(node, loaded))
    anew -= _made_once(scope)
    for node in (node for node in scope.nodes if isinstance(node, ast.Global)):
        if names := [name for name in node.names if name in anew]:
            shown = ", ".join(f"`{name}`" for name in dict.fromkeys(names))
            yield Problem(
                rule=REBOUND,
                message=f"`{scope.name}` rebinds {shown} of the module: the value"
                " depends on what ran before",
                line=node.lineno,
                column=node.col_offset + 1,
            )


def _made_once(scope: Scope) -> frozenset[str]:
    """The names that are bound only where they are not yet, and so once for all."""
    asked = {_asked(node.test) for node in scope.nodes if isinstance(node, ast.If)}
    plain: Counter[str] = Counter()
    stored: Counter[str] = Counter()
    for node in scope.nodes:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            stored[node.id] += 1
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            for target in targets(node):
                if isinstance(target, ast.Name) and not reads(node.value, target.id):
                    plain[target.id] += 1
    # Bound in no other way: not by `+=`, and not in a loop.
    return frozenset(n for n in asked & plain.keys() if plain[n] == stored[n])


def _asked(test: ast.expr) -> str:
    """The name of which a condition says that it has a value, or that it has none."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test = test.operand
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], (ast.Is, ast.IsNot)):
        test = test.left
    return test.id if isinstance(test, ast.Name) else ""
