"""What is wrong with a schema itself, whatever the data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from gate.data.changes import Change, drop, put
from gate.data.schema import Feature, Schema, Shape, Stage, Type, ValueCount

_ALLOWED = {
    "domain": (Type.BYTES,),
    "string_domain": (Type.BYTES,),
    "bool_domain": (Type.INT, Type.FLOAT, Type.BYTES),
    "int_domain": (Type.INT, Type.BYTES),
    "float_domain": (Type.FLOAT, Type.BYTES),
    "time_domain": (Type.INT, Type.BYTES),
    "time_of_day_domain": (Type.INT, Type.BYTES),
    "url_domain": (Type.BYTES,),
    "mid_domain": (Type.BYTES,),
    "pattern": (Type.BYTES,),
    "natural_language_domain": (Type.INT, Type.BYTES),
    "image_domain": (Type.BYTES,),
}
_LANGUAGE = "natural_language_domain"


class Slip(NamedTuple):
    """An anomaly of the schema: its type, what is wrong, how to mend it."""

    type: str
    what: str
    mend: str
    changes: tuple[Change, ...] = ()


def check(schema: Schema, feature: Feature) -> tuple[Feature | None, list[Slip]]:
    """The feature without what is wrong with it (None if nothing is left), and that."""
    if feature.name is None:
        return None, [Slip("FEATURE_MISSING_NAME", "a feature has no name", "name it")]
    slips: list[Slip] = []
    if feature.type is None:
        typed = feature.domain is not None or feature.string_domain is not None
        what = "the schema gives no type"
        mend = "set `type` to BYTES" if typed else "set `type` to INT, FLOAT or BYTES"
        changes = (put("type", "BYTES"),) if typed else ()
        slips.append(Slip("FEATURE_MISSING_TYPE", what, mend, changes))
        if not typed:
            return None, slips
        feature = replace(feature, type=Type.BYTES)
    for mend_part in _PARTS:
        feature, found = mend_part(schema, feature)
        slips += found
    return feature, slips


Mended = tuple[Feature, list[Slip]]
_INVALID = "INVALID_SCHEMA_SPECIFICATION"


def _presence(_: Schema, feature: Feature) -> Mended:
    fraction = feature.presence.min_fraction if feature.presence else None
    if feature.presence is None or fraction is None or 0 <= fraction <= 1:
        return feature, []
    what = f"presence.min_fraction is {fraction:g}, not between 0 and 1"
    presence = replace(feature.presence, min_fraction=1.0 if fraction > 1 else None)
    mend = "set `presence.min_fraction` between 0 and 1"
    key = "presence.min_fraction"
    changes = (put(key, 1.0) if fraction > 1 else drop(key),)
    slip = Slip(_INVALID, what, mend, changes)
    return replace(feature, presence=presence), [slip]


def _value_count(_: Schema, feature: Feature) -> Mended:
    count = feature.value_count
    slips = []
    if count is not None and (count.min or 0) < 0:
        what = f"value_count.min is {count.min}, less than none"
        mend = "set `value_count.min` to 0 or more"
        slips.append(Slip(_INVALID, what, mend, (drop("value_count.min"),)))
        count = replace(count, min=None)
    if count is not None and count.max is not None and count.max < (count.min or 0):
        what = f"value_count.max is {count.max}, below min {count.min or 0}"
        mend = "set `value_count.max` to min or more"
        changes = (put("value_count.max", count.min or 0),)
        slips.append(Slip(_INVALID, what, mend, changes))
        count = ValueCount(min=count.min, max=count.min or 0, other=count.other)
    return replace(feature, value_count=count), slips


def _shape(_: Schema, feature: Feature) -> Mended:
    shape: Shape | None = feature.shape
    if shape is None or all(d.size is None or d.size > 0 for d in shape.dim):
        return feature, []
    what = "a size in the shape is not positive"
    mend = "set each `shape.dim.size` to 1 or more, or drop it"
    slip = Slip(_INVALID, what, mend, (drop("shape"),))
    return replace(feature, shape=None), [slip]


def _domains(schema: Schema, feature: Feature) -> Mended:
    slips = []
    for name, allowed in _ALLOWED.items():
        if _field(feature, name) is None or feature.type in allowed:
            continue
        assert feature.type is not None
        types = " or ".join(kind.value for kind in allowed)
        what = f"`{name}` does not go with the type {feature.type.value}"
        mend = f"drop `{name}`, or set `type` to {types}"
        slips.append(Slip("DOMAIN_INVALID_FOR_TYPE", what, mend, (drop(name),)))
        feature = _without(feature, name)
    if feature.domain is not None and schema.texts(feature) is None:
        what = f"the schema has no string_domain called `{feature.domain}`"
        mend = (
            f"add a `string_domain` with that name, or drop `domain: {feature.domain}`"
        )
        slips.append(
            Slip("INVALID_DOMAIN_SPECIFICATION", what, mend, (drop("domain"),))
        )
        feature = replace(feature, domain=None)
    return feature, slips


def _distribution(_: Schema, feature: Feature) -> Mended:
    if feature.distribution_constraints is None:
        return feature, []
    if feature.domain is not None or feature.string_domain is not None:
        return feature, []
    what = "distribution_constraints without a string domain constrain nothing"
    mend = "add a string domain, or drop them"
    slip = Slip(_INVALID, what, mend, (drop("distribution_constraints"),))
    return replace(feature, distribution_constraints=None), [slip]


def _nesting(_: Schema, feature: Feature) -> Mended:
    """A table's values are not nested: one level says what `value_count` does."""
    if feature.value_counts is None:
        return feature, []
    levels = feature.value_counts.value_count
    feature = replace(feature, value_counts=None)
    if len(levels) == 1:
        return replace(feature, value_count=feature.value_count or levels[0]), []
    what = f"value_counts has {len(levels)} levels of nesting, the values have 1"
    mend = "replace its `value_counts` by a `value_count`"
    changes = (drop("value_counts"), put("value_count", {"min": 1, "max": 1}))
    return feature, [Slip("VALUE_NESTEDNESS_MISMATCH", what, mend, changes)]


def _language(_: Schema, feature: Feature) -> Mended:
    """Gate has no vocabularies, so what a feature says of its words is not judged."""
    domain = feature.other.get(_LANGUAGE)
    if not isinstance(domain, dict):
        return feature, []
    coverage = domain.get("coverage")
    limits = coverage if isinstance(coverage, dict) else {}
    asked = {"min_coverage", "min_avg_token_length"} & limits.keys()
    if not asked and not domain.get("token_constraints"):
        return feature, []
    what = f"what `{_LANGUAGE}` asks of words needs a vocabulary, and is not judged"
    mend = f"drop its `{_LANGUAGE}`"
    slip = Slip("STATS_NOT_AVAILABLE", what, mend, (drop(_LANGUAGE),))
    return _without(feature, _LANGUAGE), [slip]


def _derived(_: Schema, feature: Feature) -> Mended:
    derived = "validation_derived_source" in feature.other
    if not derived or feature.lifecycle_stage is Stage.VALIDATION_DERIVED:
        return feature, []
    what = "it has a `validation_derived_source`, but another `lifecycle_stage`"
    mend = "set its `lifecycle_stage` to VALIDATION_DERIVED"
    changes = (put("lifecycle_stage", "VALIDATION_DERIVED"),)
    return feature, [Slip("DERIVED_FEATURE_BAD_LIFECYCLE", what, mend, changes)]


def _comparators(_: Schema, feature: Feature) -> Mended:
    """Two metrics compare texts: of numbers TFDV measures 0, whatever they are."""
    numbers = feature.int_domain
    category = bool(numbers and numbers.is_categorical or feature.bool_domain)
    if feature.type is Type.BYTES or (feature.type is Type.INT and category):
        return feature, []
    slips = []
    for key in ("drift_comparator", "skew_comparator"):
        comparator = getattr(feature, key)
        for metric in ("infinity_norm", "normalized_abs_difference"):
            limit = getattr(comparator, metric) if comparator else None
            if limit is None or limit.threshold is None:
                continue
            what = f"`{key}.{metric}` compares texts, and the type is no text"
            mend = (
                f"replace it by `{key}.jensen_shannon_divergence`, which does numbers"
            )
            slips.append(Slip(_INVALID, what, mend, (drop(f"{key}.{metric}"),)))
            comparator = replace(comparator, **{metric: None})
        feature = replace(feature, **{key: comparator})
    return feature, slips


_PARTS = (
    _presence,
    _value_count,
    _nesting,
    _shape,
    _domains,
    _distribution,
    _language,
    _derived,
    _comparators,
)


def _field(feature: Feature, name: str) -> object:
    return getattr(feature, name, feature.other.get(name))


def _without(feature: Feature, name: str) -> Feature:
    if name in feature.__struct_fields__:
        return replace(feature, **{name: None})
    others = {key: value for key, value in feature.other.items() if key != name}
    return replace(feature, other=others)


def environments(schema: Schema) -> Iterator[str]:
    """Every environment that a schema names."""
    yield from schema.default_environment
    for feature in schema.feature:
        yield from feature.in_environment
        yield from feature.not_in_environment
