"""The pull request's comment: the verdict, what to do next, and the details folded.

It fits what GitHub accepts whatever the verdict holds, and has nothing that changes
between two runs over the same tree (no times, no durations), so that an unchanged
verdict is an unchanged comment.
"""

from __future__ import annotations

from typing import Final

from gate.reports import page
from gate.reports.sections import Room
from gate.verdict import Verdict

MARKER: Final = "<!-- gate-comment -->"
LIMIT: Final = 65_000  # GitHub refuses more than 65,536 characters

_ROOM = Room(size=LIMIT, rest="the job summary and `results.json`")


def render(verdict: Verdict) -> str:
    """The comment's markdown, at most `LIMIT` bytes of UTF-8."""
    return page.render("comment.md.j2", verdict, _ROOM, marker=MARKER)
