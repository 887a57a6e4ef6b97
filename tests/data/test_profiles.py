"""Slices, weights, correlation and lift against pandas and numpy."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gate.data import associations, profiles, schemafile, table, weights
from gate.data.associations import Correlation, LiftTally
from gate.data.columns import Kind
from gate.data.profiles import Options
from gate.data.source import Source
from gate.data.statistics import (
    Detail,
    Feature,
    LiftCross,
    NumericCross,
    Statistics,
)
from gate.data.weights import WeightTally
from gate.errors import DataError
from tests.data.conftest import MakeSource


def frame(rows: int = 3_000) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    made = pd.DataFrame(
        {
            "plan": rng.choice(np.array(["pro", "free", "team", None]), rows),
            "age": rng.integers(18, 80, rows),
            "price": rng.lognormal(1, 1, rows).astype(np.float32),
            "w": rng.integers(0, 9, rows) / 4,
            "clicked": rng.integers(0, 2, rows),
        }
    )
    made["cost"] = made["price"] * 3 + rng.normal(size=rows).astype(np.float32)
    made.loc[rng.random(rows) < 0.1, "cost"] = np.nan
    return made.astype({"cost": np.float32})


def compute(source: Source, **options: Any) -> dict[str, Statistics]:
    return {one.slice: one for one in profiles.compute(source, Options(**options))}


def columns(statistics: Statistics) -> dict[str, Feature]:
    return {feature.name: feature for feature in statistics.features}


def test_a_slice_has_the_statistics_of_its_rows_alone(make_source: MakeSource) -> None:
    data = frame()
    found = compute(make_source(data.to_csv(index=False)), slice_by=("plan",))
    assert list(found) == ["All Examples", "plan_free", "plan_pro", "plan_team"]
    (whole,) = profiles.compute(make_source(data.to_csv(index=False)))
    assert found["All Examples"].features == whole.features
    for plan, rows in data.groupby("plan"):
        alone = make_source(rows.to_csv(index=False), "alone.csv")
        (expected,) = profiles.compute(alone)
        assert found[f"plan_{plan}"].num_examples == len(rows)
        for one, other in zip(
            found[f"plan_{plan}"].features, expected.features, strict=True
        ):
            assert one.textual == other.textual
            assert one.numeric and other.numeric or one.textual
            if one.numeric and other.numeric:
                assert one.numeric.standard == other.numeric.standard
                assert one.numeric.std_dev == pytest.approx(other.numeric.std_dev)


def test_columns_have_one_type_in_all_slices(make_source: MakeSource) -> None:
    late = "".join(f"a,{i},{i}\n" for i in range(60_000)) + "b,x,0.5\na,7,8\nc,,9\n"
    found = compute(make_source("s,t,f\n" + late), slice_by=("s",))
    for name in ("All Examples", "s_a", "s_b"):
        assert columns(found[name])["t"].kind is Kind.STRING
        assert columns(found[name])["f"].kind is Kind.FLOAT
    text = columns(found["s_a"])["t"].textual
    assert text and text.unique == 60_000 and text.ranked[0] == ("7", 2)
    assert columns(found["s_c"])["t"].kind is None


def test_weights_are_as_numpy_sums_them(make_source: MakeSource) -> None:
    data = frame()
    found = compute(make_source(data.to_csv(index=False)), weight="w")[""]
    assert found.weighted_num_examples == data["w"].sum()
    for name in ("age", "price", "cost"):
        rows = data[data[name].notna()]
        values, weight = rows[name].to_numpy(np.float64), rows["w"].to_numpy()
        feature = columns(found)[name]
        one = feature.weighted
        assert one
        mean = np.average(values, weights=weight)
        variance = np.average((values - mean) ** 2, weights=weight)
        assert one.mean == pytest.approx(mean)
        assert one.std_dev == pytest.approx(math.sqrt(variance))
        assert one.num_non_missing == pytest.approx(weight.sum())
        assert one.num_missing == pytest.approx(data["w"].sum() - weight.sum())
        assert sum(b.count for b in one.standard) == pytest.approx(weight.sum())
        order = np.argsort(values)
        middle = np.interp(weight.sum() / 2, weight[order].cumsum(), values[order])
        assert one.median == pytest.approx(middle, rel=0.02)
        assert feature.numeric
        assert one.standard[0].low == feature.numeric.min
        assert one.standard[-1].high == feature.numeric.max
    plans = columns(found)["plan"].weighted
    assert plans
    sums = data.groupby("plan")["w"].sum().sort_values(ascending=False)
    assert dict(plans.ranked) == pytest.approx(sums.to_dict())


def test_equal_weights_change_nothing(make_source: MakeSource) -> None:
    data = frame().assign(w=1)
    found = compute(make_source(data.to_csv(index=False)), weight="w")[""]
    for feature in found.features:
        one, numeric, textual = feature.weighted, feature.numeric, feature.textual
        assert one
        assert (one.num_missing, one.num_non_missing) == (
            feature.num_missing,
            feature.num_non_missing,
        )
        if numeric:
            assert one.mean == pytest.approx(numeric.mean)
            assert (one.median, one.quantiles) == (numeric.median, numeric.quantiles)
            assert one.standard == numeric.standard
        if textual:
            assert one.ranked == textual.ranked


@pytest.mark.parametrize("weight", ["", "-1", "nan", "inf", "x"])
def test_a_row_without_a_proper_weight_is_named(
    make_source: MakeSource, weight: str
) -> None:
    source = make_source(f"w,v\n1,1\n{weight},2\n2,3\n")
    with pytest.raises(DataError, match="column `w`") as caught:
        compute(source, weight="w")
    assert caught.value.line == 3


def test_infinity_takes_the_weighted_mean_and_has_a_bucket(
    make_source: MakeSource,
) -> None:
    found = compute(make_source("w,v\n2,inf\n3,1.5\n0,9.5\n"), weight="w")[""]
    one = columns(found)["v"].weighted
    assert one and math.isnan(one.mean) and math.isnan(one.std_dev)
    assert (one.standard[-1].low, one.standard[-1].count) == (math.inf, 2)


def test_all_weights_zero_give_nothing(make_source: MakeSource) -> None:
    found = compute(make_source("w,v,t\n0,1,a\n0,2,b\n"), weight="w")[""]
    one = columns(found)["v"].weighted
    assert one and math.isnan(one.median) and one.standard == ()
    assert found.weighted_num_examples == 0


def test_correlations_are_those_of_pandas(make_source: MakeSource) -> None:
    data = frame(20_000)
    data["age"] += 10**7  # far from 0: sums of squares would lose digits
    found = compute(make_source(data.to_csv(index=False)), correlation=True)[""]
    numbers = data.drop(columns="plan").astype(np.float64)
    expected = numbers.corr()
    names = sorted(numbers.columns)
    pairs = [(x, y) for i, x in enumerate(names) for y in names[i + 1 :]]
    assert [(one.x, one.y) for one in found.cross] == pairs
    for one in found.cross:
        assert isinstance(one, NumericCross)
        both = numbers[[one.x, one.y]].dropna()
        assert one.count == len(both)
        assert one.correlation == pytest.approx(expected.loc[one.x, one.y], abs=1e-9)
        covariance = np.cov(both[one.x], both[one.y], ddof=0)[0, 1]
        assert one.covariance == pytest.approx(covariance, rel=1e-6, abs=1e-6)


def test_what_does_not_vary_has_no_correlation(make_source: MakeSource) -> None:
    found = compute(make_source("a,b,t\n1,7,x\n2,7,x\n"), correlation=True)[""]
    (one,) = found.cross
    assert isinstance(one, NumericCross)
    assert (one.covariance, one.correlation) == (0, None)


def test_too_many_columns_are_not_correlated(
    make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(associations, "MAX_NUMBERS", 2)
    with pytest.raises(DataError, match="over 2 columns of numbers"):
        compute(make_source("a,b,c\n1,2,3\n"), correlation=True)
    some = compute(make_source("a,b,c\n1,2,3\n"), correlation=True, features=("a", "c"))
    assert [(one.x, one.y) for one in some[""].cross] == [("a", "c")]


@pytest.mark.parametrize("label", ["clicked", "plan"])
@pytest.mark.parametrize("weight", ["", "w"])
def test_lift_is_that_of_the_crossed_counts(
    make_source: MakeSource, label: str, weight: str
) -> None:
    data = frame().assign(city=lambda d: np.where(d["age"] % 3 == 0, "é", "b"))
    source = make_source(data.to_csv(index=False))
    found = compute(source, label=label, weight=weight)[""]
    crosses = {one.x: one for one in found.cross}
    assert set(crosses) == {"city", "plan"} - {label}
    lifts = crosses["city"]
    assert isinstance(lifts, LiftCross) and lifts.y == label
    ones = data[weight] if weight else pd.Series(1.0, index=data.index)
    labels = ones.groupby(data[label]).sum()
    assert [one.y for one in lifts.series] == sorted(labels.index)
    for series in lifts.series:
        assert series.y_count == labels[series.y]
        values = [one.lift for one in series.lifts]
        assert values == sorted(values, reverse=True)
        for one in series.lifts:
            x = data["city"] == one.x
            both = ones[x & (data[label] == series.y)].sum()
            assert (one.x_count, one.x_and_y_count) == (ones[x].sum(), both)
            rate = labels[series.y] / ones.sum()
            assert one.lift == pytest.approx(both / ones[x].sum() / rate)


def test_labels_that_make_no_sense_are_refused(make_source: MakeSource) -> None:
    source = make_source("id,f,v\n" + "".join(f"{i},{i}.5,x\n" for i in range(101)))
    with pytest.raises(DataError, match="over 100 distinct labels"):
        compute(source, label="id")
    with pytest.raises(DataError, match="labels in column `f` are floats"):
        compute(source, label="f")
    with pytest.raises(DataError, match="no column `nope` of labels"):
        compute(source, label="nope")
    with pytest.raises(DataError, match="no column `nope` of weights"):
        compute(source, weight="nope")


def test_columns_of_many_texts_have_no_lift(
    make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(associations, "MAX_VALUES", 3)
    rows = "".join(f"{i % 2},t{i},{'ab'[i % 2]}\n" for i in range(4))
    found = compute(make_source("y,many,few\n" + rows), label="y")[""]
    assert [one.x for one in found.cross] == ["few"]


def test_integers_that_are_categories_count_as_texts(make_source: MakeSource) -> None:
    schema = schemafile.parse(
        "feature:\n"
        "  - name: code\n"
        "    type: INT\n"
        "    int_domain: {is_categorical: true}\n"
        "  - name: flag\n"
        "    type: INT\n"
        "    bool_domain: {}\n"
    )
    content = "code,flag,w,y\n7,1,2,0\n007,0,1,1\n12,1,1,1\n,,5,1\n"
    found = compute(make_source(content), schema=schema, weight="w", label="y")[""]
    code = columns(found)["code"]
    assert (code.kind, code.numeric) == (Kind.INT, None)
    assert code.textual and code.weighted
    assert code.textual.ranked == (("7", 2), ("12", 1))
    assert (code.textual.unique, code.textual.avg_length) == (2, 4 / 3)
    assert code.weighted.ranked == (("7", 3.0), ("12", 1.0))
    assert {one.x for one in found.cross} == {"code", "flag"}
    sevens = next(one for one in found.cross if one.x == "code")
    assert isinstance(sevens, LiftCross)
    assert {lift.x for lift in sevens.series[0].lifts} == {"7", "12"}


def test_the_detail_is_what_was_asked(make_source: MakeSource) -> None:
    detail = Detail(num_histogram_buckets=7, num_quantiles_histogram_buckets=3)
    data = frame()
    found = compute(make_source(data.to_csv(index=False)), detail=detail)[""]
    numeric = columns(found)["price"].numeric
    assert numeric
    assert (len(numeric.standard), len(numeric.quantiles)) == (7, 3)
    counts, edges = np.histogram(data["price"].astype(np.float64), 7)
    assert [b.low for b in numeric.standard] == pytest.approx(edges[:-1])
    assert [b.count for b in numeric.standard] == pytest.approx(counts, abs=30)
    assert [b.count for b in numeric.quantiles] == pytest.approx([1_000] * 3, abs=1)


def test_only_the_columns_that_are_asked_for_are_told_of(
    make_source: MakeSource,
) -> None:
    source = make_source(frame().to_csv(index=False))
    found = compute(source, features=("price",), slice_by=("plan",), weight="w")
    for one in found.values():
        assert [feature.name for feature in one.features] == ["price"]
        assert one.features[0].weighted


def test_what_was_counted_of_parts_merges_to_the_whole(
    make_source: MakeSource,
) -> None:
    source = make_source(frame(90_000).to_csv(index=False))
    batches = list(table.read(source))
    assert len(batches) > 1
    tallies = [(WeightTally(), Correlation(), LiftTally("clicked")) for _ in range(3)]
    for i, batch in enumerate(batches):
        for weigh, correlate, lift in (tallies[0], tallies[1 + i % 2]):
            weight = weights.of_rows(batch, "w")
            weigh.add(batch, weight)
            correlate.add(batch)
            lift.add(batch, weight)
    whole, first, second = tallies
    first[0].merge(second[0])
    first[1].merge(second[1])
    first[2].merge(second[2])
    (plain,) = profiles.compute(source)
    numbers = {"age", "price", "cost", "clicked"}
    one, other = (list(t[1].crosses(numbers)) for t in (whole, first))
    for a, b in zip(one, other, strict=True):
        assert replace(a, covariance=0, correlation=0) == replace(
            b, covariance=0, correlation=0
        )
        assert a.covariance == pytest.approx(b.covariance)
        assert a.correlation == pytest.approx(b.correlation)
    assert list(whole[2].crosses(plain.features)) == list(
        first[2].crosses(plain.features)
    )
    weighted = [t[0].weighted(plain.features, Detail()) for t in (whole, first)]
    for name, sums in weighted[0].items():
        parts = weighted[1][name]
        assert sums.ranked == parts.ranked
        assert (sums.mean, sums.std_dev, sums.median) == pytest.approx(
            (parts.mean, parts.std_dev, parts.median), nan_ok=True
        )


def test_a_slice_keeps_little_of_what_is_many(make_source: MakeSource) -> None:
    rows = "".join(f"{i % 2},{i}.5\n" for i in range(40_000))
    found = compute(make_source("s,v\n" + rows), slice_by=("s",))
    numeric = columns(found["s_1"])["v"].numeric
    assert numeric and numeric.approximate
    assert numeric.median == pytest.approx(20_000, rel=0.01)
    whole = columns(found["All Examples"])["v"].numeric
    assert whole and not whole.approximate
