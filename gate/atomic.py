"""Files replaced in one step: no reader, and no crash, sees half of one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from gate.errors import GateError


def write(path: Path, data: bytes | str) -> None:
    """Replace the file at `path`, making its folder if need be; text is UTF-8.

    Raises:
        GateError: it cannot be written: a folder in its place, no right, a full disk.
    """
    try:
        _write(path, data)
    except OSError as error:
        raise GateError(
            f"cannot be written: {error.strerror}",
            path=str(path),
            hint="make that place writable, or name another",
        ) from None


def _write(path: Path, data: bytes | str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # The mode of the file it replaces, or of one that is made plainly: mkstemp's are
    # private, and a report should be as readable as its neighbours.
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_UMASK
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


# Read once, at import: the only way to read it is to change it, and threads share it.
_UMASK = _umask()
