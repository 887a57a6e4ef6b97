"""`judge: new`: of what a check finds, only what the base did not have closes the gate.

The check that judged the change judges the base's tree too, with the same options and
the same settings of its tool. Nothing is committed for it, and no service is asked.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from gate import basetree, fingerprints, git, surroundings
from gate.code import source
from gate.code.source import Source
from gate.errors import GateError
from gate.findings import Finding, Judge, Level, Result, Status, plural
from gate.fingerprints import Print, Renames
from gate.project import Project

Run = Callable[[Project, Any], Result]

# What is looked at, and what changes the answers.
_CODE = (".py", ".pyi", ".ipynb")
_NAMES = (*(f"*{ending}" for ending in _CODE), "*py.typed")
_FETCH = "check out with `fetch-depth: 0`, or name the base: `--base`, or `base:` in"
_FETCH += " gate.yaml"


class Known:
    """What is known of a project's base, found out once for all checks."""

    def __init__(self, project: Project) -> None:
        """Look at nothing yet: most of the time there is nothing to compare."""
        self._project = project
        self._cache = project.cache
        self._lock = threading.Lock()  # the checks are threads
        self._changes: dict[str, str] | None = None
        self._trees: dict[bool, Project | GateError] = {}

    def judged(self, check: str, run: Run, options: Any, result: Result) -> Result:
        """What a check said of the change, judged by what is new in it.

        Where there is nothing to compare with, all of it counts, and it says why.
        """
        if getattr(options, "judge", None) is not Judge.NEW:
            return result
        if result.status not in (Status.PASSED, Status.FAILED):
            return result
        if self._project.base is None:
            return _all(result, self._project.no_base, _FETCH)
        if not result.findings:
            return _told(check, result, (), 0)
        try:
            return self._compared(check, run, options, result)
        except GateError as error:
            return _all(result, f"the base could not be judged: {error}", error.hint)

    def _compared(self, check: str, run: Run, options: Any, result: Result) -> Result:
        changes = self._changed(result)
        local = getattr(options, "local", False)
        # What no change has touched says what it said: all of it, or file by file. What
        # is said of no file may be about any.
        some = bool(changes) or any(not finding.path for finding in result.findings)
        open_ = [
            index
            for index, finding in enumerate(result.findings)
            if some and (not local or not finding.path or finding.path in changes)
        ]
        marked = [_marked(finding, False) for finding in result.findings]
        fixed = 0
        if some:
            names = frozenset(filter(None, changes.values())) if local else None
            base = self._base(check, run, options, names)
            findings = [result.findings[index] for index in open_]
            compared = self._against(base, findings, changes)
            for index, new, line in zip(open_, compared.new, compared.lines):
                marked[index] = _marked(result.findings[index], new, line)
            fixed = compared.fixed
        return _told(check, result, tuple(marked), fixed)

    def _against(
        self, base: tuple[Print, ...], findings: list[Finding], changes: dict[str, str]
    ) -> fingerprints.Comparison:
        project = self._project
        today = fingerprints.renamed_prints(
            findings,
            _Texts(project).of,
            Renames(changes),
            roots=[str(project.root)],
        )
        lines = project.changed_lines or {}

        def late(index: int) -> tuple[bool, bool, int]:
            """Of equal ones those are new that stand where something changed."""
            finding = findings[index]
            at = finding.line or 0
            end = finding.end_line or at
            touched = lines.get(finding.path or "", frozenset())
            moved = changes.get(finding.path or "") not in (None, finding.path)
            return any(at <= n <= end for n in touched), moved, index

        return fingerprints.compare(today, base, sorted(range(len(today)), key=late))

    def _base(
        self, check: str, run: Run, options: Any, names: frozenset[str] | None
    ) -> tuple[Print, ...]:
        """What the check finds on the base, or in some of its files.

        Raises:
            GateError: the base is not to be had, or could not be judged.
        """
        if names is not None and not names:
            return ()
        key = self._key(check, options, names) if self._cache else None
        found = self._cache.read(key, tuple[Print, ...]) if self._cache else None
        if found is None:
            found = self._found(check, run, options, names)
            if self._cache:
                self._cache.write(key, found)
        return found

    def _found(
        self, check: str, run: Run, options: Any, names: frozenset[str] | None
    ) -> tuple[Print, ...]:
        errors = []
        # The settings of today may name what was not there; then those of the base do.
        for own_settings in (False, True):
            try:
                tree = self._tree(own_settings)
                if names is not None:
                    folder = f"{check}-{own_settings}"
                    tree = basetree.only(tree, names, self._folder / folder)
                result = run(tree, options)
                if result.status is Status.ERROR:
                    raise GateError(result.summary)
            except GateError as error:
                errors.append(error)
                continue
            texts, roots = _Texts(tree).of, [str(tree.root)]
            return fingerprints.prints(result.findings, texts, roots=roots)
        raise errors[0]

    @property
    def _folder(self) -> Path:
        return self._project.scratch / "known"

    def _tree(self, own_settings: bool) -> Project:
        with self._lock:
            if own_settings not in self._trees:
                self._trees[own_settings] = self._written(own_settings)
            tree = self._trees[own_settings]
        if isinstance(tree, GateError):
            raise tree
        return tree

    def _written(self, own_settings: bool) -> Project | GateError:
        folder = self._folder / ("own" if own_settings else "tree")
        try:
            tree = basetree.write(self._project, folder, own_settings=own_settings)
        except GateError as error:
            return error
        except OSError as error:
            return GateError(f"its tree cannot be written: {error.strerror}")
        return dataclasses.replace(
            tree, import_paths=surroundings.own_folders(self._project)
        )

    def _changed(self, result: Result) -> dict[str, str]:
        """The files that have changed, of code and of what else the findings are in."""
        project = self._project
        assert project.base
        paths = {finding.path or ".py" for finding in result.findings}
        odd = sorted(path for path in paths if not path.endswith(_CODE))
        if odd:
            names = (*_NAMES, *(f":(literal){path}" for path in odd))
            return git.changes(project.root, project.base.commit, names)
        with self._lock:
            if self._changes is None:
                self._changes = git.changes(project.root, project.base.commit, _NAMES)
            return self._changes

    def _key(self, check: str, options: Any, names: frozenset[str] | None) -> Any:
        """Whatever could make the answer another one."""
        project = self._project
        return {
            "check": [check, msgspec.to_builtins(options)],
            "around": surroundings.around(project),
            "base": project.base and project.base.commit,
            "files": None if names is None else sorted(names),
            "own": surroundings.own_folders(project),
        }


class _Texts:
    """The lines of a tree's files and their statements, each file read once."""

    def __init__(self, project: Project) -> None:
        self._root = project.root
        self._read: dict[str, Source | None] = {}
        # As code, for what JSON puts around a line is another where the next is gone.
        self._code = {n.path: n.by_line for n in project.notebooks}

    def of(self, path: str, line: int) -> tuple[str, str]:
        code = self._code.get(path, {}).get(line)
        if code is not None:
            return code, ""
        if path not in self._read:
            self._read[path] = source.read(self._root, path)
        found = self._read[path]
        if found is None or not 0 < line <= len(found.lines):
            return "", ""
        return found.lines[line - 1], found.statement(line)


def _all(result: Result, why: str, hint: str) -> Result:
    """All of it counts: a gate that could not compare must not open for that."""
    if result.status is not Status.FAILED:
        return result
    return msgspec.structs.replace(
        result,
        summary=f"{result.summary}; {why}, so all of it counts",
        advice=(*result.advice, *filter(None, [hint])),
    )


def _marked(finding: Finding, new: bool, line: int = 0) -> Finding:
    """The finding, at the first of its lines that is new where there are several."""
    return msgspec.structs.replace(finding, new=new, line=line or finding.line)


def _told(
    check: str, result: Result, findings: tuple[Finding, ...], fixed: int
) -> Result:
    errors = [finding for finding in findings if finding.level is Level.ERROR]
    count = sum(bool(finding.new) for finding in errors)
    result = msgspec.structs.replace(
        result,
        findings=findings,
        metrics={**result.metrics, f"{check}.new": count},
    )
    if result.status is Status.PASSED or not errors:
        return result
    mend = f"mend what is new: `gate run --only {check} -v` prints it first"
    return msgspec.structs.replace(
        result,
        status=Status.FAILED if count else Status.PASSED,
        summary=_summary(findings, fixed),
        advice=(mend,) if count else (),
    )


def _summary(findings: tuple[Finding, ...], fixed: int) -> str:
    errors = [f for f in findings if f.level is Level.ERROR]
    new = sum(bool(f.new) for f in errors)
    warnings = sum(bool(f.new) for f in findings if f.level is Level.WARNING)
    parts = [plural(new, "new problem") if new else "no new problem"]
    if len(errors) > new:
        parts.append(f"{len(errors) - new:,} existing")
    if warnings:
        parts.append(plural(warnings, "new warning"))
    gone = f" ({fixed:,} fixed)" if fixed else ""
    return ", ".join(parts) + gone
