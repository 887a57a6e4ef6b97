"""`gate render`: turn a results.json into any of the reports."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

import click

from gate import atomic, results
from gate.output import say, say_json, say_report
from gate.reports import (
    Report,
    badge,
    endpoint,
    html,
    inline,
    junit,
    markdown,
    sarif,
    summary,
    terminal,
)
from gate.verdict import Verdict

FORMATS: Final[dict[str, Report]] = {
    "terminal": terminal,
    "html": html,
    "markdown": markdown,
    "summary": summary,
    "annotations": inline,
    "sarif": sarif,
    "junit": junit,
    "badge": badge,
    "endpoint": endpoint,
}


@click.command()
@click.argument(
    "results_file",
    metavar="[RESULTS]",
    default=".gate/results.json",
    type=click.Path(dir_okay=False, path_type=Path),
)
@click.option(
    "--to",
    "form",
    required=True,
    type=click.Choice(list(FORMATS)),
    help="Which report. markdown is the comment, endpoint the badge for shields.io.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write. Default: standard output.",
)
def command(results_file: Path, form: str, output: Path | None) -> int:
    """Turn RESULTS (default: .gate/results.json) into a report.

    Nothing is judged again: the exit code is 0 whatever the verdict says.
    """
    verdict = results.read(results_file)
    if output:
        atomic.write(output, FORMATS[form].render(verdict))
    elif form == "terminal":
        say(_on_screen(verdict), nl=False)
    elif form == "annotations":  # commands, and meant to be
        click.echo(inline.render(verdict), nl=False)
    elif form in ("sarif", "endpoint"):
        say_json(FORMATS[form].render(verdict))
    else:
        say_report(FORMATS[form].render(verdict))
    return 0


def _on_screen(verdict: Verdict) -> str:
    return terminal.render(
        verdict,
        color=sys.stdout.isatty(),
        width=shutil.get_terminal_size().columns,
        encoding=sys.stdout.encoding or "utf-8",
    )
