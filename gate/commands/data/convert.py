"""`gate data convert`: a schema in another form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from gate import atomic
from gate.data import imports, metadata, pbtxt, schemafile, schematree
from gate.data.schema import Schema
from gate.errors import ConfigError
from gate.output import say, say_exactly
from gate.reports.text import one_line


@click.command()
@click.argument("schema", type=click.Path(path_type=Path))
@click.option("--to", type=click.Choice(("yaml", "pbtxt")), required=True)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write it to this file."
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def command(
    schema: Path, to: schemafile.Form, output: Path | None, force: bool
) -> None:
    """SCHEMA as YAML, or in TFDV's text format.

    A Frictionless Table Schema, and the features of a HuggingFace dataset
    (dataset_info.json, or its card), are read as well.
    """
    if output and output.exists() and not force:
        raise ConfigError(
            "there is a file, and it may hold your own changes",
            path=str(output),
            hint="add --force to write over it",
        )
    text = _converted(schema, to)
    if not output:
        say_exactly(text)
        return
    atomic.write(output, text)
    say(f"{output}: written", err=True)


def _converted(schema: Path, to: schemafile.Form) -> str:
    """The text, once it is known to say the same; what it cannot say is told."""
    comments: schemafile.Comments | None = None
    if imports.known(schema):
        read, found = imports.read(schema)
        for what in found.lost:
            say(f"{schema.as_posix()}: not carried over: {one_line(what)}", err=True)
        comments = {key: _plain(text) for key, text in found.comments.items()}
    else:
        read = schemafile.read(schema)
    text = schemafile.render(read, comments) if to == "yaml" else pbtxt.render(read)
    if schemafile.parse(text, name=schema.as_posix(), form=to) != read:
        raise ConfigError(f"cannot be said as {to}", path=schema.as_posix())
    if comments and to == "pbtxt":
        say(f"{schema.as_posix()}: not carried over: descriptions", err=True)
    _tell(schema, read, to)
    return text


def _tell(schema: Path, read: Schema, to: str) -> None:
    kept = read.not_judged()
    if kept:
        names = ", ".join(map(one_line, kept))
        say(f"{schema.as_posix()}: kept, and not judged by Gate: {names}", err=True)
    for name, fields in _crowded(read) if to == "pbtxt" else ():
        said = f"TFDV reads one of {' and '.join(fields)}, and refuses the file"
        say(f"{schema.as_posix()}: {one_line(name)}: {said}", err=True)
    if to != "pbtxt" and schemafile.form(schema) == "yaml":
        return
    if "#" in schemafile.text_of(schema, schema.as_posix()):
        say(f"{schema.as_posix()}: not carried over: comments, if any", err=True)


def _crowded(schema: Schema) -> Iterator[tuple[str, list[str]]]:
    """The features with fields of which protocol buffers hold one at a time."""
    for feature in schema.feature:
        tree = schematree.plain(feature)
        for names in metadata.ONE_OF:
            fields = [name for name in names if name in tree]
            if len(fields) > 1:
                yield feature.name or "", fields


def _plain(text: str) -> str:
    """A comment without what would not be one: YAML breaks lines at more than \\n."""
    return "\n".join(map(one_line, text.split("\n")))
