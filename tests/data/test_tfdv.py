"""What TensorFlow Data Validation 1.16.1 said of the tables in `tfdv/`.

Each folder holds what TFDV was given and what it answered; the schemas, which it reads
and writes in its own text format, are written as ours.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from gate.data import inference, schemafile, statistics, statsfile, validation
from gate.data.comparisons import Controls
from gate.data.source import Source

CASES = Path(__file__).parent / "tfdv"


def cases(kind: str) -> list[Any]:
    folders = sorted((CASES / kind).iterdir())
    return [pytest.param(folder, id=folder.name) for folder in folders]


@pytest.mark.parametrize("folder", cases("validation") + cases("sliced"))
def test_the_same_anomalies_and_distances_are_found(folder: Path) -> None:
    case = json.loads((folder / "case.json").read_text("utf-8"))
    (schema,) = folder.glob("schema.*")
    report = validation.validate(
        Source(path=folder / "eval.csv"),
        schemafile.read(schema),
        types=case["types"],
        environment=case["environment"],
        controls=Controls(
            previous=control(folder, "previous"), serving=control(folder, "serving")
        ),
        slice_by=case.get("slice_by", ()),
    )
    found: dict[str, set[str]] = {}
    for anomaly in report.anomalies:
        found.setdefault(anomaly.feature, set()).add(anomaly.type)
    expected = {name: set(types) for name, types in case["anomalies"].items()}
    assert found == expected, case["note"]
    measured = {
        (one.feature, one.comparison, one.metric): one.value
        for one in report.drift_skew
    }
    distances = {
        (one["feature"], one["comparison"], one["metric"]): one["value"]
        for one in case.get("drift_skew", ())
    }
    # TFDV's sketch is exact for at most 5,701 distinct values.
    tolerance = case.get("tolerance", 1e-12)
    assert measured == pytest.approx(distances, abs=tolerance), case["note"]


def control(folder: Path, role: str) -> Source | None:
    path = folder / f"{role}.csv"
    return Source(path=path) if path.exists() else None


@pytest.mark.parametrize("folder", cases("rows"))
def test_the_same_rows_are_counted_for_each_reason(folder: Path) -> None:
    case = json.loads((folder / "case.json").read_text("utf-8"))
    report = validation.validate(
        Source(path=folder / "eval.csv"), schemafile.read(folder / "schema.yaml")
    )
    # TFDV says nothing of the rows in which a value is missing.
    found = {
        f"{one.feature}_{one.type}": one.count for one in report.anomalies if one.reason
    }
    assert found == case["rows"], case["note"]


@pytest.mark.parametrize("folder", cases("differences"))
def test_what_differs_on_purpose_is_as_stated(folder: Path) -> None:
    case = json.loads((folder / "case.json").read_text("utf-8"))
    report = validation.validate(
        Source(path=folder / "eval.csv"),
        schemafile.read(folder / "schema.yaml"),
        types=case["types"],
    )
    found = {anomaly.feature: [anomaly.type] for anomaly in report.anomalies}
    assert found == case["ours"] != case["anomalies"], case["why"]


@pytest.mark.parametrize("folder", cases("inference"))
def test_the_same_schema_is_inferred(folder: Path) -> None:
    case = json.loads((folder / "case.json").read_text("utf-8"))
    counted = statistics.compute(Source(path=folder / "train.csv"))
    inferred = inference.infer(
        counted, max_domain=case["max_domain"], shape=case["shape"], like_tfdv=True
    )
    assert inferred.schema == schemafile.read(folder / "schema.yaml"), case["note"]


@pytest.mark.parametrize("folder", cases("stats"))
def test_the_same_statistics_are_computed(folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    counted = statistics.compute(Source(path=folder / "data.csv"))
    found = statsfile.document([counted])["datasets"][0]
    assert found["num_examples"] == int(expected["num_examples"])
    features = {feature["name"]: feature for feature in found["features"]}
    assert len(features) == len(expected["features"])
    for theirs in expected["features"]:
        ours = features[theirs["path"]["step"][0]]
        assert ours["type"] == theirs.get("type", "INT")
        if "num_stats" in theirs:
            assert_numbers(ours["num_stats"], theirs["num_stats"])
        else:
            assert_texts(ours["string_stats"], theirs["string_stats"])


def assert_numbers(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    common = theirs["common_stats"]
    for name in ("mean", "std_dev", "num_zeros", "min", "median", "max"):
        assert ours[name] == pytest.approx(float(theirs.get(name, 0)), 1e-6), name
    assert int(common["num_non_missing"]) > 0
    for mine, their in zip(ours["histograms"], theirs["histograms"], strict=True):
        assert mine["type"] == their.get("type", "STANDARD")
        for bucket, other in zip(mine["buckets"], their["buckets"], strict=True):
            for name in ("low_value", "high_value", "sample_count"):
                wanted = float(other.get(name, 0))
                assert bucket[name] == pytest.approx(wanted, 1e-4, 1e-6), name


def assert_texts(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert ours["unique"] == int(theirs["unique"])
    assert math.isclose(ours["avg_length"], theirs["avg_length"], rel_tol=1e-6)
    assert [(one["value"], one["frequency"]) for one in ours["top_values"]] == [
        (one["value"], one["frequency"]) for one in theirs["top_values"]
    ]
    assert [one["label"] for one in ours["rank_histogram"]["buckets"]] == [
        one["label"] for one in theirs["rank_histogram"]["buckets"]
    ]
