"""The tree being judged: its files, its changed lines, its Python. Read-only."""

from __future__ import annotations

import configparser
import functools
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from gate import git
from gate.base import Base, find_base
from gate.cache import Cache
from gate.code import layout, notebooks, source
from gate.code.layout import Layout, is_test
from gate.code.once import once
from gate.errors import ConfigError
from gate.interpreters import (
    Python,
    find_python,
    inspect_python,
    unused_environments,
)
from gate.lock import Lock
from gate.memory import Memory
from gate.verdict import Past

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# Folders that hold no code of the project's, where git does not say so.
_SKIPPED = frozenset(
    "__pycache__ node_modules site-packages build dist venv env virtualenv".split()
)


@dataclass(frozen=True, kw_only=True)
class Project:
    """What is judged; every path in it is relative to `root`, with forward slashes.

    `scratch` is a private folder of this run, gone when it ends: the only way in
    which one check hands anything to another. `base` is None where there is nothing
    to compare with; `notes` says why, and whatever else the reader should know.
    `lock` is what may not be loosened, None where nothing is held; `past` what is
    recorded of the base, None where nothing is. In a tree that is `of_base`, a check
    looks at `files` alone, whatever else is there, and modules are looked for in
    `import_paths` before those that are installed. `memory` knows equal trees, `cache`
    keeps what a tool knows: None where nothing may outlast the run.
    """

    root: Path
    scratch: Path
    files: tuple[str, ...]
    python: Python
    own_python: Python
    head: str = ""
    dirty: bool = False
    base: Base | None = None
    lock: Lock | None = None
    past: Past | None = None
    notes: tuple[str, ...] = ()
    of_base: bool = False
    import_paths: tuple[str, ...] = ()
    memory: Memory | None = None
    cache: Cache | None = None

    @functools.cached_property
    def sources(self) -> tuple[str, ...]:
        """The Python files."""
        return tuple(name for name in self.files if name.endswith((".py", ".pyi")))

    @once
    def code(self) -> tuple[source.Source, ...]:
        """The Python files that can be read, each read and parsed once."""
        read = (source.read(self.root, name) for name in self.sources)
        return tuple(filter(None, read))

    @once
    def notebooks(self) -> tuple[notebooks.Notebook, ...]:
        """The notebooks with code in Python, each read once."""
        names = filter(notebooks.is_notebook, self.files)
        read = (notebooks.read(self.root, name) for name in names)
        return tuple(filter(None, read))

    @once
    def layout(self) -> Layout:
        """Where its modules are, for rules that look at more than one file."""
        return layout.of(self.code, _pytest_roots(self))

    @functools.cached_property
    def tests(self) -> tuple[str, ...]:
        """The files that pytest would collect by its default names, conftest too."""
        return tuple(name for name in self.sources if is_test(name))

    @functools.cached_property
    def packages(self) -> tuple[str, ...]:
        """The top folders of the import packages: `src/taxi`, `gate`."""
        folders = {str(PurePosixPath(f).parent) for f in self.sources if _is_init(f)}
        folders.discard(".")  # a stray one at the root makes no package of the whole
        tops = {f for f in folders if str(PurePosixPath(f).parent) not in folders}
        return tuple(sorted(f for f in tops if not is_test(f + "/x.py")))

    @functools.cached_property
    def pyproject(self) -> dict[str, Any]:
        """The project's pyproject.toml, empty where there is none.

        Raises:
            ConfigError: it is not valid TOML.
        """
        settings = read_toml(self.root / "pyproject.toml")
        tools = settings.get("tool")
        tables = tools.items() if isinstance(tools, dict) else ()
        settings["tool"] = {k: v for k, v in tables if isinstance(v, dict)}
        return settings

    def configures(self, tool: str, *files: str) -> str | None:
        """The file in which the project itself configures a tool, if it does.

        `files` are those the tool reads, in its own order: the first that configures
        it wins. Those that tools share count only with a section of the tool's.
        """
        for name in files:
            path = self.root / name
            if name == "pyproject.toml":
                found = tool in self.pyproject.get("tool", {})
            elif name in ("setup.cfg", "tox.ini", ".flake8"):
                found = path.is_file() and _has_section(path, tool)
            else:
                found = path.is_file()
            if found:
                return name
        return None

    @property
    def no_base(self) -> str:
        """Why there is nothing to compare with, where there is no base."""
        note = next((n for n in self.notes if n.startswith("no base")), "")
        return note.partition(";")[0] or "no base to compare with: no commit here"

    @functools.cached_property
    def changed_lines(self) -> dict[str, frozenset[int]] | None:
        """The new and changed lines of each file since the base; None without one."""
        return git.changed_lines(self.root, self.base.commit) if self.base else None


def read_toml(path: Path) -> dict[str, Any]:
    """A file of TOML, empty where there is none.

    Raises:
        ConfigError: it is not valid.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"not valid TOML: {error}", path=path.name) from None


def _is_init(path: str) -> bool:
    return path.rsplit("/", 1)[-1] == "__init__.py"


def _pytest_roots(project: Project) -> Iterator[str]:
    """The folders that pytest puts on the path, as the project tells it to."""
    table = project.pyproject["tool"].get("pytest", {})
    for settings in (table, table.get("ini_options"), *_ini_tables(project)):
        paths = settings.get("pythonpath") if isinstance(settings, Mapping) else None
        paths = paths.split() if isinstance(paths, str) else paths
        for path in paths if isinstance(paths, list) else ():
            yield os.path.normpath(str(path)).replace(os.sep, "/")


def _ini_tables(project: Project) -> Iterator[Mapping[str, str]]:
    files = {"pytest.ini": "pytest", "tox.ini": "pytest", "setup.cfg": "tool:pytest"}
    for name, section in files.items():
        if name in project.files:
            parser = _read_ini(project.root / name)
            yield parser[section] if parser and section in parser else {}


def _read_ini(path: Path) -> configparser.ConfigParser | None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(path.read_text("utf-8"))
    except (configparser.Error, UnicodeDecodeError, OSError):
        return None
    return parser


def _has_section(path: Path, tool: str) -> bool:
    parser = _read_ini(path)
    names = (tool, f"tool:{tool}")  # and coverage has one for each of its commands
    return any(
        section in names or section.startswith(f"{tool}:")
        for section in (parser.sections() if parser else ())
    )


def open_project(root: Path, *, base: str | None, python: str | None) -> Project:
    """Look at the tree below `root`.

    Raises:
        ConfigError: `base` or `python` was asked for and is not there.
        ToolError: no Python was found.
    """
    root = root.resolve()
    in_git = git.find_root(root) is not None
    head = git.commit(root, "HEAD") if in_git else None
    if base and not head:
        what = "no commit yet" if in_git else "no git repository here"
        raise ConfigError(
            f"there is no base `{base}`: {what}", hint="leave --base and `base:` out"
        )
    found, note = find_base(root, base) if head else (None, "")
    lost = _names_lost(root) if in_git else ""
    own = inspect_python(Path(sys.executable), "the gate's own environment")
    return Project(
        root=root,
        files=list_files(root, in_git=in_git),
        python=find_python(root, python, own),
        own_python=own,
        head=head or "",
        dirty=bool(head) and git.is_dirty(root),
        base=found,
        notes=tuple(filter(None, (note, lost, *unused_environments(root)))),
        # Last, for nothing is to be left behind when one of the others fails.
        scratch=Path(tempfile.mkdtemp(prefix="gate-")),
    )


def list_files(root: Path, *, in_git: bool) -> tuple[str, ...]:
    """The project's files: as git lists them, else all but the usual rubbish.

    Without links: one within the tree is another name of a file that is judged, and
    one that leads out of it is no file of the project's.
    """
    if in_git:
        return tuple(f for f in git.files(root) if _is_plain(root / f))
    return tuple(sorted(_walk(root)))


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _names_lost(root: Path) -> str:
    """A note on files whose names are no UTF-8: nothing can be said of them."""
    # Names as `git.files` shows them, with a mark where a byte is no text.
    lost = [f for f in git.files(root) if "\ufffd" in f and not (root / f).exists()]
    if not lost:
        return ""
    shown = ", ".join(lost[:3]) + (", …" if len(lost) > 3 else "")
    return f"not judged, as their names are not UTF-8 text: {shown}"


def _walk(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if not _skip(Path(folder, f))]
        for name in names:
            path = Path(folder, name)
            # A name that is no text could be neither printed nor written down.
            readable = os.fsencode(path).decode("utf-8", "ignore") == str(path)
            if readable and _is_plain(path):
                yield path.relative_to(root).as_posix()


def _skip(folder: Path) -> bool:
    name = folder.name
    if name.startswith(".") or name in _SKIPPED or name.endswith(".egg-info"):
        return True
    return (folder / "pyvenv.cfg").exists()
