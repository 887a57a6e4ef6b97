"""Notebooks for tests, as Jupyter writes them."""

from __future__ import annotations

import json
from typing import Any


def code(source: str, **more: Any) -> dict[str, Any]:
    """A code cell of the format 4."""
    empty = {"cell_type": "code", "execution_count": None, "metadata": {}}
    return {**empty, "outputs": [], "source": source.splitlines(keepends=True), **more}


def notebook(*cells: str | dict[str, Any], **metadata: Any) -> str:
    """The text of a notebook's file; a string is a code cell."""
    made = [code(cell) if isinstance(cell, str) else cell for cell in cells]
    whole = {"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def markdown(source: str) -> dict[str, Any]:
    """A cell that is no code."""
    return {"cell_type": "markdown", "metadata": {}, "source": [source]}


def line_of(text: str, part: str) -> int:
    """The line of a text that a part is first in."""
    return text[: text.index(part)].count("\n") + 1
