"""Data: every anomaly on its lines, and never a file outside of the project."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from gate import datareport
from gate.checks import data
from gate.checks.data import Dataset, infer_schema
from gate.data import schemafile
from gate.findings import Finding, Fix, Result, Status

Run = Callable[..., Result]

SCHEMA = """\
feature:
  - name: plan
    type: BYTES
    presence: {min_fraction: 1.0}
    domain: plan
  - name: age
    type: INT
    int_domain: {max: 120}
string_domain:
  - name: plan
    value: [free, pro]
"""
GOOD = "plan,age\nfree,1\npro,2\n"
BAD = "plan,age\nfree,1\nteam,2\n,121\nteam,4\n"


def datasets(*paths: str, **settings: str) -> tuple[Dataset, ...]:
    return tuple(Dataset(path=path, **settings) for path in paths)


def test_no_datasets_is_skipped_with_the_reason(run_check: Run) -> None:
    result = run_check(data, {})
    assert result.status is Status.SKIPPED
    assert "gate.yaml names no data" in result.summary


@pytest.mark.parametrize(
    ("files", "settings"),
    [
        ({"d/a.csv": GOOD, "d/a.schema.yaml": SCHEMA}, {"path": "d/a.csv"}),
        ({"a.v2.csv": GOOD, "a.schema.yaml": SCHEMA}, {"path": "a.v2.csv"}),
        (
            {
                "a.csv.gz": gzip.compress(GOOD.encode(), mtime=0),
                "a.schema.yaml": SCHEMA,
            },
            {"path": "a.csv.gz"},
        ),
        (
            {"a.csv": GOOD, "s/x.yaml": SCHEMA},
            {"path": "a.csv", "schema": "s/x.yaml"},
        ),
        (
            {"a.txt": GOOD.replace(",", ";"), "a.schema.yaml": SCHEMA},
            {"path": "a.txt", "delimiter": ";"},
        ),
        (
            {"a.csv": GOOD.encode("utf-16"), "a.schema.yaml": SCHEMA},
            {"path": "a.csv", "encoding": "utf-16"},
        ),
        (
            {"a.csv": GOOD + "pro,?\n", "a.schema.yaml": SCHEMA},
            {"path": "a.csv", "na_values": ("?",)},
        ),
    ],
)
def test_data_that_fits_its_schema_passes(
    run_check: Run, files: dict[str, str | bytes], settings: dict[str, str]
) -> None:
    result = run_check(data, files, datasets=(Dataset(**settings),))
    assert (result.status, result.findings) == (Status.PASSED, ())
    assert result.summary.startswith("no anomalies in 1 dataset")
    assert result.metrics["data.anomalies"] == 0
    assert result.metrics["data.rows"] >= 2


def test_anomalies_are_findings_on_their_lines(run_check: Run) -> None:
    files = {
        "a.csv": BAD,
        "a.schema.yaml": SCHEMA,
        "b.csv": GOOD,
        "b.schema.yaml": SCHEMA,
    }
    result = run_check(data, files, datasets=datasets("a.csv", "b.csv"))
    assert result.status is Status.FAILED
    assert result.summary == "3 anomalies in 1 of 2 datasets (6 rows)"
    assert [(f.rule, f.path, f.line) for f in result.findings] == [
        ("data/FEATURE_TYPE_LOW_FRACTION_PRESENT", "a.csv", 4),
        ("data/ENUM_TYPE_UNEXPECTED_STRING_VALUES", "a.csv", 3),
        ("data/ENUM_TYPE_UNEXPECTED_STRING_VALUES", "a.csv", 5),
        ("data/INT_TYPE_BIG_INT", "a.csv", 4),
    ]
    message = "`plan` is team, not in the domain (2 of 4 rows)"
    assert result.findings[1].message == message
    fix = result.findings[1].fix
    assert fix is not None and "in a.schema.yaml: add `team`" in fix.text
    assert result.found == 4
    assert result.metrics == {
        "data.anomalies": 3,
        "data.rows": 6,
        "data.datasets": 2,
    }
    anomalies, sets = result.tables
    assert anomalies.important and len(anomalies.rows) == 3
    assert sets.rows[0] == ("a.csv", "a.csv", "a.schema.yaml", 4, 3)
    assert result.advice


@pytest.mark.parametrize("presence", ["min_fraction: 0.9", "min_count: 3"])
def test_too_many_missing_cells_are_one_finding(run_check: Run, presence: str) -> None:
    files = {
        "a.csv": "x,y\n1,1\n,1\n2,1\n,1\n,1\n",
        "a.schema.yaml": "feature:\n"
        "  - {name: x, type: INT, presence: {%s}}\n  - {name: y, type: INT}\n"
        % presence,
    }
    result = run_check(data, files, datasets=datasets("a.csv"))
    (finding,) = result.findings
    assert (finding.path, finding.line, result.found) == ("a.csv", 3, 1)
    assert finding.rule.endswith("_PRESENT")


def test_many_faults_are_capped_and_counted(run_check: Run) -> None:
    rows = "".join(f"v{i},{i}\n" for i in range(10_000))
    files = {"a.csv": f"plan,age\n{rows}", "a.schema.yaml": SCHEMA}
    result = run_check(data, files, datasets=datasets("a.csv"))
    assert len(result.findings) == 2 * datareport.LINES
    assert result.found == 10_000 + 9_879


def test_columns_and_rows_that_are_amiss_have_places_too(run_check: Run) -> None:
    files = {
        "a.csv": "age,new\n1,1\n",
        "a.schema.yaml": "dataset_constraints: {min_examples_count: 5}\n" + SCHEMA,
    }
    result = run_check(data, files, datasets=datasets("a.csv"))
    assert [(f.rule, f.line) for f in result.findings] == [
        ("data/DATASET_LOW_NUM_EXAMPLES", None),
        ("data/SCHEMA_MISSING_COLUMN", 1),
        ("data/SCHEMA_NEW_COLUMN", 1),
    ]


def test_what_is_wrong_with_the_schema_points_at_the_schema(run_check: Run) -> None:
    schema = SCHEMA.replace("domain: plan", "domain: gone")
    files = {"a.csv": GOOD, "a.schema.yaml": schema}
    (finding,) = run_check(data, files, datasets=datasets("a.csv")).findings
    assert finding.path == "a.schema.yaml"


def test_what_cannot_be_read_is_an_error_and_the_rest_is_judged(run_check: Run) -> None:
    files = {"a.csv": "plan,age\nfree\n", "b.csv": GOOD, "s.yaml": SCHEMA}
    both = datasets("a.csv", "b.csv", schema="s.yaml")
    result = run_check(data, files, datasets=both)
    assert result.status is Status.ERROR
    (finding,) = result.findings
    assert (finding.rule, finding.path, finding.line) == ("data/unreadable", "a.csv", 2)
    assert "cannot judge a.csv: 1 field where the header has 2" in result.summary
    assert result.metrics["data.rows"] == 2


def test_an_anomaly_outweighs_what_cannot_be_read(run_check: Run) -> None:
    files = {"a.csv": BAD, "s.yaml": SCHEMA}
    both = datasets("gone.csv", "a.csv", schema="s.yaml")
    result = run_check(data, files, datasets=both)
    assert result.status is Status.FAILED
    assert "3 anomalies in 1 of 2 datasets" in result.summary
    assert "cannot judge gone.csv: no such file" in result.summary


def test_data_that_is_not_there_is_told_before_its_schema(run_check: Run) -> None:
    (finding,) = run_check(data, {}, datasets=datasets("gone.csv")).findings
    assert (finding.path, finding.message) == ("gone.csv", "no such file")


def test_data_without_a_schema_says_how_to_infer_one(run_check: Run) -> None:
    result = run_check(data, {"d/a b.csv": GOOD}, datasets=datasets("d/a b.csv"))
    assert result.status is Status.ERROR
    command = "gate data infer 'd/a b.csv' --output 'd/a b.schema.yaml'"
    assert result.findings == (
        Finding(
            rule="data/no-schema",
            message="there is no schema for this data",
            path="d/a b.csv",
            fix=Fix(command=command),
        ),
    )


def test_every_slip_of_a_schema_is_a_finding_at_its_line(run_check: Run) -> None:
    files = {"a.csv": GOOD, "a.schema.yaml": "feature:\n  - name: 1\n    typ: INT\n"}
    result = run_check(data, files, datasets=datasets("a.csv"))
    assert [(f.path, f.line) for f in result.findings] == [
        ("a.schema.yaml", 2),
        ("a.schema.yaml", 3),
    ]
    assert result.found == 2


OUTSIDE = ["../a.csv", "d/../../a.csv", "/etc/passwd", "..", "..\\a.csv", "a\0.csv"]


@pytest.mark.parametrize(
    ("key", "path"),
    [(key, path) for key in ("path", "schema") for path in OUTSIDE] + [("path", "")],
)
def test_a_path_that_leaves_the_project_is_refused(
    run_check: Run, key: str, path: str
) -> None:
    settings = {"path": "a.csv", "schema": "s.yaml"} | {key: path}
    files = {"a.csv": GOOD, "s.yaml": SCHEMA}
    result = run_check(data, files, datasets=(Dataset(**settings),))
    assert result.status is Status.ERROR
    assert "project" in result.findings[0].message or "no path" in result.summary


def test_a_link_out_of_the_project_is_refused(
    make_project: Callable[..., object], tmp_path: Path
) -> None:
    (tmp_path / "secret.csv").write_text(BAD)
    project = make_project({"s.yaml": SCHEMA})
    try:
        (tmp_path / "project" / "a.csv").symlink_to(tmp_path / "secret.csv")
    except OSError:
        pytest.skip("no links here")
    options = data.Options(datasets=datasets("a.csv", schema="s.yaml"))
    result = data.run(project, options)  # type: ignore[arg-type]
    assert result.status is Status.ERROR
    assert "leads out of the project" in result.summary


def test_an_inferred_schema_fits_the_data(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(GOOD)
    text = infer_schema(tmp_path / "a.csv")
    assert [feature.name for feature in schemafile.parse(text).feature] == [
        "plan",
        "age",
    ]
