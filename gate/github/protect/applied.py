"""A plan -> written, read back, and held against what was there before.

There is one request, so nothing is ever half done; but an answer can be lost on its
way. Whatever happens, it ends with what is known to hold, or says that it is not known.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from gate.errors import GitHubError
from gate.github.answers import ApiError
from gate.github.api import Api
from gate.github.protect import plan as plans
from gate.github.protect import reading, shown
from gate.github.protect.plan import Change, Plan
from gate.github.protect.rules import (
    CHECKS,
    STRICT,
    Check,
    InForce,
    Json,
    checks_of_protection,
    checks_of_rule,
    is_strict,
)

WRITE = "administration: write"
MOST_TOLD = 10

_AGAIN = "run the same again: it shows what holds now"
_MEANWHILE = {"updated_at", "_links", "node_id", "current_user_can_bypass"}


class _Made(msgspec.Struct):
    id: int


def apply(api: Api, plan: Plan, *, pause: float = 1.0) -> InForce:
    """Make the change and return what holds then.

    `pause` is the seconds until it is read again, when GitHub does not show it yet.

    Raises:
        GitHubError: it was not made, or is not what was planned, or may have been.
    """
    change, before = plan.change, plan.before
    if change is None:
        return before
    if not _same(reading.read(api, before.repository, before.branch), before):
        raise GitHubError(
            "the rules were changed by somebody since they were shown: nothing was"
            " written",
            hint=_AGAIN,
        )
    try:
        number = _write(api, change, before.repository)
    except ApiError as error:
        return _after_failure(api, plan, error)
    for last in (False, False, True):
        after = _read_back(api, before)
        told = differences(plan, after, number)
        if not told:
            return after
        if not last:
            time.sleep(pause)
    raise _unlike_planned(told)


def differences(plan: Plan, after: InForce, number: int | None) -> tuple[str, ...]:
    """In what the rules are not as planned; `number` is that of a new ruleset."""
    told = []
    lacking, loose = plans.missing(plan.wanted, after)
    told += [f"`{check.context}` is not required" for check in lacking]
    told += ["branches need not be up to date"] if loose else []
    expected = _view(plan.before)
    found = _view(after)
    if change := plan.change:
        _expect(expected, found, change, number)
    return (*told, *_unlike(expected, found, ""))


def _write(api: Api, change: Change, repository: str) -> int | None:
    """Send the request; the number of the ruleset."""
    if change.method == "PATCH":
        api.patch(change.path, change.body, Json, needs=WRITE)
    elif change.method == "PUT":
        api.put(change.path, change.body, Json, needs=WRITE)
    else:

        def already() -> _Made | None:
            for one in reading.listed(api, repository):
                if one["name"] == change.body["name"]:
                    return _Made(id=one["id"])
            return None

        post = api.post(change.path, change.body, _Made, needs=WRITE, already=already)
        return post.id
    return change.after.id


def _read_back(api: Api, before: InForce) -> InForce:
    try:
        return reading.read(api, before.repository, before.branch)
    except GitHubError as error:
        raise GitHubError(
            f"the change was made, but could not be read back: {error.message}",
            hint=_AGAIN,
        ) from None


def _after_failure(api: Api, plan: Plan, error: ApiError) -> InForce:
    """What holds after a request that failed, or whose answer was lost."""
    before = plan.before
    try:
        after = reading.read(api, before.repository, before.branch)
    except GitHubError:
        raise _again(error, "whether the change was made is not known") from None
    if _same(after, before) or any(plans.missing(plan.wanted, after)):
        raise _again(error, "nothing was changed")
    made = {one["id"] for one in after.rulesets} - {r["id"] for r in before.rulesets}
    number = plan.change.after.id if plan.change else None
    if told := differences(plan, after, number or next(iter(made), None)):
        raise _unlike_planned(told)
    return after


def _same(one: InForce, other: InForce) -> bool:
    """Whether the same holds; the branch itself may have moved."""
    return msgspec.structs.replace(one, head=other.head) == other


def _again(error: ApiError, known: str) -> ApiError:
    """The error, with what is known of the change."""
    return ApiError(
        f"{error.message}; {known}",
        hint=error.hint if known.startswith("nothing") else _AGAIN,
        status=error.status,
        denied=error.denied,
    )


def _unlike_planned(told: tuple[str, ...]) -> GitHubError:
    others = [GitHubError(one) for one in told[:MOST_TOLD]]
    if len(told) > MOST_TOLD:
        others.append(GitHubError(f"and {len(told) - MOST_TOLD} more"))
    return GitHubError(
        "the change was written, but what holds now is not what was planned",
        hint="look at Settings, Branches and Rules; what differs follows",
        also=tuple(others),
    )


def _view(found: InForce) -> Json:
    """What holds, place by place, without what says nothing of a rule."""
    view: Json = {"classic protection": _plain_protection(found.protection)}
    for place in found.places:
        if place.id is not None:
            active = [r for r in found.rules or () if r["ruleset_id"] == place.id]
            view[_title(place.id)] = {
                "in force": _plain_rules(active),
                "as it is kept": _plain_ruleset(found.whole(place.id)),
            }
    view["rulesets"] = {str(r["id"]): _lasting(r) for r in found.rulesets}
    return view


def _lasting(ruleset: Json) -> Json:
    return {k: v for k, v in ruleset.items() if k not in _MEANWHILE}


def _title(number: int | None) -> str:
    return f"ruleset {number}"


def _plain_protection(found: Json | None) -> Json | None:
    if found is None:
        return None
    plain: Json = _with_names(found)
    if rule := found.get(CHECKS):
        rest = {k: v for k, v in rule.items() if k not in ("checks", "contexts")}
        checks = _named(checks_of_protection(rule))
        plain[CHECKS] = {**rest, "checks": checks, "strict": bool(rule.get("strict"))}
    return plain


def _with_names(value: Any) -> Any:
    """A value in which users, teams and apps are no more than their names."""
    if isinstance(value, list):
        return [_with_names(one) for one in value]
    if not isinstance(value, dict):
        return value
    name = value.get("login") or value.get("slug")
    return name or {key: _with_names(inside) for key, inside in value.items()}


def _plain_ruleset(ruleset: Json | None) -> Json | None:
    if ruleset is None:
        return None
    rules = _plain_rules(ruleset.get("rules", ()))
    return {**_lasting(ruleset), "rules": rules}


def _plain_rules(rules: Iterable[Json]) -> Json:
    """Rules by their type: a ruleset has one of each."""
    return {rule["type"]: _plain_rule(rule) for rule in rules}


def _plain_rule(rule: Json) -> Json:
    if rule["type"] != CHECKS:
        return rule
    parameters = {"do_not_enforce_on_create": False, **(rule.get("parameters") or {})}
    checks = {CHECKS: _named(checks_of_rule(rule)), STRICT: is_strict(rule)}
    return {**rule, "parameters": {**parameters, **checks}}


def _named(checks: Iterable[Check] | None) -> list[str]:
    return [shown.name(check) for check in checks or ()]


def _expect(expected: Json, found: Json, change: Change, number: int | None) -> None:
    """Put into what was there what the change makes of it."""
    place = change.after
    if change.before is None:
        # What is new was made as it was asked for, or `missing` has told.
        title = "classic protection" if place.id is None else _title(number)
        expected[title] = found.get(title)
        if new := found["rulesets"].get(str(number)):
            expected["rulesets"][str(number)] = new
    elif place.id is None:
        protection = expected["classic protection"]
        now = (found["classic protection"] or {}).get(CHECKS) or {}
        there = protection.get(CHECKS) or now
        asked = {"checks": _named(place.checks), "strict": place.strict}
        protection[CHECKS] = {**there, **asked}
    else:
        ruleset = expected[_title(place.id)]
        for rules in (ruleset["in force"], ruleset["as it is kept"]["rules"]):
            asked = {CHECKS: _named(place.checks), STRICT: place.strict}
            rules[CHECKS]["parameters"] |= asked


def _unlike(expected: Any, found: Any, where: str) -> Iterator[str]:
    """Each place in which two values differ, in words; the order of lists is none."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted({*expected, *found}):
            inside = f"{where}, {key}" if where else str(key)
            yield from _unlike(expected.get(key), found.get(key), inside)
    elif isinstance(expected, list) and isinstance(found, list):
        before, now = (Counter(map(_text, one)) for one in (expected, found))
        yield from (f"{where}: {one} is gone" for one in before - now)
        yield from (f"{where}: {one} is new" for one in now - before)
    elif expected != found:
        yield f"{where}: {_text(found)} instead of {_text(expected)}"


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)[:300]
