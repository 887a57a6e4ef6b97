"""Tables against other tables: which anomaly fires, how severe it is, what is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gate.data import schemafile, statistics, validation
from gate.data.anomalies import Anomaly, Report
from gate.data.comparisons import Controls
from gate.errors import ConfigError, DataError
from tests.data.conftest import MakeSource

SCHEMA = """\
feature:
  - {{name: plan, type: BYTES, drift_comparator: {{{drift}}}}}
  - {{name: age, type: INT, skew_comparator: {{{skew}}}}}
"""
DRIFT = "infinity_norm: {threshold: 0.05}"
SKEW = "jensen_shannon_divergence: {threshold: 0.05}"

Against = Callable[..., Report]


def schema(drift: str = DRIFT, skew: str = SKEW, more: str = "") -> str:
    return SCHEMA.format(drift=drift, skew=skew) + more


def rows(*groups: tuple[str, int, int]) -> str:
    """So many rows of each plan, with ages from so much on."""
    lines = [f"{p},{age + i % 10}" for p, count, age in groups for i in range(count)]
    return "\n".join(["plan,age", *lines, ""])


@pytest.fixture
def against(make_source: MakeSource) -> Against:
    """A table judged beside other ones."""

    def run(content: str, wanted: str, **options: object) -> Report:
        controls = {
            name: make_source(str(options.pop(name)), name=f"{name}.csv")
            for name in ("previous", "serving", "version")
            if name in options
        }
        return validation.validate(
            make_source(content),
            schemafile.parse(wanted),
            controls=Controls(**controls),
            **options,  # type: ignore[arg-type]
        )

    return run


def only(report: Report) -> Anomaly:
    (found,) = report.anomalies
    return found


def types(report: Report) -> set[tuple[str, str]]:
    return {(one.feature, one.type) for one in report.anomalies}


def test_drift_is_measured_from_the_previous_data(against: Against) -> None:
    ours = rows(("free", 600, 20), ("pro", 300, 20), ("team", 100, 20))
    theirs = rows(("free", 300, 20), ("pro", 500, 20), ("team", 200, 20))
    report = against(ours, schema("infinity_norm: {threshold: 0.1}"), previous=theirs)
    found = only(report)
    assert (found.feature, found.type) == ("plan", "COMPARATOR_L_INFTY_HIGH")
    assert found.short == "High Linfty distance between current and previous"
    assert found.description == (
        "the L-infinity distance from the previous data is 0.3, above 0.1: "
        "free is 60% of the values, 30% of the previous"
    )
    assert found.severity == "error"
    (change,) = found.changes
    assert (change.key, change.value) == (
        "drift_comparator.infinity_norm.threshold",
        0.3,
    )
    (measured,) = report.drift_skew
    assert (measured.comparison, measured.metric) == ("drift", "infinity_norm")
    assert measured.value == pytest.approx(0.3)


def test_what_holds_is_measured_too(against: Against) -> None:
    same = rows(("free", 500, 20), ("pro", 500, 30))
    report = against(same, schema(), previous=same, serving=same)
    assert not report.anomalies
    assert [(one.feature, one.comparison, one.value) for one in report.drift_skew] == [
        ("plan", "drift", 0.0),
        ("age", "skew", 0.0),
    ]


def test_a_distance_of_exactly_the_threshold_holds(against: Against) -> None:
    ours, theirs = rows(("a", 3, 1), ("b", 1, 1)), rows(("a", 2, 1), ("b", 2, 1))
    report = against(ours, schema("infinity_norm: {threshold: 0.25}"), previous=theirs)
    assert not report.anomalies


def test_skew_is_measured_from_the_serving_data(against: Against) -> None:
    ours, theirs = rows(("free", 500, 20)), rows(("free", 500, 90))
    found = only(against(ours, schema(), serving=theirs))
    assert found.type == "COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH"
    assert found.short.endswith("between training and serving")
    assert "median" in found.description


def test_what_may_be_chance_is_a_warning_and_says_how_many_rows_it_takes(
    against: Against,
) -> None:
    ours, theirs = rows(("a", 20, 1), ("b", 20, 1)), rows(("a", 30, 1), ("b", 25, 1))
    report = against(ours, schema("infinity_norm: {threshold: 0.01}"), previous=theirs)
    found, (measured,) = only(report), report.drift_skew
    assert found.severity == "warning"
    assert measured.noise is not None and measured.value < measured.noise
    assert f"about {measured.needed:,} on each side" in found.description
    assert "With 40 and 55 values a distance of up to 0.2" in found.description


def test_without_other_data_nothing_is_compared(against: Against) -> None:
    ours = rows(("free", 10, 20))
    for report in (
        against(ours, schema()),
        against(ours, schema(), previous="plan,age\n", serving="plan,age\n"),
    ):
        assert not report.anomalies and not report.drift_skew


def test_a_column_that_the_other_data_lacks_is_told(against: Against) -> None:
    found = only(against(rows(("free", 10, 20)), schema(), previous="age\n3\n"))
    assert (found.feature, found.type) == ("plan", "COMPARATOR_CONTROL_DATA_MISSING")
    assert found.short == "previous data missing"
    assert [change.key for change in found.changes] == ["drift_comparator"]


def test_a_column_without_values_is_as_far_as_can_be(against: Against) -> None:
    ours, theirs = "plan,age\na,1\na,2\nb,3\n", "plan,age\n,1\n,2\n"
    (measured,) = against(ours, schema(), previous=theirs).drift_skew
    assert measured.value == pytest.approx(2 / 3)
    # The other way round TFDV compares nothing.
    assert not against(theirs, schema(), previous=ours).drift_skew


def test_texts_and_numbers_have_no_divergence(against: Against) -> None:
    wanted = schema(SKEW)
    report = against(
        "plan,age\n1,1\n", wanted, previous="plan,age\nx,1\n", types="inferred"
    )
    assert not report.drift_skew


def test_a_metric_of_texts_on_numbers_is_a_slip_of_the_schema(
    against: Against,
) -> None:
    ours = rows(("free", 10, 20))
    for metric in ("infinity_norm", "normalized_abs_difference"):
        wanted = schema(skew=f"{metric}: {{threshold: 0.1}}")
        report = against(ours, wanted, serving=rows(("free", 10, 90)))
        found = only(report)
        assert (found.feature, found.type) == ("age", "INVALID_SCHEMA_SPECIFICATION")
        assert "jensen_shannon_divergence" in found.advice
        assert not report.drift_skew


def test_integers_that_are_categories_are_compared_as_texts(against: Against) -> None:
    wanted = """\
feature:
  - name: x
    type: INT
    int_domain: {is_categorical: true}
    drift_comparator: {infinity_norm: {threshold: 0.1}}
"""
    ours, theirs = "x\n" + "1\n2\n" * 200, "x\n" + "2\n3\n" * 200
    found = only(against(ours, wanted, previous=theirs))
    assert found.type == "COMPARATOR_L_INFTY_HIGH"
    # TFDV counts them as numbers unless it is given the schema.
    report = against(ours, wanted, previous=theirs, types="inferred")
    assert not report.anomalies and not report.drift_skew


def test_features_that_are_not_live_are_not_compared(against: Against) -> None:
    wanted = schema().replace("type: BYTES", "type: BYTES, lifecycle_stage: ALPHA")
    report = against(rows(("a", 9, 1)), wanted, previous=rows(("b", 9, 1)))
    assert not report.anomalies and not report.drift_skew


QUANTILES = "jensen_shannon_divergence: {threshold: 0.05, source: {type: QUANTILES}}"


def test_the_histogram_of_quantiles_is_compared_where_it_is_asked_for(
    against: Against,
) -> None:
    # Nine of ten values are small, and a few are far away.
    ours = rows(("a", 900, 0), ("a", 100, 5_000))
    theirs = rows(("a", 900, 20), ("a", 100, 5_000))
    standard = against(ours, schema(), serving=theirs)
    quantiles = against(ours, schema(skew=QUANTILES), serving=theirs)
    assert not standard.anomalies and only(quantiles).feature == "age"


LIMITS = "dataset_constraints: {{{key}: {{{bounds}}}}}\n"
BOUNDS = "min_fraction_threshold: 0.5, max_fraction_threshold: 2.0"


@pytest.mark.parametrize(
    ("key", "control", "words"),
    [
        ("num_examples_drift_comparator", "previous", "previous span"),
        ("num_examples_version_comparator", "version", "previous version"),
    ],
)
@pytest.mark.parametrize(
    ("count", "expected"),
    [(50, set()), (49, {"LOW"}), (200, set()), (201, {"HIGH"})],
)
def test_the_number_of_rows_is_compared(
    against: Against,
    key: str,
    control: str,
    words: str,
    count: int,
    expected: set[str],
) -> None:
    wanted = schema(more=LIMITS.format(key=key, bounds=BOUNDS))
    others = {control: rows(("a", 100, 1))}
    report = against(rows(("a", count, 1)), wanted, **others)
    found = [one for one in report.anomalies if "EXAMPLES" in one.type]
    assert {one.type for one in found} == {
        f"COMPARATOR_{word}_NUM_EXAMPLES" for word in expected
    }
    for one in found:
        assert one.feature == "" and words in one.short
        (change,) = one.changes
        assert change.key.startswith(f"dataset_constraints.{key}.")
        assert change.value == pytest.approx(count / 100)


def test_statistics_that_are_known_serve_as_well(
    make_source: MakeSource, against: Against
) -> None:
    ours, theirs = rows(("a", 300, 1)), rows(("b", 300, 1))
    wanted = schemafile.parse(schema())
    known = statistics.compute(make_source(theirs, name="b.csv"), wanted.kinds())
    report = validation.validate(
        make_source(ours), wanted, controls=Controls(previous=known)
    )
    assert report.drift_skew == against(ours, schema(), previous=theirs).drift_skew


def test_data_that_cannot_be_compared_with_is_named(against: Against) -> None:
    with pytest.raises(DataError) as caught:
        against(rows(("a", 1, 1)), schema(), previous="plan,age\na\n")
    assert caught.value.path == "previous.csv"


SLICED = """\
feature:
  - {name: plan, type: BYTES}
  - name: age
    type: INT
    presence: {min_count: 1}
    int_domain: {max: 50}
    drift_comparator: {jensen_shannon_divergence: {threshold: 0.3}}
dataset_constraints: {min_examples_count: 500}
"""


def test_each_slice_is_judged_and_its_rows_are_those_of_the_table(
    against: Against,
) -> None:
    ours = rows(("a", 10, 1), ("b", 1, 99))
    report = against(ours, SLICED, slice_by=["plan"])
    assert types(report) == {
        ("", "DATASET_LOW_NUM_EXAMPLES"),
        ("slice(All Examples)::age", "INT_TYPE_BIG_INT"),
        ("slice(plan_b)::age", "INT_TYPE_BIG_INT"),
    }
    for one in report.anomalies[1:]:
        assert one.examples[0].rows == (11,) and one.examples[0].lines == (12,)
        assert one.column == "age"


def test_a_slice_is_compared_with_that_of_the_same_name(against: Against) -> None:
    ours = rows(("a", 300, 1), ("b", 300, 20))
    theirs = rows(("a", 300, 20), ("b", 300, 20))
    report = against(ours, SLICED, previous=theirs, slice_by=["plan"])
    drifted = [one for one in report.anomalies if one.type.startswith("COMPARATOR")]
    assert "slice(plan_a)::age" in {one.feature for one in drifted}
    assert "slice(plan_b)::age" not in {one.feature for one in drifted}
    measured = {one.feature: one.noise for one in report.drift_skew}
    assert set(measured) == {
        "slice(All Examples)::age",
        "slice(plan_a)::age",
        "slice(plan_b)::age",
    }
    assert measured["slice(All Examples)::age"] is not None
    assert measured["slice(plan_a)::age"] is not None


def test_a_slice_that_only_one_side_has_is_told(against: Against) -> None:
    ours, theirs = rows(("new", 600, 1)), rows(("old", 600, 1))
    report = against(ours, SLICED, previous=theirs, slice_by=["plan"])
    assert types(report) == {
        ("slice(plan_new)::age", "COMPARATOR_CONTROL_DATA_MISSING"),
        ("slice(plan_old)::age", "SCHEMA_MISSING_COLUMN"),
    }


def test_a_slice_has_the_types_of_the_whole_table(against: Against) -> None:
    ours = "plan,age\na,1\na,2\nb,x\n"
    report = against(ours, SLICED, slice_by=["plan"], types="inferred")
    wrong = {f for f, kind in types(report) if kind == "UNEXPECTED_DATA_TYPE"}
    assert wrong == {
        "slice(All Examples)::age",
        "slice(plan_a)::age",
        "slice(plan_b)::age",
    }


def test_severities_are_given_to_types_and_to_features(against: Against) -> None:
    ours = "plan,age,more\na,99,1\n"
    wanted = SLICED.replace("min_examples_count: 500", "min_examples_count: 1")

    def severities(**given: str) -> dict[str, str]:
        keys = {key.replace("__", ":"): value for key, value in given.items()}
        report = against(ours, wanted, severities=keys)
        return {one.feature: one.severity for one in report.anomalies}

    assert severities() == {"age": "error", "more": "error"}
    assert severities(SCHEMA_NEW_COLUMN="warning") == {
        "age": "error",
        "more": "warning",
    }
    assert severities(SCHEMA_NEW_COLUMN="off") == {"age": "error"}
    assert severities(SCHEMA_NEW_COLUMN="off", more__SCHEMA_NEW_COLUMN="error") == {
        "age": "error",
        "more": "error",
    }


@pytest.mark.parametrize(
    "severities",
    [{"SCHEMA_NEW_COLUM": "off"}, {"SCHEMA_NEW_COLUMN": "of"}, {"age:": "off"}],
    ids=["type", "level", "no type"],
)
def test_a_severity_that_says_nothing_is_refused(
    against: Against, severities: dict[str, str]
) -> None:
    with pytest.raises(ConfigError):
        against("plan,age\na,1\n", schema(), severities=severities)


def test_slices_that_would_be_too_much_to_judge_are_refused(
    against: Against,
) -> None:
    header = ",".join(["plan", *(f"c{i}" for i in range(1_000))])
    lines = [f"{i}" + ",1" * 1_000 for i in range(60)]
    with pytest.raises(DataError, match="slices by plan"):
        against("\n".join([header, *lines, ""]), SLICED, slice_by=["plan"])


def test_a_column_to_slice_by_that_is_not_there_is_told(against: Against) -> None:
    with pytest.raises(DataError, match="no column `plans`"):
        against(rows(("a", 1, 1)), SLICED, slice_by=["plans"])
