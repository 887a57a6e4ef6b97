"""Hostile text for every string of a verdict: what each medium takes for its own."""

from __future__ import annotations

import enum
import hashlib
import random
import re
import types
import typing
from typing import Any

import msgspec
from hypothesis import strategies as st

from gate.findings import Cell, Column, Kind, Level, Status, Table, Weight
from gate.verdict import Verdict, could_not_judge, judge

METRICS = ("coverage.percent", "coverage.changed_percent", "data.anomalies")

MARKDOWN = (
    *("`", "``", "```", "~~~", "`````````", "|", "||", "\\", "\\\\", "\\|", "\\`"),
    *("<!--", "-->", "<b>", "</b>", "<details>", "</details>", "<summary>", "<br>"),
    *("</td></tr></table>", "<script>", "<img src=x onerror=y>", "<?", "<![CDATA["),
    *(
        "<!-- gate-comment -->",
        "<a href=b>",
        "<http://a.b>",
        "<a@b.c>",
        "&lt;",
        "&#64;",
    ),
    *("![x](y)", "[x](y)", "[x](javascript:y)", "[x]", "[x]: y", "[^1]", "[^1]: y"),
    *("**", "*", "_", "__", "~~", "~", "==", "^", "# ", "####### ", "- ", "+ ", "* "),
    *("1. ", "1) ", "> ", "> [!NOTE]", "[ ] ", "[x] ", "- [ ] ", "---", "===", "***"),
    *(
        "|-|",
        ":-:",
        "| a | b |",
        "```suggestion",
        "```math",
        "```mermaid",
        "    ",
        "\t",
    ),
)
GITHUB = (
    *("@octocat", "@o/team", "a@b.c", "#1", "o/r#1", "GH-1", "gh-1", "o/r@abcdef0"),
    *("abcdef0", "0123456789abcdef0123456789abcdef01234567", "1234567", "fixes #1"),
    *(
        "http://a.b",
        "https://a.b/c",
        "ftp://a.b",
        "www.a.b",
        "mailto:a@b.c",
        "xmpp:a@b",
    ),
    *(":tada:", ":+1:", "$x$", "$", "$`x`$", "$$", "CVE-2021-44228", "GHSA-jfh8-c2jp"),
    *("#ff0000", "`#ff0000`", "@", "#", "::", ":"),
)
RUNNER = (
    *("::error::x", "::add-mask::e", "::set-output name=a::b", "::stop-commands::t"),
    *("##[error]x", "##[add-mask]e", "##[", "%0A", "%0D", "%25", "%3A", "%2C", "\r::"),
    *(
        ",file=x",
        ",title=y",
        "::x::",
        "\n::group::",
        ":\u0640:error::",
        "\u0640::debug::",
    ),
    *("#\u0640#[error]x", "\u0301", "\u0e33", "\u0d4e", "EOF", "k=v", "k<<EOF"),
)
OTHERS = (
    *(
        "\x1b[31m",
        "\x1b]8;;http://a.b\x07",
        "\x07",
        "\x08",
        "\x9b",
        "\x00",
        "\x7f",
        "\x85",
    ),
    *("\u202e", "\u2066", "\u200b", "\u200d", "\u2028", "\u2029", "\ufeff", "\xad"),
    *(
        "\ufe0f",
        "\u034f",
        "\u3164",
        "\U000e0041",
        "\ud800",
        "\udfff",
        "\ufffe",
        "\uffff",
    ),
    *(
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        "\v",
        "\f",
        " ",
        "  ",
        "\xa0",
        "\u3000",
        "𝕏",
        "🐛",
        "⚠️",
    ),
    *(
        "]]>",
        "&amp;",
        "&",
        "'",
        '"',
        "<",
        ">",
        "{{ x }}",
        "{% x %}",
        "{0}",
        "%s",
        "a",
        "é",
    ),
    *(
        "](",
        "../../x",
        "/etc/passwd",
        "C:\\x",
        "a b.py",
        "x" * 300,
        "字" * 200,
        "0",
        "-1",
    ),
)
PIECES = (*MARKDOWN, *GITHUB, *RUNNER, *OTHERS)

TEXT: st.SearchStrategy[str] = st.one_of(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map(" ".join),
    st.text(st.sampled_from("`|\\<>!-[]()*_~#@&;:$ \t\n\r\"'/.=+aeg01"), max_size=60),
    st.text(st.characters(), max_size=40),
)
_POOLS = st.lists(TEXT, min_size=2, max_size=6)
_SEEDS = st.integers(min_value=0, max_value=2**32)


# What closes the gate is shown at most length.
_LOUD = (Status.FAILED, Status.FAILED, Level.ERROR, Weight.ERROR)


class Filler:
    """Fills every field of a struct by its type, strings from a pool.

    A field that is added is filled as well: nobody has to think of it.
    """

    def __init__(self, pool: list[str], seed: int) -> None:
        self.random = random.Random(seed)
        self.pool = pool

    def struct(self, kind: type) -> Any:
        """A struct with all of its fields."""
        if kind is Table:
            return self._table()
        hints = typing.get_type_hints(kind)
        names = (field.name for field in msgspec.structs.fields(kind))
        return kind(**{name: self.value(hints[name]) for name in names})

    def value(self, kind: Any) -> Any:
        """A value of a type."""
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return self.struct(kind)
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            return self.random.choice([*kind, *(one for one in kind if one in _LOUD)])
        if typing.get_origin(kind) in (typing.Union, types.UnionType):
            return self.value(self.random.choice(typing.get_args(kind)))
        if typing.get_origin(kind) is tuple:
            count = self.random.choice([0, 1, 1, 2, 3])
            return tuple(self.value(typing.get_args(kind)[0]) for _ in range(count))
        if typing.get_origin(kind) is dict:
            key, item = typing.get_args(kind)
            names = (self.value(key) for _ in range(2))
            return {self._metric(name): self.value(item) for name in names}
        return self._plain(kind)

    def _plain(self, kind: type) -> Any:
        if kind is str:
            return self.random.choice(self.pool)
        if kind is bool:
            return self.random.random() < 0.5
        if kind is int:
            return self.random.choice([0, 1, 2, 3, 41, 1_234_567, -5, 2**62])
        if kind is float:
            return self.random.choice([0.0, 1.0, 71.94, 1e-9, -3.5, 1234567.8, 1e300])
        assert kind is type(None), kind
        return None

    def _metric(self, name: str) -> str:
        """A metric's name: the reports look for a few, and show those of a model."""
        return self.random.choice((*METRICS, f"model.{name}", name))

    def _table(self) -> Table:
        """A table, whose rows have to be as long as it has columns."""
        columns = tuple(
            Column(name=self.value(str), kind=kind)
            for kind in self.random.sample(list(Kind), 3)
        )
        return Table(
            title=self.value(str),
            columns=columns,
            rows=tuple(tuple(self.value(Cell) for _ in columns) for _ in range(2)),
            chart=self.random.choice(
                ["bar", "interval", "thresholds", self.value(str)]
            ),
            important=self.value(bool),
            total=self.random.choice([None, 2, 5]),
        )


@st.composite
def verdicts(draw: st.DrawFn) -> Verdict:
    """A verdict with hostile text in every string: as judged, stopped, or forged."""
    filler = Filler(draw(_POOLS), draw(_SEEDS))
    verdict: Verdict = filler.struct(Verdict)
    made = filler.random.choice(["judged", "stopped", "forged"])
    if made == "judged":
        return judge(verdict.results, verdict.context)
    if made == "stopped":
        return could_not_judge(verdict.reasons, verdict.context)
    return verdict


@st.composite
def patches(draw: st.DrawFn) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """A patch with one change, with the lines that it takes away and puts there."""
    old = draw(st.lists(_LINE, min_size=1, max_size=3))
    new = draw(st.lists(_LINE, max_size=3))
    head = f"--- a\n+++ a\n@@ -3,{len(old)} +3,{len(new)} @@"
    lines = [head, *(f"-{line}" for line in old), *(f"+{line}" for line in new)]
    return "\n".join(lines) + "\n", tuple(old), tuple(new)


_LINE = TEXT.map(lambda text: text.replace("\n", " "))


def called(verdict: Verdict, name: str) -> Verdict:
    """The verdict as that of a gate with a name; no other name is published."""
    context = msgspec.structs.replace(verdict.context, name=name)
    return msgspec.structs.replace(verdict, context=context)


def checked(verdict: Verdict) -> Verdict:
    """The verdict with the names of checks that are published."""
    results = tuple(
        msgspec.structs.replace(result, check=f"check-{number}")
        for number, result in enumerate(verdict.results)
    )
    return msgspec.structs.replace(verdict, results=results)


def tame(value: Any) -> Any:
    """The same with words that mean nothing to anybody, in the same shape.

    Equal words stay equal, and blanks stay as they are.
    """
    if isinstance(value, str):
        return _TAMED.sub(lambda word: _tame_word(word[0]), value)
    if isinstance(value, msgspec.Struct):
        names = value.__struct_fields__
        changes = {name: tame(getattr(value, name)) for name in names}
        return msgspec.structs.replace(value, **changes)
    if isinstance(value, dict):
        return {_tame_metric(key): tame(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(map(tame, value))
    return value


_TAMED = re.compile(r"[^\s]+")


def _tame_word(word: str) -> str:
    if word in ("bar", "interval", "thresholds"):  # the pictures of a table
        return word
    digest = hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()
    return "w" + "".join(chr(ord("g") + byte % 20) for byte in digest[:12])


def _tame_metric(name: str) -> str:
    known = name in METRICS or not name
    if known or not name.startswith("model."):
        return name if known else tame(name)
    return f"model.{tame(name.removeprefix('model.'))}"
