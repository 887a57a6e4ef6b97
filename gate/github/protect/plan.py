"""What holds on a branch, and what is wanted -> the one request that makes it so.

Nothing else may change by it, on this branch or on another. So a rule that is there is
added to where it holds for this branch alone, and else there is a new ruleset, which
adds up with all others: of two rules the stricter one holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from gate.errors import GitHubError
from gate.github.protect import classic
from gate.github.protect.rules import CHECKS, STRICT, Check, InForce, Json, Place

NAME = "gate"  # of the ruleset that is made
MAX_NAME = 100

_SENT = ("name", "target", "enforcement", "bypass_actors", "conditions", "rules")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The checks to require; `strict` wants branches up to date before merging."""

    checks: tuple[Check, ...]
    strict: bool = True


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One request, and what it makes of a place; without `before` the place is new."""

    method: Literal["PATCH", "POST", "PUT"]
    path: str
    body: Json
    before: Place | None
    after: Place


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be done; `change` is None when nothing has to be."""

    wanted: Wanted
    before: InForce
    change: Change | None = None
    notes: tuple[str, ...] = ()


def missing(wanted: Wanted, found: InForce) -> tuple[tuple[Check, ...], bool]:
    """The checks that nothing requires yet, and whether `strict` is still missing."""
    required = [check for place in found.places for check in place.checks or ()]
    lacking = tuple(
        check
        for check in wanted.checks
        if not any(
            one.context == check.context and check.app in (None, one.app)
            for one in required
        )
    )
    # Without a check it has no effect.
    strict = any(place.strict and place.checks for place in found.places)
    return lacking, wanted.strict and not strict


def plan(wanted: Wanted, found: InForce) -> Plan:
    """The change that makes it so.

    Raises:
        GitHubError: it cannot be made without losing a setting or a rule.
    """
    lacking, loose = missing(wanted, found)
    if not lacking and not loose:
        return Plan(wanted=wanted, before=found)
    target = _target(wanted, found)
    there = target.checks or () if target else ()
    after = _with_checks(there, lacking if there else wanted.checks)
    strict = wanted.strict or bool(target and target.strict)
    change = _change(found, target, after, strict)
    notes = (*_notes(found, target), *_of_change(wanted, found, change))
    return Plan(wanted=wanted, before=found, change=change, notes=notes)


def _target(wanted: Wanted, found: InForce) -> Place | None:
    """Where to change something: where such checks are required already, best where
    all that are wanted are; None for a new ruleset, or new protection."""
    names = {check.context for check in wanted.checks}
    possible = [
        place
        for place in found.places
        if place.own and place.only_here and place.checks is not None
    ]
    for place in possible:
        if names <= {check.context for check in place.checks or ()}:
            return place
    if not possible and found.rules is None:  # nowhere else to put it
        possible = [place for place in found.places if place.own]
    return next(iter(possible), None)


def _with_checks(
    there: tuple[Check, ...], wanted: tuple[Check, ...]
) -> tuple[Check, ...]:
    """Checks with others added at the end; one of the same name takes the app."""
    found = list(there)
    for check in wanted:
        same = [i for i, one in enumerate(found) if one.context == check.context]
        if not same:
            found.append(check)
        elif check.app is not None:
            found[same[0]] = check
            found = [one for i, one in enumerate(found) if i not in same[1:]]
    return tuple(found)


def _change(
    found: InForce, target: Place | None, checks: tuple[Check, ...], strict: bool
) -> Change:
    if target is None:
        return _new(found, checks, strict)
    after = msgspec.structs.replace(target, checks=checks, strict=strict)
    if target.id is not None:
        path = f"/repos/{found.repository}/rulesets/{target.id}"
        body = _ruleset(found.whole(target.id) or {}, checks, strict)
        return Change(method="PUT", path=path, body=body, before=target, after=after)
    path = f"{found.path}/protection"
    protection = found.protection or {}
    if target.checks is None:
        body = classic.carried(protection, checks, strict)
        return Change(method="PUT", path=path, body=body, before=target, after=after)
    body = classic.status_checks(protection[CHECKS], checks, strict)
    path = f"{path}/{CHECKS}"
    return Change(method="PATCH", path=path, body=body, before=target, after=after)


def _new(found: InForce, checks: tuple[Check, ...], strict: bool) -> Change:
    """A ruleset of the gate's own; on a server that knows none, classic protection."""
    after = Place(
        source=found.repository,
        own=True,
        only_here=True,
        checks=checks,
        strict=strict,
    )
    if found.rules is None:
        return Change(
            method="PUT",
            path=f"{found.path}/protection",
            body=classic.new(checks, strict),
            before=None,
            after=after,
        )
    name = _free_name(found)
    empty = {"type": CHECKS, "parameters": {CHECKS: []}}
    include = ["~DEFAULT_BRANCH" if found.is_default else found.ref]
    return Change(
        method="POST",
        path=f"/repos/{found.repository}/rulesets",
        body={
            "name": name,
            "target": "branch",
            "enforcement": "active",
            "conditions": {"ref_name": {"include": include, "exclude": []}},
            "rules": [_rule(empty, checks, strict)],
        },
        before=None,
        after=msgspec.structs.replace(after, id=0, name=name),
    )


def _ruleset(ruleset: Json, checks: tuple[Check, ...], strict: bool) -> Json:
    """A ruleset as it was read, but for the rule of checks.

    Raises:
        GitHubError: it has no such rule, so what would be sent were not what holds.
    """
    rules = [_rule(rule, checks, strict) for rule in ruleset.get("rules", ())]
    if CHECKS not in {rule["type"] for rule in rules}:
        raise GitHubError(
            "a ruleset was changed by somebody while it was read: nothing was changed",
            hint="run the same again",
        )
    return {name: ruleset[name] for name in _SENT if name in ruleset} | {"rules": rules}


def _rule(rule: Json, checks: tuple[Check, ...], strict: bool) -> Json:
    """A ruleset's rule with these checks, if it is the one of checks."""
    if rule["type"] != CHECKS:
        return rule
    parameters = dict(rule.get("parameters") or {})
    there = {one["context"]: one for one in parameters.get(CHECKS, ())}
    parameters[CHECKS] = [_sent(there.get(one.context, {}), one) for one in checks]
    return {**rule, "parameters": {**parameters, STRICT: strict}}


def _sent(there: Json, check: Check) -> Json:
    """A check as a ruleset takes it: no app is left out, as null is refused."""
    app: Any = {} if check.app is None else {"integration_id": check.app}
    rest = {k: v for k, v in there.items() if k != "integration_id"}
    return {**rest, "context": check.context, **app}


def _free_name(found: InForce) -> str:
    """A name that no ruleset of the repository has: GitHub wants them to differ."""
    taken = {one["name"].lower() for one in found.rulesets if _of_repository(one)}
    names = [NAME, f"{NAME} ({found.branch})"[:MAX_NAME]]
    names += [f"{NAME} {number}" for number in range(2, len(taken) + 3)]
    return next(name for name in names if name.lower() not in taken)


def _of_repository(ruleset: Json) -> bool:
    kind: str = ruleset.get("source_type", "Repository")
    return kind == "Repository"


def _notes(found: InForce, target: Place | None) -> Iterator[str]:
    """Why places that require checks too are left as they are."""
    for place in found.places:
        if place.checks is None or place == target:
            continue
        if not place.own:
            yield (
                f"the ruleset `{place.name}` is kept by {place.source}: who may change"
                " it does so in the settings there, under Repository, Rulesets"
            )
        elif not place.only_here:
            name = f"the ruleset `{place.name}`" if place.id else "classic protection"
            yield (
                f"{name} holds for other branches too: it is left as it is, so that"
                " nothing changes for them"
            )
    for one in found.rulesets:
        name, state = one["name"], one["enforcement"]
        if name.lower().startswith(NAME) and state != "active":
            yield f"the ruleset `{name}` is `{state}`: it holds nothing"


def _of_change(wanted: Wanted, found: InForce, change: Change) -> Iterator[str]:
    """What else comes of the change."""
    if change.after.id is None:
        if change.before is None:
            yield (
                "protection also forbids force pushes and deleting the branch, as"
                " GitHub does unless told otherwise"
            )
        elif found.pattern != found.branch:
            yield (
                "if this protection is of a pattern such as `release/*`, GitHub makes"
                f" one for {found.branch} alone from it"
            )
        if not ((found.protection or {}).get("enforce_admins") or {}).get("enabled"):
            yield "administrators may merge past it, unless protection binds them too"
    elif change.before is None:
        yield (
            "a commit without the check can then be pushed to the branch by nobody,"
            " administrators included; the ruleset's bypass list makes exceptions"
        )
    elif (found.whole(change.after.id) or {}).get("bypass_actors"):
        yield "the ruleset has a bypass list: who is on it may merge past the check"
    if wanted.strict and found.has_rule("merge_queue"):
        yield (
            "a merge queue tests each change on the newest base anyway: with"
            " --no-strict, authors need not bring their branches up to date"
        )
