"""Changes made to a schema, and read from the words of a command."""

from __future__ import annotations

import copy
import difflib
import re
import types
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from gate import yamlfile
from gate.data import pbtxt, schemaedit, schemafile, schematree
from gate.data.changes import Change, add, put
from gate.data.schema import Feature, Message, Schema
from gate.data.schematree import Tree
from gate.errors import ConfigError

_SET = re.compile(r"(?P<key>[\w.\[\]]+?)(?P<adds>\+?)=(?P<value>.*)", re.DOTALL)


def said(text: str) -> Change:
    """The change that `KEY=VALUE` or `KEY+=VALUE` asks for.

    The value is text where the field holds text, else a number, `true`, or YAML.

    Raises:
        ConfigError: it is neither, or no such value.
    """
    match = _SET.fullmatch(text)
    if not match:
        raise ConfigError(
            f"`{text[:60]}` is not KEY=VALUE", hint="--set presence.min_count=1"
        )
    key, adds = match["key"], bool(match["adds"])
    value = _value(_type(key, adds), match["value"])
    return add(key, value) if adds else put(key, value)


def _type(key: str, item: bool) -> Any:
    """The type of the field, or of an item of it; None if it is not known here."""
    of: Any = None
    for start in (Feature, Schema):
        of = start
        for name in re.findall(r"\w+", key):
            if name.isdigit():
                continue
            of = _bare(of, item=True)
            fields = schematree.known(of) if _is_message(of) else {}
            of = fields.get(name)
        if of is not None:
            break
    return _bare(of, item=item)


def _is_class(of: Any) -> bool:
    """Whether it is a class; for Python 3.10 `tuple[str, ...]` is a type as well."""
    return isinstance(of, type) and get_origin(of) is None


def _is_message(of: Any) -> bool:
    return _is_class(of) and issubclass(of, Message)


def _bare(of: Any, *, item: bool) -> Any:
    """The type without the None beside it, of an item if it is a list of them."""
    if get_origin(of) in (Union, types.UnionType):
        of = next(arg for arg in get_args(of) if arg is not type(None))
    return get_args(of)[0] if item and get_origin(of) is tuple else of


def _value(of: Any, text: str) -> Any:
    try:
        if of in (int, float):
            return of(text)
        plain = of is str or (_is_class(of) and not _is_message(of))
        return text if plain and of is not bool else yamlfile.parse(text).value
    except ValueError:
        raise ConfigError(f"`{text[:60]}` is no number") from None


def apply(schema: Schema, feature: str, changes: Sequence[Change]) -> Schema:
    """The schema with the changes made.

    Raises:
        ConfigError: there is no such feature, field or value; names the nearest.
    """
    tree = copy.deepcopy(schematree.plain(schema))
    for change in changes:
        target = _target(tree, feature, change)
        if change.action == "add" and change.key == "string_domain.value":
            _append(_domain(tree, target), "value", change.value)
        else:
            _make(target, change)
    return schematree.build(yamlfile.Document(tree, {}), "", proto=True)


Requested = tuple[str, tuple[Change, ...]]  # a feature, and changes of it


def apply_all(schema: Schema, requested: Iterable[Requested]) -> Schema:
    """The schema with the changes of several features made.

    Items of lists that are dropped by their number go last and once, from the end on,
    so that no number is of another item by then.

    Raises:
        ConfigError: see `apply`.
    """
    before: Requested | None = None
    for one in sorted(requested, key=_turn):
        if one != before or not _turn(one)[0]:
            schema = apply(schema, *one)
        before = one
    return schema


def _turn(requested: Requested) -> tuple[bool, int]:
    numbers = [
        int(change.key.rpartition("[")[2][:-1])
        for change in requested[1]
        if change.action == "drop" and re.search(r"\[\d{1,9}\]$", change.key)
    ]
    return bool(numbers), -max(numbers, default=0)


def _target(tree: Tree, feature: str, change: Change) -> Tree:
    """The feature that is changed, or the schema itself."""
    if not feature and re.split(r"[.\[]", change.key)[0] not in schematree.known(
        Feature
    ):
        return tree
    features: list[Tree] = [
        one
        for key in ("feature", "sparse_feature", "weighted_feature")
        for one in tree.get(key, ())
    ]
    for one in features:
        if one.get("name") == feature:
            return one
    if change.key == "name" and change.action == "set":
        new: Tree = {"name": feature}
        tree.setdefault("feature", []).append(new)
        return new
    raise unknown(feature, [one.get("name") or "" for one in features])


def unknown(feature: str, names: Sequence[str]) -> ConfigError:
    """That the schema has no such feature, with the nearest name."""
    near = difflib.get_close_matches(feature, names, 1)
    listed = ", ".join(map(repr, names[:20])) or "none"
    return ConfigError(
        f"the schema has no feature {feature!r}",
        hint=f"did you mean {near[0]!r}?" if near else f"it has {listed}",
    )


def _domain(tree: Tree, feature: Tree) -> Tree:
    """The string domain that a feature holds or refers to; a new one if it has none."""
    name = feature.get("domain")
    if name is None or "string_domain" in feature:
        inside: Tree = feature.setdefault("string_domain", {})
        return inside
    domains: list[Tree] = tree.setdefault("string_domain", [])
    for domain in domains:
        if domain.get("name") == name:
            return domain
    domains.append({"name": name})
    return domains[-1]


def _append(target: Tree, key: str, values: Sequence[Any]) -> None:
    here = target.setdefault(key, [])
    for value in values:
        if value not in here:
            here.append(value)


def _make(target: Tree, change: Change) -> None:
    *way, last = re.findall(r"[^.\[\]]+", change.key) or [""]
    here: Any = target
    for step in way:
        here = _inside(here, step, create=change.action != "drop")
    if isinstance(here, list) and change.action == "drop":
        if _holds(here, last):
            del here[int(last)]
    elif not isinstance(here, dict):
        if change.action != "drop":
            raise ConfigError(f"`{change.key}` is no field of this schema")
    elif change.action == "drop":
        here.pop(last, None)
    elif change.action == "add":
        _append(here, last, change.value)
    else:
        value = change.value
        here[last] = list(value) if isinstance(value, tuple) else value


def _inside(here: Any, step: str, *, create: bool) -> Any:
    """What is one step further; None where there is no such thing."""
    if isinstance(here, dict):
        return here.setdefault(step, {}) if create else here.get(step)
    if isinstance(here, list) and _holds(here, step):
        return here[int(step)]
    return None


def _holds(here: list[Any], step: str) -> bool:
    return step.isdecimal() and len(step) < 9 and int(step) < len(here)


def rewritten(text: str, wanted: Schema, form: schemafile.Form, name: str = "") -> str:
    """The text of a schema file with another schema, and else as it was.

    Raises:
        ConfigError: it holds no schema, or cannot be changed in place.
    """
    if form == "yaml":
        return schemaedit.rewrite(text, wanted, name=name)
    changed = pbtxt.rewrite(text, schemafile.parse(text, name=name, form=form), wanted)
    if schemafile.parse(changed, form=form) == wanted:
        return changed
    return pbtxt.render(wanted)


def difference(old: str, new: str, path: str) -> str:
    """The unified diff of a file that `git apply` takes; empty if nothing differs."""
    before, after = (_lines(text) for text in (old, new))
    lines = difflib.unified_diff(before, after, f"a/{path}", f"b/{path}")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in lines
    )


def _lines(text: str) -> list[str]:
    """The lines with their breaks, which are git's: line feeds only."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def patch(text: str, path: str, feature: str, changes: Sequence[Change]) -> str:
    """The unified diff that changes make to the text of a schema file.

    Empty where they change nothing, or cannot be made.
    """
    form = schemafile.form(Path(path))
    try:
        wanted = apply(schemafile.parse(text, form=form), feature, changes)
        return difference(text, rewritten(text, wanted, form), path)
    except ConfigError:
        return ""
