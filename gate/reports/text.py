"""Text made safe to look at: nothing hidden, nothing that moves the cursor.

Every string of a verdict may come from a hostile pull request. What is done here suits
every medium; escaping for one of them (markdown, HTML, a terminal, workflow commands)
is done by its own report.
"""

from __future__ import annotations

import re

# Control characters, soft hyphen, bidirectional and zero-width marks, fillers, line
# and paragraph separators, lone surrogates, variation selectors beyond emoji, tags and
# the code points that are not characters: none can be seen, each can deceive.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef"
    "\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff"
    + "".join(
        chr(end + last)
        for end in range(0x10000, 0x110000, 0x10000)
        for last in (0xFFFE, 0xFFFF)
    )
    + "]"
)
_CODE = re.compile("`([^`\n]+)`")


def visible(text: str) -> str:
    r"""The text with every hidden character spelled out (`\x1b`, `\u202e`).

    Line feeds and tabs stay; a carriage return with its line feed is a line feed.
    """
    return _HIDDEN.sub(_spell, text.replace("\r\n", "\n"))


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


def _spell(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
