"""Schemas in YAML changed in place: what a change does not concern stays as it is.

The tree that a text holds is compared with the wanted one, and only the values, keys
and items that differ are cut out or put in, at the places of PyYAML's nodes. Two rounds
keep this simple: what is to go or has another value first, then what is new.
"""

from __future__ import annotations

import bisect
import difflib
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import yaml

from gate import yamlfile
from gate.data import schemafile, schematree
from gate.data.schema import Schema
from gate.errors import ConfigError

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
Tree = dict[str, Any]


class Splice(NamedTuple):
    """A part of a text, and what is to stand there."""

    start: int
    end: int
    new: str


def rewrite(text: str, wanted: Schema, *, name: str = "") -> str:
    """The YAML text changed so that it holds the wanted schema.

    Raises:
        ConfigError: the text holds no schema, or is written in a way that cannot be
            changed in place.
    """
    old = schematree.plain(schemafile.parse(text, name=name))
    new = schematree.plain(wanted)
    kept = _kept(old, new)
    try:
        changed = _round(_round(text, old, kept), kept, new)
        if schemafile.parse(changed) == wanted:
            return changed
    except (ConfigError, yaml.YAMLError):
        pass
    raise ConfigError(
        "written in a way that cannot be changed in place",
        path=name,
        hint="`gate data convert SCHEMA --to yaml --output FILE` writes it plainly",
    )


def _round(text: str, old: Tree, new: Tree) -> str:
    if old == new:
        return text
    root = yamlfile.compose(text)
    if not isinstance(root, yaml.MappingNode) or not root.value:
        return _grown(text, root, new)
    pieces, end = [], 0
    splices = _Edit(text).mapping(root, old, new, ("",))
    # Those at one place come in their order: what is inside before what is around it.
    for splice in sorted(splices, key=lambda splice: splice.start):
        pieces += [text[end : splice.start], splice.new]
        end = splice.end
    return "".join((*pieces, text[end:]))


def _grown(text: str, root: yaml.Node | None, new: Tree) -> str:
    """A text that holds nothing but comments, with the schema behind them."""
    if root is not None:
        text = text[: root.start_mark.index] + text[root.end_mark.index :]
    newline = _newline(text)
    if text and not _BREAK.search(text[-1]):
        text += newline
    lines = [line for key, value in new.items() for line in _lines(key, value, "")]
    return text + newline.join(lines) + newline


def _kept(old: Any, new: Any) -> Any:
    """The old tree without what is to go, and with values as they are to be."""
    if isinstance(old, dict) and isinstance(new, dict):
        both = {key: _kept(old[key], new[key]) for key in old if key in new}
        return both or new
    if isinstance(old, list) and isinstance(new, list):
        return [_kept(old[i], new[j]) for i, j in _pairs(old, new)] or new
    return new


def _pairs(old: Sequence[Any], new: Sequence[Any]) -> Iterator[tuple[int, int]]:
    """The places of the items that both lists have, by name where they have one."""
    matcher = difflib.SequenceMatcher(
        None, [_label(item) for item in old], [_label(i) for i in new], autojunk=False
    )
    for one, other, size in matcher.get_matching_blocks():
        yield from ((one + k, other + k) for k in range(size))


def _label(item: Any) -> str:
    if isinstance(item, dict) and isinstance(item.get("name"), str):
        return f"={item['name']}"
    return json.dumps(item, sort_keys=True)


def _lines(key: str, value: Any, indent: str) -> list[str]:
    """A key of a block as lines; the schema's sections have a line for each field."""
    if not indent and key in ("feature", "string_domain") and value:
        return schemafile.section(key, value)
    return schemafile.entry(key, value, indent)


def _newline(text: str) -> str:
    found = _BREAK.search(text)
    return found[0] if found and found[0] in ("\r\n", "\n", "\r") else "\n"


Path = tuple[str, ...]


class _Edit:
    """One round of changes of a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.newline = _newline(text)
        self.starts = [0, *(found.end() for found in _BREAK.finditer(text))]

    def mapping(
        self, node: yaml.MappingNode, old: Tree, new: Tree, path: Path
    ) -> Iterator[Splice]:
        items = {str(key.value): (key, value) for key, value in node.value}
        gone = [i for i, key in enumerate(items) if key in old and key not in new]
        spans = [(key.start_mark.index, self.end(v)) for key, v in items.values()]
        if gone and not (len(gone) == len(items) and path == ("",)):
            yield from self.without(node, spans, gone)
        elif gone:
            yield Splice(self.line_start(spans[0][0]), self.line_end(spans[-1][1]), "")
        for key, value in new.items():
            if key in items and (key not in old or old[key] != value):
                before = old.get(key)
                at = (*path, key)
                yield from self.value(node, *items[key], before, value, at)
        added = {key: new[key] for key in new if key not in items}
        if node.flow_style and added:
            pieces = [
                f"{schemafile.scalar(k)}: {schemafile.flow(added[k])}" for k in added
            ]
            yield self.into_flow(node, spans, len(spans), pieces)
        elif added:
            yield from self.into_block(node, items, new, path)

    def value(
        self,
        parent: yaml.MappingNode,
        key: yaml.Node,
        node: yaml.Node,
        old: Any,
        new: Any,
        path: Path,
    ) -> Iterator[Splice]:
        """The change of one key's value."""
        if isinstance(node, yaml.MappingNode) and isinstance(new, dict):
            if node.value and new and isinstance(old, dict) and _shared(old, new):
                yield from self.mapping(node, old, new, path)
                return
        if isinstance(node, yaml.SequenceNode) and isinstance(new, list):
            if node.value and new and isinstance(old, list) and any(_pairs(old, new)):
                yield from self.sequence(node, old, new, path)
                return
        colon = self.text.index(":", key.end_mark.index) + 1
        start, end = node.start_mark.index, self.end(node)
        plain = isinstance(node, yaml.ScalarNode) and node.style not in ("|", ">")
        if parent.flow_style or (plain and not isinstance(new, (dict, list))):
            space = " " if start == colon else ""
            yield Splice(start, end, space + schemafile.flow(new))
            return
        indent = " " * key.start_mark.column
        lines = _lines(str(key.value), new, indent)
        head = lines[0][len(schemafile.scalar(str(key.value))) + len(indent) + 1 :]
        if isinstance(node, yaml.CollectionNode) and not node.flow_style:
            # A comment behind the key stays there if the value's lines follow it.
            colon = colon if head else self.content_end(colon)
        yield Splice(colon, end, self.newline.join([head, *lines[1:]]))

    def sequence(
        self, node: yaml.SequenceNode, old: list[Any], new: list[Any], path: Path
    ) -> Iterator[Splice]:
        pairs = dict(_pairs(old, new))
        spans = [(item.start_mark.index, self.end(item)) for item in node.value]
        gone = [i for i in range(len(old)) if i not in pairs]
        if gone:
            yield from self.without(node, spans, gone)
        for i, j in pairs.items():
            item = node.value[i]
            if old[i] != new[j] and isinstance(item, yaml.MappingNode):
                yield from self.mapping(item, old[i], new[j], (*path, ""))
        here = {j: i for i, j in pairs.items()}
        at = 0
        fresh: list[Any] = []
        for j, value in enumerate([*new, None]):
            if j in here or j == len(new):
                if fresh:
                    yield self.items(node, spans, at, fresh)
                fresh = []
                at = here.get(j, at) + 1
            else:
                fresh.append(value)

    def items(
        self,
        node: yaml.SequenceNode,
        spans: list[tuple[int, int]],
        at: int,
        fresh: list[Any],
    ) -> Splice:
        """New items of a list before the one at that place."""
        if node.flow_style:
            return self.into_flow(node, spans, at, [schemafile.flow(v) for v in fresh])
        indent = " " * node.start_mark.column
        lines: list[str] = []
        for value in fresh:
            lines += schemafile.block(value, {}, indent)
        if at == 0:
            start = self.line_start(spans[0][0])
            return Splice(start, start, "".join(f"{s}{self.newline}" for s in lines))
        end = self.content_end(spans[at - 1][1])
        if at > 1 and self.blank(spans[at - 2][1], spans[at - 1][0]):
            lines.insert(0, "")
        return Splice(end, end, "".join(f"{self.newline}{line}" for line in lines))

    def without(
        self, node: yaml.CollectionNode, spans: list[tuple[int, int]], gone: list[int]
    ) -> Iterator[Splice]:
        """The collection without some of its items."""
        if len(gone) == len(spans):
            empty = "{}" if isinstance(node, yaml.MappingNode) else "[]"
            yield Splice(node.start_mark.index, self.end(node), empty)
            return
        first = min(set(range(len(spans))) - set(gone))
        for i in gone:
            start, end = spans[i]
            if not node.flow_style:
                yield self.line_gone(node, spans, i)
            elif i < first:
                yield Splice(start, spans[i + 1][0], "")
            else:
                yield Splice(spans[i - 1][1], end, "")

    def line_gone(
        self, node: yaml.CollectionNode, spans: list[tuple[int, int]], i: int
    ) -> Splice:
        start, end = spans[i]
        begin = self.line_start(start)
        if (
            i == 0
            and isinstance(node, yaml.MappingNode)
            and self.text[begin:start].strip()
        ):
            # Behind the dash of a list: the next key moves up, unless a comment is
            # between them.
            following = spans[1][0]
            rest = self.text[self.content_end(end) : following]
            return Splice(
                start, self.content_end(end) if rest.strip() else following, ""
            )
        return Splice(begin, self.line_end(end), "")

    def into_flow(
        self,
        node: yaml.CollectionNode,
        spans: list[tuple[int, int]],
        at: int,
        pieces: list[str],
    ) -> Splice:
        """New pieces between brackets, before the item at that place."""
        new = ", ".join(pieces)
        if not spans:
            inside = node.start_mark.index + 1
            return Splice(inside, inside, new)
        if at == 0:
            return Splice(spans[0][0], spans[0][0], f"{new}, ")
        return Splice(spans[at - 1][1], spans[at - 1][1], f", {new}")

    def into_block(
        self,
        node: yaml.MappingNode,
        items: dict[str, tuple[yaml.Node, yaml.Node]],
        new: Tree,
        path: Path,
    ) -> Iterator[Splice]:
        """New keys of a block, each behind the one that comes before it in order."""
        indent = " " * node.value[0][0].start_mark.column
        last = next(reversed(items))
        behind: dict[str, list[str]] = {}
        place = last
        for key, value in new.items():
            if key in items:
                place = key
                continue
            lines = _lines(key, value, indent)
            if path == ("",) and len(lines) > 1:
                lines.insert(0, "")
            behind.setdefault(place, []).extend(lines)
        for key, lines in behind.items():
            end = self.content_end(self.end(items[key][1]))
            yield Splice(end, end, "".join(f"{self.newline}{line}" for line in lines))

    def end(self, node: yaml.Node) -> int:
        """Where a node really ends: the marks of blocks are behind what follows."""
        while isinstance(node, yaml.CollectionNode) and not node.flow_style:
            last = node.value[-1]
            node = last[1] if isinstance(node, yaml.MappingNode) else last
        end = int(node.end_mark.index)
        if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
            return len(self.text[:end].rstrip())
        return end

    def line_start(self, index: int) -> int:
        return self.starts[bisect.bisect_right(self.starts, index) - 1]

    def content_end(self, index: int) -> int:
        """The end of the line without its break."""
        found = _BREAK.search(self.text, index)
        return found.start() if found else len(self.text)

    def line_end(self, index: int) -> int:
        found = _BREAK.search(self.text, index)
        return found.end() if found else len(self.text)

    def blank(self, start: int, end: int) -> bool:
        """Whether a blank line is between two places."""
        lines = _BREAK.split(self.text[start:end])[1:-1]
        return any(not line.strip() for line in lines)


def _shared(old: Tree, new: Tree) -> bool:
    return any(key in new for key in old)
