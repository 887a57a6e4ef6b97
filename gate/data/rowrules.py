"""Rules across columns: what must be true of every row.

`RULE_BROKEN`: rows for which the `expression` of a `rule` is false, where more than
1 - `min_fraction` of the judged rows are so (any, if that is not set). A row in which
what the answer depends on is missing is not judged; one that divides by zero breaks
the rule. Each example tells what the columns of the rule hold, and the rows that hold
it. The grammar is that of `expressions`; a wrong expression is an
`INVALID_SCHEMA_SPECIFICATION` that names the place.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from gate.data import hashes
from gate.data.anomalies import Anomaly, anomaly, listed, offenders, rows_of, shown
from gate.data.changes import drop, put
from gate.data.columns import Batch
from gate.data.evaluation import broken
from gate.data.expressions import Expression, Sort, read
from gate.data.found import Found, said
from gate.data.schema import Rule, Schema, Type


class RowRule:
    """One rule of the schema; `key` is its place there, `rule[0]`."""

    def __init__(self, rule: Rule, expression: Expression, key: str) -> None:
        self.rule = rule
        self.expression = expression
        self.key = key
        self.found = Found()
        self.judged = 0

    def look(self, batch: Batch) -> None:
        """See a batch."""
        rows, judged = broken(self.expression, batch)
        self.judged += judged
        if not len(rows):
            return
        columns = [(name, batch.columns.get(name)) for name in self.expression.columns]
        keys = [
            hashes.cells(column, batch.rows, text=True)[rows] for _, column in columns
        ]
        combined = hashes.combined(keys) if keys else rows.astype("u8") * 0
        self.found.add(batch, rows, combined, lambda row: said(columns, row))

    def anomalies(self, rows: int) -> Iterator[Anomaly]:
        """The rows that break it, if there are too many."""
        count = self.found.count
        least = self.rule.min_fraction
        allowed = 0 if least is None else self.judged * (1 - Fraction(repr(least)))
        if count <= allowed:
            return
        name = shown(self.rule.name or self.rule.expression or "")
        share = math.floor((1 - count / self.judged) * 10_000) / 10_000
        change = put(f"{self.key}.min_fraction", share) if share else drop(self.key)
        advice = f"set its `min_fraction` to {share:g}, or drop the rule"
        yield anomaly(
            rows,
            "",
            "RULE_BROKEN",
            f"the rule {name} is broken in {count:,} of {rows_of(self.judged)}: "
            f"{listed(self.found, self.judged)}",
            advice if share else "drop the rule",
            count,
            offenders(self.found.examples()),
            f"breaks the rule {name}",
            (change,),
        )


def expression(schema: Schema, rule: Rule) -> Expression:
    """The expression of a rule over the features of the schema.

    Raises:
        Wrong: it is none.
    """
    sorts, single = {}, set()
    for feature in schema.feature:
        if feature.type is not None:
            name = feature.name or ""
            text = feature.type is Type.BYTES
            sorts[name] = Sort.TEXT if text else Sort.NUMBER
            single |= {name} if feature.type is Type.FLOAT else set()
    return read(rule.expression or "", sorts, frozenset(single))
