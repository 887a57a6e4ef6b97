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

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import urlsplit

from gate.data.anomalies import Anomaly, anomaly, listed, offenders, shown
from gate.data.changes import Change, drop
from gate.data.columns import Batch
from gate.data.offences import Offences, Rule
from gate.data.schema import Feature, Type
from gate.errors import ConfigError

LONGEST_PATTERN = 2_000
_CACHED = 65_536  # texts of which the verdict is kept, for those that come again
_MID = re.compile(r"/[mg]/[0-9a-z_]+", re.ASCII)

Fits = Callable[[str], bool]


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
        ConfigError: its pattern is none.
    """
    if feature.type is not Type.BYTES:
        return
    name = feature.name or ""
    if feature.pattern is not None:
        rule, reason = texts(matcher(feature)), f"not like {shown(feature.pattern)}"
        yield Form(name, "PATTERN_MISMATCH", rule, reason, "pattern")
    if feature.url_domain is not None:
        rule = texts(is_url)
        yield Form(name, "URL_DOMAIN_INVALID", rule, "no URL", "url_domain")
    if feature.mid_domain is not None:
        rule = texts(lambda text: _MID.fullmatch(text) is not None)
        yield Form(name, "MID_DOMAIN_INVALID", rule, "no identifier", "mid_domain")


def texts(fits: Fits) -> Rule:
    """A rule for texts; what they spell does not matter."""
    known = lru_cache(_CACHED)(fits)
    return Rule(numbers=None, cell=lambda text, *_: not known(text))


def matcher(feature: Feature) -> Fits:
    """Whether the whole of a text matches the pattern of a feature.

    Raises:
        ConfigError: RE2 does not take the pattern, or is not installed.
    """
    pattern = feature.pattern or ""
    about = f"the pattern of {shown(feature.name or '')}"
    try:
        import re2  # type: ignore[import-untyped, import-not-found, unused-ignore]
    except ImportError:
        raise ConfigError(
            f"{about} needs RE2", hint="python -m pip install google-re2"
        ) from None
    options = re2.Options()
    options.log_errors = False
    try:
        if len(pattern) > LONGEST_PATTERN:
            raise ValueError(f"over {LONGEST_PATTERN:,} characters")
        exact = re2.compile(pattern, options)
        quick = re2.Set.FullMatchSet(options)
        quick.Add(pattern)
        quick.Compile()
    except (re2.error, ValueError) as error:
        said = error.args[0] if error.args else "not to be read"
        said = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        raise ConfigError(
            f"{about} is no regular expression: {said}",
            hint="RE2's syntax has no look-around, backreferences or repeats over 1000",
        ) from None

    def fits(text: str) -> bool:
        # What does not encode as UTF-8 (half a surrogate pair) matches nothing. The
        # quick way may say no where its memory is spent; the exact one never is.
        try:
            return bool(quick.Match(text)) or exact.fullmatch(text) is not None
        except UnicodeEncodeError:
            return False

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
