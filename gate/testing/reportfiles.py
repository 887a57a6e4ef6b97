"""The files that an earlier step of this run wrote: found, and fit to be believed.

What is committed says nothing of a change, and what is older than the code was not
measured of it. The rest is as good as the word of the step that wrote it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gate import git, paths
from gate.config import CheckSettings
from gate.errors import ConfigError, GitError, ToolError
from gate.findings import Finding, Level
from gate.project import Project

# An option that names some: one path or pattern, or several.
Names = str | tuple[str, ...]

MOST = 200  # files of one option
_MOST_DEEP = 2  # `**` in a pattern
MAX_BYTES = 500 * 1024 * 1024  # of all of them together


@dataclass(frozen=True, kw_only=True)
class ReportFile:
    """A file that a step wrote: where it is, and what a message calls it."""

    path: Path
    shown: str


def names(option: Names) -> tuple[str, ...]:
    """The paths and patterns that an option names."""
    return (option,) if isinstance(option, str) else option


def named(
    checks: Mapping[str, CheckSettings], given: Iterable[str]
) -> dict[str, CheckSettings]:
    """The checks with the reports that `CHECK=PATH` names in place of their own.

    Raises:
        ConfigError: a check takes none, or is not among them.
    """
    found: dict[str, list[str]] = {}
    for word in given:
        check, _, path = word.partition("=")
        if not hasattr(getattr(checks.get(check), "options", None), "report"):
            able = (c for c, s in checks.items() if hasattr(s.options, "report"))
            raise ConfigError(
                f"`{word}` is no report for a check that runs",
                hint=f"write CHECK=PATH, for one of: {', '.join(able)}",
            )
        found.setdefault(check, []).append(path)
    changed = dict(checks)
    for check, files in found.items():
        options = msgspec.structs.replace(checks[check].options, report=tuple(files))
        changed[check] = dataclasses.replace(checks[check], options=options)
    return changed


def find(project: Project, names: Iterable[str], *, how: str) -> tuple[ReportFile, ...]:
    """The files of names and patterns; `how` says what writes one.

    Raises:
        ConfigError: a name leads out of the project.
        ToolError: there is no such file, or it is not to be believed.
    """
    found: dict[str, ReportFile] = {}
    for name in names:
        for path in _files(project, name, how):
            shown = path.relative_to(project.root).as_posix()
            found[shown] = ReportFile(path=path, shown=shown)
            if len(found) > MOST:
                raise ToolError(f"`{name}` names more than {MOST} files")
    files = tuple(found[shown] for shown in sorted(found))
    for file in files:
        _refuse_committed(file)
    if sum(file.path.stat().st_size for file in files) > MAX_BYTES:
        raise ToolError(f"the reports are larger than {MAX_BYTES:,} bytes")
    return files


def _files(project: Project, name: str, how: str) -> list[Path]:
    path = paths.inside(project.root, name, "report")
    try:
        plain = path.is_file()
    except OSError:  # too long a name
        plain = False
    found = [path] if plain else [*_matching(project.root, name)]
    if not found:
        raise ToolError(
            f"there is no `{name}`, which the results were to be taken from",
            hint=f"write it before `gate run`: {how}",
        )
    return found


def _matching(root: Path, pattern: str) -> Iterator[Path]:
    """The files of a pattern; what leads out of the project is none of its."""
    if not any(sign in pattern for sign in "*?["):
        return
    if pattern.count("**") > _MOST_DEEP:  # each multiplies the folders to look at
        raise ToolError(f"`{pattern[:100]}` has more than {_MOST_DEEP} `**`")
    try:
        for number, path in enumerate(root.glob(pattern)):
            if path.is_file() and path.resolve().is_relative_to(root.resolve()):
                yield path
            if number > 100 * MOST:
                raise ToolError(f"`{pattern}` fits too many files")
    except (OSError, RuntimeError, ValueError, NotImplementedError) as error:
        raise ToolError(f"`{pattern}` cannot be looked for: {error}") from None


def _refuse_committed(file: ReportFile) -> None:
    for path in dict.fromkeys((file.path, file.path.resolve())):
        if git.is_tracked(path.parent, path.name):
            raise ToolError(
                f"`{file.shown}` is committed, so it says nothing of this change",
                hint=f"take it out (`git rm --cached {file.shown}`), name it in"
                " .gitignore, and let the step before the gate write it",
            )


def stale(
    project: Project, check: str, made: Iterable[tuple[ReportFile, float | None]]
) -> Finding | None:
    """A warning where a file of the code was changed after a report was made.

    `made` says of each report when it was made, as far as it says so itself: a report
    is no younger than that, whenever it was copied here.
    """
    times = {
        f: min(f.path.stat().st_mtime, m or f.path.stat().st_mtime) for f, m in made
    }
    if not times:
        return None
    oldest = min(times, key=lambda file: (times[file], file.shown))
    if not (later := _changed_after(project, times[oldest])):
        return None
    more = f" and {len(later) - 1:,} more" if len(later) > 1 else ""
    return Finding(
        rule=f"{check}/stale",
        message=f"`{oldest.shown}` is older than `{later[0]}`{more}, so it may not be"
        " of this code: make it anew",
        level=Level.WARNING,
    )


def _changed_after(project: Project, made: float) -> list[str]:
    """The Python files that were changed after a time.

    In a fresh checkout every file is as new as the checkout: what is as it was
    committed is then as old as the newest commit of such files.
    """
    later = [f for f in project.sources if _mtime(project.root / f) > made]
    if not later:
        return []
    committed = git.committed(project.root)
    if committed is None or committed > made:
        return later
    try:
        edited = git.edited(project.root)
    except GitError:
        return later
    return [name for name in later if name in edited]


def _mtime(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
