"""Tables in memory against the same tables in files."""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
import pytest

from gate.data import frames, profiles, schemafile
from gate.data.columns import Kind
from gate.data.profiles import Options
from gate.data.statistics import Feature
from gate.errors import DataError
from tests.data.conftest import MakeSource


def features(frame: Any) -> dict[str, Feature]:
    (found,) = profiles.compute(frames.read(frame), name="frame")
    assert found.name == "frame"
    return {feature.name: feature for feature in found.features}


def test_a_frame_has_the_statistics_of_the_file_it_is_from(
    make_source: MakeSource,
) -> None:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "n": rng.integers(0, 9, 70_000),
            "f": rng.integers(0, 500, 70_000) / 8,
            "t": rng.choice(["x", "yy", "é"], 70_000),
        }
    )
    frame.loc[::7, "t"] = None
    frame.loc[::5, "f"] = np.nan
    (expected,) = profiles.compute(make_source(frame.to_csv(index=False)))
    found = features(frame)
    for one in expected.features:
        other = found[one.name]
        assert (one.kind, one.num_missing) == (other.kind, other.num_missing)
        assert one.textual == other.textual
        if one.numeric and other.numeric:
            assert one.numeric.standard == other.numeric.standard
            assert one.numeric.mean == pytest.approx(other.numeric.mean)


def test_types_of_pandas_are_types_of_columns() -> None:
    found = features(
        pd.DataFrame(
            {
                "bool": [True, False, True],
                "int": pd.array([1, None, 3], dtype="Int64"),
                "float": [0.1, None, math.inf],
                "category": pd.Categorical(["a", "b", None]),
                "time": [pd.Timestamp("2024-02-29 12:30"), pd.NaT, pd.Timestamp(0)],
                "mixed": [1, "one", None],
                "date": [datetime.date(2024, 2, 29), None, None],
                "nothing": [None, None, None],
                7: [1j, 2j, 3j],
            }
        )
    )
    kinds = {name: feature.kind for name, feature in found.items()}
    assert kinds == {
        "bool": Kind.INT,
        "int": Kind.INT,
        "float": Kind.FLOAT,
        "category": Kind.STRING,
        "time": Kind.STRING,
        "mixed": Kind.STRING,
        "date": Kind.STRING,
        "nothing": None,
        "7": Kind.STRING,
    }
    missing = [feature.num_missing for feature in found.values()]
    assert missing == [0, 1, 1, 1, 1, 1, 2, 3, 0]
    assert found["float"].numeric and found["float"].numeric.min == 0.1
    assert found["mixed"].textual and found["time"].textual
    assert dict(found["mixed"].textual.ranked) == {"1": 1, "one": 1}
    assert ("2024-02-29 12:30:00", 1) in found["time"].textual.ranked


def test_a_column_can_be_wanted_as_text() -> None:
    schema = schemafile.parse("feature:\n  - {name: zip, type: BYTES}\n")
    batches = frames.read(pd.DataFrame({"zip": [123, 456]}), schema.kinds())
    (found,) = profiles.compute(batches, Options(schema=schema))
    assert found.features[0].kind is Kind.STRING
    assert found.features[0].textual and found.features[0].textual.unique == 2


def test_null_is_missing_in_arrow_and_nan_is_not() -> None:
    table = pyarrow.table({"x": [1.0, None, math.nan]})
    for data in (table, table.to_batches()[0]):
        (found,) = features(data).values()
        assert found.num_missing == 1
        assert found.numeric and found.numeric.num_nan == 1


def test_a_frame_without_rows_has_its_columns() -> None:
    found = features(pd.DataFrame({"a": [], "b": []}))
    assert list(found) == ["a", "b"]
    assert found["a"].kind is None


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(DataError, match="two columns are called `a`"):
        features(pd.DataFrame([[1, 2]], columns=["a", "a"]))
