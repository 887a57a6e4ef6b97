"""A program on a disk of its own that is as small as a test wants it, on Linux."""

from __future__ import annotations

import functools
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

# Size, number of files and folder of the disk; then the words of the program.
_SCRIPT = """
mount -t tmpfs -o "size=$1,nr_inodes=$2" tmpfs "$3" && cd "$3" && shift 3 && exec "$@"
"""


def run(
    words: Sequence[str],
    folder: Path,
    *,
    size: str,
    files: int = 10_000,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder that is a disk as long as the program runs."""
    enter = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", _SCRIPT]
    return subprocess.run(
        [*enter, "sh", size, str(files), str(folder), *words],
        capture_output=True,
        text=True,
        env=env,
    )


@functools.cache
def _obstacle() -> str:
    if sys.platform != "linux":
        return "only Linux mounts a disk for one program"
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = run([sys.executable, "-c", ""], Path(folder), size="1m")
        except FileNotFoundError:
            return "there is no `unshare`"
    return done.stderr.strip() if done.returncode else ""


def need() -> None:
    """Skip the test where no disk can be mounted."""
    if reason := _obstacle():
        pytest.skip(f"no small disk here: {reason}")
