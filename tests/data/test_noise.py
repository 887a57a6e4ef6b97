"""The noise against distances between samples that are drawn from one distribution."""

from __future__ import annotations

import numpy as np
import pytest

from gate.data import distances, noise, statistics
from gate.data.statistics import Feature
from tests.data.conftest import MakeSource

SHARES = np.array([0.5, 0.25, 0.15, 0.07, 0.03])
SIZES = [(40, 55), (300, 300), (5_000, 800)]


def drawn(rng: np.random.Generator, size: int) -> dict[str, int]:
    counts = rng.multinomial(size, SHARES).tolist()
    return {f"{i}": count for i, count in enumerate(counts) if count}


def of_chance(metric: str, sizes: tuple[int, int]) -> float:
    """The quantile of distances that chance makes, by drawing many times."""
    rng = np.random.default_rng(7)
    found = []
    for _ in range(1_500):
        one = getattr(distances, metric)(*(drawn(rng, size) for size in sizes))
        found.append(one if isinstance(one, float) else one.value)
    return float(np.quantile(found, noise.LEVEL))


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize(
    "metric", ["infinity_norm", "normalized_abs_difference", "texts_divergence"]
)
def test_the_noise_is_what_chance_gives(metric: str, sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(3)
    found = getattr(noise, f"of_{metric}")(*(drawn(rng, size) for size in sizes))
    assert found.value == pytest.approx(of_chance(metric, sizes), rel=0.25)


def test_the_divergence_scatters_as_a_chi_squared_variable() -> None:
    rng = np.random.default_rng(3)
    found = noise.of_texts_divergence(drawn(rng, 20_000), drawn(rng, 20_000))
    assert found is not None
    # The quantile 0.99 of chi-squared with 4 degrees of freedom, from a table.
    expected = (1 / 20_000 + 1 / 20_000) * 13.2767 / (8 * np.log(2))
    assert found.value == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("freedom", [1, 4, 20, 500])
def test_the_quantile_of_chi_squared_is_near_that_of_tables(freedom: int) -> None:
    table = {1: 6.6349, 4: 13.2767, 20: 37.5662, 500: 576.4928}
    assert noise.chi_squared(freedom) * freedom == pytest.approx(
        table[freedom], rel=0.01
    )


@pytest.mark.parametrize(
    "metric", ["infinity_norm", "normalized_abs_difference", "texts_divergence"]
)
def test_with_the_rows_that_are_needed_the_threshold_is_clear_of_the_noise(
    metric: str,
) -> None:
    rng = np.random.default_rng(5)
    measure = getattr(noise, f"of_{metric}")
    threshold = 0.01
    small = measure(drawn(rng, 200), drawn(rng, 500))
    assert small.value > threshold
    needed = small.needed(threshold)
    enough = measure(drawn(rng, needed), drawn(rng, needed))
    assert 0.7 * threshold < enough.value < 1.2 * threshold


def test_a_threshold_of_zero_is_never_clear_of_the_noise() -> None:
    found = noise.of_infinity_norm({"a": 5, "b": 5}, {"a": 4, "b": 6})
    assert found is not None and found.needed(0) is None


def test_the_noise_of_identifiers_that_never_recur_is_all_there_is() -> None:
    ours = {f"a{i}": 1 for i in range(200)}
    theirs = {f"b{i}": 1 for i in range(200)}
    found = noise.of_texts_divergence(ours, theirs)
    assert found is not None and found.value == 1.0


def test_the_noise_of_one_value_is_nothing() -> None:
    found = noise.of_infinity_norm({"a": 5}, {"a": 9})
    assert found is not None and (found.value, found.needed(0.1)) == (0.0, 1)


def test_nothing_has_no_noise() -> None:
    assert noise.of_infinity_norm({}, {"a": 1}) is None
    assert noise.of_texts_divergence({"a": 1}, {}) is None


def numbers(make_source: MakeSource, values: np.ndarray, name: str) -> Feature:
    content = "\n".join(map(str, ["x", *values.tolist()])) + "\n"
    (feature,) = statistics.compute(make_source(content, name=name)).features
    return feature


@pytest.mark.parametrize("equal", [False, True], ids=["STANDARD", "QUANTILES"])
@pytest.mark.parametrize("sizes", [(40, 60), (400, 300)], ids=str)
def test_the_noise_of_numbers_is_what_chance_gives(
    make_source: MakeSource, sizes: tuple[int, int], equal: bool
) -> None:
    rng = np.random.default_rng(11)

    def pair(round: int) -> list[Feature]:
        return [
            numbers(make_source, rng.normal(size=size), f"{round}-{i}.csv")
            for i, size in enumerate(sizes)
        ]

    found = noise.of_numbers_divergence(*pair(0), equal=equal)
    assert found is not None
    chance = []
    for round in range(1, 120):
        kind = "quantiles" if equal else "standard"
        p, q = (
            distances.Histogram.of(getattr(feature.numeric, kind))
            for feature in pair(round)
        )
        chance.append(distances.numbers_divergence(p, q) or 0.0)
    assert found.value == pytest.approx(np.quantile(chance, noise.LEVEL), rel=0.4)


def test_noise_that_comes_from_the_edges_needs_no_number_of_rows(
    make_source: MakeSource,
) -> None:
    rng = np.random.default_rng(2)
    ours, theirs = (
        numbers(make_source, rng.lognormal(0, 3, 2_000), f"{i}.csv") for i in (0, 1)
    )
    wild = noise.of_numbers_divergence(ours, theirs, equal=False)
    calm = noise.of_numbers_divergence(ours, theirs, equal=True)
    assert wild is not None and calm is not None
    assert wild.edges and wild.needed(0.01) is None
    assert calm.value < wild.value


def test_the_same_tables_have_the_same_noise(make_source: MakeSource) -> None:
    rng = np.random.default_rng(2)
    ours, theirs = (
        numbers(make_source, rng.normal(size=5_000), f"{i}.csv") for i in (0, 1)
    )
    first = noise.of_numbers_divergence(ours, theirs, equal=False)
    assert first == noise.of_numbers_divergence(ours, theirs, equal=False)


def test_nan_and_infinite_numbers_have_noise_too(make_source: MakeSource) -> None:
    ours = numbers(make_source, np.array([np.nan, np.inf, 1.0, 2.0] * 20), "a.csv")
    theirs = numbers(make_source, np.array([-np.inf, np.nan, 1.0] * 20), "b.csv")
    found = noise.of_numbers_divergence(ours, theirs, equal=False)
    assert found is not None and 0 < found.value <= 1
