"""Two versions of a schema: what changed, and whether it asks for less than before.

Tightened means that every table which the new schema accepts, the old one accepted.
Whatever is not surely so counts as loosened, unless no table can tell the difference.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Callable, Iterator
from typing import Any

from gate.data import directions
from gate.data import schema as schemas
from gate.data import selfcheck
from gate.data.directions import Difference, Effect
from gate.data.schema import Feature, Message, Schema

_SOURCE = "source.type"  # of the histograms that a comparator compares
# Messages whose mere presence asks for something.
_WHOLE = (
    schemas.IntDomain,
    schemas.FloatDomain,
    schemas.BoolDomain,
    schemas.TimeDomain,
    schemas.TimeOfDayDomain,
    schemas.UrlDomain,
    schemas.MidDomain,
    schemas.UniqueConstraints,
)
_ELSEWHERE = frozenset(  # fields of a feature that are compared by what they mean
    "name domain string_domain in_environment not_in_environment"
    " lifecycle_stage deprecated".split()
)


def compare(old: Schema, new: Schema) -> list[Difference]:
    """Every difference, in the order of the schema; what is not judged is neutral."""
    found = [
        *_environments(old, new),
        *_messages(
            old.dataset_constraints, new.dataset_constraints, "dataset_constraints."
        ),
        *_listed(old.key, new.key, "key", _plain_key),
        *_listed(old.foreign_key, new.foreign_key, "foreign_key", _plain),
        *_rules(old, new),
        *_features(old, new),
        *_listed(old.sparse_feature, new.sparse_feature, "sparse_feature", _plain),
        *_listed(
            old.weighted_feature, new.weighted_feature, "weighted_feature", _plain
        ),
        *_unused(old, new),
        *_others(old, new),
    ]
    # A domain that several features share is compared for each of them.
    return list(dict.fromkeys(found))


def _difference(path: str, was: Any, now: Any, effect: Effect) -> Difference:
    return Difference(path=path, was=said(was), now=said(now), effect=effect)


def said(value: Any) -> str:
    """A value much as it stands in a schema, on one line."""
    if isinstance(value, str):
        return value
    plain = _plain(value)
    if plain is None:
        return ""
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """A part of a schema as plain values, without what is unset."""
    if isinstance(value, Message):
        named = ((name, getattr(value, name)) for name in value.__struct_fields__)
        kept = {n: _plain(v) for n, v in named if v is not None and v != () and v != {}}
        return {**kept.pop("other", {}), **kept}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value.name if isinstance(value, enum.Enum) else value


def _plain_key(key: schemas.Key) -> Any:
    return sorted(key.feature)


def _leaves(message: Message | None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The fields that are set, by their dotted keys; a whole domain is one as well."""
    for name in message.__struct_fields__ if message else ():
        value = getattr(message, name)
        if name == "other" or value is None or value == ():
            continue
        if isinstance(value, _WHOLE):
            yield f"{prefix}{name}", value
        if isinstance(value, Message) and not isinstance(value, schemas.Shape):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _messages(
    old: Message | None,
    new: Message | None,
    path: str,
    but: frozenset[str] = frozenset(),
) -> Iterator[Difference]:
    was, now = dict(_leaves(old)), dict(_leaves(new))
    for key in dict.fromkeys((*was, *now)):
        before, after = was.get(key), now.get(key)
        # As texts: NaN is not equal to itself.
        if said(before) == said(after) or key.partition(".")[0] in but:
            continue
        if any(isinstance(one, _WHOLE) for one in (before, after)):
            if before is None or after is None:
                yield _difference(
                    path + key, before, after, directions.of(key, before, after)
                )
        elif not _told(key, was, now):
            effect = directions.of(key, before, after)
            if key.endswith(_SOURCE) and _compared(key, was):
                effect = Effect.LOOSENED
            yield _difference(path + key, before, after, effect)


def _compared(key: str, was: dict[str, Any]) -> bool:
    """Whether there was a threshold for the distance that the key is about."""
    return key.removesuffix(_SOURCE) + "threshold" in was


def _told(key: str, was: dict[str, Any], now: dict[str, Any]) -> bool:
    """Whether the domain that a key is in came or went as a whole."""
    whole = key.rpartition(".")[0]
    sides = [isinstance(side.get(whole), _WHOLE) for side in (was, now)]
    return sides[0] is not sides[1]


def _environments(old: Schema, new: Schema) -> Iterator[Difference]:
    """Who is expected where is the features' to say; here, the names that are new."""
    known = set(selfcheck.environments(old))
    was, now = set(old.default_environment), set(new.default_environment)
    for name in old.default_environment:
        if name not in now:
            path = "default_environment"
            yield _difference(path, name, None, Effect.LOOSENED)
    for name in new.default_environment:
        if name not in was:
            effect = Effect.LOOSENED if name in known else Effect.NEUTRAL
            yield _difference("default_environment", None, name, effect)


def _listed(
    old: tuple[Any, ...], new: tuple[Any, ...], path: str, plain: Callable[[Any], Any]
) -> Iterator[Difference]:
    """Constraints that stand side by side: each one asks for something."""
    was = {json.dumps(plain(one), sort_keys=True): plain(one) for one in old}
    now = {json.dumps(plain(one), sort_keys=True): plain(one) for one in new}
    for text, one in was.items():
        if text not in now:
            yield _difference(path, one, None, Effect.LOOSENED)
    for text, one in now.items():
        if text not in was:
            yield _difference(path, None, one, Effect.TIGHTENED)


def _rules(old: Schema, new: Schema) -> Iterator[Difference]:
    was = {rule.expression: rule for rule in old.rule}
    now = {rule.expression: rule for rule in new.rule}
    for expression in dict.fromkeys((*was, *now)):
        path = f"rule[{expression}]"
        before, after = was.get(expression), now.get(expression)
        if before is None or after is None:
            effect = Effect.LOOSENED if after is None else Effect.TIGHTENED
            was_said, now_said = _rule(before), _rule(after)
            yield _difference(path, was_said, now_said, effect)
        elif before.min_fraction != after.min_fraction:
            effect = directions.of(
                "min_fraction", before.min_fraction, after.min_fraction
            )
            path += ".min_fraction"
            yield _difference(path, before.min_fraction, after.min_fraction, effect)


def _rule(rule: schemas.Rule | None) -> str | None:
    return None if rule is None else rule.name or rule.expression


def _features(old: Schema, new: Schema) -> Iterator[Difference]:
    was = {feature.name or "": feature for feature in old.feature}
    now = {feature.name or "": feature for feature in new.feature}
    texts = _shared_texts(old), _shared_texts(new)
    known = set(selfcheck.environments(old))
    for name in dict.fromkeys((*was, *now)):
        path, before, after = f"feature[{name}]", was.get(name), now.get(name)
        if before is None or after is None:
            # A column that no feature is for is an anomaly: a new one lets it in.
            yield _difference(path, _short(before), _short(after), Effect.LOOSENED)
        elif before.live and after.live:
            yield from _messages(before, after, f"{path}.", _ELSEWHERE)
            yield from _domain(texts, before, after)
            yield from _membership(old, new, before, after, known)
        else:
            yield from _life(before, after)


def _short(feature: Feature | None) -> str | None:
    if feature is None:
        return None
    return feature.type.name if feature.type else "of no type"


def _life(old: Feature, new: Feature) -> Iterator[Difference]:
    """A feature that is not judged, before or after."""
    effect = Effect.NEUTRAL
    if old.live or new.live:
        effect = Effect.LOOSENED if old.live else Effect.TIGHTENED
    path = f"feature[{old.name or ''}]."
    key = "deprecated" if old.deprecated != new.deprecated else "lifecycle_stage"
    was, now = getattr(old, key), getattr(new, key)
    if was != now:
        yield _difference(path + key, was, now, effect)
    elif _plain(old) != _plain(new):
        yield _difference(path[:-1], _short(old), _short(new), effect)


_Texts = dict[str | None, tuple[str, ...]]


def _shared_texts(schema: Schema) -> _Texts:
    return {d.name: d.value for d in schema.string_domain if d.name is not None}


def _texts_of(feature: Feature, shared: _Texts) -> tuple[str, ...] | None:
    inline = feature.string_domain
    return shared.get(feature.domain) if inline is None else inline.value


def _domain(
    texts: tuple[_Texts, _Texts], before: Feature, after: Feature
) -> Iterator[Difference]:
    was, now = _texts_of(before, texts[0]), _texts_of(after, texts[1])
    shared = before.domain if before.domain == after.domain else None
    inline = before.string_domain or after.string_domain
    path = f"feature[{before.name or ''}].string_domain.value"
    if shared is not None and not inline:
        path = f"string_domain[{shared}].value"
    yield from _texts(path, was, now)
    if was == now and before.domain != after.domain:
        path = f"feature[{before.name or ''}].domain"
        yield _difference(path, before.domain, after.domain, Effect.NEUTRAL)


def _texts(
    path: str, was: tuple[str, ...] | None, now: tuple[str, ...] | None
) -> Iterator[Difference]:
    if was is None or now is None:
        if was != now:
            effect = Effect.LOOSENED if now is None else Effect.TIGHTENED
            yield _difference(path, was, now, effect)
        return
    old, new = frozenset(was), frozenset(now)
    added = [text for text in dict.fromkeys(now) if text not in old]
    gone = [text for text in dict.fromkeys(was) if text not in new]
    if added:
        yield _difference(path, None, added, Effect.LOOSENED)
    if gone:
        yield _difference(path, gone, None, Effect.TIGHTENED)


def _membership(
    old: Schema, new: Schema, before: Feature, after: Feature, known: set[str]
) -> Iterator[Difference]:
    """Where a feature is expected: where it is not, it must not be either."""
    path = f"feature[{before.name or ''}]."
    for key in ("in_environment", "not_in_environment"):
        was, now = set(getattr(before, key)), set(getattr(after, key))
        for name in sorted(was ^ now):
            same = old.expects(before, name) is new.expects(after, name)
            neutral = name not in known or same
            effect = Effect.NEUTRAL if neutral else Effect.LOOSENED
            sides = (name, None) if name in was else (None, name)
            yield _difference(path + key, sides[0], sides[1], effect)


def _unused(old: Schema, new: Schema) -> Iterator[Difference]:
    """Shared domains that no feature of either schema refers to."""
    used = {feature.domain for feature in (*old.feature, *new.feature)}
    was = {d.name: d.value for d in old.string_domain if d.name not in used}
    now = {d.name: d.value for d in new.string_domain if d.name not in used}
    for name in dict.fromkeys((*was, *now)):
        before, after = was.get(name), now.get(name)
        if before != after:
            path = f"string_domain[{name}].value"
            yield _difference(path, before, after, Effect.NEUTRAL)


def _others(old: Schema, new: Schema) -> Iterator[Difference]:
    """What is kept and not judged."""
    was, now = _unjudged(old), _unjudged(new)
    for key in dict.fromkeys((*was, *now)):
        if was.get(key) != now.get(key):
            yield _difference(key, was.get(key), now.get(key), Effect.NEUTRAL)


def _unjudged(schema: Schema) -> dict[str, Any]:
    found = {name: value for name, value in schema.other.items()}
    for feature in schema.feature:
        if feature.live:
            for name, value in feature.other.items():
                found[f"feature[{feature.name or ''}].{name}"] = value
    return found
