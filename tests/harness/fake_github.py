#!/usr/bin/env python3
"""A stateful GitHub on loopback, which holds both sides to GitHub's own contract.

Every request and every answer is checked against GitHub's OpenAPI description (the
paths used here, from npm's @octokit/openapi, MIT licence), and against the rules that
GitHub enforces beyond it. What breaks the contract is kept in `State.violations`.

As a program it prints its address and serves until it is ended:

    python tests/harness/fake_github.py --fail 'POST /repos/o/r/statuses/.*=502x2'

GET /_state tells what it holds and was asked, GET /_violations what broke the
contract, and POST /_setup takes the keys that `FakeGitHub.setup` takes.
"""

from __future__ import annotations

import argparse
import functools
import json
import threading
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from fake_repository import FakeGitHub, Fault, Told


class Handler(BaseHTTPRequestHandler):
    """HTTP around `FakeGitHub`, and the faults on the way."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in one packet: two would wait for an acknowledgement
    server: Server

    def _serve(self) -> None:
        github = self.server.github
        size = int(self.headers.get("content-length") or 0)
        raw = self.rfile.read(size)
        path = urlsplit(self.path).path
        if path.startswith("/_"):
            return self._send(self._control(path, raw))
        with github.lock:
            github.state.requests.append(
                {
                    "method": self.command,
                    "path": self.path,
                    "headers": {k.lower(): v for k, v in self.headers.items()},
                    "body": raw.decode("utf-8", "replace"),
                }
            )
            request = f"{self.command} {path}"
            fault = next((f for f in github.state.faults if f.strikes(request)), None)
            if fault is None or fault.kind == "late":
                headers = {k.lower(): v for k, v in self.headers.items()}
                told = github.answer(self.command, self.path, headers, raw)
        if fault is None:
            return self._send(told)
        return self._fail(fault)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve

    def _control(self, path: str, raw: bytes) -> Told:
        github = self.server.github
        with github.lock:
            if path == "/_setup":
                github.setup(json.loads(raw))
            elif path == "/_violations":
                return Told(200, github.state.violations)
            state = asdict(github.state)
        lists = {k: list(v.values()) for k, v in state.items() if isinstance(v, dict)}
        return Told(200, {**state, **lists})

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
        text = "" if told.body is None else json.dumps(told.body)
        # Clients follow the links in answers: they have to lead here.
        text = text.replace("https://api.github.com", self.server.url)
        kind = "application/json; charset=utf-8"
        self._write(told.status, text.encode(), kind, told.headers)

    def _write(
        self, status: int, data: bytes, kind: str, headers: dict[str, str]
    ) -> None:
        self.send_response(status)
        standard = {"Content-Type": kind, "Content-Length": str(len(data))}
        for name, value in {**standard, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what was asked is in the state."""


class Server(ThreadingHTTPServer):
    """A `FakeGitHub` on a port of the loopback interface."""

    daemon_threads = True

    def __init__(self, github: FakeGitHub, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.github = github

    @property
    def url(self) -> str:
        """The address of the API."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def stop(self) -> None:
        """End the requests that hang, and the server."""
        self.github.stopping.set()
        self.shutdown()
        self.server_close()


def serve(github: FakeGitHub, port: int = 0) -> Server:
    """Start serving in a thread of its own; port 0 takes a free one."""
    server = Server(github, port)
    # The interval is how long stopping takes.
    serving = functools.partial(server.serve_forever, poll_interval=0.01)
    threading.Thread(target=serving, daemon=True).start()
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
    server = Server(github, options.port)
    print(server.url, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
