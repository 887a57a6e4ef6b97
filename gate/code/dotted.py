"""What a name means: `pd.read_csv` is `pandas.read_csv` below `import pandas as pd`."""

from __future__ import annotations

import ast
from collections.abc import Mapping


def imported_names(tree: ast.AST) -> dict[str, str]:
    """What each name that an import binds, wherever it stands, means in full.

    Of a relative import the dots are kept: they begin no name of a library's.
    """
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                found[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            start = "." * node.level + (f"{node.module}." if node.module else "")
            for alias in node.names:
                found[alias.asname or alias.name] = f"{start}{alias.name}"
    return found


def dotted(node: ast.AST, names: Mapping[str, str]) -> str:
    """The full name of what a node refers to; "" where it is no name at all.

    What no import binds keeps the name it has: a builtin's, or the module's own.
    """
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join((names.get(node.id, node.id), *reversed(parts)))
