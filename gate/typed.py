"""Plain values as typed ones: what is wrong with them, where, and the nearest name."""

from __future__ import annotations

import difflib
import enum
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import inspect

Path = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Slip:
    """What is wrong at `path`; where that is no key, `known` are those there are."""

    path: Path
    message: str = ""
    hint: str = ""
    known: tuple[str, ...] | None = None


def convert(
    kind: type[msgspec.Struct], value: dict[str, Any]
) -> tuple[Any, list[Slip]]:
    """The mapping as a `kind`, and all that is wrong with it.

    What is wrong is left out, to find what else is; None if that does not help.
    """
    left, slips = dict(value), []
    for path, known in _unknown_keys(inspect.type_info(kind), value, ()):
        slips.append(Slip(path=path, known=known))
        left.pop(str(path[0]), None)
    while True:
        try:
            return msgspec.convert(left, kind), slips
        except msgspec.ValidationError as error:
            message, _, at = str(error).partition(" - at `$")
        path = _path(at)
        hint = _words(inspect.type_info(kind), path)
        slips.append(Slip(path=path, message=_lower(message), hint=hint))
        if not at or left.pop(str(path[0]), None) is None:
            return None, slips


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean ...?` for a slip that is close to a known name, else nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"did you mean `{close[0]}`?" if close else ""


def either(words: type[enum.Enum]) -> str:
    """The values of an enumeration, for a sentence."""
    return ", ".join(f"`{word.value}`" for word in words)


_NESTED = (inspect.StructType, inspect.VarTupleType, inspect.DictType)


def _unknown_keys(
    kind: inspect.Type, value: Any, path: Path
) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """The keys in `value` that its type does not have, each with those it has."""
    if isinstance(kind, inspect.Metadata):  # a type with a description
        yield from _unknown_keys(kind.type, value, path)
    elif isinstance(kind, inspect.UnionType):
        for member in kind.types:
            if isinstance(member, _NESTED):
                yield from _unknown_keys(member, value, path)
    elif isinstance(kind, inspect.StructType) and isinstance(value, dict):
        fields = {field.encode_name: field.type for field in kind.fields}
        for key, item in value.items():
            if key in fields:
                yield from _unknown_keys(fields[key], item, (*path, key))
            else:
                yield (*path, key), tuple(fields)
    elif isinstance(kind, inspect.DictType) and isinstance(value, dict):
        for key, item in value.items():
            yield from _unknown_keys(kind.value_type, item, (*path, key))
    elif isinstance(kind, inspect.VarTupleType) and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown_keys(kind.item_type, item, (*path, index))


def _words(kind: inspect.Type, path: Path) -> str:
    """A hint with the words that there are at a place, where there are only some."""
    while isinstance(kind, (inspect.Metadata, inspect.StructType)) and path:
        if isinstance(kind, inspect.Metadata):
            kind = kind.type
            continue
        types = {field.encode_name: field.type for field in kind.fields}
        kind, path = types.get(str(path[0]), inspect.AnyType()), path[1:]
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    for one in kind.types if isinstance(kind, inspect.UnionType) else (kind,):
        if isinstance(one, inspect.BoolType):
            return "write `true` or `false`"
        if isinstance(one, inspect.EnumType):
            return f"the words are {either(one.cls)}"
        if isinstance(one, inspect.LiteralType):
            return f"the words are {', '.join(f'`{word}`' for word in one.values)}"
    return ""


def _path(at: str) -> Path:
    """The path in msgspec's messages: `.datasets[0].path` after the `$`."""
    steps = re.findall(r"\.(\w+)|\[(\d+)\]", at)
    return tuple(name or int(index) for name, index in steps)


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]
