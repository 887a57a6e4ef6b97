"""Forges results and outputs, and ends the gate before it can write its own."""

import os
import signal
import time

from hostility import GATE, forge


def test_kills_the_gate() -> None:
    forge()
    os.kill(GATE, getattr(signal, os.environ.get("LC_WAY") or "SIGKILL"))
    time.sleep(0.5)
    os._exit(0)
