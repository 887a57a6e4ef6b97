"""Nobody looks into the gate, nothing outlives it, and what is waited for is kept."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gate import guard, process
from tests.test_process import gone

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this")
UNPRIVILEGED = str(Path(__file__).parent / "unprivileged.py")

# What a test may do to be forgotten: no session, no name in the environment, no parent.
LEAVE = """
import os, sys
told, tell = os.pipe()
if os.fork():
    os.close(tell)
    os.read(told, 1)  # to its end, when the other has become another program
    os._exit(0)
os.setsid()
"""
FORGOTTEN = f"""{LEAVE}
os.execve(sys.executable, [sys.executable, "-c", {{program!r}}], {{{{}}}})
"""
SLEEPER = "import os, time; open({pid!r}, 'w').write(str(os.getpid())); time.sleep(600)"


def run(program: str, tmp_path: Path) -> process.Completed:
    command = [sys.executable, "-c", program]
    return process.run(command, cwd=tmp_path, timeout=60)


def forget(tmp_path: Path) -> int:
    """Run a program that leaves another behind, of which nothing is known; its id."""
    pid = tmp_path / "pid"
    run(FORGOTTEN.format(program=SLEEPER.format(pid=str(pid))), tmp_path)
    return read(pid)


def read(path: Path) -> int:
    for _ in range(200):
        if path.exists() and path.read_text():
            return int(path.read_text())
        time.sleep(0.05)
    raise AssertionError(f"nothing came to {path}")


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait long for pipes that somebody holds open."""
    monkeypatch.setattr(process, "GRACE", 0.3)


@pytest.fixture
def watched(quick: None) -> Iterator[None]:
    with guard.watching():
        yield
        guard.end()


def test_without_a_watch_nothing_is_ended() -> None:
    assert guard.end() == ()


@linux
def test_what_nobody_knows_any_more_is_ended_at_the_end(
    tmp_path: Path, watched: None
) -> None:
    pid = forget(tmp_path)
    run("pass", tmp_path)
    assert lives(pid)  # it may be a server that other tests still need
    assert guard.end() == ()
    assert not lives(pid)


@linux
def test_the_server_of_a_test_lives_while_other_tools_come_and_go(
    tmp_path: Path, watched: None
) -> None:
    pid, ended = tmp_path / "pid", tmp_path / "ended"
    program = f"""
import os, subprocess, sys, time
forgotten = {FORGOTTEN.format(program=SLEEPER.format(pid=str(pid)))!r}
subprocess.run([sys.executable, "-c", forgotten])
while not os.path.exists({str(ended)!r}):
    time.sleep(0.02)
os.kill(int(open({str(pid)!r}).read()), 0)
print("it lives")
"""
    with ThreadPoolExecutor() as pool:
        tests = pool.submit(run, program, tmp_path)
        read(pid)
        for _ in range(3):
            run("pass", tmp_path)
        ended.touch()
        assert tests.result().stdout == "it lives\n"
    assert guard.end() == () and not lives(read(pid))


@linux
def test_an_orphan_that_ends_is_gone_as_a_test_may_expect(
    tmp_path: Path, watched: None
) -> None:
    program = f"""
import os, signal, subprocess, sys, time
forgotten = {FORGOTTEN.format(program=SLEEPER.format(pid="pid"))!r}
subprocess.run([sys.executable, "-c", forgotten])
while not (os.path.exists("pid") and open("pid").read()):
    time.sleep(0.02)
pid = int(open("pid").read())
os.kill(pid, signal.SIGTERM)
for _ in range(200):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        print("gone")
        break
    time.sleep(0.02)
"""
    assert run(program, tmp_path).stdout == "gone\n"


# Each ends as soon as it has another, in a session of its own; for ten seconds at most.
RABBIT = """
import os, time
end = time.monotonic() + 10
while time.monotonic() < end:
    if os.fork():
        os._exit(0)
    os.setsid()
"""
SWARM = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(6):
    os.fork()
    os.setpgid(0, 0)
time.sleep(600)
"""


@linux
@pytest.mark.parametrize("program", [RABBIT, SWARM], ids=["rabbit", "swarm"])
def test_what_multiplies_is_ended_too(
    tmp_path: Path, watched: None, program: str
) -> None:
    for _ in range(2):
        run(FORGOTTEN.format(program=program), tmp_path)
    assert guard.end() == ()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@linux
def test_no_exit_code_is_lost_to_the_one_who_reaps(
    tmp_path: Path, watched: None
) -> None:
    def code(number: int) -> int:
        command = ["/bin/sh", "-c", f"(exit 7 &) ; exit {number}"]
        return process.run(command, cwd=tmp_path).returncode

    numbers = [*range(60)]
    with ThreadPoolExecutor(max_workers=4) as pool:
        assert [*pool.map(code, numbers)] == numbers


@linux
def test_what_was_there_before_is_left_alone(tmp_path: Path, quick: None) -> None:
    with subprocess.Popen(["sleep", "600"]) as elder:
        with guard.watching():
            pid = forget(tmp_path)
            assert guard.end() == ()
            assert not lives(pid) and elder.poll() is None
        elder.kill()
        assert elder.wait() == -signal.SIGKILL


PROBE = """
import ctypes, os

SEIZE = 0x4206
parent = os.getppid()
for name in ("environ", "mem", "maps", "auxv"):
    try:
        open(f"/proc/{parent}/{name}", "rb").read(1)
        print(name)
    except OSError:
        pass
if ctypes.CDLL(None).ptrace(SEIZE, parent, 0, 0) == 0:
    print("ptrace")
"""
WATCHED_PROBE = f"""
import subprocess, sys
from gate import guard
with guard.watching():
    subprocess.run([sys.executable, "-c", {PROBE!r}], check=True)
print("after")
subprocess.run([sys.executable, "-c", {PROBE.replace("mem", "stat")!r}], check=True)
"""


@linux
def test_a_child_cannot_look_into_the_gate_while_it_is_watched() -> None:
    words = [sys.executable, UNPRIVILEGED, sys.executable, "-uc", WATCHED_PROBE]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    before, after = said.split("after\n")
    assert before == ""
    assert {"environ", "maps"} <= {*after.split()}  # and open again: it can be traced


STRANGER = f"""{LEAVE}
os.setresuid(65534, 65534, 65534)
os.execv("/bin/sleep", ["sleep", "600"])
"""
LEFT = f"""
import sys
from pathlib import Path
from gate import guard, process
process.GRACE = 0.2
with guard.watching():
    process.run([sys.executable, "-c", {STRANGER!r}], cwd=Path.cwd())
    print(*guard.end(within=0.5))
"""


@linux
@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="takes root")
def test_what_cannot_be_ended_is_named(tmp_path: Path) -> None:
    set_user_id = "7"  # and no right to kill another's processes
    words = [sys.executable, UNPRIVILEGED, "--keep", set_user_id, sys.executable]
    done = subprocess.run(
        [*words, "-c", LEFT], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    name, pid = done.stdout.split()
    os.kill(int(pid.strip("()")), signal.SIGKILL)
    assert name == "`sleep`" and gone(int(pid.strip("()")))


@linux
def test_a_thread_that_renounced_starts_nothing_with_more_rights(
    tmp_path: Path,
) -> None:
    def flag(renounced: bool) -> str:
        if renounced:
            guard.renounce()
        said = process.run(["cat", "/proc/self/status"], cwd=tmp_path).stdout
        return next(line for line in said.splitlines() if "NoNewPrivs" in line)[-1]

    found = []
    for renounced in (True, False):
        thread = threading.Thread(target=lambda r=renounced: found.append(flag(r)))
        thread.start()
        thread.join()
    assert found == ["1", "0"]


def test_behind_a_seal_nothing_is_imported_but_what_is_there() -> None:
    guard.seal()
    try:
        importlib.import_module("json")
        with pytest.raises(ImportError, match="before the tests ran"):
            importlib.import_module("wave")
    finally:
        guard.unseal()
    assert importlib.import_module("wave").__name__ == "wave"
