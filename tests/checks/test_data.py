"""Data: every anomaly on its lines, and never a file outside of the project."""

from __future__ import annotations

import gzip
import hashlib
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from gate import datareport
from gate.checks import data
from gate.checks.data import Dataset, infer_schema
from gate.data import schemafile
from gate.datasets import FeatureSkew
from gate.findings import Finding, Fix, Level, Result, Status
from gate.project import Project

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


def test_a_repeated_key_is_named(run_check: Run) -> None:
    schema = "key: [{feature: [plan]}]\n" + SCHEMA
    files = {"a.csv": GOOD + "pro,3\n", "a.schema.yaml": schema}
    result = run_check(data, files, datasets=datasets("a.csv"))
    told = [f.message for f in result.findings if f.rule.endswith("NOT_UNIQUE")]
    assert told == ["pro is not a unique plan (2 of 3 rows)"] * 2


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


COMPARED = """\
feature:
  - name: id
    type: INT
  - name: plan  # paid
    type: BYTES
    domain: plan
    drift_comparator: {infinity_norm: {threshold: 0.2}}
    skew_comparator: {infinity_norm: {threshold: 0.2}}
string_domain:
  - name: plan
    value:
      - free
      - pro
"""


def plans(*counts: int) -> str:
    """A table with so many rows of each plan."""
    names = [name for name, n in zip(("free", "pro"), counts) for _ in range(n)]
    return "id,plan\n" + "".join(f"{i},{name}\n" for i, name in enumerate(names))


def table(result: Result, title: str) -> list[tuple[object, ...]]:
    return [row for one in result.tables if one.title == title for row in one.rows]


def test_the_base_is_the_previous_dataset(run_check: Run) -> None:
    base = {"d/a.csv": plans(100, 100), "d/a.schema.yaml": COMPARED}
    now = {"d/a.csv": plans(160, 40) + "900,pro\n"}
    one = Dataset(path="d/a.csv", drift_from="base", key=("id",))
    result = run_check(data, {**base, **now}, base=base, datasets=(one,))
    assert [f.rule for f in result.findings] == ["data/COMPARATOR_L_INFTY_HIGH"]
    ((*names, value, threshold, _, outcome),) = table(result, "Drift and skew")
    assert names == ["d/a.csv", "plan", "drift", "infinity_norm"]
    assert value == pytest.approx(160 / 201 - 0.5)
    assert (threshold, outcome) == (0.2, "above")
    assert result.metrics["data.drift.max"] == value
    changes = {row[1:3]: row[3:] for row in table(result, "Changes of the data")}
    assert changes[None, "rows"] == ("200", "201")
    assert changes[None, "rows added"] == ("", "1")
    assert changes[None, "rows changed"] == ("", "60")
    assert changes["plan", "cells changed"] == ("", "60")
    assert (None, "rows removed") not in changes
    assert changes["id", "max"] == ("199", "900")
    assert result.metrics["data.rows.changed"] == 60
    first = table(result, "Cells that changed")[0]
    assert first == ("d/a.csv", 102, "100", "plan", "pro", "free")
    ((*_, before),) = table(result, "Datasets")
    assert str(before).startswith("the base, ")


def test_the_first_line_of_an_anomaly_tells_how_to_accept_it(run_check: Run) -> None:
    rare_first = plans(3, 3) + "6,prO\n7,team\n8,team\n"
    one = Dataset(path="a.csv")
    files = {"a.csv": rare_first, "a.schema.yaml": COMPARED}
    found = run_check(data, files, datasets=(one,)).findings
    commands = {finding.line: finding.fix and finding.fix.command for finding in found}
    command = "gate data accept a.schema.yaml plan --value team --value prO"
    assert commands == {8: command, 9: "", 10: ""}


@pytest.mark.parametrize(("now", "changed"), [(plans(101, 99), 1), ("plan\nfree\n", 0)])
def test_rows_are_identified_by_the_key_of_the_schema(
    run_check: Run, now: str, changed: int
) -> None:
    schema = "key:\n  - feature: [id]\n" + COMPARED
    base = {"a.csv": plans(100, 100), "a.schema.yaml": schema}
    one = Dataset(path="a.csv", drift_from="base")
    result = run_check(data, {**base, "a.csv": now}, base=base, datasets=(one,))
    assert result.metrics.get("data.rows.changed") == changed


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ({"b.csv": plans(1, 1)}, "nothing: the base has no a.csv"),
        ({"a.csv": b"id,plan\n1\n"}, "nothing: at the base, 1 field where the header"),
        ({"a.csv": b""}, "nothing: at the base, empty"),
        (None, "nothing: there is no base"),
        ({"a.csv": plans(2, 2)}, "the base, "),
    ],
    ids=["no file", "ragged", "empty", "no base", "the same"],
)
def test_without_a_dataset_at_the_base_nothing_is_compared(
    run_check: Run, base: dict[str, str | bytes] | None, said: str
) -> None:
    files = {"a.csv": plans(2, 2), "a.schema.yaml": COMPARED}
    one = Dataset(path="a.csv", drift_from="base")
    result = run_check(data, files, base=base, datasets=(one,))
    assert result.status is Status.PASSED
    assert table(result, "Changes of the data") == []
    assert str(table(result, "Datasets")[0][-1]).startswith(said)


def test_data_that_git_lfs_keeps_is_read_where_it_was_fetched(
    make_project: Callable[..., Project],
) -> None:
    old = plans(3, 3).encode()
    oid = hashlib.sha256(old).hexdigest()
    pointer = (
        "version https://git-lfs.github.com/spec/v1\n"
        f"oid sha256:{oid}\nsize {len(old)}\n"
    )
    base = {"a.csv": pointer, "a.schema.yaml": COMPARED}
    project = make_project({**base, "a.csv": plans(3, 4)}, base=base)
    options = data.Options(datasets=(Dataset(path="a.csv", drift_from="base"),))
    (row,) = table(data.run(project, options), "Datasets")
    assert "Git LFS pointer" in str(row[-1])
    kept = project.root / ".git" / "lfs" / "objects" / oid[:2] / oid[2:4] / oid
    kept.parent.mkdir(parents=True)
    kept.write_bytes(old)
    shutil.rmtree(project.scratch / "base-data")
    result = data.run(project, options)
    assert (None, "rows added", "", "1") in [
        row[1:] for row in table(result, "Changes of the data")
    ]


def test_a_pattern_is_one_dataset_at_the_base_too(run_check: Run) -> None:
    base = {"d/1.csv": plans(3, 0), "d/2.csv": plans(0, 3), "d/s.yaml": COMPARED}
    now = {"d/2.csv": plans(0, 2) + "9,team\n", "d/3.csv": plans(1, 0)}
    one = Dataset(path="d/*.csv", schema="d/s.yaml", drift_from="base")
    result = run_check(data, {**base, **now}, base=base, datasets=(one,))
    assert [(f.path, f.line) for f in result.findings if f.line] == [("d/2.csv", 4)]
    changes = {row[1:3]: row[3:] for row in table(result, "Changes of the data")}
    assert changes[None, "rows"] == ("6", "7")


def test_skew_is_measured_against_a_path(run_check: Run) -> None:
    files = {
        "a.csv": plans(10, 10),
        "serving.csv": plans(10, 9),
        "a.schema.yaml": COMPARED,
    }
    one = Dataset(path="a.csv", skew_against="serving.csv")
    result = run_check(data, files, datasets=(one,))
    assert result.status is Status.PASSED
    (row,) = table(result, "Drift and skew")
    assert (row[2], row[-1]) == ("skew", "held")


@pytest.mark.parametrize(
    ("threshold", "rules"),
    [(0.05, ["data/FEATURE_SKEW_HIGH"]), (0.1, [])],
    ids=["above", "held"],
)
def test_rows_are_compared_with_those_of_another_dataset(
    run_check: Run, threshold: float, rules: list[str]
) -> None:
    files = {"a.csv": plans(5, 5), "b.csv": plans(4, 6), "a.schema.yaml": COMPARED}
    skew = FeatureSkew(against="b.csv", id=("id",), threshold=threshold)
    one = Dataset(path="a.csv", feature_skew=skew)
    result = run_check(data, files, datasets=(one,))
    assert [finding.rule for finding in result.findings] == rules
    compared = table(result, "Rows compared by their identifiers")
    assert compared == [("a.csv", "plan", 10, 1)]


def test_severities_are_the_users(run_check: Run) -> None:
    files = {"a.csv": BAD + "pro,130\n", "a.schema.yaml": SCHEMA}
    severities = {
        "ENUM_TYPE_UNEXPECTED_STRING_VALUES": "off",
        "plan:FEATURE_TYPE_LOW_FRACTION_PRESENT": "warning",
        "age:INT_TYPE_BIG_INT": "warning",
    }
    one = Dataset(path="a.csv", severities=severities)  # type: ignore[arg-type]
    result = run_check(data, files, datasets=(one,))
    assert result.status is Status.PASSED
    assert {f.level for f in result.findings} == {Level.WARNING}
    assert result.summary == "2 warnings in 1 dataset (5 rows)"
    assert result.metrics["data.anomalies"] == 0
    assert result.metrics["data.warnings"] == 2


def test_slices_are_judged_as_well(run_check: Run) -> None:
    schema = (
        "feature:\n  - {name: plan, type: BYTES}\n"
        "  - {name: age, type: INT, presence: {min_fraction: 0.6}}\n"
    )
    files = {"a.csv": "plan,age\nfree,\npro,1\npro,2\n", "a.schema.yaml": schema}
    one = Dataset(path="a.csv", slice_by=("plan",))
    result = run_check(data, files, datasets=(one,))
    assert result.status is Status.FAILED
    assert all("plan_free" in finding.message for finding in result.findings)


def test_a_severity_of_no_anomaly_is_a_slip(run_check: Run) -> None:
    files = {"a.csv": GOOD, "a.schema.yaml": SCHEMA}
    one = Dataset(path="a.csv", severities={"plan:ENUM_TYPE": "off"})
    result = run_check(data, files, datasets=(one,))
    assert result.status is Status.ERROR
    assert "ENUM_TYPE" in result.summary


def test_each_anomaly_has_the_command_and_the_patch_that_accept_it(
    run_check: Run,
) -> None:
    files = {"d/a.csv": "id,plan\n1,team\n2,team\n", "d/a.schema.yaml": COMPARED}
    result = run_check(data, files, datasets=datasets("d/a.csv"))
    first, second = (finding.fix for finding in result.findings)
    assert first is not None and second is not None
    assert first.command == "gate data accept d/a.schema.yaml plan --value team"
    assert first.patch.splitlines()[:2] == [
        "--- a/d/a.schema.yaml",
        "+++ b/d/a.schema.yaml",
    ]
    changed = [line for line in first.patch.splitlines()[2:] if line[0] in "+-"]
    assert changed == ["+      - team"]
    assert (second.command, second.patch) == ("", "")


def test_no_anomaly_hides_another(run_check: Run) -> None:
    names = [f"c{i}" for i in range(40)]
    schema = "feature:\n" + "".join(
        f"  - {{name: {name}, type: INT, int_domain: {{max: 0}}}}\n" for name in names
    )
    rows = "".join(",".join([str(i)] * 40) + "\n" for i in range(1, 60))
    files = {"a.csv": f"{','.join(names)}\n{rows}", "a.schema.yaml": schema}
    result = run_check(data, files, datasets=datasets("a.csv"))
    told = Counter(f.message.split("`")[1] for f in result.findings)
    assert set(told) == set(names)
    assert len(result.findings) == datareport.LINES_OF_DATASET
    assert result.found == 40 * 59
