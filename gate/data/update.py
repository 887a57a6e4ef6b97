"""A schema that accepts a table: TensorFlow Data Validation's `update_schema`."""

from __future__ import annotations

import dataclasses

from msgspec.structs import replace

from gate.data import edits, inference, rules
from gate.data.anomalies import Anomaly, Report
from gate.data.changes import Change, add, drop, put
from gate.data.columns import utf8
from gate.data.schema import Feature, Schema, StringDomain
from gate.data.statistics import Feature as Column
from gate.data.statistics import Statistics

_GONE = ("SCHEMA_MISSING_COLUMN", "FEATURE_TYPE_NOT_PRESENT")


def update(schema: Schema, report: Report, *, max_domain: int) -> Schema:
    """The schema after each anomaly of a report, which has statistics, is accepted.

    As TFDV does it: what is broken is widened, a column that is gone or has another
    type is DEPRECATED, a new one is inferred without a shape. A domain that would grow
    beyond `max_domain` texts is dropped. What no schema can accept stays.

    Raises:
        ConfigError: a change does not fit the schema.
    """
    assert report.statistics is not None
    last: list[edits.Requested] = []
    for anomaly in report.anomalies:
        if not anomaly.feature:
            last.append(("", anomaly.changes))
            continue
        if anomaly.type == "SCHEMA_NEW_COLUMN" and not schema.named(anomaly.feature):
            schema = _with_column(schema, report.statistics, anomaly, max_domain)
            continue
        changes = _changes(schema, report.statistics, anomaly)
        schema = edits.apply(schema, anomaly.feature, changes)
        feature = schema.named(anomaly.feature)
        if anomaly.type == rules.ENUM and feature:
            if len(schema.texts(feature) or ()) > max_domain:
                changes = (drop("domain"), drop("string_domain"))
                changes += (drop("distribution_constraints"),)
                schema = edits.apply(schema, anomaly.feature, changes)
    return edits.apply_all(schema, last)


def _changes(
    schema: Schema, statistics: Statistics, anomaly: Anomaly
) -> tuple[Change, ...]:
    if anomaly.type in (rules.TYPE, *_GONE):
        return (put("lifecycle_stage", "DEPRECATED"),)
    if anomaly.type == rules.ENUM:
        return _texts(schema, statistics, anomaly)
    if anomaly.type == "FEATURE_TYPE_LOW_FRACTION_PRESENT":
        rows = statistics.num_examples
        return (put("presence.min_fraction", (rows - anomaly.count) / rows),)
    if anomaly.type == "INVALID_FEATURE_SHAPE":
        return (drop("shape"),)
    if anomaly.type in ("BOOL_TYPE_SMALL_INT", "BOOL_TYPE_BIG_INT"):
        return _integers(statistics, anomaly)
    if anomaly.type == "BOOL_TYPE_UNEXPECTED_STRING":
        return (drop("bool_domain"),)
    return anomaly.changes


def _integers(statistics: Statistics, anomaly: Anomaly) -> tuple[Change, ...]:
    """The range of the column instead of 0 and 1."""
    numeric = _column(statistics, anomaly).numeric
    assert numeric is not None
    least, most = int(numeric.min), int(numeric.max)
    bounds = put("int_domain.min", least), put("int_domain.max", most)
    return (drop("bool_domain"), *bounds)


def _column(statistics: Statistics, anomaly: Anomaly) -> Column:
    return next(f for f in statistics.features if f.name == anomaly.feature)


def _texts(
    schema: Schema, statistics: Statistics, anomaly: Anomaly
) -> tuple[Change, ...]:
    """All texts of the column: the anomaly names the first of many only."""
    feature = schema.named(anomaly.feature)
    column = _column(statistics, anomaly)
    if feature is None or column.textual is None:
        return anomaly.changes
    known = set(schema.texts(feature) or ())
    texts = {text for text, _ in column.textual.ranked} - known
    return (add("string_domain.value", *sorted(texts, key=utf8)),)


def _with_column(
    schema: Schema, statistics: Statistics, anomaly: Anomaly, max_domain: int
) -> Schema:
    alone = dataclasses.replace(
        statistics,
        features=tuple(f for f in statistics.features if f.name == anomaly.feature),
    )
    inferred = inference.infer(
        alone, max_domain=max_domain, shape=False, like_tfdv=True
    ).schema
    feature, domains = inferred.feature[0], list(inferred.string_domain)
    if domains:
        feature, domains[0] = _named(schema, feature, domains[0])
    return replace(
        schema,
        feature=(*schema.feature, feature),
        string_domain=(*schema.string_domain, *domains),
    )


def _named(
    schema: Schema, feature: Feature, domain: StringDomain
) -> tuple[Feature, StringDomain]:
    """With a name for the domain that no other one has."""
    taken = {one.name for one in schema.string_domain}
    name, number = domain.name or "", 2
    while name in taken:
        name, number = f"{domain.name}{number}", number + 1
    return replace(feature, domain=name), replace(domain, name=name)
