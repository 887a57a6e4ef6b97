"""`gate data infer`: the schema that data fits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gate import atomic
from gate.commands.data import reading
from gate.data import inference, pbtxt, schemafile, statistics
from gate.errors import ConfigError
from gate.output import say, say_exactly


@click.command()
@click.argument("data", nargs=-1, required=True)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write it to this file."
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("yaml", "pbtxt")),
    default="yaml",
    show_default=True,
    help="YAML with comments, or TFDV's text format.",
)
@click.option(
    "--like-tfdv",
    is_flag=True,
    help="Exactly what TFDV would infer, without comments.",
)
@click.option(
    "--max-domain-size",
    default=inference.MAX_DOMAIN,
    show_default=True,
    metavar="N",
    help="Texts with more distinct values get no domain.",
)
@click.option("--no-shape", is_flag=True, help="Infer value counts, never a shape.")
@reading.options
def command(
    data: tuple[str, ...],
    output: Path | None,
    force: bool,
    form: str,
    like_tfdv: bool,
    max_domain_size: int,
    no_shape: bool,
    **how: Any,
) -> None:
    """The schema that DATA fits, as YAML, to be changed by hand and committed.

    Several files, a folder of them, and a pattern in quotes are one dataset.
    """
    if output and output.exists() and not force:
        raise ConfigError(
            "there is a file, and it may hold your own changes",
            path=str(output),
            hint="add --force to write over it",
        )
    source = reading.source(data, how)
    reading.tell_delimiter(source)
    with reading.progress(source) as progress:
        counted = statistics.compute(source, None, progress)
    inferred = inference.infer(
        counted, max_domain=max_domain_size, shape=not no_shape, like_tfdv=like_tfdv
    )
    if form == "pbtxt":
        text = pbtxt.render(inferred.schema)
    else:
        comments = None if like_tfdv else inferred.comments
        text = schemafile.render(inferred.schema, comments)
    if not output:
        say_exactly(text)
        return
    atomic.write(output, text)
    say(f"{output}: {len(inferred.schema.feature)} features", err=True)
