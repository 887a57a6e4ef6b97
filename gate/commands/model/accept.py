"""`gate model accept`: bounds rewritten to what the predictions are worth today."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gate import atomic, config, yamlfile
from gate.checks import CHECKS
from gate.errors import ConfigError
from gate.model.spec import Spec
from gate.output import say
from gate.reports.text import visible

if TYPE_CHECKING:
    from gate.model.accepting import Bound

_NAME = "model"


@click.command()
@click.argument("file", type=click.Path(path_type=Path), default="gate.yaml")
@click.option(
    "--metric", "metrics", multiple=True, metavar="M", help="Only bounds of this one."
)
@click.option(
    "--model", "models", multiple=True, metavar="NAME", help="Only of this model."
)
@click.option(
    "--margin",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    help="How much room the bounds leave.",
)
@click.option(
    "--all", "every", is_flag=True, help="Also those that hold: they are tightened."
)
@click.option("--dry-run", is_flag=True, help="Print the change, and do not make it.")
def command(
    file: Path,
    metrics: tuple[str, ...],
    models: tuple[str, ...],
    margin: float,
    every: bool,
    dry_run: bool,
) -> int:
    """Write today's numbers as the bounds that are broken, and print the change.

    FILE is a gate.yaml, or a specification as `gate model analyze` takes it. Comments
    and all else stay as they are. The lock tells a review what was loosened.
    """
    text, mark = _text(file)
    changes: dict[yamlfile.Path, str] = {}
    left = []
    for place, spec in _entries(text, file):
        if models and (spec.name or Path(spec.predictions).stem) not in models:
            continue
        found, others = _judged(spec, file.parent)
        left += others
        for bound in found:
            if (bound.broken or every) and (not metrics or bound.metric in metrics):
                changes[(*place, *bound.key)] = bound.accepting(margin)
    _write(file, text, yamlfile.replaced(text, changes), mark, dry_run=dry_run)
    for message in left:
        say(visible(f"no bound can accept: {message}"), err=True)
    return 1 if left else 0


def _write(file: Path, text: str, changed: str, mark: bytes, *, dry_run: bool) -> None:
    from gate.data import edits

    name = file.as_posix()
    if changed == text:
        say(f"{name}: nothing changes", err=True)
        return
    say(visible(edits.difference(text, changed, name)), nl=False)
    if not dry_run:
        atomic.write(file, mark + changed.encode())


def _text(file: Path) -> tuple[str, bytes]:
    """The text of a file, and the byte order mark before it."""
    try:
        data = file.read_bytes()
        mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
        return data.removeprefix(mark).decode(), mark
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        hint = "name a gate.yaml, or a specification"
        raise ConfigError(
            f"cannot be read: {reason}", path=file.as_posix(), hint=hint
        ) from None


def _entries(text: str, file: Path) -> Iterator[tuple[yamlfile.Path, Spec]]:
    """The models of a gate.yaml, or the only one of a specification: each its place."""
    from gate.model import specfile

    top = yamlfile.parse(text, name=file.as_posix()).value
    if not (isinstance(top, dict) and "checks" in top):
        yield (), specfile.parse(text, file.as_posix())
        return
    kinds = {name: check.Options for name, check in CHECKS.items()}
    options = config.parse(text, kinds, name=file.as_posix()).checks[_NAME].options
    inside = top["checks"].get(_NAME) if isinstance(top["checks"], dict) else None
    under = ("models",) if isinstance(inside, dict) else ()
    for number, spec in enumerate(options.models if options else ()):
        yield ("checks", _NAME, *under, number), spec


def _judged(spec: Spec, folder: Path) -> tuple[list[Bound], list[str]]:
    """The bounds of a model, and what fails besides."""
    from gate.model import accepting, analysis, judging

    shown = (folder / spec.predictions).as_posix()
    found = analysis.analyze(spec, folder, shown=shown)
    judged = judging.judge(spec, found)
    others = [one.message for one in accepting.others(judged)]
    return accepting.bounds(spec, found, judged), others
