"""The checks: one file is one row in the comment and one key under `checks:`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from gate import reach
from gate.checks import (
    coverage,
    data,
    duplication,
    formatting,
    imports,
    lint,
    lock,
    model,
    naming,
    reproducibility,
    state,
    tests,
    typecheck,
)
from gate.findings import Result
from gate.project import Project


class Check(Protocol):
    """What a check's module has; the first line of its docstring is its title."""

    __doc__: str | None
    Options: type[Any]

    def run(self, project: Project, options: Any, /) -> Result:
        """Judge the project."""


CHECKS: Final[dict[str, Check]] = {
    "formatting": formatting,
    "lint": lint,
    "duplication": duplication,
    "imports": imports,
    "state": state,
    "naming": naming,
    "reproducibility": reproducibility,
    "typecheck": typecheck,
    "tests": tests,
    "coverage": coverage,
    "data": data,
    "model": model,
    "lock": lock,
}

# A check that reads what another leaves in `project.scratch` runs after it.
NEEDS: Final[dict[str, str]] = {
    name: needed
    for name, check in CHECKS.items()
    if (needed := getattr(check.Options, "needs", ""))
}

# What is answered by the tree alone: the same of an equal one, without another look.
DEPENDS: Final[dict[str, Callable[[Project], object]]] = {
    "formatting": reach.of_code,
    "duplication": reach.of_code,
    "imports": reach.of_imports,
    "state": reach.of_code,
    "naming": reach.of_code,
    "reproducibility": reach.of_files,
}
