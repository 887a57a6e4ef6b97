"""What the runner takes from a step: its output and the files that it names, in Python.

Written after `ProcessInvoker.cs`, `ActionCommand.cs`, `ActionCommandManager.cs` and
`FileCommandManager.cs` of actions/runner. The runner looks for `::` and `##[` by the
rules of a language, not letter by letter: .NET with ICU overlooks characters without a
weight (`U+0640`, marks), and does not find a colon that a mark stands on. How much it
overlooks depends on the machine, so a line is read here in every way that could be.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

NAMES = frozenset(
    "set-env set-output save-state add-mask add-path add-matcher remove-matcher debug"
    " warning error notice group endgroup echo stop-commands".split()
)
_LINES = (("%0D", "\r"), ("%0A", "\n"))
_DATA = (*_LINES, ("%25", "%"))
_PROPERTY = (*_LINES, ("%3A", ":"), ("%2C", ","), ("%25", "%"))
_OLD = (("%3B", ";"), *_LINES, ("%5D", "]"), ("%25", "%"))

Find = Callable[[str, str, int], int]


@dataclass(frozen=True)
class Command:
    """A command that the runner carries out."""

    name: str
    properties: dict[str, str] = field(default_factory=dict)
    data: str = ""


def lines(output: str) -> list[str]:
    """The output in lines, as .NET's ReadLine has them."""
    found = re.split("\r\n|\n|\r", output)
    return found[:-1] if found[-1] == "" else found


def commands(output: str) -> Iterator[Command]:
    """All that some runner could take for a command, in any way to read a line."""
    for line in lines(output):
        for reading in readings(line):
            if reading is not None:
                yield reading


def readings(line: str) -> tuple[Command | None, ...]:
    """The line read letter by letter, with all overlooked that may be, and with marks.

    What is overlooked may be any character that is not ASCII.
    """
    bare = "".join(character for character in line if character.isascii())
    return (
        parse(line, str.find),
        parse(bare, str.find),
        parse(line, _find_unmarked),
        parse(line, _find_unjoined),
    )


def parse(line: str, find: Find = str.find) -> Command | None:
    """The command in a line, if there is one."""
    trimmed = line.lstrip()
    if find(trimmed, "::", 0) == 0 and (end := find(trimmed, "::", 2)) >= 0:
        head, data = trimmed[2:end], trimmed[end + 2 :]
        if made := _command(head, data, ",", (_PROPERTY, _DATA)):
            return made
    begin = find(line, "##[", 0)
    if begin >= 0 and (end := line.find("]", begin)) >= 0:
        return _command(line[begin + 3 : end], line[end + 1 :], ";", (_OLD, _OLD))
    return None


def outputs(file: str) -> dict[str, str]:
    """The values in a file such as that of GITHUB_OUTPUT.

    Raises:
        ValueError: the step would fail for it.
    """
    found: dict[str, str] = {}
    rest = file.split("\n")
    if rest[-1] == "":
        rest.pop()
    while rest:
        line = rest.pop(0)
        equals, block = line.find("="), line.find("<<")
        if not line:
            continue
        if equals >= 0 and (block < 0 or equals < block):
            found[line[:equals]] = line[equals + 1 :]
        elif block > 0 and (mark := line[block + 2 :]):
            if mark not in rest:
                raise ValueError(f"Matching delimiter not found {mark!r}")
            end = rest.index(mark)
            found[line[:block]] = "\n".join(rest[:end])
            del rest[: end + 1]
        else:
            raise ValueError(f"Invalid format {line!r}")
    return found


def _command(
    head: str, data: str, separator: str, codes: tuple[tuple[tuple[str, str], ...], ...]
) -> Command | None:
    name, _, listed = head.partition(" ")
    if name.lower() not in NAMES:
        return None
    pairs = (one.partition("=") for one in listed.strip().split(separator))
    return Command(
        name=name.lower(),
        properties={
            key.lower(): _decoded(value, codes[0]) for key, _, value in pairs if value
        },
        data=_decoded(data, codes[1]),
    )


def _decoded(value: str, code: tuple[tuple[str, str], ...]) -> str:
    for spelled, character in code:
        value = value.replace(spelled, character)
    return value


def _find_unmarked(text: str, key: str, start: int) -> int:
    """Where the key is, unless a mark stands on its last character."""
    return next(
        (
            at
            for at in _all(text, key, start)
            if not _is_mark(text[at + len(key) : at + len(key) + 1])
        ),
        -1,
    )


def _find_unjoined(text: str, key: str, start: int) -> int:
    """Where the key is, unless a character before it takes it along."""
    return next(
        (at for at in _all(text, key, start) if (text[at - 1 : at] or "a").isascii()),
        -1,
    )


def _all(text: str, key: str, start: int) -> Iterator[int]:
    at = text.find(key, start)
    while at >= 0:
        yield at
        at = text.find(key, at + 1)


def _is_mark(character: str) -> bool:
    """Whether it may belong to the character before it."""
    return not character.isascii() and (
        unicodedata.category(character)[0] in "MC"
        or unicodedata.category(character) in ("Lm", "Sk")
        or character in "\u0e33\u0eb3"
    )
