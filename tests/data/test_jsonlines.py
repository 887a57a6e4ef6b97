"""JSON lines: types are those of JSON, and each fault has its line."""

from __future__ import annotations

import gzip
import json

import pytest

from gate.data import table
from gate.data.columns import Coded, Kind
from gate.data.records import MAX_RECORD
from gate.errors import DataError
from tests.data.conftest import MakeSource, read


def test_types_are_those_of_json(make_source: MakeSource) -> None:
    lines = (
        '{"i": 1, "f": 0.5, "s": "7", "b": true, "o": {"x": [1]}, "m": 1}',
        '{"i": null, "f": NaN, "b": false, "o": null, "m": "x"}',
        "",
    )
    found = read(make_source("\n".join(lines), "x.jsonl"))
    assert found["i"] == [1, None]
    assert found["f"][0] == 0.5 and found["f"][1] != found["f"][1]
    assert found["s"] == ["7", None]
    assert found["b"] == [1, 0]
    assert found["o"] == ['{"x": [1]}', None]
    assert found["m"] == ["1", "x"]


def test_a_string_stays_a_string_whatever_it_spells(make_source: MakeSource) -> None:
    (batch,) = table.read(make_source('{"s": "7"}\n{"s": ""}\n', "x.jsonl"))
    column = batch.columns["s"]
    assert isinstance(column, Coded)
    assert column.kinds.tolist() == [Kind.STRING, Kind.STRING]
    assert not column.missing.any()


def test_gzip_and_blank_lines_are_read(make_source: MakeSource) -> None:
    packed = gzip.compress(b'\n{"a": 1}\r\n\r\n{"a": 2}', mtime=0)
    assert read(make_source(packed, "x.jsonl.gz")) == {"a": [1, 2]}


def test_texts_can_be_said_to_be_missing(make_source: MakeSource) -> None:
    lines = '{"a": "x", "b": 1}\n{"a": "NA", "b": "NA"}\n{"a": "y"}\n'
    found = read(make_source(lines, "x.jsonl", na_values=("NA",)))
    assert found == {"a": ["x", None, "y"], "b": ["1", None, None]}


def test_integers_too_long_for_64_bits_are_texts(make_source: MakeSource) -> None:
    assert read(make_source('{"a": 99999999999999999999}\n', "x.jsonl")) == {
        "a": ["99999999999999999999"]
    }


def test_too_many_keys_are_refused(make_source: MakeSource) -> None:
    wide = "{%s}\n" % ",".join(f'"k{i}": 1' for i in range(10_001))
    with pytest.raises(DataError, match=r"x.jsonl:2: over 10,000 columns"):
        read(make_source("{}\n" + wide, "x.jsonl"))


def test_a_line_without_end_is_refused(make_source: MakeSource) -> None:
    with pytest.raises(DataError, match=r"x.jsonl:2: a line beyond all bounds"):
        read(make_source(b"{}\n" + b" " * (MAX_RECORD + 1), "x.jsonl"))


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        ('{"a": 1}\n{"a": \n', 2, "not valid JSON"),
        ("[1]\n", 1, "not a JSON object"),
        ('{"a": 1}\n\n3\n', 3, "not a JSON object"),
        ("\n", None, "no object"),
        ('{"a": "\\ud800"}\n', 1, "not valid JSON"),
        ('{"a": ' + "[" * 5_000 + "\n", 1, "not valid JSON"),
    ],
)
def test_faults_are_told_with_their_line(
    make_source: MakeSource, content: str, line: int | None, says: str
) -> None:
    with pytest.raises(DataError) as caught:
        read(make_source(content, "x.jsonl"))
    assert says in caught.value.message
    assert caught.value.line == line


def test_many_columns_come_in_batches_of_few_rows(
    make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gate.data.jsonlines.CELLS", 100)
    lines = [json.dumps({f"k{i % 9}": i, "all": i}) for i in range(60)]
    source = make_source("\n".join(lines), "x.jsonl")
    batches = list(table.read(source))
    assert sum(batch.rows for batch in batches) == 60
    assert all(batch.rows * len(batch.columns) <= 109 for batch in batches)
    assert read(source)["all"] == list(range(60))
    wanted = list(table.read(source, {"k0": Kind.STRING}, frozenset(("k0",))))
    assert all(isinstance(batch.columns["k0"], Coded) for batch in wanted)


def test_a_table_of_almost_no_values_is_refused(
    make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gate.data.jsonlines.MANY_CELLS", 100_000)
    lines = "".join(json.dumps({f"k{i}": i}) + "\n" for i in range(1_000))
    with pytest.raises(DataError, match="under 0.5% of the cells of 1,000 columns"):
        read(make_source(lines, "x.jsonl"))
