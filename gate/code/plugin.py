"""The smells as a plugin of flake8: `flake8 --enable-extensions=RQ`.

It is off until somebody asks for it, so that `lint` does not say what the gate's own
checks say.
"""

from __future__ import annotations

import argparse
import ast
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Final

import gate
from gate.code import imports, layout, naming, reproducibility, state
from gate.code.rules import Problem
from gate.code.source import Source
from gate.code.variables import MAX_VARIABLES

LOOKS: Final[tuple[Callable[[Source], Iterable[Problem]], ...]] = (
    naming.look,
    reproducibility.look,
)


class Plugin:
    """What flake8 asks about a file."""

    name = "research-quality-gate"
    version = gate.__version__
    off_by_default = True
    max_variables: ClassVar[int] = MAX_VARIABLES

    def __init__(self, tree: ast.Module, filename: str, lines: list[str]) -> None:
        """Take a file as flake8 has read it."""
        self._layout, path = layout.around(Path(filename))
        self._source = Source(path, "".join(lines))

    @staticmethod
    def add_options(manager: Any) -> None:
        """Tell flake8 what can be set, in its own files too."""
        manager.add_option(
            "--rq-max-variables",
            type=int,
            default=MAX_VARIABLES,
            parse_from_config=True,
            metavar="n",
            help="The most variables of a module (RQ204). Default: %(default)s.",
        )

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Take what is set."""
        cls.max_variables = options.rq_max_variables

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        """Each problem as flake8 takes it: its columns count from 0."""
        for one in self._problems():
            text = f"{one.rule.code} {one.message}"
            yield one.line, one.column - 1, text, Plugin

    def _problems(self) -> Iterator[Problem]:
        source, place = self._source, self._layout
        yield from imports.look(source, place)
        yield from state.look(source, place, max_variables=self.max_variables)
        for look in LOOKS:
            yield from look(source)
