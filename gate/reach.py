"""How far checks look: what each one's answer depends on besides what all depend on.

None where that cannot be told, so that nothing is remembered.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from gate import git, surroundings
from gate.findings import Finding
from gate.project import Project

# Plug-ins of flake8 whose rules look at one file at a time and at nothing else.
_ALONE: Final = frozenset(
    "flake8 flake8-2020 flake8-annotations flake8-async flake8-bugbear flake8-builtins"
    " flake8-comprehensions flake8-debugger flake8-docstrings flake8-eradicate"
    " flake8-implicit-str-concat flake8-logging flake8-logging-format flake8-mutable"
    " flake8-noqa flake8-pie flake8-print flake8-pytest-style flake8-quotes"
    " flake8-return flake8-rst-docstrings flake8-simplify flake8-todos"
    " flake8-type-checking flake8-unused-arguments flake8-use-fstring mccabe"
    " pandas-vet pep8-naming pycodestyle pyflakes tryceratops".split()
)
# The gate's own is one of them until it is switched on: then it looks at folders.
_OWN: Final = "research-quality-gate"
# Settings that load code of the project's own, choose files, or switch ours on.
_FLAKE8: Final = re.compile(
    rb"local[-_]plugins|^[ \t]*filename[ \t]*[=:]|^[ \t]*enable[-_]extensions", re.M
)
_ISORT: Final = re.compile(rb"old_finders|resolve_all_configs|virtual_env|conda_env")
_SOURCES: Final = re.compile(
    rb"src_paths?\s*=\s*(\[[^\]]*\]|[^\n]*(?:\n[ \t]+[^\n]*)*)"
)
_MODULES: Final = (".py", ".pyi", ".pyx", ".so", ".pyd")
_NO_NAMESPACE: Final = (*_MODULES, "setup.cfg", "pyproject.toml")
MAX_NAMES = 20_000  # that are looked through for what isort would call first party

Look = Callable[[Sequence[str]], Iterable[Finding]]


def by_file(
    project: Project, check: str, depends: object, paths: Sequence[str], look: Look
) -> list[Finding]:
    """What a look finds in each of some files, less the looks that can be spared."""
    if project.memory is None or depends is None:
        return [*look(paths)]
    return project.memory.by_file(check, depends, paths, look)


def of_code(project: Project) -> object:
    """The code and its settings; and the base, by which diffs are chosen."""
    base = project.base.commit if project.base else ""
    return project.memory and [project.memory.code, base]


def of_files(project: Project) -> object:
    """All files, and which of them git has."""
    tracked = sorted(git.tracked(project.root)) if project.head else []
    return project.memory and [project.memory.everything, tracked]


def of_imports(project: Project) -> object:
    """The code, and what isort sees beside it."""
    code, seen = of_code(project), of_isort(project)
    return None if code is None or seen is None else [code, seen]


def of_flake8(project: Project) -> object:
    """Of flake8's word on one file: the plug-ins, if these look no further."""
    if any(_FLAKE8.search(data) for _, data in surroundings.settings(project)):
        return None
    for python in (project.python, project.own_python):
        found = surroundings.installed(python)
        unknown = found.plugins & found.unknown - {_OWN}
        if unknown or found.plugins - _ALONE - {_OWN}:
            return None
    return "flake8"


def of_isort(project: Project) -> object:
    """Of isort's word on one file: which names it would take for the project's own.

    Those are the names of folders and modules where it looks for sources, and below
    a folder that could be a part of a namespace.
    """
    words = {".", "src"}
    for _, data in surroundings.settings(project):
        if _ISORT.search(data):
            return None
        for match in _SOURCES.finditer(data):
            words |= {
                *re.findall(r"[^\s,'\"\[\]]+", match[1].decode("utf-8", "replace"))
            }
    if any(re.search(r"[*?$~:\\]|^/|\.\.", word) for word in words):
        return None
    names: list[str] = []
    for word in sorted(words):
        rest = MAX_NAMES - len(names)
        names += itertools.islice(_modules(project.root / word, rest), rest)
    return names if len(names) < MAX_NAMES else None


def _modules(top: Path, most: int) -> Iterator[str]:
    """What could be imported from a folder, by name; where it is part of a namespace,
    what is in it as well."""
    stack = [top]
    while stack:
        place = stack.pop()
        entries = _entries(place, most)
        yield f"{place} {len(entries) < most}"
        if len(entries) == most:
            yield from itertools.repeat("too many", most)
        for name, is_folder in entries:
            if is_folder and name.isidentifier():
                yield name
                if _is_namespace(place / name, most):
                    stack.append(place / name)
            elif name.endswith(_MODULES):
                yield name


def _entries(folder: Path, most: int) -> list[tuple[str, bool]]:
    try:
        with os.scandir(folder) as found:
            some = itertools.islice(found, most)
            return sorted((entry.name, entry.is_dir()) for entry in some)
    except OSError:
        return []


def _is_namespace(folder: Path, most: int) -> bool:
    names = {name for name, _ in _entries(folder, most)}
    if "__init__.py" in names:
        try:
            with (folder / "__init__.py").open("rb") as file:
                start = file.read(4096)
        except OSError:
            return True
        return b"extend_path" in start or b"declare_namespace" in start
    return not any(name.endswith(_NO_NAMESPACE) for name in names)
