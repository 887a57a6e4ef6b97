"""A plan in words: the rules of each place as they are, and what is added to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from gate.github.protect.plan import Plan
from gate.github.protect.rules import Check, Place

STRICT = {
    True: "branches must be up to date before merging",
    False: "branches need not be up to date before merging",
}


class Line(NamedTuple):
    """A line and what becomes of it: ` ` it stays, `+` it is new, `-` it goes."""

    mark: str
    text: str


def lines(plan: Plan) -> Iterator[Line]:
    """The rules of the branch, place by place, as a difference."""
    change = plan.change
    if plan.before.protection is None and not plan.before.unreadable:
        if change is None or change.after.id is not None:
            yield Line(" ", "classic branch protection: none")
    for place in plan.before.places:
        changed = change is not None and change.before == place
        after = change.after if change and changed else place
        yield Line(" ", _title(place))
        yield from _checks(place, after)
        if place.others:
            yield Line(" ", f"  {', '.join(place.others)}")
    if change and change.before is None:
        yield Line("+", f"{_title(change.after)} (new)")
        yield from _checks(None, change.after)


def document(plan: Plan, *, host: str, applied: bool) -> dict[str, Any]:
    """The plan as one document of JSON."""
    change = plan.change
    return {
        "version": 1,
        "host": host,
        "repository": plan.before.repository,
        "branch": plan.before.branch,
        "checks": [_as_json(check) for check in plan.wanted.checks],
        "strict": plan.wanted.strict,
        "protected": change is None or applied,
        "applied": applied,
        "places": [_place(place) for place in plan.before.places],
        "change": change
        and {
            "method": change.method,
            "path": change.path,
            "body": change.body,
            "before": change.before and _place(change.before),
            "after": _place(change.after),
        },
        "notes": list(plan.notes),
    }


def name(check: Check) -> str:
    """A check as people read it."""
    return check.context + ("" if check.app is None else f" (of app {check.app})")


def _title(place: Place) -> str:
    if place.id is None:
        return "classic branch protection"
    return f"ruleset `{place.name}` of {place.source}"


def _checks(before: Place | None, after: Place) -> Iterator[Line]:
    """The checks of a place, one a line; of one that is new, all are."""
    there = before.checks if before else None
    if after.checks is None:
        return
    yield Line("+" if there is None else " ", "  required status checks:")
    for check in there or ():
        yield Line(" " if check in after.checks else "-", f"    {name(check)}")
    for check in after.checks:
        if check not in (there or ()):
            yield Line("+", f"    {name(check)}")
    if there is not None and before and before.strict != after.strict:
        yield Line("-", f"    {STRICT[before.strict]}")
        yield Line("+", f"    {STRICT[after.strict]}")
    else:
        yield Line("+" if there is None else " ", f"    {STRICT[after.strict]}")


def _place(place: Place) -> dict[str, Any]:
    checks = place.checks
    return {
        "kind": "classic" if place.id is None else "ruleset",
        "id": place.id or None,
        "name": place.name or None,
        "source": place.source,
        "checks": None if checks is None else [_as_json(check) for check in checks],
        "strict": place.strict,
        "others": list(place.others),
    }


def _as_json(check: Check) -> dict[str, Any]:
    return {"context": check.context, "app_id": check.app}
