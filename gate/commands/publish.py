"""`gate publish`: post a verdict to the pull request it is about.

It reads results.json as hostile data, and nothing else of the working tree. Publishing
never changes a verdict: what the token may not do, and what GitHub could not do, is
told in the log and in the job's summary, and the exit code is 0. With `--mode true` it
is 2 then, for a job in which the verdict's exit code is not at stake.
"""

from __future__ import annotations

import os
import posixpath
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import msgspec

from gate import results
from gate.errors import GateError, GitHubError
from gate.findings import plural
from gate.github import artifact
from gate.github import event as events
from gate.github import publish, statuses, steps, trace, trust
from gate.github.answers import ApiError
from gate.github.api import Api
from gate.github.event import Event
from gate.github.steps import Outcome, Published, Step
from gate.github.trust import Believed, Claim
from gate.output import append
from gate.publishing import outputs, with_template
from gate.reports import inline, markup, text
from gate.verdict import Verdict

RESULTS = Path(".gate/results.json")
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
    required=False,
    type=click.Path(path_type=Path),
)
@click.option("--dry-run", is_flag=True, help="Print what would be done, ask nobody.")
@click.option(
    "--mode",
    type=click.Choice(["auto", "true", "false"]),
    default="auto",
    show_default=True,
    help="auto: tell what could not be published; true: fail then; false: do nothing.",
)
@click.option(
    "--judged",
    type=click.Choice(trust.ENDS),
    help="How the job that judged ended: only after a success is the gate open.",
)
@click.option(
    "--digest",
    metavar="SHA256",
    help="The output `digest` of the step that judged: other results are refused.",
)
@click.option(
    "--name", metavar="NAME", help="The gate's name: results of another are refused."
)
@click.option(
    "--folder",
    metavar="PATH",
    help="The folder that was judged, whose name a gate without one has; for when there"
    " are no results.",
)
def command(
    results_file: Path | None,
    dry_run: bool,
    mode: str,
    judged: str | None,
    digest: str | None,
    name: str | None,
    folder: str | None,
) -> int:
    """Post the verdict in RESULTS (default: .gate/results.json) to GitHub.

    Commit statuses, one comment on the pull request and what else gate.yaml asks for,
    on the event that GitHub Actions describes in the environment, with the token in
    GATE_TOKEN or GITHUB_TOKEN. On the event `workflow_run`, without RESULTS, the
    results are those that the run left as artifacts.
    """
    if mode == "false":
        if dry_run:
            _print(["nothing: --mode is false"])
        return 0
    claim = Claim(
        judged=judged or "",
        digest=digest or "",
        name=name or "",
        folder=posixpath.normpath(folder or ".").strip("/"),
    )
    try:
        return _command(results_file, claim, dry_run=dry_run, strict=mode == "true")
    except GateError as error:
        raise _quotable(error) from None


def _command(
    results_file: Path | None, claim: Claim, *, dry_run: bool, strict: bool
) -> int:
    if dry_run:
        _dry_run(results_file or RESULTS, claim)
        return 0
    event = events.read(os.environ)
    token = os.environ.get("GATE_TOKEN") or os.environ.get("GITHUB_TOKEN")
    if not token:
        if event.judged is None:
            results.read(results_file or RESULTS)  # what is wrong with it is told first
        _tell(Published(steps=(_NO_TOKEN,)), event, strict=strict)
        return 0
    started = time.monotonic()
    api = Api(event.api_url, token, graphql=event.graphql_url)
    found: list[Believed] = []
    made: list[Step] = []
    try:
        event, claimed = _found(results_file, claim, event, api)
        for one in claimed:
            about, one = _checked(one, claim, event, api)
            found.append(one)
            made += _publish(one.verdict, about, api).steps
    except ApiError as error:
        made.append(steps.ended("the results", error))
    if event.judged and not made:
        made.append(steps.left_out(f"nothing: the run {event.judged.id} did not judge"))
    published = Published(steps=tuple(made))
    _print(
        step.text
        for step in published.only(Outcome.DONE, Outcome.UNCHANGED, Outcome.LEFT_OUT)
    )
    took = time.monotonic() - started
    _print([f"{plural(api.sent, 'request')} to GitHub in {took:.1f} s"])
    _tell(published, event, strict=strict)
    for one in found:
        if one.doubt:
            raise one.doubt
    return 0


def _found(
    results_file: Path | None, claim: Claim, event: Event, api: Api
) -> tuple[Event, list[Believed]]:
    """The verdicts to publish, and the event with what GitHub says it is about."""
    run = event.judged
    if run is None:
        return event, [trust.read(results_file or RESULTS, claim)]
    event = trace.found(event, run, api)
    claim = msgspec.structs.replace(claim, judged=claim.judged or run.conclusion)
    if results_file:
        return event, [trust.read(results_file, claim)]
    claim = Claim(judged=claim.judged)  # the rest is of one gate, and these may be many
    try:
        fetched = artifact.fetch(run, event, api)
        verdicts = [results.decode(data, name=name) for name, data in fetched.items()]
    except ApiError:
        raise
    except GateError as error:
        return event, [trust.doubted(error, claim)]
    return event, [trust.weighed(verdict, claim) for verdict in verdicts]


def _checked(
    one: Believed, claim: Claim, event: Event, api: Api
) -> tuple[Event, Believed]:
    """The event, and the verdict if it is about that; else that it is not."""
    if event.judged:
        event = trace.traced(event, one.verdict.context.head, api)
    try:
        publish.check(one.verdict, event)
    except GitHubError as error:
        called = claim.name or one.verdict.context.name
        return event, trust.doubted(error, msgspec.structs.replace(claim, name=called))
    return event, one


def _publish(verdict: Verdict, event: Event, api: Api) -> Published:
    template = with_template(verdict, event, api)
    return publish.publish(verdict, event, api, outputs(verdict, event, template))


def _dry_run(path: Path, claim: Claim) -> None:
    """Print what would be done.

    Raises:
        GateError: the results are not to be believed, and an error would be published;
            or they cannot be read, or there is no event.
    """
    results.read(path)  # what is wrong with it is told before what else is missing
    event = events.read(os.environ)
    if run := event.judged:
        judged = claim.judged or run.conclusion
        claim = msgspec.structs.replace(claim, judged=judged)
    one = trust.read(path, claim)
    _print(_plan(one.verdict, event))
    if one.doubt:
        raise one.doubt


def _plan(verdict: Verdict, event: Event) -> Iterator[str]:
    """What publishing would do, as far as it can be told without asking GitHub."""
    if verdict.results:
        publish.check(verdict, event)
    yield f"on commit {event.head} of {event.repository}"
    for status in statuses.of(verdict, event):
        yield f"status {status.context}: {status.state} - {status.description}"
    made, wanted = outputs(verdict, event), verdict.context.publish
    if event.pull_request is not None:
        size = f"{len(made.message.merged('')):,} characters"
        yield f"comment on pull request #{event.pull_request}: {size}"
        if suggested := min(len(made.suggestions), wanted.suggestions):
            yield f"suggestions: at most {suggested}, at lines of the pull request"
    elif event.judged is None:
        yield f"no comment: the event `{event.name}` has no pull request"
    if made.annotations and wanted.annotations:
        yield f"annotations: {len(made.annotations):,} in a check run"
    if wanted.sarif:
        yield "code scanning: results.sarif"
    if event.branch:
        yield f"history: a record of {event.head[:12]}"


def _tell(published: Published, event: Event, *, strict: bool) -> None:
    """Say what was not published, in the job's summary, and loudly if it should be.

    Raises:
        GitHubError: something is missing, and it must not be.
    """
    missing = published.only(Outcome.DENIED, Outcome.FAILED)
    of_fork = event.is_fork and not event.judged  # which has a token of its own
    if of_fork and missing and missing == published.only(Outcome.DENIED):
        missing = (_FORK,)
    # That a push has no comment is nothing that anybody misses.
    left = () if event.branch else published.only(Outcome.LEFT_OUT)
    _add_to_summary((*missing, *left))
    if strict and missing:
        first, *others = (GitHubError(step.text, hint=step.hint) for step in missing)
        first.also = tuple(others)
        raise first
    if missing:
        known = missing in ((_FORK,), (_NO_TOKEN,))
        _annotate("notice" if known else "warning", missing)


def _annotate(level: str, missing: Iterable[Step]) -> None:
    """One annotation, because a run shows only ten of them."""
    lines = [_line(step) for step in missing]
    if os.environ.get("GITHUB_ACTIONS") != "true":
        _print(lines)
        return
    data = _harmless("; ".join(lines)).replace("%", "%25")
    click.echo(f"::{level} title=gate publish::{data}")


def _add_to_summary(told: tuple[Step, ...]) -> None:
    target = os.environ.get("GITHUB_STEP_SUMMARY")
    if target and told:
        items = "".join(f"- {markup.prose(_line(step))}\n" for step in told)
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
