"""Classic protection as it is read -> as it is written, with nothing lost.

GitHub tells it in one shape and takes it in another, and what is left out of a request
that replaces it is switched off. So whatever is not known here is refused, not dropped.
https://docs.github.com/en/rest/branches/branch-protection#update-branch-protection
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gate.errors import GitHubError
from gate.github.protect.rules import CHECKS, Check, Json

ANY_APP = -1  # left out, GitHub would bind the check to the app that set it last

_SWITCHES = (
    "required_linear_history",
    "allow_force_pushes",
    "allow_deletions",
    "block_creations",
    "required_conversation_resolution",
    "lock_branch",
    "allow_fork_syncing",
)
_OF_REVIEWS = (
    "dismiss_stale_reviews",
    "require_code_owner_reviews",
    "require_last_push_approval",
    "required_approving_review_count",
)
_LISTS_OF_REVIEWS = ("dismissal_restrictions", "bypass_pull_request_allowances")
_LISTS = {"users": "login", "teams": "slug", "apps": "slug"}
_ADDRESSES = {"url", "users_url", "teams_url", "apps_url", "contexts_url"}
_ABOUT = {"name", "enabled", "protection_url", *_ADDRESSES}


def status_checks(rule: Json | None, checks: Iterable[Check], strict: bool) -> Json:
    """The rule as it is written, whether to change it alone or with all others.

    `rule` is how it was read: a server of old has `contexts` only, and is told them.
    """
    if rule is not None and rule.get("checks") is None:
        return {"strict": strict, "contexts": [check.context for check in checks]}
    written = [
        {"context": one.context, "app_id": ANY_APP if one.app is None else one.app}
        for one in checks
    ]
    return {"strict": strict, "checks": written}


def new(checks: Iterable[Check], strict: bool) -> Json:
    """Protection of a branch that has none: the checks and nothing else."""
    return {
        CHECKS: status_checks(None, checks, strict),
        "enforce_admins": None,
        "required_pull_request_reviews": None,
        "restrictions": None,
    }


def carried(protection: Json, checks: Iterable[Check], strict: bool) -> Json:
    """All that is set, as it is written, with other checks.

    Raises:
        GitHubError: a setting cannot be carried over.
    """
    known = {CHECKS, "enforce_admins", "required_pull_request_reviews", "restrictions"}
    _refuse_others(protection, known | {"required_signatures", *_SWITCHES} | _ABOUT)
    if _enabled(protection, "required_signatures"):
        raise _cannot("required_signatures")
    reviews = protection.get("required_pull_request_reviews")
    restrictions = protection.get("restrictions")
    written = {
        CHECKS: status_checks(protection.get(CHECKS), checks, strict),
        "enforce_admins": _enabled(protection, "enforce_admins"),
        "required_pull_request_reviews": _reviews(reviews) if reviews else None,
        "restrictions": (
            None if restrictions is None else _people(restrictions, "restrictions")
        ),
    }
    switches = {name: _enabled(protection, name) for name in _SWITCHES}
    return written | {k: v for k, v in switches.items() if k in protection}


def _reviews(found: Json) -> Json:
    _refuse_others(found, {*_OF_REVIEWS, *_LISTS_OF_REVIEWS} | _ABOUT)
    written: Json = {name: found[name] for name in _OF_REVIEWS if name in found}
    for name in _LISTS_OF_REVIEWS:
        if found.get(name) is not None:
            written[name] = _people(found[name], name)
    return written


def _people(found: Json, setting: str) -> Json:
    """Users by login, teams and apps by slug; an empty list still restricts."""
    _refuse_others(found, set(_LISTS) | _ABOUT)
    written = {}
    for kind, key in _LISTS.items():
        if kind in found:
            names = [one.get(key) for one in found[kind] if isinstance(one, dict)]
            if len(names) != len(found[kind]) or not all(names):
                raise _cannot(f"{setting}.{kind}")
            written[kind] = names
    return {"users": [], "teams": []} | written


def _enabled(protection: Json, name: str) -> bool:
    value: Any = protection.get(name)
    if value is None:
        return False
    if not isinstance(value, dict) or not isinstance(value.get("enabled"), bool):
        raise _cannot(name)
    return bool(value["enabled"])


def _refuse_others(found: Json, known: set[str]) -> None:
    if unknown := sorted(set(found) - known):
        raise _cannot(unknown[0])


def _cannot(setting: str) -> GitHubError:
    return GitHubError(
        f"the branch's protection has a setting ({setting[:100]!r}) that cannot be sent"
        " back as it is: nothing was changed",
        hint="add the check by hand: Settings, Branches, the rule of this branch,"
        " `Require status checks to pass before merging`",
    )
