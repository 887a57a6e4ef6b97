"""Hostile text as GitHub's markdown: shown as it is, never linked, never markup.

What GitHub would turn into a link, a mention, an emoji or mathematics is shown as code,
because escaping cannot stop that: GitHub looks for those in the rendered text. All
other punctuation with a meaning is escaped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from gate.reports import text

# A word that GitHub links or replaces: @name, URLs, #1, GH-1, owner/name#1, commits,
# advisories, $mathematics$, :emoji: (and, for looks, names such as file.py::test).
_LIVE = re.compile(
    r"@|::|://|www\.|#\d|gh-\d|mailto:|xmpp:|\$|ghsa-|cve-\d|:[\w+-]+(?::|$)"
    r"|(?<![0-9a-z])(?=[0-9]*[a-f])[0-9a-f]{7,40}(?![0-9a-z])"
    r"|(?<![0-9a-z.,])[0-9]{7,40}(?![0-9a-z])",  # a commit may have only digits
    re.IGNORECASE,
)
# GitHub makes a box of this wherever an item begins with it: even a backslash does not
# help, as it looks for those in the rendered text as well.
_BOX = re.compile(r"^((?:[-+*]|\d+\.)? ?)(\[[ x]\])(?![^ ])", re.IGNORECASE)
_SPECIAL = re.compile(r"[\\`*_\[\]<>|~&^]")
# A list, a heading or an underline begins only where a line does.
_START = re.compile(r"(\d{0,9})([-+.)]|#{1,6}|=+|-{2,})(?= |$)")
# What means something in markdown or in HTML, in the middle of a line.
_MEANING = re.compile(
    r"""["#$&*<=>@\[\\\]^`{|}~]|(?<![a-z0-9])_|_(?![a-z0-9])|(?<=www)\.""",
    re.IGNORECASE,
)
_WORDS = re.compile(r"(\s+)")


def code(value: str, *, cell: bool = False) -> str:
    r"""A code span that holds the value, whatever the value is.

    Within a table's cell a pipe needs a backslash even in code; outside one the
    backslash would be shown.
    """
    value = _value(value)
    if not value:
        return "(empty)"
    ticks = "`" * (_longest_run(value) + 1)
    if value[0] in "` " or value[-1] in "` ":
        value = f" {value} "  # markdown takes these two blanks away again
    span = f"{ticks}{value}{ticks}"
    return span.replace("|", "\\|") if cell else span


def _value(value: str) -> str:
    """The value on one line; blanks alone would not be seen."""
    value = text.value(value)
    return "␠" * len(value) if value.isspace() else value


def prose(sentence: str, *, cell: bool = False) -> str:
    """A sentence, on one line; what stands between its backticks is code."""
    shown = _prose(sentence, lambda value: code(value, cell=cell), _escape)
    start = _START.match(shown)
    return f"{start[1]}\\{shown[start.start(2) :]}" if start else shown


def item(sentence: str, size: int) -> str:
    """A sentence in at most about `size` bytes for an item of a list, never empty.

    A dash with nothing behind it would make the line above it a heading.
    """
    return fitted(sentence, size) or "(empty)"


def bold(title: str, size: int, *, cell: bool = False) -> str:
    """A title or name in bold, in at most about `size` bytes."""
    shown = fitted(title, size, lambda part: prose(part, cell=cell))
    return f"**{shown or '(empty)'}**"


def inline_html(sentence: str) -> str:
    """A sentence for a place where markdown is not read, such as <summary>."""
    return _prose(
        sentence,
        lambda value: f"<code>{html.escape(_value(value))}</code>",
        html.escape,
    )


def anywhere(sentence: str) -> str:
    """A sentence for a place in markdown or in HTML, whichever it turns out to be.

    A backtick is code in the one alone, a tag begins in the other behind a backslash
    as well: so all that means something in either is spelled as HTML can.
    """
    shown = _prose(sentence, _code_anywhere, _entities)
    if start := _START.match(shown):
        at = start.start(2)
        return f"{shown[:at]}&#{ord(shown[at])};{shown[at + 1 :]}"
    return shown


def _code_anywhere(value: str) -> str:
    """Code as HTML; what makes an address of it even there stands by itself."""
    parts = re.split("([@:])", _value(value))
    shown = "".join(
        f"<span>{part}</span>" if part in "@:" and part else _entities(part)
        for part in parts
    )
    return f"<code>{shown}</code>"


def _entities(piece: str) -> str:
    return _MEANING.sub(lambda match: f"&#{ord(match[0])};", piece)


def fenced(block: str, language: str = "") -> str:
    """A code block, with a fence longer than any in the text."""
    block = text.visible(block).strip("\n")
    ticks = "`" * max(3, _longest_run(block) + 1)
    return f"{ticks}{language}\n{block}\n{ticks}"


def fitted(sentence: str, size: int, render: Callable[[str], str] = prose) -> str:
    """The sentence rendered in at most `size` bytes, cut where it has to be."""
    limit = size
    while True:
        rendered = render(text.cut(sentence, limit))
        excess = len(rendered.encode()) / size
        if excess <= 1 or limit <= 1:
            return rendered
        limit = min(int(min(limit, len(sentence)) / excess), limit - 1)


def _prose(
    sentence: str, as_code: Callable[[str], str], as_text: Callable[[str], str]
) -> str:
    pieces: list[tuple[bool, str]] = []
    for is_code, part in text.spans(_BOX.sub(r"\1`\2`", text.one_line(sentence))):
        for word in [part] if is_code else _WORDS.split(part):
            live = is_code or bool(_LIVE.search(word))
            if live and pieces and pieces[-1][0]:
                pieces.append((False, " "))  # two spans that touch would be one
            core = word if is_code or not live else word.rstrip(",.;:") or word
            pieces.append((live, as_code(core) if live else word))
            if len(core) < len(word):
                pieces.append((False, word[len(core) :]))
    return "".join(piece if is_code else as_text(piece) for is_code, piece in pieces)


def _escape(piece: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", piece)


def _longest_run(value: str) -> int:
    return max((len(run) for run in re.findall("`+", value)), default=0)
