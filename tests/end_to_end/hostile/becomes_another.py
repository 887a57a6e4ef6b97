"""Leaves a process of another user's, which the gate may not end."""

import subprocess
import sys

STRANGER = """
import os

told, tell = os.pipe()
if os.fork():
    os.close(tell)
    os.read(told, 1)
    os._exit(0)
os.setsid()
os.setresuid(65534, 65534, 65534)
os.execv("/bin/sleep", ["sleep", "60"])
"""


def test_leaves_a_stranger() -> None:
    subprocess.run([sys.executable, "-c", STRANGER], check=True)
