"""A fake GitHub over real HTTP, and the things to publish on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import harness_fixtures
import pytest
from harness_fixtures import HEAD, MERGE, TOKEN
from fake_github import Server

from gate.findings import Result, Status
from gate.github.api import Api, Limits
from gate.github.event import Event
from gate.verdict import Context, Verdict, judge

github, no_proxy = harness_fixtures.github, harness_fixtures.no_proxy
server, spec = harness_fixtures.server, harness_fixtures.spec


@pytest.fixture
def api(server: Server) -> Api:
    return Api(server.url, TOKEN, Limits(backoff=0.001, timeout=10))


@pytest.fixture
def event(server: Server) -> Event:
    return Event(
        name="pull_request",
        repository="o/r",
        head=HEAD,
        commits=frozenset({HEAD, MERGE}),
        pull_request=7,
        base_ref="main",
        api_url=server.url,
        run_url="https://github.com/o/r/actions/runs/5",
    )


@pytest.fixture
def verdict() -> Verdict:
    return verdict_of(
        Result(check="formatting", status=Status.PASSED, summary="41 files"),
        Result(check="tests", status=Status.FAILED, summary="2 of 80 tests failed"),
    )


def verdict_of(*results: Result, head: str = MERGE) -> Verdict:
    return judge(results, Context(gate="1.0", head=head))


@pytest.fixture(name="verdict_of")
def _verdict_of() -> Callable[..., Verdict]:
    return verdict_of


@pytest.fixture
def write_event(tmp_path: Path) -> Callable[[Any], Path]:
    """Writes a payload as the runner does, and says where."""

    def write(payload: Any) -> Path:
        path = tmp_path / "event.json"
        path.write_text(
            payload if isinstance(payload, str) else json.dumps(payload), "utf-8"
        )
        return path

    return write
