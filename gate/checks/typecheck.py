"""Types with mypy."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated, ClassVar

import msgspec

from gate import cells, mypycalls, process
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
from gate.mypycalls import Call
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
_SYNTAX = "typecheck/syntax"
# What stands for a file that is not Python: it has whatever others import from it.
_ANYTHING = """# mypy: ignore-errors
from typing import Any
def __getattr__(name: str) -> Any: ...
"""
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
    calls = mypycalls.of_modules(project, options.paths, own) if modules else []
    for call in [*calls, *_call_of(project, notebooks, own)]:
        done = _mypy(project, python, call)
        findings = _findings(done.stdout, lenient=own is None)
        if broken := _stopping(project, call, findings, own):
            done = _mypy(project, python, call, hidden=[*broken])
            rest = _findings(done.stdout, lenient=own is None)
            findings = (*filter(None, broken.values()), *rest)
        wrong = any(finding.level is Level.ERROR for finding in findings)
        if done.returncode and not wrong and (done.returncode != 1 or not findings):
            raise _broken(done)
        found |= dict.fromkeys(_said(call, findings))
        checked = re.search(r"(?:in|checked) (\d+) source files?", done.stdout)
        files += int(checked[1]) if checked else 0
    tool = Tool(name="mypy", version=python.tools["mypy"], origin=python.origin)
    return _result(tuple(found), files, tool)


def _stopping(
    project: Project, call: Call, findings: Sequence[Finding], own: str | None
) -> dict[str, Finding | None]:
    """The files that are not Python, where the first of them stopped mypy.

    With what is said of those that are to be checked; others are only imported.
    """
    if not any(finding.rule == _SYNTAX for finding in findings):
        return {}
    told = {f.path: f for f in findings if f.path and f.rule == _SYNTAX}
    exclude = mypycalls.exclude_of(project, own) if own else None
    broken: dict[str, Finding | None] = {**told}
    for source in project.code:
        if fault := source.fault:
            at, why = fault
            asked = any(_is_in(source.path, path) for path in call.paths)
            if exclude and source.path not in call.paths:  # what is named is looked at
                asked = asked and not exclude(source.path)
            said = Finding(rule=_SYNTAX, message=why, path=source.path, line=at)
            broken[source.path] = said if asked or source.path in told else None
    return broken


def _said(call: Call, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What was found, said of the notebooks: of their modules others have told."""
    if not call.notebooks:
        return findings
    found = []
    for finding in findings:
        notebook = call.notebooks.get(PurePosixPath(finding.path or "").name)
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
    if own and (mypycalls.names_files(project, own) or project.packages):
        return ()
    exclude = mypycalls.exclude_of(project, own) if own else None
    return tuple(n for n in found if not (exclude and exclude(n.path)))


def _is_in(path: str, folder: str) -> bool:
    return folder in (".", path) or path.startswith(f"{folder}/")


def _call_of(
    project: Project, notebooks: Sequence[Notebook], own: str | None
) -> list[Call]:
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
    bases = [*mypycalls.parents(project), *sorted(beside)]
    paths = [str(folder / name) for name in sorted(named)]
    return [Call(paths=paths, bases=bases, explicit=own is None, notebooks=named)]


def _digest(path: str) -> str:
    return hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _mypy(
    project: Project, python: Python, call: Call, *, hidden: Sequence[str] = ()
) -> process.Completed:
    # The gate's mypy looks for the packages that the project's Python has.
    sees = [] if python is project.python else ["--python-executable"]
    sees += [] if python is project.python else [str(project.python.path)]
    plain = ["--explicit-package-bases"] if call.explicit else []
    plain += ["--allow-redefinition"] if call.notebooks else []
    plain += _shadows(project, hidden)
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


def _shadows(project: Project, hidden: Sequence[str]) -> list[str]:
    """The words that let mypy read something else for some files."""
    shadow = project.scratch / "anything.py"
    if hidden:
        shadow.write_text(_ANYTHING, "utf-8")
    words = [["--shadow-file", f"./{path}", str(shadow)] for path in hidden]
    return [word for some in words for word in some]


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
