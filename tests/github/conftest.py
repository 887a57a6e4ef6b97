"""A fake GitHub over real HTTP, and the things to publish on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import harness_fixtures
from fake_github import Server
from gate.findings import Result, Status
from gate.github.api import Api, Limits
from gate.github.event import Event
from gate.verdict import Context, Verdict, judge
from harness_fixtures import HEAD, MERGE, TOKEN

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


Reply = Callable[[BaseHTTPRequestHandler], tuple[int, dict[str, str], bytes]]


@pytest.fixture
def answering() -> Iterator[Callable[[Reply], tuple[str, list[str]]]]:
    """Starts a server that answers as it is told; its address and what it was sent."""
    servers: list[ThreadingHTTPServer] = []

    def start(reply: Reply) -> tuple[str, list[str]]:
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers["content-length"] or 0))
                asked.append(self.path)
                status, headers, body = reply(self)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, format: str, *args: Any) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}", asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
