"""Fixtures for tests that publish: a fake GitHub over real HTTP, in this process.

A folder's `conftest.py` imports those it needs.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from contract import Spec
from fake_github import Server, serve
from fake_repository import FakeGitHub

HEAD = "1" * 40
MERGE = "2" * 40
TOKEN = "ghs_thisMustNotBeShown"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on this machine is asked without a way around."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture(scope="session")
def spec() -> Spec:
    """GitHub's description, read once."""
    return Spec()


@pytest.fixture
def server(spec: Spec) -> Iterator[Server]:
    """A server with the open pull request #7, which nobody may treat wrongly."""
    github = FakeGitHub(spec)
    github.setup(pulls={7: {"sha": HEAD}})
    running = serve(github)
    yield running
    running.stop()
    assert github.state.violations == []


@pytest.fixture
def github(server: Server) -> FakeGitHub:
    """What the server holds."""
    return server.github
