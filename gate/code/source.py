"""A source file as it is looked at: its text, lines, tokens and syntax tree."""

from __future__ import annotations

import ast
import functools
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate.code.once import once

MAX_BYTES = 5_000_000  # of a file; what is larger was written by a program

# As flake8 has it: `# noqa`, `# noqa: E501,W291`, `# noqa: E501 W291`.
_CODE = "[A-Z]+[0-9]+"
_NOQA = re.compile(rf"#\s*noqa(?::\s?(?P<codes>{_CODE}(?:[,\s]+{_CODE})*))?", re.I)
_NOQA_FILE = re.compile(
    rf"#\s*flake8[:=]\s*noqa(?P<codes>:\s?{_CODE}(?:[,\s]+{_CODE})*)?\s*$", re.I
)

_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")
# What black puts in, takes away and exchanges.
_LAYOUT = re.compile(r"""[\s'"(),\\]""")


@dataclass(frozen=True)
class Source:
    """A Python file: `path` is relative to its project, with forward slashes."""

    path: str
    text: str

    @once
    def lines(self) -> tuple[str, ...]:
        """Its lines without their ends; a form feed or U+2028 ends none."""
        return tuple(re.split(r"\r\n|\r|\n", self.text))

    @property
    def fault(self) -> tuple[int, str] | None:
        """Why it is not Python that can be read, and the line; None where it is."""
        if self.tree is not None:
            return None
        try:
            ast.parse(self.text)
        except SyntaxError as error:
            return error.lineno or 1, error.msg
        except (ValueError, RecursionError, MemoryError) as error:
            return 1, str(error) or "it is nested too deeply"
        return None

    @once
    def tree(self) -> ast.Module | None:
        """Its syntax tree; None where it is not Python that can be read."""
        try:
            return ast.parse(self.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    def statement(self, line: int) -> str:
        """The statement that a line is in, less what only lays it out; "" outside."""
        first, last = self._statements.get(line, (1, 0))
        return _LAYOUT.sub("", "".join(self.lines[first - 1 : last]))

    @once
    def _statements(self) -> dict[int, tuple[int, int]]:
        """The first and the last line of each line's statement, without its body."""
        found = {}
        left: list[Any] = [*self.tree.body] if self.tree else []
        while left:
            node = left.pop()
            inner = [one for name in _BODIES for one in getattr(node, name, ())]
            left += inner
            if not hasattr(node, "lineno"):
                continue
            above = getattr(node, "decorator_list", ())
            first = min(one.lineno for one in (node, *above))
            starts = [one.lineno - 1 for one in inner if hasattr(one, "lineno")]
            span = first, max(first, min([node.end_lineno, *starts]))
            found.update(dict.fromkeys(range(span[0], span[1] + 1), span))
        return found

    @once
    def tokens(self) -> tuple[tokenize.TokenInfo, ...]:
        """Its tokens; () where it is not Python that can be read."""
        try:
            reader = io.StringIO(self.text).readline
            return tuple(tokenize.generate_tokens(reader))
        except (tokenize.TokenError, SyntaxError, ValueError):
            return ()

    @once
    def comments(self) -> dict[int, str]:
        """The comment of each line that has one."""
        return {
            token.start[0]: token.string
            for token in self.tokens
            if token.type == tokenize.COMMENT
        }

    @functools.cached_property
    def _excused(self) -> tuple[str, ...] | None:
        """The codes that the whole file is excused from; None: from all."""
        found = [m for text in self.comments.values() if (m := _NOQA_FILE.match(text))]
        if any(match["codes"] is None for match in found):
            return None
        return tuple(code for match in found for code in _codes(match["codes"]))

    def excuses(self, line: int, code: str) -> bool:
        """Whether a comment there, `# noqa` as flake8 has it, lets a rule be broken."""
        whole = self._excused
        if whole is None or any(map(code.startswith, whole)):
            return True
        found = _NOQA.search(self.comments.get(line, ""))
        codes = _codes(found["codes"] or "") if found else []
        return bool(found) and (not codes or any(map(code.startswith, codes)))


def _codes(text: str) -> list[str]:
    return re.findall(_CODE, text.upper())


def read(root: Path, path: str) -> Source | None:
    """A file below `root`, in its own encoding; None where that is not to be read."""
    try:
        with (root / path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            return None
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return Source(path, data.decode(encoding))
    except (OSError, SyntaxError, UnicodeError, LookupError):
        return None


def walk(tree: ast.AST) -> Iterator[tuple[ast.AST, ast.AST | None]]:
    """Every node of a tree with the one that it is in, in the order of the text."""
    stack: list[tuple[ast.AST, ast.AST | None]] = [(tree, None)]
    while stack:
        node, parent = stack.pop()
        yield node, parent
        children = [(child, node) for child in ast.iter_child_nodes(node)]
        stack.extend(reversed(children))
