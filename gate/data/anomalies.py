"""What does not fit the schema, in words, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from gate.data.offences import Example, Offences

MAX_EXAMPLES = 20  # values of one anomaly that are told; `count` counts them all
_NAMED = 5  # of them in its description


class Struct(msgspec.Struct, frozen=True, kw_only=True):
    """Plain values that become JSON."""


class Offender(Struct, frozen=True, kw_only=True):
    """A value that should not be there, and the first places where it is.

    `rows` count the rows of data from 1; `lines` are lines of the file.
    """

    value: str
    count: int
    rows: tuple[int, ...] = ()
    lines: tuple[int, ...] = ()


class Anomaly(Struct, frozen=True, kw_only=True):
    """One way in which a column (`feature`, empty for the table) breaks the schema.

    `type` and `short` are TFDV's. `count` rows are concerned, `fraction` of all of
    them. `reason` says in short what is wrong with each of the examples, `accept` how
    to change the schema if the data is right.
    """

    feature: str
    type: str
    severity: str = "error"
    short: str
    description: str
    count: int = 0
    fraction: float = 0.0
    examples: tuple[Offender, ...] = ()
    reason: str = ""
    accept: str = ""


class Report(Struct, frozen=True, kw_only=True):
    """All anomalies of one table; `not_judged` names what the schema says besides."""

    dataset: str
    num_examples: int
    anomalies: tuple[Anomaly, ...] = ()
    drift_skew: tuple[dict[str, Any], ...] = ()
    not_judged: tuple[str, ...] = ()


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
}


def anomaly(
    rows: int,
    feature: str,
    kind: str,
    description: str,
    accept: str,
    count: int = 0,
    examples: tuple[Offender, ...] = (),
    reason: str = "",
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
        accept=accept,
    )


def share(count: int, total: int) -> str:
    """`~12%`, or `<1%` where it is less: rounded down, so 100% is all."""
    percent = 100 * count // total if total else 0
    return f"~{percent}%" if percent else "<1%"


def offenders(examples: Sequence[Example]) -> tuple[Offender, ...]:
    """The values to be told, at most MAX_EXAMPLES."""
    return tuple(
        Offender(
            value=example.value,
            count=example.count,
            rows=tuple(example.rows),
            lines=tuple(example.lines),
        )
        for example in examples[:MAX_EXAMPLES]
    )


def listed(offences: Offences, total: int) -> str:
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
