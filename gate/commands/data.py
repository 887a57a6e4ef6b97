"""`gate data`: statistics, schema and anomalies of data files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec

from gate import atomic
from gate.data import inference, pbtxt, schemafile, statistics, validation
from gate.data.anomalies import Anomaly, Report, shown
from gate.data.source import Source
from gate.data.statistics import Feature, Progress, Statistics
from gate.errors import ConfigError
from gate.output import say, say_exactly, say_json


@click.group()
def command() -> None:
    """Statistics, schema and anomalies of data files.

    Reads CSV, TSV, JSON lines and Parquet, plain or gzipped.
    """


def _reading(function: Callable[..., Any]) -> Callable[..., Any]:
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


def _source(path: str, reading: dict[str, Any]) -> Source:
    return Source(path=Path(path), shown=path, **reading)


@command.command()
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
@_reading
def stats(
    data: tuple[str, ...], form: str, schema: Path | None, **reading: Any
) -> None:
    """What is in each column of DATA: counts, missing, ranges, frequent values."""
    expected = schemafile.read(schema).kinds() if schema else None
    computed = []
    for path in data:
        source = _source(path, reading)
        with _progress(source) as progress:
            computed.append(statistics.compute(source, expected, progress))
    if form == "json":
        say_json(statistics.to_json(computed))
        return
    for i, one in enumerate(computed):
        if i:
            say()
        _show_statistics(one)


@command.command()
@click.argument("data")
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
@_reading
def infer(
    data: str,
    output: Path | None,
    force: bool,
    form: str,
    like_tfdv: bool,
    max_domain_size: int,
    no_shape: bool,
    **reading: Any,
) -> None:
    """The schema that DATA fits, as YAML, to be changed by hand and committed."""
    if output and output.exists() and not force:
        raise ConfigError(
            "there is a file, and it may hold your own changes",
            path=str(output),
            hint="add --force to write over it",
        )
    source = _source(data, reading)
    with _progress(source) as progress:
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


@command.command()
@click.argument("data")
@click.option(
    "--schema",
    type=click.Path(path_type=Path),
    required=True,
    help="The schema to judge by.",
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
@_reading
def validate(
    data: str,
    schema: Path,
    types: validation.Types,
    environment: str,
    form: str,
    **reading: Any,
) -> int:
    """What in DATA does not fit the schema: where, and what to do.

    Exits with 1 when there is any anomaly.
    """
    wanted = schemafile.read(schema)
    source = _source(data, reading)
    with _progress(source) as progress:
        report = validation.validate(
            source, wanted, types=types, environment=environment, progress=progress
        )
    if form == "json":
        document = {"version": 1, **msgspec.to_builtins(_with_schema(report, schema))}
        say_json(document)
    else:
        _show_report(report, data, schema)
    return 1 if report.anomalies else 0


def _with_schema(report: Report, schema: Path) -> Report:
    """The report with the schema's path in each instruction."""
    replace = msgspec.structs.replace
    return replace(
        report,
        anomalies=tuple(
            replace(one, accept=f"in {schema.as_posix()}: {one.accept}")
            for one in report.anomalies
        ),
    )


@contextmanager
def _progress(source: Source) -> Iterator[Progress | None]:
    """A bar on standard error, on a terminal only."""
    if not sys.stderr.isatty() or not source.path.is_file() or source.compressed:
        yield None
        return
    with click.progressbar(
        length=source.size, label=source.path.name, file=sys.stderr
    ) as bar:
        yield lambda rows, size: bar.update(size)


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
    lines = [line for example in anomaly.examples for line in example.lines]
    if lines:
        listed = ", ".join(str(line) for line in sorted(set(lines))[:8])
        more = anomaly.count - min(8, len(set(lines)))
        word = "line" if anomaly.count == 1 else "lines"
        say(f"  {word} {listed}{f' and {more:,} more' if more > 0 else ''}")
    say(f"  if that is right: {anomaly.accept}")


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
