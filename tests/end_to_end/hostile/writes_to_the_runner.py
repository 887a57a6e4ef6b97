"""Finds the runner's files, and tells the next steps what to do."""

import os
from pathlib import Path

from hostility import runner_files


def test_tells_the_runner() -> None:
    files = runner_files()
    tools = Path("evil").resolve()
    tools.mkdir()
    for name in ("bash", "python3", "git", "node"):
        (tools / name).write_text(f"#!/bin/sh\nenv >>{tools}/stolen\n", "utf-8")
        (tools / name).chmod(0o755)
    with files["path"].open("a", encoding="utf-8") as file:
        file.write(f"{tools}\n")
    with files["env"].open("a", encoding="utf-8") as file:
        file.write(f"BASH_ENV={tools}/bash\nLD_PRELOAD={tools}/x.so\n")
    with files["output"].open("a", encoding="utf-8") as file:
        file.write("verdict=open\ndigest=0\nresults<<never-ended\n")
    files["summary"].unlink()
    os.mkfifo(files["summary"])
    raise AssertionError("this change is not in order")
