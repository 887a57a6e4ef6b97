"""What git prints of a change -> the lines of each file, by names that git quotes."""

from __future__ import annotations

import re

_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def added_lines(diff: bytes) -> dict[str, frozenset[int]]:
    """The added lines of each file in the output of `git diff --unified=0`.

    Bytes, and split at newlines only: a form feed or U+2028 in a source file ends
    no line for git. Hunk bodies are skipped by their counts, so that a line of
    content that looks like a header is not taken for one.
    """
    added: dict[str, set[int]] = {}
    lines = iter(diff.split(b"\n"))
    current: set[int] = set()
    for line in lines:
        if line.startswith(b"+++ "):
            path = _header_path(line[4:])
            current = added.setdefault(path, set()) if path else set()
        elif hunk := _HUNK.match(line):
            old, start, new = hunk.groups()
            count = int(new) if new is not None else 1
            current.update(range(int(start), int(start) + count))
            for _ in range((int(old) if old is not None else 1) + count):
                if next(lines, b"").startswith(b"\\"):  # \ No newline at end of file
                    next(lines, b"")
    return {path: frozenset(numbers) for path, numbers in added.items()}


def _header_path(name: bytes) -> str | None:
    """The path in a `+++ ` line: git quotes odd names, and puts a tab after spaces."""
    name = name.rstrip(b"\r")
    if name.startswith(b'"'):
        name = _unquote(name[1 : name.rindex(b'"')])
    else:
        name = name.removesuffix(b"\t")
    return path_of(name[2:]) if name.startswith(b"b/") else None


_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b"}
_ESCAPES |= {b"f": b"\f", b"v": b"\v", b'"': b'"', b"\\": b"\\"}


def _unquote(name: bytes) -> bytes:
    def replaced(match: re.Match[bytes]) -> bytes:
        code = match[1]
        return _ESCAPES[code] if code in _ESCAPES else bytes([int(code, 8) & 0xFF])

    return re.sub(rb'\\([0-7]{3}|[ntrabfv"\\])', replaced, name)


def path_of(name: bytes) -> str:
    """A name as text; one that is no UTF-8 can be shown, though no longer opened."""
    return name.decode("utf-8", "replace")
