"""Schemas of other tools: a Frictionless Table Schema, features of HuggingFace.

What has no place in ours is named, never dropped in silence.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gate import yamlfile
from gate.data import frictionless, huggingface, schemafile, schematree
from gate.data.frictionless import Imported
from gate.data.schema import Schema
from gate.errors import ConfigError

_HINT = "a Table Schema has `fields`, a HuggingFace dataset `features`"


def known(path: Path) -> bool:
    """Whether a file of this name holds a schema of another tool, if any."""
    return path.suffix in (".json", ".md") or path.name == "dataset_info.yaml"


def read(path: Path, *, shown: str = "") -> tuple[Schema, Imported]:
    """The schema in a file of another tool, and what is said of it besides.

    Raises:
        ConfigError: it cannot be read, holds no schema known here, or one that does
            not fit.
    """
    shown = shown or path.as_posix()
    document = _document(path, shown)
    found = _imported(document) if isinstance(document, dict) else None
    if found is None:
        raise ConfigError("no schema that is known here", path=shown, hint=_HINT)
    return schematree.build(yamlfile.Document(found.tree, {}), shown), found


def _imported(document: dict[str, Any]) -> Imported | None:
    table = frictionless.schema_of(document)
    if table is not None:
        return frictionless.convert(*table)
    features = huggingface.features_of(document)
    return None if features is None else huggingface.convert(features)


def _document(path: Path, shown: str) -> Any:
    text = schemafile.text_of(path, shown)
    if path.suffix == ".md":
        parts = text.split("---", 2)
        text = parts[1] if text.startswith("---") and len(parts) == 3 else ""
    if path.suffix != ".json":
        return yamlfile.parse(text, name=shown).value
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(
            f"not JSON: {error.msg}", path=shown, line=error.lineno
        ) from None
    except (ValueError, RecursionError):
        raise ConfigError("not JSON that can be read", path=shown) from None
