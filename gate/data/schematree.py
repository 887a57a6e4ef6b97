"""A schema as a tree of plain values, as YAML and TFDV's text format hold it.

What a tree says wrong is told with its place; fields of `schema.proto` that are not
judged are kept.
"""

from __future__ import annotations

import difflib
import enum
import json
import types
from functools import lru_cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from gate import yamlfile
from gate.data import metadata
from gate.data import schema as schemas
from gate.data.schema import Message, Schema
from gate.errors import ConfigError

_MOST_SLIPS = 10
# Types that no column of a table has.
_OTHER_TYPES = ("STRUCT", "TYPE_UNKNOWN")
# Begins the comment of an annotation that holds what schema.proto has no field for.
_OURS = "gate: "

Tree = dict[str, Any]


def plain(message: Message) -> Tree:
    """The fields that are set, in their order and those that are kept last."""
    pairs = ((name, getattr(message, name)) for name in known(type(message)))
    tree = {
        name: _plain(value)
        for name, value in pairs
        if value is not None and value != ()
    }
    return {**tree, **message.other}


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return plain(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.name if isinstance(value, enum.Enum) else value


def native(message: Message) -> Tree:
    """The same in fields of `schema.proto` only: TFDV's own parser reads it.

    What goes beyond it is JSON in a comment of the `annotation` of its feature or
    schema.
    """
    tree: Tree = {}
    fields = metadata.fields(type(message).__name__)
    for name in known(type(message)):
        value = getattr(message, name)
        if name in fields and value is not None and value != ():
            tree[name] = _native(value)
    tree.update(message.other)
    if isinstance(message, (schemas.Feature, Schema)):
        _annotate(tree, _beyond(message))
    return tree


def _native(value: Any) -> Any:
    if isinstance(value, Message):
        return native(value)
    if isinstance(value, tuple):
        return [_native(item) for item in value]
    return value.name if isinstance(value, enum.Enum) else value


def _annotate(tree: Tree, ours: Tree) -> None:
    if not ours:
        return
    annotation = tree.get("annotation")
    annotation = dict(annotation) if isinstance(annotation, dict) else {}
    comment = _OURS + json.dumps(ours, ensure_ascii=False)
    annotation["comment"] = [*_listed(annotation.get("comment")), comment]
    tree["annotation"] = annotation


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _beyond(message: Message) -> Tree:
    """What of a message schema.proto has no field for; a feature's is its own."""
    tree: Tree = {}
    fields = metadata.fields(type(message).__name__)
    for name in known(type(message)):
        value = getattr(message, name)
        if name not in fields:
            if value is not None and value != ():
                tree[name] = _plain(value)
        elif isinstance(value, Message):
            tree[name] = _beyond(value)
        elif isinstance(value, tuple) and all(isinstance(v, Message) for v in value):
            parts = [
                {} if isinstance(v, schemas.Feature) else _beyond(v) for v in value
            ]
            tree[name] = parts if any(parts) else []
    return {key: value for key, value in tree.items() if value not in ({}, [])}


def restore(tree: Tree) -> None:
    """Put what `native` wrote into annotations back where it belongs."""
    for part in (tree, *_listed(tree.get("feature"))):
        annotation = part.get("annotation") if isinstance(part, dict) else None
        if not isinstance(annotation, dict):
            continue
        comments = _listed(annotation.get("comment"))
        ours = [_ours(comment) for comment in comments]
        for found in ours:
            _merge(part, found or {})
        if any(one is not None for one in ours):
            left = [c for c, mine in zip(comments, ours, strict=True) if mine is None]
            annotation["comment"] = left
        if not annotation.get("comment", True):
            del annotation["comment"]
        if not annotation:
            del part["annotation"]


def _ours(comment: Any) -> Tree | None:
    if not isinstance(comment, str) or not comment.startswith(_OURS):
        return None
    try:
        found = json.loads(comment[len(_OURS) :])
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _merge(into: Tree, found: Tree) -> None:
    for key, value in found.items():
        here = into.get(key)
        if isinstance(here, dict) and isinstance(value, dict):
            _merge(here, value)
        elif isinstance(value, list) and here is not None:
            for one, other in zip(_listed(here), value, strict=False):
                if isinstance(one, dict) and isinstance(other, dict):
                    _merge(one, other)
        else:
            into[key] = value


def build(document: yamlfile.Document, name: str, *, proto: bool = False) -> Schema:
    """The schema that a document holds.

    One in the text format (`proto`) may hold a list of one as such, and features
    without a name, which is an anomaly rather than a slip.

    Raises:
        ConfigError: it does not fit; all slips with their lines.
    """
    reader = _Reader(proto)
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

    def __init__(self, proto: bool) -> None:
        self.proto = proto
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
        if self.proto and not isinstance(value, list):
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
        fields = known(to)
        found: Tree = {}
        other: Tree = {}
        for key, item in value.items():
            if key == "type" and item in _OTHER_TYPES:
                other[key] = item
            elif key in fields:
                found[key] = self.convert(item, fields[key], (*path, key))
            elif key in metadata.fields(to.__name__):
                other[key] = _kept(item, metadata.fields(to.__name__)[key])
            else:
                self._unknown(key, to, path)
        if to is schemas.Feature and "name" not in value and not self.proto:
            self._slip(path, "a feature without a `name`")
        if to is Schema:
            self._twice(found)
        other = {k: v for k, v in other.items() if not _nothing(k, v)}
        return to(**found, other=other)

    def _twice(self, found: Tree) -> None:
        for key in ("feature", "string_domain"):
            seen: set[str | None] = set()
            for i, message in enumerate(found.get(key, ())):
                if message.name in seen and message.name is not None:
                    self._slip((key, i), f"`{message.name}` is there twice")
                seen.add(message.name)

    def _unknown(self, key: str, to: type[Message], path: yamlfile.Path) -> None:
        names = list(dict.fromkeys([*known(to), *metadata.fields(to.__name__)]))
        near = difflib.get_close_matches(key, names, 1)
        meant = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(names)}"
        where = "this schema" if to is Schema else "this place"
        self._slip((*path, key), f"{where} has no such key; {meant}")

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
def known(to: type[Message]) -> dict[str, Any]:
    """The fields of a type of message, with their types."""
    hints = get_type_hints(to)
    return {name: hints[name] for name in to.__struct_fields__ if name != "other"}


def _kept(value: Any, field: metadata.Field) -> Any:
    """A value that is not judged, in the one form that YAML and text format share."""
    if field.repeated:
        return [_kept(item, field._replace(repeated=False)) for item in _listed(value)]
    if not field.message:
        return value
    if not isinstance(value, dict):
        return {} if value is None else value
    fields = metadata.fields(field.message)
    tree = {k: _kept(v, fields[k]) if k in fields else v for k, v in value.items()}
    return {key: item for key, item in tree.items() if not _nothing(key, item)}


def _nothing(key: str, value: Any) -> bool:
    """Whether the text format would not hold it."""
    return value is None or value == [] or (key == "annotation" and value == {})


def _said(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, (dict, list)):
        return "a list" if isinstance(value, list) else "keys with values"
    return f"`{json.dumps(value, ensure_ascii=False)[:60]}`"
