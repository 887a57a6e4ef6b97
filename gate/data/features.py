"""What was seen of one column, as anomalies with words that say what to do."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from msgspec.structs import replace

from gate.data import na, remedies, rules
from gate.data.anomalies import (
    Anomaly,
    Offender,
    anomaly,
    listed,
    offenders,
    share,
    shown,
)
from gate.data.changes import Change, add, drop, put
from gate.data.columns import Kind
from gate.data.offences import Offences
from gate.data.schema import Feature, Presence, Type
from gate.data.watch import Watch

_ABSENT = {
    "SCHEMA_MISSING_COLUMN": "the column is gone",
    "FEATURE_TYPE_NOT_PRESENT": "the column has no value in any row",
}


def absent(rows: int, feature: Feature, kind: str, environment: str) -> Anomaly:
    """A required column that is not there, or has no value."""
    advice = "set its `lifecycle_stage` to DEPRECATED, or drop its `presence`"
    changes: tuple[Change, ...] = (put("lifecycle_stage", "DEPRECATED"),)
    if environment:
        advice = f"add {environment} to its `not_in_environment`"
        changes = (add("not_in_environment", environment),)
        if environment in feature.in_environment:
            advice += ", and take it from its `in_environment`"
            left = tuple(e for e in feature.in_environment if e != environment)
            changes += (put("in_environment", left),)
    name, what = feature.name or "", _ABSENT[kind]
    return anomaly(rows, name, kind, what, advice, rows, changes=changes)


def not_expected(rows: int, watch: Watch, environment: str) -> Anomaly:
    """A column that the schema keeps out of this environment."""
    what = f"the column is not expected in the environment {environment}"
    advice = f"add {environment} to its `in_environment`"
    name = watch.feature.name or ""
    found = anomaly(
        rows,
        name,
        "SCHEMA_NEW_COLUMN",
        what,
        advice,
        watch.present,
        changes=(add("in_environment", environment),),
    )
    return replace(found, short="Column missing in environment")


def new(rows: int, name: str, present: int, kind: Kind | None) -> Anomaly:
    """A column that the schema does not know."""
    kinds = Type.of(kind).value
    return anomaly(
        rows,
        name,
        "SCHEMA_NEW_COLUMN",
        "the column is not in the schema",
        f"add a feature of the type {kinds}, or what `gate data infer` prints for it",
        present,
        changes=(put("name", name), put("type", kinds)),
    )


def judge(rows: int, watch: Watch) -> Iterator[Anomaly]:
    """All that is wrong with a column that has values, in TFDV's order."""
    yield from _counts(rows, watch)
    yield from _presence(rows, watch)
    retyped = list(_type(rows, watch))
    yield from retyped
    for kind, offences in watch.broken():
        if kind == rules.ENUM and not _too_many(watch, offences):
            continue
        reason, advice = _said(watch, kind, offences)
        verb = "is" if len(offences.values) == 1 else "are"
        yield anomaly(
            rows,
            watch.feature.name or "",
            kind,
            f"{listed(offences, watch.present)} {verb} {reason}",
            advice,
            offences.count,
            offenders(offences.examples()),
            reason,
            # Another type takes the domain with it.
            () if retyped else remedies.of(watch, kind),
        )


def _counts(rows: int, watch: Watch) -> Iterator[Anomaly]:
    """How many values a row has: in a table one, where it has any."""
    name, count = watch.feature.name or "", watch.feature.value_count
    if count and (count.min or 0) > 1:
        what = f"1 value a row, at least {count.min} are expected"
        kind, advice = "FEATURE_TYPE_LOW_NUMBER_VALUES", "set `value_count.min` to 1"
        one = (put("value_count.min", 1),)
        yield anomaly(rows, name, kind, what, advice, watch.present, changes=one)
    if count and count.max is not None and count.max < 1:
        what = f"1 value a row, at most {count.max} are expected"
        kind, advice = "FEATURE_TYPE_HIGH_NUMBER_VALUES", "set `value_count.max` to 1"
        one = (put("value_count.max", 1),)
        yield anomaly(rows, name, kind, what, advice, watch.present, changes=one)
    yield from _shape(rows, watch)


def _shape(rows: int, watch: Watch) -> Iterator[Anomaly]:
    name, shape = watch.feature.name or "", watch.feature.shape
    if shape is None:
        return
    size = math.prod(dim.size or 0 for dim in shape.dim)
    changes: tuple[Change, ...] = (drop("shape"),)
    if size != 1:
        what = f"1 value a row, the shape wants {size}"
        kind, advice = "INVALID_FEATURE_SHAPE", "drop its `shape`"
        yield anomaly(rows, name, kind, what, advice, watch.present, changes=changes)
    elif watch.missing.count:
        what = f"{_missing(rows, watch)}, and the shape wants one in every row"
        advice = "replace its `shape` by `value_count: {min: 1, max: 1}`"
        if watch.feature.value_count is None:
            changes += (put("value_count", {"min": 1, "max": 1}),)
        yield _lacking(rows, watch, "INVALID_FEATURE_SHAPE", what, advice, *changes)


def _presence(rows: int, watch: Watch) -> Iterator[Anomaly]:
    presence = watch.feature.presence or Presence()
    if presence.min_count is not None and watch.present < presence.min_count:
        what = f"{watch.present:,} values, at least {presence.min_count:,} are expected"
        advice = f"set `presence.min_count` to {watch.present}"
        lower = put("presence.min_count", watch.present)
        kind = "FEATURE_TYPE_LOW_NUMBER_PRESENT"
        yield _lacking(rows, watch, kind, what, advice, lower)
    least = presence.min_fraction
    if least is not None and watch.present / rows < least:
        actual = math.floor(watch.present / rows * 10_000) / 10_000
        what = f"{_missing(rows, watch)}, at least {100 * least:g}% must have one"
        advice = f"set `presence.min_fraction` to {actual:g}"
        lower = put("presence.min_fraction", actual)
        kind = "FEATURE_TYPE_LOW_FRACTION_PRESENT"
        yield _lacking(rows, watch, kind, what, advice, lower)


def _missing(rows: int, watch: Watch) -> str:
    count = watch.missing.count
    return f"no value in {count:,} of {rows:,} rows ({share(count, rows)})"


def _lacking(
    rows: int, watch: Watch, kind: str, what: str, advice: str, *changes: Change
) -> Anomaly:
    examples = offenders([watch.missing.example] if watch.missing.count else [])
    name, count = watch.feature.name or "", watch.missing.count
    return anomaly(
        rows, name, kind, what, advice, count, examples, changes=tuple(changes)
    )


def _type(rows: int, watch: Watch) -> Iterator[Anomaly]:
    offences = watch.offences.get(rules.TYPE)
    bad = offences.count if offences else 0
    if not bad and (watch.typed or watch.kind is watch.wanted):
        return
    wanted, got = watch.feature.type or Type.BYTES, Type.of(watch.kind)
    what = f"expected data of type {wanted.value} but got {got.value}"
    count = watch.present
    examples: tuple[Offender, ...] = ()
    if offences is not None and bad:
        count, examples = bad, offenders(offences.examples())
        what += f": {listed(offences, watch.present)}"
    name, advice = watch.feature.name or "", f"set its `type` to {got.value}"
    advice += na.hint(example.value for example in examples)
    reason, changes = f"not of type {wanted.value}", remedies.retyped(watch, got)
    yield anomaly(
        rows, name, rules.TYPE, what, advice, count, examples, reason, changes
    )


def _too_many(watch: Watch, offences: Offences) -> bool:
    """Whether more values are off the domain than its mass allows, exactly."""
    constraints = watch.feature.distribution_constraints
    mass = constraints.min_domain_mass if constraints else None
    if mass is None:
        return True
    return offences.count > watch.present * (1 - Fraction(repr(mass)))


def _said(watch: Watch, kind: str, offences: Offences) -> tuple[str, str]:
    """What is wrong with the values, and the edit of the schema that accepts them."""
    if kind == rules.ENUM:
        return "not in the domain", _accept_texts(watch, offences)
    if kind in _BOUNDS:
        key, word = _BOUNDS[kind]
        worst = shown(offences.examples()[0].value)
        return f"{word} {_bound(watch.feature, key)}", f"set `{key}` to {worst}"
    return _REASONS[kind], _ACCEPT[kind]


_BOUNDS = {
    "INT_TYPE_SMALL_INT": ("int_domain.min", "below"),
    "INT_TYPE_BIG_INT": ("int_domain.max", "above"),
    "FLOAT_TYPE_SMALL_FLOAT": ("float_domain.min", "below"),
    "FLOAT_TYPE_BIG_FLOAT": ("float_domain.max", "above"),
}
_REASONS = {
    "FLOAT_TYPE_HAS_NAN": "not allowed",
    "FLOAT_TYPE_HAS_INF": "not allowed",
    "INT_TYPE_NOT_INT_STRING": "no integer",
    "FLOAT_TYPE_STRING_NOT_FLOAT": "no number",
    "BOOL_TYPE_SMALL_INT": "neither 0 nor 1",
    "BOOL_TYPE_BIG_INT": "neither 0 nor 1",
    "BOOL_TYPE_UNEXPECTED_FLOAT": "neither 0 nor 1",
    "BOOL_TYPE_UNEXPECTED_STRING": "neither true_value nor false_value",
}
_INT_DOMAIN = "replace its `bool_domain` by an `int_domain`"
_ACCEPT = {
    "FLOAT_TYPE_HAS_NAN": "drop `float_domain.disallow_nan`",
    "FLOAT_TYPE_HAS_INF": "drop `float_domain.disallow_inf`",
    "INT_TYPE_NOT_INT_STRING": "drop its `int_domain`",
    "FLOAT_TYPE_STRING_NOT_FLOAT": "drop its `float_domain`",
    "BOOL_TYPE_SMALL_INT": _INT_DOMAIN,
    "BOOL_TYPE_BIG_INT": _INT_DOMAIN,
    "BOOL_TYPE_UNEXPECTED_FLOAT": "replace its `bool_domain` by a `float_domain`",
    "BOOL_TYPE_UNEXPECTED_STRING": "replace its `bool_domain` by a `string_domain`",
}


def _bound(feature: Feature, key: str) -> str:
    message, name = key.split(".")
    return f"{getattr(getattr(feature, message), name)}"


def _accept_texts(watch: Watch, offences: Offences) -> str:
    values = [shown(example.value) for example in offences.examples()]
    few = ", ".join(f"`{value}`" for value in values[:3])
    few += f" and {len(values) - 3} more" if len(values) > 3 else ""
    domain = watch.feature.domain
    where = "its `string_domain`"
    if domain:
        where = f"the `string_domain` {shown(domain)}"
    mass = math.floor((1 - offences.count / watch.present) * 1000) / 1000
    return (
        f"add {few} to {where}, or set its "
        f"`distribution_constraints.min_domain_mass` to {mass:g}"
    )
