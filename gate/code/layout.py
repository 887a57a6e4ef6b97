"""Where a project's modules are, and so what an import means in which file."""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from gate.code.source import Source

_ENDS = (".py", ".pyi")
_TOPS = ("", "src")  # the folders that are on the path without being named


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The Python files of a project, by paths with forward slashes.

    `roots` are further folders on the path, as pytest's `pythonpath` names them.
    `imported` are the files that another one imports, `dotted` those of them that one
    imports by more than the file's own name, and `foreign` the names that are imported
    where no file of the project could be meant.
    """

    files: frozenset[str]
    roots: frozenset[str] = frozenset()
    imported: frozenset[str] = frozenset()
    dotted: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()

    def is_package(self, folder: str) -> bool:
        """Whether a folder is marked as a package."""
        return any(_join(folder, f"__init__{end}") in self.files for end in _ENDS)

    def package(self, path: str) -> str:
        """The dotted name of the package that a file is in; "" where it is in none."""
        names: list[str] = []
        folder = folder_of(path)
        while folder and self.is_package(folder):
            folder, _, name = folder.rpartition("/")
            names.append(name)
        return ".".join(reversed(names))

    def root(self, path: str) -> str:
        """The folder that has to be on the path for a file's full name to be found."""
        folder = folder_of(path)
        while folder and self.is_package(folder):
            folder = folder_of(folder)
        return folder

    def find(self, folder: str, name: str) -> str | None:
        """The file of the module of a dotted name, seen from a folder."""
        base = _join(folder, name.replace(".", "/"))
        ends = (*(f"/__init__{end}" for end in _ENDS), *_ENDS)
        return next((base + end for end in ends if base + end in self.files), None)

    @functools.cached_property
    def tops(self) -> frozenset[str]:
        """The names that can be imported from the top, or from a folder on the path."""
        inside = [
            path[len(folder) :].lstrip("/")
            for path in self.files
            for folder in self._above(path)
        ]
        return frozenset(path.partition("/")[0].partition(".")[0] for path in inside)

    @functools.cached_property
    def tests(self) -> frozenset[str]:
        """The files of tests."""
        return frozenset(filter(is_test, self.files))

    def _above(self, path: str) -> set[str]:
        """The folders on the path that a file can be imported from."""
        above = {f for f in (*_TOPS, *self.roots) if not f or path.startswith(f"{f}/")}
        return above | ({self.root(path)} if self.package(path) else set())

    def resolve(self, source: Source) -> Iterator[tuple[str, str | None, bool]]:
        """Each module that a file imports: its name, its file, whether from the top."""
        folder = folder_of(source.path)
        tops = (*_TOPS, *sorted(self.roots), self.root(source.path))
        for name, level in _imports(source.tree):
            if level:
                above = "/".join(
                    folder.split("/")[: len(folder.split("/")) - level + 1]
                )
                yield name, self.find(above, name), False
                continue
            places = (self.find(top, name) for top in tops if top != folder or not top)
            found = next(filter(None, places), None)
            yield name, found or self.find(folder, name), found is not None


def of(sources: Iterable[Source], roots: Iterable[str] = ()) -> Layout:
    """The layout of a project of these files."""
    sources = tuple(sources)
    bare = Layout(files=frozenset(s.path for s in sources), roots=frozenset(roots))
    imported, dotted, foreign = set(), set(), set()
    for source in sources:
        for name, path, from_top in bare.resolve(source):
            if path and path != source.path:
                imported.add(path)
                if from_top and "." in name:
                    dotted.add(path)
            top = name.partition(".")[0]
            beside = bare.find(folder_of(source.path), top)
            if beside in (None, source.path) and not is_test(source.path):
                foreign.add(top)
    return replace(
        bare,
        imported=frozenset(imported),
        dotted=frozenset(dotted),
        foreign=frozenset(foreign),
    )


def around(path: Path) -> tuple[Layout, str]:
    """What can be told from the folders that a file is in, and its path from their top.

    For who looks at a single file, as a linter's plugin does. The top is the working
    folder, or the one that the file's package is in.
    """
    path, top = path.absolute(), Path.cwd()
    if not path.is_relative_to(top):
        top = path.parent
        while (top / "__init__.py").is_file() and top != top.parent:
            top = top.parent
    return _below(top, path.parent), path.relative_to(top).as_posix()


@functools.lru_cache(maxsize=256)
def _below(top: Path, folder: Path) -> Layout:
    folders = [
        folder,
        *(above for above in folder.parents if above.is_relative_to(top)),
    ]
    names = (*(f"*{end}" for end in _ENDS), *(f"*/__init__{end}" for end in _ENDS))
    files = {
        file.relative_to(top).as_posix()
        for place in folders
        for name in names
        for file in place.glob(name)
    }
    return Layout(files=frozenset(files))


def _imports(tree: ast.Module | None) -> Iterator[tuple[str, int]]:
    """The dotted names of all modules that may be imported, and how many dots began.

    `from a import b` may mean the module `a.b`, or a name in `a`.
    """
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Import):
            yield from ((alias.name, 0) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = f"{node.module}." if node.module else ""
            if node.module:
                yield node.module, node.level
            if node.module not in sys.stdlib_module_names:
                yield from ((f"{start}{one.name}", node.level) for one in node.names)


def is_test(path: str) -> bool:
    """Whether a path is a test's, by the names that pytest uses without settings."""
    *folders, name = path.split("/")
    if any(folder in ("test", "tests", "testing") for folder in folders):
        return True
    return (
        name == "conftest.py" or name.startswith("test_") or name.endswith("_test.py")
    )


def folder_of(path: str) -> str:
    """The folder that a file is in; "" for the top."""
    return path.rpartition("/")[0]


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
