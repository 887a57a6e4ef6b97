"""`gate data stats`: what is in each column."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from gate import atomic
from gate.commands.data import reading
from gate.data import profiles, schemafile, statsfile
from gate.data.profiles import Options
from gate.data.statistics import DETAIL, Detail, Statistics
from gate.errors import ConfigError
from gate.output import say, say_exactly, say_json

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def _detail(option: str, what: str) -> Callable[[Decorated], Decorated]:
    name = option.removeprefix("--").replace("-", "_")
    return click.option(
        option,
        default=getattr(DETAIL, name),
        show_default=True,
        type=click.IntRange(1, 100_000),
        metavar="N",
        help=what,
    )


@click.command()
@click.argument("data", nargs=-1, required=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(("table", "json", "pbtxt", "html")),
    default="table",
    show_default=True,
    help="pbtxt is TFDV's text format; html is a page that loads nothing.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write it to this file."
)
@click.option(
    "--schema",
    type=click.Path(path_type=Path),
    help="Take the types of the columns from this schema.",
)
@click.option(
    "--feature",
    "features",
    multiple=True,
    metavar="COL",
    help="Only this column; repeat it for more.",
)
@click.option(
    "--slice-by",
    multiple=True,
    metavar="COL",
    help="Also for each value of this column; of several, for each combination.",
)
@click.option(
    "--weight", default="", metavar="COL", help="Also weighted by this column."
)
@click.option(
    "--label",
    default="",
    metavar="COL",
    help="Also the lift of these labels by the values of other columns.",
)
@click.option(
    "--correlation", is_flag=True, help="Also how each two columns of numbers vary."
)
@_detail("--num-top-values", "How many of the most frequent texts are told.")
@_detail("--num-rank-histogram-buckets", "How many texts the rank histogram has.")
@_detail("--num-histogram-buckets", "Buckets of equal width.")
@_detail("--num-quantiles-histogram-buckets", "Buckets of equal weight.")
@_detail("--num-values-histogram-buckets", "Buckets of how many values rows have.")
@reading.options
def command(
    data: tuple[str, ...],
    form: str,
    output: Path | None,
    schema: Path | None,
    **how: Any,
) -> None:
    """What is in each column of DATA: counts, missing, ranges, frequent values.

    A page of two DATA sets them side by side.
    """
    detail = Detail(**{name: how.pop(name) for name in Detail.__dataclass_fields__})
    asked = ("features", "slice_by", "weight", "label", "correlation")
    options = Options(
        schema=schemafile.read(schema) if schema else None,
        detail=detail,
        **{name: how.pop(name) for name in asked},
    )
    if form == "html" and len(data) > 2:
        raise ConfigError("a page shows two datasets at most", hint="name one or two")
    computed = [_computed(path, options, how) for path in data]
    flat = [one for datasets in computed for one in datasets]
    if form == "json":
        _put(statsfile.json_text(flat, detail), output, exact=True)
    elif form == "pbtxt":
        _put(statsfile.text(flat, detail), output)
    elif form == "html":
        from gate.reports import profilepage  # loads Jinja

        _put(profilepage.render(computed), output)
    else:
        _show(flat, output)


def _computed(
    path: str, options: Options, how: dict[str, Any]
) -> tuple[Statistics, ...]:
    source = reading.source(path, how)
    reading.tell_delimiter(source)
    with reading.progress(source) as progress:
        computed = profiles.compute(source, options, progress=progress)
    missing = set(options.features) - {one.name for one in computed[0].features}
    if missing:
        raise source.error(
            f"no column `{min(missing)}`",
            hint="check the name, capitals included",
        )
    return computed


def _put(text: str, output: Path | None, *, exact: bool = False) -> None:
    if output:
        atomic.write(output, text)
        say(f"{output}: written", err=True)
    elif exact:
        say_json(text)
    else:
        say_exactly(text)


def _show(computed: list[Statistics], output: Path | None) -> None:
    from gate.reports import profiletext

    wide = not output and sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if wide else 0
    text = "\n\n".join(profiletext.render(one, width) for one in computed)
    if output:
        _put(click.unstyle(text) + "\n", output)
    else:
        say(text)
