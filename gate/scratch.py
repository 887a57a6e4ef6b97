"""Room on the disk: held for what is written last, and taken back from the tests."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from gate.errors import GateError

ROOM = 32 * 1024 * 1024  # bytes: more than `gate run` writes at its end
LEAST = 1024 * 1024  # with less than this it does not start
FILES = 24  # as many can be made at the end, on a disk that counts files

PATIENCE = 60.0  # seconds for removing what the tests left

_FULL = (errno.ENOSPC, errno.EDQUOT)
_NOT_HERE = (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS)


class Reserve:
    """Room on each disk that one of these folders is on, until it is released.

    It is held by files without a name, so that nobody else can take it away.

    Raises:
        GateError: there is hardly any room, which is better told before the tests.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self._files: list[IO[bytes]] = []
        disks = {os.stat(folder).st_dev: folder for folder in folders}
        for folder in disks.values():
            self._hold(folder)

    def release(self) -> None:
        """Give the room back, to what it was held for."""
        self._drop(0)

    def _hold(self, folder: Path) -> None:
        room, others = ROOM, len(self._files)
        while room >= LEAST:
            try:
                for _ in range(FILES):
                    self._files.append(file := tempfile.TemporaryFile(dir=folder))
                    _fill(file, room // FILES)
                return
            except OSError as error:
                if error.errno not in _FULL:
                    return  # a folder in which nothing can be written is told later
                self._drop(others)
                room //= 2
        self.release()
        raise GateError(
            f"less than {LEAST // 1024:,} KB are free on this disk",
            path=str(folder),
            hint="make room for the results",
        )

    def _drop(self, kept: int) -> None:
        while len(self._files) > kept:
            with contextlib.suppress(OSError):
                self._files.pop().close()


def _fill(file: IO[bytes], size: int) -> None:
    try:
        os.posix_fallocate(file.fileno(), 0, size)
    except AttributeError:  # macOS and Windows
        _write(file, size)
    except OSError as error:
        if error.errno not in _NOT_HERE:
            raise
        _write(file, size)


def _write(file: IO[bytes], size: int) -> None:
    file.write(bytes(size))
    file.flush()


def remove(path: Path, within: float = PATIENCE) -> bool:
    """Remove a file, a link or a folder, whatever is in it; whether it is gone.

    It may have been left by somebody who wants it to stay: with rights taken away, or
    so deep that no path is long enough and no recursion ends.
    """
    deadline = time.monotonic() + within
    while _is_folder(path):
        _open(path)
        if not _empty(path, deadline):
            return False
        with contextlib.suppress(OSError):
            path.rmdir()
            return True
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
    return not os.path.lexists(path)


def _empty(top: Path, deadline: float) -> bool:
    """Remove what is in a folder, one level at a time; whether anything could be."""
    removed = False
    with contextlib.suppress(OSError), os.scandir(top) as entries:
        empty = True
        for entry in entries:
            empty = False
            if time.monotonic() > deadline:
                return False
            with contextlib.suppress(OSError):
                if _is_folder(Path(entry.path)):
                    _flatten(entry.path, top)
                else:
                    os.unlink(entry.path)
                removed = True
        return removed or empty
    return False


def _flatten(folder: str, top: Path) -> None:
    """Remove a folder; the folders in it go to the top, where paths are short."""
    _open(folder)
    with os.scandir(folder) as entries:
        for entry in entries:
            if _is_folder(Path(entry.path)):
                _open(entry.path)  # to move a folder takes the right to write into it
                os.rename(entry.path, top / secrets.token_hex(8))
            else:
                os.unlink(entry.path)
    os.rmdir(folder)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _open(folder: str | Path) -> None:
    with contextlib.suppress(OSError):
        os.chmod(folder, 0o700)
