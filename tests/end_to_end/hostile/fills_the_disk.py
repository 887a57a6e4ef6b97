"""Fills the disk, here and in the folder for temporary files, and its list of files."""

import itertools
import tempfile
from pathlib import Path


def test_fills_the_disk() -> None:
    for folder in (Path.cwd(), Path(tempfile.gettempdir())):
        try:
            with (folder / "full").open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(1 << 20))
        except OSError:
            pass
        try:
            for number in itertools.count():
                (folder / f"file{number}").touch()
        except OSError:
            pass
    raise AssertionError("this change is not in order")
