"""GitHub's REST API: a few typed requests, patient within limits.

Own retries rather than urllib3's: they share one budget of time, know that a 403 can
mean "later", and look before they repeat a request that creates something. The token
goes to one server only and appears in no message.
"""

from __future__ import annotations

import random
import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import msgspec
import urllib3

import gate
from gate.errors import GitHubError
from gate.github import answers
from gate.github.answers import Answer, ApiError

T = TypeVar("T")

MAX_BYTES = 32 * 1024 * 1024  # of one answer
MAX_PAGES = 300
MAX_REDIRECTS = 3

_REDIRECT = frozenset({301, 302, 307, 308})
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_DONE = Answer(200, urllib3.HTTPHeaderDict(), b"")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How patient to be; all times in seconds.

    `budget` is for all requests of one `Api` together. `wait` is the longest pause
    that is taken because GitHub asked for it; `backoff` is the first of the pauses
    that double when it did not.
    """

    attempts: int = 5
    budget: float = 180.0
    timeout: float = 20.0
    backoff: float = 1.0
    wait: float = 60.0


class Api:
    """A client for one server and one token; paths start with a slash.

    Every method raises `ApiError` when the answer is not a success after the retries
    that `Limits` allow, or does not fit the `kind` asked for. `needs` names the
    permission that the request takes (`statuses: write`), for the message when it is
    missing.
    """

    def __init__(self, url: str, token: str, limits: Limits | None = None) -> None:
        self._base = _checked_url(url)
        self._origin = _origin(self._base)
        self._token = _checked_token(token)
        self._limits = limits or Limits()
        self._deadline = time.monotonic() + self._limits.budget
        self._pool = _pool(self._base)

    def __repr__(self) -> str:
        return f"Api({self._base!r})"

    @property
    def of_app(self) -> bool:
        """Whether the token is a GitHub App's, as Actions' own is: no user has it."""
        return self._token.startswith("ghs_")

    def get(self, path: str, kind: type[T], *, needs: str = "") -> T:
        """The decoded answer."""
        answer = self._ask("GET", self._base + path, needs=needs)
        return self._decode(answer, kind, f"GET {path}")

    def pages(self, path: str, kind: type[T], *, needs: str = "") -> Iterator[T]:
        """The items of all pages; a page is fetched when the ones before are used."""
        url = self._base + path
        page: type[list[T]] = list[kind]  # type: ignore[valid-type]
        for _ in range(MAX_PAGES):
            answer = self._ask("GET", url, needs=needs)
            yield from self._decode(answer, page, f"GET {path}")
            if not answer.next:
                return
            url = self._same_server(url, answer.next, f"GET {path}")
        raise ApiError(f"GET {path}: more than {MAX_PAGES} pages")

    def patch(self, path: str, body: object, kind: type[T], *, needs: str = "") -> T:
        """Change something; the decoded answer."""
        data = msgspec.json.encode(body)
        answer = self._ask("PATCH", self._base + path, data, needs=needs)
        return self._decode(answer, kind, f"PATCH {path}")

    def post(
        self,
        path: str,
        body: object,
        kind: type[T],
        *,
        needs: str = "",
        already: Callable[[], T | None] = lambda: None,
    ) -> T:
        """Create something; the decoded answer.

        Give `already` where twice would be wrong: after an attempt that failed but
        may have been carried out all the same, it looks for what was made, and there
        is no further attempt if it finds it.
        """
        made: list[T] = []

        def done() -> bool:
            found = already()
            made.extend([] if found is None else [found])
            return bool(made)

        data = msgspec.json.encode(body)
        answer = self._ask("POST", self._base + path, data, needs=needs, done=done)
        return made[0] if made else self._decode(answer, kind, f"POST {path}")

    def _ask(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        *,
        needs: str = "",
        done: Callable[[], bool] = lambda: False,
    ) -> Answer:
        """Ask until there is an answer that another attempt would not change."""
        what = f"{method} {urlsplit(url).path}"
        attempt = 0
        while True:
            attempt += 1
            answer = self._attempt(method, url, body, what)
            if isinstance(answer, Answer) and answer.status < 300:
                return answer
            failure = self._failure(answer, what, needs, attempt)
            passing = not isinstance(answer, Answer) or answer.passing
            if not passing or attempt >= self._limits.attempts:
                raise failure
            self._pause(answer, attempt, failure)
            # What a rate limit refused was certainly not done.
            refused = isinstance(answer, Answer) and answer.limited
            if not refused and done():
                return _DONE

    def _attempt(
        self, method: str, url: str, body: bytes | None, what: str
    ) -> Answer | urllib3.exceptions.HTTPError:
        """One attempt, redirects on the server followed with the same method."""
        for _ in range(MAX_REDIRECTS + 1):
            try:
                answer = self._exchange(method, url, body, what)
            except urllib3.exceptions.HTTPError as error:
                return error
            location = answer.headers.get("location", "")
            if answer.status not in _REDIRECT or not location:
                return answer
            url = self._same_server(url, location, what)
        raise ApiError(f"{what}: redirected more than {MAX_REDIRECTS} times")

    def _exchange(self, method: str, url: str, body: bytes | None, what: str) -> Answer:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise self._out_of_time(what)
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self._token}",
            "User-Agent": f"research-quality-gate/{gate.__version__}",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        response = self._pool.request(
            method,
            url,
            body=body,
            headers=headers,
            timeout=min(self._limits.timeout, left),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            data = self._body(response, what)
            return Answer(response.status, response.headers, data)
        finally:
            response.release_conn()

    def _body(self, response: urllib3.BaseHTTPResponse, what: str) -> bytes:
        """The whole body; a server that drips it is cut off by size and by time."""
        body = bytearray()
        for chunk in response.stream(65536):
            body += chunk
            if len(body) > MAX_BYTES:
                response.close()
                raise ApiError(f"{what}: answered with more than {MAX_BYTES:,} bytes")
            if time.monotonic() > self._deadline:
                response.close()
                raise self._out_of_time(what)
        return bytes(body)

    def _pause(
        self,
        answer: Answer | urllib3.exceptions.HTTPError,
        attempt: int,
        failure: ApiError,
    ) -> None:
        """Wait as long as GitHub asks, else ever longer; give up if it is too long."""
        limits = self._limits
        pause = answer.wait if isinstance(answer, Answer) else None
        if pause is None:
            # Jitter, so that the jobs of a matrix do not come back all at once.
            backoff = limits.backoff * 2 ** (attempt - 1) * random.uniform(0.5, 1)
            pause = min(backoff, limits.wait)
        if pause > limits.wait:
            failure.hint = f"GitHub asks to wait {pause:,.0f} s: run it again later"
            raise failure
        if time.monotonic() + pause > self._deadline:
            failure.hint = self._spent
            raise failure
        time.sleep(pause)

    def _failure(
        self,
        answer: Answer | urllib3.exceptions.HTTPError,
        what: str,
        needs: str,
        attempt: int,
    ) -> ApiError:
        """What to raise if there is no further attempt."""
        times = f", tried {attempt} times" if attempt > 1 else ""
        if not isinstance(answer, Answer):
            return ApiError(
                f"{what}: {_told(answer)}{times}",
                hint="is GitHub up, and is GITHUB_API_URL right?",
            )
        said = self._clean(answer.said)
        return ApiError(
            f"{what}: GitHub answered {answers.phrase(answer.status)}"
            + (f" ({said})" if said else "")
            + times,
            hint=answers.hint(answer, needs),
            status=answer.status,
            denied=answer.status == 403 and not answer.limited,
        )

    def _decode(self, answer: Answer, kind: type[T], what: str) -> T:
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            sent = answer.headers.get("content-type", "no content type")
            raise ApiError(
                f"{what}: the answer is not what GitHub documents"
                f" ({self._clean(sent)}: {self._clean(str(error))})",
                hint="is GITHUB_API_URL right, and is there a proxy in between?",
                status=answer.status,
            ) from None

    def _same_server(self, url: str, link: str, what: str) -> str:
        """The address that a link on `url` leads to, if the token may go there."""
        try:
            target = urljoin(url, link)
        except ValueError:
            target = ""
        if _origin(target) != self._origin:
            raise ApiError(
                f"{what}: GitHub points to another server, where the token does not go",
                hint="is GITHUB_API_URL right?",
            )
        return target

    def _clean(self, text: str) -> str:
        """Text of the server's on one line, without the token if it was echoed."""
        line = " ".join(text.replace(self._token, "***").split())
        line = "".join(char for char in line if char.isprintable())
        return line if len(line) <= 300 else line[:300] + "…"

    def _out_of_time(self, what: str) -> ApiError:
        return ApiError(f"{what}: no time left", hint=self._spent)

    @property
    def _spent(self) -> str:
        budget = f"the {self._limits.budget:g} s for talking to GitHub"
        return f"{budget} are used up: run it again later"


def _checked_url(url: str) -> str:
    if _origin(url) is None:
        raise GitHubError("GITHUB_API_URL is not the address of an API")
    parts = urlsplit(url)
    loopback = parts.hostname in _LOOPBACK
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise GitHubError(
            "GITHUB_API_URL does not start with https://: anybody on the way could"
            " read the token"
        )
    if not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
        raise GitHubError("GITHUB_API_URL is not the address of an API")
    return url.rstrip("/")


def _checked_token(token: str) -> str:
    token = token.strip()  # a secret is often pasted with its line end
    if not re.fullmatch("[!-~]+", token):
        raise GitHubError(
            "the token holds characters that no token has",
            hint="a blank or a line end inside a secret is easily pasted",
        )
    return token


def _pool(url: str) -> urllib3.PoolManager:
    """Connections, through the proxy that the environment names for the address."""
    parts = urlsplit(url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if not proxy or urllib.request.proxy_bypass(parts.hostname or ""):
        return urllib3.PoolManager()
    user = urlsplit(proxy)
    login = f"{user.username}:{user.password or ''}" if user.username else None
    headers = urllib3.make_headers(proxy_basic_auth=login)
    return urllib3.ProxyManager(proxy, proxy_headers=headers)


def _origin(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port of an address; None when it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None
    return parts.scheme, parts.hostname or "", port


def _told(error: urllib3.exceptions.HTTPError) -> str:
    """The trouble in words: urllib3's own name objects and their addresses."""
    if isinstance(error, urllib3.exceptions.ProxyError):
        return "no connection through the proxy"
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "no connection"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "no answer in time"
    if isinstance(error, urllib3.exceptions.SSLError):
        return "no secure connection (TLS)"
    return "the connection broke off"
