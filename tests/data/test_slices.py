"""Slices against pandas' groupby."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gate.data import slices, table
from gate.data.slices import Slicer
from gate.errors import DataError
from tests.data.conftest import MakeSource, cells

FRAME = pd.DataFrame(
    {
        "plan": ["pro", "free", None, "pro", "team", "free"],
        "age": [1, 2, 3, 4, None, 6],
        "sex": ["f", "m", "f", "m", None, "m"],
    }
).astype({"age": "Int64"})


def split(
    make_source: MakeSource, frame: pd.DataFrame, *by: str
) -> dict[str, list[list[object]]]:
    slicer = Slicer(by, "data.csv")
    source = make_source(frame.to_csv(index=False))
    found: dict[str, list[list[object]]] = {}
    for batch in table.read(source):
        for name, part in slicer.split(batch):
            columns = [cells(column) for column in part.columns.values()]
            assert all(len(column) == part.rows for column in columns)
            found.setdefault(name, []).extend(map(list, zip(*columns, strict=True)))
    return found


def test_a_slice_has_the_rows_of_its_value(make_source: MakeSource) -> None:
    found = split(make_source, FRAME, "plan")
    plain = {
        name: [[None if cell is None else str(cell) for cell in row] for row in rows]
        for name, rows in found.items()
    }
    assert plain == {
        "plan_free": [["free", "2", "m"], ["free", "6", "m"]],
        "plan_pro": [["pro", "1", "f"], ["pro", "4", "m"]],
        "plan_team": [["team", None, None]],
    }


def test_columns_are_crossed_in_the_order_of_their_names(
    make_source: MakeSource,
) -> None:
    found = split(make_source, FRAME, "sex", "plan")
    assert {name: len(rows) for name, rows in found.items()} == {
        "plan_pro_sex_f": 1,
        "plan_pro_sex_m": 1,
        "plan_free_sex_m": 2,
    }


def test_slices_are_those_of_groupby(make_source: MakeSource) -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "a": rng.choice(np.array(["x", "y", "z", None]), 5_000),
            "n": rng.integers(0, 30, 5_000),
            "v": rng.normal(size=5_000),
        }
    )
    found = split(make_source, frame, "n", "a")
    groups = frame.groupby(["a", "n"])["v"]
    expected = {f"a_{a}_n_{n}": len(group) for (a, n), group in groups}
    assert {k: len(v) for k, v in found.items()} == expected


def test_lines_of_a_slice_are_those_of_the_file(make_source: MakeSource) -> None:
    source = make_source("p,v\nx,1\ny,2\nx,3\n")
    (batch,) = table.read(source)
    parts = dict(Slicer(["p"]).split(batch))
    assert parts["p_x"].lines(np.array([0, 1])).tolist() == [2, 4]


def test_a_column_that_is_not_there_is_named(make_source: MakeSource) -> None:
    with pytest.raises(DataError, match="no column `nope` to slice by"):
        split(make_source, FRAME, "nope")


@pytest.mark.parametrize("kind", ["int", "str"])
def test_too_many_slices_are_refused(make_source: MakeSource, kind: str) -> None:
    frame = pd.DataFrame({"id": range(slices.MAX_SLICES + 1)})
    if kind == "str":
        frame["id"] = "t" + frame["id"].astype(str)
    with pytest.raises(DataError, match="over 1,000 slices by id"):
        split(make_source, frame, "id")
    assert len(split(make_source, frame[1:], "id")) == slices.MAX_SLICES
