"""The features of a HuggingFace dataset (`dataset_info.json`, a card) as a schema."""

from __future__ import annotations

import json
import re
from typing import Any

from gate.data.frictionless import Imported

Tree = dict[str, Any]

_INTEGER = re.compile(r"(?P<sign>u?)int(?P<bits>8|16|32|64)")
_KINDS = {
    **dict.fromkeys("float float16 float32 float64 double half".split(), "FLOAT"),
    **dict.fromkeys("string large_string string_view null".split(), "BYTES"),
}
# As Gate reads them from Parquet and Arrow.
_TIMES = {
    "date32": "%Y-%m-%d",
    "date64": "%Y-%m-%d",
    "timestamp[s]": "%Y-%m-%d %H:%M:%S",
}


def features_of(document: Tree) -> Any:
    """The features in a dataset's information or card; None if it has none."""
    info = document.get("dataset_info", document)
    if isinstance(info, list):
        info = next((one for one in info if isinstance(one, dict)), {})
    if not isinstance(info, dict):
        return None
    if "features" not in info and len(info) == 1:  # one configuration by its name
        info = next(iter(info.values()))
    features = info.get("features") if isinstance(info, dict) else None
    return features if isinstance(features, (dict, list)) else None


def convert(features: Any) -> Imported:
    """The schema that the features say, in the order in which they are listed."""
    result = Imported(tree={})
    if isinstance(features, dict):
        named = [(str(name), value) for name, value in features.items()]
    else:
        named = [(str(f.get("name", "")), f) for f in features if isinstance(f, dict)]
    result.tree["feature"] = [_feature(*pair, result) for pair in named]
    return result


def _feature(name: str, value: Any, result: Imported) -> Tree:
    labels = _labels(value)
    if labels is not None:
        said = ", ".join(f"{i} {label}" for i, label in enumerate(labels))
        result.comments[name, ""] = said
        domain = {"min": 0, "max": max(len(labels) - 1, 0), "is_categorical": True}
        return {"name": name, "type": "INT", "int_domain": domain}
    dtype = _dtype(value)
    if dtype is None:
        said = json.dumps(value, ensure_ascii=False, default=str)[:80]
        result.lost.append(f"{name}: what is in {said}; it is taken as text")
        return {"name": name, "type": "BYTES"}
    return {"name": name, **_of(name, dtype, result)}


def _labels(value: Any) -> list[str] | None:
    """The names of a `ClassLabel`, of JSON or of a card (where they have numbers)."""
    if not isinstance(value, dict):
        return None
    inner = value.get("dtype")
    if isinstance(inner, dict) and "class_label" in inner:
        value = {"_type": "ClassLabel", **(inner["class_label"] or {})}
    if value.get("_type") != "ClassLabel":
        return None
    names = value.get("names", value.get("num_classes"))
    if isinstance(names, int):
        return [str(number) for number in range(min(names, 100_000))]
    if isinstance(names, dict):
        names = list(names.values())
    return [str(one) for one in names] if isinstance(names, list) else None


def _dtype(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and value.get("_type", "Value") == "Value":
        kind = value.get("dtype")
        return kind if isinstance(kind, str) else None
    return None


def _of(name: str, dtype: str, result: Imported) -> Tree:
    integer = _INTEGER.fullmatch(dtype)
    if integer:
        return {"type": "INT", **_range(integer["sign"], int(integer["bits"]))}
    if dtype == "bool":
        return {"type": "INT", "bool_domain": {}}
    if dtype in _TIMES:
        return {"type": "BYTES", "time_domain": {"string_format": _TIMES[dtype]}}
    if dtype not in _KINDS:
        number = dtype.startswith(("decimal", "duration"))
        result.lost.append(
            f"{name}: dtype {dtype}; it is taken as {'a number' if number else 'text'}"
        )
        return {"type": "FLOAT" if number else "BYTES"}
    return {"type": _KINDS[dtype]}


def _range(sign: str, bits: int) -> Tree:
    """The range of an integer of so many bits, where 64 do not hold more anyway."""
    if sign:
        return {"int_domain": {"min": 0, **({"max": 2**bits - 1} if bits < 64 else {})}}
    if bits == 64:
        return {}
    return {"int_domain": {"min": -(2 ** (bits - 1)), "max": 2 ** (bits - 1) - 1}}
