"""Anomalies: what is found, where, and what stays quiet."""

from __future__ import annotations

import numpy as np
import pytest

from gate.data import offences, schemafile, validation
from gate.data.anomalies import Anomaly, Report
from gate.errors import ConfigError, DataError
from tests.data.conftest import MakeSource, Validate

PLAN = """\
feature:
  - name: plan
    type: BYTES
    presence: {min_fraction: 1.0, min_count: 1}
    domain: plan
  - name: age
    type: INT
    presence: {min_count: 1}
    int_domain: {min: 0, max: 120}
string_domain:
  - name: plan
    value: [free, pro]
"""


def one(report: Report) -> Anomaly:
    (anomaly,) = report.anomalies
    return anomaly


def types(report: Report) -> list[tuple[str, str]]:
    return [(anomaly.feature, anomaly.type) for anomaly in report.anomalies]


def feature(body: str) -> str:
    """A schema of the column x; y may be there too."""
    return f"feature:\n  - name: x\n    {body}\n  - name: y\n    type: INT\n"


def test_a_table_that_fits_has_no_anomalies(validate: Validate) -> None:
    report = validate("plan,age\nfree,1\npro,\n", PLAN)
    assert report.anomalies == ()
    assert report.num_examples == 2


def test_an_unknown_text_is_told_with_its_rows_and_lines(validate: Validate) -> None:
    report = validate('plan,age\nfree,1\n"te\nam",2\nteam,3\npro,4\nteam,5\n', PLAN)
    found = one(report)
    assert (found.feature, found.type) == ("plan", "ENUM_TYPE_UNEXPECTED_STRING_VALUES")
    assert (found.count, found.fraction) == (3, 0.6)
    assert [(e.value, e.count, e.rows, e.lines) for e in found.examples] == [
        ("team", 2, (3, 5), (5, 7)),
        ("te\nam", 1, (2,), (3,)),
    ]
    assert found.description == "team (~40%), 'te\\nam' (~20%) are not in the domain"
    assert "add `team`, `'te\\nam'` to the `string_domain` plan" in found.advice


def test_numbers_out_of_range_are_told_the_worst_first(validate: Validate) -> None:
    rows = "\n".join(f"free,{age}" for age in (5, 121, 130, -1, 121, 120, 0))
    low, high = validate(f"plan,age\n{rows}\n", PLAN).anomalies
    assert (low.type, low.count) == ("INT_TYPE_SMALL_INT", 1)
    assert high.type == "INT_TYPE_BIG_INT"
    assert [(e.value, e.rows) for e in high.examples] == [
        ("130", (3,)),
        ("121", (2, 5)),
    ]
    assert high.advice == "set `int_domain.max` to 130"


def test_a_cell_that_is_no_number_is_an_anomaly_at_its_line(validate: Validate) -> None:
    found = one(validate("plan,age\nfree,1\nfree,abc\nfree,2.5\nfree,3\n", PLAN))
    assert found.type == "UNEXPECTED_DATA_TYPE"
    assert [(e.value, e.lines) for e in found.examples] == [
        ("2.5", (4,)),
        ("abc", (3,)),
    ]
    assert "got BYTES" in found.description


def test_a_whole_number_is_fine_where_a_float_is_expected(validate: Validate) -> None:
    schema = feature("type: FLOAT")
    assert validate("x\n1\n2\n", schema).anomalies == ()
    found = one(validate("x\n1\n2\n", schema, types="inferred"))
    assert found.type == "UNEXPECTED_DATA_TYPE"


def test_types_of_the_columns_themselves_are_judged_as_tfdv_does(
    validate: Validate,
) -> None:
    text = feature("type: BYTES\n    string_domain: {value: [a]}")
    assert types(validate("x\n1\n2\n", text, types="inferred")) == [
        ("x", "UNEXPECTED_DATA_TYPE")
    ]
    assert types(validate("x\n1\n2\n", text)) == [
        ("x", "ENUM_TYPE_UNEXPECTED_STRING_VALUES")
    ]
    whole = feature("type: INT\n    int_domain: {max: 3}")
    assert types(validate("x\n1\ny\n9\n", whole, types="inferred")) == [
        ("x", "UNEXPECTED_DATA_TYPE"),
        ("x", "INT_TYPE_NOT_INT_STRING"),
    ]
    assert types(validate("x\n1\ny\n9\n", whole)) == [
        ("x", "UNEXPECTED_DATA_TYPE"),
        ("x", "INT_TYPE_BIG_INT"),
    ]


def test_columns_that_are_gone_new_or_empty_are_told(validate: Validate) -> None:
    assert types(validate("age,b\n1,2\n", PLAN)) == [
        ("plan", "SCHEMA_MISSING_COLUMN"),
        ("b", "SCHEMA_NEW_COLUMN"),
    ]
    assert types(validate("plan,age\nfree,\npro,\n", PLAN)) == [
        ("age", "FEATURE_TYPE_NOT_PRESENT")
    ]


def test_missing_cells_are_told_with_their_lines(validate: Validate) -> None:
    found = one(validate("plan,age\nfree,1\n,2\npro,3\n,4\n", PLAN))
    assert found.type == "FEATURE_TYPE_LOW_FRACTION_PRESENT"
    assert found.examples[0].lines == (3, 5)
    assert "no value in 2 of 4 rows (~50%)" in found.description
    assert found.advice == "set `presence.min_fraction` to 0.5"


@pytest.mark.parametrize(
    ("body", "table", "expected"),
    [
        ("presence: {min_count: 3}", "x\n1\n2\n", ["FEATURE_TYPE_LOW_NUMBER_PRESENT"]),
        ("presence: {min_count: 2}", "x\n1\n2\n", []),
        ("presence: {min_fraction: 0.5}", "x,y\n1,1\n,1\n", []),
        ("shape: {dim: [{size: 1}]}", "x,y\n1,1\n,1\n", ["INVALID_FEATURE_SHAPE"]),
        ("shape: {dim: [{size: 2}]}", "x\n1\n", ["INVALID_FEATURE_SHAPE"]),
        ("shape: {}", "x\n1\n", []),
        ("value_count: {min: 2}", "x\n1\n", ["FEATURE_TYPE_LOW_NUMBER_VALUES"]),
        ("bool_domain: {}", "x\n0\n1\n", []),
        ("bool_domain: {}", "x\n0\n2\n-1\n", ["BOOL_TYPE_SMALL_INT"]),
        ("bool_domain: {}", "x\n0\n2\n", ["BOOL_TYPE_BIG_INT"]),
        ("int_domain: {min: 9007199254740993}", "x\n9007199254740993\n", []),
        (
            "int_domain: {min: 9007199254740993}",
            "x\n9007199254740992\n",
            ["INT_TYPE_SMALL_INT"],
        ),
        ("float_domain: {min: 1}", "x\n1\n", ["DOMAIN_INVALID_FOR_TYPE"]),
        ("domain: gone", "x\n1\n", ["DOMAIN_INVALID_FOR_TYPE"]),
        (
            "distribution_constraints: {min_domain_mass: 0.5}",
            "x\n1\n",
            ["INVALID_SCHEMA_SPECIFICATION"],
        ),
        ("presence: {min_fraction: 2.0}", "x\n1\n", ["INVALID_SCHEMA_SPECIFICATION"]),
        ("lifecycle_stage: DEPRECATED", "x\nabc\n", []),
        ("deprecated: true", "y\n1\n", []),
    ],
)
def test_rules_of_an_integer(
    validate: Validate, body: str, table: str, expected: list[str]
) -> None:
    report = validate(table, feature(f"type: INT\n    {body}"))
    assert [kind for _, kind in types(report)] == expected


@pytest.mark.parametrize(
    ("body", "table", "expected"),
    [
        ("float_domain: {max: 60.1}", "x\n60.1\n60.1000001\n", []),
        ("float_domain: {max: 60.1}", "x\n60.2\n", ["FLOAT_TYPE_BIG_FLOAT"]),
        ("float_domain: {min: 0.0}", "x\n-0.5\n", ["FLOAT_TYPE_SMALL_FLOAT"]),
        ("float_domain: {min: 0.0}", "x\n-1\n2.5\n", ["FLOAT_TYPE_SMALL_FLOAT"]),
        ("float_domain: {min: 0.0}", "x\nnan\n1.5\n", []),
        ("float_domain: {disallow_nan: true}", "x\nnan\n1.5\n", ["FLOAT_TYPE_HAS_NAN"]),
        ("float_domain: {disallow_inf: true}", "x\n1e39\n", ["FLOAT_TYPE_HAS_INF"]),
        ("float_domain: {disallow_inf: true}", "x\n1e38\n", []),
        ("bool_domain: {}", "x\n0.0\n1\n", []),
        ("bool_domain: {}", "x\n0.5\n1.0\n", ["BOOL_TYPE_UNEXPECTED_FLOAT"]),
        ("float_domain: {disallow_inf: true}", "x\n1\ninf\n", ["FLOAT_TYPE_HAS_INF"]),
        ("presence: {}", "x\nabc\n1.5\n", ["UNEXPECTED_DATA_TYPE"]),
    ],
)
def test_rules_of_a_float(
    validate: Validate, body: str, table: str, expected: list[str]
) -> None:
    report = validate(table, feature(f"type: FLOAT\n    {body}"))
    assert [kind for _, kind in types(report)] == expected


@pytest.mark.parametrize(
    ("body", "table", "expected"),
    [
        ("bool_domain: {true_value: t, false_value: f}", "x\nt\nf\n", []),
        ("bool_domain: {true_value: t}", "x\nT\n", ["BOOL_TYPE_UNEXPECTED_STRING"]),
        ("int_domain: {max: 5}", "x\n3\n007\n", ["INT_TYPE_BIG_INT"]),
        ("int_domain: {max: 5}", "x\n3\n1.5\n9\n", ["INT_TYPE_NOT_INT_STRING"]),
        ("float_domain: {max: 5.0}", "x\n3\n7.5\n", ["FLOAT_TYPE_BIG_FLOAT"]),
        ("float_domain: {}", "x\n3\nabc\n", ["FLOAT_TYPE_STRING_NOT_FLOAT"]),
        ("float_domain: {disallow_inf: true}", "x\ninf\n", []),
        ("domain: gone", "x\na\n", ["INVALID_DOMAIN_SPECIFICATION"]),
        ("value_count: {min: -1}", "x\na\n", ["INVALID_SCHEMA_SPECIFICATION"]),
        ("string_domain: {value: ['007']}", "x\n007\n", []),
    ],
)
def test_rules_of_a_text(
    validate: Validate, body: str, table: str, expected: list[str]
) -> None:
    report = validate(table, feature(f"type: BYTES\n    {body}"))
    assert [kind for _, kind in types(report)] == expected


def test_a_feature_without_a_type_is_told(validate: Validate) -> None:
    assert types(validate("x\n1\n", feature("presence: {}"))) == [
        ("x", "FEATURE_MISSING_TYPE")
    ]


@pytest.mark.parametrize(
    ("mass", "off", "fires"),
    [
        (0.9, 1, False),
        (0.91, 1, True),
        (0.8, 2, False),
        (0.7, 3, False),
        (1.0, 1, True),
    ],
)
def test_a_share_of_exactly_the_mass_passes(
    validate: Validate, mass: float, off: int, fires: bool
) -> None:
    body = (
        "type: BYTES\n    string_domain: {value: [a]}\n"
        f"    distribution_constraints: {{min_domain_mass: {mass}}}"
    )
    rows = ["b"] * off + ["a"] * (10 - off)
    assert bool(validate("x\n" + "\n".join(rows), feature(body)).anomalies) is fires


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ("{min_examples_count: 3}", ["DATASET_LOW_NUM_EXAMPLES"]),
        ("{min_examples_count: 2, max_examples_count: 2}", []),
        ("{max_examples_count: 1}", ["DATASET_HIGH_NUM_EXAMPLES"]),
    ],
)
def test_rows_are_counted(validate: Validate, limits: str, expected: list[str]) -> None:
    schema = f"dataset_constraints: {limits}\n{feature('type: INT')}"
    report = validate("x\n1\n2\n", schema)
    assert types(report) == [("", kind) for kind in expected]


def test_a_table_without_rows_is_an_anomaly(validate: Validate) -> None:
    assert types(validate("plan,age\n", PLAN)) == [("", "DATASET_LOW_NUM_EXAMPLES")]


ENVIRONMENTS = """\
default_environment: [TRAINING, SERVING]
feature:
  - name: x
    type: INT
    presence: {min_count: 1}
  - name: label
    type: INT
    presence: {min_count: 1}
    not_in_environment: [SERVING]
"""


def test_a_column_belongs_to_environments(validate: Validate) -> None:
    assert validate("x\n1\n", ENVIRONMENTS, environment="SERVING").anomalies == ()
    assert types(validate("x\n1\n", ENVIRONMENTS, environment="TRAINING")) == [
        ("label", "SCHEMA_MISSING_COLUMN")
    ]
    found = one(validate("x,label\n1,1\n", ENVIRONMENTS, environment="SERVING"))
    assert (found.type, found.short) == (
        "SCHEMA_NEW_COLUMN",
        "Column missing in environment",
    )


def test_an_environment_that_the_schema_lacks_is_told(validate: Validate) -> None:
    with pytest.raises(ConfigError) as caught:
        validate("x\n1\n", ENVIRONMENTS, environment="SERVNG")
    assert "did you mean `SERVING`?" in caught.value.hint


def test_offences_are_counted_exactly_and_kept_within_bounds(
    validate: Validate,
) -> None:
    rows = "\n".join(f"v{i % 5_000},{i}" for i in range(50_000))
    enum, big = validate(f"plan,age\n{rows}\n", PLAN).anomalies
    assert (enum.count, big.count) == (50_000, 50_000 - 121)
    assert len(enum.examples) == len(big.examples) == 20
    assert big.examples[0].value == "49999"
    assert "and over" in enum.description
    assert all(len(e.rows) <= offences.MAX_ROWS for e in enum.examples)


def test_rows_and_lines_are_right_through_many_blocks(validate: Validate) -> None:
    rows = [f"free,{i % 100}" if i % 3 else f'"pro",{i % 100}' for i in range(60_000)]
    rows[45_000] = '"bad\none",7'
    rows[59_999] = "worse,7"
    first, second = one(validate("plan,age\n" + "\n".join(rows), PLAN)).examples
    assert (first.value, first.rows, first.lines) == ("bad\none", (45_001,), (45_002,))
    assert (second.value, second.rows, second.lines) == ("worse", (60_000,), (60_002,))


def test_a_column_that_comes_and_goes_in_json_lines_is_missing(
    validate: Validate,
) -> None:
    lines = [
        '{"plan": "free", "age": 1}',
        "",
        '{"age": 2}',
        '{"plan": null, "age": "x"}',
    ]
    found = validate("\n".join(lines), PLAN, name="x.jsonl").anomalies
    assert [(a.type, a.examples[0].lines) for a in found] == [
        ("FEATURE_TYPE_LOW_FRACTION_PRESENT", (3, 4)),
        ("UNEXPECTED_DATA_TYPE", (4,)),
    ]


def test_a_stretch_of_missing_cells_has_no_type(validate: Validate) -> None:
    rows = ["1,1"] * 10 + ["1,"] * 200_000 + ["1,2"]
    report = validate("y,x\n" + "\n".join(rows), feature("type: INT"), types="inferred")
    assert report.anomalies == ()


def test_na_values_count_as_missing(validate: Validate) -> None:
    report = validate("plan,age\nfree,NA\npro,3\n", PLAN, na_values=("NA",))
    assert report.anomalies == ()


def test_a_table_that_cannot_be_read_raises(make_source: MakeSource) -> None:
    with pytest.raises(DataError):
        validation.validate(make_source("a,b\n1\n"), schemafile.parse(PLAN))


def test_progress_tells_rows_and_bytes(make_source: MakeSource) -> None:
    source, seen = make_source("plan,age\n" + "free,1\n" * 100_000), []
    validation.validate(
        source, schemafile.parse(PLAN), progress=lambda *step: seen.append(step)
    )
    assert np.sum(seen, axis=0).tolist() == [100_000, 700_000]


@pytest.mark.parametrize(
    ("schema", "hint"),
    [
        ("default_environment: [TRAINING]\n", "did you mean `TRAINING`?"),
        ("feature: [{name: a, in_environment: [TRAININ]}]\n", "add it: `default_env"),
        ("feature: [{name: a}]\n", "it names none"),
    ],
)
def test_an_environment_that_is_none_of_the_schemas_is_refused(
    make_source: MakeSource, schema: str, hint: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        validation.validate(
            make_source("a\n1\n"), schemafile.parse(schema), environment="TRAININ"
        )
    assert hint in caught.value.hint
