"""One file per report: a module with `render(verdict) -> str`, listed in `REPORTS`."""

from __future__ import annotations

from typing import Final, Protocol

from gate.reports import badge, endpoint, html, junit, markdown, sarif, summary
from gate.verdict import Verdict


class Report(Protocol):
    """What a report's module offers."""

    def render(self, verdict: Verdict) -> str:
        """The report's text; a pure function of a verdict that may be hostile."""
        ...


# The file under `.gate/`, and who writes it. results.json is written by gate.results.
REPORTS: Final[dict[str, Report]] = {
    "report.html": html,
    "comment.md": markdown,
    "summary.md": summary,
    "results.sarif": sarif,
    "junit.xml": junit,
    "badge.svg": badge,
    "badge.json": endpoint,
}
