"""What a check says: findings, tables and one result.

These are the only types that travel from the checks to the reports. They are plain
data (strings, numbers, tuples), so that they survive the way through results.json
unchanged; every string in them may come from a hostile pull request, and whoever
renders one escapes it for its own medium.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec


class Level(enum.Enum):
    """How much a finding matters: `error` closes the gate, the others are shown."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Status(enum.Enum):
    """What became of a check."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"  # the gate could not judge
    SKIPPED = "skipped"


class Weight(enum.Enum):
    """What a failed check means for the gate, as gate.yaml says it in one word."""

    ERROR = "error"
    WARNING = "warning"
    OFF = "off"


class Judge(enum.Enum):
    """Which findings of a check close the gate, as its option `judge` says it."""

    ALL = "all"
    NEW = "new"


# The type of that option: a check that has it says no more than `judge: Judged`.
Judged = Annotated[
    Judge,
    msgspec.Meta(
        description="Whether all that is found closes the gate, or only what is new"
        " since the base."
    ),
]


# The type of the option `exclude`, of every check that has it.
Excluded = Annotated[
    tuple[str, ...],
    msgspec.Meta(description="Patterns of files that are left out: `vendor/*`."),
]


class Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that is written to results.json: what does not fit is refused."""


class Fix(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How to mend a finding: in words, as a unified diff, as a command; any of them."""

    text: str = ""
    patch: str = ""
    command: str = ""


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing to change, and where.

    `rule` is `check/what-is-wrong`; a tool's own code passes through (`lint/E501`).
    `path` is relative to the project's root with forward slashes; `line`, `end_line`
    and `column` count from 1. `new` tells whether this change brought it in, None
    where that was not asked. `key` is what it is known by wherever it is, where that is
    not its line and its message.
    """

    rule: str
    message: str
    level: Level = Level.ERROR
    path: str | None = None
    line: int | None = None
    end_line: int | None = None
    column: int | None = None
    fix: Fix | None = None
    new: bool | None = None
    key: str = ""


class Kind(enum.Enum):
    """How a column of a table is to be read, and so aligned and formatted."""

    TEXT = "text"
    CODE = "code"  # names and values of the user's, shown verbatim
    PATH = "path"
    COUNT = "count"
    NUMBER = "number"
    PERCENT = "percent"  # 0 to 100
    SECONDS = "seconds"


Cell = str | int | float | None


class Column(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A column of a table."""

    name: str
    kind: Kind = Kind.TEXT


class Table(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Numbers worth showing: the only way a check shows any.

    `rows` hold one cell a column. `chart` names the picture that suits the table
    ("bar", "interval", "thresholds" or none). `important` tables are shown unfolded in
    the comment.
    `total` counts the rows there were before they were cut.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    chart: str = ""
    important: bool = False
    total: int | None = None

    def __post_init__(self) -> None:
        """Refuse rows that do not fit, which no report could lay out."""
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("a row has another number of cells than there are columns")

    @property
    def is_drawn(self) -> bool:
        """Whether it is shown only where it can be drawn: nobody reads such cells."""
        return self.chart == "thresholds"


def tabled(
    title: str,
    kinds: dict[str, Kind],
    rows: Iterable[tuple[Cell, ...]],
    *,
    most: int,
    chart: str = "",
    important: bool = False,
) -> Iterator[Table]:
    """A table of the first rows, with columns by name; none where there are no rows."""
    cells = tuple(rows)
    if cells:
        yield Table(
            title=title,
            columns=tuple(Column(name=name, kind=kind) for name, kind in kinds.items()),
            rows=cells[:most],
            chart=chart,
            important=important,
            total=len(cells) if len(cells) > most else None,
        )


class Tool(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A program that a check ran: its version, and whose environment it came from."""

    name: str
    version: str
    origin: str = ""


class Result(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one check says.

    `summary` is one line with the check's number ("3 of 41 files would be
    reformatted"; the reason when the status is `skipped` or `error`). `advice` says
    what to do next, one step a string; text between backticks is code. `metrics`
    are numbers for machines, named `check.what`. `total` counts the findings there
    were before they were capped. `output` is the end of a failing tool's own output.
    The pipeline fills `check`, `weight` and `duration` (seconds).
    """

    status: Status
    summary: str
    check: str = ""
    weight: Weight = Weight.ERROR
    findings: tuple[Finding, ...] = ()
    total: int | None = None
    tables: tuple[Table, ...] = ()
    metrics: dict[str, float] = {}
    advice: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    output: str = ""
    duration: float = 0.0

    @property
    def found(self) -> int:
        """How many findings there were, the capped ones included."""
        return len(self.findings) if self.total is None else self.total

    @property
    def existing(self) -> int:
        """How many of them were there before the change, the capped ones included.

        They come last, and so are the first to be capped.
        """
        kept = sum(finding.new is False for finding in self.findings)
        return kept + self.found - len(self.findings) if kept else 0

    @property
    def closes(self) -> bool:
        """Whether this result alone keeps the gate from opening."""
        bad = self.status in (Status.FAILED, Status.ERROR)
        return bad and self.weight is Weight.ERROR


_ORDER = {Level.ERROR: 0, Level.WARNING: 1, Level.NOTE: 2}


def worst_first(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Order findings by level, then the ones this change brought in, then by place.

    Those that were there before, and so close nothing, come behind all others.
    """
    return tuple(
        sorted(
            findings,
            key=lambda f: (
                f.new is False,
                _ORDER[f.level],
                f.new is not True,
                f.path or "",
                f.line or 0,
                f.column or 0,
                f.rule,
            ),
        )
    )


def plural(count: int, noun: str, plural_noun: str = "") -> str:
    """`1 file`, `2 files`, `1,204 files`, for the summaries that people read."""
    return f"{count:,} {noun if count == 1 else plural_noun or noun + 's'}"
