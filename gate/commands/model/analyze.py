"""`gate model analyze`: what is found of a model's predictions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gate import atomic
from gate.output import say, say_json

if TYPE_CHECKING:
    from gate.model.analysis import Analysis
    from gate.model.spec import Spec


@click.command()
@click.argument("spec", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "html")),
    default="text",
    show_default=True,
    help="html is the gate's page of it, which loads nothing.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write it to this file."
)
@click.option(
    "--edit",
    "edits",
    type=(int, str),
    multiple=True,
    metavar="ROW COLUMN=VALUE",
    help="What would be predicted for that row (from 0) with another value; needs"
    " `predict:` in SPEC. May be given again, for one row too.",
)
@click.option(
    "--python", metavar="PATH", help="The Python with the packages of `predict:`."
)
def command(
    spec: Path,
    form: str,
    output: Path | None,
    edits: tuple[tuple[int, str], ...],
    python: str | None,
) -> None:
    """Analyse the predictions that SPEC names, a file of YAML or JSON.

    Paths in SPEC are relative to it. It has the keys of `model:` in gate.yaml. The
    function that `predict:` names is run in a process of its own, from SPEC's folder.
    """
    from gate import predicting
    from gate.model import analysis, judging, rowedits, specfile

    asked = rowedits.added(specfile.read(spec), edits)
    shown = (spec.parent / asked.predictions).as_posix()
    with predicting.asking(asked, spec.parent, python=python) as ask:
        found = analysis.analyze(asked, spec.parent, shown=shown, ask=ask)
    judged = judging.judge(asked, found, asked.base or "the base")
    if form == "json":
        document = found.to_json() | judging.to_json(judged)
        if output is None:
            say_json(document)
            return
        text = json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n"
    elif form == "html":
        text = _page(asked, found)
        if output is None:
            click.echo(text, nl=False)
            return
    else:
        from gate.reports import modeltext, whatiftext

        text = f"{modeltext.render(found)}\n{whatiftext.render(found)}"
        if judged:
            text += modeltext.judged(judged) + "\n"
        if output is None:
            say(text, nl=False)
            return
    atomic.write(output, click.unstyle(text))
    say(f"{output}: written", err=True)


def _page(spec: Spec, found: Analysis) -> str:
    """The page that the gate would write, were this model all that it judges."""
    import msgspec

    from gate import __version__, results
    from gate.checks import model
    from gate.model import judging
    from gate.models import Judged
    from gate.reports import html
    from gate.verdict import Context, judge

    judged = Judged(
        spec=spec,
        analysis=found,
        judgements=judging.judge(spec, found, spec.base or "the base"),
    )
    result = results.capped(model.result([judged]))
    result = msgspec.structs.replace(result, check="model")
    return html.render(judge([result], Context(gate=__version__)))
