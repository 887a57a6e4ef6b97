"""What publishing costs: requests, and seconds of the whole command.

    python benchmarks/publish.py [--latency 0.1] [--runs 3]

Runs `gate publish` in a process of its own, as a workflow does, against the fake GitHub
of the tests on loopback, which answers `--latency` seconds late. Needs the dev extra.
Each case is published the first time, after a change, and again when all is the same;
of the seconds the median of the runs is printed.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "harness")]  # noqa: RQ102

import pytest  # noqa: E402

from fake_github import Server  # noqa: E402
from fake_repository import FakeGitHub  # noqa: E402
from tests.commands import scenarios  # noqa: E402
from tests.commands.scenarios import Ran, Scenario, Stage  # noqa: E402

CASES = (
    scenarios.PLAIN,
    scenarios.PULL_REQUEST,
    scenarios.EVERYTHING,
    scenarios.PUSH,
    scenarios.QUEUE,
    scenarios.FORK,
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--latency", type=float, default=0.1, metavar="SECONDS")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    print(f"{platform.platform()}, Python {platform.python_version()},", end=" ")
    print(f"{os.cpu_count()} cores; each answer {options.latency:g} s late\n")
    print("| | first: requests | s | changed | s | the same | s |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for case in CASES:
        runs = [list(measured(case, options.latency)) for _ in range(options.runs)]
        cells = [
            f"{same[0][0]} | {statistics.median(seconds for _, seconds in same):.2f}"
            for same in zip(*runs)
        ]
        print(f"| {case.name} | {' | '.join(cells)} |", flush=True)


class Late(Server):
    """A server that is as far away as GitHub."""

    latency = 0.0

    def answer(self, *arguments: Any) -> Any:
        time.sleep(self.latency)
        return super().answer(*arguments)


class Timed(Stage):
    """A stage on which the command is a process of its own."""

    seconds = 0.0

    def run(self, scenario: Scenario, *arguments: str) -> Ran:
        environment = {**os.environ, **self.environ(scenario), "NO_PROXY": "127.0.0.1"}
        asked = len(self.github.state.requests)
        command = [sys.executable, "-I", "-m", "gate", "publish", *arguments]
        started = time.monotonic()
        done = subprocess.run(
            command, env=environment, capture_output=True, encoding="utf-8", check=True
        )
        self.seconds = time.monotonic() - started
        count = len(self.github.state.requests) - asked
        return Ran(done.returncode, done.stdout, done.stderr, "", count)


def measured(case: Scenario, latency: float) -> Iterator[tuple[int, float]]:
    """The requests and seconds of the first, of a changed, and of a repeated run."""
    for before in (False, True):
        server = Late(FakeGitHub())
        server.begin()
        server.latency = latency
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as m:
            stage = Timed(server, Path(folder), m, None)  # type: ignore[arg-type]
            stage.set(case, before=before)
            for _ in range(1 + before):
                yield stage.publish(case).requests, stage.seconds
            stage.check_nothing_is_double()
        server.stop()


if __name__ == "__main__":
    main()
