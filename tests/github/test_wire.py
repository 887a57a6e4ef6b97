"""Bytes on the wire: what is no HTTP, redirects, proxies, and where a token may go."""

from __future__ import annotations

import base64
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from gate.errors import GitHubError
from gate.github.answers import ApiError
from gate.github.api import Api, Limits
from harness_fixtures import TOKEN

IMPATIENT = Limits(attempts=2, backoff=0.001, timeout=0.2)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_server_is_not_followed(
    answering: Any, status: int
) -> None:
    other, stolen = answering(lambda r: (200, {}, b'{"id": 1, "body": ""}'))
    url, _ = answering(lambda r: (status, {"Location": f"{other}/user"}, b""))
    with pytest.raises(ApiError, match="another server"):
        Api(url, TOKEN, IMPATIENT).get("/user", dict)
    assert stolen == []


def test_a_redirect_on_the_server_is_followed(answering: Any) -> None:
    url, asked = answering(
        lambda r: (
            (301, {"Location": "/repositories/1"}, b"")
            if r.path == "/repos/o/r"
            else (200, {}, b'{"id": 1, "body": "moved"}')
        )
    )
    assert Api(url, TOKEN).get("/repos/o/r", dict)["body"] == "moved"
    assert asked == ["/repos/o/r", "/repositories/1"]


def test_redirects_in_a_circle_end(answering: Any) -> None:
    url, asked = answering(lambda r: (302, {"Location": r.path}, b""))
    with pytest.raises(ApiError, match="redirected more than 3 times"):
        Api(url, TOKEN).get("/user", dict)
    assert len(asked) == 4


@pytest.mark.parametrize(
    "url",
    [
        "http://ghe.example/api/v3",
        "ftp://ghe.example",
        "ghe.example",
        "https://",
        "https://u:p@ghe.example",
        "https://ghe.example?x",
        "https://ghe.example:port",
        "https://[ghe",
    ],
)
def test_an_address_that_the_token_may_not_go_to_is_refused(url: str) -> None:
    with pytest.raises(GitHubError, match="GITHUB_API_URL"):
        Api(url, TOKEN)


Raw = Callable[[bytes, float], str]


@pytest.fixture
def saying() -> Iterator[Raw]:
    """Starts a server that says bytes, each after a pause if wanted; its address."""
    opened: list[socket.socket] = []

    def serve(listening: socket.socket, said: bytes, pause: float) -> None:
        while True:
            try:
                here, _ = listening.accept()
                opened.append(here)
                here.recv(65536)
                for part in [said] if not pause else [bytes([b]) for b in said]:
                    here.sendall(part)
                    time.sleep(pause)
                here.shutdown(socket.SHUT_RDWR)
            except OSError:
                return

    def start(said: bytes, pause: float = 0) -> str:
        listening = socket.create_server(("127.0.0.1", 0))
        opened.append(listening)
        arguments = (listening, said, pause)
        threading.Thread(target=serve, args=arguments, daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield start
    for one in opened:
        one.close()


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 huh\r\n\r\n",
        OK + b"Content-Length: 9\r\n\r\n{}",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}",
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
        OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        OK + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
        OK + b"X: a\r\n" * 1_000 + b"\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: \xff\x1b\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: https://a..b/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
    ],
)
def test_what_is_no_http_is_an_error_of_ours(saying: Raw, said: bytes) -> None:
    limits = Limits(attempts=2, backoff=0.001, timeout=1)
    for asked in ("get", "download"):
        api = Api(saying(said, 0), TOKEN, limits)
        with pytest.raises(ApiError) as caught:
            api.get("/user", dict) if asked == "get" else api.download("/user", 9)
        assert caught.value.message.isprintable() and caught.value.message.isascii()


@pytest.mark.parametrize(
    "said",
    [
        OK + b"Content-Length: 3000\r\n\r\n" + b" " * 3000,
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 1000,
    ],
)
def test_a_body_that_drips_does_not_outlast_the_budget(
    saying: Raw, said: bytes
) -> None:
    limits = Limits(attempts=2, backoff=0.001, timeout=0.2, budget=0.3)
    with pytest.raises(ApiError, match="no time left"):
        Api(saying(said, 0.01), TOKEN, limits).get("/user", dict)


def test_a_proxy_is_used_with_its_login(
    answering: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, str]] = []

    def reply(request: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], bytes]:
        seen.append((request.path, request.headers["proxy-authorization"]))
        return 200, {}, b"{}"

    proxy, _ = answering(reply)
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    login = base64.b64encode(b"ann:p@ss").decode()
    for scheme in ("http://", ""):
        address = proxy.removeprefix("http://")
        monkeypatch.setenv("http_proxy", f"{scheme}ann:p%40ss@{address}")
        Api("http://localhost:9", TOKEN, IMPATIENT).get("/user", dict)
    assert seen == [("http://localhost:9/user", f"Basic {login}")] * 2


@pytest.mark.parametrize("proxy", ["http://[", "x://p:secret@h", "http://a:ł@h:1"])
def test_a_proxy_that_is_none_is_told_without_its_password(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("http_proxy", proxy)
    with pytest.raises(ApiError, match="proxy for http:// is no address") as caught:
        Api("http://localhost:9", TOKEN, IMPATIENT).get("/user", dict)
    assert "secret" not in str(caught.value) and "http_proxy" in caught.value.hint
