"""`gate fix`: mend what the checks can mend by themselves."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from gate import cells, config, fixing, git
from gate.checks import CHECKS
from gate.errors import ConfigError, GateError
from gate.findings import Weight, plural
from gate.output import say
from gate.project import Project, open_project

# In the order in which one leaves work to the next.
FIXES = ("reproducibility", "imports", "formatting")


@click.command()
@click.option("--only", multiple=True, metavar="CHECK", help="Mend only this check's.")
@click.option("--diff", is_flag=True, help="Print the changes, and make none.")
@click.option(
    "--python", metavar="PATH", help="The Python with the project's packages."
)
def command(only: tuple[str, ...], diff: bool, python: str | None) -> int:
    """Change the files here as the findings' fixes say: imports, formatting.

    By the settings that `gate run` has. What is in git can be taken back with it, and
    each file is replaced in one step. Outputs of notebooks are cleared where git has
    them, elsewhere with `--only reproducibility`. Exit code 2 where one file could not
    be mended.
    """
    for name in only:
        if name not in FIXES:
            hint = f"there are {', '.join(FIXES)}"
            raise ConfigError(f"`{name}` mends nothing by itself", hint=hint)
    path = config.find(Path.cwd())
    options = {name: check.Options for name, check in CHECKS.items()}
    settings = config.read(path, options) if path else config.defaults(options)
    root = path.parent if path else Path.cwd()
    project = open_project(root, base=settings.base, python=python or settings.python)
    try:
        codes = [
            _of(
                project,
                name,
                settings.checks[name].options,
                asked=bool(only),
                diff=diff,
            )
            for name in FIXES
            if name in (only or FIXES) and settings.checks[name].weight != Weight.OFF
        ]
    finally:
        shutil.rmtree(project.scratch, ignore_errors=True)
    return max(codes, default=0)


def _of(
    project: Project, name: str, options: object, *, asked: bool, diff: bool
) -> int:
    """Mend what one check finds, and say so; the exit code."""
    check = CHECKS[name]
    if name == "reproducibility":
        return _outputs(project, options, asked=asked, diff=diff)
    if diff:
        for finding in check.run(project, options).findings:
            if finding.fix and finding.fix.patch:
                say(finding.fix.patch, nl=False)
        return 0
    return _told(name, fixing.fix(project, check, options))


def _outputs(project: Project, options: object, *, asked: bool, diff: bool) -> int:
    """Clear the outputs of notebooks, but not what was hours of work and is lost."""
    name = "reproducibility"
    found = fixing.outputs(project, CHECKS[name], options)
    if not found:
        return 0
    paths = [path for path in found if asked or _is_committed(project, path)]
    for path in sorted({*found} - {*paths}):
        kept = "not as it is in the last commit, so its outputs are kept"
        say(f"{path}: {kept}: `gate fix --only {name}` clears them", err=True)
    if diff:
        for path in paths:
            say(cells.clearing(project.root, path), nl=False)
        return 0
    return _told(name, fixing.clear(project, paths))


def _is_committed(project: Project, path: str) -> bool:
    """Whether the newest commit has each byte of a file, of its outputs too.

    `git diff` does not tell: what a filter of git's, as nbstripout's, keeps out of the
    commits is no difference to it.
    """
    data = (project.root / path).read_bytes()
    try:
        there = git.read(project.root, project.head, path, len(data) + 1)
    except GateError:
        return False
    return there is not None and there.splitlines() == data.splitlines()


def _told(name: str, fixed: fixing.Fixed) -> int:
    for path in fixed.files:
        say(f"{path}: mended")
    for path, reason in fixed.left.items():
        say(f"{path}: could not be mended: {reason}", err=True)
    say(f"{name}: {plural(len(fixed.files), 'file')} mended")
    return 2 if fixed.left else 0
