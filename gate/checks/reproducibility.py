"""Reproducibility: chance, paths, versions, notebooks, and what is committed."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Annotated, ClassVar, Literal

import msgspec

from gate import git, smells
from gate.code import (
    credentials,
    ipynb,
    notebooks,
    randomness,
    repository,
    reproducibility,
    requirements,
)
from gate.code.rules import Problem
from gate.errors import GitError
from gate.findings import Excluded, Finding, Judge, Judged, Result, Status
from gate.project import Project

_START = 8192  # bytes that tell whether a file is text


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Reproducibility: chance, paths, versions, notebooks, and what is committed."""

    directions: ClassVar[dict[str, str]] = {"max_megabytes": "falling"}

    judge: Judged = Judge.ALL
    pins: Annotated[
        Literal["auto", "always", "never"],
        msgspec.Meta(
            description="Whether versions must be fixed: `auto` asks it of all but"
            " libraries."
        ),
    ] = "auto"
    max_megabytes: Annotated[
        float, msgspec.Meta(ge=0, description="Of a binary file that is committed.")
    ] = 5.0
    exclude: Excluded = ()


def run(project: Project, options: Options) -> Result:
    """The smells of each Python file, and of the repository's other files."""
    sources = smells.chosen(project, options.exclude)
    files = [f for f in project.files if not _fits(f, options.exclude)]
    if not files:
        return Result(status=Status.SKIPPED, summary="there are no files")
    # What a notebook seeds is seeded there alone.
    modules = (s for s in sources if not isinstance(s, notebooks.Notebook))
    seeded = frozenset().union(*map(randomness.seeded, modules))
    look = functools.partial(reproducibility.look, elsewhere=seeded)
    findings = smells.find(sources, "reproducibility", look)
    lines = {source.path: source for source in project.code}
    for path, problem in _of_files(project, options, files):
        source = lines.get(path)
        if source is None or not source.excuses(problem.line, problem.rule.code):
            findings.append(_finding(problem, path))
    if not findings and not sources and not any(map(_is_run, files)):
        return Result(status=Status.SKIPPED, summary="there is nothing to run")
    return smells.result("reproducibility", findings, len(files))


def _is_run(path: str) -> bool:
    """Whether results come out of a file, or what they need is in it."""
    needed = requirements.is_requirements(path) or requirements.is_environment(path)
    return needed or path.endswith(".ipynb")


def _fits(path: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch(path, pattern) for pattern in patterns)


def _finding(problem: Problem, path: str) -> Finding:
    return smells.finding(problem, path, "reproducibility")


def _of_files(
    project: Project, options: Options, files: list[str]
) -> Iterator[tuple[str, Problem]]:
    limit = options.max_megabytes * 1e6
    committed = _tracked(project)
    for path in files:
        for problem in _of_file(project.root / path, path, limit, path in committed):
            yield path, problem
    yield from _versions(project, options, files)


def _tracked(project: Project) -> frozenset[str]:
    """The files that are committed; none where the project is not in git."""
    if project.of_base:
        return frozenset(project.files)
    try:
        return git.tracked(project.root)
    except GitError:
        return frozenset()


def _of_file(file: Path, path: str, limit: float, committed: bool) -> Iterator[Problem]:
    try:
        size = file.stat().st_size
        with file.open("rb") as opened:
            start = opened.read(_START)
            most = credentials.MAX_BYTES
            most = ipynb.MAX_BYTES if notebooks.is_notebook(path) else most
            is_read = size <= most and b"\0" not in start
            data = start + opened.read(most) if is_read else b""
    except OSError:
        return
    if committed:
        yield from repository.large(size, start, limit)
    if data:
        yield from repository.look(path, data)


def _versions(
    project: Project, options: Options, files: list[str]
) -> Iterator[tuple[str, Problem]]:
    """What is installed in whatever version there is on the day."""
    library = requirements.is_library(project.pyproject, files)
    if options.pins == "never" or (options.pins == "auto" and library):
        return
    locks = [PurePosixPath(f) for f in project.files if _is_lock(f)]
    locked = {str(lock.parent) for lock in locks}
    for path in files:
        above = {str(parent) for parent in PurePosixPath(path).parents}
        if above & locked:
            continue
        if path == "pyproject.toml":
            for problem in requirements.look_project(project.pyproject):
                yield path, problem
        elif text := _text(project.root / path, path):
            for problem in repository.look_requirements(path, text):
                yield path, problem


def _is_lock(path: str) -> bool:
    return PurePosixPath(path).name in requirements.LOCKS


def _text(file: Path, path: str) -> str:
    """The text of a file of requirements; "" of any other."""
    if not (requirements.is_requirements(path) or requirements.is_environment(path)):
        return ""
    try:
        with file.open("rb") as opened:
            return opened.read(requirements.MAX_BYTES).decode("utf-8-sig", "replace")
    except OSError:
        return ""
