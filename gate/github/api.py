"""GitHub's API: a few typed requests, patient within limits.

Own retries rather than urllib3's: they share one budget of time, know that a 403 can
mean "later", and look before they repeat a request that creates something. The token
goes to one server only and appears in no message.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec
import urllib3

import gate
from gate.github import answers, wire
from gate.github.answers import Answer, ApiError
from gate.github.wire import Request

T = TypeVar("T")

MAX_PAGES = 300
MAX_REDIRECTS = 3

_TIRED = 2  # attempts, once one request was given up: GitHub is down, and known to be
_REDIRECT = frozenset({301, 302, 307, 308})
_RAW = "application/vnd.github.raw+json"
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


class Made(msgspec.Struct):
    """What was made or changed, as far as that GitHub has understood."""

    id: int


class Api:
    """A client for one server and one token; paths start with a slash.

    Every method raises `ApiError` when the answer is not a success after the retries
    that `Limits` allow, or does not fit the `kind` asked for. `needs` names the
    permission that the request takes (`statuses: write`), for the message when it is
    missing. `sent` counts the requests.
    """

    def __init__(
        self, url: str, token: str, limits: Limits | None = None, *, graphql: str = ""
    ) -> None:
        self._base = wire.checked_url(url)
        self._graphql = wire.checked_url(
            graphql or _graphql(self._base), "GITHUB_GRAPHQL_URL"
        )
        self._origin = wire.origin(self._base)
        self._token = wire.checked_token(token)
        self._limits = limits or Limits()
        self._wire = wire.Wire(time.monotonic() + self._limits.budget)
        self._attempts = self._limits.attempts
        self._remembered: dict[str, Answer] = {}
        self.sent = 0

    def __repr__(self) -> str:
        return f"Api({self._base!r})"

    @property
    def of_app(self) -> bool:
        """Whether the token is a GitHub App's, as Actions' own is: no user has it."""
        return self._token.startswith("ghs_")

    @property
    def patience(self) -> float:
        """The first pause, in seconds, of what has to be waited for."""
        return self._limits.backoff

    def get(self, path: str, kind: type[T], *, needs: str = "") -> T:
        """The decoded answer; asked again, GitHub sends only what has changed."""
        request = Request("GET", self._base + path)
        return self._decode(self._ask(request, needs=needs), kind, request)

    def pages(self, path: str, kind: type[T], *, needs: str = "") -> Iterator[T]:
        """The items of all pages; a page is fetched when the ones before are used."""
        request = Request("GET", self._base + path)
        page: type[list[T]] = list[kind]  # type: ignore[valid-type]
        for _ in range(MAX_PAGES):
            answer = self._ask(request, needs=needs)
            yield from self._decode(answer, page, request)
            if not answer.next:
                return
            request = request._replace(url=self._next(request, answer.next))
        raise ApiError(f"GET {path}: more than {MAX_PAGES} pages")

    def raw(self, path: str, most: int, *, needs: str = "") -> bytes:
        """The bytes of a file of a repository: at most `most`, else an error."""
        request = Request("GET", self._base + path, accept=_RAW, most=most)
        answer = self._ask(request, needs=needs)
        # GitHub calls a file `...raw`: this is the list of a folder, or a proxy's page.
        if re.match("(application/json|text/html)\\b", answer.kind):
            raise self._odd(answer, request, "not a file")
        return answer.body

    def download(self, path: str, most: int, *, needs: str = "") -> bytes:
        """The bytes that a path leads to, which may be on another server.

        The token does not go there: the address itself, good for a minute, is the key.
        """
        request = Request("GET", self._base + path, most=most, elsewhere=True)
        return self._ask(request, needs=needs).body

    def patch(
        self,
        path: str,
        body: object,
        kind: type[T],
        *,
        needs: str = "",
        already: Callable[[], T | None] = lambda: None,
    ) -> T:
        """Change something; the decoded answer. Of `already` see `post`."""
        return self._make("PATCH", path, body, kind, needs, already)

    def put(self, path: str, body: object, kind: type[T], *, needs: str = "") -> T:
        """Replace something; the decoded answer."""
        return self._make("PUT", path, body, kind, needs)

    def delete(self, path: str, *, needs: str = "") -> bool:
        """Remove something; False when it was not there (any more)."""
        request = Request("DELETE", self._base + path)
        try:
            answer = self._ask(request, needs=needs)
        except ApiError as error:
            if error.status != 404:
                raise
            return False
        if answer.status != 204:  # a proxy's page is a success too
            raise self._odd(answer, request, f"{answer.status} is not 204")
        return True

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
        return self._make("POST", path, body, kind, needs, already)

    def post_once(
        self, path: str, body: object, kind: type[T], *, needs: str = ""
    ) -> tuple[T, bool]:
        """Create something of which there can be one; whether it was not there."""
        request = Request("POST", self._base + path, msgspec.json.encode(body))
        answer = self._ask(request, needs=needs)
        return self._decode(answer, kind, request), answer.status == 201

    def graphql(
        self, query: str, variables: dict[str, Any], kind: type[T], *, needs: str = ""
    ) -> T:
        """The `data` of a GraphQL query's answer, decoded."""
        body = msgspec.json.encode({"query": query, "variables": variables})
        request = Request("POST", self._graphql, body)
        answer = self._ask(request, needs=needs)
        if failure := answers.of_graphql(answer, needs):
            message = f"{request.name}: {self._clean(failure.message)}"
            raise ApiError(message, hint=failure.hint, denied=failure.denied)
        wrapped = self._decode(answer, dict[str, msgspec.Raw], request)
        data = answer._replace(body=bytes(wrapped.get("data", b"null")))
        return self._decode(data, kind, request)

    def _make(
        self,
        method: str,
        path: str,
        body: object,
        kind: type[T],
        needs: str,
        already: Callable[[], T | None] = lambda: None,
    ) -> T:
        made: list[T] = []

        def done() -> bool:
            found = already()
            made.extend([] if found is None else [found])
            return bool(made)

        request = Request(method, self._base + path, msgspec.json.encode(body))
        answer = self._ask(request, needs=needs, done=done)
        return made[0] if made else self._decode(answer, kind, request)

    def _ask(
        self,
        request: Request,
        *,
        needs: str = "",
        done: Callable[[], bool] = lambda: False,
    ) -> Answer:
        """Ask until there is an answer that another attempt would not change."""
        key = _key(request)
        known = self._remembered.get(key)
        if known:
            request = request._replace(etag=known.headers["etag"])
        attempt = 0
        while True:
            attempt += 1
            answer = self._attempt(request)
            if isinstance(answer, Answer) and answer.status < 300:
                if key and answer.headers.get("etag"):
                    self._remembered[key] = answer
                return answer
            if isinstance(answer, Answer) and answer.status == 304 and known:
                return known
            failure = self._failure(answer, request.name, needs, attempt)
            passing = not isinstance(answer, Answer) or answer.passing
            if not passing:
                raise failure
            if attempt >= self._attempts:
                self._attempts = min(self._attempts, _TIRED)
                raise failure
            self._pause(answer, attempt, failure)
            # What a rate limit refused was certainly not done.
            refused = isinstance(answer, Answer) and answer.limited
            if not refused and done():
                return _DONE

    def _attempt(self, request: Request) -> Answer | urllib3.exceptions.HTTPError:
        """One attempt, redirects followed with the same method."""
        for _ in range(MAX_REDIRECTS + 1):
            self.sent += 1
            try:
                answer = self._wire.send(
                    request, self._headers(request), self._limits.timeout
                )
            except urllib3.exceptions.HTTPError as error:
                return error
            if answer is None:
                raise ApiError(f"{request.name}: no time left", hint=self._spent)
            location = answer.headers.get("location", "")
            if answer.status not in _REDIRECT or not location:
                return answer
            request = request._replace(url=self._next(request, location))
        raise ApiError(f"{request.name}: redirected more than {MAX_REDIRECTS} times")

    def _headers(self, request: Request) -> dict[str, str]:
        headers = {"User-Agent": f"research-quality-gate/{gate.__version__}"}
        if wire.origin(request.url) != self._origin:
            return headers
        headers |= {
            "Accept": request.accept,
            "Authorization": f"Bearer {self._token}",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        if request.etag:
            headers["If-None-Match"] = request.etag
        return headers

    def _next(self, request: Request, link: str) -> str:
        """The address that an answer leads to, if the request may follow."""
        found = wire.target(request.url, link)
        if not found or (wire.origin(found) != self._origin and not request.elsewhere):
            raise ApiError(
                f"{request.name}: GitHub points to another server, where the token"
                " does not go",
                hint="is GITHUB_API_URL right?",
            )
        return found

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
        if not self.wait(pause):
            failure.hint = self._spent
            raise failure

    def wait(self, seconds: float) -> bool:
        """Wait, unless that would outlast the budget: False then, at once."""
        if time.monotonic() + seconds > self._wire.deadline:
            return False
        time.sleep(seconds)
        return True

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
                f"{what}: {wire.told(answer)}{times}",
                hint=f"is {self._base} up, and the server that was meant"
                " (GITHUB_API_URL)?",
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

    def _decode(self, answer: Answer, kind: type[T], request: Request) -> T:
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._odd(answer, request, str(error)) from None

    def _odd(self, answer: Answer, request: Request, why: str) -> ApiError:
        sent = answer.kind or "no content type"
        return ApiError(
            f"{request.name}: the answer is not what GitHub documents"
            f" ({self._clean(sent)}: {self._clean(why)})",
            hint="is GITHUB_API_URL right, and is there a proxy in between?",
            status=answer.status,
        )

    def _clean(self, text: str) -> str:
        """Text of the server's on one line, without the token if it was echoed."""
        line = " ".join(text.replace(self._token, "***").split())
        line = "".join(char for char in line if char.isprintable())
        return line if len(line) <= 300 else line[:300] + "…"

    @property
    def _spent(self) -> str:
        budget = f"the {self._limits.budget:g} s for talking to GitHub"
        return f"{budget} are used up: run it again later"


def _key(request: Request) -> str:
    """By what an answer is known again; empty for one that is not kept.

    A page that is full says nothing of those behind it, also if it is the same; what
    another server gives is large, and of this one's headers only the way there.
    """
    if request.method != "GET" or request.elsewhere or "per_page=" in request.url:
        return ""
    return f"{request.accept} {request.url}"


def _graphql(base: str) -> str:
    """Where GraphQL is: beside the REST API, which on a server ends in `/v3`."""
    return f"{base.removesuffix('/v3')}/graphql"
