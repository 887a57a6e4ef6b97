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

    `key` is the dotted path of a field: `int_domain.max`, or `rule[0].min_fraction`
    for an item of a list. `add` appends to a list what is not in it yet; at
    `string_domain.value` that is the domain which the feature holds or refers to. To
    set the `name` of a feature that is not there adds it to the schema.
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
    ("set", "distribution_constraints.min_domain_mass"): "--min-domain-mass",
    ("set", "int_domain.min"): "--min",
    ("set", "float_domain.min"): "--min",
    ("set", "int_domain.max"): "--max",
    ("set", "float_domain.max"): "--max",
    ("set", "type"): "--type",
    ("add", "in_environment"): "--environment",
    ("add", "not_in_environment"): "--not-in-environment",
    ("add", "string_domain.value"): "--value",
}


def command(schema: str, feature: str, changes: Sequence[Change]) -> str:
    """The command that makes the changes; empty where there are none to make.

    Every word is quoted for a POSIX shell. What no terminal takes as it is (control
    characters) cannot be said in a command: then it is empty as well.
    """
    flags = [word for change in changes for word in _flags(feature, change)]
    if not flags:
        return ""
    words = ["gate", "data", "accept", schema, feature, *flags]
    if feature.startswith("-") or schema.startswith("-"):
        # Options are read before it only.
        words = ["gate", "data", "accept", *flags, "--", schema, feature]
    if not all(word.isprintable() for word in words):
        return ""
    return " ".join(map(shlex.quote, words))


def _flags(feature: str, change: Change) -> list[str]:
    if change.action == "drop":
        return [f"--drop={change.key}"]
    if change.key == "lifecycle_stage" and change.value == "DEPRECATED":
        return ["--deprecated"]
    if change.key == "name" and change.value == feature:
        return ["--new-column"]
    adds = change.action == "add"
    values = list(change.value) if adds else [change.value]
    flag = _FLAGS.get((change.action, change.key))
    words: list[str] = []
    for value in values:
        said = _said(value)
        if not flag:
            words.append(f"--set={change.key}{'+=' if adds else '='}{said}")
        elif said.startswith("-"):
            words.append(f"{flag}={said}")
        else:
            words += [flag, said]
    return words


def _said(value: Any) -> str:
    if isinstance(value, (str, float)):
        return str(value)
    return json.dumps(value, ensure_ascii=False)
