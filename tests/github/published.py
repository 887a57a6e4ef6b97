"""Something to publish: a comment of a fixed text, and nothing beside unless given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gate.github.keeping import Badge
from gate.github.publish import Outputs

MARKER = "<!-- marker -->"


@dataclass(frozen=True)
class Plain:
    """A comment of which this gate writes all."""

    body: str
    marker: str = MARKER
    wanted: bool = True
    folded: bool = False

    def merged(self, there: str) -> str:
        return self.body

    def shared(self, text: str) -> bool:
        return False

    def settled(self, text: str) -> bool:
        return "open" in text


def outputs(body: str, **parts: Any) -> Outputs:
    """Outputs with a comment of this text."""
    settings = {
        "message": Plain(body),
        "annotations": (),
        "suggestions": (),
        "sarif": lambda: "{}",
        "badge": Badge(svg="<svg/>", json="{}"),
    }
    return Outputs(**{**settings, **parts})
