"""The comment with the template that the tree has: looked at before it counts.

What `gate publish` uses is the base branch's. A change that breaks the template is told
by the run that judges it, and not by every comment after it is merged.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gate import paths
from gate.errors import GateError
from gate.reports import markdown, templating
from gate.verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A template's text, empty where none is named, and why it cannot be used."""

    name: str = ""
    text: str = ""
    problem: str = ""

    def tried(self, verdict: Verdict) -> tuple[str, str]:
        """The comment, and a note if the template could not make it."""
        problem = self.problem
        if self.text and not problem:
            try:
                return markdown.render(verdict, self.text), ""
            except GateError as error:
                problem = error.message
        note = f"the template `{self.name}` cannot be used: {problem}"
        return markdown.render(verdict), note if problem else ""


def read(root: Path, name: str) -> Preview:
    """The template that gate.yaml names, before anything of the tree is run."""
    if not name:
        return Preview()
    try:
        data = paths.inside(root, name, "template").read_bytes()
        if len(data) > templating.MOST:
            raise GateError(f"larger than {templating.MOST:,} bytes")
        return Preview(name=name, text=data.decode("utf-8"))
    except UnicodeDecodeError:
        return Preview(name=name, problem="it is not UTF-8 text")
    except OSError as error:
        return Preview(name=name, problem=f"it cannot be read: {error.strerror}")
    except GateError as error:
        return Preview(name=name, problem=error.message)
