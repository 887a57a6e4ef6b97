"""Feature skew: the counts of TFDV, thresholds, and what cannot be joined."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.data import matching, skew
from gate.data.skew import Skew
from gate.data.source import Source
from gate.errors import ConfigError, DataError
from tests.data.conftest import MakeSource

CASES = sorted((Path(__file__).parent / "tfdv" / "feature_skew").iterdir())


def detect(make_source: MakeSource, base: str, test: str, **options: Any) -> Skew:
    sources = make_source(base, "base.csv"), make_source(test, "test.csv")
    return skew.detect(*sources, options.pop("identifiers", ["id"]), **options)


def counts(found: Skew) -> dict[str, tuple[int, ...]]:
    """Match, mismatch, only base, only test by column."""
    return {
        one.feature_name: (
            one.match_count,
            one.mismatch_count,
            one.base_only,
            one.test_only,
        )
        for one in found.feature_skew
    }


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_the_counts_are_those_of_tfdv(folder: Path) -> None:
    case = json.loads((folder / "case.json").read_text("utf-8"))
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    found = skew.to_json(
        skew.detect(
            Source(path=folder / "base.csv"),
            Source(path=folder / "test.csv"),
            case["identifier_features"],
            ignore=case["features_to_ignore"],
            digits=case["float_round_ndigits"],
            allow_duplicates=case["allow_duplicate_identifiers"],
        )
    )
    assert list(found["feature_skew"]) == expected["feature_skew"]
    assert found["match_stats"] == expected["match_stats"]


def test_identifiers_are_counted_as_tfdv_counts_them(make_source: MakeSource) -> None:
    # The example of TFDV's own test of its match statistics.
    base = "id,x\n" + "".join(f"{i},1\n" for i in ("a", "a", "b", "e", ""))
    test = "id,x\n" + "".join(f"{i},1\n" for i in ("a", "a", "c", "d", "e", "", ""))
    found = detect(make_source, base, test)
    assert found.match_stats == skew.MatchStats(
        base_with_id_count=4,
        test_with_id_count=5,
        identifiers_count=5,
        matching_pairs_count=5,
        ids_missing_in_base_count=2,
        ids_missing_in_test_count=1,
        duplicate_id_count=1,
        base_missing_id_count=1,
        test_missing_id_count=2,
    )
    assert found.pairs == 1
    assert detect(make_source, base, test, allow_duplicates=True).pairs == 5


def test_equality_knows_the_type_of_a_column(make_source: MakeSource) -> None:
    found = detect(make_source, "id,x\n1,1\n2,2\n", "id,x\n1,1.0\n2,2.0\n")
    assert counts(found) == {"x": (0, 2, 0, 0)}
    assert found.types == {"x": ("INT", "FLOAT")}


@pytest.mark.parametrize(
    ("digits", "same"), [(None, 1), (3, 1), (2, 2), (1, 3), (0, 3)]
)
def test_floats_are_rounded_as_python_rounds(
    make_source: MakeSource, digits: int | None, same: int
) -> None:
    found = detect(
        make_source,
        "id,x\n1,0.1\n2,2.001\n3,5.31\n4,nan\n",
        "id,x\n1,0.2\n2,2.004\n3,5.33\n4,nan\n",
        digits=digits,
    )
    extra = 1 if digits == 0 else 0  # 0.1 and 0.2 are both 0
    assert counts(found)["x"][0] == same + extra


def test_floats_are_those_of_32_bits_and_minus_zero_is_zero(
    make_source: MakeSource,
) -> None:
    base = "id,x\n1,0.1\n2,-0.0\n3,16777217.0\n"
    test = "id,x\n1,0.10000000001\n2,0.0\n3,16777216.0\n"
    assert counts(detect(make_source, base, test)) == {"x": (3, 0, 0, 0)}


def test_rows_that_differ_are_told_with_their_lines(make_source: MakeSource) -> None:
    base = 'id,day,x\n1,"a\nb",1\n2,c,2\n'
    test = "id,day,x\n2,c,\n1,z,1\n"
    first, second = detect(make_source, base, test, identifiers=["id"]).sample
    assert (first.identifier, first.base_line, first.test_line) == ({"id": "1"}, 2, 3)
    assert [(c.feature, c.base, c.test) for c in first.cells] == [("day", "a\nb", "z")]
    assert (second.base_row, second.base_line, second.test_row) == (2, 4, 1)
    assert [(c.feature, c.base, c.test) for c in second.cells] == [("x", "2", None)]


def test_a_share_above_its_threshold_is_an_anomaly(make_source: MakeSource) -> None:
    base = "id,x,y\n" + "".join(f"{i},1,1\n" for i in range(10))
    test = "id,x,y\n" + "".join(f"{i},{1 + (i < 2)},1\n" for i in range(10))

    def fired(**thresholds: float) -> list[tuple[str, str, int]]:
        found = detect(make_source, base, test, thresholds=thresholds)
        return [(one.feature, one.type, one.count) for one in found.anomalies]

    assert fired() == []
    assert fired(**{"": 0.2}) == []
    assert fired(**{"": 0.19}) == [("x", "FEATURE_SKEW_HIGH", 2)]
    assert fired(**{"": 0.19, "x": 0.5}) == []
    assert fired(x=0) == [("x", "FEATURE_SKEW_HIGH", 2)]


@pytest.mark.parametrize(
    "options",
    [{"identifiers": ["no"]}, {"ignore": ["no"]}, {"thresholds": {"no": 0.1}}],
    ids=["identifiers", "ignore", "thresholds"],
)
def test_a_column_that_is_not_there_is_named(
    make_source: MakeSource, options: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError, match="no column `no`"):
        detect(make_source, "id,x\n1,1\n", "id,x\n1,1\n", **options)


def test_too_many_pairs_are_refused(
    make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(skew, "MAX_PAIRS", 15)
    table = "id,x\n" + "7,1\n" * 4
    with pytest.raises(DataError, match="16 pairs"):
        detect(make_source, table, table, allow_duplicates=True)
    assert detect(make_source, table, table).pairs == 0


def test_columns_that_do_not_fit_in_memory_together_count_the_same(
    make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = "id,a,b,c\n1,1,2,3\n2,4,5,6\n"
    test = "id,a,b,c\n2,4,0,6\n1,1,2,\n"
    whole = detect(make_source, base, test)
    monkeypatch.setattr(matching, "CELLS", 1)
    assert detect(make_source, base, test) == whole
    assert whole.skewed_pairs == 2


_rows = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3", ""]),
        st.sampled_from(["0.5", "1.5", "nan", "-0.0", "0.0", ""]),
        st.sampled_from(["a", "b", "1", ""]),
    ),
    max_size=8,
)


@given(_rows, _rows, st.booleans())
def test_the_counts_are_those_of_a_join_cell_by_cell(
    tmp_path_factory: pytest.TempPathFactory,
    base: list[tuple[str, ...]],
    test: list[tuple[str, ...]],
    duplicates: bool,
) -> None:
    sources = []
    for name, rows in (("base", base), ("test", test)):
        path = tmp_path_factory.getbasetemp() / f"skew_{name}.csv"
        text = io.StringIO()
        # The last rows give every column the same type on both sides.
        extra = [(name, "0.25", "text")]
        csv.writer(text).writerows([("id", "x", "s"), *rows, *extra])
        path.write_text(text.getvalue(), "utf-8", newline="")
        sources.append(Source(path=path))
    found = skew.detect(sources[0], sources[1], ["id"], allow_duplicates=duplicates)
    assert counts(found) == joined(base, test, duplicates)


def joined(
    base: list[tuple[str, ...]], test: list[tuple[str, ...]], duplicates: bool
) -> dict[str, tuple[int, ...]]:
    result: dict[str, Counter[str]] = defaultdict(Counter)
    often = [Counter(row[0] for row in side) for side in (base, test)]
    for ours, theirs in itertools.product(base, test):
        if not ours[0] or ours[0] != theirs[0]:
            continue
        if not duplicates and max(side[ours[0]] for side in often) > 1:
            continue
        for name, a, b in zip("xs", ours[1:], theirs[1:], strict=True):
            a, b = (text.replace("-0.0", "0.0") for text in (a, b))
            if a or b:
                kind = "same" if a == b else "unequal" if a and b else "ab"[not a]
                result[name][kind] += 1
    return {
        name: (c["same"], c["unequal"], c["a"], c["b"])
        for name, c in sorted(result.items(), key=lambda item: item[0])
    }
