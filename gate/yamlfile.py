"""YAML 1.2 as people expect it, with the line of every key.

PyYAML reads YAML 1.1, where `off`, `no` and `on` are booleans, `12:30` is a number
and `2024-01-01` a date. A gate.yaml says `naming: off`, and a schema lists the value
`no`: here only `true` and `false` are booleans, and only plain decimal numbers are
numbers (the core schema of YAML 1.2, less octal and hexadecimal).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from gate.errors import ConfigError

MAX_CHARACTERS = 1_000_000  # PyYAML takes ten seconds for them
MAX_DEPTH = 50

Path = tuple[str | int, ...]

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Document:
    """A parsed YAML text: its plain value, and where each key or item stands.

    `lines` maps the path of a key or item (("checks", "data", 0, "path")) to its
    line, from 1.
    """

    value: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int | None:
        """The line of the key at `path`, else of the nearest one around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with the scalars of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse aliases, of which a few lines grow to any size, and tags."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        problem = ""
        if isinstance(event, yaml.AliasEvent):
            problem = "an alias (*) is not allowed here: write the value out"
        elif getattr(event, "tag", None):
            problem = "a tag (!) is not allowed here: quote text that begins with !"
        if problem:
            raise yaml.composer.ComposerError(None, None, problem, event.start_mark)
        return super().compose_node(parent, index)


_SCALARS = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?"
        r"|[-+]?[0-9]+[eE][-+]?[0-9]+"
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+.0123456789",
    ),
    ("null", r"~|null|Null|NULL|", "~nN\0"),
)
for _name, _pattern, _first in _SCALARS:
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_name}",
        re.compile(f"^(?:{_pattern})$"),
        ["" if c == "\0" else c for c in _first],
    )


def parse(text: str, *, name: str = "") -> Document:
    """Parse one YAML document; `name` stands in the errors.

    Raises:
        ConfigError: it is not YAML, repeats a key, nests too deeply, uses tags
            or aliases (which can grow a small file without bound), or is too large.
    """
    if len(text) > MAX_CHARACTERS:
        raise ConfigError(
            f"larger than {MAX_CHARACTERS:,} characters: refused",
            path=name,
            hint="split it; a domain of very many values is none to list",
        )
    lines: dict[Path, int] = {}
    loader: _Loader | None = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        value = None if node is None else _build(loader, node, (), lines, name)
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error, name) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problem = f"the character {error.character!r} is not allowed"
        raise ConfigError(f"not valid YAML: {problem}", path=name, line=line) from None
    except (ValueError, OverflowError):
        # PyYAML's own scanner: `%YAML` with a huge version, an escape past Unicode.
        raise ConfigError("not valid YAML: a number is too large", path=name) from None
    except RecursionError:
        raise ConfigError("nested too deeply", path=name) from None
    finally:
        if loader is not None:
            loader.dispose()
    return Document(value, lines)


def compose(text: str) -> yaml.Node | None:
    """The nodes of a text that `parse` takes, for edits in place: they have marks."""
    loader = _Loader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def replaced(text: str, values: Mapping[Path, str]) -> str:
    """The text with other plain values at some paths; all else stays as it is.

    Raises:
        ConfigError: there is no plain value at one of the paths.
    """
    root = compose(text)
    pieces, end = [], 0
    nodes = [(_scalar(root, path), new) for path, new in values.items()]
    for node, new in sorted(nodes, key=lambda pair: pair[0].start_mark.index):
        pieces += [text[end : node.start_mark.index], new]
        end = node.end_mark.index
    return "".join((*pieces, text[end:]))


def _scalar(node: yaml.Node | None, path: Path) -> yaml.ScalarNode:
    for step in path:
        if isinstance(node, yaml.MappingNode):
            node = next((v for k, v in node.value if k.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step] if step < len(node.value) else None
        else:
            node = None
    if not isinstance(node, yaml.ScalarNode):
        raise ConfigError(f"there is no value at `{'.'.join(map(str, path))}`")
    return node


def _not_yaml(error: yaml.MarkedYAMLError, name: str) -> ConfigError:
    """PyYAML's error where a person would look, and in a person's words."""
    problem = error.problem or error.context or ""
    mark = error.problem_mark or error.context_mark
    hint = "check the indentation, and quote text that holds : # { } [ ] or %"
    if error.context_mark and "while parsing a flow" in (error.context or ""):
        # What is wrong is where the bracket was opened, not where the text goes on.
        mark, problem = error.context_mark, "this bracket is not closed"
    elif "'\\t'" in problem:
        problem, hint = "a tab where YAML wants spaces", "indent with spaces"
    return ConfigError(
        f"not valid YAML: {problem}",
        path=name,
        line=mark.line + 1 if mark else None,
        column=mark.column + 1 if mark else None,
        hint=hint,
    )


def _build(
    loader: _Loader, node: yaml.Node, path: Path, lines: dict[Path, int], name: str
) -> Any:
    line = node.start_mark.line + 1
    if len(path) > MAX_DEPTH:
        raise ConfigError("nested too deeply", path=name, line=line)
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = _key(key_node, name)
            line = key_node.start_mark.line + 1
            if key in mapping:
                raise ConfigError(f"`{key}` is there twice", path=name, line=line)
            lines[(*path, key)] = line
            mapping[key] = _build(loader, value_node, (*path, key), lines, name)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        items = []
        for index, item in enumerate(node.value):
            lines[(*path, index)] = item.start_mark.line + 1
            items.append(_build(loader, item, (*path, index), lines, name))
        return items
    _refuse_surrogates(node, name)
    try:
        return loader.construct_object(node)
    except ValueError:
        # int() refuses numbers of thousands of digits.
        raise ConfigError("a number too long to be one", path=name, line=line) from None


def _key(node: yaml.Node, name: str) -> str:
    if isinstance(node, yaml.ScalarNode):
        _refuse_surrogates(node, name)
        return str(node.value)
    raise ConfigError(
        "a key must be plain text", path=name, line=node.start_mark.line + 1
    )


def _refuse_surrogates(node: yaml.Node, name: str) -> None:
    """An escape such as "\\ud800" is text that can be neither printed nor written."""
    if _SURROGATE.search(node.value):
        line = node.start_mark.line + 1
        raise ConfigError("half a character (\\ud800)", path=name, line=line)
