"""What pytest's JUnit report says of each test: what became of it, where, and why."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gate.errors import ToolError

MAX_REPORT = 50 * 1024 * 1024  # bytes


@dataclass(frozen=True, kw_only=True)
class Case:
    """One test that ran: its name, what became of it, where and why it failed."""

    name: str
    outcome: str  # passed, failed, error, skipped
    seconds: float
    path: str = ""
    line: int | None = None
    message: str = ""
    details: str = ""


def read(path: Path, root: Path) -> tuple[Case, ...]:
    """The cases in pytest's JUnit report (of the xunit1 family, which has places).

    Raises:
        ToolError: it is not a report that can be read.
    """
    if path.stat().st_size > MAX_REPORT:
        raise ToolError(f"pytest's report is larger than {MAX_REPORT:,} bytes")
    text = path.read_bytes()
    # The tests could have written it: no entities, nor in UTF-16 to hide them.
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text or b"\0" in text:
        raise ToolError("pytest's report holds a document type: refused")
    try:
        cases = ElementTree.fromstring(text).iter("testcase")
        return tuple(_case(case, root) for case in cases)
    except (ElementTree.ParseError, ValueError) as error:
        raise ToolError(f"pytest's report cannot be read: {error}") from None


_OUTCOMES = {"error": "error", "failure": "failed", "skipped": "skipped"}


def _case(element: ElementTree.Element, root: Path) -> Case:
    outcome, reason = "passed", None
    for tag, name in _OUTCOMES.items():
        if (found := element.find(tag)) is not None:
            outcome, reason = name, found
            break
    path = file = _file_of(element, root)
    details = (reason.text or "") if reason is not None else ""
    message = reason.get("message", "") if reason is not None else ""
    line = int(element.get("line", -1)) + 1 or None
    if outcome in ("failed", "error"):
        path, line = _crash(details, root) or (path, line)
    return Case(
        name=_node(element, file or (path if path.endswith(".py") else "")),
        outcome=outcome,
        seconds=float(element.get("time") or 0),
        path=path,
        line=line,
        message=message.strip(),
        details=details.strip(),
    )


def _file_of(element: ElementTree.Element, root: Path) -> str:
    """The file of a test; a module that cannot be collected is named as a module."""
    if path := element.get("file"):
        return _below(root, path.replace("\\", "/")) or path.replace("\\", "/")
    for name in (element.get("name", ""), element.get("classname", "")):
        path = name.replace(".", "/") + ".py"
        if name and (found := _below(root, path)):
            return found
    return ""


def _below(root: Path, path: str) -> str | None:
    """A file of the project's by its path as pytest has it, if it is one.

    That starts at pytest's own root, which is above the project's where pytest's
    settings are: `proj/tests/test_a.py`.
    """
    for start in (root, *root.parents):
        place = start / path
        if place.is_relative_to(root) and _is_file(place):
            return place.relative_to(root).as_posix()
    return None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # what only looked like a path: too long, a NUL
        return False


def _node(element: ElementTree.Element, file: str) -> str:
    """The name that pytest takes on its command line: `tests/test_a.py::test_b`."""
    module = (element.get("file") or file).replace("\\", "/").removesuffix(".py")
    module = module.replace("/", ".")
    classes = element.get("classname", "").removeprefix(module).strip(".")
    name = element.get("name", "")
    if not file or not element.get("classname"):  # a module that cannot be collected
        return file or name
    return "::".join([file, *(classes.split(".") if classes else []), name])


# As pytest writes a place, and as Python does, also below a SyntaxError.
_PLACE = re.compile(
    r"^(?P<path>[^\s:][^:\n]*):(?P<line>\d+): "
    r'|^(?:E )? *File "(?P<file>[^"\n]+)", line (?P<number>\d+)',
    re.MULTILINE,
)


def _crash(details: str, root: Path) -> tuple[str, int] | None:
    """The deepest place of a traceback that is in the project's own files."""
    found = None
    for match in _PLACE.finditer(details):
        path = root / (match["path"] or match["file"])
        if not _is_file(path) or not path.resolve().is_relative_to(root.resolve()):
            continue
        relative = path.resolve().relative_to(root.resolve())
        if "site-packages" not in relative.parts:
            found = relative.as_posix(), int(match["line"] or match["number"])
    return found


def failed(cases: Iterable[Case]) -> tuple[Case, ...]:
    """The cases that failed, or broke before they could."""
    return tuple(case for case in cases if case.outcome in ("failed", "error"))
