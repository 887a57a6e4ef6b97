"""State of modules: what functions change, and what an import runs."""

from __future__ import annotations

import functools
from typing import Annotated, ClassVar

import msgspec

from gate import smells
from gate.code import notebooks, state
from gate.code.variables import MAX_VARIABLES
from gate.findings import Excluded, Judge, Judged, Result
from gate.project import Project


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """State of modules: what functions change, and what an import runs."""

    directions: ClassVar[dict[str, str]] = {"max_variables": "falling"}

    judge: Judged = Judge.ALL
    max_variables: Annotated[
        int,
        msgspec.Meta(
            ge=0, description="The most variables of a module without a warning."
        ),
    ] = MAX_VARIABLES
    exclude: Excluded = ()


def run(project: Project, options: Options) -> Result:
    """Every place where a module keeps state, or works when it is imported."""
    look = functools.partial(
        state.look,
        layout=project.layout,
        max_variables=options.max_variables,
    )
    # Whose nature it is to keep state from cell to cell.
    exclude = (*options.exclude, f"*{notebooks.ENDING}")
    return smells.judge(project, "state", look, exclude=exclude)
