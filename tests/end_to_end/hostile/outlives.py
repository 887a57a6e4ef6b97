"""Leaves processes behind that go on writing: to the results and to the runner."""

import time
from pathlib import Path

from hostility import forged, forget, runner_files

WRITER = """
import os, time
end = time.monotonic() + 30
open("writer", "w").write(str(os.getpid()))
while time.monotonic() < end:
    for name, text in {files!r}.items():
        try:
            open(name, "w").write(text)
        except OSError:
            pass
"""


def test_leaves_a_writer() -> None:
    runner = runner_files()
    files = {str(path): "verdict=open\n" for path in runner.values()}
    files[str(Path(".gate/results.json").resolve())] = forged()
    for _ in range(3):
        forget(WRITER.format(files=files))
    while not Path("writer").exists():
        time.sleep(0.02)
    raise AssertionError("this change is not in order")
