"""A fake GitHub for the command that publishes."""

from __future__ import annotations

from pathlib import Path

import pytest

import harness_fixtures
from fake_github import Server
from tests.commands.scenarios import Stage

github, server, spec = (
    harness_fixtures.github,
    harness_fixtures.server,
    harness_fixtures.spec,
)


@pytest.fixture
def stage(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Stage:
    """A place to publish the scenarios at."""
    return Stage(server, tmp_path, monkeypatch, capsys)
