"""What is kept of a base: true or not there, small, and never a change's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gate import cache
from gate.cache import FOLDER, Cache
from gate.fingerprints import Print
from tests.conftest import Repository

KIND = tuple[Print, ...]
PRINTS = (
    Print(True, "a.py", (("1" * 32, "2", "3"),)),
    Print(False, "", (("x", "y", "z"), ("x", "y", "z")), (1, 2)),
)


def entries(root: Path) -> list[Path]:
    return sorted((root / FOLDER).glob("*.json"))


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    kept = Cache(tmp_path)
    assert kept.read({"a": 1}, KIND) is None
    kept.write({"a": 1}, PRINTS)
    assert Cache(tmp_path).read({"a": 1}, KIND) == PRINTS
    assert kept.read({"a": 2}, KIND) is None


def test_it_keeps_itself_out_of_git(repository: Repository) -> None:
    Cache(repository.root).write("key", PRINTS)
    assert repository.git("status", "--porcelain") == ""
    assert entries(repository.root)


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"{", b"null", b"\xff", b"[" * 100_000),
        b'{"version": 1, "prints": []}',
        b"[[1, 2]]",
    ],
)
def test_what_is_corrupt_is_not_there(tmp_path: Path, data: bytes) -> None:
    kept = Cache(tmp_path)
    kept.write("key", PRINTS)
    (path,) = entries(tmp_path)
    path.write_bytes(data)
    assert kept.read("key", KIND) is None
    kept.write("key", PRINTS)
    assert kept.read("key", KIND) == PRINTS


def test_what_git_has_is_neither_read_nor_written(repository: Repository) -> None:
    Cache(repository.root).write("key", PRINTS)
    (path,) = entries(repository.root)
    repository.git("add", "-f", str(path))
    assert Cache(repository.root).read("key", KIND) is None
    path.unlink()
    Cache(repository.root).write("key", PRINTS)
    assert not path.exists()


@pytest.mark.skipif(os.name == "nt", reason="links take rights on Windows")
def test_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    Cache(elsewhere).write("key", PRINTS)
    (tmp_path / FOLDER).symlink_to(elsewhere / FOLDER)
    kept = Cache(tmp_path)
    assert kept.read("key", KIND) is None
    kept.write("other", PRINTS)
    assert len(entries(elsewhere)) == 1


def test_the_oldest_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_ENTRIES", 3)
    kept = Cache(tmp_path)
    for number in range(5):
        kept.write(number, PRINTS)
        for path in entries(tmp_path):  # older with each one that comes behind it
            os.utime(path, (path.stat().st_mtime - 10,) * 2)
    assert [n for n in range(5) if kept.read(n, KIND)] == [2, 3, 4]
    monkeypatch.setattr(cache, "MAX_TOTAL", 10)
    kept.write(5, PRINTS)
    assert [n for n in range(6) if kept.read(n, KIND)] == [5]


def test_what_is_too_large_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MAX_BYTES", 10)
    Cache(tmp_path).write("key", PRINTS)
    assert not (tmp_path / FOLDER).exists()


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file")
    kept = Cache(tmp_path)
    kept.write("key", PRINTS)
    assert kept.read("key", KIND) is None
