"""Bytes to and from a server: where the token may go, connections, limits."""

from __future__ import annotations

import re
import time
import urllib.request
from typing import NamedTuple
from urllib.parse import quote, unquote, urljoin, urlsplit

import urllib3

from gate.errors import GitHubError
from gate.github.answers import Answer, ApiError

MAX_BYTES = 32 * 1024 * 1024  # of one answer

_LOOPBACK = ("127.0.0.1", "::1", "localhost")

Origin = tuple[str, str, int | None]


class Request(NamedTuple):
    """What is sent; `most` are the bytes of body that an answer may have.

    `elsewhere` tells that a redirect may lead to another server, which gets no token.
    """

    method: str
    url: str
    body: bytes | None = None
    accept: str = "application/vnd.github+json"
    etag: str = ""
    most: int = MAX_BYTES
    elsewhere: bool = False

    @property
    def name(self) -> str:
        """The request as messages call it; a redirect may lead to any path."""
        path = quote(urlsplit(self.url).path, safe="/%+,:=@~")
        return f"{self.method} {path}"


class Wire:
    """Connections to servers, all of them to be done by `deadline` (monotonic)."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self._pools: dict[Origin | None, urllib3.PoolManager] = {}

    def send(
        self, request: Request, headers: dict[str, str], timeout: float
    ) -> Answer | None:
        """One answer, whatever its status; None when there is no time left for it.

        Raises:
            ApiError: it is larger than `request.most`.
            urllib3.exceptions.HTTPError: there was no answer.
        """
        left = self.deadline - time.monotonic()
        if left <= 0:
            return None
        response = self._pool(request.url).request(
            request.method,
            request.url,
            body=request.body,
            headers=headers,
            timeout=min(timeout, left),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        data = None
        try:
            data = self._body(response, request)
        finally:
            if data is None:  # it was not read to its end
                response.close()
            response.release_conn()
        return None if data is None else Answer(response.status, response.headers, data)

    def _body(
        self, response: urllib3.BaseHTTPResponse, request: Request
    ) -> bytes | None:
        """The whole body; a server that drips it is cut off by size and by time."""
        # An error's page may be larger than what was asked for.
        most = request.most if response.status < 300 else MAX_BYTES
        body = bytearray()
        while chunk := response.read1(65536):  # what is there, without waiting for more
            body += chunk
            if len(body) > most:
                raise ApiError(
                    f"{request.name}: answered with more than {most:,} bytes"
                )
            if time.monotonic() > self.deadline:
                return None
        return bytes(body)

    def _pool(self, url: str) -> urllib3.PoolManager:
        server = origin(url)
        if server not in self._pools:
            self._pools[server] = _pool(url)
        return self._pools[server]


def checked_url(url: str, name: str = "GITHUB_API_URL") -> str:
    """The address of an API without its last slash, if a token may go there.

    Raises:
        GitHubError: it is none, or anybody on the way could read the token.
    """
    none = GitHubError(f"{name} is not the address of an API")
    if origin(url) is None:
        raise none
    parts = urlsplit(url)
    if not _private(url):
        raise GitHubError(
            f"{name} does not start with https://: anybody on the way could"
            " read the token"
        )
    if not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
        raise none
    return url.rstrip("/")


def _private(url: str) -> bool:
    """Whether nobody on the way reads along."""
    parts = urlsplit(url)
    loopback = parts.hostname in _LOOPBACK
    return parts.scheme == "https" or (parts.scheme == "http" and loopback)


def checked_token(token: str) -> str:
    """A token that can stand in a header.

    Raises:
        GitHubError: it is none.
    """
    token = token.strip()  # a secret is often pasted with its line end
    if not re.fullmatch("[!-~]+", token):
        raise GitHubError(
            "the token holds characters that no token has",
            hint="a blank or a line end inside a secret is easily pasted",
        )
    return token


def target(url: str, link: str) -> str:
    """The whole address that a link on `url` leads to; empty if it is none."""
    try:
        found = urljoin(url, link)
        return found if origin(found) and _private(found) else ""
    except ValueError:
        return ""


def origin(url: str) -> Origin | None:
    """Scheme, host and port of an address; None when it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None
    return parts.scheme, parts.hostname or "", port


def told(error: urllib3.exceptions.HTTPError) -> str:
    """The trouble in words: urllib3's own name objects and their addresses."""
    if isinstance(error, urllib3.exceptions.ProxyError):
        return "no connection through the proxy"
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        return "no server of that name was found"
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "no connection"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "no answer in time"
    if isinstance(error, urllib3.exceptions.SSLError):
        return "no secure connection (TLS)"
    return "the connection broke off"


def _pool(url: str) -> urllib3.PoolManager:
    """Connections, through the proxy that the environment names for the address.

    Raises:
        ApiError: that proxy is none.
    """
    parts = urlsplit(url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if not proxy or urllib.request.proxy_bypass(parts.hostname or ""):
        return urllib3.PoolManager()
    try:
        return _through(proxy if "://" in proxy else f"http://{proxy}")
    except ValueError:  # it may hold a password: it is not shown
        raise ApiError(
            f"the proxy for {parts.scheme}:// is no address",
            hint=f"look at the variable {parts.scheme}_proxy",
        ) from None


def _through(proxy: str) -> urllib3.ProxyManager:
    user = urlsplit(proxy)
    login = None
    if user.username:
        login = f"{unquote(user.username)}:{unquote(user.password or '')}"
    headers = urllib3.make_headers(proxy_basic_auth=login)
    return urllib3.ProxyManager(proxy, proxy_headers=headers)
