"""The coverage that an earlier step measured, of one run or of a matrix's, in one.

From coverage's own data files, which are exact, or from Cobertura's XML. The paths in
them may be another machine's: they are made to be this tree's where that is certain.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gate import process
from gate.code import source
from gate.errors import ToolError
from gate.findings import Finding, Level, plural
from gate.interpreters import Python
from gate.places import Places
from gate.project import Project
from gate.testing import cobertura, measuring, reportfiles, xmlfile
from gate.testing.covered import Measured
from gate.testing.reportfiles import ReportFile

_FOLDER = "given"  # in the scratch folder
_TIMEOUT = 300.0  # seconds for a look at all data files
_HOW = "`pytest --cov --cov-report=`, or `coverage run -m pytest`, writes `.coverage`"
_SHOWN = 3  # paths of a message
_MAX_PATHS = 100_000  # of a report
_MAX_SOURCES = 50  # of a Cobertura report

Meant = Mapping[str, tuple[str, ...]]  # a path in a report -> files it may mean
Last = Mapping[str, int]  # the last line that a report has of each path


@dataclass(frozen=True, kw_only=True)
class Given:
    """What all reports measured together, whose coverage read it, and what is odd."""

    measured: Measured
    python: Python | None = None
    odd: tuple[Finding, ...] = ()


def read(project: Project, names: Iterable[str], words: Sequence[str]) -> Given:
    """What coverage's data files or Cobertura's reports say, all in one.

    `words` are the options of pytest, which may name coverage's settings.

    Raises:
        GateError: there is none, one cannot be read or believed, or has none of the
            project's files.
    """
    files = reportfiles.find(project, names, how=_HOW)
    data = [file for file in files if _is_data(file.path)]
    if data and len(data) < len(files):
        other = next(file for file in files if file not in data)
        raise ToolError(
            f"`{data[0].shown}` is coverage's data and `{other.shown}` is XML: these"
            " cannot be put together",
            hint="name files of one kind: the data is the more exact",
        )
    return _of_data(project, data, words) if data else _of_xml(project, files)


def _is_data(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def _of_xml(project: Project, files: Sequence[ReportFile]) -> Given:
    roots = [xmlfile.read(file.path, f"`{file.shown}`") for file in files]
    for file, root in zip(files, roots):
        if not cobertura.is_one(root):
            raise ToolError(
                f"`{file.shown}` is neither coverage's data nor Cobertura's XML",
                hint=f"{_HOW}; `coverage xml` writes Cobertura's",
            )
    places = Places(project.root, project.files)
    meant = [_meant(places, cobertura.names(root)) for root in roots]
    odd = [*_odd(project, files, meant, [cobertura.last_lines(r) for r in roots])]
    measured = cobertura.measured(
        [(root, _certain(one).get) for root, one in zip(roots, meant)],
        ", ".join(f"`{file.shown}`" for file in files),
    )
    made = [(file, cobertura.made(root)) for file, root in zip(files, roots)]
    old = reportfiles.stale(project, "coverage", made)
    return Given(measured=measured, odd=tuple(filter(None, [old, *odd])))


def _certain(meant: Meant) -> dict[str, str]:
    return {path: found[0] for path, found in meant.items() if len(found) == 1}


def _meant(places: Places, names: Mapping[str, tuple[str, ...]]) -> Meant:
    """What the names of a Cobertura report mean, each by any of its whole paths."""
    kept = {name: whole[:_MAX_SOURCES] for name, whole in names.items()}
    mapped = places.mapped(path for whole in kept.values() for path in whole)
    meant = {}
    for name, whole in kept.items():
        here = {found for path in whole if (found := places.here(path))}
        meant[name] = tuple(sorted(here or {f for path in whole for f in mapped[path]}))
    return meant


def _odd(
    project: Project,
    files: Sequence[ReportFile],
    meant: Sequence[Meant],
    last: Sequence[Last],
) -> Iterator[Finding]:
    """What the reader should know of paths and lines that are not this tree's.

    Raises:
        ToolError: a report has none of the project's files.
    """
    for file, one, lines in zip(files, meant, last):
        if len(one) > _MAX_PATHS:
            raise ToolError(f"`{file.shown}` names more than {_MAX_PATHS:,} files")
        certain = _certain(one)
        if not any(path in project.sources for path in certain.values()):
            raise _foreign(file, one)
        unclear = [path for path, found in one.items() if len(found) > 1]
        if unclear:
            yield _finding(file, unclear, "ambiguous", "may be several of its files")
        if missing := [path for path, found in one.items() if not found]:
            yield _finding(file, missing, "elsewhere", "not in this tree")
        for path, name in certain.items():
            if beyond := _beyond(project, name, lines.get(path, 0)):
                message = f"`{file.shown}` is of another `{name}`: {beyond}"
                yield Finding(
                    rule="coverage/stale", message=message, level=Level.WARNING
                )


def _finding(file: ReportFile, paths: list[str], rule: str, what: str) -> Finding:
    count = plural(len(paths), "path")
    message = f"{count} of `{file.shown}` {what}, so not counted: {_listed(paths)}"
    level = Level.WARNING if rule == "ambiguous" else Level.NOTE
    return Finding(rule=f"coverage/{rule}", message=message, level=level)


def _listed(paths: Iterable[str]) -> str:
    first = sorted(paths)
    more = ", …" if len(first) > _SHOWN else ""
    return ", ".join(f"`{path[:200]}`" for path in first[:_SHOWN]) + more


def _foreign(file: ReportFile, meant: Meant) -> ToolError:
    if not meant:
        return ToolError(
            f"`{file.shown}` measured no file at all",
            hint="see whether `source` of coverage's settings names the code",
        )
    return ToolError(
        f"`{file.shown}` has none of the project's files, but {_listed(meant)}",
        hint="measure this very tree: install it with `pip install -e .`, set"
        " `relative_files = true` in coverage's settings, or name the other folder in"
        " their `[paths]`",
    )


def _beyond(project: Project, name: str, last: int) -> str:
    found = source.read(project.root, name) if name in project.sources else None
    if found is None:
        return ""
    count = len(found.lines)
    return f"it has line {last:,}, where there are {count:,}" if last > count else ""


# Run by coverage's own Python, as the files are SQLite's that the change's code may
# have written. A line that ran in any of them ran.
_LIST = """
import coverage, json, sys
told = []
for path in sys.argv[1:]:
    data = coverage.CoverageData(basename=path)
    data.read()
    files = {f: max(data.lines(f) or [0]) for f in data.measured_files()}
    told.append({"arcs": data.has_arcs(), "last": files})
print(json.dumps(told))
"""
_JOIN = """
import coverage, json, sys
plan = json.load(open(sys.argv[1], encoding="utf-8"))
joined = coverage.CoverageData(basename=plan["to"])
for part in plan["parts"]:
    data = coverage.CoverageData(basename=part["path"])
    data.read()
    (joined.add_arcs if data.has_arcs() else joined.add_lines)({})
    for old, new in part["files"].items():
        if data.has_arcs():
            joined.add_arcs({new: data.arcs(old) or []})
        else:
            joined.add_lines({new: data.lines(old) or []})
        joined.touch_file(new)  # also one of which nothing ran
        if data.file_tracer(old):
            joined.add_file_tracers({new: data.file_tracer(old)})
joined.write()
"""


class _Told(msgspec.Struct, frozen=True):
    """What coverage says of a data file: whether branches are in it, and its files."""

    arcs: bool
    last: dict[str, int]


def _of_data(
    project: Project, files: Sequence[ReportFile], words: Sequence[str]
) -> Given:
    python = project.python if project.python.has("coverage") else project.own_python
    settings = measuring.settings(project, words)
    scratch = project.scratch / _FOLDER
    scratch.mkdir(exist_ok=True)
    measuring.settings_file(project, settings, scratch)
    copies = _copies(project, python, files, scratch, words)
    told = _told(project, python, files, copies)
    places = Places(project.root, project.files)
    meant = [places.mapped(one.last) for one in told]
    odd = [*_odd(project, files, meant, [one.last for one in told])]
    parts = [
        {"path": str(copy), "files": _sought(project, one, settings.relative)}
        for copy, one in zip(copies, meant)
    ]
    plan = scratch / "plan.json"
    plan.write_text(
        json.dumps({"to": str(scratch / measuring.DATA), "parts": parts}), "utf-8"
    )
    _ask(project, python, _JOIN, plan)
    measured = measuring.read(python, project.root, scratch)
    if measured is None:
        raise ToolError("coverage could not put its data files together")
    old = reportfiles.stale(project, "coverage", [(file, None) for file in files])
    found = tuple(filter(None, [old, *odd]))
    return Given(measured=measured, python=python, odd=found)


def _sought(project: Project, meant: Meant, relative: bool) -> dict[str, str]:
    """The paths of a data file, with those by which coverage will look for them."""
    start = Path() if relative else project.root
    return {path: str(start / name) for path, name in sorted(_certain(meant).items())}


def _copies(
    project: Project,
    python: Python,
    files: Sequence[ReportFile],
    scratch: Path,
    words: Sequence[str],
) -> list[Path]:
    """Copies of the data files, in which `[paths]` of the settings is heeded."""
    copies = []
    for number, file in enumerate(files):
        folder = scratch / str(number)
        folder.mkdir()
        copy = folder / measuring.DATA
        shutil.copyfile(file.path, copy)
        if measuring.has_paths(project, words):
            given = copy.rename(folder / "given")
            pointer = scratch / measuring.POINTER
            if pointer.is_file():
                shutil.copyfile(pointer, folder / measuring.POINTER)
            done = measuring.command(
                python, project.root, folder, "combine", "-q", "--keep", str(given)
            )
            if not copy.is_file():
                raise _unreadable(file.shown, done.output)
        copies.append(copy)
    return copies


def _told(
    project: Project,
    python: Python,
    files: Sequence[ReportFile],
    copies: Sequence[Path],
) -> list[_Told]:
    said = _ask(project, python, _LIST, *copies, shown=_listed(f.shown for f in files))
    try:
        told = msgspec.json.decode(said, type=list[_Told])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _unreadable(_listed(f.shown for f in files), said) from None
    kinds = {one.arcs: file.shown for one, file in zip(told, files) if one.last}
    if len(kinds) > 1:
        raise ToolError(
            f"`{kinds[True]}` has branches and `{kinds[False]}` only lines: these"
            " cannot be put together",
            hint="measure all of them with the same `branch` in coverage's settings",
        )
    return told


def _ask(
    project: Project, python: Python, program: str, *words: Path, shown: str = ""
) -> str:
    start = "import sys; sys.path[:] = filter(None, sys.path)"
    done = process.run(
        [python.path, "-c", f"{start}\n{program}", *words],
        cwd=project.scratch,
        timeout=_TIMEOUT,
    )
    if done.returncode:
        raise _unreadable(shown or "the data files", done.output)
    return done.stdout


def _unreadable(shown: str, output: str) -> ToolError:
    last = (output.strip().splitlines() or ["it did not say why"])[-1]
    return ToolError(
        f"coverage cannot read {shown}: {last[-300:]}",
        hint="write it anew, with the coverage of this environment",
    )
