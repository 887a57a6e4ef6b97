"""Files are replaced in one step or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gate import atomic
from gate.errors import GateError

posix = pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")


@pytest.mark.parametrize("data", ["é\n", "a\r\nb\n", b"\xff\x00"])
def test_a_file_and_its_folder_are_made(tmp_path: Path, data: str | bytes) -> None:
    path = tmp_path / "new" / "folder" / "file"
    atomic.write(path, data)
    assert path.read_bytes() == (data.encode() if isinstance(data, str) else data)
    assert os.listdir(path.parent) == ["file"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    atomic.write(path, "old")
    with pytest.raises(UnicodeEncodeError):
        atomic.write(path, "\ud800")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("name", ["folder", "file/below"])
def test_a_place_that_cannot_be_written_to_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(GateError, match="cannot be written") as caught:
        atomic.write(tmp_path / name, "x")
    assert caught.value.path == str(tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("old")
    (tmp_path / "file").symlink_to(tmp_path / "target")
    atomic.write(tmp_path / "file", "new")
    assert (tmp_path / "target").read_text() == "old"
    assert not (tmp_path / "file").is_symlink()


@posix
def test_the_mode_is_the_old_files_or_a_plain_one(tmp_path: Path) -> None:
    plain, made, kept = tmp_path / "plain", tmp_path / "made", tmp_path / "kept"
    plain.touch()
    atomic.write(made, "x")
    assert made.stat().st_mode == plain.stat().st_mode
    kept.touch()
    kept.chmod(0o600)
    atomic.write(kept, "x")
    assert kept.stat().st_mode & 0o777 == 0o600
