"""Files that list what to install: which of their lines leave the version open."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from packaging.requirements import InvalidRequirement, Requirement

from gate import yamlfile
from gate.code.rules import Problem, Rule
from gate.errors import GateError

UNPINNED: Final = Rule(
    code="RQ431",
    name="unpinned",
    family="reproducibility",
    advice="pin each version (`numpy==2.1.0`), or commit a lock file: `uv lock`,"
    " `pip freeze`, `conda-lock`",
)
NO_LOCK: Final = Rule(
    code="RQ432",
    name="no-lock",
    family="reproducibility",
    advice="commit the lock file of your tool: `uv lock`, `poetry lock`, `pdm lock`",
)
RULES: Final = (UNPINNED, NO_LOCK)

LOCKS: Final = frozenset(
    "uv.lock poetry.lock pdm.lock Pipfile.lock pixi.lock conda-lock.yml"
    " conda-lock.yaml requirements.lock pylock.toml".split()
)
MAX_BYTES: Final = 1_000_000
_MOST_NAMED: Final = 3

# `requirements.txt`, `requirements-gpu.txt`, `requirements/base.txt`.
_REQUIREMENTS: Final = re.compile(
    r"(?:.*/)?(?:[\w.-]*requirements[\w.-]*\.txt|requirements/[\w.-]+\.txt)", re.I
)
_ENVIRONMENT: Final = re.compile(r"(?:.*/)?(?:environment|conda)[\w.-]*\.ya?ml", re.I)
# What only those who work on the code install; results do not depend on it.
_APART: Final = re.compile(
    r"(?:^|[/._-])"
    r"(?:dev|develop|tests?|testing|docs?|lint|ci|build|style|format|typing)"
    r"(?=[/._-])",
    re.I,
)


def is_requirements(path: str) -> bool:
    """Whether pip installs a file's lines for results."""
    return bool(_REQUIREMENTS.fullmatch(path)) and not _APART.search(path)


def is_environment(path: str) -> bool:
    """Whether conda makes an environment of a file, for results."""
    return bool(_ENVIRONMENT.fullmatch(path)) and not _APART.search(path)


def look(text: str) -> Iterator[Problem]:
    """A problem at the first line of a requirements file whose version is open."""
    lines = [*_logical(text)]
    # Constraints and links hold the versions, in another file.
    if any(line.startswith(("-c", "--constraint")) for _, line in lines):
        return
    found = [(number, name) for number, line in lines for name in _open(line)]
    if found:
        yield _problem([name for _, name in found], found[0][0])


def look_conda(text: str) -> Iterator[Problem]:
    """The same of an environment file of conda's."""
    try:
        read = yamlfile.parse(text).value
    except GateError:
        return
    listed = read.get("dependencies") if isinstance(read, dict) else None
    if names := [*_open_in_conda(listed)]:
        yield _problem(names, _line_of(names[0], text.split("\n")))


def look_project(pyproject: Mapping[str, Any]) -> Iterator[Problem]:
    """The problem of a pyproject.toml without a lock, of what is no library.

    A library states ranges, so that it can be installed beside others.
    """
    tools = pyproject.get("tool", {})
    poetry = tools.get("poetry") if isinstance(tools, dict) else None
    project = pyproject.get("project")
    declared = project.get("dependencies") if isinstance(project, dict) else None
    if not declared and isinstance(poetry, dict):
        declared = poetry.get("dependencies")
    if declared:
        message = "its dependencies are ranges, and no lock file says what they were"
        yield Problem(rule=NO_LOCK, message=message, line=1)


def is_library(pyproject: Mapping[str, Any], files: Collection[str]) -> bool:
    """Whether a repository is built for others to install, as far as it says so."""
    if "setup.py" in files or "setup.cfg" in files:
        return True
    tools = pyproject.get("tool", {})
    poetry = tools.get("poetry") if isinstance(tools, dict) else None
    apart = isinstance(poetry, dict) and poetry.get("package-mode") is False
    return "build-system" in pyproject and "project" in pyproject and not apart


def _problem(names: list[str], line: int) -> Problem:
    shown = ", ".join(f"`{name}`" for name in names[:_MOST_NAMED])
    rest = len(names) - _MOST_NAMED
    more = f" and {rest} more" if rest > 0 else ""
    verb = "has" if len(names) == 1 else "have"
    message = f"{shown}{more} {verb} no fixed version"
    return Problem(rule=UNPINNED, message=message, line=line)


def _logical(text: str) -> Iterator[tuple[int, str]]:
    """The lines as pip reads them, joined at `\\`, without comments; with numbers."""
    start, parts = 1, list[str]()
    for number, line in enumerate(text.split("\n"), start=1):
        bare = re.sub(r"(?:^|\s)#.*", "", line).rstrip("\r ")
        start = start if parts else number
        parts.append(bare.removesuffix("\\"))
        if not bare.endswith("\\"):
            if joined := "".join(parts).strip():
                yield start, joined
            parts.clear()


def _open(line: str) -> Iterator[str]:
    """The name of what a line of pip's leaves open."""
    if line.startswith("-e"):
        line = line[2:].lstrip(" =")
    if line.startswith("--editable"):
        line = line[len("--editable") :].lstrip(" =")
    if line.startswith("-") or "--hash" in line:
        return
    if "git+" in line:
        if not re.search(r"@[^/@]*[0-9.]{3,}[^/@]*$|@[0-9a-f]{7,40}\b", line):
            yield re.sub(r"^.*/|\.git.*$|@.*$", "", line) or "git"
        return
    try:
        wanted = Requirement(line)
    except InvalidRequirement:
        return  # a path, an archive, or nothing that pip takes
    if not wanted.url and not _is_pinned(wanted):
        yield wanted.name


def _is_pinned(wanted: Requirement) -> bool:
    return any(
        one.operator == "==="
        or (one.operator == "==" and not one.version.endswith("*"))
        for one in wanted.specifier
    )


def _open_in_conda(listed: Any) -> Iterator[str]:
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, str):
            name = one.rpartition("::")[2].strip()
            if "=" not in re.sub(r"[<>!~]=", "", name) and name != "pip":
                yield re.split(r"[\s<>=!~\[]", name)[0]
        elif isinstance(one, dict) and isinstance(one.get("pip"), list):
            for line in one["pip"]:
                yield from _open(line) if isinstance(line, str) else ()


def _line_of(name: str, lines: list[str]) -> int:
    pattern = re.compile(rf"\s*-\s*[\"']?(?:[\w-]+::)?{re.escape(name)}(?![\w-])")
    found = (n for n, line in enumerate(lines, start=1) if pattern.match(line))
    return next(found, 1)
