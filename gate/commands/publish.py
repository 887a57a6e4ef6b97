"""`gate publish`: post a verdict to the pull request it is about.

It reads results.json as hostile data, and nothing else of the working tree. Publishing
never changes a verdict: what the token may not do is told in a notice, what GitHub
could not do in a warning, and the exit code is 0; with `--mode true` both are 2.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import click

from gate import results
from gate.errors import GitHubError
from gate.github import event as events
from gate.github import publish
from gate.github.api import Api
from gate.github.event import Event
from gate.github.publish import Message, Outcome, Published, Step
from gate.reports import markdown, markup, text
from gate.verdict import Verdict

NO_TOKEN = Step(
    outcome=Outcome.DENIED,
    text="no token: neither GATE_TOKEN nor GITHUB_TOKEN is set",
    hint="pass `${{ github.token }}` with `statuses: write` and `pull-requests: write`",
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
    verdict = results.read(results_file)
    event = events.read(os.environ)
    message = Message(marker=markdown.MARKER, body=markdown.render(verdict))
    if dry_run:
        _print(_plan(verdict, event, message))
        return 0
    published = _publish(verdict, event, message)
    _print(step.text for step in published.only(Outcome.DONE, Outcome.UNCHANGED))
    return _tell(published, event, strict=mode == "true")


def _publish(verdict: Verdict, event: Event, message: Message) -> Published:
    token = os.environ.get("GATE_TOKEN") or os.environ.get("GITHUB_TOKEN")
    if not token:
        return Published(steps=(NO_TOKEN,))
    return publish.publish(verdict, event, Api(event.api_url, token), message)


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


def _tell(published: Published, event: Event, *, strict: bool) -> int:
    """Say what could not be published, in the log and in the job's summary."""
    failed = published.only(Outcome.FAILED)
    missing = published.only(Outcome.DENIED, Outcome.FAILED)
    told = missing or published.only(Outcome.LEFT_OUT)
    if not told:
        return 0
    lines = [step.text for step in told]
    if event.is_fork and missing and not failed:
        hint = "GitHub gives a pull request from a fork a token that only reads"
        lines.append(f"{hint}: the verdict is in the job's summary")
    else:
        lines += dict.fromkeys(step.hint for step in told if step.hint)
    if strict and missing:
        raise GitHubError("could not publish: " + "; ".join(lines))
    _annotate("warning" if failed else "notice", lines)
    _add_to_summary(lines)
    return 0


def _annotate(level: str, lines: list[str]) -> None:
    if os.environ.get("GITHUB_ACTIONS") != "true":
        _print(lines)
        return
    data = _harmless("; ".join(lines)).replace("%", "%25")
    click.echo(f"::{level} title=Gate::{data}")


def _add_to_summary(lines: list[str]) -> None:
    if target := os.environ.get("GITHUB_STEP_SUMMARY"):
        items = "".join(f"- {markup.prose(line)}\n" for line in lines)
        with open(target, "a", encoding="utf-8") as file:
            file.write(f"\n**What the gate did not publish**\n\n{items}\n")


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(_harmless(line))


def _harmless(line: str) -> str:
    """The line as one that GitHub's runner reads no workflow command in.

    `::name::` is one at the start of a line only, where all of ours have words of
    our own; the older `##[name]` is one anywhere.
    """
    return text.one_line(line).replace("##[", "## [")
