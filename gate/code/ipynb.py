"""A notebook's file: its code cells, the line each of theirs is at, and edits of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec

MAX_BYTES: Final = 100_000_000  # GitHub takes no larger file

# A longer key than this is nobody's; the limit bounds what a match costs.
_KEY: Final = re.compile(rb'[\s,]*"(?:[^"\\]|\\.){0,1000}"\s*:\s*', re.DOTALL)
_BETWEEN: Final = re.compile(rb"[\s,]*")
_PYTHON: Final = ("python", "ipython")


class Unreadable(ValueError):
    """A file is no notebook that can be read; the message says why."""


class Edit(NamedTuple):
    """Bytes `start` to `end` of a file, and what is to be there instead."""

    start: int
    end: int
    new: bytes


class _Value(NamedTuple):
    """A value of a JSON text: its bytes, and where they begin."""

    data: bytes
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.data)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A code cell: `number` counts all cells of the notebook, from 1.

    `at` has the file's line for each line of `text`. `clearing` are the edits that take
    its outputs and its execution count away.
    """

    number: int
    text: str
    at: tuple[int, ...]
    source: tuple[int, int] = (0, 0)
    outputs: bool = False
    count: int | None = None
    may_fail: bool = False
    python: bool = True
    clearing: tuple[Edit, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of its text, without their ends."""
        return tuple(_split(self.text))


@dataclass(frozen=True, kw_only=True)
class Document:
    """What a notebook's file says; offsets are of `data`, whose lines end in LF."""

    data: bytes
    cells: tuple[Cell, ...]
    python: bool

    def rewritten(self, cell: Cell, text: str) -> Edit:
        """The edit that gives a cell another text, in the layout that it has."""
        start, end = cell.source
        old = self.data[start:end]
        plain = b"\\u" in old and old.isascii()
        if not old.startswith(b"["):
            return Edit(start, end, _dumped(text, plain))
        # What stays keeps its bytes, whatever way it was escaped in.
        known = {msgspec.json.decode(v.data, type=str): v.data for v in _array(old)}
        parts = [known.get(p) or _dumped(p, plain) for p in _kept_ends(text)]
        inside = old[1:-1]
        before = inside[: len(inside) - len(inside.lstrip())]
        after = inside[len(inside.rstrip()) :] if inside.strip() else b""
        between = b"," + (before if b"\n" in before else b" ")
        return Edit(start, end, b"[" + before + between.join(parts) + after + b"]")

    def lines(self, edits: Sequence[Edit]) -> list[tuple[int, int, list[str]]]:
        """The lines of edits that do not meet: the first, the one behind, the new ones.

        From 0, as the edits leave them; those that share a line are one.
        """
        found: list[tuple[int, int, list[str]]] = []
        groups: list[list[Edit]] = []
        line, seen, last = 0, 0, -1
        spans: list[tuple[int, int]] = []
        for edit in sorted(edits):
            line, seen = line + self.data.count(b"\n", seen, edit.start), edit.start
            end = line + self.data.count(b"\n", edit.start, edit.end)
            if groups and line <= last:
                groups[-1].append(edit)
                spans[-1] = spans[-1][0], end
            else:
                groups.append([edit])
                spans.append((line, end))
            last = end
        for group, (first, end) in zip(groups, spans):
            found.append((first, end + 1, self._edited(group)))
        return found

    def _edited(self, edits: Sequence[Edit]) -> list[str]:
        """The lines that edits are in, with the edits put into effect."""
        at = self.data.rfind(b"\n", 0, edits[0].start) + 1
        stop = self.data.find(b"\n", edits[-1].end) + 1 or len(self.data)
        parts = []
        for edit in edits:
            parts += [self.data[at : edit.start], edit.new]
            at = edit.end
        text = b"".join([*parts, self.data[at:stop]]).decode("utf-8")
        return re.findall(r"[^\n]*\n|[^\n]+", text)


class _Language(msgspec.Struct):
    name: str = ""
    version: str = ""


class _Kernel(msgspec.Struct):
    name: str = ""
    language: str = ""


class _Metadata(msgspec.Struct):
    language_info: _Language = msgspec.field(default_factory=_Language)
    kernelspec: _Kernel = msgspec.field(default_factory=_Kernel)


class _Editor(msgspec.Struct, rename="camel"):
    language_id: str = "python"


class _CellMetadata(msgspec.Struct):
    tags: list[str] = []
    vscode: _Editor = msgspec.field(default_factory=_Editor)


def read(data: bytes) -> Document:
    """A notebook of format 3 or 4.

    Raises:
        Unreadable: it is none, or says something twice.
    """
    data = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    if len(data) > MAX_BYTES:
        raise Unreadable(f"it is larger than {MAX_BYTES // 1_000_000} MB")
    try:
        data.decode("utf-8")
        start = len(data) - len(data.lstrip())
        top = _object(data, _Value(data.strip(), start))
        cells = tuple(_cells(data, top))
        metadata = top.get("metadata")
        python = _is_python(_typed(metadata, _Metadata)) if metadata else True
    except UnicodeDecodeError:
        raise Unreadable("it is not UTF-8 text") from None
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Unreadable(f"it is no notebook: {error}") from None
    return Document(data=data, cells=cells, python=python)


def _cells(data: bytes, top: dict[str, _Value]) -> Iterator[Cell]:
    if "cells" in top:
        found = [*_array(data, top["cells"])]
    elif "worksheets" in top:  # format 3
        sheets = [_object(data, one) for one in _array(data, top["worksheets"])]
        found = [c for s in sheets if "cells" in s for c in _array(data, s["cells"])]
    else:
        raise Unreadable("it is no notebook: it has no cells")
    line, seen = 1, 0
    for number, value in enumerate(found, 1):
        fields = _object(data, value)
        kind = fields.get("cell_type")
        if kind and msgspec.json.decode(kind.data) == "code":
            source = fields.get("source") or fields.get("input")
            place = source.start if source else value.start
            line, seen = line + data.count(b"\n", seen, place), place
            yield _cell(data, number, fields, source, line)


def _cell(
    data: bytes,
    number: int,
    fields: dict[str, _Value],
    source: _Value | None,
    line: int,
) -> Cell:
    text, at = _text(data, source, line) if source else ("", (line,))
    count = fields.get("execution_count") or fields.get("prompt_number")
    ran = _typed(count, int | None) if count else None
    outputs = fields.get("outputs")
    shown = bool(outputs and outputs.data[1:-1].strip() and outputs.data[:1] == b"[")
    metadata = fields.get("metadata")
    about = (_typed(metadata, _CellMetadata) if metadata else None) or _CellMetadata()
    clearing = []
    if outputs and shown:
        clearing.append(Edit(outputs.start, outputs.end, b"[]"))
    if count and ran is not None:
        clearing.append(Edit(count.start, count.end, b"null"))
    language = fields.get("language")
    named = _typed(language, str) if language else about.vscode.language_id
    return Cell(
        number=number,
        text=text,
        at=at,
        source=(source.start, source.end) if source else (0, 0),
        outputs=shown,
        count=ran,
        may_fail="raises-exception" in about.tags,
        python=(named or "python").lower() in _PYTHON,
        clearing=tuple(sorted(clearing)),
    )


def _text(data: bytes, source: _Value, line: int) -> tuple[str, tuple[int, ...]]:
    """The text of a cell, and for each of its lines the one of the file."""
    if not source.data.startswith(b"["):
        text = msgspec.json.decode(source.data, type=str)
        return text, (line,) * len(_split(text))
    parts: list[str] = []
    at: list[int] = []
    seen, begins = source.start, True  # whether what comes begins a line
    for value in _array(data, source):
        line, seen = line + data.count(b"\n", seen, value.start), value.start
        part = msgspec.json.decode(value.data, type=str)
        if part:
            at += [line] * (len(_split(part)) - (not begins))
            begins = part.endswith("\n")
            at = at[:-1] if begins else at
            parts.append(part)
    at += [line] * begins
    text = "".join(parts)
    count = len(_split(text))  # fewer where a CR and its LF are in two parts
    return text, tuple(at[:count])


def _split(text: str) -> list[str]:
    return re.split(r"\r\n|\r|\n", text)


def _kept_ends(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _dumped(text: str, plain: bool) -> bytes:
    return json.dumps(text, ensure_ascii=plain).encode("utf-8")


def _is_python(metadata: _Metadata | None) -> bool:
    """Whether the kernel is Python 3, or not said: as black has it."""
    if metadata is None:
        return True
    info, kernel = metadata.language_info, metadata.kernelspec
    if info.version.startswith("2.") or kernel.name == "python2":
        return False
    named = info.name or kernel.language or "python"
    return named.lower() in _PYTHON


def _typed(value: _Value, kind: Any) -> Any:
    """A value as a type; None where it is another, which is nobody's fault here."""
    try:
        return msgspec.json.decode(value.data, type=kind)
    except msgspec.ValidationError:
        return None


def _object(data: bytes, value: _Value) -> dict[str, _Value]:
    """The members of an object with their places.

    Raises:
        Unreadable: it has a key twice, of which each reader takes another.
    """
    found = {}
    at = value.start + 1
    for key, raw in msgspec.json.decode(
        value.data, type=dict[str, msgspec.Raw]
    ).items():
        head, inside = _KEY.match(data, at), bytes(raw)
        if not head or not data.startswith(inside, head.end()):
            raise Unreadable(
                f"it is no notebook that can be read: a key beside `{key}`"
            )
        found[key] = _Value(inside, head.end())
        at = found[key].end
    if data[at : value.end].strip() != b"}":
        raise Unreadable("it is no notebook that can be read: it has a key twice")
    return found


def _array(data: bytes, value: _Value | None = None) -> Iterator[_Value]:
    """The elements of an array with their places."""
    value = value or _Value(data, 0)
    at = value.start + 1
    for raw in msgspec.json.decode(value.data, type=list[msgspec.Raw]):
        between = _BETWEEN.match(data, at)
        found = _Value(bytes(raw), between.end() if between else at)
        at = found.end
        yield found
