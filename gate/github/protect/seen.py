"""Whether a check that is required is ever reported: one that is not blocks everything.

A pull request's check is reported on its own head, which is on the branch only after a
merge that keeps it. So the newest pull requests are looked at besides the branch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import msgspec

from gate import yamlfile
from gate.errors import GateError
from gate.github.answers import ApiError
from gate.github.api import Api
from gate.github.protect.rules import Check, InForce

MOST_PULLS = 5
MAX_BYTES = 1_000_000  # of a workflow


class _Status(msgspec.Struct):
    context: str


class _Statuses(msgspec.Struct):
    statuses: list[_Status]


class _Runs(msgspec.Struct):
    total_count: int


class _Head(msgspec.Struct):
    sha: str


class _Pull(msgspec.Struct):
    head: _Head


def warnings(api: Api, found: InForce, checks: tuple[Check, ...]) -> Iterator[str]:
    """A sentence for each check that nobody was ever seen to report."""
    try:
        unseen = _unseen(api, found, [check.context for check in checks])
    except ApiError as error:  # it is only a hint: nothing else waits for it
        names = " and ".join(f"`{check.context}`" for check in checks)
        yield f"whether {names} was ever reported is not known: {error.message}"
        return
    for name in unseen:
        yield (
            f"nobody reported `{name}` on {found.branch} or on its"
            f" {MOST_PULLS} newest pull requests: while nobody does, no pull request"
            " can be merged"
        )


def queue_waits(found: InForce, root: Path) -> bool:
    """Whether there is a merge queue that no workflow of the clone runs for."""
    return found.has_rule("merge_queue") and not any(
        _runs_for_queue(path) for path in _workflows(root)
    )


def _unseen(api: Api, found: InForce, names: list[str]) -> list[str]:
    """The names that are on none of the commits looked at."""
    for sha in _commits(api, found):
        names = list(_not_on(api, found, sha, names))
        if not names:
            break
    return names


def _commits(api: Api, found: InForce) -> Iterator[str]:
    """The heads of the newest pull requests, and of the branch."""
    query = {
        "base": found.branch,
        "state": "all",
        "sort": "updated",
        "direction": "desc",
        "per_page": MOST_PULLS,
    }
    path = f"/repos/{found.repository}/pulls?{urlencode(query)}"
    for pull in api.get(path, list[_Pull], needs="pull-requests: read"):
        yield pull.head.sha
    yield found.head


def _not_on(api: Api, found: InForce, sha: str, names: list[str]) -> Iterator[str]:
    commit = f"/repos/{found.repository}/commits/{sha}"
    said = api.get(f"{commit}/status?per_page=100", _Statuses, needs="statuses: read")
    contexts = {status.context for status in said.statuses}
    for name in names:
        if name not in contexts:
            query = f"check_name={quote(name, safe='')}&per_page=1"
            runs = api.get(f"{commit}/check-runs?{query}", _Runs, needs="checks: read")
            if not runs.total_count:
                yield name


def _workflows(root: Path) -> list[Path]:
    folder = root / ".github" / "workflows"
    return [path for end in ("*.yml", "*.yaml") for path in sorted(folder.glob(end))]


def _runs_for_queue(path: Path) -> bool:
    """Whether a workflow names the event; in doubt it does."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES).decode("utf-8", "replace")
        content = yamlfile.parse(text).value
    except (OSError, GateError):
        return True
    events = content.get("on") if isinstance(content, dict) else None
    if isinstance(events, (list, dict)):
        return "merge_group" in events
    return bool(re.fullmatch("merge_group", str(events)))
