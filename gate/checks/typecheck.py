"""Types with mypy."""

from __future__ import annotations

import configparser
import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, ClassVar

import msgspec

from gate import cells, process
from gate.code.layout import folder_of, is_test
from gate.code.notebooks import Notebook
from gate.errors import ToolError
from gate.findings import (
    Finding,
    Fix,
    Judge,
    Judged,
    Level,
    Result,
    Status,
    Tool,
    plural,
)
from gate.interpreters import Python
from gate.project import Project

TIMEOUT = 1800.0  # seconds

_CONFIG = ("mypy.ini", ".mypy.ini", "pyproject.toml", "setup.cfg")  # mypy's order
_PLAIN = (
    "--no-pretty --no-color-output --hide-error-context --show-column-numbers"
    " --hide-error-end --hide-absolute-path --show-error-codes"
)
_LINE = re.compile(
    r"^(?P<path>.+?):(?P<line>\d+):(?:(?P<column>\d+):)? (?P<level>error|note): "
    r"(?P<message>.*?)(?:  \[(?P<code>[a-z0-9-]+)\])?$"
)
# What is not wrong in the project's code, where it never asked for strictness.
_IMPORTS = ("import-untyped", "import-not-found", "import")


# What cells do as a matter of course: they define a function again, and await.
_FINE = ("no-redef", "top-level-await")


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Types with mypy, by the project's own settings for it."""

    directions: ClassVar[dict[str, str]] = {"notebooks": "set"}

    paths: Annotated[
        tuple[str, ...],
        msgspec.Meta(description="Files and folders to check; default: the code."),
    ] = ()
    judge: Judged = Judge.ALL
    notebooks: cells.Included = True

    def __post_init__(self) -> None:
        """Refuse what is no path in the project: to mypy it could be an option."""
        for path in self.paths:
            parts = path.replace("\\", "/").split("/")
            if not path or path.startswith(("-", "@")):
                raise ValueError(f"`{path}` is no path: write `./{path}`")
            if ".." in parts or not parts[0] or ":" in parts[0]:
                raise ValueError(f"`{path}` is not a path below the project's folder")


def run(project: Project, options: Options) -> Result:
    """Every error that mypy prints is a finding, its notes the finding's fix."""
    own = project.configures("mypy", *_CONFIG)
    notebooks = _notebooks(project, options, own)
    modules = any(name.endswith(".py") for name in project.sources)
    if not modules and not notebooks:
        return Result(status=Status.SKIPPED, summary="there are no Python files")
    python = project.python if project.python.has("mypy") else project.own_python
    # One finding can be in more than one call's answer: of a module that both import.
    found: dict[Finding, None] = {}
    files = 0
    calls = _calls(project, options, own) if modules else []
    for call in [*calls, *_call_of(project, notebooks, own)]:
        done = _mypy(project, python, call)
        findings = _findings(done.stdout, lenient=own is None)
        findings = call.said(findings)
        wrong = any(finding.level is Level.ERROR for finding in findings)
        if done.returncode and not wrong and (done.returncode != 1 or not findings):
            raise _broken(done)
        found |= dict.fromkeys(findings)
        checked = re.search(r"(?:in|checked) (\d+) source files?", done.stdout)
        files += int(checked[1]) if checked else 0
    tool = Tool(name="mypy", version=python.tools["mypy"], origin=python.origin)
    return _result(tuple(found), files, tool)


@dataclass(frozen=True, kw_only=True)
class _Call:
    """One run of mypy: what it checks, and where the names of modules begin.

    `notebooks` are by the names of the files that stand for them.
    """

    paths: list[str]
    bases: list[str]
    explicit: bool  # or else as the project's settings say
    notebooks: Mapping[str, Notebook] = field(default_factory=dict)

    def said(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """What was found, said of the notebooks: of their modules others have told."""
        if not self.notebooks:
            return findings
        found = []
        for finding in findings:
            notebook = self.notebooks.get(PurePosixPath(finding.path or "").name)
            if notebook and finding.rule.removeprefix("typecheck/") not in _FINE:
                found.append(cells.placed(finding, notebook))
        return tuple(filter(None, found))


def _notebooks(
    project: Project, options: Options, own: str | None
) -> tuple[Notebook, ...]:
    """Those that are checked: where a script beside them would be."""
    if not options.notebooks:
        return ()
    found = [n for n in project.notebooks if n.text and not is_test(n.path)]
    if options.paths:
        asked = [os.path.normpath(path).replace(os.sep, "/") for path in options.paths]
        return tuple(n for n in found if any(_is_in(n.path, path) for path in asked))
    if own and (_names_files(project, own) or project.packages):
        return ()
    exclude = _exclude(project, own) if own else None
    return tuple(n for n in found if not (exclude and exclude(n.path)))


def _is_in(path: str, folder: str) -> bool:
    return folder in (".", path) or path.startswith(f"{folder}/")


def _call_of(
    project: Project, notebooks: Sequence[Notebook], own: str | None
) -> list[_Call]:
    """A call for the notebooks, each a module by a name that no other has.

    Each may import the modules beside it, where its kernel is started.
    """
    if not notebooks:
        return []
    named = {f"notebook_{_digest(n.path)}.py": n for n in notebooks}
    folder = project.scratch / "types"
    cells.write(folder, {name: notebook.text for name, notebook in named.items()})
    with_modules = {folder_of(name) for name in project.sources} - {""}
    beside = {folder_of(n.path) for n in notebooks} & with_modules
    bases = [*_parents(project), *sorted(beside)]
    paths = [str(folder / name) for name in sorted(named)]
    return [_Call(paths=paths, bases=bases, explicit=own is None, notebooks=named)]


def _digest(path: str) -> str:
    return hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _parents(project: Project) -> list[str]:
    """The folders below the root that packages are in: `src`."""
    return sorted({str(PurePosixPath(p).parent) for p in project.packages} - {"."})


def _mypy(project: Project, python: Python, call: _Call) -> process.Completed:
    # The gate's mypy looks for the packages that the project's Python has.
    sees = [] if python is project.python else ["--python-executable"]
    sees += [] if python is project.python else [str(project.python.path)]
    plain = ["--explicit-package-bases"] if call.explicit else []
    plain += ["--allow-redefinition"] if call.notebooks else []
    bases = [*call.bases, *project.import_paths]
    extra = {"MYPYPATH": os.pathsep.join(bases)} if bases else {}
    # `@` would be a file of options to mypy, which takes one as a long command line.
    paths = [f"./{p}" if p.startswith(("-", "@")) else p for p in call.paths]
    if sum(map(len, paths)) > process.MAX_WORDS:
        listed = project.scratch / "mypy.txt"
        listed.write_text("\n".join(paths), "utf-8")
        paths = [f"@{listed}"]
    env = process.environment(extra)
    env.setdefault("MYPY_CACHE_DIR", str(_kept(project)))
    done = process.run(
        [*python.module("mypy"), *_PLAIN.split(), *sees, *plain, "--", *paths],
        cwd=project.root,
        env=env,
        timeout=TIMEOUT,
    )
    if done.timed_out:
        raise ToolError(f"mypy took longer than {TIMEOUT:.0f} s")
    return done


def _kept(project: Project) -> Path:
    """Where mypy keeps what it knows: never where a commit could have put it.

    Of a tree of the past it is a copy, as that tree is not to be known again. What has
    not changed since is taken from there, as mypy compares what is in a file when its
    time is another one; and `basetree` gives those files a time that no other has.
    """
    own = project.scratch / "mypy"
    kept = project.cache.folder("mypy") if project.cache else None
    if kept and project.of_base and not own.exists():
        # What cannot be copied is found out anew.
        with contextlib.suppress(OSError, shutil.Error):
            shutil.copytree(kept, own)
    return own if project.of_base or not kept else kept


def _broken(done: process.Completed) -> ToolError:
    lines = done.output.splitlines() or ["it did not say why"]
    told = next((line for line in lines if "error:" in line), lines[-1])
    return ToolError(
        f"mypy ended with code {done.returncode}: {told}",
        hint="run `mypy` to see what it says, and set `files` in its configuration",
    )


def _result(findings: tuple[Finding, ...], checked: int, tool: Tool) -> Result:
    errors = [f for f in findings if f.level is Level.ERROR]
    files = len({finding.path for finding in errors})
    total = plural(checked, "file") if checked else "the code"
    summary = f"{total} without an error"
    if errors:
        summary = f"{plural(len(errors), 'error')} in {plural(files, 'file')}"
    elif findings:
        unknown = plural(len(findings), "import")
        summary += f", {unknown} without type information"
    return Result(
        status=Status.FAILED if errors else Status.PASSED,
        summary=summary,
        findings=findings,
        metrics={"typecheck.errors": len(errors)},
        advice=(
            ("mend the lines named: `gate run --only typecheck -v` prints them all",)
            if errors
            else ()
        ),
        tools=(tool,),
    )


def _paths(project: Project, options: Options, own: str | None) -> list[str]:
    """What to check: as asked, as the project's configuration says, else its code."""
    asked = list(options.paths)
    if project.of_base:  # what is asked for need not have been there
        asked = [path for path in asked if (project.root / path).exists()]
    if asked:
        return asked
    if own and _names_files(project, own):
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
        exclude = _exclude(project, own)
        chosen = packages or [name for name in loose if not exclude(name)]
    return chosen or ["."]


def _names_files(project: Project, own: str) -> bool:
    if own == "pyproject.toml":
        section = project.pyproject["tool"]["mypy"]
        return bool({"files", "packages", "modules"} & {*section})
    text = (project.root / own).read_text("utf-8", "replace")
    return bool(re.search(r"^(files|packages|modules)\s*=", text, re.MULTILINE))


def _exclude(project: Project, own: str) -> Callable[[str], bool]:
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


def _calls(project: Project, options: Options, own: str | None) -> list[_Call]:
    """One call, unless two folders of scripts have modules of the same name.

    Names of modules begin below the root, below what holds packages (`src`), and
    below a folder whose own name no module can have: in `exp-1/train.py` and in
    `exp-2/train.py` both are `train`, which mypy does not take in one call.
    """
    paths = _paths(project, options, own)
    if own:
        return [_Call(paths=paths, bases=[], explicit=False)]
    parents = _parents(project)
    if options.paths:
        odd = sorted({_odd(name) for name in project.sources} - {""})
        return [_Call(paths=paths, bases=[*parents, *odd], explicit=True)]
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
        _Call(
            paths=[path for folder in group for path in folders[folder]],
            bases=[*parents, *filter(None, group)],
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


def _findings(output: str, *, lenient: bool) -> tuple[Finding, ...]:
    findings: list[Finding] = []
    for line in output.split("\n"):
        match = _LINE.match(line)
        if not match:
            continue
        path = match["path"].replace(os.sep, "/")
        if match["level"] == "note":
            if findings and (findings[-1].path, findings[-1].line) == (
                path,
                int(match["line"]),
            ):
                findings[-1] = _noted(findings[-1], match["message"])
            continue
        code = match["code"] or "error"
        findings.append(
            Finding(
                rule=f"typecheck/{code}",
                message=match["message"],
                level=Level.NOTE if lenient and code in _IMPORTS else Level.ERROR,
                path=path.removeprefix("./"),
                line=int(match["line"]),
                column=int(match["column"]) if match["column"] else None,
            )
        )
    return tuple(findings)


def _noted(finding: Finding, note: str) -> Finding:
    text = f"{finding.fix.text}\n{note}" if finding.fix else note
    return msgspec.structs.replace(finding, fix=Fix(text=text))
