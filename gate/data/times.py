"""Dates and times: texts in a format of `strptime`, and integers that count.

`TIME_DOMAIN_UNPARSABLE`: texts that are not in the `string_format` of the feature's
`time_domain` or `time_of_day_domain`; with neither format, but bounds, texts that are
not in ISO 8601.
`TIME_DOMAIN_TOO_EARLY`, `TIME_DOMAIN_TOO_LATE`: times before `time_domain.min` or
after `time_domain.max`, in ISO 8601 and both included; a `max` that is a date alone
includes its day. Times with an offset are compared in UTC, those without as if in it.
TFDV has no such bounds, and checks neither these nor the formats.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np

from gate.data.columns import Array, Kind, Number
from gate.data.forms import Form, texts
from gate.data.offences import Rule
from gate.data.schema import Feature, IntegerTime, TimeDomain, Type
from gate.errors import ConfigError

Parse = Callable[[str], "dt.datetime | None"]

_DIGITS = re.compile(r"(?a:\d{4}-\d\d-\d\d)")
_CACHED = 65_536
_EPOCH = dt.datetime(1970, 1, 1)
_PER_DAY = {
    IntegerTime.UNIX_DAYS: 1,
    IntegerTime.UNIX_SECONDS: 86_400,
    IntegerTime.UNIX_MILLISECONDS: 86_400_000,
    IntegerTime.UNIX_MICROSECONDS: 86_400_000_000,
    IntegerTime.UNIX_NANOSECONDS: 86_400_000_000_000,
}
# What `strptime` takes for each directive, as its own expressions have it.
_DIRECTIVES = {
    "%Y": r"(?P<year>\d\d\d\d)",
    "%m": r"(?P<month>1[0-2]|0[1-9]|[1-9])",
    "%d": r"(?P<day>3[0-1]|[1-2]\d|0[1-9]|[1-9]| [1-9])",
    "%H": r"(?P<hour>2[0-3]|[0-1]\d|\d)",
    "%M": r"(?P<minute>[0-5]\d|\d)",
    "%S": r"(?P<second>6[0-1]|[0-5]\d|\d)",
    "%f": r"(?P<microsecond>[0-9]{1,6})",
}


def of(feature: Feature) -> Iterator[Form]:
    """What a feature's times must be.

    Raises:
        ConfigError: a bound is no time in ISO 8601, or there is no such format.
    """
    domain, name = feature.time_domain, feature.name or ""
    if feature.type is Type.BYTES:
        for key in ("time_domain", "time_of_day_domain"):
            clock = getattr(feature, key)
            bounded = isinstance(clock, TimeDomain) and (clock.min or clock.max)
            if clock is None or not (clock.string_format or bounded):
                continue
            parse = parser(clock.string_format, name)
            what = f"not in the format {clock.string_format or 'of ISO 8601'}"
            yield Form(name, "TIME_DOMAIN_UNPARSABLE", _parsable(parse), what, key)
            if key == "time_domain":
                yield from _text_bounds(name, clock, parse)
    elif feature.type is Type.INT and domain and domain.integer_format in _PER_DAY:
        yield from _integer_bounds(name, domain, _PER_DAY[domain.integer_format])


def _parsable(parse: Parse) -> Rule:
    return texts(lambda text: parse(text) is not None)


def _text_bounds(name: str, domain: TimeDomain, parse: Parse) -> Iterator[Form]:
    if domain.min:
        least = _bound(name, domain.min)
        rule = texts(lambda text: (parse(text) or least) >= least)
        yield _late(name, "EARLY", rule, domain.min)
    if domain.max:
        most = _bound(name, domain.max, end=True)
        rule = texts(lambda text: (parse(text) or most) <= most)
        yield _late(name, "LATE", rule, domain.max)


def _integer_bounds(name: str, domain: TimeDomain, per_day: int) -> Iterator[Form]:
    if domain.min:
        least = _count(_bound(name, domain.min), per_day, up=True)
        yield _late(name, "EARLY", _numbers(least, low=True), domain.min)
    if domain.max:
        most = _count(_bound(name, domain.max, end=True), per_day, up=False)
        yield _late(name, "LATE", _numbers(most, low=False), domain.max)


def _late(name: str, word: str, rule: Rule, bound: str) -> Form:
    side, end = ("before", "min") if word == "EARLY" else ("after", "max")
    kind, key = f"TIME_DOMAIN_TOO_{word}", f"time_domain.{end}"
    return Form(name, kind, rule, f"{side} {bound}", key, f"move or drop its `{key}`")


def _numbers(bound: int, *, low: bool) -> Rule:
    def beyond(values: Array) -> Array:
        if values.dtype.kind == "f":
            return np.zeros(len(values), bool)
        return np.asarray(values < bound if low else values > bound)

    def cell(_: str, kind: Kind, number: Number | None) -> bool:
        if number is None or kind is not Kind.INT:
            return False
        return number < bound if low else number > bound

    return Rule(numbers=beyond, cell=cell, worst="low" if low else "high")


def _count(time: dt.datetime, per_day: int, *, up: bool) -> int:
    """The integer that stands for a time, or the next that is not beyond it."""
    micros = (time - _EPOCH) // dt.timedelta(microseconds=1)
    scaled = micros * per_day
    day = 86_400_000_000
    exact = -(-scaled // day) if up else scaled // day
    if not up and per_day > day:
        exact += per_day // day - 1  # the nanoseconds of the last microsecond
    return max(-(2**63), min(2**63 - 1, exact))


def _bound(name: str, text: str, *, end: bool = False) -> dt.datetime:
    time = iso(text)
    if time is None:
        raise ConfigError(
            f"`time_domain` of {name}: `{text}` is no time in ISO 8601",
            hint="write 2024-12-31, or 2024-12-31T23:59:59",
        )
    if end and _DIGITS.fullmatch(text):
        return time + dt.timedelta(days=1, microseconds=-1)
    return time


def parser(string_format: str | None, name: str = "") -> Parse:
    """The time that a text spells, in UTC and without offset; None if it spells none.

    The verdict is that of `datetime.strptime`, of ISO 8601 without a format.

    Raises:
        ConfigError: there is no such format.
    """
    if not string_format:
        return lru_cache(_CACHED)(iso)
    try:
        dt.datetime.strptime("", string_format)
    except (ValueError, re.error, IndexError, KeyError) as error:
        if "does not match" not in str(error):
            raise ConfigError(
                f"`string_format` of {name} is none: {error}",
                hint="write one of Python's strptime, such as %Y-%m-%d",
            ) from None
    quick = _expression(string_format)

    def parse(text: str) -> dt.datetime | None:
        try:
            if quick is None or not text.isascii():
                return _plain(dt.datetime.strptime(text, string_format))
            found = quick.fullmatch(text)
            return _built(found.groupdict()) if found else None
        except (ValueError, OverflowError, IndexError, KeyError):
            return None

    return lru_cache(_CACHED)(parse)


def _expression(string_format: str) -> re.Pattern[str] | None:
    """`strptime`'s own expression, for formats of numbers: it is ten times as fast."""
    parts = re.findall(r"%.|[^%]+", string_format)
    names = [part for part in parts if part[0] == "%"]
    if len(set(names)) < len(names) or not set(names) <= _DIRECTIVES.keys():
        return None
    if "".join(parts) != string_format or "%Y" not in names:
        return None
    wanted = [
        _DIRECTIVES.get(part) or re.sub(r"(?:\\?\s)+", r"\\s+", re.escape(part))
        for part in parts
    ]
    return re.compile("".join(wanted), re.IGNORECASE)


def _built(parts: dict[str, str]) -> dt.datetime:
    micros = int(parts.pop("microsecond", "0").ljust(6, "0"))
    numbers = {name: int(text) for name, text in parts.items()}
    date = {"month": 1, "day": 1, **numbers}
    return dt.datetime(**date, microsecond=micros)  # type: ignore[arg-type]


def iso(text: str) -> dt.datetime | None:
    """The time that a text spells in ISO 8601, in UTC and without offset."""
    try:
        plain = text[:-1] + "+00:00" if text[-1:] in ("Z", "z") else text
        return _plain(dt.datetime.fromisoformat(plain))
    except (ValueError, OverflowError):
        return None


def _plain(time: dt.datetime) -> dt.datetime:
    if time.tzinfo is None:
        return time
    return time.astimezone(dt.timezone.utc).replace(tzinfo=None)
