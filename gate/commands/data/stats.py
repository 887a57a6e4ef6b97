"""`gate data stats`: what is in each column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gate.commands.data import reading
from gate.data import schemafile, statistics
from gate.data.anomalies import shown
from gate.data.statistics import Feature, Statistics
from gate.output import say, say_json


@click.command()
@click.argument("data", nargs=-1, required=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(("table", "json")),
    default="table",
    show_default=True,
)
@click.option(
    "--schema",
    type=click.Path(path_type=Path),
    help="Take the types of the columns from this schema.",
)
@reading.options
def command(data: tuple[str, ...], form: str, schema: Path | None, **how: Any) -> None:
    """What is in each column of DATA: counts, missing, ranges, frequent values."""
    expected = schemafile.read(schema).kinds() if schema else None
    computed = []
    for path in data:
        source = reading.source(path, how)
        with reading.progress(source) as progress:
            computed.append(statistics.compute(source, expected, progress))
    if form == "json":
        say_json(statistics.to_json(computed))
        return
    for i, one in enumerate(computed):
        if i:
            say()
        _show_statistics(one)


_HEADER = (
    "column",
    "type",
    "missing",
    "distinct",
    "min",
    "median",
    "max",
    "mean",
    "std",
)


def _show_statistics(one: Statistics) -> None:
    say(click.style(f"{shown(one.name)}: {one.num_examples:,} rows", bold=True))
    rows = [_HEADER, *(_cells(feature, one.num_examples) for feature in one.features)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADER))]
    for row in rows:
        cells = [
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        say("  ".join(cells).rstrip())
    for feature in one.features:
        if feature.textual:
            top = ", ".join(
                f"{shown(text)[:30]} {count:,}"
                for text, count in feature.textual.ranked[:3]
            )
            say(f"{shown(feature.name)}: {top}")


def _cells(feature: Feature, rows: int) -> tuple[str, ...]:
    missing = (
        f"{100 * feature.num_missing / rows:.1f} %" if feature.num_missing else "0"
    )
    kind = feature.kind.name if feature.kind is not None else "no value"
    numeric, textual = feature.numeric, feature.textual
    distinct = f"{textual.unique:,}" if textual else ""
    numbers = (
        (numeric.min, numeric.median, numeric.max, numeric.mean, numeric.std_dev)
        if numeric
        else ()
    )
    shown_numbers = [f"{number:.6g}" for number in numbers] or [""] * 5
    return (shown(feature.name), kind, missing, distinct, *shown_numbers)
