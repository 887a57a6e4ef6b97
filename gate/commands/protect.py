"""`gate protect`: make the gate a required check of a branch, and touch nothing else.

It shows what would change first. It is run by hand, by an administrator: what it
takes is no right that a workflow's own token can have.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from gate import git
from gate.errors import GitHubError
from gate.github import remote as remotes
from gate.github.api import Api
from gate.github.protect import applied
from gate.github.protect import plan as plans
from gate.github.protect import reading, refusals, seen, shown
from gate.github.protect.plan import Plan, Wanted
from gate.github.protect.rules import Check
from gate.github.remote import Remote
from gate.output import say_json
from gate.reports import inline, text

DONE = 0
NOT_PROTECTED = 1  # it is not as asked for: nothing was changed

_COLORS = {"+": "green", "-": "red"}


@click.command(
    epilog="Exit codes: 0 the branch is protected as asked, 1 it is not, and nothing"
    " was changed (--dry-run, the answer no, no terminal to ask on), 2 it could not be"
    " done."
)
@click.option(
    "--branch", metavar="NAME", help="The branch. Default: the repository's default."
)
@click.option(
    "--repository",
    metavar="[HOST/]OWNER/NAME",
    help="The repository. Default: GITHUB_REPOSITORY, else that of the clone's origin.",
)
@click.option(
    "--check",
    "checks",
    metavar="NAME",
    multiple=True,
    default=("gate",),
    show_default=True,
    help="A status or job to require; can be repeated. Of several gates in a"
    " repository, each has its own, `gate (NAME)`.",
)
@click.option(
    "--app-id",
    type=click.IntRange(min=1),
    metavar="N",
    help="Let only this app report the check, so that nobody else who may write"
    " statuses can: on github.com, 15368 is GitHub Actions.",
)
@click.option(
    "--no-strict",
    is_flag=True,
    help="Do not require branches to be up to date before merging.",
)
@click.option("--yes", is_flag=True, help="Make the change without asking.")
@click.option("--dry-run", is_flag=True, help="Show the change, and do not make it.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json: one document with the plan; nothing is asked.",
)
def command(
    branch: str | None,
    repository: str | None,
    checks: tuple[str, ...],
    app_id: int | None,
    no_strict: bool,
    yes: bool,
    dry_run: bool,
    form: str,
) -> int:
    """Require the gate's status before a merge, and branches to be up to date.

    Shows what holds on the branch and what would be added, then asks. Works with
    branch protection and with rulesets, and changes no other rule.

    The token is GATE_TOKEN, else GH_TOKEN or GITHUB_TOKEN, and has to be an
    administrator's, with `Administration: write` or the scope `repo`:

    \b
        GH_TOKEN=$(gh auth token) gate protect

    It goes to the HOST of --repository, else to GITHUB_API_URL, else to the server
    of the clone's origin. To a server that is not GitHub's own and that only the
    clone names, only GATE_TOKEN and GH_ENTERPRISE_TOKEN go.
    """
    names = tuple(dict.fromkeys(checks))
    wanted = Wanted(
        checks=tuple(_check(name, app_id) for name in names), strict=not no_strict
    )
    if branch is not None:
        reading.check_name(branch)
    root = git.find_root(Path.cwd())
    origin = git.remote_url(root) if root else None
    remote = remotes.find(os.environ, repository, origin)
    api = Api(remote.api_url, remotes.token(os.environ, remote))
    with refusals.explained(api, remote):
        plan = _planned(api, remote, branch, wanted)
        warnings = [*seen.warnings(api, plan.before, wanted.checks)]
        if root and _is_of(origin, plan) and seen.queue_waits(plan.before, root):
            warnings.append(
                "the branch has a merge queue, and no workflow here runs `on:"
                " merge_group`: the queue would wait for the check for ever"
            )
        if form == "text":
            _show(plan, remote, warnings)
        go = bool(plan.change) and not dry_run and (yes or _agreed(form))
        if go:
            applied.apply(api, plan)
    if form == "json":
        document = shown.document(plan, host=remote.host, applied=go)
        say_json({**document, "warnings": warnings})
    elif plan.change:
        _say([_outcome(plan, done=go, dry_run=dry_run)])
    return DONE if go or not plan.change else NOT_PROTECTED


def _check(name: str, app_id: int | None) -> Check:
    if not name.strip() or not name.isprintable() or len(name) > 255:
        raise GitHubError(
            f"{name[:100]!r} can be no check",
            hint="write its name as GitHub shows it at a pull request",
        )
    return Check(context=name, app=app_id)


def _planned(api: Api, remote: Remote, branch: str | None, wanted: Wanted) -> Plan:
    """The plan.

    Raises:
        GitHubError: what holds may not be seen, so nothing can be said of a change.
    """
    found = reading.read(api, remote.repository, branch)
    plan = plans.plan(wanted, found)
    if plan.change and found.unreadable:
        raise GitHubError(
            f"the branch's protection cannot be read: {found.unreadable}",
            hint=refusals.permission(api, remote),
        )
    return plan


def _is_of(origin: str | None, plan: Plan) -> bool:
    """Whether the clone is one of the repository, so that its workflows are."""
    _, repository = remotes.parse(origin or "") or ("", "")
    return repository.lower() == plan.before.repository.lower()


def _agreed(form: str) -> bool:
    if form == "json" or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return click.confirm("Make this change?", default=False)


def _show(plan: Plan, remote: Remote, warnings: Iterable[str]) -> None:
    found = plan.before
    where = f"{found.repository}, branch {found.branch}, on {remote.host}"
    if plan.change is None:
        also = ", up to date included" if plan.wanted.strict else ""
        _say([f"{where}: {_required(plan)} already{also}; nothing to do"])
    else:
        _say([where, ""])
        for mark, line in shown.lines(plan):
            harmless = _harmless(line)
            indent = " " * (len(line) - len(line.lstrip()))
            click.secho(f"{mark} {indent}{harmless}", fg=_COLORS.get(mark))
        _say([""])
        _say(f"note: {note}" for note in plan.notes)
    _say(f"warning: {warning}" for warning in warnings)


def _outcome(plan: Plan, *, done: bool, dry_run: bool) -> str:
    if done:
        where = plan.before.branch
        return f"done: {_required(plan)} on {where}, and no other rule has changed"
    go_on = "" if dry_run else "; `gate protect --yes` makes the change without asking"
    return f"nothing was changed{go_on}"


def _required(plan: Plan) -> str:
    """`gate` is required, or several are."""
    names = [f"`{shown.name(check)}`" for check in plan.wanted.checks]
    return f"{' and '.join(names)} {'are' if names[1:] else 'is'} required"


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(_harmless(line))


def _harmless(line: str) -> str:
    """The line as one that hides nothing and that a runner takes for no command."""
    return inline.neutralise(text.one_line(line))
