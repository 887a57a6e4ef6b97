"""`gate run`: judge the project, write the verdict and its reports, say what to do."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import click
import msgspec

import gate
from gate import (
    config,
    git,
    guard,
    history,
    lock,
    names,
    pipeline,
    preview,
    scratch,
    typed,
)
from gate.checks import CHECKS, NEEDS
from gate.config import CheckSettings, Settings
from gate.errors import ConfigError, GateError, ToolError
from gate.handover import OWN_FOLDER, Handover, prepare, short
from gate.output import harmless, say, say_json
from gate.progress import Progress
from gate.project import Project, open_project
from gate.reports import inline, terminal
from gate.testing import reportfiles
from gate.verdict import Context, Verdict, could_not_judge, judge

FORMATS = ("text", "json", "github")


@click.command()
@click.option(
    "--config",
    "config_file",
    envvar="GATE_RUN_CONFIG",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The gate.yaml, for the folder here. Default: the one here or in a folder"
    " above, for its folder.",
)
@click.option(
    "--name",
    metavar="NAME",
    help="What tells this gate from others of the same pull request. Default: `name:`"
    " in gate.yaml, else the folder's.",
)
@click.option("--base", metavar="REF", help="Compare with this branch or commit.")
@click.option("--only", multiple=True, metavar="CHECK", help="Run only this check.")
@click.option("--skip", multiple=True, metavar="CHECK", help="Leave this check out.")
@click.option(
    "--output",
    default=OWN_FOLDER,
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write results.json and the reports to.",
)
@click.option(
    "--python", metavar="PATH", help="The Python with the project's packages."
)
@click.option(
    "--format",
    "form",
    envvar="GATE_RUN_FORMAT",
    type=click.Choice(FORMATS),
    help="What to print. Default: text; on GitHub Actions github.",
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="CHECK=PATH",
    help="Take what an earlier step wrote instead of running: tests=junit.xml,"
    " coverage=.coverage.",
)
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="NAME",
    help="Judge as if the pull request had this label: the lock may want one.",
)
@click.option(
    "--untrusted",
    is_flag=True,
    help="Judge a change from a stranger: its tests run when all else is judged, and"
    " gain no rights by `sudo`.",
)
@click.option("-v", "--verbose", is_flag=True, help="Print every finding.")
def command(
    config_file: Path | None,
    name: str | None,
    base: str | None,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    output: Path,
    python: str | None,
    form: str | None,
    reports: tuple[str, ...],
    labels: tuple[str, ...],
    untrusted: bool,
    verbose: bool,
) -> int:
    """Judge the project here, and write the verdict and its reports.

    Without a gate.yaml every check runs as it comes, by the settings that the project
    has for its tools.
    """
    form = form or ("github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text")
    root = _root(config_file)
    folder = root / output
    prepare(folder)
    place = _in_repository(root)
    called = name or names.of_folder(place)
    hand = click.get_current_context().with_resource(Handover(folder))
    try:
        _check_name(name)
        path = _inside(config_file or config.find(Path.cwd()))
        settings = read_settings(path)
        called = name or settings.name or called
        hand.preview = preview.read(root, settings.publish.template)
        chosen = choose(settings, _names(only), _names(skip))
        chosen = reportfiles.named(chosen, reports)
        verdict = run(
            root,
            settings,
            chosen,
            name=called,
            base=base,
            python=python,
            held=_from(root, path or root / config.NAME),
            labels=frozenset(labels),
            untrusted=untrusted,
        )
    except GateError as error:
        # What is published must not be an older verdict, nor silence.
        reasons = tuple(str(one) for one in (error, *error.also))
        context = Context(
            gate=gate.__version__,
            name=called if names.valid(called) else "",
            project=root.name,
            folder=place,
            notes=hand.notes(),
        )
        _report(could_not_judge(reasons, context), hand, form, verbose)
        raise
    notes = (*hand.notes(), hand.preview.tried(verdict)[1])
    verdict = _noted(verdict, tuple(filter(None, notes)))
    _report(verdict, hand, form, verbose)
    bugs = any(f.rule == pipeline.BUG for r in verdict.results for f in r.findings)
    return 3 if bugs else verdict.exit_code


def _root(config_file: Path | None) -> Path:
    """The folder to judge: that of the gate.yaml found, else the current one."""
    with contextlib.suppress(ConfigError):  # told when the file is read
        if not config_file and (found := config.find(Path.cwd())):
            return found.parent  # as it stands there, were it a link
    return Path.cwd()


def _inside(path: Path | None) -> Path | None:
    """The path of a gate.yaml, unless it is a link that leads out of the clone.

    Raises:
        ConfigError: it is one: what decides a verdict is to be in the change.
    """
    here = Path.cwd().resolve()
    top = git.find_root(here) or here
    if path and top in Path(os.path.abspath(here / path)).parents:
        if top not in path.resolve().parents:
            raise ConfigError(
                "a link that leads out of the clone",
                path=short(path),
                hint="put a copy of the file in its place",
            )
    return path


def _noted(verdict: Verdict, notes: tuple[str, ...]) -> Verdict:
    context = msgspec.structs.replace(
        verdict.context, notes=(*verdict.context.notes, *notes)
    )
    return msgspec.structs.replace(verdict, context=context)


def _report(verdict: Verdict, hand: Handover, form: str, verbose: bool) -> None:
    paths = hand.write(verdict)
    if form == "json":
        say_json(hand.results.decode())
    elif verdict.results:
        say(_shown(verdict, paths, form=form, verbose=verbose), nl=False)
    if form == "github":
        click.echo(inline.render(verdict), nl=False)
        hand.tell_runner(verdict)


def run(
    root: Path,
    settings: Settings,
    chosen: dict[str, CheckSettings],
    *,
    name: str = "",
    base: str | None = None,
    python: str | None = None,
    held: str = config.NAME,
    labels: frozenset[str] = frozenset(),
    untrusted: bool = False,
) -> Verdict:
    """Run the chosen checks on the tree below `root`, and judge.

    `held` is the path of gate.yaml from the root, for the base may have it as well;
    `labels` those that the change has besides its own. Of an `untrusted` change the
    tests run apart from all else.

    Raises:
        ToolError: processes of the tests could not be ended.
    """
    start = time.monotonic()
    project = open_project(
        root, base=base or settings.base, python=python or settings.python
    )
    if lock.NAME in chosen:
        held_by = lock.take(
            project.root, project.base, settings, _options(), path=held, labels=labels
        )
        project = dataclasses.replace(project, lock=held_by)
        chosen = {**chosen, lock.NAME: lock.enforced(held_by, chosen[lock.NAME])}
    # These ask git: not behind the tests.
    at = project.base.commit if project.base else ""
    recorded = history.past(project.root, at, project.head, name)
    project = dataclasses.replace(project, past=recorded)
    context = _context(project, settings, name)
    progress = Progress(chosen)
    try:
        judged = pipeline.run(
            project,
            chosen,
            started=progress.started,
            ended=progress.ended,
            apart=guard.seal if untrusted else None,
        )
    finally:
        progress.close()
        left = guard.end()
        scratch.remove(project.scratch)
    if left:
        raise ToolError(
            f"processes of the tests are still running: {', '.join(left[:5])}",
            hint="tests that start a program as another user (`sudo`) must end it",
        )
    seconds = round(time.monotonic() - start, 3)
    return judge(judged, msgspec.structs.replace(context, duration=seconds))


def read_settings(path: Path | None) -> Settings:
    """The settings in a gate.yaml, or the defaults where there is none."""
    return config.read(path, _options()) if path else config.defaults(_options())


def _options() -> config.OptionTypes:
    return {name: check.Options for name, check in CHECKS.items()}


def _from(root: Path, path: Path) -> str:
    """The path from the root, with forward slashes; empty where there is no way."""
    try:
        return Path(os.path.relpath(path, root)).as_posix()
    except ValueError:  # another drive of Windows
        return ""


def choose(
    settings: Settings, only: tuple[str, ...], skip: tuple[str, ...]
) -> dict[str, CheckSettings]:
    """The checks to run: those asked for, with those that they need.

    Raises:
        ConfigError: there is no check of a name, or none is left.
    """
    for name in (*only, *skip):
        if name not in CHECKS:
            raise ConfigError(
                f"there is no check `{name}`",
                hint=typed.nearest(name, CHECKS) or f"there are {', '.join(CHECKS)}",
            )
    wanted = {name for name in only or CHECKS if name not in skip}
    wanted |= {NEEDS[name] for name in wanted if name in NEEDS} - set(skip)
    if not wanted:
        raise ConfigError("every check is left out", hint="drop a --skip")
    return {name: s for name, s in settings.checks.items() if name in wanted}


def _check_name(name: str | None) -> None:
    if name and not names.valid(name):
        shown = name if len(name) <= 60 else name[:60] + "…"
        raise ConfigError(
            f"`{shown}` cannot be a gate's name", hint=f"give {names.RULE}"
        )


def _names(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(
        name for value in values for name in re.split(r"[,\s]+", value) if name
    )


def _context(project: Project, settings: Settings, name: str) -> Context:
    return Context(
        gate=gate.__version__,
        name=name,
        project=project.root.name,
        folder=_in_repository(project.root),
        config=settings.path,
        head=project.head,
        base=project.base.commit if project.base else "",
        base_ref=project.base.origin if project.base else "",
        dirty=project.dirty,
        python=project.python.label,
        platform=f"{platform.system()} {platform.machine()}",
        notes=project.notes,
        past=project.past,
        publish=settings.publish,
    )


def _shown(
    verdict: Verdict, paths: dict[str, Path], *, form: str, verbose: bool
) -> str:
    """The verdict for people."""
    text = terminal.render(
        verdict,
        color=sys.stdout.isatty() and not os.environ.get("NO_COLOR"),
        width=120 if form == "github" else shutil.get_terminal_size().columns,
        reports={name: short(path) for name, path in paths.items()},
        verbose=verbose,
        encoding=sys.stdout.encoding or "utf-8",
    )
    # With commands behind it, it is a runner's log, whatever the variables say.
    return harmless(text) if form == "github" else text


def _in_repository(root: Path) -> str:
    """The folder of the project within the repository, "" at its top."""
    top = git.find_root(root)
    place = root.resolve().relative_to(top).as_posix() if top else "."
    return "" if place == "." else place
