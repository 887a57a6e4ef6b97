"""What holds on a branch: classic protection and rulesets, as GitHub tells it.

GitHub has two systems, which hold side by side. What they say is kept as it was read,
because whoever changes one rule has to send all the others back as they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec

Json = dict[str, Any]

CHECKS = "required_status_checks"  # the name of the rule in both systems
STRICT = "strict_required_status_checks_policy"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A status or check run that is required; `app` is the only one that may set it."""

    context: str
    app: int | None = None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One source of rules on the branch: classic protection, or one ruleset.

    `source` is the repository or organization that keeps the rules, `own` tells that
    it is the repository. `checks` is None where the place has no such rule at all.
    `only_here` tells that it holds for this branch and, as far as GitHub says, for no
    other. `others` are the names of its other rules.
    """

    id: int | None = None  # None: classic protection
    name: str = ""
    source: str
    own: bool
    only_here: bool
    checks: tuple[Check, ...] | None = None
    strict: bool = False
    others: tuple[str, ...] = ()


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """All that holds on one branch.

    `protection` is classic protection, None where there is none, `unreadable` says
    why it is not known, and `pattern` whose it is, where GitHub tells. `rules` are
    the active rules of all rulesets, None on a server that has no rulesets.
    `rulesets` are all that the repository is under, in short; `own` are those of its
    own that have rules on the branch, in full.
    """

    repository: str
    branch: str
    head: str = ""
    is_default: bool = True
    protection: Json | None = None
    unreadable: str = ""
    pattern: str = ""
    rules: tuple[Json, ...] | None = ()
    rulesets: tuple[Json, ...] = ()
    own: tuple[Json, ...] = ()

    @property
    def ref(self) -> str:
        """The branch as rulesets name it."""
        return f"refs/heads/{self.branch}"

    @property
    def path(self) -> str:
        """Where the API has the branch."""
        return f"/repos/{self.repository}/branches/{quote(self.branch, safe='')}"

    @property
    def places(self) -> tuple[Place, ...]:
        """Where its rules come from, classic protection first."""
        return (*_classic(self), *_of_rulesets(self))

    def whole(self, number: int | None) -> Json | None:
        """A ruleset of the repository's own that has rules here, in full."""
        return next((one for one in self.own if one["id"] == number), None)

    def has_rule(self, kind: str) -> bool:
        """Whether a rule of this type is in force by a ruleset."""
        return kind in {rule["type"] for rule in self.rules or ()}


def app_of(value: object) -> int | None:
    """The app that a rule names; GitHub writes nothing, null or -1 for any."""
    return value if isinstance(value, int) and value > 0 else None


def checks_of_protection(rule: Json) -> tuple[Check, ...]:
    """The checks of classic protection; servers of old know `contexts` only."""
    listed = rule.get("checks")
    if listed is None:
        return tuple(Check(context=name) for name in rule.get("contexts", ()))
    return tuple(
        Check(context=one["context"], app=app_of(one.get("app_id"))) for one in listed
    )


def checks_of_rule(rule: Json) -> tuple[Check, ...]:
    """The checks of a ruleset's rule."""
    listed = (rule.get("parameters") or {}).get(CHECKS, ())
    return tuple(
        Check(context=one["context"], app=app_of(one.get("integration_id")))
        for one in listed
    )


def is_strict(rule: Json) -> bool:
    """Whether a ruleset's rule wants branches to be up to date."""
    return (rule.get("parameters") or {}).get(STRICT) is True


def is_own(rule: Json) -> bool:
    """Whether a rule in force is of a ruleset that the repository itself keeps."""
    kind: str = rule.get("ruleset_source_type", "Repository")
    return kind == "Repository"


def _classic(found: InForce) -> Iterator[Place]:
    if found.protection is None:
        return
    rule = found.protection.get(CHECKS)
    yield Place(
        source=found.repository,
        own=True,
        only_here=found.pattern in ("", found.branch),
        checks=None if rule is None else checks_of_protection(rule),
        strict=bool(rule and rule.get("strict")),
        others=tuple(_switched_on(found.protection)),
    )


def _switched_on(protection: Json) -> Iterator[str]:
    for name, value in protection.items():
        if name != CHECKS and isinstance(value, dict) and value.get("enabled", True):
            yield name


def _of_rulesets(found: InForce) -> Iterator[Place]:
    by_number: dict[int, list[Json]] = {}
    for rule in found.rules or ():
        by_number.setdefault(rule["ruleset_id"], []).append(rule)
    names = {one["id"]: one["name"] for one in found.rulesets}
    for number, rules in by_number.items():
        asked = [rule for rule in rules if rule["type"] == CHECKS]
        checks = [check for rule in asked for check in checks_of_rule(rule)]
        yield Place(
            id=number,
            name=names.get(number, f"number {number}"),
            source=rules[0].get("ruleset_source", ""),
            own=is_own(rules[0]),
            only_here=_names_only(found, found.whole(number)),
            checks=tuple(checks) if asked else None,
            strict=any(map(is_strict, asked)),
            others=tuple(r["type"] for r in rules if r["type"] != CHECKS),
        )


def _names_only(found: InForce, ruleset: Json | None) -> bool:
    """Whether a ruleset's conditions name the branch and nothing else."""
    conditions = (ruleset or {}).get("conditions") or {}
    include = set((conditions.get("ref_name") or {}).get("include", ()))
    allowed = {found.ref, "~DEFAULT_BRANCH"} if found.is_default else {found.ref}
    return bool(include) and include <= allowed
