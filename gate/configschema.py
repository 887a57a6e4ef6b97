"""The JSON Schema of gate.yaml, for editors: kept in `gate/config.schema.json`."""

from __future__ import annotations

from typing import Any

import msgspec

from gate import names, results
from gate.config import OptionTypes, is_alone
from gate.findings import Weight
from gate.verdict import Publish

_TEXT: dict[str, Any] = {"type": ["string", "null"], "minLength": 1}


def json_schema(options: OptionTypes) -> dict[str, Any]:
    """The schema, with the options of these checks."""
    refs, components = msgspec.json.schema_components(
        [*options.values(), Publish], ref_template="#/$defs/{name}"
    )
    definitions = results.dedented(components)
    checks = {
        name: _check(name, kind, ref, definitions)
        for (name, kind), ref in zip(options.items(), refs)
    }
    mapping = {"type": "object", "properties": checks, "additionalProperties": False}
    listed = {"type": "array", "items": {"enum": list(options)}, "uniqueItems": True}
    alone = {name: checks[name] for name, kind in options.items() if is_alone(kind)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gate.yaml",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "version": {"const": 1},
            "name": {
                **_TEXT,
                "pattern": f"^{names.PATTERN}$",
                "description": "What tells this gate from others of the repository.",
            },
            "base": {**_TEXT, "description": "The branch or commit to compare with."},
            "python": {
                **_TEXT,
                "description": "The interpreter that has the project's packages.",
            },
            "publish": {
                "description": _first_line(Publish),
                "anyOf": [{"type": "null"}, refs[-1]],
            },
            **alone,
            "checks": {
                "description": "Names: only these run. A mapping: changes to some.",
                "anyOf": [listed, mapping, {"type": "null"}],
            },
        },
        "$defs": definitions,
    }


def _check(
    name: str,
    kind: type[msgspec.Struct],
    ref: dict[str, Any],
    definitions: dict[str, Any],
) -> dict[str, Any]:
    """What may stand at a check's key; its definition gets a title and a weight."""
    weight = {"enum": [word.value for word in Weight]}
    entry = definitions[ref["$ref"].rsplit("/", 1)[1]]
    entry["title"] = name
    entry["properties"]["weight"] = {
        **weight,
        "description": "What a failure means for the gate.",
    }
    forms: list[Any] = [weight, {"type": "null"}, ref]
    if listed := getattr(kind, "listed", None):
        forms.append(entry["properties"][listed])
    return {"description": _first_line(kind), "anyOf": forms}


def _first_line(kind: type[msgspec.Struct]) -> str:
    return (kind.__doc__ or "").strip().partition("\n")[0]
