"""What looking for copied code costs, beside the tools that do the same.

    python benchmarks/duplication.py [--lines 100000] [--runs 3] [--peers PYTHON] [DIR]

Takes the first files below DIR (unless told otherwise: the standard library of this
Python, without its tests) until there are so many lines, and prints the CPU seconds of
each detector in a process of its own, the median of the runs, and what it found. PYTHON
is an environment that has pylint and lizard; what it lacks is left out.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = {"test", "tests", "idle_test", "site-packages", "bad_encoding", "lib2to3"}

GATE = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from gate.code import duplicates, source
root = Path(sys.argv[1])
names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.py"))
sources = [one for name in names if (one := source.read(root, name))]
start = time.process_time()
for one in sources:
    one.tree
parsed = time.process_time()
found = duplicates.find(sources)
done = time.process_time()
print(f"{{len(found.clones)}} clones")
print(f"parsing {{parsed - start:.2f}} s, comparing {{done - parsed:.2f}} s")
"""


class Tool(NamedTuple):
    """A detector: how it is started, and what of its output says how much it found."""

    name: str
    words: Callable[[Path], list[str]]
    found: str


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "folder", nargs="?", metavar="DIR", type=Path, default=Path(os.__file__).parent
    )
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lines = copied(options.folder, Path(folder), options.lines)
        print(f"{platform.platform()}, Python {platform.python_version()},", end=" ")
        print(f"{os.cpu_count()} cores; {lines:,} lines\n")
        print("| | CPU s | found |\n|---|---:|---|")
        for tool in tools(options.peers):
            runs = [measured(tool, Path(folder)) for _ in range(options.runs)]
            seconds = statistics.median(run[0] for run in runs)
            print(f"| {tool.name} | {seconds:.2f} | {runs[0][1]} |")


def copied(source: Path, target: Path, most: int) -> int:
    """Copy files until there are so many lines; how many there were."""
    lines = 0
    for path in sorted(source.rglob("*.py")):
        inside = path.relative_to(source)
        if LEFT_OUT & {*inside.parts} or lines >= most:
            continue
        data = path.read_bytes()
        (target / inside).parent.mkdir(parents=True, exist_ok=True)
        (target / inside).write_bytes(data)
        lines += data.count(b"\n")
    return lines


def tools(python: str) -> Iterator[Tool]:
    """Those that there are."""
    yield Tool(
        "Gate",
        lambda folder: [sys.executable, "-c", GATE, str(folder)],
        r"\d+ clones|parsing .*",
    )
    peers = [
        Tool(
            "pylint, duplicate-code, 8 lines",
            lambda folder: [
                *(python, "-m", "pylint", "--disable=all", "--enable=R0801"),
                *("--min-similarity-lines=8", "--recursive=y", str(folder)),
            ],
            "R0801",
        ),
        Tool(
            "lizard -Eduplicate",
            lambda folder: [
                *(python, "-m", "lizard", "-Eduplicate", "-lpython", str(folder))
            ],
            "Duplicate block:",
        ),
    ]
    for tool in peers:
        command = [python, "-c", f"import {re.split('[, ]', tool.name)[0]}"]
        if not subprocess.run(command, capture_output=True).returncode:
            yield tool


def measured(tool: Tool, folder: Path) -> tuple[float, str]:
    """CPU seconds, and what was found."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        tool.words(folder), capture_output=True, encoding="utf-8", cwd=folder
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found = re.findall(tool.found, done.stdout)
    said = "; ".join(found) if tool.name == "Gate" else f"{len(found)} clones"
    return seconds, said


if __name__ == "__main__":
    main()
