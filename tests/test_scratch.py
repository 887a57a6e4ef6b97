"""Room is held until it is needed, and a folder goes whatever was left in it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from gate import scratch
from tests import smalldisk

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX has these files")

# Holds room, fills the disk and its list of files, and writes after all.
PROGRAM = """
import itertools, sys
from pathlib import Path
from gate import scratch
reserve = scratch.Reserve([Path.cwd()])
try:
    with open("full", "wb", buffering=0) as file:
        while True:
            file.write(bytes(65536))
except OSError:
    pass
try:
    for number in itertools.count():
        Path(f"{number}").touch()
except OSError:
    pass
try:
    Path("before").write_bytes(b"x" * 100_000)
    print("not full")
except OSError:
    pass
reserve.release()
for number in range(20):
    Path(f"report{number}").write_bytes(bytes(int(sys.argv[1]) // 20))
print("written")
"""


@pytest.mark.parametrize(
    ("size", "room"), [("64m", scratch.ROOM * 9 // 10), ("3m", scratch.LEAST)]
)
def test_what_is_held_can_be_written_on_a_full_disk(
    tmp_path: Path, size: str, room: int
) -> None:
    smalldisk.need()
    words = [sys.executable, "-c", PROGRAM, str(room)]
    done = smalldisk.run(words, tmp_path, size=size, files=500)
    assert (done.stdout, done.returncode) == ("written\n", 0), done.stderr


def test_a_disk_that_is_full_from_the_start_is_told(tmp_path: Path) -> None:
    smalldisk.need()
    done = smalldisk.run([sys.executable, "-c", PROGRAM, "1"], tmp_path, size="600k")
    assert "GateError" in done.stderr and "less than 1,024 KB are free" in done.stderr


def test_room_is_held_once_a_disk_and_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    reserve = scratch.Reserve([tmp_path, tmp_path / "other"])
    assert len(reserve._files) == scratch.FILES
    assert sum(os.fstat(file.fileno()).st_size for file in reserve._files) > 3e7
    if os.name != "nt":
        assert [path.name for path in tmp_path.rglob("*")] == ["other"]
    reserve.release()
    assert [path.name for path in tmp_path.rglob("*")] == ["other"]


def test_what_is_plain_is_removed(tmp_path: Path) -> None:
    (tmp_path / "folder" / "in it").mkdir(parents=True)
    (tmp_path / "folder" / "in it" / "file").touch()
    (tmp_path / "file").touch()
    for name in ("folder", "file", "nothing"):
        assert scratch.remove(tmp_path / name)
    assert [*tmp_path.iterdir()] == []


@posix
def test_a_link_is_removed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").touch()
    (tmp_path / "folder").mkdir()
    for link in ("folder/link", "link"):
        (tmp_path / link).symlink_to(tmp_path / "kept")
    os.mkfifo(tmp_path / "folder" / "pipe")
    for name in ("folder", "link"):
        assert scratch.remove(tmp_path / name)
    assert [path.name for path in tmp_path.rglob("*")] == ["kept", "file"]


@posix
def test_what_is_too_deep_for_a_path_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(600):
        os.mkdir("deep" * 20)
        os.chdir("deep" * 20)
    monkeypatch.chdir(tmp_path)
    assert scratch.remove(tmp_path / ("deep" * 20))


@posix
def test_rights_that_were_taken_away_keep_nothing(tmp_path: Path) -> None:
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").touch()
    for name in ("a/b/c", "a/b", "a"):
        (tmp_path / name).chmod(0)
    assert scratch.remove(tmp_path / "a")


def test_removing_has_an_end(tmp_path: Path) -> None:
    (tmp_path / "folder" / "b").mkdir(parents=True)
    assert not scratch.remove(tmp_path / "folder", within=-1.0)
    assert (tmp_path / "folder" / "b").is_dir()
