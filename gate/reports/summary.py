"""The job's summary: the comment's longer sibling, with the details open."""

from __future__ import annotations

from typing import Final

from gate.reports import page
from gate.reports.sections import Room
from gate.verdict import Verdict

LIMIT: Final = 1_000_000  # GitHub drops a summary of more than 1,048,576 bytes

_ROOM = Room(
    patches=30,
    size=LIMIT,
    rest="`results.json`",
    message=4_000,
    cell=1_000,
    patch_lines=400,
    output_lines=200,
    full=True,
)


def render(verdict: Verdict) -> str:
    """The summary's markdown, at most `LIMIT` bytes of UTF-8."""
    return page.render(page.ours("summary.md.j2"), verdict, _ROOM).text
