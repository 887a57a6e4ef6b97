"""The bootstrap on counts, held against drawing the rows themselves."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from gate.data.columns import Array
from gate.model import matrices, resampling, significance
from gate.model.resampling import Cells
from gate.model.spec import Task

N = 400
NAMES = ("accuracy", "precision", "recall", "f1", "mcc", "balanced_accuracy")


def decided(seed: int = 0, classes: int = 2) -> tuple[Array, Array, Array, Array]:
    """Labels, decisions of head and base, weights."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, classes, N)
    sides = [
        np.where(rng.random(N) < wrong, rng.integers(0, classes, N), label)
        for wrong in (0.3, 0.25)
    ]
    return label, sides[0], sides[1], rng.exponential(size=N)


def by_rows(
    rows: tuple[Array, ...], classes: int, task: Task, weighted: bool
) -> dict[str, Array]:
    """The differences in each of many draws of rows."""
    label, head, base, weight = rows
    rng = np.random.default_rng(5)
    found = []
    for _ in range(400):
        some = rng.integers(0, N, N)
        parts = [one[some] for one in (label, head, base)]
        (cells,) = resampling.joint(
            *parts, classes, weight[some] if weighted else None
        ).cells()
        of, function = matrices.metrics(cells, task, NAMES)
        one, other = (function(m) for m in of.matrices(of.count[None]))
        found.append({name: float(one[name][0] - other[name][0]) for name in one})
    return {name: np.array([one[name] for one in found]) for name in found[0]}


def cells_of(rows: tuple[Array, ...], classes: int, weighted: bool) -> Cells:
    label, head, base, weight = rows
    (cells,) = resampling.joint(
        label, head, base, classes, weight if weighted else None
    ).cells()
    return cells


@pytest.mark.parametrize(
    ("task", "classes", "weighted"),
    [(Task.BINARY, 2, False), (Task.BINARY, 2, True), (Task.MULTICLASS, 4, False)],
)
def test_counts_scatter_as_rows_do(task: Task, classes: int, weighted: bool) -> None:
    rows = decided(classes=classes)
    cells, function = matrices.metrics(cells_of(rows, classes, weighted), task, NAMES)
    found = resampling.differences(cells, function)
    for name, drawn in by_rows(rows, classes, task, weighted).items():
        spread = found[name]
        assert spread is not None
        assert spread.error == pytest.approx(drawn.std(), rel=0.15)
        width = spread.interval[1] - spread.interval[0]
        expected = np.quantile(drawn, [0.025, 0.975])
        assert spread.interval == pytest.approx(tuple(expected), abs=0.2 * width)


def test_the_randomization_test_of_the_accuracy_is_mcnemars() -> None:
    cells, function = matrices.metrics(
        cells_of(decided(), 2, False), Task.BINARY, NAMES
    )
    p_value = resampling.p_values(cells, function)["accuracy"]
    expected = significance.mcnemar(*cells.gained_and_lost)
    assert p_value == pytest.approx(expected, abs=0.015)


def test_the_same_decisions_are_no_difference() -> None:
    label, head, _, weight = decided()
    cells, function = matrices.metrics(
        cells_of((label, head, head, weight), 2, False), Task.BINARY, NAMES
    )
    assert set(resampling.p_values(cells, function).values()) == {1.0}
    assert all(
        spread and spread.interval == (0, 0)
        for spread in resampling.differences(cells, function).values()
    )


def test_slices_are_counted_as_they_are_alone() -> None:
    label, head, base, weight = decided()
    codes = np.random.default_rng(1).integers(0, 3, N)
    joint = resampling.joint(label, head, base, 2, np.round(weight))
    for code, found in enumerate(joint.cells(codes, 4)[:3]):
        own = codes == code
        (alone,) = resampling.joint(
            label[own], head[own], base[own], 2, np.round(weight)[own]
        ).cells()
        assert found.count.tolist() == alone.count.tolist()
        assert found.weight == pytest.approx(alone.weight)
    assert not joint.cells(codes, 4)[3].count.size


def test_many_classes_are_counted_sparsely() -> None:
    rng = np.random.default_rng(0)
    label, head, base = (rng.integers(0, 1_000, 50) for _ in range(3))
    (cells,) = resampling.joint(label, head, base, 1_000).cells()
    assert cells.count.sum() == 50
    of, function = matrices.metrics(cells, Task.MULTICLASS, NAMES)
    assert list(function(of.matrices(of.count[None])[0])) == ["accuracy"]


def test_what_comes_out_hangs_on_the_rows_alone() -> None:
    cells, function = matrices.metrics(
        cells_of(decided(), 2, False), Task.BINARY, NAMES
    )
    first = resampling.differences(cells, function)
    resampling.differences(cells_of(decided(1), 2, False), function)
    assert resampling.differences(cells, function) == first


@pytest.mark.parametrize(
    ("n", "weighted"), list(itertools.product([300, 800], [False, True]))
)
def test_means_scatter_as_their_error_says(n: int, weighted: bool) -> None:
    rng = np.random.default_rng(0)
    values = rng.exponential(size=(n, 2))
    weight = rng.exponential(size=n) if weighted else None
    drawn = resampling.means(values, weight)
    mean, error = significance.mean_and_error(values[:, 0], weight)
    assert drawn[:, 0].mean() == pytest.approx(mean, abs=4 * error / 40)
    assert drawn[:, 0].std() == pytest.approx(error, rel=0.1)


def test_rows_that_weigh_nothing_have_no_mean() -> None:
    for n in (3, 1_000):
        nothing = np.zeros(n)
        assert np.isnan(resampling.means(np.ones((n, 1)), nothing)).all()
        assert np.isnan(resampling.mean(np.ones((n, 1)), nothing)).all()


def test_fewer_rows_than_all_are_drawn_of_many_and_scatter_as_all() -> None:
    values = np.random.default_rng(0).normal(size=20_000)
    codes = np.zeros(len(values), np.int32)
    ((found,),) = resampling.of_rows(
        lambda rows, own: np.array([[np.median(values[rows])]]), codes, 1
    )
    expected = 1.2533 / np.sqrt(len(values))  # the error of a normal sample's median
    assert found is not None
    assert found.error == pytest.approx(expected, rel=0.2)
    assert found.interval[0] < np.median(values) < found.interval[1]


def test_a_metric_that_is_mostly_undefined_has_no_spread() -> None:
    drawn = np.full(100, np.nan)
    drawn[:90] = 1
    assert resampling.spread(drawn) is None
