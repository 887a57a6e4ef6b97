"""What holds on a branch, asked of GitHub; nothing is changed here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

import msgspec

from gate.errors import GitHubError
from gate.github.answers import ApiError
from gate.github.api import Api
from gate.github.protect import rules
from gate.github.protect.rules import InForce, Json

READ = "administration: read"

# What git allows in no branch; GitHub's rules would read some of it as a pattern.
_NO_BRANCH = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|(^|/)\.|\.lock(/|$)")
_NO_PROTECTION = "Branch not protected"
PLAN = "Upgrade to "  # how GitHub begins to say that the plan lacks it


class _Repository(msgspec.Struct):
    full_name: str
    default_branch: str
    archived: bool = False


class _Commit(msgspec.Struct):
    sha: str


class _Branch(msgspec.Struct):
    name: str
    commit: _Commit
    pattern: str = ""


# What is relied on of that which is kept as it was read.


class _App(msgspec.Struct):
    context: str
    app_id: int | None = None
    integration_id: int | None = None


class _StatusChecks(msgspec.Struct):
    contexts: list[str] = []
    checks: list[_App] | None = None
    strict: bool = False


class _Protection(msgspec.Struct):
    url: str
    required_status_checks: _StatusChecks | None = None


class _Parameters(msgspec.Struct):
    required_status_checks: list[_App] = []
    strict_required_status_checks_policy: bool = False


class _OtherRule(msgspec.Struct):
    type: str
    ruleset_id: int
    ruleset_source: str = ""
    ruleset_source_type: str = "Repository"


class _CheckRule(_OtherRule):
    parameters: _Parameters | None = None


class _Listed(msgspec.Struct):
    id: int
    name: str
    enforcement: str
    source_type: str = "Repository"


class _RefName(msgspec.Struct):
    include: list[str] = []


class _Conditions(msgspec.Struct):
    ref_name: _RefName | None = None


class _RuleOfRuleset(msgspec.Struct):
    type: str
    parameters: dict[str, Any] | None = None


class _Ruleset(_Listed, kw_only=True):
    rules: list[_RuleOfRuleset]
    conditions: _Conditions | None = None


def read(api: Api, repository: str, branch: str | None = None) -> InForce:
    """What holds on a branch, the default one when none is named.

    Raises:
        GitHubError: there is no such branch, or it can never be changed.
        ApiError: GitHub could not be asked, or refused.
    """
    if branch is not None:
        check_name(branch)
    about = api.get(f"/repos/{repository}", _Repository)
    if about.archived:
        raise GitHubError(
            f"{about.full_name} is archived: nothing can be changed there",
            hint="unarchive it in the repository's settings first",
        )
    found = InForce(
        repository=about.full_name,
        branch=about.default_branch if branch is None else branch,
        is_default=branch in (None, about.default_branch),
    )
    check_name(found.branch)
    there = _branch(api, found)
    protection, unreadable = _protection(api, found)
    active = _active(api, found)
    return msgspec.structs.replace(
        found,
        head=there.commit.sha,
        pattern=there.pattern,
        protection=protection,
        unreadable=unreadable,
        rules=active,
        rulesets=() if active is None else tuple(listed(api, found.repository)),
        own=tuple(_own(api, found.repository, active or ())),
    )


def check_name(branch: str) -> None:
    """Refuse what can be no branch, before it becomes a part of an address.

    Raises:
        GitHubError: git has no branch of such a name.
    """
    ends = branch.startswith(("-", "/")) or branch.endswith(("/", "."))
    if not branch or ends or branch == "@" or _NO_BRANCH.search(branch):
        raise GitHubError(
            f"{branch[:100]!r} can be no branch",
            hint="name one branch as `git branch --all` lists it, and no pattern",
        )


def listed(api: Api, repository: str) -> Iterator[Json]:
    """All rulesets that a repository is under, in short."""
    path = f"/repos/{repository}/rulesets?per_page=100"
    for one in api.pages(path, Json):
        yield _fitting(one, _Listed, path)


def _branch(api: Api, branch: InForce) -> _Branch:
    try:
        found = api.get(branch.path, _Branch)
    except ApiError as error:
        if error.status != 404:
            raise
        raise GitHubError(
            f"{branch.repository} has no branch {branch.branch[:100]!r}",
            hint="push it first, or name another one: --branch NAME",
        ) from None
    if found.name != branch.branch:  # GitHub leads from an old name to the new one
        raise GitHubError(
            f"the branch {branch.branch[:100]!r} is called {found.name[:100]!r} now",
            hint="name it as it is called now: --branch NAME",
        )
    return found


def _protection(api: Api, branch: InForce) -> tuple[Json | None, str]:
    """Classic protection, or why it could not be read.

    Only administrators may read it; to others GitHub says that there is nothing.
    """
    path = f"{branch.path}/protection"
    try:
        return _fitting(api.get(path, Json, needs=READ), _Protection, path), ""
    except ApiError as error:
        if error.status == 404 and _NO_PROTECTION in error.message:
            return None, ""
        if error.status == 404 or (error.denied and PLAN not in error.message):
            return None, error.message
        raise


def _active(api: Api, branch: InForce) -> tuple[Json, ...] | None:
    """The rules of rulesets; None where the server does not know any."""
    name = quote(branch.branch, safe="")
    path = f"/repos/{branch.repository}/rules/branches/{name}?per_page=100"
    try:
        found = tuple(api.pages(path, Json))
    except ApiError as error:
        if error.status == 404:  # the branch is there, so it is the address that is not
            return None
        raise
    kinds = {rules.CHECKS: _CheckRule}
    return tuple(
        _fitting(one, kinds.get(str(one.get("type")), _OtherRule), path)
        for one in found
    )


def _own(api: Api, repository: str, active: Iterable[Json]) -> Iterator[Json]:
    """The repository's own rulesets that have rules on the branch, in full."""
    for number in sorted({rule["ruleset_id"] for rule in active if rules.is_own(rule)}):
        path = f"/repos/{repository}/rulesets/{number}"
        yield _fitting(api.get(path, Json), _Ruleset, path)


def _fitting(found: Json, kind: type[msgspec.Struct], path: str) -> Json:
    """What was read, if it has the shape that is relied on."""
    try:
        msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        raise ApiError(
            f"GET {path}: the answer is not what GitHub documents ({error})",
            hint="is GITHUB_API_URL right, and is there a proxy in between?",
        ) from None
    return found
