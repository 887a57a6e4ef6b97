"""What a change may not loosen: the base's gate.yaml, and the schemas that it names."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from gate import base, config, configdiff, git, paths, yamlfile
from gate.base import Base
from gate.config import CheckSettings, OptionTypes, Settings
from gate.data.directions import Difference, Effect
from gate.errors import ConfigError, GateError
from gate.findings import Weight

if TYPE_CHECKING:
    from gate.data.schema import Schema

NAME = "lock"
QUEUE = "merge_group"
LINES = 200  # of the loosenings of one file: those that are told
_LINK = "behind a link, where nothing can be held: name the file's own path"


@dataclass(frozen=True, kw_only=True)
class Lock:
    """What holds: the settings at the base, beside those of the change.

    `why` says why nothing is held, where `old` is None. `problem` says why the base's
    file could not be read: anything may be looser then. `labels` are those of the pull
    request. `queued` is a change that was judged before it stood in a merge queue.
    """

    new: Settings
    old: Settings | None = None
    base: Base | None = None
    path: str = ""  # of gate.yaml
    why: str = ""
    problem: str = ""
    labels: frozenset[str] = frozenset()
    queued: bool = False


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A difference, the file that it is in, and its line there as it is now."""

    path: str
    line: int | None
    difference: Difference

    @property
    def loosened(self) -> bool:
        return self.difference.effect is Effect.LOOSENED


def take(
    root: Path,
    found: Base | None,
    settings: Settings,
    options: OptionTypes,
    *,
    path: str = config.NAME,
    labels: frozenset[str] = frozenset(),
) -> Lock:
    """Look at what the base holds, before anything of the change is run.

    `found` is the base that the change is compared with, `path` that of gate.yaml from
    the root, empty where there is no way; `labels` are added to the pull request's.
    """
    held = base.find_held(root, found)
    known = labels | base.labels(os.environ)
    queued = os.environ.get("GITHUB_EVENT_NAME") == QUEUE
    lock = Lock(new=settings, base=held, path=path, labels=known, queued=queued)
    if held is None:
        return _replace(lock, why="no base to compare with")
    if not path:
        return _replace(lock, why="the configuration is not a file of this project")
    try:
        data = git.read(root, held.commit, path, yamlfile.MAX_CHARACTERS)
        if data is None and (above := _above(root, held.commit, path)):
            problem = f"the base's is {above}, which no longer counts"
            return _replace(lock, old=config.defaults(options), problem=problem)
        if data is None:
            return _replace(lock, why=f"the base has no {path} yet")
        text = data.decode("utf-8-sig")
        return _replace(lock, old=config.parse(text, options, name=path))
    except UnicodeDecodeError:
        problem = "the base's is not UTF-8 text"
    except GateError as error:
        problem = f"the base's cannot be read: {error}"
    return _replace(lock, old=config.defaults(options), problem=problem)


def _replace(lock: Lock, **changes: Any) -> Lock:
    return dataclasses.replace(lock, **changes)


def _above(root: Path, commit: str, path: str) -> str:
    """The gate.yaml of a folder above that decided at the base, if one did."""
    top = git.find_root(root)
    folder = root.resolve()
    while path == config.NAME and top and folder != top:
        folder = folder.parent
        if git.read(folder, commit, config.NAME, yamlfile.MAX_CHARACTERS) is not None:
            return (folder / config.NAME).relative_to(top).as_posix()
    return ""


def enforced(lock: Lock, setting: CheckSettings) -> CheckSettings:
    """How the lock itself is set: by the base, as long as that has one."""
    return lock.old.checks.get(NAME, setting) if lock.old else setting


def differences(root: Path, lock: Lock) -> list[Held]:
    """All that changed in gate.yaml and the schemas, loosenings first.

    Raises:
        GitError: the base's files cannot be read.
    """
    if lock.old is None or lock.base is None:
        return []
    found = [*_settings(root, lock)]
    for name in dict.fromkeys((*_schemas(lock.old), *_schemas(lock.new))):
        found += _schema(root, lock.base.commit, name)
    return sorted(found, key=lambda held: not held.loosened)


def _settings(root: Path, lock: Lock) -> Iterator[Held]:
    try:
        text = (root / lock.path).read_text("utf-8-sig")
    except FileNotFoundError:
        yield _gone(lock.path)
        return
    except (OSError, UnicodeDecodeError):
        text = ""
    if lock.problem:
        yield _unclear(lock.path, lock.problem)
        return
    document = _document(text)
    entries = partial(_entries, document.value, lock.new)
    for number, one in enumerate(configdiff.compare(lock.old or lock.new, lock.new)):
        place = _place_of_option(one.path, entries) if number < LINES else ()
        yield Held(path=lock.path, line=document.line(place), difference=one)


def _gone(path: str) -> Held:
    one = Difference(path="", was="there", now="removed", effect=Effect.LOOSENED)
    return Held(path=path, line=None, difference=one)


def _unclear(path: str, why: str) -> Held:
    one = Difference(path="", was="", now=why, effect=Effect.LOOSENED)
    return Held(path=path, line=None, difference=one)


def _schemas(settings: Settings) -> tuple[str, ...]:
    """The schemas that the checks' options name and that can close the gate."""
    return tuple(
        name
        for check in settings.checks.values()
        if check.weight is Weight.ERROR
        for name in getattr(check.options, "schemas", ())
    )


def _schema(root: Path, commit: str, name: str) -> Iterator[Held]:
    # Heavy, and only needed where there are schemas.
    from gate.data import schemadiff, schemafile

    try:
        path = paths.inside(root, name, "schema")
    except ConfigError:
        return  # the check that it is for says so
    data = git.read(root, commit, name.replace("\\", "/"), schemafile.MAX_BYTES)
    if data is None:
        if path.is_file() and path.resolve().parent != (root.resolve() / name).parent:
            yield _unclear(name, _LINK)
        return
    if not path.is_file():
        yield _gone(name)
        return
    try:
        form = schemafile.form(path)
        old = schemafile.parse(data.decode("utf-8-sig"), name=name, form=form)
        new = schemafile.read(path, shown=name)
    except (GateError, UnicodeDecodeError) as error:
        yield _unclear(name, f"cannot be compared with the base's: {error}")
        return
    document = _document(path.read_text("utf-8-sig", errors="replace"))
    found = schemadiff.compare(old, new)
    found.sort(key=lambda one: one.effect is not Effect.LOOSENED)
    for number, one in enumerate(found):
        place = _place_of_field(new, one.path) if number < LINES else ()
        yield Held(path=name, line=document.line(place), difference=one)


def _document(text: str) -> yamlfile.Document:
    try:
        return yamlfile.parse(text)
    except GateError:  # text format, or a file that is no YAML
        return yamlfile.Document(None, {})


_STEPS = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]|([^.\[\]]+)")


def _steps(path: str) -> list[str]:
    return [named or plain for named, plain in _STEPS.findall(path)]


def _place_of_field(schema: Schema, path: str) -> yamlfile.Path:
    """Where a field of a schema stands in its file: `feature[age]` is one of a list."""
    start = re.match(r"(feature|string_domain)\[(.*)\]", path)
    if not start:
        return tuple(_steps(path))
    messages = getattr(schema, start[1])
    names = [message.name or "" for message in messages]
    # A name may hold brackets: the longest one that there is.
    found = [n for n in names if path.startswith(f"{start[1]}[{n}]")]
    if not found:
        return (start[1],)
    name = max(found, key=len)
    rest = path[len(f"{start[1]}[{name}]") :]
    return (start[1], names.index(name), *_steps(rest))


def _place_of_option(
    path: str, entries_of: Callable[[str], list[str]]
) -> yamlfile.Path:
    """Where an option stands in gate.yaml: `checks.data[a.csv].schema`."""
    start = re.match(r"checks\.(\w+)\[", path)
    if not start:
        return tuple(_steps(path))
    at: yamlfile.Path = ("checks", start[1])
    for index, entry in enumerate(entries_of(start[1])):
        begin = f"checks.{start[1]}[{entry}]"
        if entry and path.startswith(begin):
            return (*at, index, *_steps(path[len(begin) :]))
    return at


def _entries(value: Any, settings: Settings, check: str) -> list[str]:
    """What names each entry of a list, where a check has one."""
    named_by = getattr(settings.checks[check].options, "named_by", "path")
    try:
        entries = value["checks"][check]
        return [str(entry.get(named_by, "")) for entry in entries]
    except (KeyError, TypeError, AttributeError):
        return []
