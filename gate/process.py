"""The only place that starts a process: bounded in time and output, with no secrets.

Every child gets its own process group, so that what it left running is ended with it
(on Linux also what left the group), and an environment of known names only: a test
suite is somebody else's code, and the runner's environment holds tokens. (That keeps
secrets from code that prints its environment; `gate.guard` does more against code that
looks for them, and SECURITY.md tells what is left.)
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

from gate import guard
from gate.errors import ToolError

MAX_OUTPUT = 64 * 1024 * 1024  # bytes kept of each stream: the beginning
MAX_WORDS = 20_000  # characters of file names in one call: Windows takes 32,767
GRACE = 3.0  # seconds between asking a process group to end and killing it

_NAMES = frozenset(
    "PATH HOME USER LOGNAME USERNAME SHELL TERM TZ TMPDIR TMP TEMP CI"
    " LANG LANGUAGE NO_COLOR DISPLAY XAUTHORITY WAYLAND_DISPLAY"
    " SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT USERPROFILE APPDATA LOCALAPPDATA"
    " PROGRAMDATA PROGRAMFILES PROCESSOR_ARCHITECTURE NUMBER_OF_PROCESSORS"
    " VIRTUAL_ENV LD_LIBRARY_PATH JAVA_HOME SSL_CERT_FILE SSL_CERT_DIR"
    " REQUESTS_CA_BUNDLE MPLBACKEND HF_HOME TORCH_HOME SOURCE_DATE_EPOCH".split()
)
_PREFIXES = tuple(
    "LC_ PYTHON XDG_ CONDA_ PYENV_ CUDA NVIDIA_ DYLD_ OMP_ MKL_ OPENBLAS_ NUMEXPR_"
    " BLACK_CACHE MYPY_CACHE GATE_PROCESS_".split()
)
_SECRET_WORDS = ("TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "API_KEY")


@dataclass(frozen=True, kw_only=True)
class Completed:
    """What became of a process; a negative return code is a signal's number."""

    command: tuple[str, ...]
    returncode: int
    raw: bytes  # standard output as it came
    stderr: str
    duration: float  # seconds
    timed_out: bool

    @property
    def stdout(self) -> str:
        """Standard output as text."""
        return _text(self.raw)

    @property
    def output(self) -> str:
        """What a person would have seen: both streams, one after the other."""
        return "\n".join(filter(None, (self.stdout.strip(), self.stderr.strip())))


def environment(
    extra: Mapping[str, str] | None = None, *, pass_on: Iterable[str] = ()
) -> dict[str, str]:
    """The environment for a child: known harmless names, `pass_on`, and `extra`."""
    wanted = {name.upper() for name in pass_on}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.upper() in wanted or _harmless(name.upper())
    }
    return {**kept, **(extra or {})}


def _harmless(name: str) -> bool:
    if any(word in name for word in _SECRET_WORDS):
        return False
    return name in _NAMES or name.startswith(_PREFIXES)


def find(program: str) -> Path | None:
    """A program on the PATH, by its whole path; None if it is not there.

    Unlike a shell's and `shutil.which`'s, the search leaves out the current folder
    and whatever is relative to it: that is the tree being judged.
    """
    ending = ".exe" if os.name == "nt" and not program.endswith(".exe") else ""
    for folder in os.get_exec_path():
        path = Path(folder, program + ending)
        if path.is_absolute() and path.is_file() and os.access(path, os.X_OK):
            return path
    return None


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
    into: BinaryIO | None = None,
) -> Completed:
    """Run a program to its end, or to `timeout` seconds, and return what it said.

    No shell is involved and nothing can be typed. Output is decoded as UTF-8 with
    replacement; each stream is read to its end but kept to `MAX_OUTPUT` bytes. With
    `into`, standard output goes to that file as it is, and is not returned.

    Raises:
        ToolError: the program could not be started, or the gate is being stopped.
    """
    words = tuple(str(word) for word in command)
    mark = f"GATE_PROCESS_{secrets.token_hex(8)}"
    started = time.monotonic()
    if _stopping.is_set():
        raise ToolError(f"`{words[0]}` was not started: the gate is being stopped")
    try:
        process = guard.start(
            lambda: subprocess.Popen(
                words,
                cwd=cwd,
                env={**(environment() if env is None else env), mark: "1"},
                stdin=subprocess.DEVNULL,
                stdout=into or subprocess.PIPE,
                stderr=subprocess.PIPE,
                **_own_group(),
            )
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ToolError(f"cannot start `{words[0]}`: {reason}") from None
    readers = [_Reader(pipe) for pipe in (process.stdout, process.stderr) if pipe]
    timed_out = False
    _running.add(process)
    try:
        if _stopping.is_set():
            _end_group(process, ask=False)
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        timed_out = True
    finally:
        # Also after a normal end: children left behind would hold the pipes open,
        # and could go on changing files while the verdict is written.
        _running.discard(process)
        _end_group(process, ask=timed_out)
        process.wait()
        guard.waited(process)
        _end_marked(mark)
    # Something that left the group and was not found may still hold the pipes.
    deadline = time.monotonic() + GRACE
    said = [reader.read(deadline) for reader in readers]
    return Completed(
        command=words,
        returncode=process.returncode,
        raw=b"" if into else said[0],
        stderr=_text(said[-1]),
        duration=time.monotonic() - started,
        timed_out=timed_out,
    )


# Of the process: a signal ends them all, in whatever thread.
_running: set[subprocess.Popen[bytes]] = set()  # noqa: RQ201
_stopping = threading.Event()


def stop() -> None:
    """End all that runs in whatever thread, and start nothing more.

    For an interrupted gate: Ctrl-C reaches only the main thread, and no child, as each
    has a group of its own.
    """
    _stopping.set()
    for process in tuple(_running):
        _end_group(process, ask=False)


def workers() -> int:
    """How many processes of its own a tool may use, beside the other tools.

    Half of the cores: on two, flake8 with a pool of two costs half as much again,
    which the tests beside it would pay.
    """
    return max(1, (os.cpu_count() or 2) // 2)


def batches(paths: Iterable[str]) -> Iterator[list[str]]:
    """The paths in calls of bounded length, with none that looks like an option."""
    batch: list[str] = []
    size = 0
    for path in paths:
        if batch and size + len(path) > MAX_WORDS:
            yield batch
            batch, size = [], 0
        batch.append(f"./{path}" if path.startswith("-") else path)
        size += len(path) + 1
    if batch:
        yield batch


class _Reader:
    """Drains a pipe in a thread: a full pipe would stop the child for ever."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._kept = bytearray()
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def _drain(self) -> None:
        with self._pipe, contextlib.suppress(OSError, ValueError):
            while block := os.read(self._pipe.fileno(), 65536):
                self._kept += block[: max(0, MAX_OUTPUT - len(self._kept))]

    def read(self, deadline: float) -> bytes:
        self._thread.join(timeout=max(0.0, deadline - time.monotonic()))
        return bytes(self._kept)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n")


def _own_group() -> dict[str, Any]:
    if os.name == "nt":
        return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    return {"start_new_session": True}


def _end_group(process: subprocess.Popen[bytes], *, ask: bool) -> None:
    if os.name == "nt":
        if process.poll() is None:
            process.kill()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if ask:
            os.killpg(process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE)
        os.killpg(process.pid, signal.SIGKILL)


def _end_marked(mark: str) -> None:
    """End what has left its group, known by a variable that it inherited; on Linux.

    Again until there is none: one may start another while it is looked for.
    """
    for _ in range(10):
        found = [pid for pid in _processes() if _has_variable(pid, mark)]
        if not found:
            return
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def _processes() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []


def _has_variable(pid: int, name: str) -> bool:
    try:
        return f"{name}=".encode() in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:  # another user's, or gone
        return False
