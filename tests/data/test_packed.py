"""Compressed files: read while they pass, and refused where they never end."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Callable

import pyarrow
import pytest

from gate.errors import DataError
from tests.data.conftest import MakeSource, read

ROWS = b"a,b\n1,x\n2,y\n"


def zstd(data: bytes) -> bytes:
    return bytes(pyarrow.compress(data, codec="zstd", asbytes=True))


PACKERS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gz", gzip.compress),
    ("zst", zstd),
    ("bz2", bz2.compress),
]
FORMATS = pytest.mark.parametrize(("ending", "pack"), PACKERS, ids=["gz", "zst", "bz2"])


@FORMATS
def test_a_packed_file_is_read_also_in_several_pieces(
    make_source: MakeSource, ending: str, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(ROWS) + pack(b"3,z\n")
    found = read(make_source(packed, f"x.csv.{ending}"))
    assert found == {"a": [1, 2, 3], "b": ["x", "y", "z"]}


@FORMATS
def test_what_is_not_packed_or_not_whole_is_told(
    make_source: MakeSource, ending: str, pack: Callable[[bytes], bytes]
) -> None:
    for content in (b"not packed", pack(ROWS * 1_000)[:-9], pack(ROWS)[:9]):
        with pytest.raises(DataError, match="x.csv.* not whole"):
            read(make_source(content, f"x.csv.{ending}"))


@pytest.mark.parametrize("name", ["x.csv", "x.jsonl", "x.parquet", "x.arrow"])
@FORMATS
def test_what_never_ends_is_refused(
    make_source: MakeSource,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    ending: str,
    pack: Callable[[bytes], bytes],
) -> None:
    monkeypatch.setattr("gate.data.packed.MAX_UNPACKED", 1_000_000)
    binary = name.endswith(("parquet", "arrow")) and ending != "gz"
    packed = pack(b"x\n" + b"1\n" * 1_000_000)
    says = "has to be unpacked" if binary else "200 times as large"
    with pytest.raises(DataError, match=says):
        read(make_source(packed, f"{name}.{ending}"))


def test_what_packs_well_is_read(make_source: MakeSource) -> None:
    packed = gzip.compress(b"x\n" + b"1\n" * 1_000_000, mtime=0)
    assert len(read(make_source(packed, "x.csv.gz"))["x"]) == 1_000_000
