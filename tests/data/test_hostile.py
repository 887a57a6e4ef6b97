"""Whatever bytes a file holds, it is a table or an error that says what is wrong."""

from __future__ import annotations

import bz2
import gzip
import json
import random
from pathlib import Path

import pyarrow as arrow
import pyarrow.feather as feather
import pyarrow.parquet as parquet
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gate.data import statistics
from gate.data.source import EXTENSIONS, Source
from gate.errors import DataError

_TEXT = st.text(",;\t|\"'\n\r\0ab1.e-\u00e9\ufeff#", max_size=60)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)


def judged(path: Path, content: bytes) -> bool:
    """Whether the content is a table."""
    path.write_bytes(content)
    try:
        made = statistics.compute(Source(path=path, shown="x"))
    except DataError as error:
        assert error.path == "x" and error.hint
        return False
    counts = {f.num_missing + f.num_non_missing for f in made.features}
    assert counts <= {made.num_examples}
    return True


@given(content=st.binary(max_size=200), ending=st.sampled_from(EXTENSIONS))
def test_random_bytes_are_told(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, ending: str
) -> None:
    judged(tmp_path_factory.getbasetemp() / f"bytes{ending}", content)


@given(text=_TEXT, ending=st.sampled_from((".csv", ".tsv", ".txt", ".jsonl")))
@example(text='a,b\n"x', ending=".csv")
@example(text='{"a": "\\ud800"}', ending=".jsonl")
@example(text="a\n" + "9" * 5_000, ending=".csv")
def test_odd_texts_are_told(
    tmp_path_factory: pytest.TempPathFactory, text: str, ending: str
) -> None:
    judged(tmp_path_factory.getbasetemp() / f"text{ending}", text.encode())


@given(st.lists(st.dictionaries(st.text(max_size=2), _JSON, max_size=3), min_size=1))
def test_what_json_writes_is_a_table_or_told(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]]
) -> None:
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    judged(tmp_path_factory.getbasetemp() / "rows.jsonl", lines.encode())


def _damaged(content: bytes, seed: int) -> bytes:
    chance = random.Random(seed)
    damaged = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(damaged))
        length = chance.choice((1, 4, 30))
        damaged[place : place + length] = chance.randbytes(length)
    return bytes(damaged[: chance.choice((len(damaged), place + 1))])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole")
    rows = arrow.table(
        {
            "i": list(range(500)),
            "s": [f"x{i % 7}" for i in range(500)],
            "l": [[i, None] for i in range(500)],
        }
    )
    parquet.write_table(rows, folder / "a.parquet", compression="zstd")
    parquet.write_table(
        rows.drop_columns(["l"]),
        folder / "b.parquet",
        use_dictionary=False,
        column_encoding={"i": "DELTA_BINARY_PACKED", "s": "DELTA_BYTE_ARRAY"},
    )
    feather.write_feather(rows, str(folder / "c.feather"), compression="lz4")
    made = {path.name: path.read_bytes() for path in folder.iterdir()}
    text = "a,b\n" + "".join(f"{i},{i * i}\n" for i in range(500))
    made["d.csv.gz"] = gzip.compress(text.encode(), mtime=0)
    made["e.csv.bz2"] = bz2.compress(text.encode())
    made["f.csv.zst"] = bytes(arrow.compress(text.encode(), codec="zstd", asbytes=True))
    return made


@pytest.mark.parametrize(
    "name",
    ["a.parquet", "b.parquet", "c.feather", "d.csv.gz", "e.csv.bz2", "f.csv.zst"],
)
def test_damaged_files_are_told(
    tmp_path: Path, whole: dict[str, bytes], name: str
) -> None:
    assert judged(tmp_path / name, whole[name])
    # In the last of them a name is no UTF-8.
    for seed in (*range(60), 1185, 1359):
        judged(tmp_path / name, _damaged(whole[name], seed))
