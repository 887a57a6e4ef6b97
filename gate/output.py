"""What the commands print: on GitHub Actions, nothing that its runner would obey.

A column's name, a cell or a file's name may come from a hostile pull request, and the
runner takes commands from whatever a step prints.
"""

from __future__ import annotations

import json
import math
import os
import re
from typing import Any

import click

from gate.errors import GateError

_OLD_COMMAND = re.compile(r"(#[\x80-\U0010ffff]*#[\x80-\U0010ffff]*)\[")


def say(text: str = "", *, err: bool = False, nl: bool = True) -> None:
    """Print text for people."""
    click.echo(harmless(text) if _on_actions() else text, err=err, nl=nl)


def harmless(text: str) -> str:
    """The text as one in which the runner finds no command, without colours."""
    from gate.reports import inline  # loads the reports, which help does without

    return inline.neutralise(click.unstyle(text))


def say_report(text: str) -> None:
    """Print what else would be a file, as UTF-8 with plain line feeds on any stream."""
    click.echo((harmless(text) if _on_actions() else text).encode(), nl=False)


def say_json(document: Any) -> None:
    """Print a document of JSON, given as such or as its text; the same everywhere.

    No line of JSON starts with `::`, and `##[` can be spelled in another way, also with
    what a runner overlooks in between. NaN and infinity, for which JSON has no word,
    become texts as in protocol buffers' JSON.
    """
    if not isinstance(document, str):
        plain = _spelled(document)
        document = json.dumps(plain, ensure_ascii=False, allow_nan=False) + "\n"
    click.echo(_OLD_COMMAND.sub(r"\1\\u005b", document), nl=False)


def _spelled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _spelled(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_spelled(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{'-' * (value < 0)}Infinity"
    return value


def say_exactly(text: str) -> None:
    """Print text that must not be changed.

    Raises:
        GateError: the runner would find a command in it.
    """
    from gate.reports import inline
    from gate.reports import text as texts  # as above

    lines = text.replace("\r", "\n")
    if _on_actions() and inline.neutralise(lines) != texts.visible(lines):
        raise GateError(
            "not printed: GitHub would take a part of it for a command",
            hint="write it to a file with --output",
        )
    click.echo(text, nl=False)


def append(path: str, text: str) -> None:
    """Add to a file of the runner's: the job's summary, the step's outputs.

    Raises:
        GateError: it cannot be written.
    """
    try:
        with open(path, "a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise GateError(f"cannot be written: {error.strerror}", path=path) from None


def _on_actions() -> bool:
    return os.environ.get("GITHUB_ACTIONS") == "true"
