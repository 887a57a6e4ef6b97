"""The pull request's comment: the verdict, what to do next, and the details folded.

It fits what GitHub accepts whatever the verdict holds, and has nothing that changes
between two runs over the same tree (no times, no durations), so that an unchanged
verdict is an unchanged comment.
"""

from __future__ import annotations

from typing import Final

from gate.errors import GateError
from gate.reports import page, templating
from gate.reports.links import Links
from gate.reports.page import Page
from gate.reports.sections import Room
from gate.verdict import Verdict

MARKER: Final = "<!-- gate-comment -->"
LIMIT: Final = 65_000  # bytes; GitHub refuses more than 65,536 characters

_REST = "the job summary and `results.json`"


def render(verdict: Verdict, template: str = "") -> str:
    """The comment's markdown, at most `LIMIT` bytes of UTF-8; see `section`."""
    return f"{MARKER}\n{section(verdict, template=template).text}"


def section(
    verdict: Verdict,
    *,
    size: int = LIMIT - len(MARKER) - 1,
    links: Links | None = None,
    template: str = "",
) -> Page:
    """The comment, or a gate's part of it, in at most `size` bytes.

    `template` is the text of a template of the user's, which may extend
    `comment.md.j2` and is rendered in a sandbox.

    Raises:
        GateError: the template is wrong, or makes too long a text.
    """
    room = Room(size=size, rest=_REST, links=links)
    if not template:
        return page.render(page.ours("comment.md.j2"), verdict, room)
    made = templating.use(template, lambda own: page.render(own, verdict, room))
    if len(made.text.encode()) > size:
        raise GateError(f"it makes more than the {size:,} bytes that there is room for")
    return made
