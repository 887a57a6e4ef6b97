"""Cobertura's XML, of one run or several -> what ran, as coverage itself tells it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from gate.errors import ToolError
from gate.testing.covered import File, Measured, Summary, summed

MAX_LINE = 10_000_000

# How often a branch may fork is bounded: the number becomes as many branches.
_CONDITION = re.compile(r"\((\d{1,4})/(\d{1,4})\)")


@dataclass(frozen=True)
class Branches:
    """Those that leave a line; `missing` names those not taken, where that is told."""

    covered: int
    total: int
    missing: frozenset[str] | None

    def joined(self, other: Branches) -> Branches:
        """What two runs took together; where nobody tells which, no less than one."""
        total = max(self.total, other.total)
        if self.missing is None or other.missing is None or self.total != other.total:
            return Branches(max(self.covered, other.covered), total, None)
        missing = self.missing & other.missing
        return Branches(total - len(missing), total, missing)


@dataclass
class _Lines:
    ran: dict[int, bool] = field(default_factory=dict)
    branches: dict[int, Branches] = field(default_factory=dict)

    def add(self, number: int, ran: bool, branches: Branches | None) -> None:
        self.ran[number] = self.ran.get(number, False) or ran
        if branches:
            known = self.branches.get(number)
            self.branches[number] = known.joined(branches) if known else branches


def is_one(root: Element) -> bool:
    """Whether a document is Cobertura's."""
    return root.tag == "coverage"


def names(root: Element) -> dict[str, tuple[str, ...]]:
    """The files that it names, each with the whole paths that this may mean.

    A name begins in one of the folders that are its sources, and nothing tells which.
    """
    sources = [(s.text or "").strip() for s in root.findall("sources/source")]
    told = dict.fromkeys(c.get("filename", "") for c in root.iter("class"))
    return {
        name: tuple(f"{s.rstrip('/')}/{name}" if s else name for s in sources or [""])
        for name in filter(None, told)
    }


def last_lines(root: Element) -> dict[str, int]:
    """The last line that it has of each file."""
    last: dict[str, int] = {}
    for entry in root.iter("class"):
        told = (line.get("number", "") for line in entry.findall("lines/line"))
        numbers = [int(number) for number in told if re.fullmatch(r"\d{1,18}", number)]
        name = entry.get("filename", "")
        last[name] = max([last.get(name, 0), *numbers])
    return last


def made(root: Element) -> float | None:
    """When it was made, in seconds since 1970, if it says so."""
    told = root.get("timestamp", "")
    if not re.fullmatch(r"\d{9,13}(\.\d+)?", told):
        return None
    # Cobertura's own are in seconds, coverage's in milliseconds.
    return float(told) / (1000 if float(told) > 1e11 else 1)


def measured(
    reports: Iterable[tuple[Element, Callable[[str], str | None]]], shown: str
) -> Measured:
    """Several reports in one, each with what its names mean in this tree.

    A line ran if it ran in any.

    Raises:
        ToolError: a line's numbers are none.
    """
    files: dict[str, _Lines] = {}
    for root, file_of in reports:
        for entry in root.iter("class"):
            if path := file_of(entry.get("filename", "")):
                lines = files.setdefault(path, _Lines())
                for line in entry.findall("lines/line"):
                    lines.add(*_line(line, shown))
    found = {path: _file(files[path]) for path in sorted(files)}
    return Measured(files=found, totals=summed(found.values()))


def _line(line: Element, shown: str) -> tuple[int, bool, Branches | None]:
    told = line.get("number", ""), line.get("hits", "")
    if not all(re.fullmatch(r"\d{1,18}", number) for number in told):
        raise ToolError(f"{shown} has a line without its number or its hits")
    number, hits = map(int, told)
    if not 0 < number <= MAX_LINE:
        raise ToolError(f"{shown} has a line {number}, which no file has")
    return number, hits > 0, _branches(line)


def _branches(line: Element) -> Branches | None:
    condition = _CONDITION.search(line.get("condition-coverage", ""))
    if not condition:
        return None
    covered, total = map(int, condition.groups())
    covered = min(covered, total)
    named = line.get("missing-branches", "")
    missing = frozenset(filter(None, map(str.strip, named.split(","))))
    known = len(missing) == total - covered
    return Branches(covered, total, missing if known else None) if total else None


def _file(lines: _Lines) -> File:
    numbers = sorted(lines.ran)
    ran = tuple(number for number in numbers if lines.ran[number])
    branches = sorted(lines.branches.items())
    taken = tuple((n, i) for n, b in branches for i in range(b.covered))
    left = tuple((n, i) for n, b in branches for i in range(b.covered, b.total))
    return File(
        executed_lines=ran,
        missing_lines=tuple(number for number in numbers if not lines.ran[number]),
        executed_branches=taken,
        missing_branches=left,
        summary=Summary(
            num_statements=len(numbers),
            covered_lines=len(ran),
            num_branches=len(taken) + len(left),
            covered_branches=len(taken),
        ),
    )
