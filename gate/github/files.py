"""The files through which a step talks to its runner: kept from the tests of a change.

Their names are told to nobody, but who lists the runner's folder finds them. So what
they hold is taken before the tests run and put back after them, with what the gate
itself has to say: the outputs and the summary of the step.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from gate import atomic, scratch
from gate.errors import GateError

SUMMARY = "GITHUB_STEP_SUMMARY"
OUTPUT = "GITHUB_OUTPUT"

# The event is not to be written by anybody, but a later step believes it.
_KNOWN = frozenset(
    {
        *(OUTPUT, SUMMARY, "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE"),
        "GITHUB_EVENT_PATH",
    }
)
_FOLDER = "_runner_file_commands"  # of the runner's; it may have more of them
_MOST = 64 * 1024 * 1024  # bytes of one that are kept


class RunnerFiles:
    """The runner's files as they are now, by the names of their variables."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._paths = {
            name: Path(value)
            for name, value in environ.items()
            if value and (name in _KNOWN or _is_runners(name, value))
        }
        self._held = {name: _read(path) for name, path in self._paths.items()}

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that they are in."""
        parents = (path.parent for path in self._paths.values())
        return tuple(parent for parent in parents if parent.is_dir())

    def changed(self) -> tuple[str, ...]:
        """The names of those that are not as they were."""
        return tuple(
            name
            for name, path in sorted(self._paths.items())
            if _read(path) != self._held[name]
        )

    def put_back(self, added: Mapping[str, str] | None = None) -> None:
        """Make each what it was, and from then on what it is with what is added.

        Raises:
            GateError: one cannot be written, or somebody changed it at once.
        """
        for name, more in (added or {}).items():
            if more and name in self._paths:
                # The path of a folder may hold any bytes.
                data = more.encode("utf-8", "surrogateescape")
                self._held[name] = (self._held[name] or b"") + data
        for name in self.changed():
            path, held = self._paths[name], self._held[name]
            if held is None or path.is_symlink() or not path.is_file():
                scratch.remove(path)
            if held is not None:
                atomic.write(path, held)
            if _read(path) != held:
                raise GateError(
                    "was changed by another process at once",
                    path=str(path),
                    hint="see what else runs as this user",
                )


def _is_runners(name: str, value: str) -> bool:
    return name.startswith("GITHUB_") and Path(value).parent.name == _FOLDER


def _read(path: Path) -> bytes | None:
    """What a plain file holds; None for whatever else is in its place, or nothing."""
    try:
        # A pipe in its place would be waited for.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _AS_IS)
        with os.fdopen(handle, "rb") as file:
            plain = stat.S_ISREG(os.fstat(handle).st_mode)
            return file.read(_MOST) if plain else None
    except OSError:
        return None


_AS_IS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
