"""Rules across columns: what they can say, and that nothing else is let in."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.data.changes import drop, put
from gate.data.columns import Batch, Column, Numbers, coded
from gate.data.evaluation import broken
from gate.data.expressions import Sort, Wrong, read
from tests.data.conftest import Validate

SORTS = {
    **dict.fromkeys(["a", "b", "f", "odd name"], Sort.NUMBER),
    **dict.fromkeys(["s", "t"], Sort.TEXT),
}
INTEGERS = st.integers(-5, 5) | st.sampled_from([2**53 + 1, -(2**63), 2**63 - 1])
FLOATS = st.sampled_from([0.0, -1.5, 2.25, 1e30, math.inf, -math.inf, math.nan])
TEXTS = st.text("abAB é", min_size=1, max_size=3)
ROWS = st.lists(st.tuples(INTEGERS, INTEGERS, FLOATS, TEXTS, TEXTS), min_size=1)


def schema(expression: str, more: str = "") -> str:
    return f"""\
rule:
  - {{name: fair, expression: '{expression}'{more}}}
feature:
  - {{name: fare, type: FLOAT}}
  - {{name: trip miles, type: INT}}
  - {{name: plan, type: BYTES}}
"""


def batch(rows: list[tuple[Any, ...]]) -> Batch:
    columns: dict[str, Column] = {}
    for name, cells in zip("abfst", zip(*rows, strict=True), strict=True):
        if name in "st":
            texts = sorted(set(cells))
            codes = np.array([texts.index(cell) for cell in cells])
            columns[name] = coded(codes, texts)
        else:
            kind = np.float64 if name == "f" else np.int64
            columns[name] = Numbers(np.array(cells, kind))
    return Batch(1, len(rows), columns, lambda places: places)


def _two(left: st.SearchStrategy[str], words: list[str]) -> st.SearchStrategy[str]:
    return st.builds("({} {} {})".format, left, st.sampled_from(words), left)


NUMBERS = st.recursive(
    st.sampled_from(["a", "b", "f", "3", "0.5", "2", "len(s)"]),
    lambda part: _two(part, ["+", "-", "/", "//", "%"])
    | st.builds("min({}, {})".format, part, part)
    | st.builds("-{}".format, part)
    | st.builds("abs({})".format, part)
    | st.builds("({} ** 2)".format, st.sampled_from(["3", "len(t)"])),
    max_leaves=5,
)
WORDS = st.sampled_from(["s", "t", "lower(s)", "upper(t)", '"a"', "'A b'"])
TRUTHS = st.recursive(
    _two(NUMBERS, ["<", "<=", "==", "!=", ">", ">="])
    | _two(WORDS, ["<", "==", ">=", "!=", "in", "not in"])
    | st.builds("{} in [{}, 1]".format, NUMBERS, NUMBERS)
    | st.builds("{} < {} <= {}".format, NUMBERS, NUMBERS, NUMBERS)
    | st.builds("startswith({}, {})".format, WORDS, WORDS),
    lambda part: _two(part, ["and", "or"]) | st.builds("(not {})".format, part),
    max_leaves=4,
)


def _least(one: float, other: float) -> float:
    return next((n for n in (one, other) if n != n), min(one, other))


PLAIN = {
    "__builtins__": {"len": len, "abs": abs, "min": _least},
    "lower": str.lower,
    "upper": str.upper,
    "startswith": str.startswith,
}


@settings(max_examples=300, deadline=None)
@given(TRUTHS, ROWS)
def test_the_answers_are_those_of_python_row_by_row(
    text: str, rows: list[tuple[Any, ...]]
) -> None:
    expression = read(text, SORTS, frozenset())
    found, judged = broken(expression, batch(rows))
    assert judged == len(rows)
    for i, row in enumerate(rows):
        small = all(isinstance(c, str) or not abs(c) > 100 for c in row)
        # Python's `in` takes a NaN for itself, which nothing else does.
        if not small or ("in [" in text and row[2] != row[2]):
            continue
        try:
            expected = bool(eval(text, PLAIN, dict(zip("abfst", row, strict=True))))
        except ZeroDivisionError:
            continue
        assert (i not in found) == expected, (text, row)


@settings(max_examples=500, deadline=None)
@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            "a b s f 1 2.5 'x' ( ) [ ] + - * / ** % < == and or not in missing min , "
            ". ` lambda : import __class__ if else { } 9e999 None True is \n".split(" ")
        ),
        max_size=15,
    ).map(" ".join)
)
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    try:
        expression = read(text, SORTS, frozenset())
    except Wrong as wrong:
        assert 1 <= wrong.place <= max(2, len(text) + 2)
    else:
        broken(expression, batch([(1, 0, 0.5, "a", "b"), (0, 3, math.nan, "", "é")]))


@pytest.mark.parametrize(
    ("text", "what", "place"),
    [
        ("a <", "invalid syntax", 4),
        ("a + 'x' < 1", "this is a text, not a number", 5),
        ("s < 1", "this is a number, not a text", 5),
        ("  a < nope", "no feature `nope`", 7),
        ("`odd name` < `no`", "no feature `no`", 14),
        ("é == 1", "no feature `é`", 1),
        ("a.real == 1", "no part of an expression", 1),
        ("a[0] == 1", "no part of an expression", 1),
        ("(lambda: 1)() == 1", "no such function", 2),
        ("__import__('os') == 1", "no such function", 1),
        ("a is None", "missing(x)", 6),
        ("a ** b > 1", "an exponent", 6),
        ("a ** 99 > 1", "an exponent", 6),
        ("9" * 30 + " > a", "more than 64 bits", 1),
        ("len(s, t) > 1", "len takes 1 values", 1),
        ("s", "this is a text, not true or false", 1),
        ("a in []", "an empty list", 6),
        ("(" * 300 + "a" + ")" * 300, "", 1),
        ("-" * 1_500 + "a > 1", "", 1),
        ("a > 1 or " * 500 + "a > 1", "over 2,000 characters", 2_000),
        ("f'{a}' == 'x'", "no part of an expression", 1),
        ("b'x' == s", "no number and no text", 1),
        ("a\0 > 1", "", 1),
        ("[a for a in s] == 1", "no part", 1),
        ("(a := 1) > 1", "no part", 1),
        ("a @ b > 1", "no such operator", 1),
        ("~a > 1", "no such operator", 1),
    ],
    ids=range(27),
)
def test_a_slip_names_its_place(text: str, what: str, place: int) -> None:
    with pytest.raises(Wrong) as caught:
        read(text, SORTS, frozenset())
    assert what in caught.value.what
    if what:
        assert abs(caught.value.place - place) <= 1


def test_a_rule_that_holds_is_quiet(validate: Validate) -> None:
    rule = schema('fare >= 2 * `trip miles` or plan == "free"')
    table = "fare,trip miles,plan\n10,5,pro\n1,9,free\n"
    assert validate(table, rule).anomalies == ()


def test_broken_rows_are_told_with_what_they_hold(validate: Validate) -> None:
    table = "fare,trip miles,plan\n10,5,pro\n1.5,9,pro\n3,1,pro\n1.5,9,pro\n,9,pro\n"
    (found,) = validate(table, schema("fare >= 2 * `trip miles`")).anomalies
    assert (found.feature, found.type, found.count) == ("", "RULE_BROKEN", 2)
    assert [(e.value, e.rows, e.lines) for e in found.examples] == [
        ("fare=1.5, trip miles=9", (2, 4), (3, 5))
    ]
    assert "the rule fair is broken in 2 of 4 rows" in found.description
    assert found.changes == (put("rule[0].min_fraction", 0.5),)


def test_a_share_of_the_rows_may_break_a_rule(validate: Validate) -> None:
    table = "fare,trip miles,plan\n" + "1,0,x\n" * 9 + "0,1,x\n"
    rule = schema("fare > `trip miles`", ", min_fraction: 0.9")
    assert validate(table, rule).anomalies == ()
    (found,) = validate(table + "0,1,x\n", rule).anomalies
    assert (found.count, found.changes[0].value) == (2, 0.8181)
    (found,) = validate("fare,trip miles,plan\n0,1,x\n", rule).anomalies
    assert found.changes == (drop("rule[0]"),)


@pytest.mark.parametrize(
    ("expression", "rows", "lines"),
    [
        # Missing: not judged, unless the answer does not depend on it.
        ("fare > 1", ["0,,", ",1,a"], [2]),
        ("fare > 1 or plan == \"a\"", [",1,a", ",1,b", "0,1,"], []),
        ("fare > 1 and plan == \"a\"", [",1,b", ",1,a", "2,1,"], [2]),
        ("missing(fare) == missing(plan)", [",1,", ",1,a", "1,1,a"], [3]),
        ("not missing(fare)", [",1,a", "1,1,"], [2]),
        # Undefined: broken, unless the answer does not depend on it.
        ("fare / `trip miles` < 9", ["1,0,a", "1,1,a", "1,,a"], [2]),
        ("`trip miles` == 0 or fare / `trip miles` < 9", ["1,0,a", "99,1,a"], [3]),
        ("fare ** 0.5 >= 0", ["-1,1,a", "4,1,a"], [2]),
        # Floats are compared as they are kept: in 32 bits.
        ("fare <= 60.1", ["60.1,1,a", "60.2,1,a"], [3]),
        ("fare == 0.1", ["0.1,1,a"], []),
        # Integers are exact.
        ("`trip miles` != 9007199254740993", ["1,9007199254740993,a"], [2]),
        ("`trip miles` + 1 > `trip miles`", ["1,2305843009213693951,a"], []),
        ("abs(`trip miles`) > 0", ["1,-9223372036854775808,a"], []),
        # Texts.
        ("len(strip(plan)) == 2", ["1,1,ab", "1,1,abc"], [3]),
        ("\"b\" in plan and plan not in [\"b\", \"bc\"]", ["1,1,ab", "1,1,b"], [3]),
        ("1 < fare <= 3 < `trip miles`", ["2,4,a", "2,3,a"], [3]),
        ("plan", [], None),
        ("fare > nope", [], None),
    ],
)  # fmt: skip
def test_what_rules_say(
    validate: Validate, expression: str, rows: list[str], lines: list[int] | None
) -> None:
    table = "fare,trip miles,plan\n" + "\n".join(rows or ["1,1,a"]) + "\n"
    report = validate(table, schema(expression))
    if lines is None:
        (found,) = report.anomalies
        assert found.type == "INVALID_SCHEMA_SPECIFICATION"
        assert "cannot be read at character" in found.description
        assert found.changes == (drop("rule[0]"),)
        return
    told = [line for a in report.anomalies for e in a.examples for line in e.lines]
    assert sorted(told) == lines


def test_cells_that_are_no_numbers_are_not_judged(validate: Validate) -> None:
    report = validate("fare,trip miles,plan\nx,1,a\n1,1,a\n", schema("fare > 0"))
    assert [a.type for a in report.anomalies] == ["UNEXPECTED_DATA_TYPE"]
