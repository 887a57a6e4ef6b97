"""Keeps the gate's own process apart from the code that it runs, as Linux allows it.

The tests of a change run as the same user as the gate. Three things are kept from
them: a look into the gate's memory and environment, a life beyond the run, and rights
that the gate does not have. Other systems know none of this; there, the groups of
processes that `gate.process` ends have to do.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

LINUX = sys.platform == "linux"
PATIENCE = 10.0  # seconds in which all that descends from the gate has to be ended

# Of prctl(2), which Python does not have.
_SET_DUMPABLE, _GET_DUMPABLE = 4, 3
_SET_SUBREAPER = 36
_SET_NO_NEW_PRIVILEGES = 38

_UNSEEN = "one that cannot be seen"


class _Process(NamedTuple):
    pid: int
    parent: int
    group: int
    born: str  # with the id it tells a process from a later one of the same id
    name: str


@contextlib.contextmanager
def watching() -> Iterator[None]:
    """For as long as this lasts, nobody looks in and no descendant gets away.

    The files of this process in /proc and its memory are closed to others of the same
    user. What descends from it and has lost its parent becomes its own child, and can
    be ended by `end`, even where it left its group and cleared its environment.
    """
    if not LINUX:
        yield
        return
    global _family
    was = _prctl(_GET_DUMPABLE)
    _prctl(_SET_DUMPABLE, 0)
    adopted = _prctl(_SET_SUBREAPER, 1) == 0
    _family = _Family() if adopted else None
    try:
        yield
    finally:
        if _family:
            _family.over()
            _family = None
            _prctl(_SET_SUBREAPER, 0)
        if was == 1:
            _prctl(_SET_DUMPABLE, 1)


def start(make: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    """Start a process that its starter waits for; `waited` tells when that is done."""
    with _starting:
        process = make()
        _awaited.add(process.pid)
    if _family:
        _family.grew()
    return process


def waited(process: subprocess.Popen[bytes]) -> None:
    """A process was waited for: another one may have its id from now on."""
    with _starting:
        _awaited.discard(process.pid)


def end(within: float = PATIENCE) -> tuple[str, ...]:
    """End every descendant that was not there before `watching`; what is left of them.

    For when all checks are done: while tools run side by side, what one of them left
    behind cannot be told from a server that another one's tests need.
    """
    return _family.end(within) if _family else ()


def renounce() -> None:
    """What this thread starts gains no rights: `sudo` and its like serve it no more."""
    if LINUX:
        _prctl(_SET_NO_NEW_PRIVILEGES, 1)


class _Sealed(MetaPathFinder):
    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> None:
        raise ImportError(f"`{fullname}` was not loaded before the tests ran")


_sealed = _Sealed()


def seal() -> None:
    """From now on nothing is imported: it could be what the tests wrote there."""
    sys.meta_path.insert(0, _sealed)


def unseal() -> None:
    """Import again."""
    while _sealed in sys.meta_path:
        sys.meta_path.remove(_sealed)


_starting = threading.Lock()
# Of the process, as its children are. To reap what somebody waits for is not for us.
_awaited: set[int] = set()  # noqa: RQ201
_family: _Family | None = None


class _Family:
    """The descendants of this process, orphans among them."""

    def __init__(self) -> None:
        self._me = os.getpid()
        # A shell that made way for the gate (`server & exec gate run`) left them.
        self._elders = {(one.pid, one.born) for one in self._descendants(set())}
        self._over = False
        self._grew = threading.Event()
        self._reaper: threading.Thread | None = None

    def grew(self) -> None:
        """There is a child to wait for."""
        self._grew.set()
        if self._reaper is None:
            self._reaper = threading.Thread(target=self._reap, daemon=True)
            self._reaper.start()

    def over(self) -> None:
        """Nothing is reaped any more."""
        self._over = True
        self._grew.set()

    def end(self, within: float) -> tuple[str, ...]:
        deadline = time.monotonic() + within
        empty = 0
        while True:
            found = self._descendants(self._elders)
            if found and not self._kill(found):  # no time makes these ours
                deadline = min(deadline, time.monotonic() + within / 10)
            empty = 0 if found else empty + 1
            # One that forks and ends at once is seen by nobody who only looks around;
            # but whoever has no child has no descendant.
            if not found and (self._childless() or (self._elders and empty > 3)):
                return ()
            if time.monotonic() > deadline:
                names = (f"`{one.name}` ({one.pid})" for one in found)
                return tuple(names) or (_UNSEEN,)
            self._hunt()

    def _kill(self, found: list[_Process]) -> bool:
        """Whether any of them may be ended."""
        own = os.getpgrp()
        # A group at once: no member can fork and get away meanwhile.
        for group in {one.group for one in found} - {own, 0, 1}:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
        ended = [_end(one.pid) for one in found]
        for one in found:
            if one.parent == self._me:
                self._take(one.pid)
        return any(ended)

    def _hunt(self) -> None:
        """End the own children in haste: one may be another's each millisecond."""
        elders = {pid for pid, _ in self._elders}
        path = f"/proc/{self._me}/task/{self._me}/children"
        for _ in range(100):
            try:
                children = Path(path).read_text().split()
            except OSError:  # a kernel without this file
                return
            new = {*map(int, children)} - elders
            if not new:
                return
            for pid in new:
                _end(pid)
                self._take(pid)

    def _childless(self) -> bool:
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return True
        return False

    def _take(self, pid: int) -> None:
        """Reap a child that has ended, unless somebody waits for it."""
        with _starting, contextlib.suppress(ChildProcessError):
            if pid not in _awaited:
                os.waitpid(pid, os.WNOHANG)

    def _reap(self) -> None:
        """Reap orphans as they end, as `init` would: a test may wait for that."""
        elders = {pid for pid, _ in self._elders}
        while not self._over:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
            except ChildProcessError:
                self._grew.wait()
                self._grew.clear()
                continue
            if ended is None or self._over:
                continue
            if ended.si_pid in _awaited or ended.si_pid in elders:
                time.sleep(0.02)  # it is another's: until that one has taken it
            else:
                self._take(ended.si_pid)

    def _descendants(self, without: set[tuple[int, str]]) -> list[_Process]:
        families: dict[int, list[_Process]] = {}
        for one in _all():
            if (one.pid, one.born) not in without:
                families.setdefault(one.parent, []).append(one)
        found = list(families.get(self._me, ()))
        for one in found:  # it grows
            found += families.pop(one.pid, ())
        return found


def _all() -> Iterator[_Process]:
    """Every process that can be seen."""
    try:
        names = os.listdir("/proc")
    except OSError:
        return
    for name in filter(str.isdigit, names):
        with contextlib.suppress(OSError, ValueError):
            stat = Path(f"/proc/{name}/stat").read_text("utf-8", "replace")
            # The name may hold brackets and blanks of its own.
            start, _, rest = stat.rpartition(")")
            words = rest.split()
            yield _Process(
                pid=int(name),
                parent=int(words[1]),
                group=int(words[2]),
                born=words[19],
                name=start.partition("(")[2],
            )


def _end(pid: int) -> bool:
    """End a process; whether that is allowed."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return True


def _prctl(option: int, value: int = 0) -> int:
    """What the kernel answers; -1 where it does not know or allow this."""
    try:
        call = ctypes.CDLL(None, use_errno=True).prctl
    except (OSError, AttributeError):
        return -1
    rest = (ctypes.c_ulong(0),) * 3
    return int(call(ctypes.c_int(option), ctypes.c_ulong(value), *rest))
