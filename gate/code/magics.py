"""What in a notebook's cell is IPython's and not Python: `%…`, `!…`, `…?`, `%%…`."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

# Never the beginning of a statement in Python.
_LINE: Final = re.compile(r"\s*(?=[%!?]|[,;/]\s*\w)")
_HELP: Final = re.compile(r"\s*(?=[%\w.*\[\]]+\?{1,2}[\s;]*(?:#.*)?$)")
_ASSIGNED: Final = re.compile(r"[\w.,\s\[\]*'\"]+=\s*(?=[%!](?!=))")
_TOKEN: Final = re.compile(r"#.*|'''|\"\"\"|'|\"|[\[({]|[\])}]|\\$")
_NAME: Final = re.compile(r"[^\W\d]\w*")
_MAX_NAMES: Final = 200

# Cell magics whose cell is code of the notebook all the same, and to black (as it has
# it) also those whose cell is another program in Python.
OWN_CODE: Final = frozenset(
    "capture debug memit prun scalene snakeviz time timeit".split()
)
PYTHON: Final = frozenset("capture prun pypy python python3 time timeit".split())
# Those that bring no name in; of another it cannot be known.
_NAMELESS: Final = frozenset(
    "autoreload autosave bash bookmark cd cmd colors conda config cp debug dirs env"
    " file history html javascript js killbgscripts latex lprun load_ext logstart"
    " logstop ls lsmagic magic man markdown matplotlib memit mkdir more mprun mv"
    " notebook page pdb pdef pdoc perl pfile pinfo pinfo2 pip pprint precision prun"
    " psearch"
    " psource pushd pwd pycat python python2 python3 quickref rehashx reload_ext rm"
    " rmdir ruby save scalene script sh snakeviz sx svg system tb tensorboard time"
    " timeit unload_ext uv watermark who who_ls whos writefile xmode".split()
)


@dataclass(frozen=True)
class Magic:
    """One of them: lines `first` to `last` of its cell, from 0; it begins at `column`.

    `text` is all of it. Of a cell that is `foreign` as a whole nothing is Python.
    """

    first: int
    last: int
    column: int
    text: str
    foreign: bool = False

    @property
    def name(self) -> str:
        """`time` of `%%time` and of `%time x()`; "" of what is no `%`."""
        words = self.text.lstrip("%").split(maxsplit=1)
        return words[0] if self.text.startswith("%") and words else ""

    @property
    def brings_names(self) -> bool:
        """Whether what it does may define names."""
        return bool(self.name) and self.name not in _NAMELESS | {"capture"}


def find(text: str, own: Collection[str] = OWN_CODE) -> tuple[Magic, ...]:
    """The magics of a cell, in their order; () of what is Python as it is.

    `own` are the cell magics behind which the cell goes on as Python.
    """
    if is_python(text):
        return ()
    lines = text.split("\n")
    first = next((n for n, s in enumerate(lines) if not _is_empty(s)), 0)
    if lines[first].startswith("%%"):
        head = Magic(first, first, 0, lines[first])
        if head.name not in own:
            whole = "\n".join(lines[first:])
            return (Magic(first, len(lines) - 1, 0, whole, foreign=True),)
        rest = "\n" * (first + 1) + "\n".join(lines[first + 1 :])
        return (head, *(_in(rest.split("\n")) if not is_python(rest) else ()))
    return tuple(_in(lines))


def is_python(text: str) -> bool:
    """Whether a text is Python that can be read."""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _is_empty(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _in(lines: Sequence[str]) -> Iterator[Magic]:
    state = _State()
    number = 0
    while number < len(lines):
        line = lines[number]
        column = None if state.inside else _column(line)
        if column is None:
            state.go_over(line)
            number += 1
            continue
        last = number
        while lines[last].endswith("\\") and last + 1 < len(lines):
            last += 1
        text = "\n".join([line[column:], *lines[number + 1 : last + 1]])
        yield Magic(number, last, column, text)
        number = last + 1


def _column(line: str) -> int | None:
    for pattern in (_LINE, _HELP, _ASSIGNED):
        if match := pattern.match(line):
            return match.end()
    return None


class _State:
    """Whether a line of Python goes on what the one before began."""

    def __init__(self) -> None:
        self._quote = ""
        self._depth = 0
        self._continued = False

    @property
    def inside(self) -> bool:
        return bool(self._quote or self._depth or self._continued)

    def go_over(self, line: str) -> None:
        at = 0
        self._continued = False
        while at < len(line):
            at = self._end(line, at) if self._quote else self._next(line, at)
        if len(self._quote) == 1 and not line.endswith("\\"):
            self._quote = ""  # no string goes beyond its line

    def _end(self, line: str, at: int) -> int:
        """Go to the end of a string."""
        while at < len(line):
            if line[at] == "\\":
                at += 2
            elif line.startswith(self._quote, at):
                at += len(self._quote)
                self._quote = ""
                return at
            else:
                at += 1
        return at

    def _next(self, line: str, at: int) -> int:
        match = _TOKEN.search(line, at)
        if not match:
            return len(line)
        found = match[0]
        if found[0] in "\"'":
            self._quote = found
        elif found in "[({":
            self._depth += 1
        elif found in "])}":
            self._depth = max(0, self._depth - 1)
        self._continued = found == "\\"
        return match.end()


def replaced(text: str, magics: Sequence[Magic], by: Callable[[Magic], str]) -> str:
    """The text with another in the place of each magic, in as many lines."""
    lines = text.split("\n")
    for magic in magics:
        lines[magic.first] = lines[magic.first][: magic.column] + by(magic)
        for number in range(magic.first + 1, magic.last + 1):
            lines[number] = ""
    return "\n".join(lines)


def stand_in(magic: Magic) -> str:
    """An expression that uses each name that the magic may use."""
    names = dict.fromkeys(_NAME.findall(magic.text))
    used = [name for name in names if not keyword.iskeyword(name)][:_MAX_NAMES]
    return f"eval({', '.join(['str()', *used])})"
