"""What is wrong with a schema itself, whatever the data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from gate.data.schema import Feature, Schema, Shape, Type, ValueCount

_ALLOWED = {
    "domain": (Type.BYTES,),
    "string_domain": (Type.BYTES,),
    "bool_domain": (Type.INT, Type.FLOAT, Type.BYTES),
    "int_domain": (Type.INT, Type.BYTES),
    "float_domain": (Type.FLOAT, Type.BYTES),
}


class Slip(NamedTuple):
    """An anomaly of the schema: its type, what is wrong, how to mend it."""

    type: str
    what: str
    mend: str


def check(schema: Schema, feature: Feature) -> tuple[Feature | None, list[Slip]]:
    """The feature without what is wrong with it (None if nothing is left), and that."""
    if feature.name is None:
        return None, [Slip("FEATURE_MISSING_NAME", "a feature has no name", "name it")]
    slips: list[Slip] = []
    if feature.type is None:
        typed = feature.domain is not None or feature.string_domain is not None
        what = "the schema gives no type"
        mend = "set `type` to BYTES" if typed else "set `type` to INT, FLOAT or BYTES"
        slips.append(Slip("FEATURE_MISSING_TYPE", what, mend))
        if not typed:
            return None, slips
        feature = replace(feature, type=Type.BYTES)
    for mend_part in (_presence, _value_count, _shape, _domains, _distribution):
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
    return replace(feature, presence=presence), [Slip(_INVALID, what, mend)]


def _value_count(_: Schema, feature: Feature) -> Mended:
    count = feature.value_count
    slips = []
    if count is not None and (count.min or 0) < 0:
        what = f"value_count.min is {count.min}, less than none"
        slips.append(Slip(_INVALID, what, "set `value_count.min` to 0 or more"))
        count = replace(count, min=None)
    if count is not None and count.max is not None and count.max < (count.min or 0):
        what = f"value_count.max is {count.max}, below min {count.min or 0}"
        slips.append(Slip(_INVALID, what, "set `value_count.max` to min or more"))
        count = ValueCount(min=count.min, max=count.min or 0, other=count.other)
    return replace(feature, value_count=count), slips


def _shape(_: Schema, feature: Feature) -> Mended:
    shape: Shape | None = feature.shape
    if shape is None or all(d.size is None or d.size > 0 for d in shape.dim):
        return feature, []
    what = "a size in the shape is not positive"
    slip = Slip(_INVALID, what, "set each `shape.dim.size` to 1 or more, or drop it")
    return replace(feature, shape=None), [slip]


def _domains(schema: Schema, feature: Feature) -> Mended:
    slips = []
    for name, allowed in _ALLOWED.items():
        if getattr(feature, name) is None or feature.type in allowed:
            continue
        assert feature.type is not None
        types = " or ".join(kind.value for kind in allowed)
        what = f"`{name}` does not go with the type {feature.type.value}"
        mend = f"drop `{name}`, or set `type` to {types}"
        slips.append(Slip("DOMAIN_INVALID_FOR_TYPE", what, mend))
        feature = replace(feature, **{name: None})
    if feature.domain is not None and schema.texts(feature) is None:
        what = f"the schema has no string_domain called `{feature.domain}`"
        mend = (
            f"add a `string_domain` with that name, or drop `domain: {feature.domain}`"
        )
        slips.append(Slip("INVALID_DOMAIN_SPECIFICATION", what, mend))
        feature = replace(feature, domain=None)
    return feature, slips


def _distribution(_: Schema, feature: Feature) -> Mended:
    if feature.distribution_constraints is None:
        return feature, []
    if feature.domain is not None or feature.string_domain is not None:
        return feature, []
    what = "distribution_constraints without a string domain constrain nothing"
    slip = Slip(_INVALID, what, "add a string domain, or drop them")
    return replace(feature, distribution_constraints=None), [slip]


def environments(schema: Schema) -> Iterator[str]:
    """Every environment that a schema names."""
    yield from schema.default_environment
    for feature in schema.feature:
        yield from feature.in_environment
        yield from feature.not_in_environment
