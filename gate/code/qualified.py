"""What the names of a source file stand for: `np.mean` for `numpy.mean`."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass

from gate.code.dotted import dotted, imported_names


@dataclass(frozen=True)
class Names:
    """The imports of a module, wherever in it they stand."""

    tree: ast.Module

    @functools.cached_property
    def imported(self) -> dict[str, str]:
        """The full name of each name that an import binds."""
        return imported_names(self.tree)

    def of(self, node: ast.AST) -> str:
        """The full name of what an expression names; "" where no import says it."""
        top = node
        while isinstance(top, ast.Attribute):
            top = top.value
        known = isinstance(top, ast.Name) and top.id in self.imported
        return dotted(node, self.imported) if known else ""


def last(node: ast.AST) -> str:
    """The last word of a name: `fit` of `model.fit`; "" of what is no name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
