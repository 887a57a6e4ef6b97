"""What every command that reads data shares: its options, its bar of progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from gate.data.source import Source
from gate.data.statistics import Progress


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
        click.option("--encoding", default="", metavar="E", help="Default: utf-8."),
        click.option(
            "--delimiter", default="", metavar="D", help="Default: by the extension."
        ),
    ):
        function = option(function)
    return function


def source(path: str, reading: dict[str, Any]) -> Source:
    return Source(path=Path(path), shown=path, **reading)


@contextmanager
def progress(source: Source) -> Iterator[Progress | None]:
    """A bar on standard error, on a terminal only."""
    if not sys.stderr.isatty() or not source.path.is_file() or source.compressed:
        yield None
        return
    with click.progressbar(
        length=source.size, label=source.path.name, file=sys.stderr
    ) as bar:
        yield lambda rows, size: bar.update(size)
