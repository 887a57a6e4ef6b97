"""One comment for all gates of a pull request, of which each owns a part.

The parts are found again by their lengths, which stand in the comment's second line:
nothing that a part holds, however hostile, can pass for the begin or end of one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Final

import msgspec

from gate import names
from gate.findings import plural
from gate.reports import markup, text
from gate.reports.markdown import LIMIT, MARKER
from gate.reports.page import Page
from gate.verdict import State, Verdict

MOST: Final = 40  # gates: so many rows fit, however long their words are

_BEGIN, _END = "<!-- gate ", " -->"
_ICONS = {State.OPEN: "✅", State.CLOSED: "❌", State.ERROR: "🚫"}
_WORDS = {State.OPEN: "open", State.CLOSED: "closed", State.ERROR: "could not judge"}
_BEFORE = {
    State.OPEN: "it was open",
    State.CLOSED: "it was closed",
    State.ERROR: "it could not judge",
}
_ORDER = {State.CLOSED: 0, State.ERROR: 1, State.OPEN: 2}
_LEFT = "\n\n… the rest is in the summary of this gate's job\n"
_HEADLINE = 120  # characters

Sha = Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{40})?$")]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one gate says of the commit `head`, and where its text may be cut off."""

    name: str
    head: Sha
    state: State
    headline: str
    text: str = ""
    cuts: tuple[int, ...] = ()


class _Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part as the second line has it; `start` and `size` count characters."""

    name: Annotated[str, msgspec.Meta(max_length=60)]
    head: Sha
    state: State
    headline: Annotated[str, msgspec.Meta(max_length=_HEADLINE)]
    start: Annotated[int, msgspec.Meta(ge=0)] = 0
    size: Annotated[int, msgspec.Meta(ge=0)] = 0
    cuts: Annotated[tuple[int, ...], msgspec.Meta(max_length=100)] = ()


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    parts: Annotated[tuple[_Entry, ...], msgspec.Meta(max_length=MOST)]


def parse(comment: str) -> tuple[Part, ...]:
    """The parts of a comment of ours; none if it is another's, or was edited."""
    lines = comment.replace("\r\n", "\n").split("\n", 2)
    if len(lines) < 3 or lines[0] != MARKER or not lines[1].startswith(_BEGIN):
        return ()
    try:
        data = lines[1].removeprefix(_BEGIN).removesuffix(_END)
        entries = msgspec.json.decode(data.encode(), type=_Line).parts
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return ()
    named = {entry.name: entry for entry in entries}
    if any(name and not names.valid(name) for name in named):
        return ()
    return tuple(_part(entry, lines[2]) for entry in named.values())


def _part(entry: _Entry, body: str) -> Part:
    text = body[entry.start : entry.start + entry.size]
    whole = len(text.rstrip()) == entry.size  # what GitHub trims at the end was ours
    return Part(
        name=entry.name,
        head=entry.head,
        state=entry.state,
        headline=entry.headline,
        text=text if whole else "",
        cuts=entry.cuts if whole else (),
    )


def merged(
    comment: str, verdict: Verdict, head: str, render: Callable[[int], Page]
) -> str:
    """The comment with the part of this verdict's gate made anew, the others kept.

    `render` makes the part in at most so many bytes; `head` is the commit that the
    comment is about: what a gate said of another one is no longer shown.
    """
    name = verdict.context.name
    others = [part for part in parse(comment) if part.name != name][: MOST - 1]
    kept = [_current(part, head) for part in others]
    taken = sum(len(part.text.encode()) for part in kept)
    room = LIMIT - 1_000
    while True:
        share = max(room - taken, room // (len(kept) + 1))
        mine = _own(verdict, head, render(share))
        made = written(_fitted([*kept, mine], room), head)
        excess = len(made.encode()) - LIMIT
        if excess <= 0:
            return made
        room -= excess + 100


def _own(verdict: Verdict, head: str, page: Page) -> Part:
    """The part of the gate that this verdict is of."""
    shown = page.text.rstrip()
    return Part(
        name=verdict.context.name,
        head=head,
        state=verdict.state,
        headline=text.one_line(verdict.headline)[:_HEADLINE],
        text=shown,
        cuts=tuple(cut for cut in page.cuts if cut < len(shown)),
    )


def _current(part: Part, head: str) -> Part:
    if part.head == head:
        return part
    return msgspec.structs.replace(part, text="", cuts=())


def _fitted(parts: Sequence[Part], room: int) -> list[Part]:
    """The parts in at most `room` bytes: those that need little keep it, the others
    are cut to an equal share of what is left."""
    sizes = sorted(len(part.text.encode()) for part in parts)
    share = room
    for index, needed in enumerate(sizes):
        share = room // (len(sizes) - index)
        if needed > share:
            break
        room -= needed
        share = max(needed, room)
    return [_cut(part, share) for part in parts]


def _cut(part: Part, size: int) -> Part:
    if len(part.text.encode()) <= size:
        return part
    fitting = [
        cut
        for cut in part.cuts
        if len(part.text[:cut].encode()) + len(_LEFT.encode()) <= size
    ]
    text = part.text[: fitting[-1]].rstrip() + _LEFT.rstrip() if fitting else ""
    return msgspec.structs.replace(part, text=text, cuts=tuple(fitting[:-1]))


def written(parts: Sequence[Part], head: str) -> str:
    """The comment of these parts, which have to fit."""
    ordered = sorted(parts, key=lambda p: (p.head != head, _ORDER[p.state], p.name))
    alone = len(ordered) == 1
    body = "" if alone else _overview(ordered, head)
    entries = []
    for part in ordered:
        before, after = ("", "") if alone or not part.text else _fold(part)
        start = len(body) + len(before) if part.text else 0
        entries.append(_entry(part, start))
        body += before + part.text + after
    data = msgspec.json.encode(_Line(parts=tuple(entries))).decode()
    # Neither the end of a comment, nor what anything could look for in its text.
    safe = re.sub("[<>@#]", lambda m: f"\\u{ord(m[0]):04x}", data)
    return f"{MARKER}\n{_BEGIN}{safe}{_END}\n{body.rstrip()}\n"


def _entry(part: Part, start: int) -> _Entry:
    return _Entry(
        name=part.name,
        head=part.head,
        state=part.state,
        headline=part.headline,
        start=start,
        size=len(part.text),
        cuts=part.cuts,
    )


def _overview(parts: Sequence[Part], head: str) -> str:
    """The title of all gates together, and a row for each."""
    lines = [f"## {_title(parts, head)}", "", "| | Gate | Result |", "|:-:|---|---|"]
    return "\n".join([*lines, *_rows(parts, head)]) + "\n\n"


def _title(parts: Sequence[Part], head: str) -> str:
    judged = [part for part in parts if part.head == head]
    waiting = len(parts) - len(judged)
    counts = {state: sum(p.state is state for p in judged) for state in State}
    later = f", {plural(waiting, 'gate')} not judged yet" if waiting else ""
    of = f"of {plural(len(parts), 'gate')}"
    for state in (State.CLOSED, State.ERROR):
        if counts[state]:
            verb = {State.CLOSED: "is closed", State.ERROR: "could not judge"}[state]
            if counts[state] > 1:
                verb = verb.replace("is ", "are ")
            return f"{_ICONS[state]} {counts[state]} {of} {verb}{later}"
    if waiting:
        return f"⏳ {counts[State.OPEN]} {of} {_are(counts[State.OPEN])} open{later}"
    return f"✅ All {plural(len(parts), 'gate')} are open"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _rows(parts: Sequence[Part], head: str) -> Iterator[str]:
    for part in parts:
        name = markup.bold(_called(part), 100, cell=True)
        if part.head == head:
            said = markup.fitted(part.headline, 300, _cell)
            yield f"| {_ICONS[part.state]} | {name} | {_WORDS[part.state]}: {said} |"
        else:
            at = f"at {markup.code(part.head[:7])}" if part.head else "before"
            yield f"| ⏳ | {name} | not judged yet; {at} {_BEFORE[part.state]} |"


def _cell(sentence: str) -> str:
    return markup.prose(sentence, cell=True)


def _called(part: Part) -> str:
    return part.name or "gate"


def _fold(part: Part) -> tuple[str, str]:
    is_open = " open" if part.state is not State.OPEN else ""
    name = markup.fitted(_called(part), 150, markup.inline_html)
    summary = f"{_ICONS[part.state]} <b>{name}</b>"
    return f"<details{is_open}><summary>{summary}</summary>\n\n", "\n\n</details>\n\n"
