"""Looks into the gate: its environment, its memory, and as a debugger."""

import ctypes
from pathlib import Path

from hostility import GATE

SEIZE = 0x4206  # of ptrace(2)


def test_looks_into_the_gate() -> None:
    seen = []
    for name in ("environ", "mem", "maps", "auxv"):
        try:
            with open(f"/proc/{GATE}/{name}", "rb") as file:
                file.read(1)
            seen.append(name)
        except OSError:
            pass
    if ctypes.CDLL(None).ptrace(SEIZE, GATE, 0, 0) == 0:
        seen.append("ptrace")
    status = Path("/proc/self/status").read_text()
    seen += [line for line in status.splitlines() if line.startswith("NoNewPrivs")]
    Path("seen").write_text("\n".join(seen), "utf-8")
