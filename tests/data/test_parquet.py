"""Parquet: Arrow's types as ours, and files that are none."""

from __future__ import annotations

import datetime
import decimal
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pyarrow.parquet as parquet
import pytest

from gate.data import schemafile, statistics, table, validation
from gate.data.columns import Kind
from gate.data.source import Source
from gate.errors import DataError
from tests.data.conftest import MakeSource, read


def source(path: Path, columns: dict[str, object], **reading: Any) -> Source:
    parquet.write_table(arrow.table(columns), path / "t.parquet")
    return Source(path=path / "t.parquet", shown="t.parquet", **reading)


def test_arrow_types_become_ours(tmp_path: Path) -> None:
    day = datetime.date(2024, 2, 29)
    made = source(
        tmp_path,
        {
            "i": arrow.array([1, None], arrow.int8()),
            "u": arrow.array([2**64 - 1, 1], arrow.uint64()),
            "f": arrow.array([0.1, None], arrow.float64()),
            "b": arrow.array([True, False]),
            "s": arrow.array(["x", None]).dictionary_encode(),
            "d": arrow.array([day, None]),
            "m": arrow.array([decimal.Decimal("1.25"), None]),
            "l": arrow.array([[1, 2], None]),
            "y": arrow.array([b"\xff", b"a"]),
            "n": arrow.nulls(2),
        },
    )
    assert read(made) == {
        "i": [1, None],
        "u": ["18446744073709551615", "1"],
        "f": [0.1, None],
        "b": [1, 0],
        "s": ["x", None],
        "d": ["2024-02-29", None],
        "m": [1.25, None],
        "l": ["[1, 2]", None],
        "y": ["\\xff", "a"],
        "n": [None, None],
    }
    kinds = {f.name: f.kind for f in statistics.compute(made).features}
    assert kinds["u"] is Kind.STRING and kinds["n"] is None


def test_texts_can_be_said_to_be_missing(tmp_path: Path) -> None:
    made = source(tmp_path, {"x": ["a", "NA", None, "a"]}, na_values=("NA",))
    assert read(made) == {"x": ["a", None, None, "a"]}


@pytest.mark.skipif(sys.platform != "linux", reason="tells its memory elsewhere")
@pytest.mark.parametrize("encoding", ["dictionary", "DELTA_BYTE_ARRAY"])
def test_a_text_that_many_rows_repeat_does_not_fill_the_memory(
    tmp_path: Path, encoding: str
) -> None:
    """40 kB in each of 65,536 rows: 2.6 GB, were they written out, from some 400 B."""
    texts = arrow.array(["x" * 40_000] * 1_024)
    chunks: Any = [texts] * 64
    delta = encoding != "dictionary"
    parquet.write_table(
        arrow.table({"s": arrow.chunked_array(chunks)}),
        tmp_path / "t.parquet",
        compression="zstd",
        use_dictionary=not delta,
        column_encoding={"s": encoding} if delta else None,
        store_schema=False,
    )
    script = (
        "import sys; from pathlib import Path;"
        "from gate.data import statistics; from gate.data.source import Source;"
        "made = statistics.compute(Source(path=Path(sys.argv[1])));"
        "print(*(feature.textual.unique for feature in made.features));"
        # Not ru_maxrss, which begins with that of the process that started this one.
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "t.parquet")],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    unique, most = done.stdout.splitlines()
    assert unique == "1"
    assert int(most) < 1_500_000  # kB


@pytest.mark.parametrize(
    "writing",
    [
        {"use_dictionary": True},
        {"use_dictionary": False},
        {"use_dictionary": False, "column_encoding": {"s": "DELTA_BYTE_ARRAY"}},
        {"use_dictionary": False, "column_encoding": {"s": "DELTA_LENGTH_BYTE_ARRAY"}},
    ],
)
def test_texts_are_whole_across_groups_and_batches(
    tmp_path: Path, writing: dict[str, Any]
) -> None:
    expected = [None if i % 7 == 0 else f"v{i % 400}" for i in range(150_000)]
    lists = [None if i % 5 == 0 else [f"w{i % 3}", None] for i in range(150_000)]
    parquet.write_table(
        arrow.table({"s": expected, "l": lists}),
        tmp_path / "t.parquet",
        row_group_size=70_000,
        **writing,
        store_schema=False,
    )
    assert read(Source(path=tmp_path / "t.parquet")) == {
        "s": expected,
        "l": [item and json.dumps(item) for item in lists],
    }


def test_wide_rows_come_in_smaller_batches(tmp_path: Path) -> None:
    wide = arrow.table({f"c{i}": [1] * 9_000 for i in range(1_000)})
    parquet.write_table(wide, tmp_path / "t.parquet")
    batches = table.read(Source(path=tmp_path / "t.parquet"))
    rows = [batch.rows for batch in batches]
    assert sum(rows) == 9_000 and max(rows) < 9_000


def test_anomalies_name_rows(tmp_path: Path) -> None:
    made = source(tmp_path, {"x": [1, 5, None, 7]})
    schema = "feature:\n  - name: x\n    type: INT\n    int_domain: {max: 4}\n"
    (found,) = validation.validate(made, schemafile.parse(schema)).anomalies
    assert [(e.value, e.rows) for e in found.examples] == [("7", (4,)), ("5", (2,))]


def test_a_table_without_rows_keeps_its_columns(tmp_path: Path) -> None:
    made = source(tmp_path, {"x": arrow.array([], arrow.int64())})
    assert [f.name for f in statistics.compute(made).features] == ["x"]


def test_two_columns_of_one_name_are_told(tmp_path: Path) -> None:
    table = arrow.Table.from_arrays([arrow.array([1]), arrow.array([2])], ["x", "x"])
    parquet.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(DataError, match="two columns are called `x`"):
        read(Source(path=tmp_path / "t.parquet"))


@pytest.mark.parametrize("content", [b"PAR1", b"a,b\n1,2\n", b"PAR1" + b"\0" * 99])
def test_what_is_no_parquet_is_told(make_source: MakeSource, content: bytes) -> None:
    with pytest.raises(DataError, match="not whole Parquet"):
        read(make_source(content, "x.parquet"))
