"""Notebooks as they were committed: with what they printed, in which order they ran."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from gate.code.rules import Problem, Rule

ORDER: Final = Rule(
    code="RQ451",
    name="notebook-order",
    family="reproducibility",
    advice="restart the kernel, run all cells from the top, and commit that",
)
OUTPUTS: Final = Rule(
    code="RQ452",
    name="notebook-outputs",
    family="reproducibility",
    advice="commit it without outputs: `jupyter nbconvert --clear-output --inplace`, or"
    " nbstripout",
    warning=True,
)
RULES: Final = (ORDER, OUTPUTS)

MAX_BYTES: Final = 20_000_000


class _Cell(msgspec.Struct):
    cell_type: str = ""
    execution_count: int | None = None
    outputs: list[msgspec.Raw] = []


class _Notebook(msgspec.Struct):
    cells: list[_Cell] = []


def look(data: bytes) -> Iterator[Problem]:
    """What is wrong with a notebook; nothing of a file that is none."""
    try:
        cells = msgspec.json.decode(data, type=_Notebook).cells
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return
    code = [cell for cell in cells if cell.cell_type == "code"]
    ran = [(n, c.execution_count) for n, c in enumerate(code, 1) if c.execution_count]
    for (_, before), (place, count) in zip(ran, ran[1:], strict=False):
        if count <= before:
            message = f"its code cell {place} ran before the one above it"
            yield Problem(rule=ORDER, message=message, line=1)
            break
    if shown := sum(bool(cell.outputs) for cell in code):
        message = f"{shown} of {len(code)} code cells have outputs"
        yield Problem(rule=OUTPUTS, message=message, line=1)
