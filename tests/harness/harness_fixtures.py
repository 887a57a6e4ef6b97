"""Fixtures of the harness: a fake GitHub over real HTTP in this process, and Node.

A folder's `conftest.py` takes those it needs.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contract import Spec
from fake_github import Server, serve
from fake_repository import FakeGitHub

HARNESS = Path(__file__).parent
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


@pytest.fixture(scope="session")
def node() -> None:
    """Skip without Node and the harness's packages, unless they must be there."""
    reason = ""
    if sys.platform == "win32":
        pytest.skip("the harness needs a POSIX system")
    if shutil.which("node") is None:
        reason = "there is no node on the PATH"
    elif not (HARNESS / "node_modules").is_dir():
        reason = "run `npm ci --prefix tests/harness` first"
    if not reason:
        return
    if os.environ.get("CI") == "true" or os.environ.get("GATE_REQUIRE_NODE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def at_once(works: list[Callable[[], object]]) -> None:
    """Do all of it at the same time, each in a thread of its own."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        start.wait()
        work()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
