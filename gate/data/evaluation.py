"""What an expression gives for each row of a batch, all rows at once.

Three-valued logic, as SQL's: where a cell is missing, so is what is made of it, but
`missing(x)` is known, `and` is false where one side is, and `or` is true where one
side is. Likewise undefined: division by zero, a root of a negative number, a power
beyond all floats.

Integers are exact up to 2^62, and floats of 64 bits beyond. Where floats of 32 bits
are compared, both sides are rounded to them: 0.1 is 0.1.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from gate.data.columns import Array, Batch, Column, Kind, Number, Numbers
from gate.data.expressions import Call, Constant, Expression, Name, Node
from gate.data.offences import spelled

KNOWN, UNDEFINED, MISSING = 0, 1, 2
_EXACT = 2.0**62  # results below this surely fit into 64 bits


@dataclass(frozen=True, eq=False)
class Value:
    """What a part of an expression gives, a row each, or one for all rows.

    `values` are int64, float64 or bool; of texts the index into `texts`. `unknown`
    is KNOWN, UNDEFINED or MISSING: what `values` holds there means nothing.
    """

    values: Array
    unknown: Array
    texts: tuple[str, ...] | None = None


def broken(expression: Expression, batch: Batch) -> tuple[Array, int]:
    """The rows (indices) that break it, and how many rows are judged.

    A row for which the answer is missing is not judged; where it is undefined, the
    row breaks it.
    """
    found = _value(expression.node, batch)
    unknown = np.broadcast_to(found.unknown, batch.rows)
    values = np.broadcast_to(found.values, batch.rows)
    bad = np.where(unknown == KNOWN, ~values, unknown == UNDEFINED)
    return np.flatnonzero(bad), int((unknown != MISSING).sum())


def _value(node: Node, batch: Batch) -> Value:
    if isinstance(node, Constant):
        return _constant(node.value)
    if isinstance(node, Name):
        return _column(node, batch.columns.get(node.column))
    return _APPLY[node.name](node, [_value(each, batch) for each in node.operands])


def _constant(value: Number | str | bool) -> Value:
    known = np.zeros(1, np.uint8)
    if isinstance(value, str):
        return Value(np.zeros(1, np.int64), known, (value,))
    return Value(np.array([value]), known)


def _column(name: Name, column: Column | None) -> Value:
    if column is None:
        texts = ("",) if name.text else None
        return Value(np.zeros(1, np.int64), np.full(1, MISSING, np.uint8), texts)
    if name.text:
        return _texts(column)
    return _numbers(column)


def _texts(column: Column) -> Value:
    if isinstance(column, Numbers):
        distinct, codes = np.unique(column.values, return_inverse=True)
        texts = tuple(spelled(value) for value in distinct.tolist())
        missing = column.missing
        gone = np.zeros(len(codes), bool) if missing is None else missing
        return Value(codes, _missing(gone), texts)
    codes = np.maximum(column.codes, 0)
    return Value(codes, _missing(column.missing), (*column.texts, ""))


def _numbers(column: Column) -> Value:
    """Numbers of cells; those that spell none are missing, which is told elsewhere."""
    if isinstance(column, Numbers):
        if column.missing is None:
            return Value(column.values, np.zeros(len(column.values), np.uint8))
        values = np.where(column.missing, 0, column.values)
        return Value(values, _missing(column.missing))
    spelt = [0 if number is None else number for number in column.numbers]
    whole = all(isinstance(number, int) for number in spelt)
    values = np.array([*spelt, 0], np.int64 if whole else np.float64)
    none = np.append(np.asarray(column.kinds) == Kind.STRING, True)
    return Value(values[column.codes], _missing(none[column.codes]))


def _missing(missing: Array) -> Array:
    return np.where(missing, MISSING, KNOWN).astype(np.uint8)


def _unknown(values: Sequence[Value]) -> Array:
    return reduce(np.maximum, (value.unknown for value in values))


Operation = Callable[[Array, Array], Array]


def _arithmetic(operation: Operation) -> Apply:
    def apply(_: Call, sides: list[Value]) -> Value:
        one, other = (side.values for side in sides)
        with np.errstate(all="ignore"):
            return Value(_exact(operation, one, other), _unknown(sides))

    return apply


def _exact(operation: Operation, one: Array, other: Array) -> Array:
    """The result in integers where it fits them, else in floats."""
    floats = operation(one.astype(np.float64), other.astype(np.float64))
    if one.dtype.kind == other.dtype.kind == "i" and (np.abs(floats) < _EXACT).all():
        return operation(one, other)
    return floats


def _division(operation: Operation) -> Apply:
    def apply(_: Call, sides: list[Value]) -> Value:
        one, other = (side.values for side in sides)
        zero = other == 0
        safe = np.where(zero, 1, other)
        with np.errstate(all="ignore"):
            if operation is operator.truediv:
                values = one / safe
            else:
                values = _exact(operation, one, safe)
        undefined = np.where(zero, UNDEFINED, KNOWN).astype(np.uint8)
        return Value(values, np.maximum(_unknown(sides), undefined))

    return apply


def _power(_: Call, sides: list[Value]) -> Value:
    one, other = (side.values for side in sides)
    with np.errstate(all="ignore"):
        values = _exact(np.power, one, other)
    lost = np.isfinite(one) & ~np.isfinite(values)
    undefined = np.where(lost, UNDEFINED, KNOWN).astype(np.uint8)
    return Value(values, np.maximum(_unknown(sides), undefined))


def _comparison(compare: Callable[[Any, Any], Any]) -> Apply:
    def apply(call: Call, sides: list[Value]) -> Value:
        one, other = sides
        if one.texts is not None:
            return Value(_by_text(one, other, compare), _unknown(sides))
        left, right = one.values, other.values
        if call.single:
            with np.errstate(over="ignore"):
                left, right = left.astype(np.float32), right.astype(np.float32)
        return Value(np.asarray(compare(left, right)), _unknown(sides))

    return apply


def _by_text(one: Value, other: Value, answer: Callable[[str, str], Any]) -> Array:
    """The answer for each row, asked once for each two texts that meet."""
    left, right = one.texts or ("",), other.texts or ("",)
    if other.values.size == 1:
        text = right[int(other.values[0])]
        return np.array([bool(answer(each, text)) for each in left])[one.values]
    pairs = one.values * len(right) + other.values
    met, codes = np.unique(pairs, return_inverse=True)
    answers = [
        bool(answer(left[pair // len(right)], right[pair % len(right)]))
        for pair in met.tolist()
    ]
    return np.array(answers, bool)[codes.reshape(pairs.shape)]


def _asked(answer: Callable[[str, str], bool]) -> Apply:
    def apply(_: Call, sides: list[Value]) -> Value:
        return Value(_by_text(sides[0], sides[1], answer), _unknown(sides))

    return apply


def _changed(change: Callable[[str], str]) -> Apply:
    def apply(_: Call, sides: list[Value]) -> Value:
        (side,) = sides
        texts = tuple(change(text) for text in side.texts or ())
        return Value(side.values, side.unknown, texts)

    return apply


def _length(_: Call, sides: list[Value]) -> Value:
    (side,) = sides
    lengths = np.array([len(text) for text in side.texts or ()], np.int64)
    return Value(lengths[side.values], side.unknown)


def _logic(*, decisive: bool) -> Apply:
    """`and`, which one false decides, or `or`, which one true does."""

    def apply(_: Call, sides: list[Value]) -> Value:
        decided = reduce(
            np.logical_or,
            ((s.unknown == KNOWN) & (s.values == decisive) for s in sides),
        )
        unknown = np.where(decided, KNOWN, _unknown(sides)).astype(np.uint8)
        return Value(decided if decisive else ~decided, unknown)

    return apply


def _is_missing(_: Call, sides: list[Value]) -> Value:
    unknown = sides[0].unknown
    undefined = np.where(unknown == UNDEFINED, UNDEFINED, KNOWN).astype(np.uint8)
    return Value(unknown == MISSING, undefined)


def _one(operation: Callable[[Array], Array]) -> Apply:
    def apply(_: Call, sides: list[Value]) -> Value:
        return Value(np.asarray(operation(sides[0].values)), sides[0].unknown)

    return apply


def _safe(values: Array) -> Array:
    """The same, in floats if one has no opposite in 64 bits."""
    if values.dtype.kind == "i" and (values == -(2**63)).any():
        return values.astype(np.float64)
    return values


def _rounded(values: Array) -> Array:
    return values if values.dtype.kind == "i" else np.round(values)


def _folded(operation: Operation) -> Apply:
    def apply(_: Call, sides: list[Value]) -> Value:
        values = reduce(operation, (side.values for side in sides))
        return Value(values, _unknown(sides))

    return apply


Apply = Callable[[Call, list[Value]], Value]
_APPLY: dict[str, Apply] = {
    "+": _arithmetic(operator.add),
    "-": _arithmetic(operator.sub),
    "*": _arithmetic(operator.mul),
    "/": _division(operator.truediv),
    "//": _division(operator.floordiv),
    "%": _division(operator.mod),
    "**": _power,
    "==": _comparison(operator.eq),
    "!=": _comparison(operator.ne),
    "<": _comparison(operator.lt),
    "<=": _comparison(operator.le),
    ">": _comparison(operator.gt),
    ">=": _comparison(operator.ge),
    "and": _logic(decisive=False),
    "or": _logic(decisive=True),
    "not": _one(np.logical_not),
    "truth": _one(lambda values: values != 0),
    "number": _one(lambda values: values.astype(np.int64)),
    "negative": _one(lambda values: -_safe(values)),
    "abs": _one(lambda values: np.abs(_safe(values))),
    "round": _one(_rounded),
    "min": _folded(np.minimum),
    "max": _folded(np.maximum),
    "len": _length,
    "lower": _changed(str.lower),
    "upper": _changed(str.upper),
    "strip": _changed(str.strip),
    "startswith": _asked(str.startswith),
    "endswith": _asked(str.endswith),
    "contains": _asked(lambda text, part: part in text),
    "missing": _is_missing,
}
