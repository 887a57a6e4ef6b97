"""TFDV's own text format of a schema (`schema.pbtxt`): read in, and written out.

Only the syntax of protocol buffers' text format is known here; what fits a schema is
judged as in YAML.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from gate import yamlfile
from gate.data import schematree
from gate.data.metadata import Field, fields
from gate.data.schema import Message, Schema
from gate.errors import ConfigError

_MAX_DEPTH = 50
_TOKENS = re.compile(
    r"(?P<skip>\s+|\#[^\n]*)"
    r"|(?P<text>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
    r"|(?P<word>[A-Za-z_][\w.]*)"
    r"|(?P<number>[-+]?(?:\d|\.\d)(?:[eE][-+]|[\w.])*|-[a-z]+)"
    r"|(?P<mark>[{}<>:\[\],;])"
    r"|(?P<odd>.)",
    re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(?:(?P<octal>[0-7]{1,3})|[xX](?P<hex>[0-9a-fA-F]{1,2})"
    r"|u(?P<four>[0-9a-fA-F]{4})|U(?P<eight>[0-9a-fA-F]{8})|(?P<letter>.))",
    re.DOTALL,
)
_LETTERS = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))


def parse(text: str, *, name: str = "") -> yamlfile.Document:
    """The messages as mappings with the line of each field.

    A field that is there more than once becomes a list.

    Raises:
        ConfigError: it is not in that format.
    """
    parser = _Parser(text, name)
    value = parser.message((), "")
    return _Document(value, parser.lines)


class _Document(yamlfile.Document):
    """Lines are known by paths that number every field, also where there is one."""

    def line(self, path: yamlfile.Path) -> int | None:
        numbered: yamlfile.Path = ()
        for i, step in enumerate(path):
            numbered += (step,)
            following = path[i + 1] if i + 1 < len(path) else ""
            if isinstance(step, str) and isinstance(following, str):
                numbered += (0,)
        return super().line(numbered)


class _Parser:
    """One reading of a text."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.lines: dict[yamlfile.Path, int] = {}
        self.tokens: list[tuple[str, str, int]] = []
        self.ends: list[int] = []  # where each token ends in the text
        self.top: list[tuple[str, int, int]] = []  # the schema's own fields: their text
        line = 1
        for token in _TOKENS.finditer(text):
            if token.lastgroup != "skip":
                self.tokens.append((token.lastgroup or "", token[0], line))
                self.ends.append(token.end())
            line += token[0].count("\n")
        self.tokens.append(("end", "", line))
        self.place = 0

    def message(self, path: yamlfile.Path, close: str) -> dict[str, Any]:
        """The fields up to the mark that closes the message."""
        if len(path) > _MAX_DEPTH:
            raise self.fault("nested too deeply")
        found: dict[str, list[Any]] = {}
        while not self.take(close):
            if self.take(",") or self.take(";"):
                continue
            line, first = self.tokens[self.place][2], self.place
            key = self.key()
            values = found.setdefault(key, [])
            at = (*path, key, len(values))
            self.lines[at] = line
            value = self.value(at)
            values += value if isinstance(value, list) else [value]
            if not path:
                start = self.ends[first] - len(self.tokens[first][1])
                self.top.append((key, start, self.ends[self.place - 1]))
        return {key: v[0] if len(v) == 1 else v for key, v in found.items()}

    def key(self) -> str:
        """The name of a field; of an extension or a type of message in brackets."""
        if self.take("["):
            whole = ""
            while not self.take("]"):
                if self.tokens[self.place][0] not in ("word", "odd"):
                    raise self.fault("`]` is expected")
                whole += self.tokens[self.place][1]
                self.place += 1
            return f"[{whole}]"
        kind, key, _ = self.tokens[self.place]
        if kind != "word":
            raise self.fault("a field's name is expected")
        self.place += 1
        return key

    def value(self, path: yamlfile.Path) -> Any:
        colon = self.take(":")
        for opening, closing in ("{}", "<>"):
            if self.take(opening):
                return self.message(path, closing)
        if not colon:
            raise self.fault("`:` or `{` is expected")
        if self.take("["):
            items: list[Any] = []
            while not self.take("]"):
                if self.take(","):
                    continue
                item = self.message(path, "}") if self.take("{") else self.scalar()
                items.append(item)
            return items
        return self.scalar()

    def scalar(self) -> Any:
        kind, text, _ = self.tokens[self.place]
        if kind not in ("text", "word", "number"):
            raise self.fault("a value is expected")
        self.place += 1
        if kind == "number":
            return self.number(text)
        if kind == "word":
            words = {"true": True, "false": False, "inf": math.inf, "nan": math.nan}
            return words.get(text, Word(text))
        whole = self.unquoted(text)
        while self.tokens[self.place][0] == "text":  # texts in a row are one
            whole += self.unquoted(self.tokens[self.place][1])
            self.place += 1
        try:
            return whole.decode()
        except UnicodeDecodeError:
            raise self.fault("a text that is not UTF-8") from None

    def number(self, text: str) -> int | float:
        try:
            return int(text, 0 if "x" in text else 10)
        except ValueError:
            pass
        try:
            return float(text.rstrip("fF") if "inf" not in text else text)
        except ValueError:
            raise self.fault(f"`{text}` is no number") from None

    def unquoted(self, text: str) -> bytes:
        pieces, end = [], 0
        body = text[1:-1]
        for escape in _ESCAPE.finditer(body):
            pieces += [body[end : escape.start()].encode(), self.unescaped(escape)]
            end = escape.end()
        return b"".join((*pieces, body[end:].encode()))

    def unescaped(self, escape: re.Match[str]) -> bytes:
        if escape["octal"] or escape["hex"]:
            code = (
                int(escape["octal"], 8) if escape["octal"] else int(escape["hex"], 16)
            )
            return bytes([code & 255])
        if escape["four"] or escape["eight"]:
            code = int(escape["four"] or escape["eight"], 16)
            if code > 0x10FFFF or 0xD800 <= code < 0xE000:
                raise self.fault(f"`{escape[0]}` is no character")
            return chr(code).encode()
        letter = escape["letter"]
        return _LETTERS.get(letter, letter).encode()

    def take(self, mark: str) -> bool:
        """Step over a mark if it is next; the empty one is the end of the text."""
        kind, text, _ = self.tokens[self.place]
        if text != mark or kind not in ("mark", "end"):
            return False
        self.place += kind == "mark"
        return True

    def fault(self, what: str) -> ConfigError:
        kind, text, line = self.tokens[self.place]
        found = "the end of the file" if kind == "end" else f"`{text[:40]}`"
        return ConfigError(
            f"not a schema in protocol buffers' text format: {what} at {found}",
            path=self.name,
            line=line,
            hint="YAML belongs into a file called `*.schema.yaml`",
        )


class Word(str):
    """A word that stood without quotes: the name of a value of an enum."""


def render(schema: Schema) -> str:
    """The schema as TFDV writes it: every field, in the order of our YAML."""
    return "".join(_fields(schematree.native(schema), "Schema", ""))


def block(key: str, message: Message) -> str:
    """One field of the schema that holds a message."""
    return "".join(_field(key, schematree.native(message), fields("Schema")[key], ""))


def rewrite(text: str, old: Schema, new: Schema) -> str:
    """The text of the old schema as one of the new; equal fields keep their text.

    So comments within a field that differs are lost. A text that lists several fields
    in brackets is written anew as a whole.
    """
    text += "" if text.endswith("\n") else "\n"
    parser = _Parser(text, "")
    raw = _top(parser.message((), ""))
    before = _top(schematree.native(old))
    spans: dict[tuple[str, int], tuple[int, int]] = {}
    counts: dict[str, int] = {}
    for key, start, end in parser.top:
        spans[key, counts.get(key, 0)] = start, end
        counts[key] = counts.get(key, 0) + 1
    if {key: len(items) for key, items in before.items()} != counts:
        return render(new)
    after = _ordered(_top(schematree.native(new)), raw)
    splices = list(_splices(before, after, spans, len(text)))
    for start, end, piece in sorted(splices, key=lambda one: one[:2], reverse=True):
        text = text[:start] + piece + text[end:]
    return text


def _ordered(new: Any, old: Any) -> Any:
    """The new tree with the fields of each message in the order of the old one."""
    if isinstance(new, list) and isinstance(old, list):
        pairs = zip(new, [*old, *new[len(old) :]], strict=False)
        return [_ordered(one, other) for one, other in pairs]
    if isinstance(new, dict) and isinstance(old, dict):
        keys = (*(key for key in old if key in new), *(k for k in new if k not in old))
        return {key: _ordered(new[key], old.get(key)) for key in keys}
    return new


def _top(tree: dict[str, Any]) -> dict[str, list[Any]]:
    return {k: v if isinstance(v, list) else [v] for k, v in tree.items()}


def _splices(
    before: dict[str, list[Any]],
    after: dict[str, list[Any]],
    spans: dict[tuple[str, int], tuple[int, int]],
    size: int,
) -> Iterator[tuple[int, int, str]]:
    known = fields("Schema")
    for key in (*before, *(key for key in after if key not in before)):
        old, new = before.get(key, []), after.get(key, [])
        for i, item in enumerate(new):
            piece = "".join(_field(key, item, known.get(key), ""))
            if i >= len(old):
                break
            if item != old[i]:
                yield (*spans[key, i], piece.rstrip("\n"))
        more = new[len(old) :]
        end = spans[key, len(old) - 1][1] if old else size
        pieces = [p for item in more for p in _field(key, item, known.get(key), "")]
        if pieces:
            whole = "".join(pieces)
            yield end, end, "\n" + whole[:-1] if old else whole
        for i in range(len(new), len(old)):
            start, end = spans[key, i]
            yield start, end, ""


def _fields(tree: dict[str, Any], message: str, indent: str) -> Iterator[str]:
    known = fields(message)
    for key, value in tree.items():
        for item in value if isinstance(value, list) else [value]:
            yield from _field(key, item, known.get(key), indent)


def _field(key: str, value: Any, field: Field | None, indent: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield f"{indent}{key} {{\n"
        yield from _fields(value, field.message if field else "", indent + "  ")
        yield f"{indent}}}\n"
    else:
        bare = isinstance(value, Word) or (
            isinstance(value, str) and field is not None and field.word
        )
        bare = bare and _WORD.fullmatch(value) is not None
        yield f"{indent}{key}: {value if bare else _scalar(value)}\n"


_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        # JSON's \u of a character beyond 16 bits would be two halves: keep it plain.
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return json.dumps(value)
