"""Statistics against pandas and numpy, and parts that merge to the whole."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.data import buffers, quantiles, statistics, statsfile, table, tallies
from gate.data.columns import Kind
from gate.data.quantiles import Table
from gate.data.source import Source
from gate.data.statistics import Feature, Tally
from gate.data.tallies import NumberTally, TextTally
from tests.data.conftest import MakeSource


def compute(source: Source, **expected: Kind) -> dict[str, Feature]:
    counted = statistics.compute(source, expected)
    return {feature.name: feature for feature in counted.features}


def test_numbers_are_as_numpy_computes_them(make_source: MakeSource) -> None:
    rng = np.random.default_rng(7)
    floats = rng.normal(3, 2, 5_000).astype(np.float32)
    ints = rng.integers(-50, 50, 5_000)
    frame = pd.DataFrame({"f": floats, "i": ints})
    found = compute(make_source(frame.to_csv(index=False)))
    for name, values in (("f", floats.astype(float)), ("i", ints)):
        numeric = found[name].numeric
        assert numeric is not None
        assert numeric.mean == pytest.approx(values.mean(), rel=1e-9)
        assert numeric.std_dev == pytest.approx(values.std(), rel=1e-9)
        assert (numeric.min, numeric.max) == (values.min(), values.max())
        assert numeric.num_zeros == (values == 0).sum()
        middle = np.sort(values)[[2_499, 2_500]]
        assert numeric.median in middle
        assert sum(bucket.count for bucket in numeric.standard) == pytest.approx(5_000)
        assert sum(bucket.count for bucket in numeric.quantiles) == pytest.approx(5_000)
        counts, edges = np.histogram(values, 10)
        assert [bucket.low for bucket in numeric.standard] == pytest.approx(edges[:-1])
        # Interpolated from a thousand quantiles, so nearly so.
        for bucket, count in zip(numeric.standard, counts, strict=True):
            assert abs(bucket.count - count) <= 0.02 * 5_000


def test_texts_are_counted_with_the_greater_bytes_first_of_equals(
    make_source: MakeSource,
) -> None:
    found = compute(make_source("t,n\nb,1\né,2\nb,3\na,4\né,5\n,6\n"))["t"]
    assert found.num_missing == 1
    assert found.textual is not None
    assert found.textual.ranked == (("é", 2), ("b", 2), ("a", 1))
    assert found.textual.unique == 3
    assert found.textual.avg_length == 7 / 5


def test_integers_beyond_53_bits_stay_exact(make_source: MakeSource) -> None:
    big = 2**62 + 1
    found = compute(make_source(f"n\n{big}\n{big}\n{-big}\n"))["n"].numeric
    assert found is not None
    assert (found.min, found.median, found.max) == (-big, big, big)


def test_nan_counts_by_itself_and_infinity_takes_the_mean(
    make_source: MakeSource,
) -> None:
    source = make_source("x\n1.5\nnan\ninf\n-inf\n\n0.0\n")
    (feature,) = statistics.compute(source).features
    numeric = feature.numeric
    assert numeric is not None
    assert numeric.num_nan == 1 and feature.num_non_missing == 5
    assert math.isnan(numeric.mean) and math.isnan(numeric.std_dev)
    assert (numeric.min, numeric.max) == (-math.inf, math.inf)
    first, last = numeric.standard[0], numeric.standard[-1]
    assert (first.low, first.count, last.high, last.count) == (
        -math.inf,
        1,
        math.inf,
        1,
    )
    document = statsfile.document([statistics.compute(source)])
    text = json.dumps(document, allow_nan=False)
    assert '"min": "-Infinity"' in text and '"mean": "NaN"' in text


def test_a_text_that_turns_up_late_makes_the_whole_column_text(
    make_source: MakeSource,
) -> None:
    lines = [f"00{i},{i}.5" for i in range(60_000)] + ["x,y"]
    found = compute(make_source("a,b\n" + "\n".join(lines)))
    for name in ("a", "b"):
        assert found[name].kind is Kind.STRING
        assert found[name].numeric is None
        textual = found[name].textual
        assert textual is not None and textual.unique == 60_001


def test_integers_that_turn_out_to_be_floats_count_as_floats(
    make_source: MakeSource,
) -> None:
    values = list(range(60_000)) + [0.5]
    found = compute(make_source("x\n" + "\n".join(map(str, values))))["x"]
    assert found.kind is Kind.FLOAT
    assert found.numeric is not None
    assert found.numeric.mean == pytest.approx(np.mean(values))


def test_cells_of_another_type_than_expected_are_counted(
    make_source: MakeSource,
) -> None:
    source = make_source("a,b,c\n1,1,1\n2.5,2,x\nx,y,3\n")
    found = compute(source, a=Kind.INT, b=Kind.FLOAT, c=Kind.STRING)
    assert [feature.odd for feature in found.values()] == [2, 1, 0]
    assert found["a"].numeric and found["a"].numeric.max == 1
    assert found["b"].kind is Kind.FLOAT
    assert found["c"].textual and found["c"].textual.unique == 3


def test_a_column_without_values_has_no_type(make_source: MakeSource) -> None:
    found = compute(make_source("a,b\n,1\n,2\n"))["a"]
    assert (found.kind, found.num_missing, found.num_non_missing) == (None, 2, 0)


_number = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-3, 3),
    st.floats(width=32),
    st.sampled_from([0.5, -0.0, math.inf, -math.inf, math.nan]),
)


def tallied(numbers: list[Any]) -> NumberTally:
    tally = NumberTally()
    for number in numbers:
        kind = np.int64 if isinstance(number, int) else np.float64
        tally.add(np.array([number], kind))
    return tally


def count(tally: TextTally, texts: Mapping[str, int]) -> None:
    tally.add(buffers.texts(list(texts)), np.array(list(texts.values()), np.int64))


def same(one: float, other: float) -> bool:
    both_nan = math.isnan(one) and math.isnan(other)
    return both_nan or one == pytest.approx(other, rel=1e-6, abs=1e-6)


@given(st.lists(_number, max_size=30), st.lists(_number, max_size=30))
def test_tallies_of_parts_merge_to_the_tally_of_the_whole(
    first: list[Any], second: list[Any]
) -> None:
    merged, whole = tallied(first), tallied(first + second)
    merged.merge(tallied(second))
    for name in ("count", "nans", "zeros", "infinite"):
        assert getattr(merged, name) == getattr(whole, name)
    assert (merged.least, merged.most) == (whole.least, whole.most)
    assert merged.mean == pytest.approx(whole.mean, rel=1e-6, abs=1e-6)
    assert [a.tolist() for a in merged.table.values()] == [
        a.tolist() for a in whole.table.values()
    ]


@given(
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=300),
    st.integers(0, 300),
    st.integers(2, 20),
)
def test_a_table_within_bounds_never_depends_on_the_order(
    values: list[float], split: int, limit: int
) -> None:
    whole, reverse, first, second = (Table(limit) for _ in range(4))
    whole.add(np.array(values))
    for value in reversed(values):
        reverse.add(np.array([value]))
        reverse._flush()
    first.add(np.array(values[:split]))
    second.add(np.array(values[split:]))
    first.merge(second)
    expected = [array.tolist() for array in whole.values()]
    for other in (reverse, first):
        assert [array.tolist() for array in other.values()] == expected
    assert len(expected[0]) <= limit
    assert sum(expected[1]) == len(values)
    if len(set(values)) <= limit:
        assert Counter(values) == dict(zip(*expected, strict=True))


def test_quantiles_of_more_values_than_are_kept_are_near(
    make_source: MakeSource,
) -> None:
    values = np.random.default_rng(1).lognormal(0, 3, 300_000)
    kept = Table()
    kept.add(values)
    assert not kept.exact
    found, counts = kept.values()
    assert len(found) <= quantiles.LIMIT
    for share in (0.001, 0.1, 0.5, 0.9, 0.999):
        at = found[np.searchsorted(np.cumsum(counts), share * 300_000)]
        assert at == pytest.approx(np.quantile(values, share), rel=5e-3)


@given(
    st.lists(st.text(max_size=3), max_size=30),
    st.lists(st.text(max_size=3), max_size=30),
)
def test_texts_of_parts_merge_to_those_of_the_whole(
    first: list[str], second: list[str]
) -> None:
    merged, other, whole = TextTally(), TextTally(), TextTally()
    count(merged, Counter(first))
    count(other, Counter(second))
    count(whole, Counter(first + second))
    merged.merge(other)
    assert merged.ranked() == whole.ranked()
    assert (merged.count, merged.bytes) == (whole.count, whole.bytes)


def test_more_texts_than_are_kept_are_estimated_and_the_frequent_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tallies, "MAX_TEXTS", 20_000)
    monkeypatch.setattr(tallies, "_KEPT", 2_000)
    monkeypatch.setattr(tallies, "_HASHES", 4_096)
    tally = TextTally()
    for start in range(0, 100_000, 5_000):
        rare = {f"v{i}": 1 for i in range(start, start + 5_000)}
        count(tally, {"often": 500, **rare})
    assert tally.approximate
    assert tally.count == 110_000
    assert tally.unique == pytest.approx(100_001, rel=0.05)
    assert tally.ranked()[0] == ("often", 10_000)


def test_long_texts_are_bounded_by_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "MAX_BYTES", 1_000_000)
    tally = TextTally()
    for start in range(0, 2_000, 100):
        count(
            tally, {"often": 5, **{f"{i}" * 400: 1 for i in range(start, start + 100)}}
        )
    kept = tally.ranked()
    assert tally.approximate
    assert kept[0] == ("often", 100)
    assert sum(len(text) for text, _ in kept) < 2_000_000
    assert tally.unique == 2_001


@pytest.mark.parametrize("parts", [2, 3])
def test_batches_counted_apart_are_the_table(
    make_source: MakeSource, parts: int
) -> None:
    rows = [f"{i % 7},{i / 3:.3f},t{i % 11}" for i in range(40_000)]
    source = make_source("a,b,c\n" + "\n".join(rows))
    some = [Tally() for _ in range(parts)]
    for i, batch in enumerate(table.read(source)):
        some[i % parts].add(batch)
    for other in some[1:]:
        some[0].merge(other)
    merged = some[0].statistics("data.csv")
    whole = statistics.compute(source)
    assert merged.num_examples == whole.num_examples == 40_000
    for one, two in zip(merged.features, whole.features, strict=True):
        assert one.textual == two.textual
        if one.numeric and two.numeric:
            assert one.numeric.standard == two.numeric.standard
            assert same(one.numeric.std_dev, two.numeric.std_dev)


def test_the_same_table_as_json_lines_and_parquet_has_the_same_statistics(
    make_source: MakeSource, tmp_path: Path
) -> None:
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame(
        {
            "i": [1, 2, None, 4],
            "f": [0.5, None, 0.25, 8.0],
            "t": ["x", "y", "x", None],
        }
    ).astype({"i": "Int64"})
    frame.to_parquet(tmp_path / "t.parquet")
    lines = frame.to_json(orient="records", lines=True)
    found = [
        statistics.compute(source).features
        for source in (
            make_source(frame.to_csv(index=False)),
            make_source(lines, "t.jsonl"),
            Source(path=tmp_path / "t.parquet"),
        )
    ]
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("which", ["both", "first", "second"])
def test_estimates_of_parts_merge(monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    monkeypatch.setattr(tallies, "MAX_TEXTS", 10_000)
    monkeypatch.setattr(tallies, "_KEPT", 1_000)
    monkeypatch.setattr(tallies, "_HASHES", 4_096)
    first, second = TextTally(), TextTally()
    for tally, name in ((first, "first"), (second, "second")):
        many = 30_000 if which in (name, "both") else 500
        count(tally, {f"{name}{i}": 1 for i in range(many)})
    distinct = first.count + second.count
    first.merge(second)
    assert first.approximate
    assert first.unique == pytest.approx(distinct, rel=0.06)


def test_many_distinct_values_are_grouped_and_said_to_be(
    make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallies, "MAX_TEXTS", 1_000)
    values = range(-100_000, 200_000, 3)
    source = make_source("n,t\n" + "".join(f"{i},t{i}\n" for i in values))
    (dataset,) = statsfile.document([statistics.compute(source)])["datasets"]
    numbers, texts = (feature for feature in dataset["features"])
    assert numbers["num_stats"]["approximate"] and texts["string_stats"]["approximate"]
    assert (numbers["num_stats"]["min"], numbers["num_stats"]["max"]) == (
        -100_000,
        199_997,
    )
    assert numbers["num_stats"]["median"] == pytest.approx(50_000, abs=300)
    for bucket in numbers["num_stats"]["histograms"][0]["buckets"]:
        assert bucket["sample_count"] == pytest.approx(10_000, rel=0.01)
