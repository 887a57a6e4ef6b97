"""Characters that cannot be seen, and so deceive: spelled out wherever text is shown.

Every string of a verdict may come from a hostile pull request. What is done here suits
every medium; each escapes for its own besides.
"""

from __future__ import annotations

import re

# Control characters, lone surrogates, line and paragraph separators, what is not a
# character, and all that Unicode has no shape for: soft hyphens, joiners, bidirectional
# and zero-width marks, fillers, variation selectors, tags. What asks for a symbol in
# colour (`⚠️`) may stand behind one: there it is seen.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef"
    "\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U00013430-\U0001343f"
    "\U00016fe4\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    + "".join(
        chr(end + last)
        for end in range(0x10000, 0x110000, 0x10000)
        for last in (0xFFFE, 0xFFFF)
    )
    + "]|(?<![\xa9\xae\u203c\u2049\u2070-\u3163\u3165-\u3299\U0001f004-\U0001faff])"
    "[\ufe0e\ufe0f]"
)


def spelled(text: str) -> str:
    r"""The text with every hidden character spelled out (`\x1b`, `\u202e`).

    Line feeds and tabs stay; a carriage return with its line feed is a line feed.
    """
    return _HIDDEN.sub(_spell, text.replace("\r\n", "\n"))


def _spell(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
