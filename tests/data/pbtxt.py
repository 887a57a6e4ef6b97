"""TensorFlow Metadata's text format as our schema, for the cases answered by TFDV."""

from __future__ import annotations

import json
import re
from typing import Any

from gate.data import schemafile
from gate.data.schema import Schema

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}:]|[^\s{}:"]+|#.*')
_LISTS = {"feature", "dim", "value", "default_environment", "in_environment"} | {
    "not_in_environment",
    "sparse_feature",
    "weighted_feature",
}


def read(text: str) -> Schema:
    """The schema in a pbtxt, by way of our YAML."""
    tokens = [token for token in _TOKEN.findall(text) if not token.startswith("#")]
    message = _message(iter(tokens), top=True)
    reader = schemafile._Reader()
    schema = reader.convert(message, Schema, ())
    slips = [slip for _, slip in reader.slips if "without a `name`" not in slip]
    assert not slips, slips
    assert isinstance(schema, Schema)
    return schema


def _message(tokens: Any, *, top: bool = False) -> dict[str, Any]:
    message: dict[str, Any] = {}
    for key in tokens:
        if key == "}":
            return message
        token = next(tokens)
        if token == ":":
            token = next(tokens)
        value = _message(tokens) if token == "{" else _scalar(token)
        if key in _LISTS or (top and key == "string_domain"):
            message.setdefault(key, []).append(value)
        else:
            message[key] = value
    return message


def _scalar(token: str) -> Any:
    if token.startswith('"'):
        return json.loads(re.sub(r"\\'", "'", token))
    if token in ("true", "false"):
        return token == "true"
    try:
        return int(token)
    except ValueError:
        pass
    try:
        return float(token)
    except ValueError:
        return token
