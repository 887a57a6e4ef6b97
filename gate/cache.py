"""`.gate_cache`: what was found at a base, which stays true as long as it is the base.

It is a folder of the user's own tree, where the code of a change can write: what is
taken from it decides what is new. So it is neither read nor written where the change is
a stranger's, nor read where git has it, as then the change itself may have brought it.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from pathlib import Path

import msgspec

from gate import atomic, git
from gate.errors import GateError
from gate.fingerprints import Print

FOLDER = ".gate_cache"
MAX_BYTES = 8 * 1024 * 1024  # of one entry
MAX_TOTAL = 64 * 1024 * 1024
MAX_ENTRIES = 100
_VERSION = 2
_IGNORE = "# Made by gate: what it found at bases, to be thrown away at will.\n*\n"


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    prints: tuple[Print, ...]


class Cache:
    """The entries below the root of a project."""

    def __init__(self, root: Path) -> None:
        """Look at nothing yet."""
        self._root = root
        self._folder = root / FOLDER

    def read(self, key: object) -> tuple[Print, ...] | None:
        """What was kept for a key; None if nothing was, or nothing that can be read."""
        path = self._path(key)
        with contextlib.suppress(OSError, msgspec.MsgspecError, RecursionError):
            if self._is_safe() and path.is_file() and not path.is_symlink():
                with path.open("rb") as file:
                    data = file.read(MAX_BYTES + 1)
                entry = msgspec.json.decode(data[:MAX_BYTES], type=_Entry)
                return entry.prints if entry.version == _VERSION else None
        return None

    def write(self, key: object, prints: tuple[Print, ...]) -> None:
        """Keep it, as far as that can be done: it can be found out again."""
        data = msgspec.json.encode(_Entry(version=_VERSION, prints=prints))
        if len(data) > MAX_BYTES or not self._is_safe():
            return
        with contextlib.suppress(OSError, GateError):
            if not (self._folder / ".gitignore").exists():
                atomic.write(self._folder / ".gitignore", _IGNORE)
            self._prune(MAX_TOTAL - len(data), MAX_ENTRIES - 1)
            atomic.write(self._path(key), data)

    def _path(self, key: object) -> Path:
        data = msgspec.json.encode(key, order="deterministic")
        return self._folder / f"{hashlib.sha256(data).hexdigest()}.json"

    def _is_safe(self) -> bool:
        if self._folder.is_symlink():
            return False
        return not (self._folder.exists() and git.is_tracked(self._root, FOLDER))

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
