"""The fake GitHub, asked by @octokit/rest: what its users do works there too."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from fake_github import Server

HARNESS = Path(__file__).parent
SCRIPT = (HARNESS / "octokit.mjs").read_text("utf-8")
GROUPS = re.findall(r"^  async (\w+)\(\)", SCRIPT, re.M)
RUN = {
    "head_repository": "eve/r",
    "artifacts": [
        {"name": "gate", "files": {"results.json": "{}"}},
        {"name": "old", "files": {}, "expired": True},
    ],
}


@pytest.mark.parametrize("group", GROUPS)
def test_octokit_finds_all_as_at_github(node: None, server: Server, group: str) -> None:
    server.github.setup(runs={1001: RUN})
    if group == "access":
        tokens = {"ghs_any": {}, "ghs_reads": {"contents": "read"}}
        server.github.setup(private=True, tokens=tokens)
    done = subprocess.run(
        ["node", "octokit.mjs", group, server.url],
        cwd=HARNESS,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
