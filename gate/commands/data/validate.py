"""`gate data validate`: what does not fit the schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from gate.commands.data import reading
from gate.data import schemafile, validation
from gate.data.anomalies import Anomaly, Offender, Report, shown, to_json, with_commands
from gate.output import say, say_json

_PLACES = 8  # lines of one anomaly that are named


@click.command()
@click.argument("data", nargs=-1, required=True)
@click.option(
    "--schema",
    type=click.Path(path_type=Path),
    help="The schema to judge by. Default: NAME.schema.yaml beside DATA.",
)
@click.option(
    "--types",
    type=click.Choice(("schema", "inferred")),
    default="schema",
    show_default=True,
    help="Judge cells by the schema's type, or columns by their own as TFDV does.",
)
@click.option("--environment", default="", metavar="E", help="As SERVING.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
)
@reading.options
def command(
    data: tuple[str, ...],
    schema: Path | None,
    types: validation.Types,
    environment: str,
    form: str,
    **how: Any,
) -> int:
    """What in DATA does not fit the schema: where, and what to do.

    Several files, a folder of them, and a pattern in quotes are one dataset.
    Exits with 1 when there is any anomaly.
    """
    schema = schema or reading.beside(data)
    wanted = schemafile.read(schema)
    source = reading.source(data, how)
    with reading.progress(source) as progress:
        report = validation.validate(
            source, wanted, types=types, environment=environment, progress=progress
        )
    report = with_commands(report, schema.as_posix())
    if form == "json":
        say_json(to_json(report))
    else:
        _show_report(report, source.shown, schema)
    return 1 if report.anomalies else 0


def _show_report(report: Report, data: str, schema: Path) -> None:
    rows = f"{report.num_examples:,} row{'' if report.num_examples == 1 else 's'}"
    if report.anomalies:
        count = len(report.anomalies)
        word = "anomaly" if count == 1 else "anomalies"
        say(click.style(f"{shown(data)}: {count} {word} in {rows}", bold=True))
    else:
        say(click.style(f"{shown(data)}: no anomalies in {rows}", fg="green"))
    for anomaly in report.anomalies:
        say()
        _show_anomaly(anomaly)
    if report.anomalies:
        say(f"\nMend the data, or change {schema.as_posix()} as said.")
    if report.not_judged:
        say(f"\nNot judged: {', '.join(map(shown, report.not_judged))}")


def _show_anomaly(anomaly: Anomaly) -> None:
    name = shown(anomaly.feature) if anomaly.feature else "(the table)"
    say(f"{click.style(name, fg='red')}  {anomaly.type}")
    say(f"  {anomaly.description}")
    places = sorted({place for one in anomaly.examples for place in _places(one)})
    if places:
        listed = ", ".join(
            f"{shown(path)}:{line}" if path else str(line)
            for path, line in places[:_PLACES]
        )
        more = anomaly.count - min(_PLACES, len(places))
        word = "line" if anomaly.count == 1 else "lines"
        say(f"  {word} {listed}{f' and {more:,} more' if more > 0 else ''}")
    say(f"  if that is right: {anomaly.advice}")
    if anomaly.accept:
        say(f"  {click.style(anomaly.accept, dim=True)}")


def _places(example: Offender) -> Iterator[tuple[str, int]]:
    """File and line of each; no file where there is only one."""
    paths = example.paths or ("",) * len(example.lines)
    return zip(paths, example.lines, strict=True)
