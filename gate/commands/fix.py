"""`gate fix`: mend what the checks can mend by themselves."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from gate import config, fixing
from gate.checks import CHECKS
from gate.errors import ConfigError
from gate.findings import Weight, plural
from gate.output import say
from gate.project import Project, open_project

FIXES = ("imports", "formatting")  # in the order in which one leaves work to the next


@click.command()
@click.option("--only", multiple=True, metavar="CHECK", help="Mend only this check's.")
@click.option("--diff", is_flag=True, help="Print the changes, and make none.")
@click.option(
    "--python", metavar="PATH", help="The Python with the project's packages."
)
def command(only: tuple[str, ...], diff: bool, python: str | None) -> int:
    """Change the files here as the findings' fixes say: imports, formatting.

    By the settings that `gate run` has. What is in git can be taken back with it, and
    each file is replaced in one step. Exit code 2 where one could not be mended.
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
            _of(project, name, settings.checks[name].options, diff=diff)
            for name in FIXES
            if name in (only or FIXES) and settings.checks[name].weight != Weight.OFF
        ]
    finally:
        shutil.rmtree(project.scratch, ignore_errors=True)
    return max(codes, default=0)


def _of(project: Project, name: str, options: object, *, diff: bool) -> int:
    """Mend what one check finds, and say so; the exit code."""
    check = CHECKS[name]
    if diff:
        for finding in check.run(project, options).findings:
            if finding.fix and finding.fix.patch:
                say(finding.fix.patch, nl=False)
        return 0
    fixed = fixing.fix(project, check, options)
    for path in fixed.files:
        say(f"{path}: mended")
    for path, reason in fixed.left.items():
        say(f"{path}: could not be mended: {reason}", err=True)
    say(f"{name}: {plural(len(fixed.files), 'file')} mended")
    return 2 if fixed.left else 0
