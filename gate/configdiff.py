"""Two versions of gate.yaml: what changed, and whether it asks for less than before.

The options of a check say themselves which way they go, in `directions`:

    rising    a greater number asks for more
    falling   a smaller number asks for more
    set       being there asks for more; another value may ask for less
    unset     not being there asks for more; another value may ask for less
    free      asks for nothing
    severity  a mapping to words, of which `error` asks for the most

Of any other option every change counts as a loosening, as it may be one; but of
`judge`, `all` asks for more than `new` in every check.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from gate.config import CheckSettings, Settings
from gate.data.directions import Difference, Effect
from gate.findings import Judge, Weight

_RANKS = {"off": 0, "warning": 1, "error": 2}


def compare(old: Settings, new: Settings) -> list[Difference]:
    """Every difference; of a check that could not close the gate, all are neutral."""
    found = [
        _difference(key, getattr(old, key), getattr(new, key), Effect.LOOSENED)
        for key in ("base", "python")
        if getattr(old, key) != getattr(new, key)
    ]
    for name in dict.fromkeys((*old.checks, *new.checks)):
        was, now = old.checks.get(name), new.checks.get(name)
        if was is None:  # a check that the older file could not name
            continue
        found += _check(f"checks.{name}", was, now)
    return found


def _check(
    path: str, old: CheckSettings, new: CheckSettings | None
) -> Iterator[Difference]:
    weight = new.weight if new else Weight.OFF
    if weight is not old.weight:
        risen = _RANKS[weight.value] > _RANKS[old.weight.value]
        effect = Effect.TIGHTENED if risen else Effect.LOOSENED
        yield _difference(f"{path}.weight", old.weight.value, weight.value, effect)
    if not new or old.options is None or new.options is None:
        return
    for one in _options(path, old.options, new.options):
        closes = old.weight is Weight.ERROR
        yield one if closes else msgspec.structs.replace(one, effect=Effect.NEUTRAL)


def _options(path: str, old: Any, new: Any) -> Iterator[Difference]:
    ways: Mapping[str, str] = getattr(old, "directions", {})
    listed = getattr(old, "listed", "")
    for name in old.__struct_fields__:
        was, now = getattr(old, name), getattr(new, name)
        if name == listed:
            yield from _entries(path, was, now)
        elif was != now:
            yield from _option(f"{path}.{name}", was, now, ways.get(name, ""))


def _option(path: str, was: Any, now: Any, way: str) -> Iterator[Difference]:
    if way == "severity":
        for key in dict.fromkeys((*was, *now)):
            one, other = was.get(key), now.get(key)
            if one != other:
                effect = _effect(way, one, other)
                yield _difference(f"{path}[{key}]", one, other, effect)
    else:
        yield _difference(path, was, now, _effect(way, was, now))


def _effect(way: str, was: Any, now: Any) -> Effect:
    if way == "free":
        return Effect.NEUTRAL
    before, after = was, now
    if way == "severity":
        # Unnamed, what the type has may hold for a feature: anything.
        before, after = _RANKS.get(str(was), -1), _RANKS.get(str(now), -1)
        tighter = now == "error" or was == "off" or -1 < before < after
    elif way in ("rising", "falling"):
        more = before is not None and after is not None and after > before
        less = before is not None and after is not None and after < before
        tighter = before is None or (more if way == "rising" else less)
    else:
        made = (way == "set" and not before) or (way == "unset" and not after)
        tighter = now is Judge.ALL or made
    return Effect.TIGHTENED if tighter else Effect.LOOSENED


def _entries(path: str, old: Iterable[Any], new: Iterable[Any]) -> Iterator[Difference]:
    """Entries of a list, which are the same if their path is."""
    was, now = _named(old), _named(new)
    for name in dict.fromkeys((*was, *now)):
        place = f"{path}[{name}]"
        if name not in now:
            yield _difference(place, name, None, Effect.LOOSENED)
        elif name not in was:
            yield _difference(place, None, name, Effect.TIGHTENED)
        else:
            yield from _options(place, was[name], now[name])


def _named(entries: Iterable[Any]) -> dict[str, Any]:
    """By path; the second of the same path is another one."""
    seen: Counter[str] = Counter()
    named = {}
    for entry in entries:
        seen[entry.path] += 1
        more = f", {seen[entry.path]}" if seen[entry.path] > 1 else ""
        named[f"{entry.path}{more}"] = entry
    return named


def _difference(path: str, was: Any, now: Any, effect: Effect) -> Difference:
    return Difference(path=path, was=_said(was), now=_said(now), effect=effect)


def _said(value: Any) -> str:
    plain = msgspec.to_builtins(value)
    if plain is None or plain in ("", (), [], {}):
        return ""
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
