"""Notebooks: their cells as one Python file, and what they were committed with."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from gate.code import ipynb, magics
from gate.code.ipynb import Cell, Document, Unreadable
from gate.code.rules import Problem, Rule
from gate.code.source import Source

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
    advice="commit it without outputs: `gate fix --only reproducibility` clears them",
    warning=True,
)
RULES: Final = (ORDER, OUTPUTS)

ENDING: Final = ".ipynb"
_COPIES: Final = ".ipynb_checkpoints"
_APART: Final = 2  # empty lines between cells, as black leaves them between functions

# What IPython itself gives to each cell.
GIVEN: Final = frozenset(
    "get_ipython display In Out exit quit _ __ ___ _i _ii _iii _ih _oh _dh _exit_code"
    " __session__".split()
)


class Place(NamedTuple):
    """A line of a cell, both from 1, the cell among all; `at` is the file's line."""

    cell: int
    line: int
    at: int

    def __str__(self) -> str:
        """As a finding says it."""
        return f"cell {self.cell}, line {self.line}"


class Broken(NamedTuple):
    """A line of a cell that is not Python that can be read, and why."""

    place: Place
    why: str


@dataclass(frozen=True)
class Notebook(Source):
    """A notebook as a Python file: its code cells, two empty lines between any two.

    What is IPython's is replaced, so that the lines stay where they are. `places` has
    one for each line of `text`, `masked` the lines that are not the user's words, and
    `starts` those that begin a cell. A notebook that cannot be read has an `error`.
    """

    places: tuple[Place, ...] = ()
    masked: frozenset[int] = frozenset()
    starts: frozenset[int] = frozenset()
    broken: tuple[Broken, ...] = ()
    open: bool = False
    error: str = ""

    def place(self, line: int) -> Place:
        """Where a line of `text` is; beyond the end, where the last one is."""
        if not self.places:
            return Place(1, 1, 1)
        return self.places[min(max(line, 1), len(self.places)) - 1]

    @functools.cached_property
    def by_line(self) -> dict[int, str]:
        """The code at each line of the file that has some: the first, of several."""
        found: dict[int, str] = {}
        for place, line in zip(self.places, self.lines):
            found.setdefault(place.at, line)
        return found

    @functools.cached_property
    def _statements(self) -> dict[int, list[ast.stmt]]:
        """The statements of each cell that are in no other."""
        found: dict[int, list[ast.stmt]] = {}
        for node in self.tree.body if self.tree else ():
            found.setdefault(self.place(node.lineno).cell, []).append(node)
        return found

    def ends_cell(self, line: int) -> bool:
        """Whether the last statement of a cell, and a simple one, is there."""
        last = self._statements.get(self.place(line).cell, [])[-1:]
        return any(_is_at(node, line) and not hasattr(node, "body") for node in last)

    def begins_cell(self, line: int) -> bool:
        """Whether only empty lines are before a line in its cell."""
        while line not in self.starts and line > 1 and not self.lines[line - 2].strip():
            line -= 1
        return line in self.starts

    def imports_first(self, line: int) -> bool:
        """Whether in the cell of an import only what may stands before it."""
        for node in self._statements.get(self.place(line).cell, ()):
            if _is_at(node, line):
                break
            if node.lineno not in self.masked and not isinstance(node, _MAY_BE_FIRST):
                return False
        return True


# As pycodestyle has it: what decides about imports.
_MAY_BE_FIRST: Final = (ast.Import, ast.ImportFrom, ast.If, ast.Try, ast.With)


def _is_at(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def is_notebook(path: str) -> bool:
    """Whether a file is one, and no copy that Jupyter keeps."""
    return path.endswith(ENDING) and _COPIES not in path.split("/")


def load(root: Path, path: str) -> Document:
    """What the file of a notebook says.

    Raises:
        Unreadable: it is none, or cannot be opened.
    """
    try:
        with (root / path).open("rb") as file:
            return ipynb.read(file.read(ipynb.MAX_BYTES + 1))
    except OSError as error:
        raise Unreadable(error.strerror or "it cannot be opened") from None


def read(root: Path, path: str) -> Notebook | None:
    """A notebook below `root` as Python; None where its kernel is no Python 3."""
    try:
        document = load(root, path)
    except Unreadable as error:
        return Notebook(path, "", error=str(error))
    return joined(path, document) if document.python else None


def joined(path: str, document: Document) -> Notebook:
    """The code cells of a notebook as one file."""
    lines: list[str] = []
    places: list[Place] = []
    masked: set[int] = set()
    starts: set[int] = set()
    broken: list[Broken] = []
    is_open = False
    for cell in document.cells:
        if not cell.python or not cell.text.strip():
            continue
        found = _read(cell)
        first = len(lines) + 1
        starts.add(first)
        masked |= {first + number for number in found.masked}
        broken += found.broken
        is_open |= found.open
        lines += [*found.lines, *[""] * _APART]
        places += [Place(cell.number, n, at) for n, at in enumerate(cell.at, 1)]
        places += [places[-1]] * _APART
    del lines[-_APART:], places[-_APART:]
    return Notebook(
        path,
        "".join(f"{line}\n" for line in lines),
        tuple(places),
        frozenset(masked),
        frozenset(starts),
        tuple(broken),
        is_open,
    )


@dataclass(frozen=True)
class _Read:
    lines: tuple[str, ...]
    masked: frozenset[int] = frozenset()  # from 0
    broken: tuple[Broken, ...] = ()
    open: bool = False


def _read(cell: Cell) -> _Read:
    text = "\n".join(cell.lines)
    found = magics.find(text)
    code = magics.replaced(text, found, magics.stand_in)
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return _unread(cell, error)
    masked = (n for magic in found for n in range(magic.first, magic.last + 1))
    names = any(magic.brings_names for magic in found)
    return _Read(tuple(code.split("\n")), frozenset(masked), open=names)


def _unread(cell: Cell, error: Exception) -> _Read:
    """A cell of which nothing can be said but that, unless it is there to fail."""
    line = min(max(getattr(error, "lineno", 1) or 1, 1), len(cell.lines))
    place = Place(cell.number, line, cell.at[line - 1])
    why = getattr(error, "msg", "") or "it is nested too deep"
    broken = () if cell.may_fail else (Broken(place, f"{type(error).__name__}: {why}"),)
    return _Read(("",) * len(cell.lines), broken=broken, open=True)


def look(data: bytes) -> Iterator[Problem]:
    """What is wrong with a notebook as it is; nothing of a file that is none."""
    try:
        code = ipynb.read(data).cells
    except Unreadable:
        return
    ran = [(cell.number, cell.count) for cell in code if cell.count]
    for (_, before), (number, count) in zip(ran, ran[1:], strict=False):
        if count <= before:
            message = f"its cell {number} ran before the code above it"
            yield Problem(rule=ORDER, message=message, line=1)
            break
    if shown := sum(cell.outputs for cell in code):
        message = f"{shown} of {len(code)} code cells have outputs"
        yield Problem(rule=OUTPUTS, message=message, line=1)
