"""A schema that accepts a table: as TFDV's `update_schema`, and anomaly by anomaly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gate.data import edits, schemafile, update, validation
from gate.data.anomalies import Report
from gate.data.schema import Schema
from gate.data.source import Source
from tests.data.conftest import MakeSource
from tests.data.test_schemafile import schemas
from tests.data.test_tfdv import CASES, cases


@pytest.mark.parametrize("folder", cases("update_schema"))
def test_the_schema_is_updated_as_by_tfdv(folder: Path) -> None:
    case = json.loads((folder / "case.json").read_text("utf-8"))
    found, _ = updated(folder / "new.csv", schemafile.read(folder / "schema.yaml"))
    assert found == schemafile.read(folder / "updated.yaml"), case["note"]


def updated(
    path: Path, schema: Schema, max_domain: int = 100, **options: Any
) -> tuple[Schema, Report]:
    """The updated schema, and what it says of the same table."""
    options = {"types": "inferred", **options}
    source = Source(path=path)
    report = validation.validate(source, schema, statistics=True, **options)
    new = update.update(schema, report, max_domain=max_domain)
    return new, validation.validate(source, new, **options)


def test_a_new_column_is_inferred_without_a_shape(make_source: MakeSource) -> None:
    source = make_source("a,b,c\n1,x,0.5\n2,y,\n")
    schema = schemafile.parse(
        "feature:\n  - name: a\n    type: INT\n"
        "string_domain:\n  - name: b\n    value: [z]\n"
    )
    found, report = updated(source.path, schema)
    assert schemafile.render(found) == """\
feature:
  - name: a
    type: INT
  - name: b
    type: BYTES
    presence: {min_fraction: 1.0, min_count: 1}
    value_count: {min: 1, max: 1}
    domain: b2
  - name: c
    type: FLOAT
    presence: {min_count: 1}
    value_count: {min: 1, max: 1}

string_domain:
  - name: b
    value:
      - z
  - name: b2
    value:
      - x
      - "y"
"""
    assert report.anomalies == ()


def test_a_domain_that_grows_too_large_is_dropped(make_source: MakeSource) -> None:
    source = make_source("a\n" + "".join(f"v{i}\n" for i in range(300)))
    text = "feature:\n  - {name: a, type: BYTES, string_domain: {value: [x]}}\n"
    schema = schemafile.parse(text)
    found, report = updated(source.path, schema)
    assert (found.feature[0].string_domain, report.anomalies) == (None, ())
    found, report = updated(source.path, schema, max_domain=301)
    assert len(found.texts(found.feature[0]) or ()) == 301
    assert report.anomalies == ()


def test_a_column_of_another_type_is_deprecated(make_source: MakeSource) -> None:
    source = make_source("a\n1.5\n")
    schema = schemafile.parse("feature:\n  - {name: a, type: INT}\n")
    found, report = updated(source.path, schema)
    assert (found.feature[0].live, report.anomalies) == (False, ())


def mended(source: Source, schema: Schema, **options: Any) -> Schema:
    """The schema after the changes of all anomalies, until none has any."""
    for _ in range(4):
        report = validation.validate(source, schema, **options)
        if not any(anomaly.changes for anomaly in report.anomalies):
            break
        schema = edits.apply_all(
            schema, [(one.feature, one.changes) for one in report.anomalies]
        )
    return schema


def test_all_keys_that_do_not_hold_are_dropped(make_source: MakeSource) -> None:
    source = make_source("a,b,c\n1,1,1\n1,1,2\n")
    schema = schemafile.parse(
        "key: [{feature: [a]}, {feature: [c]}, {feature: [b]}, {feature: [a, x]}]\n"
        "feature: [{name: a, type: INT}, {name: b, type: INT}, {name: c, type: INT}]\n"
    )
    after = mended(source, schema)
    assert [key.feature for key in after.key] == [("c",)]
    found, report = updated(source.path, schema)
    assert (found.key, report.anomalies) == (after.key, ())


# What no change accepts: a feature has no name to find it by, or two have the same one.
BEYOND = {
    "FEATURE_MISSING_NAME",
    "DATASET_LOW_NUM_EXAMPLES",
    "SPARSE_FEATURE_NAME_COLLISION",
    "WEIGHTED_FEATURE_NAME_COLLISION",
}


@pytest.mark.parametrize("folder", cases("validation"))
def test_the_changes_of_all_anomalies_make_tfdvs_tables_clean(folder: Path) -> None:
    case = json.loads((folder / "case.json").read_text("utf-8"))
    how = {"types": case["types"], "environment": case["environment"]}
    source = Source(path=folder / "eval.csv")
    before = schemafile.read(next(folder.glob("schema.*")))
    after = mended(source, before, **how)
    report = validation.validate(source, after, **how)
    assert {one.type for one in report.anomalies} <= BEYOND, case["note"]
    if not case["anomalies"]:
        assert after == before


_cell = st.sampled_from(
    ["", "0", "1", "7", "-3", "2.5", "nan", "inf", "x", "true", "é", "9" * 30, " 4 "]
)


@settings(max_examples=150, deadline=None)
@given(
    schemas,
    st.lists(st.tuples(_cell, _cell), min_size=1, max_size=6),
    st.sampled_from(["schema", "inferred"]),
    st.data(),
)
def test_the_changes_of_all_anomalies_make_any_table_clean(
    tmp_path_factory: pytest.TempPathFactory,
    schema: Schema,
    rows: list[tuple[str, str]],
    types: str,
    data: st.DataObject,
) -> None:
    names = [one.name or "" for one in schema.feature][:2]
    assume("\0" not in "".join(names))  # no text can hold that
    header = [*names, "new", "other"][:2]
    path = tmp_path_factory.getbasetemp() / "any.csv"
    quoted = [[f'"{cell}"' for cell in row] for row in rows]
    head = ",".join('"' + name.replace('"', '""') + '"' for name in header)
    text = "\n".join([head, *(",".join(row) for row in quoted)]) + "\n"
    path.write_text(text, "utf-8", newline="")
    source = Source(path=path)
    after = mended(source, schema, types=types)
    report = validation.validate(source, after, types=types)  # type: ignore[arg-type]
    left = {(one.type, one.changes) for one in report.anomalies}
    assert {kind for kind, _ in left} <= BEYOND, left


def test_the_samples_are_there() -> None:
    assert len(list((CASES / "update_schema").iterdir())) == 4
