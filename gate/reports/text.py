"""Text made safe to look at: nothing hidden, nothing that moves the cursor.

What is done here suits every medium; escaping for one of them (markdown, HTML, a
terminal, workflow commands) is done by its own report.
"""

from __future__ import annotations

import re

from gate import hidden

_CODE = re.compile("`([^`\n]+)`")


def visible(text: str) -> str:
    r"""The text with every hidden character spelled out (`\x1b`, `\u202e`).

    Line feeds and tabs stay; a carriage return with its line feed is a line feed.
    """
    return hidden.spelled(text)


def one_line(text: str) -> str:
    """The text for people to read, on one line."""
    return " ".join(visible(text).split())


def value(text: str) -> str:
    r"""A name or value of the user's on one line, its line feeds spelled out too."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def cut(text: str, limit: int) -> str:
    """At most `limit` characters of the text; an ellipsis stands for the rest."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"


def spans(text: str) -> list[tuple[bool, str]]:
    """The parts of a sentence, and whether each is code (it stood in backticks)."""
    parts = _CODE.split(text)
    return [(index % 2 == 1, part) for index, part in enumerate(parts) if part]
