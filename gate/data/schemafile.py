"""Schema files: `*.schema.yaml`, read with the line of every slip, written for diffs.

TFDV's own `schema.pbtxt` is read as well.

What is written is read back unchanged: texts that YAML would take for something else
are quoted. Comments tell why a constraint is there.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from gate import yamlfile
from gate.data import pbtxt, schematree
from gate.data.schema import Schema
from gate.errors import ConfigError

Form = Literal["yaml", "pbtxt"]
MAX_BYTES = 5_000_000


def read(path: Path, *, shown: str = "") -> Schema:
    """Read a schema file; `shown` is its path in messages.

    Raises:
        ConfigError: it cannot be read, or does not fit; names line and key.
    """
    shown = shown or path.as_posix()
    return parse(text_of(path, shown), name=shown, form=form(path))


def text_of(path: Path, shown: str) -> str:
    """The text of a file, without the mark of UTF-8.

    Raises:
        ConfigError: there is none, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ConfigError(f"larger than {MAX_BYTES:,} bytes", path=shown)
        return data.decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            "no such schema", path=shown, hint="`gate data infer DATA` writes one"
        ) from None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path=shown) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError("not UTF-8", path=shown, line=line) from None


def form(path: Path) -> Form:
    """The form of a schema file, by its extension."""
    return "pbtxt" if path.suffix in (".pbtxt", ".textproto") else "yaml"


def parse(text: str, *, name: str = "", form: Form = "yaml") -> Schema:
    """The schema in a text; see `read`."""
    if form == "yaml":
        return schematree.build(yamlfile.parse(text, name=name), name)
    document = pbtxt.parse(text, name=name)
    schematree.restore(document.value)
    return schematree.build(document, name, proto=True)


Comments = Mapping[tuple[str, str], str]

# The key of the schema's own comment: a feature may have no name, but no such key.
HEADER = ("", "schema")


# Messages of which each field has its line.
_BLOCKS = ("string_domain",)
_SECTIONS = ("feature", "string_domain")


def render(schema: Schema, comments: Comments | None = None) -> str:
    """The schema as YAML, in the order of its fields.

    `comments` are keyed by feature and key: ("fare", "presence"); the feature's own
    by ("fare", ""), the schema's by `HEADER`, those of its keys by ("", "rule").
    """
    comments = comments or {}
    lines = [f"# {line}" for line in comments.get(HEADER, "").splitlines()]
    for key, value in schematree.plain(schema).items():
        if key in _SECTIONS:
            lines += ["", *section(key, value, comments if key == "feature" else {})]
        else:
            lines += entry(key, value, comment=comments.get(("", key), ""))
    return "\n".join(lines).strip("\n") + "\n"


def section(
    key: str, items: list[Any], comments: Comments | None = None, indent: str = ""
) -> list[str]:
    """The lines of the features or domains of a schema."""
    lines = [f"{indent}{key}:"]
    for item in items:
        lines += block(item, comments or {}, indent + "  ")
    return lines


def block(item: Any, comments: Comments, indent: str) -> list[str]:
    """The lines of one item of a list, its dash behind the indent."""
    if not isinstance(item, dict):
        return [f"{indent}- {flow(item)}"]
    name = item.get("name") or ""
    about = comments.get((name, ""), "")
    lines = [f"{indent}# {line}" for line in about.splitlines()]
    entries: list[str] = []
    for key, value in item.items():
        entries += entry(key, value, indent + "  ", comments.get((name, key), ""))
    if entries:
        entries[0] = f"{indent}- {entries[0].lstrip(' ')}"
    return lines + (entries or [f"{indent}- {{}}"])


def entry(key: str, value: Any, indent: str = "", comment: str = "") -> list[str]:
    """One key of a block: a list of texts one a line, all else on the same line."""
    after = f"  # {comment}" if comment else ""
    if key == "value" and isinstance(value, list) and value:
        items = [f"{indent}  - {flow(item)}" for item in value]
        return [f"{indent}{key}:{after}", *items]
    if key in _BLOCKS and isinstance(value, dict) and value:
        lines = [f"{indent}{key}:{after}"]
        for inner, item in value.items():
            lines += entry(inner, item, indent + "  ")
        return lines
    return [f"{indent}{scalar(key)}: {flow(value)}{after}"]


def flow(value: Any) -> str:
    """A plain value on one line."""
    if isinstance(value, dict):
        inside = ", ".join(f"{scalar(str(k))}: {flow(v)}" for k, v in value.items())
        return "{" + inside + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def scalar(value: Any) -> str:
    """A text, a number, or true or false."""
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
