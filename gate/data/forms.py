r"""The form of texts: patterns, URLs and identifiers.

`PATTERN_MISMATCH`: texts of which the whole does not match the `pattern` of the
feature, a regular expression in RE2's syntax: Python's without look-around and
backreferences (`\z` is its end of text). It takes time in proportion to the text,
whatever the pattern, so that no schema makes the gate hang.

`URL_DOMAIN_INVALID`: texts of a feature with a `url_domain` that are no absolute URL:
without a scheme or a host, with blanks in them, or with a port that is no number.

`MID_DOMAIN_INVALID`: texts of a feature with a `mid_domain` that are no identifiers
of a knowledge graph, `/m/` or `/g/` and small letters, digits or underscores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from gate.data import buffers
from gate.data.anomalies import Anomaly, anomaly, listed, offenders, shown
from gate.data.changes import Change, drop
from gate.data.columns import Array, Batch, Coded
from gate.data.offences import Offences, Rule
from gate.data.schema import Feature, Type
from gate.errors import ConfigError

LONGEST_PATTERN = 2_000
_MID = r"\A/[mg]/[0-9a-z_]+\z"
# Most URLs are so plain that `urlsplit` need not be asked.
_PLAIN_URL = r"\Ahttps?://[0-9A-Za-z.-]+(?:/[0-9A-Za-z./_~%-]*)?\z"

Fits = Callable[[Any], Array]  # Arrow's texts -> which of them are right


class Form:
    """The texts of one column that are not as they should be.

    `advice` and `change` say how the schema would accept them.
    """

    def __init__(
        self, name: str, kind: str, rule: Rule, reason: str, key: str, mend: str = ""
    ) -> None:
        self.name = name
        self.kind = kind
        self.reason = reason
        self.advice = mend or f"drop its `{key}`"
        self.changes: tuple[Change, ...] = (drop(key),)
        self.offences = Offences(rule=rule)
        self._present = 0

    def look(self, batch: Batch) -> None:
        """See a batch."""
        column = batch.columns.get(self.name)
        if column is None:
            return
        missing = column.missing
        self._present += batch.rows - (0 if missing is None else int(missing.sum()))
        self.offences.look(column, batch)

    def anomalies(self, rows: int) -> Iterator[Anomaly]:
        """The offending values, if there are any."""
        if not self.offences.count:
            return
        verb = "is" if len(self.offences.values) == 1 else "are"
        yield anomaly(
            rows,
            self.name,
            self.kind,
            f"{listed(self.offences, self._present)} {verb} {self.reason}",
            self.advice,
            self.offences.count,
            offenders(self.offences.examples()),
            self.reason,
            self.changes,
        )


def of(feature: Feature) -> Iterator[Form]:
    """The forms that a feature's texts must have.

    Raises:
        ConfigError: its pattern is no regular expression.
    """
    if feature.type is not Type.BYTES:
        return
    name = feature.name or ""
    if feature.pattern is not None:
        rule, reason = texts(matcher(feature)), f"not like {shown(feature.pattern)}"
        yield Form(name, "PATTERN_MISMATCH", rule, reason, "pattern")
    if feature.url_domain is not None:
        rule = texts(_urls)
        yield Form(name, "URL_DOMAIN_INVALID", rule, "no URL", "url_domain")
    if feature.mid_domain is not None:
        rule = texts(lambda array: buffers.matches(array, _MID))
        yield Form(name, "MID_DOMAIN_INVALID", rule, "no identifier", "mid_domain")


def texts(fits: Fits) -> Rule:
    """A rule for texts; what they spell does not matter."""

    def offending(column: Coded) -> Array:
        return ~fits(column.array)

    def cell(text: str, *_: object) -> bool:
        return not fits(buffers.texts([text]))[0]

    return Rule(numbers=None, cell=cell, texts=offending)


def matcher(feature: Feature) -> Fits:
    """Which texts match the pattern of a feature as a whole.

    Raises:
        ConfigError: RE2 does not take the pattern.
    """
    pattern = feature.pattern or ""
    whole = rf"\A(?:{pattern})\z"
    try:
        if len(pattern) > LONGEST_PATTERN:
            raise ValueError(f"over {LONGEST_PATTERN:,} characters")
        # Alone as well, or a parenthesis in it could close the one around it.
        for one in (pattern, whole):
            buffers.matches(buffers.texts([""]), one)
    except (ValueError, UnicodeEncodeError) as error:
        raise ConfigError(
            f"the pattern of {shown(feature.name or '')} is no regular expression: "
            f"{shown(str(error))}",
            hint="RE2's syntax has no look-around, backreferences or repeats over 1000",
        ) from None
    return lambda array: buffers.matches(array, whole)


def _urls(array: Any) -> Array:
    fits = buffers.matches(array, _PLAIN_URL)
    odd = np.flatnonzero(~fits)
    for place, text in zip(odd.tolist(), buffers.strings(array, odd), strict=True):
        fits[place] = is_url(text)
    return fits


def is_url(text: str) -> bool:
    """Whether a text is an absolute URL with a host.

    Python's `urlsplit` drops blanks and line breaks silently; here they are faults.
    """
    if not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.scheme and parts.hostname) and parts.port != 0
    except ValueError:
        return False
