"""Imports: absolute, found from everywhere, in order."""

from __future__ import annotations

import configparser
import functools
import os
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar

import msgspec

from gate import patches, process, reach, smells
from gate.code import imports
from gate.code.notebooks import Notebook
from gate.code.source import Source
from gate.errors import ToolError
from gate.findings import Excluded, Finding, Fix, Judge, Judged, Result, Status
from gate.interpreters import Python
from gate.project import Project

TIMEOUT = 600.0  # seconds

# In isort's own order.
_CONFIG = (".isort.cfg", "pyproject.toml", "setup.cfg", "tox.ini", ".editorconfig")
_EDITORCONFIG = re.compile(
    r"^\s*(?:profile|multi_line_output|known_\w+|force_\w+|sections|src_paths"
    r"|default_section|include_trailing_comma|line_length|skip|skip_glob)\s*=",
    re.M | re.I,
)
_COLOR = re.compile("\x1b\\[[0-9;]{0,9}m")
_NOT_READ = "Failed to pull configuration information"
_MARK = "\x1f"  # begins a line that isort is told to write
_NAMED = re.compile(rf"^{_MARK}(.+) Imports are incorrectly sorted.*$", re.M)
_HEAD = re.compile(r"^--- (.+):before\t.*\n\+\+\+ \1:after\t.*\n", re.M)


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Imports: absolute, found from everywhere, in order."""

    directions: ClassVar[dict[str, str]] = {"absolute": "set", "order": "set"}

    judge: Judged = Judge.ALL
    absolute: Annotated[
        bool, msgspec.Meta(description="Whether a relative import is a finding.")
    ] = True
    order: Annotated[
        bool, msgspec.Meta(description="Whether isort judges the order of imports.")
    ] = True
    exclude: Excluded = ()


def run(project: Project, options: Options) -> Result:
    """The smells of imports, and every file whose imports isort would sort anew."""
    sources = smells.chosen(project, options.exclude)
    if not sources:
        return Result(status=Status.SKIPPED, summary="there are no Python files")
    look = functools.partial(
        imports.look, layout=project.layout, relative=options.absolute
    )
    findings = smells.find(sources, "imports", look)
    if not options.order:
        return smells.result("imports", findings, len(sources))
    python = project.python if project.python.has("isort") else project.own_python
    modules = [s for s in sources if not isinstance(s, Notebook)]
    findings += _unsorted(project, python, modules)
    return msgspec.structs.replace(
        smells.result("imports", findings, len(sources)),
        tools=(python.tool("isort"),),
    )


def _unsorted(project: Project, python: Python, sources: list[Source]) -> list[Finding]:
    """A finding for each file that isort would change."""
    # What isort prints in lines says nothing of a name that breaks one; lint tells.
    some = {source.path: source for source in sources if source.path.isprintable()}
    own = _configured(project)
    told = reach.of_isort(project) if own else _told(project)

    def look(paths: Sequence[str]) -> Iterator[Finding]:
        chosen = [some[path] for path in paths]
        return _look(project, python, chosen, own)

    return reach.by_file(project, "imports", told, [*some], look)


def _look(
    project: Project, python: Python, sources: list[Source], own: bool
) -> Iterator[Finding]:
    """What isort finds in some files, by the project's own settings or ours."""
    settings = ["--settings-path=."] if own else [_settings(project)]
    command = ["isort", *([] if own else _plain(project))]
    found: dict[str, str] = {}
    for diffs in (True, False):
        paths = [source.path for source in sources if _can_be_cut(source) is diffs]
        for batch in process.batches(paths):
            found |= _isort(
                project, python, [*settings, *(("--diff",) if diffs else ())], batch
            )
    for path in sorted(found):
        words = [*command, f"./{path}" if path.startswith("-") else path]
        yield _finding(path, found[path], shlex.join(words))


def _can_be_cut(source: Source) -> bool:
    """Whether a diff of the file, among others, can be told apart line by line.

    isort takes a form feed for the end of a line, and ends no line that has no end.
    """
    text = source.text
    return text.endswith("\n") and len(text.splitlines()) == text.count("\n")


def _settings(project: Project) -> str:
    """The settings that agree with black, for a project that isort finds none of.

    What is the project's own is told by its files, not by folders that happen to be
    there, as `wandb` is after a run.
    """
    settings = configparser.ConfigParser(interpolation=None)
    settings["isort"] = {**_told(project), "src_paths": str(project.scratch)}
    path = project.scratch / "isort.cfg"
    with path.open("w", encoding="utf-8") as file:
        settings.write(file)
    return f"--settings-file={path}"


def _told(project: Project) -> dict[str, str]:
    return {
        "profile": "black",
        "line_length": str(_length(project)),
        "known_first_party": ",".join([*_first_party(project), *_elsewhere(project)]),
    }


def _plain(project: Project) -> list[str]:
    """The same as words for the command line, where isort sees the folders itself."""
    others = [word for name in _elsewhere(project) for word in ("-p", name)]
    return ["--profile", "black", "-l", str(_length(project)), *others]


def _first_party(project: Project) -> list[str]:
    """What isort would find by itself: all that is at the top, or in `src`."""
    inside = [re.sub("^src/", "", f) for f in project.sources if "/" in f]
    top = [f for f in project.sources if f.count("/") == 0]
    names = {re.split("[/.]", f)[0] for f in (*inside, *top)} | {"src"}
    return sorted(filter(str.isidentifier, names))


def _elsewhere(project: Project) -> list[str]:
    """The packages that lie in other folders, whose names isort has to be told."""
    names = {package.rpartition("/")[2] for package in project.packages}
    return sorted(filter(str.isidentifier, names - {*_first_party(project)}))


def _configured(project: Project) -> bool:
    own = project.configures("isort", *_CONFIG)
    if own != ".editorconfig":
        return own is not None
    # It is there for editors too.
    text = (project.root / own).read_text("utf-8", "replace")
    return bool(_EDITORCONFIG.search(text))


def _length(project: Project) -> int:
    black = project.pyproject["tool"].get("black", {})
    length = black.get("line-length", black.get("line_length"))
    return length if isinstance(length, int) else 88


def _isort(
    project: Project, python: Python, options: list[str], paths: list[str]
) -> dict[str, str]:
    """The files that isort would change, each with the diff, "" where none is asked."""
    done = process.run(
        [
            *python.module("isort"),
            "--check-only",
            f"--format-error={_MARK}{{message}}",
            "--filter-files",  # or else it sorts what its settings skip
            *options,
            "--",
            *paths,
        ],
        cwd=project.root,
        timeout=TIMEOUT,
    )
    if done.timed_out:
        raise ToolError(f"isort took longer than {TIMEOUT:.0f} s")
    said = _COLOR.sub("", done.stderr)
    names = [_relative(match[1], project) for match in _NAMED.finditer(said)]
    stopped = said.count(_MARK) > len(names) or (done.returncode and not names)
    if stopped or _NOT_READ in said:
        raise ToolError(
            f"isort ended with code {done.returncode}: {_why(said)}",
            hint="run `isort --check .` to see what it says",
        )
    diffs = _diffs(_COLOR.sub("", done.stdout), project)
    return {name: diffs.get(name, "") for name in names}


def _why(said: str) -> str:
    """What isort says of itself, in one line, and not of files."""
    rest = _NAMED.sub("", said).replace(_MARK, "")
    start = max(rest.find("isort.exceptions."), rest.find(_NOT_READ), 0)
    return " ".join(rest[start:].split())[:500] or "it did not say why"


def _relative(name: str, project: Project) -> str:
    return os.path.relpath(project.root / name, project.root).replace(os.sep, "/")


def _diffs(text: str, project: Project) -> dict[str, str]:
    """The parts of a long unified diff by the path they are for."""
    heads = [*_HEAD.finditer(text)]
    ends = [head.start() for head in heads[1:]] + [len(text)] * bool(heads)
    found = {}
    for head, end in zip(heads, ends, strict=True):
        path = _relative(head[1], project)
        found[path] = f"--- {path}\n+++ {path}\n{text[head.end() : end]}"
    return found


def _finding(path: str, diff: str, command: str) -> Finding:
    return Finding(
        rule="imports/order",
        message="isort would sort the imports of this file anew",
        path=path,
        line=patches.first_changed(diff),
        fix=Fix(command=command, patch=diff),
    )
