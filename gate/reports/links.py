"""Where a place in a file can be looked at on GitHub."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from gate.findings import Finding


@dataclass(frozen=True, kw_only=True)
class Links:
    """Links to the files of one commit; `folder` is the project's in its repository.

    `repository` is the address of its page and `commit` has 40 hex digits: both are
    GitHub's own word. The rest may be hostile.
    """

    repository: str
    commit: str
    folder: str = ""

    def to(self, finding: Finding) -> str:
        """The address of a finding's place; empty where it has none that is safe."""
        if not finding.path:
            return ""
        path = f"{self.folder}/{finding.path}" if self.folder else finding.path
        steps = path.split("/")
        # A browser would follow `..` to another page of the same server.
        if any(step in ("", ".", "..") for step in steps) or "\\" in path:
            return ""
        address = quote(path.encode("utf-8", "surrogatepass"), safe="/")
        return f"{self.repository}/blob/{self.commit}/{address}{_lines(finding)}"


def _lines(finding: Finding) -> str:
    if not finding.line or finding.line < 1:
        return ""
    first, last = finding.line, finding.end_line or 0
    return f"#L{first}-L{last}" if last > first else f"#L{first}"


def repository(server: str, name: str) -> str:
    """The address of a repository's page (`OWNER/NAME` on a server), empty if none."""
    whole = f"{server.rstrip('/')}/{name}"
    known = re.fullmatch(r"https?://[A-Za-z0-9.:-]+/[\w.-]+/[\w.-]+", whole, re.ASCII)
    return whole if known else ""
