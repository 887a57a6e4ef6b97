"""`.gate_cache`: what was found, for as long as all that it depends on is the same.

It is a folder of the user's own tree, where the code of a change can write: what is
taken from it decides what is wrong, and what is new. So it is neither read nor written
where the change is a stranger's, nor where git has it, as then the change itself may
have brought it. Whoever restores it in CI restores what a trusted branch has left.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import re
from pathlib import Path
from typing import TypeVar

import msgspec

from gate import atomic, git
from gate.errors import GateError

T = TypeVar("T")

FOLDER = ".gate_cache"
MAX_BYTES = 8 * 1024 * 1024  # of one entry
MAX_TOTAL = 64 * 1024 * 1024
MAX_ENTRIES = 100
_VERSION = 2
_IGNORE = "# Made by gate: what it found before, to be thrown away at will.\n*\n"


class Cache:
    """The entries below the root of a project, and the folders of tools beside them."""

    def __init__(self, root: Path) -> None:
        """Look at nothing yet."""
        self._root = root
        self._folder = root / FOLDER

    @functools.cached_property
    def _is_safe(self) -> bool:
        """Whether no commit has brought it: asked once, before a change's code runs."""
        if self._folder.is_symlink():
            return False
        return not (self._folder.exists() and git.is_tracked(self._root, FOLDER))

    def read(self, key: object, kind: type[T]) -> T | None:
        """What was kept for a key; None if nothing was, or nothing of that type."""
        path = self._path(key)
        with contextlib.suppress(OSError, msgspec.MsgspecError, RecursionError):
            if self._is_safe and path.is_file() and not path.is_symlink():
                with path.open("rb") as file:
                    data = file.read(MAX_BYTES + 1)
                value = msgspec.json.decode(data[:MAX_BYTES], type=kind)
                os.utime(path)  # the oldest make room
                return value
        return None

    def write(self, key: object, value: object) -> None:
        """Keep it, as far as that can be done: it can be found out again."""
        data = msgspec.json.encode(value)
        with contextlib.suppress(OSError, GateError):
            if len(data) <= MAX_BYTES and self._is_safe:
                self._begin()
                self._prune(MAX_TOTAL - len(data), MAX_ENTRIES - 1)
                atomic.write(self._path(key), data)

    def folder(self, name: str) -> Path | None:
        """A folder for what a tool keeps itself; None where there can be none."""
        folder = self._folder / name
        with contextlib.suppress(OSError, GateError):
            if self._is_safe and not folder.is_symlink():
                self._begin()
                folder.mkdir(exist_ok=True)
                return folder
        return None

    def _begin(self) -> None:
        if not (self._folder / ".gitignore").exists():
            atomic.write(self._folder / ".gitignore", _IGNORE)

    def _path(self, key: object) -> Path:
        data = msgspec.json.encode([_VERSION, key], order="deterministic")
        return self._folder / f"{hashlib.sha256(data).hexdigest()}.json"

    def _prune(self, room: int, most: int) -> None:
        """Remove the oldest entries until the others fit."""
        entries = []
        for path in self._folder.iterdir():
            if re.fullmatch(r"[0-9a-f]{64}\.json", path.name) and path.is_file():
                about = path.lstat()
                entries.append((about.st_mtime, path.name, about.st_size))
        for _, name, size in sorted(entries, reverse=True):
            room, most = room - size, most - 1
            if room < 0 or most < 0:
                (self._folder / name).unlink(missing_ok=True)
