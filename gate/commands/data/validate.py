"""`gate data validate`: what does not fit the schema."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from gate import atomic
from gate.commands.data import reading
from gate.data import schemafile, statsfile, validation
from gate.data.anomalies import (
    Anomaly,
    Measurement,
    Offender,
    Report,
    shown,
    to_json,
    with_commands,
)
from gate.data.comparisons import Controls
from gate.errors import ConfigError
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
    "--previous",
    metavar="DATA",
    help="The dataset before this one: `drift_comparator` is measured from it.",
)
@click.option(
    "--serving",
    metavar="DATA",
    help="What the model meets in use: `skew_comparator` is measured from it.",
)
@click.option(
    "--previous-version",
    metavar="DATA",
    help="The version before this one, for `num_examples_version_comparator`.",
)
@click.option(
    "--slice-by",
    multiple=True,
    metavar="COL",
    help="Judge the rows of each value as well; repeated, of each combination.",
)
@click.option(
    "--severity",
    "severities",
    multiple=True,
    metavar="TYPE=LEVEL",
    help="Make TYPE, or FEATURE:TYPE, an error or a warning, or turn it off.",
)
@click.option(
    "--stats-output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the statistics of DATA there, as JSON.",
)
@reading.text_or_json
@reading.options
def command(
    data: tuple[str, ...],
    schema: Path | None,
    types: validation.Types,
    environment: str,
    previous: str | None,
    serving: str | None,
    previous_version: str | None,
    slice_by: tuple[str, ...],
    severities: tuple[str, ...],
    stats_output: Path | None,
    form: str,
    **how: Any,
) -> int:
    """What in DATA does not fit the schema: where, and what to do.

    Several files, a folder of them, and a pattern in quotes are one dataset. Whether
    serving data fits the schema is asked of it by itself, as
    `gate data validate serving.csv --schema S --environment SERVING`.

    Exits with 1 when there is any anomaly that is an error.
    """
    schema = schema or reading.beside(data)
    wanted = schemafile.read(schema)
    source = reading.source(data, how)
    controls = Controls(
        previous=reading.source(previous, how) if previous else None,
        serving=reading.source(serving, how) if serving else None,
        version=reading.source(previous_version, how) if previous_version else None,
    )
    with reading.progress(source) as progress:
        report = validation.validate(
            source,
            wanted,
            types=types,
            environment=environment,
            controls=controls,
            folder=schema.parent,
            slice_by=slice_by,
            severities=_severities(severities),
            statistics=stats_output is not None,
            progress=progress,
        )
    report = with_commands(report, schema.as_posix())
    if stats_output and report.statistics:
        atomic.write(stats_output, statsfile.json_text([report.statistics]))
    if form == "json":
        say_json(to_json(report))
    else:
        _show_report(report, source.shown, schema)
    return 1 if any(one.severity == "error" for one in report.anomalies) else 0


def _severities(entries: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for entry in entries:
        key, sign, level = entry.rpartition("=")
        if not sign:
            hint = "as `--severity SCHEMA_NEW_COLUMN=warning`"
            raise ConfigError(f"`{entry}` gives no severity", hint=hint)
        found[key] = level
    return found


def _show_report(report: Report, data: str, schema: Path) -> None:
    rows = f"{report.num_examples:,} row{'' if report.num_examples == 1 else 's'}"
    if report.anomalies:
        count = len(report.anomalies)
        word = "anomaly" if count == 1 else "anomalies"
        mild = sum(one.severity == "warning" for one in report.anomalies)
        some = f", {mild} of them warnings" if mild > 1 else ", 1 of them a warning"
        only = "a warning" if count == 1 else "all of them warnings"
        more = "" if not mild else f", {only}" if mild == count else some
        say(click.style(f"{shown(data)}: {count} {word} in {rows}{more}", bold=True))
    else:
        say(click.style(f"{shown(data)}: no anomalies in {rows}", fg="green"))
    for anomaly in report.anomalies:
        say()
        _show_anomaly(anomaly)
    _show_measurements(report.drift_skew)
    if report.anomalies:
        say(f"\nMend the data, or change {schema.as_posix()} as said.")
    if report.not_judged:
        say(f"\nNot judged: {', '.join(map(shown, report.not_judged))}")


def _show_anomaly(anomaly: Anomaly) -> None:
    name = shown(anomaly.feature) if anomaly.feature else "(the table)"
    colour = "red" if anomaly.severity == "error" else "yellow"
    mild = "" if anomaly.severity == "error" else f"  {anomaly.severity}"
    say(f"{click.style(name, fg=colour)}  {anomaly.type}{mild}")
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


_HEADER = ("feature", "comparison", "metric", "value", "threshold", "noise")


def _show_measurements(measured: Sequence[Measurement]) -> None:
    """All distances as a table, those first that are the farthest above."""
    if not measured:
        return
    ranked = sorted(measured, key=lambda one: (one.threshold - one.value, one.feature))
    rows = [_HEADER, *map(_cells, ranked)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADER))]
    say("\nDistances, the worst first; up to its noise one may be chance:")
    for row in rows:
        cells = [
            cell.ljust(width) if i < 3 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        say(f"  {'  '.join(cells).rstrip()}")


def _cells(one: Measurement) -> tuple[str, ...]:
    noise = "" if one.noise is None else f"{one.noise:.3g}"
    numbers = (f"{one.value:.4g}", f"{one.threshold:g}", noise)
    return (shown(one.feature), one.comparison, one.metric, *numbers)


def _places(example: Offender) -> Iterator[tuple[str, int]]:
    """File and line of each; no file where there is only one."""
    paths = example.paths or ("",) * len(example.lines)
    return zip(paths, example.lines, strict=True)
