"""A feature of the schema as rules for cells, and what TFDV calls breaking each."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from gate.data import buffers
from gate.data.columns import Array, Coded, Kind, Number, to_float32
from gate.data.offences import Rule, Test
from gate.data.schema import (
    BoolDomain,
    Feature,
    FloatDomain,
    IntDomain,
    Schema,
    Type,
)

TYPE = "UNEXPECTED_DATA_TYPE"
ENUM = "ENUM_TYPE_UNEXPECTED_STRING_VALUES"


def of(schema: Schema, feature: Feature) -> dict[str, Rule]:
    """The rules for the cells of a feature, by the anomaly that breaking one is."""
    rules: dict[str, Rule] = {}
    wanted = (feature.type or Type.BYTES).kind
    if wanted is not Kind.STRING:
        rules[TYPE] = _type_rule(wanted)
    if feature.bool_domain is not None:
        rules.update(_bool_rules(feature.bool_domain))
    if feature.int_domain is not None:
        rules.update(_int_rules(feature.int_domain))
    if feature.float_domain is not None:
        rules.update(_float_rules(feature.float_domain))
    texts = schema.texts(feature)
    if texts is not None:
        known = frozenset(texts)
        rules[ENUM] = _known_texts(known)
    return rules


def _type_rule(wanted: Kind) -> Rule:
    def offends(values: Array) -> Array:
        return np.full(len(values), wanted is Kind.INT and values.dtype.kind == "f")

    return Rule(
        numbers=offends,
        cell=lambda _, kind, __: kind > wanted,
        texts=lambda column: column.kinds > wanted,
        monotone=True,
    )


def _known_texts(known: frozenset[str]) -> Rule:
    values = buffers.texts(sorted(known))
    return Rule(
        numbers=None,
        cell=lambda text, *_: text not in known,
        texts=lambda column: ~buffers.among(column.array, values),
    )


def _int_rules(domain: IntDomain) -> Iterator[tuple[str, Rule]]:
    yield "INT_TYPE_NOT_INT_STRING", Rule(
        numbers=None,
        cell=lambda _, kind, __: kind is not Kind.INT,
        texts=lambda column: column.kinds != Kind.INT,
    )
    least, most = domain.min, domain.max
    if least is not None:
        yield "INT_TYPE_SMALL_INT", _bound(Kind.INT, least, low=True)
    if most is not None:
        yield "INT_TYPE_BIG_INT", _bound(Kind.INT, most, low=False)


def _float_rules(domain: FloatDomain) -> Iterator[tuple[str, Rule]]:
    yield "FLOAT_TYPE_STRING_NOT_FLOAT", Rule(
        numbers=None,
        cell=lambda _, kind, __: kind is Kind.STRING,
        texts=lambda column: column.kinds == Kind.STRING,
    )
    # TFDV compares 32-bit floats, and so data and bounds are rounded alike.
    if domain.min is not None:
        yield "FLOAT_TYPE_SMALL_FLOAT", _bound(
            Kind.FLOAT, to_float32(domain.min), low=True
        )
    if domain.max is not None:
        yield "FLOAT_TYPE_BIG_FLOAT", _bound(
            Kind.FLOAT, to_float32(domain.max), low=False
        )
    if domain.disallow_nan:
        yield "FLOAT_TYPE_HAS_NAN", Rule(
            numbers=_floats_only(np.isnan),
            cell=lambda _, __, n: _is_nan(n),
            texts=lambda column: np.isnan(column.floats),
            monotone=True,
        )
    if domain.disallow_inf:
        yield "FLOAT_TYPE_HAS_INF", Rule(
            numbers=_floats_only(np.isinf),
            cell=lambda _, __, n: isinstance(n, float) and math.isinf(n),
            texts=lambda column: np.isinf(column.floats),
            monotone=True,
        )


def _bound(kind: Kind, bound: Number, *, low: bool) -> Rule:
    def beyond(values: Array) -> Array:
        if kind is Kind.INT and values.dtype.kind == "f":
            return np.zeros(len(values), bool)
        if kind is Kind.FLOAT:
            with np.errstate(over="ignore"):
                values = values.astype(np.float32)
        result = values < bound if low else values > bound
        return np.asarray(result)

    def cell(_: str, of: Kind, number: Number | None) -> bool:
        if number is None or of > kind:
            return False
        if kind is Kind.FLOAT:
            number = to_float32(number)
        return number < bound if low else number > bound

    def texts(column: Coded) -> Array:
        values = column.integers if kind is Kind.INT else column.floats
        return (column.kinds <= kind) & beyond(values)

    worst = "low" if low else "high"
    return Rule(numbers=beyond, cell=cell, texts=texts, worst=worst, monotone=True)


def _bool_rules(domain: BoolDomain) -> Iterator[tuple[str, Rule]]:
    known = {t for t in (domain.true_value, domain.false_value) if t is not None}
    yield "BOOL_TYPE_SMALL_INT", _bound(Kind.INT, 0, low=True)
    yield "BOOL_TYPE_BIG_INT", _bound(Kind.INT, 1, low=False)
    yield "BOOL_TYPE_UNEXPECTED_FLOAT", Rule(
        numbers=lambda values: (values != 0) & (values != 1),
        cell=lambda _, kind, n: kind is not Kind.STRING and n not in (0, 1),
    )
    yield "BOOL_TYPE_UNEXPECTED_STRING", Rule(
        numbers=None, cell=lambda text, *_: text not in known
    )


def _floats_only(test: np.ufunc) -> Test:
    def apply(values: Array) -> Array:
        if values.dtype.kind != "f":
            return np.zeros(len(values), bool)
        return np.asarray(test(values))

    return apply


def _is_nan(number: Number | None) -> bool:
    return isinstance(number, float) and math.isnan(number)
