"""What every command that reads data shares: its options, its bar of progress."""

from __future__ import annotations

import csv
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from gate.data import parts, sniff
from gate.data.anomalies import shown
from gate.data.source import Source
from gate.data.statistics import Progress
from gate.errors import ConfigError
from gate.output import say

text_or_json = click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
)


def options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that reads data."""
    for option in (
        click.option(
            "--na-value",
            "na_values",
            multiple=True,
            metavar="V",
            help="A cell that holds exactly this is missing, as an empty one is.",
        ),
        click.option(
            "--column-names",
            default="",
            metavar="A,B,...",
            help="The file has no header: these are the columns.",
        ),
        click.option(
            "--comment",
            default="",
            metavar="C",
            help="Lines at the top that begin with this are no data.",
        ),
        click.option("--encoding", default="", metavar="E", help="Default: utf-8."),
        click.option(
            "--delimiter", default="", metavar="D", help="Default: found out."
        ),
    ):
        function = option(function)
    return function


def source(data: str | tuple[str, ...], reading: dict[str, Any]) -> Source:
    """A file, a folder or a pattern; several of them are one dataset."""
    names = (data,) if isinstance(data, str) else data
    first, more = names[0], len(names) - 1
    how = {key: reading[key] for key in ("delimiter", "encoding", "comment")}
    columns = next(csv.reader([reading["column_names"]]), [])
    return Source(
        path=Path(first),
        shown=f"{first} and {more} more" if more else first,
        files=tuple(map(Path, names)) if more else (),
        column_names=tuple(columns),
        na_values=reading["na_values"],
        **how,
    )


def beside(data: tuple[str, ...]) -> Path:
    """The schema to judge data by, where none is named: `NAME.schema.yaml` beside it.

    Raises:
        ConfigError: there is none.
    """
    path = Path(data[0])
    word = shlex.quote(data[0])
    if len(data) > 1 or any(sign in path.name for sign in "*?["):
        hint = "name one with --schema, or keep the files in a folder"
        raise ConfigError("no schema is named for several files", hint=hint)
    path = path if path.name else path.resolve()
    schema = path.with_name(f"{path.name.split('.')[0] or path.name}.schema.yaml")
    if not schema.is_file():
        made = shlex.quote(schema.as_posix())
        raise ConfigError(
            f"no schema is named, and there is no {schema.as_posix()}",
            hint=f"name one with --schema, or: gate data infer {word} --output {made}",
        )
    return schema


def tell_delimiter(source: Source) -> None:
    """Say which delimiter was found where nobody would have guessed it."""
    found = sniff.unusual_delimiter(parts.of(source)[0])
    if found:
        say(f"{shown(source.shown)}: fields end with {found!r}", err=True)


@contextmanager
def progress(source: Source) -> Iterator[Progress | None]:
    """A bar on standard error, on a terminal only."""
    if not sys.stderr.isatty():
        yield None
        return
    files = parts.of(source)
    if any(file.compressed or not file.path.is_file() for file in files):
        yield None
        return
    with click.progressbar(
        length=parts.size(source), label=source.name, file=sys.stderr
    ) as bar:
        yield lambda rows, size: bar.update(size)
