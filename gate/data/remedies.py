"""The changes of a schema that accept values which break a rule."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gate.data import rules
from gate.data.changes import Change, add, drop, put
from gate.data.columns import Number, parse
from gate.data.offences import MAX_VALUES, Offences
from gate.data.schema import Feature, FeatureComparator, Type
from gate.data.watch import Watch

Changes = tuple[Change, ...]

_BOUNDS = {
    "INT_TYPE_SMALL_INT": "int_domain.min",
    "INT_TYPE_BIG_INT": "int_domain.max",
    "FLOAT_TYPE_SMALL_FLOAT": "float_domain.min",
    "FLOAT_TYPE_BIG_FLOAT": "float_domain.max",
}
_SIMPLE: dict[str, Changes] = {
    "FLOAT_TYPE_HAS_NAN": (put("float_domain.disallow_nan", False),),
    "FLOAT_TYPE_HAS_INF": (put("float_domain.disallow_inf", False),),
    "INT_TYPE_NOT_INT_STRING": (drop("int_domain"),),
    "FLOAT_TYPE_STRING_NOT_FLOAT": (drop("float_domain"),),
    "BOOL_TYPE_UNEXPECTED_FLOAT": (drop("bool_domain"), put("float_domain", {})),
}
# What says nothing, or something wrong, of a column of this type.
_OF_TEXTS = (
    "domain string_domain distribution_constraints pattern url_domain mid_domain "
    "time_domain time_of_day_domain"
).split()
_NOT_FOR = {
    Type.INT: (*_OF_TEXTS, "float_domain", "bool_domain"),
    Type.FLOAT: (*_OF_TEXTS, "int_domain", "bool_domain"),
    Type.BYTES: ("int_domain", "float_domain", "bool_domain", "time_domain")
    + ("time_of_day_domain",),
}


def of(watch: Watch, kind: str) -> Changes:
    """The changes that accept the values which break a rule of a feature."""
    offences = watch.offences[kind]
    if kind == rules.ENUM:
        return _texts(watch, offences)
    if kind in _BOUNDS:
        worst = _number(offences)
        whole = kind.startswith("INT") and isinstance(worst, int)
        return (put(_BOUNDS[kind], worst if whole else float(worst)),)
    if kind in ("BOOL_TYPE_SMALL_INT", "BOOL_TYPE_BIG_INT"):
        return _integers(watch)
    if kind == "BOOL_TYPE_UNEXPECTED_STRING":
        return _booleans(watch.feature, offences)
    return _SIMPLE.get(kind, ())


def retyped(watch: Watch, got: Type) -> Changes:
    """The changes that give a feature another type."""
    feature = watch.feature
    gone = [name for name in _NOT_FOR[got] if getattr(feature, name) is not None]
    if got is not Type.BYTES:
        gone += _distances(feature)
    return (put("type", got.value), *map(drop, gone))


def _distances(feature: Feature) -> Iterator[str]:
    """The comparators that are for texts only."""
    for side in ("drift_comparator", "skew_comparator"):
        comparator = getattr(feature, side) or FeatureComparator()
        for name in ("infinity_norm", "normalized_abs_difference"):
            if getattr(comparator, name) is not None:
                yield f"{side}.{name}"


def _texts(watch: Watch, offences: Offences) -> Changes:
    values = [example.value for example in offences.examples()]
    if not offences.more and len(values) < MAX_VALUES:
        return (add("string_domain.value", *values),)
    mass = math.floor((1 - offences.count / watch.present) * 1000) / 1000
    return (put("distribution_constraints.min_domain_mass", mass),)


def _integers(watch: Watch) -> Changes:
    small, big = (
        watch.offences[kind] for kind in ("BOOL_TYPE_SMALL_INT", "BOOL_TYPE_BIG_INT")
    )
    return (
        drop("bool_domain"),
        put("int_domain.min", _number(small) if small.count else 0),
        put("int_domain.max", _number(big) if big.count else 1),
    )


def _booleans(feature: Feature, offences: Offences) -> Changes:
    if offences.more or feature.bool_domain is None:
        return (drop("bool_domain"),)
    known = (feature.bool_domain.true_value, feature.bool_domain.false_value)
    values = [example.value for example in offences.examples()]
    values = [*(text for text in known if text is not None), *values]
    return (drop("bool_domain"), add("string_domain.value", *values))


def _number(offences: Offences) -> Number:
    """The worst offending number, as it is written: not as 32 bits hold it."""
    text = offences.examples()[0].value
    number = parse(text)[1] or 0
    return number if isinstance(number, int) else float(text)
