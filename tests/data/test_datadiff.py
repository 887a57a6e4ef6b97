"""What changed between two versions of a table, beside a diff by pandas."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.data import datadiff, matching, statistics
from gate.data.datadiff import Cell, DataDiff, TypeChange
from gate.data.source import Source
from gate.errors import ConfigError
from tests.data.conftest import MakeSource


def diff(make_source: MakeSource, base: str, head: str, *key: str) -> DataDiff:
    return datadiff.diff(make_source(base, "a.csv"), make_source(head, "b.csv"), key)


def counts(found: DataDiff) -> tuple[int, ...]:
    return found.added, found.removed, found.changed, found.unchanged


def test_the_same_rows_in_another_order_are_no_difference(
    make_source: MakeSource,
) -> None:
    found = diff(make_source, "a,b\n1,x\n2,y\n2,y\n", "b,a\ny,2\ny,2.0\nx,1\n")
    assert counts(found) == (0, 0, 0, 3)
    assert found.types == (TypeChange(name="a", base="INT", head="FLOAT"),)
    assert diff(make_source, "a\n1\n2\n", "a\n2\n1\n").statistics == ()
    assert not diff(make_source, "a\n1\n2\n", "a\n2\n1\n")


def test_rows_without_a_key_are_added_and_removed_as_often_as_they_are(
    make_source: MakeSource,
) -> None:
    found = diff(make_source, "a\n1\n2\n2\n3\n", "a\n2\n4\n2\n2\n1\n")
    assert counts(found) == (2, 1, 0, 3)
    assert [(row.row, row.cells) for row in found.added_rows] == [
        (2, {"a": "4"}),
        (4, {"a": "2"}),
    ]
    assert [(row.line, row.cells) for row in found.removed_rows] == [(5, {"a": "3"})]


def test_rows_with_a_key_are_changed_cell_by_cell(make_source: MakeSource) -> None:
    found = diff(
        make_source,
        "id,x,s\n1,1,a\n2,2,b\n3,3,c\n",
        "id,s,x\n4,d,4\n3,,3.0\n1,a,1\n",
        "id",
    )
    assert counts(found) == (1, 1, 1, 1)
    assert found.changed_cells == {"s": 1}
    (row,) = found.changed_rows
    assert (row.key, row.base_line, row.line) == ({"id": "3"}, 4, 3)
    assert row.cells == (Cell(name="s", base="c", head=None),)


def test_keys_that_tell_no_rows_apart_are_compared_by_content(
    make_source: MakeSource,
) -> None:
    base, head = "id,x\n1,1\n1,2\n,3\n2,4\n", "id,x\n1,2\n1,5\n,3\n2,5\n"
    found = diff(make_source, base, head, "id")
    assert counts(found) == (1, 1, 1, 2)
    assert found.repeated == 6


def test_columns_that_came_and_went_are_told_and_not_compared(
    make_source: MakeSource,
) -> None:
    found = diff(make_source, "a,old\n1,2\n", "a,new\n1,x\n")
    assert (found.columns_added, found.columns_removed) == (("new",), ("old",))
    assert counts(found) == (0, 0, 0, 1)
    assert found


def test_a_number_that_became_text_is_compared_as_text(
    make_source: MakeSource,
) -> None:
    found = diff(make_source, "id,x\n1,1\n2,2\n", "id,x\n1,1\n2,two\n", "id")
    assert found.types == (TypeChange(name="x", base="INT", head="BYTES"),)
    assert counts(found) == (0, 0, 1, 1)


def test_statistics_that_moved_are_told(make_source: MakeSource) -> None:
    found = diff(make_source, "x,s\n1,a\n3,a\n", "x,s\n1,a\n4,b\n")
    x, s = found.statistics
    told = {move.name: (move.base, move.head) for move in x.moves}
    assert told["max"] == (3, 4) and told["mean"] == (2.0, 2.5)
    assert "missing" not in told and "min" not in told
    assert (s.metric, s.distance) == ("infinity_norm", 0.5)
    assert {m.name for m in s.moves} == {"unique", "top", "top_share"}


def test_parquet_keeps_the_digits_that_text_does_not(
    make_source: MakeSource, tmp_path: Any
) -> None:
    for name, value in (("a", 0.1), ("b", 0.1 + 1e-12)):
        pd.DataFrame({"x": [value]}).to_parquet(tmp_path / f"{name}.parquet")
        pd.DataFrame({"x": [value]}).to_csv(tmp_path / f"{name}.csv", index=False)
    for form, added in (("parquet", 1), ("csv", 0)):
        base, head = (Source(path=tmp_path / f"{name}.{form}") for name in "ab")
        assert datadiff.diff(base, head).added == added


def test_a_key_that_is_not_there_is_named(make_source: MakeSource) -> None:
    with pytest.raises(ConfigError, match="old table has no column `id`"):
        diff(make_source, "a\n1\n", "id\n1\n", "id")


def test_statistics_that_are_known_are_not_counted_again(
    make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, head = make_source("a\n1\n", "a.csv"), make_source("a\n2\n", "b.csv")
    known = statistics.compute(base), statistics.compute(head)
    expected = datadiff.diff(base, head)
    monkeypatch.setattr(statistics, "compute", None)
    assert datadiff.diff(base, head, known=known) == expected


def test_examples_are_few_and_counts_are_whole(make_source: MakeSource) -> None:
    base = "id,x\n" + "".join(f"{i},{i}\n" for i in range(100))
    head = "id,x\n" + "".join(f"{i},{i + 1}\n" for i in range(100))
    found = diff(make_source, base, head, "id")
    assert counts(found) == (0, 0, 100, 0)
    assert [row.row for row in found.changed_rows] == list(range(1, 21))
    assert found.changed_cells == {"x": 100}


_tables = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3", "4", ""]),
        st.sampled_from(["a", "b", ""]),
        st.sampled_from(["0.5", "1.5", ""]),
    ),
    max_size=9,
)


@given(_tables, _tables)
def test_the_counts_are_those_of_multisets(
    tmp_path_factory: pytest.TempPathFactory,
    base: list[tuple[str, ...]],
    head: list[tuple[str, ...]],
) -> None:
    sides = []
    for name, rows in (("base", base), ("head", head)):
        path = tmp_path_factory.getbasetemp() / f"diff_{name}.csv"
        text = io.StringIO()
        pd.DataFrame(rows, columns=["id", "s", "x"]).to_csv(text, index=False)
        path.write_text(text.getvalue(), "utf-8", newline="")
        sides.append(Source(path=path))
    before, after = Counter(base), Counter(head)
    found = datadiff.diff(sides[0], sides[1])
    added, removed = after - before, before - after
    same = (before & after).total()
    assert counts(found) == (added.total(), removed.total(), 0, same)
    assert Counter(cells_of(found.added_rows)) == added
    assert Counter(cells_of(found.removed_rows)) == removed
    keyed = datadiff.diff(sides[0], sides[1], ["id"])
    assert counts(keyed) == by_key(base, head)


def cells_of(rows: Any) -> list[tuple[str, ...]]:
    return [tuple(row.cells[name] or "" for name in ("id", "s", "x")) for row in rows]


def by_key(base: list[tuple[str, ...]], head: list[tuple[str, ...]]) -> tuple[int, ...]:
    """Added, removed, changed and unchanged rows, where lone keys join."""
    often = [Counter(row[0] for row in side) for side in (base, head)]
    lone = {k for side in often for k in side if k and max(o[k] for o in often) == 1}
    ours, theirs = (
        {row[0]: row for row in side if row[0] in lone} for side in (base, head)
    )
    loose = [
        Counter(row for row in side if row[0] not in lone) for side in (base, head)
    ]
    changed = sum(theirs[k] != row for k, row in ours.items() if k in theirs)
    added = len(theirs.keys() - ours.keys()) + (loose[1] - loose[0]).total()
    removed = len(ours.keys() - theirs.keys()) + (loose[0] - loose[1]).total()
    return added, removed, changed, len(head) - added - changed


def test_equal_cells_have_equal_hashes_and_others_do_not() -> None:
    from gate.data.columns import Kind, Numbers, coded

    numbers = Numbers(np.array([1, 2, -1, 0, 2**62]), np.array([0, 0, 0, 1, 0], bool))
    texts = coded(np.array([0, 1, 2, -1, 3]), ["1", "02", "-1", str(2**62)])
    for kind in (Kind.INT, Kind.FLOAT):
        ours = matching.hashes_of(numbers, kind)
        assert (ours == matching.hashes_of(texts, kind)).all()
        assert ours[3] == 0 and len(set(ours.tolist())) == 5
    strings = matching.hashes_of(texts, Kind.STRING)
    assert not set(strings.tolist()) & set(ours.tolist()) - {0}
