"""A Frictionless Table Schema (`fields` with types and constraints) as a schema."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Tree = dict[str, Any]


@dataclass(kw_only=True)
class Imported:
    """A schema as a plain tree, what had no place in it, and comments by feature."""

    tree: Tree
    lost: list[str] = field(default_factory=list)
    comments: dict[tuple[str, str], str] = field(default_factory=dict)


_TYPES = {
    "integer": "INT",
    "year": "INT",
    "number": "FLOAT",
    **dict.fromkeys(
        "string boolean date time datetime yearmonth any duration object array list "
        "geopoint geojson".split(),
        "BYTES",
    ),
}
_TIMES = {
    "date": ("time_domain", "%Y-%m-%d"),
    "datetime": ("time_domain", "%Y-%m-%dT%H:%M:%SZ"),
    "yearmonth": ("time_domain", "%Y-%m"),
    "time": ("time_of_day_domain", "%H:%M:%S"),
}
_TRUE, _FALSE = ["true", "True", "TRUE", "1"], ["false", "False", "FALSE", "0"]
_UUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_FREE = ("string", "any", "integer", "number", "year")
# Words for people, or about how a cell is written, which reading finds out.
_ABOUT = frozenset(
    "name type format title description example rdfType constraints trueValues "
    "falseValues decimalChar groupChar bareNumber categories categoriesOrdered "
    "missingValues".split()
)
_DESCRIBES = frozenset(
    "fields primaryKey foreignKeys uniqueKeys missingValues $schema name title "
    "description path profile".split()
)


def schema_of(document: Tree) -> tuple[Tree, dict[str, str], list[str]] | None:
    """The Table Schema in a document: itself, or that of a package's first resource.

    With the paths of a package's resources by name, and what else the package has.
    """
    if isinstance(document.get("fields"), list):
        return document, {}, []
    resources = document.get("resources")
    if isinstance(document.get("schema"), dict) and "fields" in document["schema"]:
        return document["schema"], {}, []
    if not isinstance(resources, list):
        return None
    described = [r for r in resources if isinstance(r, dict) and "schema" in r]
    if not described or not isinstance(described[0]["schema"], dict):
        return None
    paths = {str(r.get("name")): str(r["path"]) for r in described if "path" in r}
    more = [
        f"resource {r.get('name')}: take its schema by itself" for r in described[1:]
    ]
    return described[0]["schema"], paths, more


def convert(schema: Tree, paths: dict[str, str], lost: list[str]) -> Imported:
    """The schema that a Table Schema says."""
    result = Imported(tree={}, lost=lost)
    features = [
        _feature(one, result)
        for one in _list(schema.get("fields"))
        if isinstance(one, dict)
    ]
    keys = [[f["name"]] for f in features if f.pop("unique", False)]
    primary = _names(schema.get("primaryKey"))
    keys += [primary] if primary else []
    keys += [_names(key) for key in _list(schema.get("uniqueKeys"))]
    for feature in features:
        if feature["name"] in primary:
            feature["presence"] = {"min_fraction": 1.0, "min_count": 1}
    if keys:
        unique = {tuple(key): None for key in keys}
        result.tree["key"] = [{"feature": list(key)} for key in unique]
    references = [
        _reference(one, paths, result)
        for one in _list(schema.get("foreignKeys"))
        if isinstance(one, dict)
    ]
    if any(references):
        result.tree["foreign_key"] = [one for one in references if one]
    result.tree["feature"] = features
    missing = [text for text in _list(schema.get("missingValues")) if text != ""]
    if missing:
        said = ", ".join(repr(str(text)) for text in missing[:10])
        result.lost.append(
            f"missingValues {said}: give them as --na-value with the data"
        )
    result.lost += [f"{key}" for key in schema if key not in _DESCRIBES]
    return result


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _names(value: Any) -> list[str]:
    return [str(one) for one in _list(value)]


def _reference(one: Tree, paths: dict[str, str], result: Imported) -> Tree | None:
    target = one.get("reference")
    target = target if isinstance(target, dict) else {}
    names = _names(one.get("fields"))
    resource = str(target.get("resource", ""))
    if resource not in paths:
        where = f"resource {resource!r}" if resource else "its own table"
        result.lost.append(f"foreign key of {', '.join(names)}: no path of {where}")
        return None
    return {
        "feature": names,
        "path": paths[resource],
        "referenced": _names(target.get("fields")),
    }


def _feature(one: Tree, result: Imported) -> Tree:
    name, kind = str(one.get("name", "")), str(one.get("type", "any"))
    feature: Tree = {"name": name, "type": _TYPES.get(kind, "BYTES")}

    def lose(what: str) -> None:
        result.lost.append(f"{name}: {what}")

    about = [str(one[key]) for key in ("title", "description") if one.get(key)]
    if about:
        result.comments[name, ""] = "\n".join(about)
    _form(feature, kind, one, lose)
    constraints = _constraints(one)
    if {"minLength", "maxLength"} & constraints.keys():
        _length(feature, kind, constraints)
    for key, value in constraints.items():
        if not _constrain(feature, kind, key, value):
            lose(f"constraint {key} {value!r}"[:120])
    for key in one:
        if key not in _ABOUT or key == "missingValues":
            lose(key)
    return feature


def _form(feature: Tree, kind: str, one: Tree, lose: Callable[[str], None]) -> None:
    """What the type and format of a field say of its values."""
    form = str(one.get("format", "default"))
    if kind not in (*_TIMES, *_FREE, "boolean"):
        lose(f"type {kind}; it is taken as text")
    if kind in _TIMES:
        _time(feature, kind, form, lose)
    elif kind == "boolean":
        _boolean(feature, one)
    elif form != "default":
        _format(feature, form, lose)


def _constraints(one: Tree) -> Tree:
    given = one.get("constraints")
    constraints = dict(given) if isinstance(given, dict) else {}
    if "categories" in one and "enum" not in constraints:
        constraints["enum"] = [
            c.get("value") if isinstance(c, dict) else c
            for c in _list(one["categories"])
        ]
    return constraints


def _time(feature: Tree, kind: str, form: str, lose: Callable[[str], None]) -> None:
    domain, default = _TIMES[kind]
    if form == "any":
        lose("format any; it is taken as text")
        return
    feature[domain] = {"string_format": default if form == "default" else form}


def _boolean(feature: Tree, one: Tree) -> None:
    true = _names(one.get("trueValues", _TRUE))
    false = _names(one.get("falseValues", _FALSE))
    if len(true) == len(false) == 1:
        feature["bool_domain"] = {"true_value": true[0], "false_value": false[0]}
    else:
        feature["string_domain"] = {"value": [*true, *false]}


def _format(feature: Tree, form: str, lose: Callable[[str], None]) -> None:
    if form == "uri":
        feature["url_domain"] = {}
    elif form == "uuid":
        feature["pattern"] = _UUID
    else:
        lose(f"format {form}")


def _constrain(feature: Tree, kind: str, key: str, value: Any) -> bool:
    """Whether a constraint has a place in the feature, where it is now."""
    if key == "required":
        if value:
            feature["presence"] = {"min_fraction": 1.0, "min_count": 1}
        return True
    if key == "unique":
        feature["unique"] = bool(value)
        return True
    if key in ("minimum", "maximum"):
        return _bound(feature, key[:3], value)
    if key in ("exclusiveMinimum", "exclusiveMaximum") and isinstance(value, int):
        inside = value + 1 if key == "exclusiveMinimum" else value - 1
        return feature["type"] == "INT" and _bound(feature, key[9:12].lower(), inside)
    if key == "enum":
        return _enum(feature, value)
    if key == "pattern" and feature["type"] == "BYTES" and isinstance(value, str):
        feature["pattern"] = value
        return True
    return False


def _length(feature: Tree, kind: str, constraints: Tree) -> None:
    """Take the lengths that a text may have as its pattern, if it has no other."""
    bounds = [constraints.get(key) for key in ("minLength", "maxLength")]
    free = kind == "string" and not {"pattern", "enum"} & constraints.keys()
    whole = all(bound is None or isinstance(bound, int) for bound in bounds)
    if not free or "pattern" in feature or not whole:
        return
    least, most = (bound if bound is not None else "" for bound in bounds)
    feature["pattern"] = f"[\\s\\S]{{{least or 0},{most}}}"
    for key in ("minLength", "maxLength"):
        constraints.pop(key, None)


def _bound(feature: Tree, key: str, value: Any) -> bool:
    domain = {"INT": "int_domain", "FLOAT": "float_domain"}.get(feature["type"])
    if domain is None:
        if "time_domain" not in feature or not isinstance(value, str):
            return False
        feature["time_domain"][key] = value.removesuffix("Z")
        return True
    try:
        number = int(str(value)) if domain == "int_domain" else float(value)
    except (TypeError, ValueError):
        return False
    feature.setdefault(domain, {})[key] = number
    return True


def _enum(feature: Tree, value: Any) -> bool:
    values = _list(value)
    if feature["type"] == "BYTES":
        feature.pop("bool_domain", None)
        feature["string_domain"] = {"value": list(dict.fromkeys(_names(values)))}
        return True
    numbers = sorted({v for v in values if isinstance(v, int)})
    whole = len(numbers) == len(values) and feature["type"] == "INT" and numbers
    if not whole or numbers != list(range(numbers[0], numbers[-1] + 1)):
        return False
    feature["int_domain"] = {
        "min": numbers[0],
        "max": numbers[-1],
        "is_categorical": True,
    }
    return True
