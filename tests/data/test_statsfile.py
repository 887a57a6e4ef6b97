"""Statistics as JSON and in TFDV's text format."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.data import pbtxt, profiles, statsfile
from gate.data.columns import Kind
from gate.data.profiles import Options
from gate.data.statistics import Detail, Feature, Statistics, Textual
from tests.data.conftest import MakeSource

CASES = Path(__file__).parent / "tfdv"
TABLE = (
    "plan,age,score,none,w\n"
    "free,30,0.5,,1\n"
    "pro,,nan,,0.5\n"
    "te\\am,0,-inf,,2\n"
    '"te""\n\té",35,2.0,,0\n'
)


def test_the_text_is_the_one_that_protobuf_read(make_source: MakeSource) -> None:
    """The golden file was parsed as DatasetFeatureStatisticsList by its own library."""
    options = Options(
        weight="w",
        label="age",
        correlation=True,
        detail=Detail(
            num_histogram_buckets=2,
            num_quantiles_histogram_buckets=2,
            num_values_histogram_buckets=1,
        ),
    )
    source = make_source(TABLE)
    text = statsfile.text(profiles.compute(source, options), options.detail)
    assert text == (CASES / "statistics.pbtxt").read_text("utf-8")


def test_the_text_says_what_json_says(make_source: MakeSource) -> None:
    computed = profiles.compute(make_source(TABLE), Options(weight="w"))
    (found,) = statsfile.document(computed)["datasets"]
    message: Any = pbtxt.parse(statsfile.text(computed)).value["datasets"]
    assert message["num_examples"] == found["num_examples"] == 4
    assert message["weighted_num_examples"] == found["weighted_num_examples"] == 3.5
    for feature, fields in zip(found["features"], message["features"], strict=True):
        assert fields["path"]["step"] == feature["name"]
        assert fields["type"] == feature["type"]
    age, same = found["features"][1]["num_stats"], message["features"][1]["num_stats"]
    assert age["common_stats"]["num_missing"] == 1
    assert same["common_stats"]["num_missing"] == 1
    for name in ("mean", "std_dev", "num_zeros", "median", "max"):
        assert same[name] == age[name]
    assert "min" not in same and age["min"] == 0


def test_a_column_of_nan_has_no_numbers_to_tell_of(make_source: MakeSource) -> None:
    computed = profiles.compute(make_source("x,y\nnan,1\nnan,2\n"))
    (found,) = statsfile.document(computed)["datasets"]
    numbers = found["features"][0]["num_stats"]
    assert "mean" not in numbers and numbers["num_nan"] == 2
    assert [(h["num_nan"], h["buckets"]) for h in numbers["histograms"]] == [
        (2, [])
    ] * 2


def test_json_names_the_dataset_beside_the_slice(make_source: MakeSource) -> None:
    source = make_source("p,v\na,1\nb,2\n")
    computed = profiles.compute(source, Options(slice_by=("p",)))
    datasets = json.loads(statsfile.json_text(computed))["datasets"]
    assert [(one["name"], one["dataset"]) for one in datasets] == [
        ("All Examples", "data.csv"),
        ("p_a", "data.csv"),
        ("p_b", "data.csv"),
    ]
    names = re.findall(r'^  name: "(.*)"$', statsfile.text(computed), re.MULTILINE)
    assert names == ["All Examples", "p_a", "p_b"]


def test_more_is_told_where_more_is_asked_for(make_source: MakeSource) -> None:
    source = make_source("t\n" + "".join(f"v{i}\n" for i in range(1_200)))
    for detail, top, ranks in (
        (Detail(), 20, 1_000),
        (Detail(num_top_values=1_100, num_rank_histogram_buckets=3), 1_100, 3),
    ):
        computed = profiles.compute(source, Options(detail=detail))
        (found,) = statsfile.document(computed, detail)["datasets"]
        texts = found["features"][0]["string_stats"]
        assert len(texts["top_values"]) == top
        assert len(texts["rank_histogram"]["buckets"]) == ranks
        assert texts["unique"] == 1_200


@pytest.mark.parametrize("form", ["json", "text"])
@given(name=st.text(), value=st.text(st.characters()))
def test_any_text_can_be_written_and_read(form: str, name: str, value: str) -> None:
    textual = Textual(unique=1, avg_length=1.0, ranked=((value, 1),))
    feature = Feature(
        name=name, kind=Kind.STRING, num_missing=0, num_non_missing=1, textual=textual
    )
    computed = [Statistics(name="data", num_examples=1, features=(feature,))]
    if form == "json":
        read = json.loads(statsfile.json_text(computed))["datasets"][0]
        found = read["features"][0]["name"], read["features"][0]["string_stats"]
        assert (found[0], found[1]["top_values"][0]["value"]) == (name, value)
        return
    written = statsfile.text(computed)
    written.encode()
    fields: Any = pbtxt.parse(written).value["datasets"]["features"]
    whole = value.encode(errors="replace").decode()
    assert fields["path"]["step"] == name.encode(errors="replace").decode()
    assert fields["string_stats"]["top_values"].get("value", "") == whole
