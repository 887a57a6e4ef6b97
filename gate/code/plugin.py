"""The smells as a plugin of flake8: `flake8 --enable-extensions=RQ`.

It is off until somebody asks for it, so that `lint` does not say what the gate's own
checks say.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import gate
from gate.code.rules import Problem
from gate.code.source import Source

LOOKS: Final[tuple[Callable[[Source], Iterable[Problem]], ...]] = ()


class Plugin:
    """What flake8 asks about a file."""

    name = "research-quality-gate"
    version = gate.__version__
    off_by_default = True

    def __init__(self, tree: ast.Module, filename: str, lines: list[str]) -> None:
        """Take a file as flake8 has read it."""
        self._source = Source(filename.replace("\\", "/"), "".join(lines))

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        """Each problem as flake8 takes it: its columns count from 0."""
        for look in LOOKS:
            for one in look(self._source):
                text = f"{one.rule.code} {one.message}"
                yield one.line, one.column - 1, text, Plugin
