"""What a JUnit report says of each test: what became of it, where, and why.

pytest's own, of the family xunit1, names the places; those of others are read as far
as they go.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from gate.errors import ToolError
from gate.testing import xmlfile

Find = Callable[[str], str | None]  # a path as a report has it -> a file of the tree


@dataclass(frozen=True, kw_only=True)
class Case:
    """One test that ran: its name, what became of it, where and why it failed.

    A test that fails several times, as its teardown or several subtests do, is several
    cases of the same name.

    `crashed` tells that the place is the failure's own, not only the test's. `report`
    is the one that it is from, where there are several.
    """

    name: str
    outcome: str  # passed, failed, error, skipped
    seconds: float
    path: str = ""
    line: int | None = None
    message: str = ""
    details: str = ""
    crashed: bool = False
    report: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """The cases of a report, and what its suites say of all of them together.

    `failures` counts what they say failed, `made` when the first began, in seconds
    since 1970, where it says so in a way that holds on every machine.
    """

    cases: tuple[Case, ...]
    failures: int = 0
    seconds: float = 0.0
    made: float | None = None


def read(
    path: Path, root: Path, *, shown: str = "pytest's report", find: Find | None = None
) -> Report:
    """The cases in a report; `find` knows files by paths of another machine.

    Raises:
        ToolError: it is not a report that can be read.
    """
    document = xmlfile.read(path, shown)
    if document.tag not in ("testsuites", "testsuite"):
        raise ToolError(f"{shown} is not JUnit's XML: it begins with `{document.tag}`")

    def finder(name: str) -> str | None:
        return _below(root, name) or (find(name) if find else None)

    suites = [suite for suite in document.iter("testsuite") if _is_inner(suite)]
    try:
        cases = tuple(
            case
            for element in document.iter("testcase")
            for case in _cases(element, root, finder)
        )
    except ValueError as error:
        raise ToolError(f"{shown} cannot be read: {error}") from None
    seconds = sum(_seconds(suite) for suite in suites)
    return Report(
        cases=cases,
        failures=sum(_count(s, "failures") + _count(s, "errors") for s in suites),
        seconds=seconds or sum(case.seconds for case in cases),
        made=min(filter(None, map(_made, suites)), default=None),
    )


def _is_inner(suite: Element) -> bool:
    """Whether a suite holds tests: an outer one only adds up what is in it."""
    return suite.find("testsuite") is None


def _count(suite: Element, name: str) -> int:
    told = suite.get(name, "")
    return int(told) if re.fullmatch(r"[0-9]{1,9}", told) else 0


def _seconds(element: Element) -> float:
    try:
        seconds = float(element.get("time") or 0)
    except ValueError:  # `1,234.5`, as some write it
        return 0.0
    return seconds if math.isfinite(seconds) else 0.0


def _made(suite: Element) -> float | None:
    told = suite.get("timestamp", "")
    try:
        when = datetime.datetime.fromisoformat(re.sub("Z$", "+00:00", told))
        return when.timestamp() if when.tzinfo else None
    except (ValueError, OverflowError):
        return None


_OUTCOMES = {"error": "error", "failure": "failed", "skipped": "skipped"}


# What pytest adds to a message: that of a test whose subtests failed, each of which is
# there as well; and that there is more of it, which there is in the details.
_SUBTESTS = re.compile(r"contains \d+ failed subtests?")
_MORE = re.compile(r"\s*\[\+\d+ more lines?; full report in element text\]$")


def _cases(element: Element, root: Path, finder: Find) -> list[Case]:
    """One for each time that a test failed; else one."""
    reasons = [reason for tag in _OUTCOMES for reason in element.findall(tag)]
    failed = [reason for reason in reasons if reason.tag != "skipped"]
    inner = [r for r in failed if not _SUBTESTS.fullmatch(r.get("message", ""))]
    told = inner or failed or reasons[:1]
    if not told:
        return [_case(element, None, root, finder)]
    return [_case(element, reason, root, finder) for reason in told]


def _case(element: Element, reason: Element | None, root: Path, finder: Find) -> Case:
    outcome = "passed" if reason is None else _OUTCOMES[reason.tag]
    file, classes = _place(element, finder)
    details = (reason.text or "") if reason is not None else ""
    message = reason.get("message", "") if reason is not None else ""
    path, line = file, int(element.get("line") or -1) + 1 or None
    crash = _crash(details, root, finder) if outcome in ("failed", "error") else None
    if crash:
        path, line = crash
    return Case(
        name=_node(element, file or (path if path.endswith(".py") else ""), classes),
        outcome=outcome,
        seconds=_seconds(element),
        path=path,
        line=line,
        message=_MORE.sub("", message.strip()),
        details=details.strip(),
        crashed=bool(crash),
    )


def _place(element: Element, finder: Find) -> tuple[str, list[str]]:
    """The file of a test, and the classes that it is in.

    A module that cannot be collected has a name and no class.
    """
    classes = element.get("classname", "").split(".")
    if path := element.get("file"):
        path = path.replace("\\", "/")
        module = path.removesuffix(".py").split("/")
        for length in range(len(classes), 0, -1):
            if module[-length:] == classes[:length]:
                classes = classes[length:]
                break
        return finder(path) or path, [*filter(None, classes)]
    if not any(classes):
        name = element.get("name", "")
        return (finder(name.replace(".", "/") + ".py") if name else None) or "", []
    for length in range(len(classes), 0, -1):
        if found := finder("/".join(classes[:length]) + ".py"):
            return found, classes[length:]
    return "", [*filter(None, classes)]


def _below(root: Path, path: str) -> str | None:
    """A file of the project's by its path as pytest has it, if it is one.

    That starts at pytest's own root, which is above the project's where pytest's
    settings are: `proj/tests/test_a.py`.
    """
    if ".." in path.split("/"):
        return None
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


def _node(element: Element, file: str, classes: list[str]) -> str:
    """The name that pytest takes on its command line: `tests/test_a.py::test_b`."""
    name = element.get("name", "")
    if not element.get("classname"):  # a module that cannot be collected
        return file or name
    if not file:
        return ".".join([*classes, name])
    return "::".join([file, *classes, name])


# As pytest writes a place, and as Python does, also below a SyntaxError.
_PLACE = re.compile(
    r"^(?P<path>[^\s:][^:\n]*|[A-Za-z]:\\[^:\n]*):(?P<line>\d{1,9}): "
    r'|^(?:E )? *File "(?P<file>[^"\n]+)", line (?P<number>\d{1,9})',
    re.MULTILINE,
)


def _crash(details: str, root: Path, finder: Find) -> tuple[str, int] | None:
    """The deepest place of a traceback that is in the project's own files."""
    found = None
    for match in _PLACE.finditer(details):
        path = _own(match["path"] or match["file"], root, finder)
        if path and "site-packages" not in path.split("/"):
            found = path, int(match["line"] or match["number"])
    return found


def _own(name: str, root: Path, finder: Find) -> str | None:
    path = root / name
    if not _is_file(path):
        return finder(name)
    resolved, top = path.resolve(), root.resolve()
    return (
        resolved.relative_to(top).as_posix() if resolved.is_relative_to(top) else None
    )


def count(cases: Iterable[Case]) -> int:
    """How many tests they are."""
    return len({(case.report, case.name) for case in cases})


def failed(cases: Iterable[Case]) -> tuple[Case, ...]:
    """The cases that failed, or broke before they could."""
    return tuple(case for case in cases if case.outcome in ("failed", "error"))
