"""The Pythons: the project's own, found where it is, and the gate's; what each has."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gate import git, process
from gate.errors import ConfigError, ToolError
from gate.findings import Tool

_ENVIRONMENTS = (".venv", "venv")
_TOOLS = ("black", "flake8", "isort", "mypy", "pytest", "pytest-cov", "coverage")


@dataclass(frozen=True, kw_only=True)
class Python:
    """An interpreter: where it is, what it has, and why it was chosen."""

    path: Path
    version: tuple[int, ...]
    origin: str
    tools: dict[str, str]  # distribution name -> version, of those the checks use
    folders: tuple[str, ...] = ()  # its path, and what is installed with it
    prefixes: tuple[str, ...] = ()

    def has(self, tool: str) -> bool:
        """Whether a distribution that a check needs is installed there."""
        return tool in self.tools

    def module(self, name: str) -> list[str | Path]:
        """The words that start `python -m name`, less its trap.

        `-m` puts the working folder first on the path, where a user's own `black.py`
        or `coverage.py` would be run instead.
        """
        start = (
            # Before any other import: `runpy` itself could be the user's.
            "import sys; sys.path[:] = filter(None, sys.path); import runpy;"
            f" runpy.run_module({name!r}, run_name='__main__', alter_sys=True)"
        )
        return [self.path, "-c", start]

    def tool(self, name: str) -> Tool:
        """What a result says of a tool of it."""
        return Tool(name=name, version=self.tools[name], origin=self.origin)

    @property
    def label(self) -> str:
        """`3.11.7 (the active virtual environment)`."""
        return f"{'.'.join(map(str, self.version))} ({self.origin})"


def find_python(root: Path, asked: str | None, own: Python) -> Python:
    """The interpreter that has the project's packages.

    In order: the one asked for, the active environment (virtualenv or conda), a
    `.venv` or `venv` in the root that is not committed, `python3` on the PATH; and
    the gate's own where that one has no pytest, as when the gate is installed beside
    the project's packages in an environment that is not active.

    Raises:
        ConfigError: the one asked for does not run.
        ToolError: there is none.
    """
    if asked:
        found = process.find(asked)
        if os.path.dirname(asked):
            places = (root / asked, root / f"{asked}.exe", Path.cwd() / asked)
            found = next(filter(Path.is_file, places), None)
        if not found:
            raise ConfigError(
                f"there is no Python at `{asked}`",
                hint="name an interpreter, such as .venv/bin/python, with --python"
                " or `python:` in gate.yaml",
            )
        return inspect_python(found, "as asked")
    for path, origin in _environments(root):
        if path.exists():
            return inspect_python(path, origin)
    names = ("python3", "python") if os.name != "nt" else ("python", "python3")
    if on_path := next(filter(None, map(process.find, names)), None):
        python = inspect_python(on_path, f"{on_path.name} on the PATH")
        if python.has("pytest"):
            return python
    return own


def _environments(root: Path) -> Iterator[tuple[Path, str]]:
    program = Path("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if active := os.environ.get("VIRTUAL_ENV"):
        yield Path(active) / program, "the active virtual environment"
    if active := os.environ.get("CONDA_PREFIX"):
        inside = Path("python.exe") if os.name == "nt" else program
        yield Path(active) / inside, "the active conda environment"
    for name in _ENVIRONMENTS:
        # A committed one is part of the change: its program could be anything.
        if (root / name / program).exists() and not git.is_tracked(root, name):
            yield root / name / program, f"the environment in {name}"


def unused_environments(root: Path) -> Iterator[str]:
    """A note on each environment that is there and not used."""
    for name in _ENVIRONMENTS:
        if (root / name).exists() and git.is_tracked(root, name):
            yield f"the environment in {name} is committed, so its Python is not used"


_QUESTION = """
import importlib.metadata, json, sys
tools = {}
for name in sys.argv[1:]:
    try:
        tools[name] = importlib.metadata.version(name)
    except Exception:
        pass
print(json.dumps(dict(
    version=sys.version_info[:3], tools=tools, folders=[*filter(None, sys.path)],
    prefixes=[sys.prefix, sys.base_prefix],
)))
"""


def inspect_python(path: Path, origin: str) -> Python:
    """Ask an interpreter what it is and which of our tools it has.

    Raises:
        ToolError: it does not run, or does not answer.
    """
    # In an empty folder: `-c` puts the working folder first on the path.
    with tempfile.TemporaryDirectory(prefix="gate-") as empty:
        done = process.run(
            [path, "-c", _QUESTION, *_TOOLS], cwd=Path(empty), timeout=60
        )
    try:
        answer = json.loads(done.stdout)
        lists = ("version", "folders", "prefixes")
        told = {name: tuple(answer[name]) for name in lists}
        return Python(path=path, origin=origin, tools=answer["tools"], **told)
    except (ValueError, KeyError, TypeError):
        raise ToolError(
            f"`{path}` is no Python that runs: {done.output[-500:]}",
            hint="name another with --python or `python:` in gate.yaml",
        ) from None
