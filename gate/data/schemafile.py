"""Schema files: `*.schema.yaml`, read with the line of every slip, written for diffs.

TFDV's own `schema.pbtxt` is read as well.

What is written is read back unchanged: texts that YAML would take for something else
are quoted. Comments tell why a constraint is there.
"""

from __future__ import annotations

import difflib
import enum
import json
import math
import re
import types
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from gate import yamlfile
from gate.data import pbtxt
from gate.data import schema as schemas
from gate.data.schema import Message, Schema
from gate.errors import ConfigError

MAX_BYTES = 5_000_000
_MOST_SLIPS = 10

# What TensorFlow Metadata's schema.proto has besides; kept as it is.
_KEPT: dict[type[Message], frozenset[str]] = {
    schemas.Feature: frozenset(
        "group_presence natural_language_domain image_domain struct_domain annotation "
        "validation_derived_source".split()
    ),
    schemas.SparseFeature: frozenset("deprecated presence group_presence type".split()),
    Schema: frozenset(
        "int_domain float_domain annotation "
        "tensor_representation_group represent_variable_length_as_ragged".split()
    ),
    schemas.FloatDomain: frozenset(("is_embedding", "is_categorical", "embedding_dim")),
}


def read(path: Path, *, shown: str = "") -> Schema:
    """Read a schema file; `shown` is its path in messages.

    Raises:
        ConfigError: it cannot be read, or does not fit; names line and key.
    """
    shown = shown or path.as_posix()
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ConfigError(f"larger than {MAX_BYTES:,} bytes", path=shown)
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            "no such schema", path=shown, hint="`gate data infer DATA` writes one"
        ) from None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path=shown) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError("not UTF-8", path=shown, line=line) from None
    if path.suffix in (".pbtxt", ".textproto"):
        return _build(pbtxt.parse(text, name=shown), shown, repeats=True)
    return parse(text, name=shown)


def parse(text: str, *, name: str = "") -> Schema:
    """The schema in a YAML text; see `read`."""
    return _build(yamlfile.parse(text, name=name), name)


def _build(document: yamlfile.Document, name: str, *, repeats: bool = False) -> Schema:
    """The schema that a document holds; with `repeats`, a list of one may be bare."""
    reader = _Reader(repeats)
    result = reader.convert(document.value or {}, Schema, ())
    if reader.slips:
        first, *rest = (
            ConfigError(slip, path=name, line=document.line(path))
            for path, slip in reader.slips
        )
        first.also = tuple(rest[: _MOST_SLIPS - 1])
        if len(rest) >= _MOST_SLIPS:
            first.hint = f"{len(rest) + 1} slips in all, of which the first are shown"
        raise first
    assert isinstance(result, Schema)
    return result


class _Reader:
    """Plain YAML values to the types of a schema; the slips are gathered."""

    def __init__(self, repeats: bool) -> None:
        self.repeats = repeats
        self.slips: list[tuple[yamlfile.Path, str]] = []

    def convert(self, value: Any, to: Any, path: yamlfile.Path) -> Any:
        if get_origin(to) in (Union, types.UnionType):
            to = next(arg for arg in get_args(to) if arg is not type(None))
        if get_origin(to) is tuple:
            return self._sequence(value, get_args(to)[0], path)
        if issubclass(to, Message):
            return self._message(value, to, path)
        if issubclass(to, enum.Enum):
            return self._member(value, to, path)
        return self._scalar(value, to, path)

    def _slip(self, path: yamlfile.Path, what: str) -> None:
        keys = "".join(
            f"[{key}]" if isinstance(key, int) else f".{key}" for key in path
        ).lstrip(".")
        self.slips.append((path, f"`{keys}`: {what}" if keys else what))

    def _sequence(self, value: Any, of: Any, path: yamlfile.Path) -> Any:
        if self.repeats and not isinstance(value, list):
            value = [value]
        if not isinstance(value, list):
            self._slip(path, f"a list is wanted, not {_said(value)}")
            return ()
        return tuple(self.convert(v, of, (*path, i)) for i, v in enumerate(value))

    def _message(self, value: Any, to: type[Message], path: yamlfile.Path) -> Any:
        if value is None:
            value = {}
        if not isinstance(value, dict):
            self._slip(path, f"keys with values are wanted, not {_said(value)}")
            return to()
        fields = _fields(to)
        known: dict[str, Any] = {}
        other: dict[str, Any] = {}
        for key, item in value.items():
            if key in fields:
                known[key] = self.convert(item, fields[key], (*path, key))
            elif key in _KEPT.get(to, ()):
                other[key] = item
            else:
                self._unknown(key, to, path)
        if to is schemas.Feature and "name" not in value:
            self._slip(path, "a feature without a `name`")
        if to is Schema:
            self._twice(known)
        return to(**known, other=other)

    def _twice(self, known: dict[str, Any]) -> None:
        for key in ("feature", "string_domain"):
            seen: set[str | None] = set()
            for i, message in enumerate(known.get(key, ())):
                if message.name in seen:
                    self._slip((key, i), f"`{message.name}` is there twice")
                seen.add(message.name)

    def _unknown(self, key: str, to: type[Message], path: yamlfile.Path) -> None:
        names = [*_fields(to), *sorted(_KEPT.get(to, ()))]
        near = difflib.get_close_matches(key, names, 1)
        known = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(names)}"
        where = "this schema" if to is Schema else "this place"
        self._slip((*path, key), f"{where} has no such key; {known}")

    def _member(self, value: Any, to: type[enum.Enum], path: yamlfile.Path) -> Any:
        names = [member.name for member in to]
        if isinstance(value, str) and value in names:
            return to[value]
        near = difflib.get_close_matches(str(value).upper(), names, 1, 0.5)
        if str(value).upper() in ("STRING", "STR", "TEXT") and to is schemas.Type:
            near = ["BYTES"]
        meant = f"; did you mean {near[0]}?" if near else ""
        self._slip(path, f"{_said(value)} is none of {', '.join(names)}{meant}")
        return next(iter(to))

    def _scalar(self, value: Any, to: type, path: yamlfile.Path) -> Any:
        if to is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if isinstance(value, to) and (to is bool or not isinstance(value, bool)):
            return value
        wanted = {str: "text", int: "a whole number", float: "a number"}
        what = f"{wanted.get(to, 'true or false')} is wanted, not {_said(value)}"
        if to is str and isinstance(value, (int, float)):
            what += f'; write it in quotes: "{json.dumps(value)}"'
        self._slip(path, what)
        return to()


@lru_cache
def _fields(to: type[Message]) -> dict[str, Any]:
    hints = get_type_hints(to)
    return {name: hints[name] for name in to.__struct_fields__ if name != "other"}


def _said(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, (dict, list)):
        return "a list" if isinstance(value, list) else "keys with values"
    return f"`{json.dumps(value, ensure_ascii=False)[:60]}`"


Comments = Mapping[tuple[str, str], str]

# The key of the schema's own comment: a feature may have no name, but no such key.
HEADER = ("", "schema")


def render(schema: Schema, comments: Comments | None = None) -> str:
    """The schema as YAML, in the order of its fields.

    `comments` are keyed by feature and key: ("fare", "presence"); the feature's own
    by ("fare", ""), the schema's by `HEADER`.
    """
    comments = comments or {}
    lines = [f"# {line}" for line in comments.get(HEADER, "").splitlines()]
    for key, value in _items(schema):
        if key in ("feature", "string_domain"):
            lines += ["", f"{key}:"]
            for message in value:
                lines += _block(message, comments if key == "feature" else {})
        else:
            lines += _entry(key, value, "", "")
    return "\n".join(lines).strip("\n") + "\n"


def _items(message: Message) -> list[tuple[str, Any]]:
    """Keys and values that are set, the kept ones last."""
    pairs = [(name, getattr(message, name)) for name in _fields(type(message))]
    pairs = [
        (name, value) for name, value in pairs if value is not None and value != ()
    ]
    return pairs + list(message.other.items())


def _block(message: Message, comments: Comments) -> list[str]:
    name = getattr(message, "name", None) or ""
    lines: list[str] = []
    about = comments.get((name, ""), "")
    if about:
        lines += [f"  # {line}" for line in about.splitlines()]
    entries: list[str] = []
    for key, value in _items(message):
        entries += _entry(key, value, "    ", comments.get((name, key), ""))
    if entries:
        entries[0] = "  - " + entries[0][4:]
    return lines + (entries or ["  - {}"])


def _entry(key: str, value: Any, indent: str, comment: str) -> list[str]:
    """One key of a block: a list of texts one a line, all else on the same line."""
    after = f"  # {comment}" if comment else ""
    if key == "value" and isinstance(value, (tuple, list)):
        items = [f"{indent}  - {_flow(item)}" for item in value]
        return [f"{indent}{key}:{after}", *items]
    if isinstance(value, schemas.StringDomain):
        lines = [f"{indent}{key}:{after}"]
        for inner, item in _items(value):
            lines += _entry(inner, item, indent + "  ", "")
        return lines
    return [f"{indent}{key}: {_flow(value)}{after}"]


def _flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Message):
        value = dict(_items(value))
    if isinstance(value, dict):
        inside = ", ".join(f"{_text(str(k))}: {_flow(v)}" for k, v in value.items())
        return "{" + inside + "}"
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, enum.Enum):
        return str(value.name)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else (".inf" if value > 0 else "-.inf")
    return json.dumps(value)


_PLAIN = re.compile(r"[A-Za-z_](?:[\w ./-]*[\w./-])?", re.ASCII)
# Words that some reader of YAML takes for something else than text.
_WORDS = frozenset("true false yes no on off null none nan inf y n".split())
# All that YAML does not take as it is: controls, its line breaks, halves of pairs.
_UNSAFE = re.compile(
    r"[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd"
    r"\U00010000-\U0010ffff]"
)


def _text(text: str) -> str:
    """A text plain where that is safe, else in double quotes with JSON's escapes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
