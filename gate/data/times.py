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

import numpy as np

from gate.data import buffers
from gate.data.columns import Array, Coded, Kind, Number, coded
from gate.data.forms import Form
from gate.data.offences import Rule
from gate.data.schema import Feature, IntegerTime, TimeDomain, Type
from gate.errors import ConfigError

Parse = Callable[[str], "dt.datetime | None"]

_DATE = re.compile(r"(?a:\d{4}-\d\d-\d\d)")
_EPOCH = dt.datetime(1970, 1, 1)
_MICROSECOND = dt.timedelta(microseconds=1)
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
            times = Times(clock.string_format, name)
            what = f"not in the format {clock.string_format or 'of ISO 8601'}"
            yield Form(name, "TIME_DOMAIN_UNPARSABLE", _rule(times), what, key)
            if isinstance(clock, TimeDomain):
                yield from _text_bounds(name, clock, times)
    elif feature.type is Type.INT and domain and domain.integer_format in _PER_DAY:
        yield from _integer_bounds(name, domain, _PER_DAY[domain.integer_format])


def _text_bounds(name: str, domain: TimeDomain, times: Times) -> Iterator[Form]:
    if domain.min:
        least = _micros(_bound(name, domain.min))
        yield _late(name, "EARLY", _rule(times, lambda m: m < least), domain.min)
    if domain.max:
        most = _micros(_bound(name, domain.max, end=True))
        yield _late(name, "LATE", _rule(times, lambda m: m > most), domain.max)


def _rule(times: Times, offends: Callable[[Array], Array] | None = None) -> Rule:
    """That texts are no times, or that their times (microseconds) offend."""

    def offending(column: Coded) -> Array:
        micros, valid = times.read(column)
        return valid & offends(micros) if offends else ~valid

    def cell(text: str, *_: object) -> bool:
        return bool(offending(coded(np.zeros(1, np.int64), [text]))[0])

    return Rule(numbers=None, cell=cell, texts=offending)


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
    scaled = _micros(time) * per_day
    day = 86_400_000_000
    exact = -(-scaled // day) if up else scaled // day
    if not up and per_day > day:
        exact += per_day // day - 1  # the nanoseconds of the last microsecond
    return max(-(2**63), min(2**63 - 1, exact))


def _micros(time: dt.datetime) -> int:
    return (time - _EPOCH) // _MICROSECOND


def _bound(name: str, text: str, *, end: bool = False) -> dt.datetime:
    time = iso(text)
    if time is None:
        raise ConfigError(
            f"`time_domain` of {name}: `{text}` is no time in ISO 8601",
            hint="write 2024-12-31, or 2024-12-31T23:59:59",
        )
    if end and _DATE.fullmatch(text):
        return time + dt.timedelta(days=1, microseconds=-1)
    return time


class Times:
    """The times that the texts of a column spell.

    Raises:
        ConfigError: there is no such format.
    """

    def __init__(self, string_format: str | None, name: str = "") -> None:
        self.parse = parser(string_format, name)
        self._widths = _widths(string_format or "")
        self._last: tuple[Coded, Array, Array] | None = None

    def read(self, column: Coded) -> tuple[Array, Array]:
        """Microseconds since 1970, an int64 a text, and which texts spell a time."""
        if self._last is None or self._last[0] is not column:
            self._last = (column, *self._read(column))
        return self._last[1:]

    def _read(self, column: Coded) -> tuple[Array, Array]:
        micros = np.zeros(len(column), np.int64)
        valid = np.zeros(len(column), bool)
        rest = np.arange(len(column))
        if self._widths and len(column):
            pattern, fields = self._widths
            usual = buffers.matches(column.array, pattern)
            places, rest = np.flatnonzero(usual), np.flatnonzero(~usual)
            found = buffers.strings(column.array, places)
            micros[places], valid[places] = _together(found, fields)
        for place in rest.tolist():
            time = self.parse(column.texts[place])
            if time is not None:
                micros[place], valid[place] = _micros(time), True
        return micros, valid


def _widths(string_format: str) -> tuple[str, dict[str, slice]] | None:
    """An expression for times written with all their zeros, and where the parts are;
    None for formats that have other parts than numbers."""
    if _expression(string_format) is None or not string_format.isascii():
        return None
    pattern, fields, end = "", {}, 0
    for part in re.findall(r"%.|[^%]+", string_format):
        width = {"%Y": 4, "%f": 6}.get(part, 2)
        if part in _DIRECTIVES:
            fields[part] = slice(end, end + width)
            pattern += f"[0-9]{{{width}}}"
        else:
            pattern += re.escape(part)
        end += width if part in _DIRECTIVES else len(part)
    return rf"\A{pattern}\z", fields


def _together(texts: list[str], fields: dict[str, slice]) -> tuple[Array, Array]:
    """The same of texts whose parts are at the same places, all at once."""
    if not texts:
        return np.zeros(0, np.int64), np.zeros(0, bool)
    letters = np.array(texts)
    digits = letters.view(np.uint32).reshape(len(texts), -1).astype(np.int64) - ord("0")

    def number(directive: str, default: int) -> Array:
        at = fields.get(directive)
        if at is None:
            return np.full(len(texts), default)
        return np.asarray(digits[:, at] @ 10 ** np.arange(at.stop - at.start)[::-1])

    year, month, day = number("%Y", 1900), number("%m", 1), number("%d", 1)
    hour, minute, second = number("%H", 0), number("%M", 0), number("%S", 0)
    valid = (year > 0) & (month > 0) & (month < 13) & (day > 0)
    months = np.where(valid, (year - 1970) * 12 + month - 1, 0)
    start = months.astype("M8[M]").astype("M8[D]").astype(np.int64)
    end = (months + 1).astype("M8[M]").astype("M8[D]").astype(np.int64)
    valid &= (day <= end - start) & (hour < 24) & (minute < 60) & (second < 60)
    seconds = ((start + day - 1) * 24 + hour) * 3600 + minute * 60 + second
    return seconds * 1_000_000 + number("%f", 0), valid


def parser(string_format: str | None, name: str = "") -> Parse:
    """The time that a text spells, in UTC and without offset; None if it spells none.

    The verdict is that of `datetime.strptime`, of ISO 8601 without a format.

    Raises:
        ConfigError: there is no such format.
    """
    if not string_format:
        return iso
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

    return parse


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
