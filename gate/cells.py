"""Notebooks for tools that read Python files, and what those say, said of the cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import msgspec

from gate import patches
from gate.code import notebooks
from gate.code.ipynb import Document, Edit, Unreadable
from gate.code.notebooks import Notebook
from gate.code.source import Source
from gate.errors import ToolError
from gate.findings import Finding, Fix
from gate.patches import Change

_UNDEFINED = re.compile(r"(?:undefined name '|Name \")(\w+)")


# The type of the option by which a check leaves notebooks out.
Included = Annotated[
    bool, msgspec.Meta(description="Whether the cells of notebooks are looked at.")
]


def placed(finding: Finding, source: Source) -> Finding | None:
    """A finding in a file, said of the cell where the file is a notebook's.

    None where the line is IPython's, or the name one that IPython knows.
    """
    if not isinstance(source, Notebook):
        return finding
    if (finding.line or 1) in source.masked or _is_known(finding, source):
        return None
    return located(finding, source)


def located(finding: Finding, notebook: Notebook) -> Finding:
    """A finding in the lines of a notebook's cells, in those of its file.

    The cell stands in its message: what a finding is known by has no numbers, so it
    does not move with the cells above it. There is no column, as the file's is another.
    """
    place = notebook.place(finding.line or 1)
    end = notebook.place(finding.end_line).at if finding.end_line else None
    text = finding.fix.text if finding.fix else ""
    return msgspec.structs.replace(
        finding,
        message=f"{place}: {finding.message}",
        path=notebook.path,
        line=place.at,
        end_line=end,
        column=None,
        fix=Fix(text=text) if text else None,
    )


def _is_known(finding: Finding, notebook: Notebook) -> bool:
    """Whether a name that a tool does not know may well be there."""
    name = _UNDEFINED.match(finding.message)
    return name is not None and (notebook.open or name[1] in notebooks.GIVEN)


def unread(found: Iterable[Notebook], rule: str) -> Iterator[Finding]:
    """The notebooks, and the cells of notebooks, that nothing can be said of."""
    for notebook in found:
        if notebook.error:
            yield Finding(rule=rule, message=notebook.error, path=notebook.path)
        for broken in notebook.broken:
            yield Finding(
                rule=rule,
                message=f"{broken.place}: {broken.why}",
                path=notebook.path,
                line=broken.place.at,
            )


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files for a tool below a private folder.

    Raises:
        ToolError: there is no room, or a name is too long.
    """
    try:
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8", newline="\n")
    except (OSError, UnicodeEncodeError) as error:
        raise ToolError(f"the notebooks cannot be laid out: {error}") from None


def patch(path: str, document: Document, edits: Sequence[Edit]) -> str:
    """The patch of a notebook's file that edits of it make."""
    changes = [
        Change(first=first, end=end, new=tuple(new))
        for first, end, new in document.lines(edits)
    ]
    return patches.written(path, document.data.decode("utf-8"), changes)


def clearing(root: Path, path: str) -> str:
    """The patch that takes a notebook's outputs away, and the counts of its runs.

    "" where there are none, or the file is no notebook.
    """
    try:
        document = notebooks.load(root, path)
    except Unreadable:
        return ""
    return patch(path, document, [e for cell in document.cells for e in cell.clearing])
