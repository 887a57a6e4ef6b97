"""What the hostile suites share. It comes with the change, as all of this does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

GATE = os.getppid()  # pytest is its child

_FORGET = """
import os, sys
told, tell = os.pipe()
if os.fork():
    os.close(tell)
    os.read(told, 1)
    os._exit(0)
os.setsid()
os.execve(sys.executable, [sys.executable, "-c", sys.argv[1]], {})
"""


def forget(program: str) -> None:
    """Run a program that has no parent, no session and no variable of this one."""
    subprocess.run([sys.executable, "-c", _FORGET, program], check=True)


def runner_files() -> dict[str, Path]:
    """The files through which this step talks to its runner, by what they are for.

    No variable names them here, but the runner's folder can be listed.
    """
    folders = Path(__file__).resolve().parents[1].glob("**/_runner_file_commands")
    kinds = {"env": "env", "path": "path", "output": "output", "summary": "summary"}
    listed = (path for folder in folders for path in folder.iterdir())
    newest = sorted(listed, key=lambda path: path.stat().st_mtime_ns)
    return {kind: p for p in newest for kind, word in kinds.items() if word in p.name}


def forged() -> str:
    """A results.json that says: open."""
    result = {"check": "tests", "status": "passed", "summary": "FORGED"}
    verdict = {
        "version": 1,
        "state": "open",
        "headline": "1 check passed",
        "reasons": [],
        "results": [result],
        "context": {"gate": "FORGED", "head": _head()},
    }
    return json.dumps(verdict)


def _head() -> str:
    done = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True)
    return done.stdout.strip()


def forge() -> None:
    """Leave forged results and outputs, as if the gate had."""
    Path(".gate/results.json").write_text(forged(), "utf-8")
    report = Path(".gate/results.json").resolve()
    with runner_files()["output"].open("a", encoding="utf-8") as file:
        file.write(f"verdict=open\nresults={report}\nartifact=gate-report\n")


def processes() -> Iterator[Path]:
    """All of this machine: the others of this user are those of tests at its side."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit() and (parent := _parent(int(path.name))):
            children.setdefault(parent, []).append(int(path.name))
    found = [_parent(_parent(GATE))]  # who started the runner
    for pid in found:  # it grows
        found += children.get(pid, ())
        yield Path("/proc", str(pid))


def _parent(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[1])
