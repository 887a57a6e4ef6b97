"""Schemas inferred from tables: TFDV's rules, and why."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.data import inference, schemafile, statistics, validation
from gate.data.comparisons import Controls
from gate.data.schema import (
    BoolDomain,
    Feature,
    IntDomain,
    Key,
    Presence,
    Type,
    ValueCount,
)
from gate.data.source import Source
from gate.errors import DataError
from tests.data.conftest import MakeSource


def infer(source: Source, **options: Any) -> inference.Inferred:
    return inference.infer(statistics.compute(source), **options)


def rendered(source: Source) -> str:
    inferred = infer(source)
    return schemafile.render(inferred.schema, inferred.comments)


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
    values = [f"v{i}" for i in range(101) for _ in "ab"]
    assert column(make_source, *values).domain is None
    assert column(make_source, *values[:200]).domain == "x"
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
    rows = "".join(
        f"{i},{'t' * (i > 8)},{i % 97},{i / 7:.3f},2021-03-{1 + i % 28:02},N{i}\n"
        for i in range(1_000)
    )
    text = rendered(make_source("id,t,n,x,day,name\n" + rows))
    for line in (
        "# Inferred from data.csv (1,000 rows) by `gate data infer`.",
        "key: [{feature: [id]}]  # 1,000 rows, no value twice",
        "int_domain: {min: 0, max: 9990}  # 0 to 999 seen; up to 10 times as much, "
        "nothing below 0",
        "presence: {min_count: 1}  # 0.9 % missing in 1,000 rows",
        "domain: t  # 1 distinct value in 991 rows",
        "int_domain: {min: 0, max: 128}  # 0 to 96 seen; 33 % of that range is left "
        "above, 0 % below",
        "# chance alone makes 0.0087 between two samples of 1,000 values",
        'time_domain: {string_format: "%Y-%m-%d"}  # all 1,000 texts have this format',
        "type: BYTES  # 1,000 distinct values, too many for a domain",
    ):
        assert line in text, text


def test_most_texts_that_occur_once_make_no_domain(make_source: MakeSource) -> None:
    names = [f"v{i}" for i in range(40)]
    assert column(make_source, *names).domain is None
    assert column(make_source, *names, like_tfdv=True).domain == "x"
    assert column(make_source, *names, *names).domain == "x"


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (["2020-02-29", "1999-12-31"], "%Y-%m-%d"),
        (["2020-02-30", "1999-12-31"], None),
        (["31/12/2020", "01/02/2020"], "%d/%m/%Y"),
        (["2020-01-01T10:00:00Z", "2020-01-01T10:00:00+0100"], "%Y-%m-%dT%H:%M:%S%z"),
        (["2020-01-01 10:00:00.5", "2020-01-01 10:00:00.25"], "%Y-%m-%d %H:%M:%S.%f"),
        (["Jan 2, 2020", "Dec 31, 1999"], "%b %d, %Y"),
        (["2020-01-01", "soon"], None),
    ],
)
def test_dates_are_a_time_domain_and_no_closed_set(
    make_source: MakeSource, values: list[str], form: str | None
) -> None:
    rows = "".join(json.dumps({"x": value}) + "\n" for value in values)
    source = make_source(rows, "x.jsonl")
    feature = infer(source).schema.feature[0]
    assert (feature.time_domain.string_format if feature.time_domain else None) == form
    assert (feature.domain is None) == bool(form)
    if form:
        assert all(datetime.strptime(value, form) for value in values)
    tfdv = infer(source, like_tfdv=True).schema.feature[0]
    assert tfdv.domain == "x" and tfdv.time_domain is None


def test_hours_are_a_time_of_day(make_source: MakeSource) -> None:
    domain = column(make_source, "10:30", "23:59").time_of_day_domain
    assert domain and domain.string_format == "%H:%M"


def test_dates_whose_day_may_be_the_month_get_no_format(
    make_source: MakeSource,
) -> None:
    feature = column(make_source, "01/02/2020", "03/04/2020")
    assert (feature.time_domain, feature.domain) == (None, None)
    text = rendered(make_source("x,y\n01/02/2020,1\n"))
    assert "the day may as well be the month" in text


@pytest.mark.parametrize(
    ("header", "values", "key"),
    [
        ("user_id", [f"{i * 7919 % 1009}" for i in range(50)], True),
        ("uuid", [f"{i:032x}" for i in range(50)], True),
        ("", [f"{i}" for i in range(1, 51)], True),
        ("n", [f"{i}" for i in range(50)], True),
        ("code", [f"A-{i}" for i in range(50)], True),
        ("population", [f"{i * 7919 % 1009}" for i in range(50)], False),
        ("name", [f"Jane {i}" for i in range(50)], False),
        ("id", [f"{i}.5" for i in range(50)], False),
        ("id", [f"{i}" for i in range(19)], False),
        ("id", [f"{i}" for i in range(49)] + ["0"], False),
        ("id", [f"{i}" for i in range(49)] + [""], False),
        ("id", ["long " * 20 + f"{i}" for i in range(50)], False),
    ],
)
def test_columns_that_tell_the_rows_apart_are_keys(
    make_source: MakeSource, header: str, values: list[str], key: bool
) -> None:
    source = make_source(f"{header},y\n" + "".join(f"{v},1\n" for v in values))
    keys = infer(source).schema.key
    assert keys == ((Key(feature=(header,)),) if key else ())
    assert infer(source, like_tfdv=True).schema.key == ()


def test_numbers_that_lack_only_marks_for_missing_are_told(
    make_source: MakeSource,
) -> None:
    rows = "".join(f"{i % 7 if i % 5 else 'NA'},1\n" for i in range(50))
    said = '10 cells are "NA": --na-value NA would make this an INT'
    assert said in rendered(make_source("x,y\n" + rows))
    assert said not in rendered(make_source("x,y\nmany,1\n" + rows))


def test_the_schema_like_tfdv_has_nothing_of_ours(make_source: MakeSource) -> None:
    rows = "".join(f"{i},{i / 3},2020-01-01\n" for i in range(2_000))
    source = make_source("id,x,day\n" + rows)
    schema = infer(source, like_tfdv=True).schema
    assert schema.key == ()
    for feature in schema.feature:
        assert not (feature.int_domain or feature.float_domain or feature.time_domain)
        assert feature.drift_comparator is None


def test_few_rows_suggest_no_drift_and_no_bounds(make_source: MakeSource) -> None:
    feature = column(make_source, *(str(i % 3) for i in range(9)))
    assert (feature.int_domain, feature.drift_comparator) == (None, None)
    feature = column(make_source, *(str(i % 3) for i in range(60)))
    assert feature.int_domain and feature.drift_comparator is None


def sample(seed: int, rows: int) -> str:
    """Columns of many distributions, the same for every seed."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "normal": rng.normal(50, 9, rows),
            "uniform": rng.random(rows),
            "exponential": rng.exponential(3, rows).round(3),
            "lognormal": rng.lognormal(0, 0.75, rows).round(4),
            "poisson": rng.poisson(4, rows),
            "rating": rng.integers(1, 6, rows),
            "flag": rng.integers(0, 2, rows),
            "plan": rng.choice(["free", "pro", "team"], rows, p=[0.6, 0.3, 0.1]),
            "day": [f"2021-0{1 + i % 9}-{1 + i % 28:02}" for i in range(rows)],
            "gaps": pd.Series(rng.normal(0, 1, rows)).where(rng.random(rows) > 0.1),
        }
    )
    return frame.to_csv(index_label="id")


@pytest.mark.parametrize("rows", [60, 1_000])
def test_another_sample_of_the_same_distribution_is_rarely_noisy(
    make_source: MakeSource, rows: int
) -> None:
    schema = infer(make_source(sample(0, rows), "0.csv")).schema
    previous = make_source(sample(0, rows), "0.csv")
    noisy: Counter[tuple[str, str]] = Counter()
    for seed in range(1, 21):
        report = validation.validate(
            make_source(sample(seed, rows), f"{seed}.csv"),
            schema,
            controls=Controls(previous=previous),
        )
        noisy.update((one.feature, one.type) for one in report.anomalies)
    assert sum(noisy.values()) <= 6, noisy  # of 20 samples of 11 columns


def corrupted(cells: list[list[str]], how: str) -> tuple[str, str]:
    """The table with one fault, and the column that must be named."""
    header = cells[0]
    column, value = {
        "typo": ("plan", "freee"),
        "range": ("poisson", "400"),
        "low": ("exponential", "-1"),
        "text": ("normal", "n/k"),
        "nan": ("uniform", "nan"),
        "key": ("id", cells[5][0]),
        "date": ("day", "2021-13-01"),
        "column": ("rating", ""),
    }[how]
    place = header.index(column)
    cells[9][place] = value
    if how == "column":
        cells = [row[:place] + row[place + 1 :] for row in cells]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(cells)
    return text.getvalue(), "" if how == "key" else column


@pytest.mark.parametrize(
    "how", ["typo", "range", "low", "text", "nan", "key", "date", "column"]
)
def test_what_is_corrupted_is_named(make_source: MakeSource, how: str) -> None:
    clean = sample(3, 300)
    schema = infer(make_source(clean)).schema
    assert validation.validate(make_source(clean), schema).anomalies == ()
    text, column = corrupted(list(csv.reader(io.StringIO(clean))), how)
    report = validation.validate(make_source(text), schema)
    assert {one.feature for one in report.anomalies} == {column}


def test_a_table_without_rows_tells_nothing(make_source: MakeSource) -> None:
    with pytest.raises(DataError, match="nothing to infer"):
        infer(make_source("a,b\n"))


_cell = st.one_of(
    st.text(alphabet="ab é\"\n'#:,01.", max_size=4),
    st.integers(-3, 2**64).map(str),
    st.floats(width=32).map(str),
    st.sampled_from(["true", "false", "NA", "null", "yes", "1e400", "-nan"]),
    st.dates().map(str),
    st.datetimes().map(str),
)


@given(
    st.lists(st.tuples(_cell, _cell, _cell), min_size=1, max_size=30),
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
