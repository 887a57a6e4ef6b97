"""How severe an anomaly is, where whoever runs the gate says so."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from msgspec.structs import replace

from gate.data.anomalies import SHORT, Anomaly, Severity
from gate.errors import ConfigError

_OFF = "off"


def check(severities: Mapping[str, str]) -> None:
    """Refuse what names no type of anomaly, or no severity.

    Raises:
        ConfigError: names the entry.
    """
    allowed = (*get_args(Severity), _OFF)
    for key, severity in severities.items():
        kind = key.rpartition(":")[2]
        if kind not in SHORT:
            near = difflib.get_close_matches(kind, SHORT, 1)
            hint = f"did you mean `{near[0]}`? " if near else ""
            raise ConfigError(
                f"`{kind}` is no type of anomaly",
                hint=f"{hint}a severity is given to TYPE, or to FEATURE:TYPE",
            )
        if severity not in allowed:
            raise ConfigError(
                f"`{severity}` is no severity of `{key}`",
                hint=f"it is one of {', '.join(allowed)}",
            )


def applied(
    anomalies: Iterable[Anomaly], severities: Mapping[str, str]
) -> Iterator[Anomaly]:
    """The anomalies with the severities asked for, without those that are off.

    What is said of a feature's type outweighs what is said of the type.
    """
    for one in anomalies:
        severity = severities.get(
            f"{one.column}:{one.type}", severities.get(one.type, one.severity)
        )
        if severity != _OFF:
            yield replace(one, severity=severity)
