"""Arrow's files and streams: what they hold, and what is none."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as arrow
import pyarrow.feather as feather
import pyarrow.ipc as ipc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.data import statistics, table
from gate.data.arrow import column
from gate.data.columns import Kind, Numbers
from gate.data.source import Source
from gate.errors import DataError
from tests.data.conftest import MakeSource, cells, read

ROWS = arrow.table({"i": [1, 2, None], "s": ["x", None, "y"]})
EXPECTED = {"i": [1, 2, None], "s": ["x", None, "y"]}


def test_files_streams_and_feather_are_read(tmp_path: Path) -> None:
    with ipc.new_file(str(tmp_path / "f.arrow"), ROWS.schema) as file:
        file.write_table(ROWS)
    with ipc.new_stream(str(tmp_path / "s.arrow"), ROWS.schema) as stream:
        stream.write_table(ROWS, max_chunksize=2)
    feather.write_feather(ROWS, str(tmp_path / "x.feather"), compression="zstd")
    for name in ("f.arrow", "s.arrow", "x.feather"):
        assert read(Source(path=tmp_path / name)) == EXPECTED
    for name in ("f.arrow", "s.arrow"):
        batch, *_ = table.read(Source(path=tmp_path / name), only=frozenset("s"))
        assert list(batch.columns) == ["s"]


def test_a_table_without_rows_keeps_its_columns(tmp_path: Path) -> None:
    with ipc.new_stream(str(tmp_path / "s.arrow"), ROWS.schema):
        pass
    found = statistics.compute(Source(path=tmp_path / "s.arrow"))
    assert [f.name for f in found.features] == ["i", "s"]


def test_the_first_feather_is_told(make_source: MakeSource) -> None:
    with pytest.raises(DataError, match="first version of Feather"):
        read(make_source(b"FEA1" + b"\0" * 20, "x.feather"))


@given(st.data())
def test_a_file_that_is_cut_or_changed_is_told_or_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "broken.arrow"
    stream = data.draw(st.booleans())
    sink = arrow.BufferOutputStream()
    rows = arrow.table(
        {"i": [1, 2], "s": ["x", "yy"], "l": [[1], [2, 3]]}
    ).append_column("d", arrow.array(["p", "q"]).dictionary_encode())
    with (ipc.new_stream if stream else ipc.new_file)(sink, rows.schema) as writer:
        writer.write_table(rows)
    content = bytearray(sink.getvalue())
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(
            st.integers(0, 255)
        )
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    try:
        read(Source(path=path))
    except DataError:
        pass


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (arrow.array([0, None], arrow.timestamp("s")), ["1970-01-01 00:00:00", None]),
        (
            arrow.array([0, 1_500_000], arrow.timestamp("us")),
            ["1970-01-01 00:00:00", "1970-01-01 00:00:01.500000"],
        ),
        (
            arrow.array([1_500_000_000, 1], arrow.timestamp("ns")),
            ["1970-01-01 00:00:01.500000", "1970-01-01 00:00:00.000000001"],
        ),
        (
            arrow.array([0], arrow.timestamp("ms", "Europe/Berlin")),
            ["1970-01-01 00:00:00Z"],
        ),
        (arrow.array([0], arrow.timestamp("s", "Nowhere")), ["1970-01-01 00:00:00Z"]),
        (arrow.array([datetime.date(2024, 2, 29)]), ["2024-02-29"]),
        (arrow.array([datetime.time(1, 2, 3)]), ["01:02:03"]),
        (arrow.array([1_500, None], arrow.duration("ms")), [1.5, None]),
        (arrow.array([decimal.Decimal("123456789012345678")]), [123456789012345678]),
        (arrow.array([decimal.Decimal("1.25"), None]), [1.25, None]),
        (arrow.array(np.array([0.5, np.inf], np.float16)), [0.5, np.inf]),
        (arrow.array([2**63 - 1, None], arrow.uint64()), [2**63 - 1, None]),
        (arrow.array([2**64 - 1, 1], arrow.uint64()), [str(2**64 - 1), "1"]),
        (arrow.array([True, None]), [1, None]),
        (arrow.nulls(2), [None, None]),
        (arrow.array([1, 1, None]).dictionary_encode(), [1, 1, None]),
        (
            arrow.DictionaryArray.from_arrays([0, 1, 2, 0], ["a", "a", None]),
            ["a", "a", None, "a"],
        ),
        (arrow.array(["a", None], arrow.string_view()), ["a", None]),
        (arrow.array(["a", "b"], arrow.large_string()), ["a", "b"]),
        (arrow.array([b"ab", b"\xffb"], arrow.binary(2)), ["ab", "\\xffb"]),
        (arrow.RunEndEncodedArray.from_arrays([2, 3], ["a", "b"]), ["a", "a", "b"]),
        (arrow.array([[1, None], None, []]), ["[1, null]", None, "[]"]),
        (arrow.array([{"a": "é"}]), ['{"a": "é"}']),
        (arrow.array([[("k", 1)]], arrow.map_("str", "int8")), ['[["k", 1]]']),
        (
            arrow.ExtensionArray.from_storage(
                arrow.fixed_shape_tensor(arrow.int8(), (2,)),
                arrow.array([[1, 2]], arrow.list_(arrow.int8(), 2)),
            ),
            ["[1, 2]"],
        ),
    ],
    ids=range(25),
)
def test_types_of_arrow_become_ours(values: object, expected: list[object]) -> None:
    assert cells(column(values, None)) == expected


def test_strings_that_are_no_utf8_are_told_apart() -> None:
    data = arrow.py_buffer(b"a\xff\xfe")
    offsets = arrow.py_buffer(np.array([0, 1, 2, 3], np.int32))
    values = arrow.StringArray.from_buffers(3, offsets, data)
    assert cells(column(values, None)) == ["a", "\\xff", "\\xfe"]


def test_numbers_that_are_wanted_as_texts_are_texts_with_their_types() -> None:
    made = column(arrow.array([1, 2, None]), Kind.STRING)
    assert not isinstance(made, Numbers)
    assert (cells(made), made.kinds.tolist()) == (["1", "2", None], [0, 0])


@pytest.mark.parametrize("new", [ipc.new_file, ipc.new_stream])
@pytest.mark.parametrize("compression", ["lz4", "zstd", None])
def test_a_batch_that_would_fill_the_memory_is_refused_before_it_does(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    new: Callable[..., Any],
    compression: str | None,
) -> None:
    path = tmp_path / "zeros.arrow"
    rows = arrow.table({"x": np.zeros(100_000)})
    options = ipc.IpcWriteOptions(compression=compression)
    with new(str(path), rows.schema, options=options) as writer:
        writer.write_table(rows)
    assert len(read(Source(path=path))["x"]) == 100_000
    monkeypatch.setattr("gate.data.ipc.MAX_BATCH", 799_999)
    if compression is None:
        assert len(read(Source(path=path))["x"]) == 100_000
        return
    with pytest.raises(DataError, match="takes 800,000 bytes"):
        read(Source(path=path))


def test_a_list_of_very_many_values_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = arrow.array([[1], None, [0] * 5_000, [{"a": [2]}]][:3])
    monkeypatch.setattr("gate.data.arrow._OBJECTS", 100)
    assert cells(column(values, None))[:2] == ["[1]", None]
    monkeypatch.setattr("gate.data.arrow._MOST_OBJECTS", 1_000)
    rows = arrow.table({"l": arrow.array([[{"k": [0] * 80_000}]])})
    feather.write_feather(rows, str(tmp_path / "x.feather"))
    with pytest.raises(DataError, match="`l` is too large"):
        read(Source(path=tmp_path / "x.feather"))
