"""Changes of a schema: what would make it accept an anomaly, and how to ask for it.

An anomaly names its changes, `gate data accept` makes them, and `command` writes the
command that does, which is also how a report of anomalies is accepted as a whole.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

Action = Literal["set", "drop", "add"]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One edit of one feature, or of the schema where the feature has no name.

    `key` is the dotted path of a field: `int_domain.max`. `add` appends to a list what
    is not in it yet; at `string_domain.value` that is the domain which the feature
    holds or refers to.
    """

    key: str
    value: Any = None
    action: Action = "set"


def add(key: str, *values: Any) -> Change:
    """Append to a list."""
    return Change(key=key, value=tuple(values), action="add")


def drop(key: str) -> Change:
    """Remove a field."""
    return Change(key=key, action="drop")


def put(key: str, value: Any) -> Change:
    """Set a field."""
    return Change(key=key, value=value)


# Flags that say what most changes say; any other one is `--set KEY=VALUE`.
_FLAGS = {
    "distribution_constraints.min_domain_mass": "--min-domain-mass",
    "int_domain.min": "--min",
    "float_domain.min": "--min",
    "int_domain.max": "--max",
    "float_domain.max": "--max",
    "type": "--type",
    "in_environment": "--environment",
    "not_in_environment": "--not-in-environment",
    "string_domain.value": "--value",
}


def command(schema: str, feature: str, changes: Sequence[Change]) -> str:
    """The command that makes the changes; empty where there are none to make.

    Every word is quoted for a POSIX shell. What no terminal takes as it is (control
    characters) cannot be said in a command: then it is empty as well.
    """
    if not changes:
        return ""
    words = ["gate", "data", "accept", schema, feature]
    if feature.startswith("-") or schema.startswith("-"):
        words.insert(3, "--")
        # Options are read before it only.
        words[3:3] = [word for change in changes for word in _flags(change)]
    else:
        words += [word for change in changes for word in _flags(change)]
    if not all(word.isprintable() for word in words):
        return ""
    return " ".join(map(shlex.quote, words))


def _flags(change: Change) -> list[str]:
    if change.action == "drop":
        return [f"--drop={change.key}"]
    values = change.value if change.action == "add" else (change.value,)
    if change.key == "lifecycle_stage" and change.value == "DEPRECATED":
        return ["--deprecated"]
    flag = _FLAGS.get(change.key)
    words: list[str] = []
    for value in values:
        said = value if isinstance(value, str) else json.dumps(value)
        if not flag:
            said = json.dumps(value) if not isinstance(value, str) else value
            sign = "+=" if change.action == "add" else "="
            words.append(f"--set={change.key}{sign}{said}")
        elif said.startswith("-"):
            words.append(f"{flag}={said}")
        else:
            words += [flag, said]
    return words
