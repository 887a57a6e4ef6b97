"""One file per report: a module with `render(verdict) -> str`, listed in `REPORTS`."""

from __future__ import annotations

from typing import Final, Protocol

from gate.reports import badge, endpoint, markdown, summary
from gate.verdict import Verdict


class Report(Protocol):
    """What a report's module offers."""

    def render(self, verdict: Verdict) -> str:
        """The report's text; a pure function of a verdict that may be hostile."""
        ...


# The file under `.gate/`, and who writes it. results.json is written by gate.results.
REPORTS: Final[dict[str, Report]] = {
    "comment.md": markdown,
    "summary.md": summary,
    "badge.svg": badge,
    "badge.json": endpoint,
}
