"""What an answer depends on besides the tree: settings, tools, packages, the gate."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import gate
from gate import process
from gate.interpreters import Python
from gate.project import Project

# What tools are set up by, where they look for it: in the root and above it.
SETTINGS = (
    "pyproject.toml setup.cfg tox.ini .flake8 mypy.ini .mypy.ini .isort.cfg .gitignore"
    " .editorconfig"
).split()
MAX_BYTES = 1_000_000  # of a file that is no code: no tool for code needs a larger one
# Of what the tools are given of it (`gate.process`), what can change their words.
_VARIABLES = ("LANG", "LC_", "PYTHON", "TZ")
# What the gate runs whose answers are kept, and what is a part of it.
_TOOLS = frozenset("black flake8 isort mccabe pycodestyle pyflakes".split())


def down_to(top: Path, root: Path) -> Iterator[Path]:
    """The folders from one down to another below it, both included."""
    yield top
    place = top
    for part in root.relative_to(top).parts:
        place /= part
        yield place


def settings(project: Project) -> Iterator[tuple[str, bytes]]:
    """The files that tools are set up by today, with what they hold.

    Those above the repository too, where some tools look.
    """
    for place in down_to(Path(project.root.anchor), project.root):
        yield from _read(place / name for name in SETTINGS)
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path("~/.config").expanduser())
    yield from _read((home / "black", Path("~/.black").expanduser()))


def _read(paths: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        with contextlib.suppress(OSError):
            if path.is_file():
                with path.open("rb") as file:
                    yield path.as_posix(), file.read(MAX_BYTES)


@dataclass(frozen=True, kw_only=True)
class Installed:
    """What a Python has: distributions, and those whose version says not what is in it.

    `plugins` are those that flake8 would load. All by names as they are compared.
    """

    distributions: tuple[str, ...] = ()
    unknown: frozenset[str] = frozenset()
    plugins: frozenset[str] = frozenset()


def installed(python: Python) -> Installed:
    """What the folders on its path say; what cannot be read is not there."""
    return _installed(python.folders)


@functools.lru_cache(maxsize=16)
def _installed(folders: tuple[str, ...]) -> Installed:
    found, unknown, plugins = [], set(), set()
    for folder in folders:
        for entry in _listed(folder):
            info = Path(folder, entry)
            if (info / "direct_url.json").exists() or entry.endswith(".egg-link"):
                unknown.add(_plain(entry))
            else:
                found.append(entry)
            if b"[flake8." in _text(info / "entry_points.txt"):
                plugins.add(_plain(entry))
    return Installed(
        distributions=tuple(sorted(found)),
        unknown=frozenset(unknown),
        plugins=frozenset(plugins),
    )


def _listed(folder: str) -> Iterator[str]:
    with contextlib.suppress(OSError):
        ends = ("-info", ".egg-link")
        yield from (name for name in os.listdir(folder) if name.endswith(ends))


def _plain(entry: str) -> str:
    name = entry.rpartition(".")[0].partition("-")[0]
    return name.lower().replace("_", "-").replace(".", "-")


def _text(path: Path) -> bytes:
    with contextlib.suppress(OSError):
        return path.read_bytes()
    return b""


def own_folders(project: Project) -> tuple[str, ...]:
    """The folders of the project's own that are on its Python's path.

    They are where it was installed to be edited.
    """
    prefixes = [Path(prefix).resolve() for prefix in project.python.prefixes]
    own = []
    for place in filter(None, project.python.folders):
        path = Path(place).resolve()
        inside = path == project.root or project.root in path.parents
        if inside and not any(p == path or p in path.parents for p in prefixes):
            own.append(PurePosixPath(path.relative_to(project.root)).as_posix())
    return tuple(own)


def are_told(project: Project) -> bool:
    """Whether a version says of each tool what it does: not where one is edited."""
    pythons = (project.python, project.own_python)
    return not any(installed(python).unknown & _TOOLS for python in pythons)


def around(project: Project) -> object:
    """All of it, as plain data."""
    pythons = (project.python, project.own_python)
    return {
        "gate": [gate.__version__, _own_code()],
        "root": str(project.root),
        "settings": [
            [name, hashlib.sha256(data).hexdigest()] for name, data in settings(project)
        ],
        "pythons": [
            [str(p.path), p.version, p.tools, p.origin, p.folders] for p in pythons
        ],
        "packages": [installed(p).distributions for p in pythons],
        "variables": sorted(
            [name, value]
            for name, value in process.environment().items()
            if name.startswith(_VARIABLES)
        ),
    }


@functools.cache
def _own_code() -> str:
    """The gate's own code, as its version is the same between two of its commits."""
    code = hashlib.sha256(sys.version.encode())
    for path in sorted(Path(gate.__file__).parent.rglob("*.py")):
        code.update(f"{path.name} {path.stat().st_size}\n".encode())
        code.update(path.read_bytes())
    return code.hexdigest()
