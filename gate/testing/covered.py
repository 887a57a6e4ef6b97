"""What ran: the lines and branches of each file, and how many of them there are.

The form is that of `coverage json`, whatever it was made from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

Lines = Mapping[str, frozenset[int]]  # of each file


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Lines and branches: how many there are, and how many of them ran."""

    total: int = 0
    covered: int = 0
    branches: int = 0  # of the total

    @property
    def percent(self) -> float | None:
        """0 to 100; None where there is nothing to cover."""
        return 100 * self.covered / self.total if self.total else None


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The counts of a file, or of all of them, as coverage tells them."""

    num_statements: int
    covered_lines: int
    num_branches: int = 0
    covered_branches: int = 0

    @property
    def counts(self) -> Counts:
        """Lines and branches together."""
        return Counts(
            total=self.num_statements + self.num_branches,
            covered=self.covered_lines + self.covered_branches,
            branches=self.num_branches,
        )


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file: its lines that ran and did not, and its branches by where they go."""

    executed_lines: tuple[int, ...]
    missing_lines: tuple[int, ...]
    summary: Summary
    executed_branches: tuple[tuple[int, int], ...] = ()
    missing_branches: tuple[tuple[int, int], ...] = ()


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What a whole run, or several together, measured."""

    files: dict[str, File]
    totals: Summary

    @property
    def by_path(self) -> Iterable[tuple[str, File]]:
        """The files, with forward slashes in their paths."""
        return ((path.replace("\\", "/"), file) for path, file in self.files.items())


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """What of the changed lines can run, with the branches that leave them."""

    counts: Counts
    lines: int  # of the counts, without the branches
    uncovered: dict[str, tuple[int, ...]]


def summed(files: Iterable[File]) -> Summary:
    """The counts of several files in one."""
    total = Summary(num_statements=0, covered_lines=0)
    for file in files:
        one = file.summary
        total = Summary(
            num_statements=total.num_statements + one.num_statements,
            covered_lines=total.covered_lines + one.covered_lines,
            num_branches=total.num_branches + one.num_branches,
            covered_branches=total.covered_branches + one.covered_branches,
        )
    return total


def changed(measured: Measured, lines: Lines) -> Changed:
    """What of the changed lines ran."""
    total = covered = branches = 0
    uncovered = {}
    for path, file in measured.by_path:
        own = lines.get(path, frozenset())
        ran = own.intersection(file.executed_lines)
        missed = own.intersection(file.missing_lines)
        taken = sum(branch[0] in own for branch in file.executed_branches)
        left = sum(branch[0] in own for branch in file.missing_branches)
        covered += len(ran) + taken
        branches += taken + left
        total += len(ran) + len(missed) + taken + left
        if missed:
            uncovered[path] = tuple(sorted(missed))
    return Changed(
        counts=Counts(total=total, covered=covered, branches=branches),
        lines=total - branches,
        uncovered=uncovered,
    )
