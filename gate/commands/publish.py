"""`gate publish`: post a verdict to the pull request it is about.

It reads results.json as hostile data, and nothing else of the working tree. Publishing
never changes a verdict: what the token may not do, and what GitHub could not do, is
told in the log and in the job's summary, and the exit code is 0. With `--mode true` it
is 2 then, for a job in which the verdict's exit code is not at stake.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import click

from gate import results
from gate.errors import GateError, GitHubError
from gate.github import event as events
from gate.github import publish
from gate.github.api import Api
from gate.github.event import Event
from gate.github.publish import Message, Outcome, Published, Step
from gate.output import append
from gate.reports import inline, markdown, markup, text
from gate.verdict import Verdict

_NO_TOKEN = Step(
    outcome=Outcome.DENIED,
    text="nothing was published: neither GATE_TOKEN nor GITHUB_TOKEN is set",
    hint="pass `${{ github.token }}` with `statuses: write` and `pull-requests: write`",
)
_FORK = Step(
    outcome=Outcome.DENIED,
    text="GitHub gives a pull request from a fork a token that only reads: the verdict"
    " is in the job's summary, not in a comment and statuses",
)


@click.command()
@click.argument(
    "results_file",
    metavar="[RESULTS]",
    default=".gate/results.json",
    type=click.Path(dir_okay=False, path_type=Path),
)
@click.option("--dry-run", is_flag=True, help="Print what would be done, ask nobody.")
@click.option(
    "--mode",
    type=click.Choice(["auto", "true", "false"]),
    default="auto",
    show_default=True,
    help="auto: tell what could not be published; true: fail then; false: do nothing.",
)
def command(results_file: Path, dry_run: bool, mode: str) -> int:
    """Post the verdict in RESULTS (default: .gate/results.json) to GitHub.

    One comment on the pull request and commit statuses on its head, on the event
    that GitHub Actions describes in the environment, with the token in GATE_TOKEN or
    GITHUB_TOKEN.
    """
    if mode == "false":
        return 0
    try:
        return _command(results_file, dry_run=dry_run, strict=mode == "true")
    except GateError as error:
        raise _quotable(error) from None


def _command(results_file: Path, *, dry_run: bool, strict: bool) -> int:
    verdict = results.read(results_file)
    event = events.read(os.environ)
    message = Message(marker=markdown.MARKER, body=markdown.render(verdict))
    if dry_run:
        _print(_plan(verdict, event, message))
        return 0
    token = os.environ.get("GATE_TOKEN") or os.environ.get("GITHUB_TOKEN")
    published = Published(steps=(_NO_TOKEN,))
    if token:
        api = Api(event.api_url, token)
        published = publish.publish(verdict, event, api, message)
    _print(
        step.text
        for step in published.only(Outcome.DONE, Outcome.UNCHANGED, Outcome.LEFT_OUT)
    )
    _tell(published, event, strict=strict)
    return 0


def _plan(verdict: Verdict, event: Event, message: Message) -> Iterable[str]:
    """What publishing would do, as far as it can be told without asking GitHub."""
    publish.check_commit(verdict, event)
    yield f"on commit {event.head} of {event.repository}"
    for status in publish.statuses(verdict, event):
        yield f"status {status.context}: {status.state} - {status.description}"
    if event.pull_request is None:
        yield f"no comment: the event `{event.name}` has no pull request"
    else:
        size = f"{len(message.body):,} characters"
        yield f"comment on pull request #{event.pull_request}: {size}"


def _tell(published: Published, event: Event, *, strict: bool) -> None:
    """Say what was not published, in the job's summary, and loudly if it should be.

    Raises:
        GitHubError: something is missing, and it must not be.
    """
    missing = published.only(Outcome.DENIED, Outcome.FAILED)
    if event.is_fork and missing and missing == published.only(Outcome.DENIED):
        missing = (_FORK,)
    _add_to_summary((*missing, *published.only(Outcome.LEFT_OUT)))
    if strict and missing:
        first, *others = (GitHubError(step.text, hint=step.hint) for step in missing)
        first.also = tuple(others)
        raise first
    if missing:
        known = missing in ((_FORK,), (_NO_TOKEN,))
        _annotate("notice" if known else "warning", missing)


def _annotate(level: str, steps: Iterable[Step]) -> None:
    """One annotation, because a run shows only ten of them."""
    lines = [_line(step) for step in steps]
    if os.environ.get("GITHUB_ACTIONS") != "true":
        _print(lines)
        return
    data = _harmless("; ".join(lines)).replace("%", "%25")
    click.echo(f"::{level} title=gate publish::{data}")


def _add_to_summary(steps: tuple[Step, ...]) -> None:
    target = os.environ.get("GITHUB_STEP_SUMMARY")
    if target and steps:
        items = "".join(f"- {markup.prose(_line(step))}\n" for step in steps)
        append(target, f"\n**Not published**\n\n{items}\n")


def _line(step: Step) -> str:
    return f"{step.text}; {step.hint}" if step.hint else step.text


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(_harmless(line))


def _harmless(line: str) -> str:
    """The line as one that a runner takes for no command, whatever is quoted in it."""
    return inline.neutralise(text.one_line(line))


def _quotable(error: GateError) -> GateError:
    """The error with words that may be printed: they may quote results.json."""
    return GateError(
        _harmless(str(error)),
        hint=_harmless(error.hint),
        also=tuple(_quotable(one) for one in error.also),
    )
