"""`gate model`: what predictions are worth."""

from __future__ import annotations

import click

from gate.commands import Lazy

_COMMANDS = {
    "accept": "Write today's numbers as the bounds in gate.yaml.",
    "analyze": "Metrics, slices, fairness and thresholds of a file of predictions.",
}


@click.group(cls=Lazy, commands_in=__name__, about=_COMMANDS)
def command() -> None:
    """What a model is worth, on which rows, and how fair it is.

    Reads predictions as CSV, JSON lines and Parquet, and needs no model.
    """
