"""What does not fit the schema, in words, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

import msgspec

from gate.data.changes import Change, command
from gate.data.offences import Example
from gate.data.statistics import Statistics

MAX_EXAMPLES = 20  # values of one anomaly that are told; `count` counts them all
_NAMED = 5  # of them in its description


Severity = Literal["error", "warning"]


def slice_prefix(name: str) -> str:
    """What TFDV puts before the features of a slice; nothing where there is none."""
    return f"slice({name})::" if name else ""


class Struct(msgspec.Struct, frozen=True, kw_only=True):
    """Plain values that become JSON."""


class Offender(Struct, frozen=True, kw_only=True):
    """A value that should not be there, and the first places where it is.

    `rows` count the rows of data from 1; `lines` are lines of the file, that of
    `paths` where the data are several files.
    """

    value: str
    count: int
    rows: tuple[int, ...] = ()
    lines: tuple[int, ...] = ()
    paths: tuple[str, ...] = ()


class Anomaly(Struct, frozen=True, kw_only=True):
    """One way in which a column (`feature`, empty for the table) breaks the schema.

    `type` and `short` are TFDV's where it has the like. `count` rows are concerned,
    `fraction` of all of them. `reason` says in short what is wrong with each of the
    examples. If the data is right, `advice` says in words how to change the schema,
    `changes` the same for programs, and `accept` is the command that does it. What is
    found in a `slice` has its name before the feature's.
    """

    feature: str
    type: str
    severity: Severity = "error"
    short: str
    description: str
    count: int = 0
    fraction: float = 0.0
    examples: tuple[Offender, ...] = ()
    reason: str = ""
    advice: str = ""
    changes: tuple[Change, ...] = ()
    accept: str = ""
    slice: str = ""

    @property
    def column(self) -> str:
        """The feature without the slice that its name begins with."""
        return self.feature.removeprefix(slice_prefix(self.slice))


class Measurement(Struct, frozen=True, kw_only=True):
    """How far one feature is from the same of another dataset, and how far it may be.

    `comparison` is drift (from the previous dataset) or skew (from the serving one),
    `metric` the name of the comparator. `noise` is the distance that sampling alone
    would give two datasets of these sizes, `needed` the rows each would need for the
    threshold to be clear of it; None where that is not known.
    """

    feature: str
    comparison: str
    metric: str
    value: float
    threshold: float
    noise: float | None = None
    needed: int | None = None
    slice: str = ""


class Report(Struct, frozen=True, kw_only=True):
    """All anomalies of one table; `not_judged` names what the schema says besides.

    `statistics` are those of the table, where they were asked for or needed.
    """

    dataset: str
    num_examples: int
    anomalies: tuple[Anomaly, ...] = ()
    drift_skew: tuple[Measurement, ...] = ()
    not_judged: tuple[str, ...] = ()
    statistics: Statistics | None = None


def to_json(report: Report) -> dict[str, Any]:
    """The JSON document that `gate data validate --format json` prints."""
    plain = msgspec.structs.replace(report, statistics=None)
    document: dict[str, Any] = {"version": 1, **msgspec.to_builtins(plain)}
    del document["statistics"]
    for one in (*document["anomalies"], *document["drift_skew"]):
        if not one["slice"]:
            del one["slice"]
    for one in document["anomalies"]:
        for example in one["examples"]:
            if not example["paths"]:
                del example["paths"]
    return document


def with_commands(report: Report, schema: str) -> Report:
    """The report with the command that accepts each anomaly in a schema's file."""
    return msgspec.structs.replace(
        report,
        anomalies=tuple(
            msgspec.structs.replace(
                one, accept=command(schema, one.column, one.changes)
            )
            for one in report.anomalies
        ),
    )


SHORT = {
    "SCHEMA_MISSING_COLUMN": "Column dropped",
    "SCHEMA_NEW_COLUMN": "New column",
    "FEATURE_TYPE_NOT_PRESENT": "Column dropped",
    "FEATURE_TYPE_LOW_NUMBER_PRESENT": "Column dropped",
    "FEATURE_TYPE_LOW_FRACTION_PRESENT": "Column dropped",
    "INVALID_FEATURE_SHAPE": "Feature shape dropped",
    "FEATURE_TYPE_LOW_NUMBER_VALUES": "Missing values",
    "FEATURE_TYPE_HIGH_NUMBER_VALUES": "Superfluous values",
    "UNEXPECTED_DATA_TYPE": "Unexpected data type",
    "INT_TYPE_SMALL_INT": "Out-of-range values",
    "INT_TYPE_BIG_INT": "Out-of-range values",
    "INT_TYPE_NOT_INT_STRING": "Invalid values",
    "FLOAT_TYPE_SMALL_FLOAT": "Out-of-range values",
    "FLOAT_TYPE_BIG_FLOAT": "Out-of-range values",
    "FLOAT_TYPE_HAS_NAN": "Invalid values",
    "FLOAT_TYPE_HAS_INF": "Invalid values",
    "FLOAT_TYPE_STRING_NOT_FLOAT": "Invalid values",
    "ENUM_TYPE_UNEXPECTED_STRING_VALUES": "Unexpected string values",
    "BOOL_TYPE_SMALL_INT": "Non-boolean values",
    "BOOL_TYPE_BIG_INT": "Non-boolean values",
    "BOOL_TYPE_UNEXPECTED_FLOAT": "Non-boolean values",
    "BOOL_TYPE_UNEXPECTED_STRING": "Non-boolean values",
    "DATASET_LOW_NUM_EXAMPLES": "Low num examples in dataset",
    "DATASET_HIGH_NUM_EXAMPLES": "High num examples in dataset",
    "DOMAIN_INVALID_FOR_TYPE": "The domain does not match the type",
    "INVALID_SCHEMA_SPECIFICATION": "Invalid schema",
    "INVALID_DOMAIN_SPECIFICATION": "Missing domain",
    "FEATURE_MISSING_TYPE": "Unspecified type",
    "FEATURE_MISSING_NAME": "Unspecified name",
    "FEATURE_TYPE_LOW_UNIQUE": "Low number of unique values",
    "FEATURE_TYPE_HIGH_UNIQUE": "High number of unique values",
    "VALUE_NESTEDNESS_MISMATCH": "Mismatched value nest level",
    "STATS_NOT_AVAILABLE": "Natural language stats are not computed.",
    "DERIVED_FEATURE_BAD_LIFECYCLE": "Derived feature has wrong lifecycle.",
    "SPARSE_FEATURE_MISSING_VALUE": "Missing value feature",
    "SPARSE_FEATURE_MISSING_INDEX": "Missing index feature",
    "SPARSE_FEATURE_LENGTH_MISMATCH": "Length mismatch between value and index feature",
    "SPARSE_FEATURE_NAME_COLLISION": "Sparse feature name collision",
    "WEIGHTED_FEATURE_NAME_COLLISION": "Weighted feature name collision",
    "WEIGHTED_FEATURE_MISSING_VALUE": "Missing value feature",
    "WEIGHTED_FEATURE_MISSING_WEIGHT": "Missing weight feature",
    "WEIGHTED_FEATURE_LENGTH_MISMATCH": (
        "Length mismatch between value and weight feature"
    ),
    "COMPARATOR_CONTROL_DATA_MISSING": "Control data missing",
    "COMPARATOR_L_INFTY_HIGH": "High Linfty distance",
    "COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH": (
        "High approximate Jensen-Shannon divergence"
    ),
    "COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH": (
        "High normalized absolute difference"
    ),
    "COMPARATOR_LOW_NUM_EXAMPLES": "Low num examples in current dataset",
    "COMPARATOR_HIGH_NUM_EXAMPLES": "High num examples in current dataset",
    # Beyond TFDV.
    "KEY_NOT_UNIQUE": "Repeated key",
    "FOREIGN_KEY_NOT_FOUND": "Reference to nothing",
    "PATTERN_MISMATCH": "Texts of another form",
    "RULE_BROKEN": "Broken rule",
    "TIME_DOMAIN_UNPARSABLE": "Invalid dates or times",
    "TIME_DOMAIN_TOO_EARLY": "Out-of-range values",
    "TIME_DOMAIN_TOO_LATE": "Out-of-range values",
    "URL_DOMAIN_INVALID": "Invalid URLs",
    "MID_DOMAIN_INVALID": "Invalid identifiers",
    "FEATURE_SKEW_HIGH": "Skewed rows",
}


def anomaly(
    rows: int,
    feature: str,
    kind: str,
    description: str,
    advice: str,
    count: int = 0,
    examples: tuple[Offender, ...] = (),
    reason: str = "",
    changes: tuple[Change, ...] = (),
) -> Anomaly:
    """An anomaly of a table of so many rows."""
    return Anomaly(
        feature=feature,
        type=kind,
        short=SHORT[kind],
        description=description,
        count=count,
        fraction=count / rows if rows else 0.0,
        examples=examples,
        reason=reason,
        advice=advice,
        changes=changes,
    )


def share(count: int, total: int) -> str:
    """`~12%`, or `<1%` where it is less: rounded down, so 100% is all."""
    percent = 100 * count // total if total else 0
    return f"~{percent}%" if percent else "<1%"


class Listing(Protocol):
    """Offending values, the worst first, and whether there were more."""

    more: bool

    def examples(self) -> list[Example]:
        """The values kept."""


def rows_of(count: int) -> str:
    """`1 row`, `2 rows`."""
    return f"{count:,} row{'' if count == 1 else 's'}"


def offenders(examples: Sequence[Example]) -> tuple[Offender, ...]:
    """The values to be told, at most MAX_EXAMPLES."""
    return tuple(
        Offender(
            value=example.value,
            count=example.count,
            rows=tuple(example.rows),
            lines=tuple(example.lines),
            paths=tuple(example.paths),
        )
        for example in examples[:MAX_EXAMPLES]
    )


def listed(offences: Listing, total: int) -> str:
    """`Prcard (<1%), Pcard (<1%) and 3 more`."""
    examples = offences.examples()
    named = [f"{shown(e.value)} ({share(e.count, total)})" for e in examples[:_NAMED]]
    more = len(examples) - len(named)
    if not more:
        return ", ".join(named)
    return f"{', '.join(named)} and {'over ' if offences.more else ''}{more} more"


def shown(value: str) -> str:
    """A value in a sentence: quoted where its edges would not be seen, and cut."""
    cut = value if len(value) <= 80 else value[:80] + "…"
    plain = cut.isprintable() and cut == cut.strip() and cut
    return cut if plain else repr(cut)
