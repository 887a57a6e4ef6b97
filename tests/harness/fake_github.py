#!/usr/bin/env python3
"""A stateful GitHub on loopback, which holds both sides to GitHub's own contract.

Every request and every answer is checked against GitHub's OpenAPI description (the
paths used here, from npm's @octokit/openapi, MIT licence), and against the rules that
GitHub enforces beyond it. What breaks the contract is kept in `State.violations`.

As a program it prints its address and serves until it is ended:

    python tests/harness/fake_github.py --fail 'POST /repos/o/r/statuses/.*=502x2'

Beside the API, it answers

    GET  /_state       what it holds and was asked
    GET  /_violations  what broke the contract
    GET  /_endpoints   every `METHOD /path` that was asked, once
    POST /_setup       the keys of `FakeGitHub.setup`; what came of each
    GET  /_files?ref=  the files of a branch, {path: text}
    POST /_export      {"path": ...}: a bare git repository of all it holds
    GET  /_paused      the requests that are held; ?count=2 waits until there are two
    POST /_resume      lets them go on

Below /api/v3 the API is an Enterprise Server's. Artifacts are served from a second
port, another origin, as GitHub does.
"""

from __future__ import annotations

import argparse
import functools
import json
import signal
import threading
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from contract import Json
from fake_repository import ENTERPRISE, FakeGitHub, Fault, Told


class Handler(BaseHTTPRequestHandler):
    """HTTP around `FakeGitHub`, and the faults on the way."""

    protocol_version = "HTTP/1.1"
    # No part of an answer waits until the one before was acknowledged.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Server

    def _serve(self) -> None:
        size = int(self.headers.get("content-length") or 0)
        raw = self.rfile.read(size)
        if self.path.startswith("/_"):
            return self._send(self._controlled(raw))
        headers = {k.lower(): v for k, v in self.headers.items()}
        github = self.server.github
        path = urlsplit(self.path).path.removeprefix(ENTERPRISE)
        with github.lock:
            asked: Json = {
                "method": self.command,
                "path": self.path,
                "headers": headers,
            }
            asked |= {"body": raw.decode("utf-8", "replace"), "port": self.server.port}
            github.state.requests.append(asked)
            fault = self._fault(f"{self.command} {path}")
        if fault is not None and fault.kind == "pause":
            self.server.held.wait(f"{self.command} {path}")
            fault = None
        if fault is None or fault.kind == "late":
            with github.lock:
                told = self.server.answer(self.command, self.path, headers, raw)
        if fault is None:
            return self._send(told)
        return self._fail(fault)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve

    def _fault(self, request: str) -> Fault | None:
        faults = self.server.github.state.faults
        return next((fault for fault in faults if fault.strikes(request)), None)

    def _controlled(self, raw: bytes) -> Told:
        try:
            return self._control(raw)
        except (ValueError, KeyError, TypeError, OSError) as error:
            return Told(400, f"{type(error).__name__}: {error}")

    def _control(self, raw: bytes) -> Told:
        """What a test asks of the server itself."""
        github, parts = self.server.github, urlsplit(self.path)
        query = {k: v[-1] for k, v in parse_qs(parts.query).items()}
        if parts.path == "/_paused":
            return Told(200, self.server.held.waiting(int(query.get("count", 0))))
        if parts.path == "/_resume":
            return Told(200, self.server.held.resume())
        with github.lock:
            if parts.path == "/_setup":
                return Told(200, github.setup(json.loads(raw)))
            if parts.path == "/_export":
                github.export_git(json.loads(raw)["path"])
                return Told(200)
            if parts.path == "/_files":
                files = github.files(query.get("ref", github.default_branch))
                texts = {k: v.decode("utf-8", "replace") for k, v in files.items()}
                return Told(200, texts)
            if parts.path == "/_violations":
                return Told(200, github.state.violations)
            if parts.path == "/_endpoints":
                return Told(200, github.state.endpoints())
            state = asdict(github.state)
        refs = state.pop("refs")
        lists = {k: list(v.values()) for k, v in state.items() if isinstance(v, dict)}
        return Told(200, {**state, **lists, "refs": refs})

    def _fail(self, fault: Fault) -> None:
        if fault.kind in ("drop", "late", "hang"):
            if fault.kind == "hang":
                self.server.github.stopping.wait(30)
            self.close_connection = True
        elif fault.kind == "rate-limit":
            message = "You have exceeded a secondary rate limit."
            self._send(Told(403, {"message": message}, fault.headers))
        elif fault.kind == "html":
            self._write(200, b"<!doctype html><title>Log in</title>", "text/html", {})
        elif fault.kind == "garbage":
            self._write(200, b'{"id": 1, "bo', "application/json", {})
        elif fault.kind == "wrong":
            self._send(Told(200, {"id": "x", "message": [None]}))
        else:
            page = b"<html><body>Unicorn!</body></html>"
            self._write(int(fault.kind), page, "text/html", fault.headers)

    def _send(self, told: Told) -> None:
        kind = "application/json; charset=utf-8"
        if isinstance(told.body, bytes):
            return self._write(told.status, told.body, kind, told.headers)
        text = "" if told.body is None else json.dumps(told.body)
        # Clients follow the links in answers: they have to lead here.
        api, here = "https://api.github.com", self.server.url
        if self.path.startswith(ENTERPRISE):
            here += ENTERPRISE
        text = text.replace(api, here)
        headers = {k: v.replace(api, here) for k, v in told.headers.items()}
        self._write(told.status, text.encode(), kind, headers)

    def _write(
        self, status: int, data: bytes, kind: str, headers: dict[str, str]
    ) -> None:
        self.send_response(status)
        standard = {"Content-Type": kind, "Content-Length": str(len(data))}
        if status in (204, 304):  # these have no body, not even an empty one
            standard = {}
        for name, value in {**standard, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what was asked is in the state."""


class Held:
    """The requests that wait until a test lets them go on."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._waiting: list[str] = []
        self._round = 0

    def wait(self, request: str) -> None:
        """Hold a request."""
        with self._change:
            self._waiting.append(request)
            here = self._round
            self._change.notify_all()
            self._change.wait_for(lambda: self._round != here, timeout=30)

    def waiting(self, count: int = 0) -> list[str]:
        """The requests that are held, as soon as there are as many."""
        with self._change:
            self._change.wait_for(lambda: len(self._waiting) >= count, timeout=30)
            return self._waiting.copy()

    def resume(self) -> list[str]:
        """Let all go on; which they were."""
        with self._change:
            gone, self._waiting = self._waiting, []
            self._round += 1
            self._change.notify_all()
            return gone


class Server(ThreadingHTTPServer):
    """A `FakeGitHub` on a port of the loopback interface."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, github: FakeGitHub, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.github = github
        self.held = Held()
        self.files: FileServer | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        """The address of the API."""
        return f"http://127.0.0.1:{self.port}"

    def answer(
        self, method: str, path: str, headers: dict[str, str], raw: bytes
    ) -> Told:
        """What the API says."""
        return self.github.answer(method, path, headers, raw)

    def begin(self) -> None:
        """Serve in threads of their own, the artifacts from another port."""
        self.files = FileServer(self.github)
        self.files.held = self.held
        self.github.files_url = self.files.url
        for server in (self, self.files):
            # The interval is how long stopping takes.
            serving = functools.partial(server.serve_forever, poll_interval=0.01)
            threading.Thread(target=serving, daemon=True).start()

    def stop(self) -> None:
        """End the requests that hang or are held, and the server."""
        self.github.stopping.set()
        self.held.resume()
        if self.files:
            self.files.stop()
        self.shutdown()
        self.server_close()


class FileServer(Server):
    """The other server, whose addresses are signed and take no token."""

    def answer(
        self, method: str, path: str, headers: dict[str, str], raw: bytes
    ) -> Told:
        """A file, to whom has its address."""
        parts = urlsplit(path)
        signature = parse_qs(parts.query).get("sig", [""])[-1]
        return self.github.fetch(parts.path, signature, headers)


def serve(github: FakeGitHub, port: int = 0) -> Server:
    """Start serving in a thread of its own; port 0 takes a free one."""
    server = Server(github, port)
    server.begin()
    return server


def main() -> None:
    """Serve until ended; the first line printed is the address."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--repository", default="o/r")
    parser.add_argument("--pull", action="append", default=[], metavar="NUMBER:SHA")
    parser.add_argument("--user", default="", help="the token is this user's")
    parser.add_argument("--token", default="", help="the only token accepted")
    parser.add_argument("--read-only", action="store_true")
    parser.add_argument("--fail", action="append", default=[], metavar="PATTERN=KIND")
    options = parser.parse_args()
    github = FakeGitHub(repository=options.repository)
    pulls = (pull.partition(":") for pull in options.pull)
    github.setup(
        {
            "app": not options.user,
            "login": options.user,
            "token": options.token,
            "denied": ["all"] if options.read_only else [],
            "pulls": {number: {"sha": sha} for number, _, sha in pulls},
            "faults": options.fail,
        }
    )
    server = serve(github, options.port)
    # Ended as any program, it takes its temporary folders away.
    signal.signal(signal.SIGTERM, lambda *_: github.stopping.set())
    print(server.url, flush=True)
    github.stopping.wait()


if __name__ == "__main__":
    main()
