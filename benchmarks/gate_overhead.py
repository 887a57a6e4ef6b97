"""What the gate costs: its wall time beside that of the tools it runs, in one go.

    python benchmarks/gate_overhead.py [--package NAME==VERSION] [--runs 3] [--cold]

Takes a package's source distribution from the package index into a temporary folder,
with an environment of its own that holds the package, its tests' needs and the gate;
then times, turn by turn so that a noisy machine is noisy for all:

  gate         gate run --only formatting,lint,typecheck,tests,coverage
  one by one   black, flake8, mypy, pytest under coverage, coverage json: sequentially
  longest      the slowest of these alone

and prints the medians with the ratios gate / one by one and gate / larger of longest
and half of one by one (what two cores could reach at best).
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
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
GATE = "formatting,lint,typecheck,tests,coverage"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--package", default="sqlite-utils==4.2.1")
    parser.add_argument("--needs", default="pytest pytest-cov hypothesis cogapp")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cold", action="store_true", help="drop the tools' caches")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gate-bench-") as folder:
        tree, python = prepare(Path(folder), options.package, options.needs.split())
        measure(tree, python, runs=options.runs, cold=options.cold)


def prepare(folder: Path, package: str, needs: list[str]) -> tuple[Path, Path]:
    """The package's tree under git, and a Python with all that is needed."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    source = ["download", "-q", "--no-deps", "--no-binary", ":all:", "-d", str(folder)]
    subprocess.run([*pip, *source, package], check=True)
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    tree = next(path for path in folder.iterdir() if path.is_dir())
    subprocess.run([sys.executable, "-m", "venv", str(folder / "env")], check=True)
    python = folder / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*install, str(HERE), "-e", str(tree), *needs], check=True)
    for words in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *words], cwd=tree, check=True)
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.invalid"]
    commit = ["commit", "-q", "-m", "the package as published"]
    subprocess.run(["git", *identity, *commit], cwd=tree, check=True)
    return tree, python


def tools(tree: Path, python: Path) -> dict[str, list[str]]:
    """The commands that a careful person would run one after the other."""
    inits = [
        *sorted(tree.glob("src/*/__init__.py")),
        *sorted(tree.glob("*/__init__.py")),
    ]
    folder = next(p.parent for p in inits if p.parent.name not in ("test", "tests"))
    package, path = folder.name, str(folder.relative_to(tree))
    module = [str(python), "-m"]
    report = ["json", "-q", "-o", os.devnull]
    return {
        "black": [*module, "black", "--check", "-q", "."],
        "flake8": [*module, "flake8", "--max-line-length=88", "."],
        "mypy": [*module, "mypy", path],
        "pytest": [*module, "pytest", "-q", f"--cov={package}", "--cov-branch"],
        "coverage": [*module, "coverage", *report],
    }


def measure(tree: Path, python: Path, *, runs: int, cold: bool) -> None:
    commands = tools(tree, python)
    gate = [str(python.parent / "gate"), "run", "--python", str(python), "--only", GATE]
    times: dict[str, list[float]] = {name: [] for name in ("gate", *commands)}
    for number in range(runs + 1):
        for name, command in {"gate": gate, **commands}.items():
            if cold:
                forget(tree)
            seconds = timed(command, tree)
            if number:  # the first turn fills the caches, of the disk at least
                times[name].append(seconds)
    show(times, runs, cold)


def timed(command: list[str], tree: Path) -> float:
    env = {**os.environ, "BLACK_CACHE_DIR": str(tree / ".black_cache")}
    start = time.perf_counter()
    subprocess.run(command, cwd=tree, env=env, capture_output=True, check=False)
    return time.perf_counter() - start


def forget(tree: Path) -> None:
    for name in (".black_cache", ".mypy_cache", ".pytest_cache", ".gate"):
        shutil.rmtree(tree / name, ignore_errors=True)


def show(times: dict[str, list[float]], runs: int, cold: bool) -> None:
    medians = {name: statistics.median(values) for name, values in times.items()}
    single = {name: value for name, value in medians.items() if name != "gate"}
    one_by_one, longest = sum(single.values()), max(single.values())
    best = max(longest, one_by_one / 2)
    print(f"{platform.platform()}, Python {platform.python_version()},", end=" ")
    print(f"{os.cpu_count()} cores, {runs} runs, {'cold' if cold else 'warm'} caches")
    for name, value in medians.items():
        low, high = min(times[name]), max(times[name])
        print(f"{name:12}{value:8.2f} s   ({low:.2f} to {high:.2f})")
    print(f"{'one by one':12}{one_by_one:8.2f} s")
    print(f"{'longest':12}{longest:8.2f} s")
    print(f"gate / one by one                      {medians['gate'] / one_by_one:.2f}")
    print(f"gate / larger of longest and half      {medians['gate'] / best:.2f}")


if __name__ == "__main__":
    main()
