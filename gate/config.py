"""gate.yaml into settings: a slip is answered with its file, line and nearest name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from gate import names, typed, yamlfile
from gate.errors import ConfigError
from gate.findings import Weight
from gate.verdict import Publish

NAME = "gate.yaml"

OptionTypes = Mapping[str, type[msgspec.Struct]]  # check -> its Options, in order


@dataclass(frozen=True, kw_only=True)
class CheckSettings:
    """What gate.yaml says of one check; `options` is an `Options` of that check."""

    weight: Weight
    options: Any


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A whole gate.yaml; `path` is empty where there is none."""

    checks: dict[str, CheckSettings]
    path: str = ""
    name: str | None = None
    base: str | None = None
    python: str | None = None
    publish: Publish = Publish()


def find(folder: Path) -> Path | None:
    """The gate.yaml of `folder`, or of the nearest folder above it in the same clone.

    Raises:
        ConfigError: there is a gate.yml, which is not the name.
    """
    places = (folder, *folder.parents)
    tops = [index for index, place in enumerate(places) if (place / ".git").exists()]
    # Outside of a clone nothing says how far up is still the same project.
    for place in places[: tops[0] + 1 if tops else 1]:
        if (place / NAME).is_file():
            return place / NAME
        if (place / "gate.yml").is_file():
            raise ConfigError(
                "the name is gate.yaml", path="gate.yml", hint="rename it"
            )
    return None


def read(path: Path, options: OptionTypes) -> Settings:
    """Read and validate a gate.yaml.

    Raises:
        ConfigError: it cannot be read or something in it is wrong; `also` holds the
            rest, where more than one thing is.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path=str(path)) from None
    except UnicodeDecodeError:
        raise ConfigError("not UTF-8 text", path=str(path)) from None
    return parse(text, options, name=path.name)


def defaults(options: OptionTypes) -> Settings:
    """The settings of a repository without a gate.yaml: every check as it comes."""
    return Settings(checks={name: _default(kind) for name, kind in options.items()})


def parse(text: str, options: OptionTypes, *, name: str = NAME) -> Settings:
    """The settings in the text of a gate.yaml; see `read`."""
    document = yamlfile.parse(text, name=name)
    reader = _Reader(document, options, name)
    settings = reader.read()
    if reader.slips:
        first, *rest = sorted(reader.slips, key=lambda slip: slip.line or 0)
        first.also = tuple(rest)
        raise first
    return settings


class _Reader:
    """One reading of a gate.yaml, which goes on after a slip to find them all."""

    def __init__(
        self, document: yamlfile.Document, options: OptionTypes, name: str
    ) -> None:
        self.document = document
        self.options = options
        self.name = name
        self.slips: list[ConfigError] = []

    def read(self) -> Settings:
        top = self.document.value
        if top is None:
            top = {}
        if not isinstance(top, dict):
            self.slip(
                (), "expected keys such as `checks:`", "see docs/configuration.md"
            )
            top = {}
        alone = tuple(name for name, kind in self.options.items() if is_alone(kind))
        known = ("version", "name", "base", "python", "publish", *alone, "checks")
        self.check_keys(top, known, (), "gate.yaml")
        version = top.get("version", 1)
        if version != 1 or isinstance(version, bool):
            self.slip(
                ("version",), "the only version there is is 1", "write `version: 1`"
            )
        checks = self.checks(top.get("checks"))
        for name in filter(top.__contains__, alone):
            checks[name] = self.check(name, top[name], (name,))
        return Settings(
            path=self.name,
            name=self.gate_name(top),
            base=self.text(top, "base"),
            python=self.text(top, "python"),
            publish=self.publish(top.get("publish")),
            checks=checks,
        )

    def gate_name(self, top: dict[str, Any]) -> str | None:
        name = self.text(top, "name")
        if name is not None and not names.valid(name):
            message = f"`{_cut(name)}` cannot be a gate's name"
            self.slip(("name",), message, f"write {names.RULE}")
            return None
        return name

    def publish(self, value: Any) -> Publish:
        if value is None:
            value = {}
        if not isinstance(value, dict):
            hint = "write what to change: `publish: {comment: never}`"
            self.slip(("publish",), "`publish:` must be a mapping", hint)
            return Publish()
        return self.options_of(Publish, value, ("publish",)) or Publish()

    def text(self, top: dict[str, Any], key: str) -> str | None:
        value = top.get(key)
        if value is None or (isinstance(value, str) and value):
            return value
        # Not with the value in the hint: 3.10 was read as 3.1.
        number = isinstance(value, (bool, int, float))
        hint = f'put quotes around it: `{key}: "…"`' if number else "write a text"
        self.slip((key,), f"`{key}` must be text", hint)
        return None

    def checks(self, value: Any) -> dict[str, CheckSettings]:
        """A list names the only checks to run; a mapping changes some of all."""
        off = CheckSettings(weight=Weight.OFF, options=None)
        if value is None:
            value = {}
        if isinstance(value, list):
            self.check_names(value)
            # What a check needs comes with it: coverage without tests is none.
            kinds = [kind for check, kind in self.options.items() if check in value]
            wanted = [*value, *(getattr(kind, "needs", "") for kind in kinds)]
            return {
                check: _default(kind) if check in wanted or is_alone(kind) else off
                for check, kind in self.options.items()
            }
        if not isinstance(value, dict):
            self.slip(
                ("checks",), "`checks:` must be a list of names, or a mapping", ""
            )
            return {}
        self.check_keys(value, tuple(self.options), ("checks",), "checks")
        return {
            check: self.check(check, value.get(check), ("checks", check))
            for check in self.options
        }

    def check_names(self, names: list[Any]) -> None:
        for index, name in enumerate(names):
            place = ("checks", index)
            if not isinstance(name, str):
                self.slip(
                    place,
                    "a list under `checks:` holds names only",
                    "for options, write `checks:` as a mapping: `coverage: {...}`",
                )
            elif name not in self.options:
                self.unknown(name, tuple(self.options), place, "checks")
            elif name in names[:index]:
                self.slip(place, f"`{name}` is there twice", "")

    def check(self, name: str, value: Any, path: yamlfile.Path) -> CheckSettings:
        """One entry under `checks:`: a word, the options, or nothing."""
        kind = self.options[name]
        weight = Weight.ERROR
        if value is None:
            return _default(kind)
        if isinstance(value, str):
            return CheckSettings(weight=self.weight(value, path), options=kind())
        listed = getattr(kind, "listed", None)
        if isinstance(value, list) and listed:
            value = {listed: value}
        elif not isinstance(value, dict):
            hint = f"write options, or one of the words {typed.either(Weight)}"
            self.slip(path, f"`{name}` has no meaning as `{_shown(value)}`", hint)
            return _default(kind)
        if "weight" in value:
            weight = self.weight(value["weight"], (*path, "weight"))
            value = {key: item for key, item in value.items() if key != "weight"}
        return CheckSettings(weight=weight, options=self.options_of(kind, value, path))

    def weight(self, word: Any, path: yamlfile.Path) -> Weight:
        try:
            return Weight(word)
        except ValueError:
            near = typed.nearest(str(word), tuple(w.value for w in Weight))
            hint = near or f"the words are {typed.either(Weight)}"
            self.slip(path, f"`{word}` is no weight for a check", hint)
            return Weight.ERROR

    def options_of(
        self, kind: type[msgspec.Struct], value: dict[str, Any], path: yamlfile.Path
    ) -> Any:
        """The options in a mapping; None if they cannot be told for what is wrong."""
        made, slips = typed.convert(kind, value)
        for one in slips:
            place = self.place(kind, path, one.path)
            if one.known is not None:
                known = one.known
                known = known if one.path[1:] or kind is Publish else (*known, "weight")
                where = ".".join(str(p) for p in (*(path[1:] or path), *one.path[:-1]))
                self.unknown(str(one.path[-1]), known, place, where)
                continue
            named = place[1:] if place[0] == "checks" else place
            key = ".".join(map(str, named or place))
            hint = one.hint
            if one.message == "expected `object`, got `str`":
                hint = "write it as a mapping: `- path: data/train.csv`"
            self.slip(place, f"`{key}`: {one.message}", hint)
        return made

    def place(
        self, kind: type[msgspec.Struct], path: yamlfile.Path, place: yamlfile.Path
    ) -> yamlfile.Path:
        """Where an option stands in the file: the key of a bare list is not there."""
        whole = (*path, *place)
        listed = getattr(kind, "listed", None)
        if (
            place
            and place[0] == listed
            and whole[: len(path) + 1] not in (self.document.lines)
        ):
            return (*path, *place[1:])
        return whole

    def check_keys(
        self,
        value: dict[str, Any],
        known: tuple[str, ...],
        path: yamlfile.Path,
        where: str,
    ) -> None:
        for key in value:
            if key not in known:
                self.unknown(key, known, (*path, key), where)

    def unknown(
        self, key: str, known: tuple[str, ...], place: yamlfile.Path, where: str
    ) -> None:
        names = ", ".join(f"`{name}`" for name in known)
        hint = typed.nearest(key, known) or f"there are {names}"
        self.slip(place, f"there is no `{key}` in {where}", hint)

    def slip(self, path: yamlfile.Path, message: str, hint: str) -> None:
        line = self.document.line(path)
        self.slips.append(ConfigError(message, path=self.name, line=line, hint=hint))


def is_alone(kind: type[msgspec.Struct]) -> bool:
    """Whether a check's key may stand at the top, and a list of names leaves it on."""
    return getattr(kind, "alone", False)


def _default(kind: type[msgspec.Struct]) -> CheckSettings:
    return CheckSettings(weight=Weight.ERROR, options=kind())


def _shown(value: Any) -> str:
    """A value much as it stands in the file: `false`, not `False`."""
    return _cut(json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"
