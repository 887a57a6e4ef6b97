"""Schemas inferred from tables: TFDV's rules, and why."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.data import inference, schemafile, statistics, validation
from gate.data.schema import BoolDomain, Feature, IntDomain, Presence, Type, ValueCount
from gate.data.source import Source
from gate.errors import DataError
from tests.data.conftest import MakeSource


def infer(source: Source, **options: Any) -> inference.Inferred:
    return inference.infer(statistics.compute(source), **options)


def column(make_source: MakeSource, *values: str, **options: Any) -> Feature:
    text = "x,y\n" + "".join(f"{value},1\n" for value in values)
    return infer(make_source(text), **options).schema.feature[0]


def test_a_column_with_gaps_is_required_once_and_has_a_count(
    make_source: MakeSource,
) -> None:
    assert column(make_source, "5", "") == Feature(
        name="x",
        type=Type.INT,
        presence=Presence(min_count=1),
        value_count=ValueCount(min=1, max=1),
    )


def test_an_empty_column_is_text_that_may_be_absent(make_source: MakeSource) -> None:
    assert column(make_source, "", "") == Feature(
        name="x", type=Type.BYTES, presence=Presence(min_count=0)
    )


@pytest.mark.parametrize(
    ("values", "domain"),
    [
        (("0", "1"), BoolDomain()),
        (("1", "1"), BoolDomain()),
        (("0", "0"), None),
        (("0.0", "1.0"), None),
        (("-1", "1"), None),
        (("true", "false"), BoolDomain(true_value="true", false_value="false")),
        (("true",), BoolDomain(true_value="true")),
        (("CLEAR",), BoolDomain(false_value="CLEAR")),
        (("true", "TRUE"), None),
        (("True", "False"), None),
        (("yes", "no"), None),
    ],
)
def test_booleans_are_recognized(
    make_source: MakeSource, values: tuple[str, ...], domain: BoolDomain | None
) -> None:
    assert column(make_source, *values).bool_domain == domain


def test_domains_have_a_largest_size(make_source: MakeSource) -> None:
    values = [f"v{i}" for i in range(101)]
    assert column(make_source, *values).domain is None
    assert column(make_source, *values[:100]).domain == "x"
    assert column(make_source, *values, max_domain=101).domain == "x"


def test_prose_gets_no_domain_unless_it_must_be_like_tfdv(
    make_source: MakeSource,
) -> None:
    prose = "word " * 50
    assert column(make_source, prose, "short").domain is None
    assert column(make_source, prose, "short", like_tfdv=True).domain == "x"


def test_strings_of_json_that_spell_integers_get_an_integer_domain(
    make_source: MakeSource,
) -> None:
    source = make_source('{"x": "12"}\n{"x": "007"}\n', "x.jsonl")
    assert infer(source).schema.feature[0].int_domain == IntDomain()


def test_every_constraint_that_needs_it_says_why(make_source: MakeSource) -> None:
    rows = "".join(f"{i},{'' if i < 9 else 't'}\n" for i in range(1_000))
    inferred = infer(make_source("n,t\n" + rows))
    text = schemafile.render(inferred.schema, inferred.comments)
    assert "type: INT  # 0 to 999" in text
    assert "presence: {min_count: 1}  # 0.9 % missing in 1,000 rows" in text
    assert text.startswith("# Inferred from data.csv (1,000 rows)")


def test_a_table_without_rows_tells_nothing(make_source: MakeSource) -> None:
    with pytest.raises(DataError, match="nothing to infer"):
        infer(make_source("a,b\n"))


_cell = st.one_of(
    st.text(alphabet="ab é\"\n'#:,01.", max_size=4),
    st.integers(-3, 2**64).map(str),
    st.floats(width=32).map(str),
    st.sampled_from(["true", "false", "NA", "null", "yes", "1e400", "-nan"]),
)


@given(
    st.lists(st.tuples(_cell, _cell, _cell), min_size=1, max_size=15),
    st.sampled_from(["schema", "inferred"]),
)
def test_a_table_fits_the_schema_inferred_from_it(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, ...]],
    types: validation.Types,
) -> None:
    path: Path = tmp_path_factory.getbasetemp() / "fits.csv"
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("a", "b: #", "ä"), *rows])
    path.write_text(text.getvalue(), "utf-8", newline="")
    inferred = infer(Source(path=path))
    written = schemafile.render(inferred.schema, inferred.comments)
    schema = schemafile.parse(written)
    assert schema == inferred.schema
    report = validation.validate(Source(path=path), schema, types=types)
    assert report.anomalies == ()
