"""What mypy is asked to check, in how many calls, and where names of modules begin."""

from __future__ import annotations

import configparser
import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from gate.code.layout import is_test
from gate.code.notebooks import Notebook
from gate.project import Project


@dataclass(frozen=True, kw_only=True)
class Call:
    """One run of mypy: what it checks, and where the names of modules begin.

    `notebooks` are by the names of the files that stand for them.
    """

    paths: list[str]
    bases: list[str]
    explicit: bool  # or else as the project's settings say
    notebooks: Mapping[str, Notebook] = field(default_factory=dict)


def parents(project: Project) -> list[str]:
    """The folders below the root that packages are in: `src`."""
    return sorted({str(PurePosixPath(p).parent) for p in project.packages} - {"."})


def _paths(project: Project, asked: Sequence[str], own: str | None) -> list[str]:
    """What to check: as asked, as the project's configuration says, else its code."""
    asked = list(asked)
    if project.of_base:  # what is asked for need not have been there
        asked = [path for path in asked if (project.root / path).exists()]
    if asked:
        return asked
    if own and names_files(project, own):
        return []
    packages = list(project.packages)
    tops = tuple(f"{package}/" for package in packages)
    loose = [
        name
        for name in project.sources
        if name.endswith(".py") and not name.startswith(tops) and not is_test(name)
    ]
    chosen = [*packages, *loose]
    if own:
        # A project of packages means those, not stray scripts; and mypy's own
        # `exclude` does not hold for files that are named.
        exclude = exclude_of(project, own)
        chosen = packages or [name for name in loose if not exclude(name)]
    return chosen or ["."]


def names_files(project: Project, own: str) -> bool:
    """Whether the project's settings for mypy say what to check."""
    if own == "pyproject.toml":
        section = project.pyproject["tool"]["mypy"]
        return bool({"files", "packages", "modules"} & {*section})
    text = (project.root / own).read_text("utf-8", "replace")
    return bool(re.search(r"^(files|packages|modules)\s*=", text, re.MULTILINE))


def exclude_of(project: Project, own: str) -> Callable[[str], bool]:
    """Whether the project's `exclude` leaves a file out, or a folder it is in."""
    given: Any
    patterns: list[re.Pattern[str]] = []
    # What is not right in it is mypy's to say.
    with contextlib.suppress(configparser.Error, re.error):
        if own == "pyproject.toml":
            given = project.pyproject["tool"]["mypy"].get("exclude")
        else:
            parser = configparser.ConfigParser(interpolation=None, strict=False)
            parser.read_string((project.root / own).read_text("utf-8", "replace"))
            given = parser.get("mypy", "exclude", fallback=None)
        given = [given] if isinstance(given, str) else given or []
        patterns = [re.compile(pattern) for pattern in given]

    def excluded(path: str) -> bool:
        parts = path.split("/")
        folders = ["/".join(parts[:n]) + "/" for n in range(1, len(parts))]
        return any(p.search(place) for p in patterns for place in (path, *folders))

    return excluded


def of_modules(project: Project, asked: Sequence[str], own: str | None) -> list[Call]:
    """One call, unless two folders of scripts have modules of the same name.

    Names of modules begin below the root, below what holds packages (`src`), and
    below a folder whose own name no module can have: in `exp-1/train.py` and in
    `exp-2/train.py` both are `train`, which mypy does not take in one call.
    """
    paths = _paths(project, asked, own)
    if own:
        return [Call(paths=paths, bases=[], explicit=False)]
    above = parents(project)
    if asked:
        odd = sorted({_odd(name) for name in project.sources} - {""})
        return [Call(paths=paths, bases=[*above, *odd], explicit=True)]
    folders: dict[str, list[str]] = {}
    for path in paths:
        folder = "" if path in project.packages else _odd(path)
        folders.setdefault(folder, []).append(path)
    groups: list[tuple[list[str], set[str]]] = []  # folders, and the modules in them
    for folder, names in sorted(folders.items()):
        modules = {_module(name.removeprefix(f"{folder}/")) for name in names}
        group = next((g for g in groups if not g[1] & modules), ([], set()))
        group[0].append(folder)
        group[1].update(modules)
        if group not in groups:
            groups.append(group)
    return [
        Call(
            paths=[path for folder in group for path in folders[folder]],
            bases=[*above, *filter(None, group)],
            explicit=True,
        )
        for group, _ in groups
    ]


def _odd(path: str) -> str:
    """The deepest folder that a file is in with a name that no module can have."""
    parts = path.split("/")[:-1]
    depths = [n for n, part in enumerate(parts, start=1) if not part.isidentifier()]
    return "/".join(parts[: depths[-1]]) if depths else ""


def _module(path: str) -> str:
    return path.split("/")[0].removesuffix(".py")
