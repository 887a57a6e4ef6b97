"""Two versions of gate.yaml: what changed, and whether it asks for less than before.

The options of a check say themselves which way they go, in `directions`:

    rising    a greater number asks for more
    falling   a smaller number asks for more
    set       being there asks for more; another value may ask for less
    unset     not being there asks for more; another value may ask for less
    free      asks for nothing
    severity  a word or a mapping to words, of which `error` asks for the most
    more      a list, of which each further item asks for more
    each      a mapping, or a list by column: each key asks for more by being there;
              behind it stands which way its values go (`each falling`)

An option that holds options is compared one by one. Of any other, every change counts
as a loosening, as it may be one; but of `judge`, `all` asks for more than `new` in
every check.
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
            yield from _entries(path, was, now, getattr(old, "named_by", "path"))
        elif was != now:
            yield from _option(f"{path}.{name}", was, now, ways.get(name, ""))


def _option(path: str, was: Any, now: Any, way: str) -> Iterator[Difference]:
    kind, _, inner = way.partition(" ")
    if kind == "each" or (way == "severity" and isinstance(was, Mapping)):
        old, new = _keyed(was), _keyed(now)
        for key in dict.fromkeys((*old, *new)):
            one, other = old.get(key), new.get(key)
            if one != other:
                of_key = inner or ("set" if kind == "each" else way)
                yield from _option(f"{path}[{key}]", one, other, of_key)
    elif hasattr(was, "directions") and hasattr(now, "directions"):
        yield from _options(path, was, now)
    else:
        yield _difference(path, was, now, _effect(way, was, now))


def _keyed(value: Any) -> Mapping[str, Any]:
    """A mapping as it is; else the options in it, or itself, by their `column`."""
    if value is None or isinstance(value, Mapping):
        return value or {}
    return {one.column: one for one in (value if _is_list(value) else (value,))}


def _is_list(value: Any) -> bool:
    return isinstance(value, (tuple, list))


def _effect(way: str, was: Any, now: Any) -> Effect:
    if way == "free":
        return Effect.NEUTRAL
    if way == "more":
        return _grown(was, now)
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


def _grown(was: Iterable[Any], now: Iterable[Any]) -> Effect:
    """Whether all that was in a list still is; the order of it asks for nothing."""
    before, after = ({msgspec.json.encode(one) for one in both} for both in (was, now))
    if before == after:
        return Effect.NEUTRAL
    return Effect.TIGHTENED if before < after else Effect.LOOSENED


def _entries(
    path: str, old: Iterable[Any], new: Iterable[Any], named_by: str
) -> Iterator[Difference]:
    """Entries of a list, which are the same if the path that names them is."""
    was, now = _named(old, named_by), _named(new, named_by)
    for name in dict.fromkeys((*was, *now)):
        place = f"{path}[{name}]"
        if name not in now:
            yield _difference(place, name, None, Effect.LOOSENED)
        elif name not in was:
            yield _difference(place, None, name, Effect.TIGHTENED)
        else:
            yield from _options(place, was[name], now[name])


def _named(entries: Iterable[Any], named_by: str) -> dict[str, Any]:
    """By path; the second of the same path is another one."""
    seen: Counter[str] = Counter()
    named = {}
    for entry in entries:
        path = getattr(entry, named_by)
        seen[path] += 1
        more = f", {seen[path]}" if seen[path] > 1 else ""
        named[f"{path}{more}"] = entry
    return named


def _difference(path: str, was: Any, now: Any, effect: Effect) -> Difference:
    return Difference(path=path, was=_said(was), now=_said(now), effect=effect)


def _said(value: Any) -> str:
    plain = msgspec.to_builtins(value)
    if plain is None or plain in ("", (), [], {}):
        return ""
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
