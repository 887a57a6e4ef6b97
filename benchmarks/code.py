"""What the checks of code cost, beside the tools that they run and others like them.

    python benchmarks/code.py [--package NAME==VERSION]... [--runs 3]

Takes each package's source distribution from the package index into a temporary folder,
with an environment of its own that holds the package, the gate, ruff and pre-commit,
and prints the wall time and the CPU seconds of

  each tool        black, isort, flake8 and mypy as people call them
  one by one       their sum: super-linter's order for one language
  pre-commit       the same four as hooks of the system (a hook of its own environment
                   runs the same programs, once they are installed)
  ruff             `check` with the rules nearest to flake8's and isort's, and `format`
  gate, the four   gate run --only formatting,lint,imports,typecheck
  gate, all        all checks but tests, coverage and data

cold (no cache of anybody's) and warm (nothing has changed since), those of the gate
also with one file edited, and with `judge: new` behind a commit that edits it. Of
several runs the median; cold ones are run once.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
# With the version of black that they were formatted by.
PACKAGES = {"optuna==4.3.0": "black==25.1.0", "black==26.10.1": "black==26.10.1"}
FOUR = "formatting,lint,imports,typecheck"
CACHES = (".gate", ".gate_cache", ".mypy_cache", ".ruff_cache", ".black_cache")
HOOK = (
    "  - {{id: {0}, name: {0}, language: system, types: [python],"
    " entry: {1}, pass_filenames: {2}, require_serial: {3}}}\n"
)

Cost = tuple[float, float]  # wall time and CPU seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--package", action="append")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    print(f"{platform.system()} {platform.machine()}, Python", end=" ")
    print(f"{platform.python_version()}, {os.cpu_count()} cores")
    for package in options.package or [*PACKAGES]:
        with tempfile.TemporaryDirectory(prefix="gate-bench-") as folder:
            Bench(Path(folder), package, options.runs).run()


class Bench:
    """One package: its tree under git, and an environment with all that is needed."""

    def __init__(self, folder: Path, package: str, runs: int) -> None:
        """Fetch and install."""
        self.package, self.runs = package, runs
        pip = ["-m", "pip", "--disable-pip-version-check"]
        name = package.partition("==")[0]
        fetch = ["download", "-q", "--no-deps", "--no-binary", name, "-d", str(folder)]
        subprocess.run([sys.executable, *pip, *fetch, package], check=True)
        with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
            archive.extractall(folder, filter="data")
        self.tree = next(path for path in folder.iterdir() if path.is_dir())
        subprocess.run([sys.executable, "-m", "venv", str(folder / "env")], check=True)
        self.bin = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
        black = PACKAGES.get(package, "black")
        needs = [str(HERE), package, black, "ruff", "pre-commit"]
        subprocess.run([self.bin / "python", *pip, "install", "-q", *needs], check=True)
        source = self.tree / "src"
        self.source = next(
            path.relative_to(self.tree).as_posix()
            for place in (source, self.tree)
            for path in sorted(place.glob("*"))
            if (path / "__init__.py").is_file() and path.name != "tests"
        )
        self.edited = self.tree / self.source / "__init__.py"
        for words in (["init", "-q", "-b", "main"], ["add", "-A"]):
            self.git(*words)
        self.commit("as published")

    def git(self, *words: str) -> None:
        subprocess.run(["git", *words], cwd=self.tree, check=True)

    def commit(self, message: str) -> None:
        who = ["-c", "user.name=bench", "-c", "user.email=bench@example.invalid"]
        self.git(*who, "commit", "-q", "-a", "-m", message)

    def run(self) -> None:
        """Measure, and print a table."""
        lines = sum(file.read_bytes().count(b"\n") for file in self.tree.rglob("*.py"))
        print(f"\n{self.package}: {lines:,} lines")
        print(f"{'':34}{'cold: wall':>10}{'CPU s':>9}{'warm: wall':>12}{'CPU s':>9}")
        single = {
            "black --check .": self.tool("black", "--check", "-q", "."),
            "isort --check .": self.tool("isort", "--check", "-q", "."),
            "flake8 .": self.tool("flake8", "."),
            f"mypy {self.source}": self.tool("mypy", self.source),
        }
        costs = {name: self.both(command) for name, command in single.items()}
        for name, (cold, warm) in costs.items():
            show(name, cold, warm)
        show("one by one", *map(total, zip(*costs.values(), strict=True)))
        show("pre-commit, the same four", *self.both(self.hooks(single)))
        rules = ["--select", "E,F,W,I,C90", "-q", "."]
        ruff = [self.tool("ruff", "check", *rules), self.tool("ruff", "format", ".")]
        ruff[1].insert(2, "--check")
        show("ruff check and ruff format", *self.both(*ruff))
        mypy = costs[f"mypy {self.source}"][1]
        gate = self.tool("gate", "run", "--python", str(self.bin / "python"))
        for name, words in {
            "gate, the four": ["--only", FOUR],
            "gate, all": ["--skip", "tests,coverage,data"],
        }.items():
            cold, warm = self.both([*gate, *words])
            show(name, cold, warm)
            show(f"{name}, one file edited", None, self.after_edits([*gate, *words]))
            ratios = [f"{warm[i] / mypy[i]:.2f}" for i in (0, 1)]
            print(f"{'  warm / mypy warm':34}{'':19}{ratios[0]:>12}{ratios[1]:>9}")
        show(
            "gate, the four, `judge: new`",
            *self.behind_a_commit([*gate, "--only", FOUR]),
        )

    def tool(self, name: str, *words: str) -> list[str]:
        return [str(self.bin / name), *words]

    def hooks(self, commands: dict[str, list[str]]) -> list[str]:
        """A configuration of pre-commit for commands, and what runs it."""
        text = "repos:\n- repo: local\n  hooks:\n"
        for command in commands.values():
            name, *words = command
            files = words[-1] == "."
            entry = " ".join([name, *(words[:-1] if files else words)])
            serial = "true" if name.endswith("mypy") else "false"
            text += HOOK.format(Path(name).name, entry, str(files).lower(), serial)
        path = self.tree.parent / "pre-commit.yaml"
        path.write_text(text, "utf-8")
        return self.tool("pre-commit", "run", "-a", "-c", str(path))

    def both(self, *commands: Sequence[str]) -> tuple[Cost, Cost]:
        """What commands cost together without a cache, and when nothing has changed."""
        for name in CACHES:
            shutil.rmtree(self.tree / name, ignore_errors=True)
        cold = total([self.cost(command) for command in commands])
        return cold, self.median(lambda: total(map(self.cost, commands)))

    def after_edits(self, command: Sequence[str]) -> Cost:
        """What it costs with another edit of one file each time."""

        def edited() -> Cost:
            with self.edited.open("a", encoding="utf-8") as file:
                file.write(f"# {time.time_ns()}\n")
            return self.cost(command)

        found = self.median(edited)
        self.git("checkout", "-q", str(self.edited))
        return found

    def behind_a_commit(self, command: Sequence[str]) -> tuple[Cost, Cost]:
        """The first run behind a commit on a base that is new, and the others."""
        checks = "".join(f"  {name}: {{judge: new}}\n" for name in FOUR.split(","))
        (self.tree / "gate.yaml").write_text(f"checks:\n{checks}", "utf-8")
        self.git("add", "gate.yaml")
        self.commit("the gate's settings")
        self.cost([*command, "--base", "HEAD"])
        with self.edited.open("a", encoding="utf-8") as file:
            file.write("import abc\n\nanswer: int = 'a'\n")
        self.commit("a change")
        first = self.cost([*command, "--base", "HEAD~1"])
        return first, self.median(lambda: self.cost([*command, "--base", "HEAD~1"]))

    def median(self, measure: Callable[[], Cost]) -> Cost:
        costs = [measure() for _ in range(self.runs)]
        walls, seconds = zip(*costs, strict=True)
        return statistics.median(walls), statistics.median(seconds)

    def cost(self, command: Sequence[str]) -> Cost:
        """The wall time and the CPU seconds of a program and all that it starts."""
        env = {**os.environ, "BLACK_CACHE_DIR": str(self.tree / ".black_cache")}
        before, start = os.times(), time.perf_counter()
        subprocess.run(
            command, cwd=self.tree, env=env, capture_output=True, check=False
        )
        wall, after = time.perf_counter() - start, os.times()
        seconds = after.children_user - before.children_user
        return wall, seconds + after.children_system - before.children_system


def total(costs: Iterable[Cost]) -> Cost:
    walls, seconds = zip(*costs, strict=True)
    return sum(walls), sum(seconds)


def show(name: str, cold: Cost | None, warm: Cost) -> None:
    first = "".join(f"{value:>{10 - i}.2f}" for i, value in enumerate(cold or ()))
    rest = f"{warm[0]:>12.2f}{warm[1]:>9.2f}"
    print(f"{name:34}{first:19}{rest}", flush=True)


if __name__ == "__main__":
    main()
