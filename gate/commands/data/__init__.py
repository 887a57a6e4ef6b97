"""`gate data`: statistics, schema and anomalies of data files."""

from __future__ import annotations

import click

from gate.commands import Lazy

_COMMANDS = {
    "stats": "What is in each column: counts, missing, ranges, frequent values.",
    "infer": "The schema that data fits, to be changed by hand and committed.",
    "validate": "What does not fit the schema: where, and what to do.",
    "compare": "What differs from one table to another, row by row.",
    "accept": "Change the schema so that it accepts what was found.",
    "show": "What a schema says, as a table.",
    "convert": "A schema as YAML or TFDV's text format; imports others' schemas.",
}


@click.group(cls=Lazy, commands_in=__name__, about=_COMMANDS)
def command() -> None:
    """Statistics, schema and anomalies of data files.

    Reads CSV, TSV, JSON lines and Parquet, plain or gzipped.
    """
