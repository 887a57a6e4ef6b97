"""What stands between the fields of a text, where nobody said it."""

from __future__ import annotations

import csv
import io

from gate.data.source import TEXT, Source, opened
from gate.data.text import Text

_CANDIDATES = ";\t|"
_START = 64 * 1024  # bytes that are looked at
_RECORDS = 100


def delimiter(source: Source) -> str:
    """What stands between the fields: as named, else by the extension and the text.

    It is a comma, or a tab in .tsv and .tab, unless the header has none: then the one
    of `;`, tab and `|` that divides all of the first records into equally many fields.

    Raises:
        DataError: it is no one ASCII character, or the file cannot be read.
    """
    named = "\t" if source.delimiter == "\\t" else source.delimiter
    if named:
        if len(named) != 1 or not named.isascii() or named in '"\r\n\0':
            hint = "use one ASCII character, such as , ; | or \\t"
            raise source.error(f"`{named}` cannot be a delimiter", hint=hint)
        return named
    usual = TEXT.get(source.extension, ",")
    if usual != ",":
        return usual
    start = _start(source)
    if _fields(start, usual)[:1] > [1]:
        return usual
    fields = {other: _fields(start, other) for other in _CANDIDATES}
    even = {d: counts[0] for d, counts in fields.items() if len(set(counts)) == 1}
    best = max(even, key=lambda d: even[d], default=usual)
    return best if even.get(best, 1) > 1 else usual


def unusual_delimiter(source: Source) -> str:
    """What was found between the fields of a text, if nobody would have guessed it."""
    if source.format != "csv" or source.delimiter:
        return ""
    found = delimiter(source)
    return "" if found == TEXT.get(source.extension, ",") else found


def _start(source: Source) -> str:
    """The first lines of the file, whole."""
    with opened(source) as file:
        data = Text(source, file).read(_START)
    text = data.decode("utf-8", "replace")
    return text if len(data) < _START else text[: text.rfind("\n") + 1] or text


def _fields(text: str, delimiter: str) -> list[int]:
    """How many fields each of the first records has that are not blank."""
    counts = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if record:
                counts.append(len(record))
            if len(counts) == _RECORDS:
                break
    except csv.Error:
        pass
    # A quoted field may go on beyond what was read.
    return counts[:-1] if len(counts) > 2 and len(text) >= _START // 4 else counts
