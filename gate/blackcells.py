"""The cells of notebooks as black would have them."""

from __future__ import annotations

import io
import re
import shutil
import tokenize
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gate import cells, patches
from gate.code import magics, notebooks
from gate.code.ipynb import Cell, Document
from gate.code.notebooks import Notebook
from gate.findings import Finding, Fix
from gate.project import Project

_SETTINGS = "pyproject.toml"
# What IPython makes of magics: no reader could tell these from them.
_MADE_OF_MAGICS = ("get_ipython().run_", "get_ipython().system", "get_ipython().getout")
_NO_CODE = (
    *(tokenize.ENDMARKER, tokenize.NEWLINE, tokenize.NL, tokenize.COMMENT),
    *(tokenize.DEDENT, tokenize.INDENT),
)

Black = Callable[[Path], None]  # formats what is in a folder, there


@dataclass(frozen=True)
class _Masked:
    """A cell as Python, each magic a name of its own; without a `;` at its end."""

    text: str
    stem: str
    found: tuple[magics.Magic, ...]
    silent: bool

    def undone(self, text: str) -> str | None:
        """A text of black's as a cell's; None where a magic got lost."""
        text = _with_semicolon(text) if self.silent else text
        parts = re.split(rf"{self.stem}\d+_+", text)
        if len(parts) != len(self.found) + 1:
            return None
        own = [*(magic.text for magic in self.found), ""]
        return "".join(part + text for part, text in zip(parts, own)).rstrip("\n")


def judge(
    project: Project, found: Iterable[Notebook], black: Black
) -> Iterator[Finding]:
    """A finding with its patch for each notebook of which black would change a cell."""
    folder = project.scratch / "cells"
    laid: dict[str, dict[int, _Masked]] = {}
    for notebook in _readable(found):
        document = notebooks.load(project.root, notebook.path)
        laid[notebook.path] = {c.number: m for c in document.cells if (m := _mask(c))}
        texts = {
            _name(notebook.path, n): m.text for n, m in laid[notebook.path].items()
        }
        cells.write(folder, texts)
    if not laid:
        return
    (folder / ".git").mkdir(
        parents=True, exist_ok=True
    )  # the root that black looks for
    if (project.root / _SETTINGS).is_file():
        shutil.copyfile(project.root / _SETTINGS, folder / _SETTINGS)
    black(folder)
    for path, masked in laid.items():
        wanted = dict(_wanted(folder, path, masked))
        document = notebooks.load(project.root, path)
        if finding := _finding(path, document, wanted):
            yield finding


def _readable(found: Iterable[Notebook]) -> Iterator[Notebook]:
    return (n for n in found if n.text and not n.error and n.path.isprintable())


def _name(path: str, number: int) -> str:
    return f"{path}/{number}.py"


def _mask(cell: Cell) -> _Masked | None:
    """A cell as Python; None where black would leave it as it is.

    That is what is no Python, or a magic of several lines, as black itself has it.
    """
    text = cell.text
    if not cell.python or not text.strip() or "\r" in text:
        return None
    if any(made in text for made in _MADE_OF_MAGICS):
        return None
    found = magics.find(text, magics.PYTHON)
    if any(one.foreign or one.first != one.last for one in found):
        return None
    stem = "gate0m"
    while stem in text:
        stem += "m"
    numbers = {id(one): number for number, one in enumerate(found)}

    def stand_in(one: magics.Magic) -> str:
        return f"{stem}{numbers[id(one)]}_".ljust(len(one.text), "_")

    code = magics.replaced(text, found, stand_in)
    if not magics.is_python(code):
        return None
    shown = _without_semicolon(code)
    return _Masked(shown if shown is not None else code, stem, found, shown is not None)


def _last(text: str) -> tokenize.TokenInfo | None:
    """The last token of code."""
    try:
        tokens = [*tokenize.generate_tokens(io.StringIO(text).readline)]
    except (tokenize.TokenError, SyntaxError, ValueError):
        return None
    return next((one for one in reversed(tokens) if one.type not in _NO_CODE), None)


def _without_semicolon(text: str) -> str | None:
    token = _last(text)
    if not token or token.string != ";":
        return None
    lines = text.split("\n")
    line, column = token.start
    lines[line - 1] = lines[line - 1][:column] + lines[line - 1][column + 1 :]
    return "\n".join(lines)


def _with_semicolon(text: str) -> str:
    token = _last(text)
    if not token:
        return text
    lines = text.split("\n")
    line, column = token.end
    lines[line - 1] = f"{lines[line - 1][:column]};{lines[line - 1][column:]}"
    return "\n".join(lines)


def _wanted(
    folder: Path, path: str, masked: dict[int, _Masked]
) -> Iterator[tuple[int, str]]:
    for number, one in masked.items():
        text = (folder / _name(path, number)).read_text("utf-8")
        if (undone := one.undone(text)) is not None:
            yield number, undone


def _finding(path: str, document: Document, wanted: dict[int, str]) -> Finding | None:
    changed = [c for c in document.cells if wanted.get(c.number, c.text) != c.text]
    if not changed:
        return None
    edits = [document.rewritten(cell, wanted[cell.number]) for cell in changed]
    patch = cells.patch(path, document, edits)
    numbers = ", ".join(str(cell.number) for cell in changed)
    cells_named = f"cell {numbers}" if len(changed) == 1 else f"cells {numbers}"
    return Finding(
        rule="formatting/reformat",
        message=f"black would reformat {cells_named} of this notebook",
        path=path,
        line=patches.first_changed(patch),
        fix=Fix(command="gate fix --only formatting", patch=patch),
    )
