"""The formats of `strptime` that all the texts of a column have.

What is taken for a date here is one for Python's `strptime` in that format, too. Names
of months are the English ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache

_DATES = (
    "%Y-%m-%d %Y/%m/%d %Y.%m.%d %d.%m.%Y %d/%m/%Y %m/%d/%Y %d-%m-%Y %m-%d-%Y "
    "%d/%m/%y %m/%d/%y %d.%m.%y %d-%b-%Y %d-%b-%y %d-%B-%Y %Y-%b-%d"
).split()
_WORDY = ("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y")
_MONTHS = ("%Y-%m", "%Y/%m", "%b %Y", "%B %Y", "%b-%Y", "%b-%y")
_CLOCKS = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f")
_HALF_DAYS = ("%I:%M:%S %p", "%I:%M %p")
_ZONED = ("%H:%M:%S%z", "%H:%M%z", "%H:%M:%S.%f%z", "%H:%M:%S %z", "%H:%M:%S.%f %z")

OF_DAY = (*_CLOCKS, *_HALF_DAYS)
OF_TIME = (
    *_DATES,
    *_WORDY,
    *_MONTHS,
    *(f"{day}T{clock}" for day in _DATES[:1] for clock in (*_CLOCKS, *_ZONED)),
    *(
        f"{day} {clock}"
        for day in (*_DATES, *_WORDY)
        for clock in (*_CLOCKS, *_ZONED, *_HALF_DAYS)
    ),
    "%a %b %d %H:%M:%S %Y",
    "%a, %d %b %Y %H:%M:%S %z",
)

_SHORT = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_LONG = (
    "january february march april may june july august september october november "
    "december"
).split()
_PARTS = {
    "%Y": r"(?P<Y>\d{4})",
    "%y": r"(?P<y>\d{2})",
    "%m": r"(?P<m>1[0-2]|0?[1-9])",
    "%d": r"(?P<d>3[01]|[12]\d|0?[1-9])",
    "%b": f"(?P<b>{'|'.join(_SHORT)})",
    "%B": f"(?P<b>{'|'.join(_LONG)})",
    "%a": "(?:mon|tue|wed|thu|fri|sat|sun)",
    "%H": r"(?:2[0-3]|[01]\d|\d)",
    "%I": r"(?:1[0-2]|0?[1-9])",
    "%M": r"[0-5]\d",
    "%S": r"[0-5]\d",
    "%f": r"\d{1,6}",
    "%p": "(?:am|pm)",
    "%z": r"(?:[+-](?:2[0-3]|[01]\d):?[0-5]\d|Z)",
}


def fitting(texts: Iterable[str], formats: Iterable[str]) -> list[str]:
    """Those of the formats that every text has."""
    left = list(formats)
    for text in texts:
        left = [one for one in left if matches(one, text)]
        if not left:
            break
    return left


def ambiguous(formats: Iterable[str]) -> bool:
    """Whether the day may as well be the month, by formats that all fit."""
    numeric = {one for one in formats if "%d" in one and "%m" in one}
    return bool({one.translate(_SWAP) for one in numeric} & numeric)


_SWAP = str.maketrans("dm", "md")


def matches(form: str, text: str) -> bool:
    """Whether a text is a date or time in this format, and the date exists."""
    found = _pattern(form).fullmatch(text)
    return found is not None and _exists(tuple(sorted(found.groupdict().items())))


@lru_cache(maxsize=None)
def _pattern(form: str) -> re.Pattern[str]:
    return re.compile("".join(_pieces(form)), re.ASCII | re.IGNORECASE)


def _pieces(form: str) -> Iterator[str]:
    for piece in re.split("(%.)", form):
        yield _PARTS[piece] if piece in _PARTS else re.escape(piece)


@lru_cache(maxsize=100_000)
def _exists(parts: tuple[tuple[str, str], ...]) -> bool:
    said = dict(parts)
    if "d" not in said:
        return said.get("Y") != "0000"
    month = int(said["m"]) if "m" in said else _month(said["b"])
    year = int(said["Y"]) if "Y" in said else 2000 + int(said["y"])
    try:
        date(year, month, int(said["d"]))
    except ValueError:
        return False
    return True


def _month(name: str) -> int:
    return _SHORT.index(name.lower()[:3]) + 1
