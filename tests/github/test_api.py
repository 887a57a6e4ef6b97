"""The client against a server that fails in every way a server can."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import msgspec
import pytest
import urllib3
from fake_github import Server
from fake_repository import FakeGitHub, Fault

from gate.errors import GitHubError
from gate.github.answers import Answer, ApiError
from gate.github.api import Api, Limits

TOKEN = "ghs_thisMustNotBeShown"
COMMENTS = "/repos/o/r/issues/7/comments"
IMPATIENT = Limits(attempts=2, backoff=0.001, timeout=0.2)


class Comment(msgspec.Struct):
    id: int
    body: str


class Sent(msgspec.Struct):
    body: str


def requests(github: FakeGitHub, method: str) -> int:
    return sum(request["method"] == method for request in github.state.requests)


def bodies(github: FakeGitHub) -> list[str]:
    return [comment["body"] for comment in github.state.comments.values()]


def test_what_is_posted_is_there(api: Api, github: FakeGitHub) -> None:
    made = api.post(COMMENTS, Sent("hello"), Comment)
    assert made.body == "hello"
    changed = api.patch(f"/repos/o/r/issues/comments/{made.id}", Sent("bye"), Comment)
    assert (changed.id, bodies(github)) == (made.id, ["bye"])


def test_a_request_says_who_asks_and_for_which_version(
    api: Api, github: FakeGitHub
) -> None:
    list(api.pages(COMMENTS, Comment))
    headers = github.state.requests[0]["headers"]
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert headers["user-agent"].startswith("research-quality-gate/")
    assert headers["x-github-api-version"] == "2022-11-28"


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 3500])
def test_every_page_is_read(api: Api, github: FakeGitHub, count: int) -> None:
    for number in range(count):
        github.add_comment(7, str(number))
    found = list(api.pages(f"{COMMENTS}?per_page=100", Comment))
    assert [comment.body for comment in found] == [str(n) for n in range(count)]
    assert requests(github, "GET") == max(1, -(-count // 100))


def test_pages_are_read_only_as_far_as_needed(api: Api, github: FakeGitHub) -> None:
    for number in range(300):
        github.add_comment(7, str(number))
    assert next(api.pages(f"{COMMENTS}?per_page=100", Comment)).body == "0"
    assert requests(github, "GET") == 1


@pytest.mark.parametrize(
    "kind", ["500", "502", "503", "504", "429", "rate-limit", "drop"]
)
def test_a_passing_trouble_is_survived(api: Api, github: FakeGitHub, kind: str) -> None:
    github.add_comment(7, "there")
    github.state.faults.append(Fault(".*", kind, times=4))
    assert [c.body for c in api.pages(COMMENTS, Comment)] == ["there"]
    assert requests(github, "GET") == 5


@pytest.mark.parametrize(
    ("kind", "message", "hint"),
    [
        ("500", "GitHub answered 500 Internal Server Error, tried 5 times", "later"),
        ("502", "GitHub answered 502 Bad Gateway, tried 5 times", "later"),
        ("429", "GitHub answered 429 Too Many Requests, tried 5 times", "how often"),
        ("rate-limit", "exceeded a secondary rate limit.), tried 5 times", "how often"),
        ("drop", "the connection broke off, tried 5 times", "GITHUB_API_URL"),
    ],
)
def test_a_lasting_trouble_ends_after_five_attempts(
    api: Api, github: FakeGitHub, kind: str, message: str, hint: str
) -> None:
    github.state.faults.append(Fault(".*", kind, times=None))
    with pytest.raises(ApiError) as caught:
        api.post(COMMENTS, Sent("hello"), Comment)
    assert str(caught.value).startswith(f"POST {COMMENTS}: ")
    assert message in str(caught.value)
    assert hint in caught.value.hint
    assert not caught.value.denied
    assert requests(github, "POST") == 5


def test_a_server_that_hangs_is_given_up(server: Server) -> None:
    server.github.state.faults.append(Fault(".*", "hang", times=None))
    with pytest.raises(ApiError, match="no answer in time, tried 2 times"):
        Api(server.url, TOKEN, IMPATIENT).get("/user", Comment)


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(ApiError, match="no connection, tried 2 times") as caught:
        Api("http://127.0.0.1:9", TOKEN, IMPATIENT).get("/user", Comment)
    assert caught.value.status is None


def test_the_budget_ends_all_requests_together(server: Server) -> None:
    server.github.state.faults.append(Fault(".*", "500", times=None))
    api = Api(server.url, TOKEN, Limits(attempts=10_000, budget=0.3))
    for _ in range(2):
        with pytest.raises(ApiError) as caught:
            api.get("/user", Comment)
        assert "0.3 s for talking to GitHub are used up" in caught.value.hint
    assert "no time left" in caught.value.message


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "3600"}, "3,600 s"),
        (
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "99999999999"},
            "GitHub asks to wait",
        ),
    ],
)
def test_a_wait_that_is_too_long_is_not_begun(
    api: Api, github: FakeGitHub, headers: dict[str, str], seconds: str
) -> None:
    github.state.faults.append(Fault(".*", "rate-limit", headers=headers))
    with pytest.raises(ApiError) as caught:
        api.post(COMMENTS, Sent("hello"), Comment)
    assert seconds in caught.value.hint
    assert requests(github, "POST") == 1


@pytest.mark.parametrize(
    ("status", "headers", "body", "wait"),
    [
        (503, {"Retry-After": "7"}, "", 7.0),
        (503, {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, "", 60.0),
        (503, {}, "", None),
        (429, {}, "", 60.0),
        (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "0"}, "", 0.0),
        (403, {"x-ratelimit-remaining": "0"}, "", 60.0),
        (403, {}, '{"message": "You have exceeded a secondary rate limit"}', 60.0),
        (403, {"x-ratelimit-remaining": "10"}, '{"message": "no"}', None),
    ],
)
def test_how_long_an_answer_asks_to_wait(
    status: int, headers: dict[str, str], body: str, wait: float | None
) -> None:
    answer = Answer(status, urllib3.HTTPHeaderDict(headers), body.encode())
    assert answer.wait == wait


def test_github_is_waited_for_as_it_asks(server: Server) -> None:
    fault = Fault(".*", "503", headers={"Retry-After": "1"})
    server.github.state.faults.append(fault)
    start = time.monotonic()
    made = Api(server.url, TOKEN, Limits(backoff=0)).post(
        COMMENTS, Sent("hello"), Comment
    )
    assert made.body == "hello"
    assert time.monotonic() - start >= 1


def test_what_was_made_before_the_connection_broke_is_not_made_again(
    api: Api, github: FakeGitHub
) -> None:
    github.state.faults.append(Fault("POST .*", "late"))
    made = api.post(
        COMMENTS,
        Sent("hello"),
        Comment,
        already=lambda: next(api.pages(COMMENTS, Comment), None),
    )
    assert (made.body, bodies(github)) == ("hello", ["hello"])


def test_what_was_not_made_is_tried_again(api: Api, github: FakeGitHub) -> None:
    github.state.faults.append(Fault("POST .*", "502"))
    api.post(
        COMMENTS,
        Sent("hello"),
        Comment,
        already=lambda: next(api.pages(COMMENTS, Comment), None),
    )
    assert (bodies(github), requests(github, "GET")) == (["hello"], 1)


def test_what_a_rate_limit_refused_is_not_looked_for(
    api: Api, github: FakeGitHub
) -> None:
    github.state.faults.append(Fault("POST .*", "rate-limit"))
    api.post(
        COMMENTS, Sent("hello"), Comment, already=lambda: pytest.fail("looked for")
    )
    assert bodies(github) == ["hello"]


def test_a_missing_permission_is_named_and_not_asked_for_again(
    api: Api, github: FakeGitHub
) -> None:
    github.denied = {"statuses"}
    body = {"state": "success"}
    with pytest.raises(ApiError) as caught:
        api.post(f"/repos/o/r/statuses/{'1' * 40}", body, Comment, needs="nothing: 1")
    assert caught.value.denied
    assert caught.value.status == 403
    assert caught.value.hint == "the job's `permissions:` need `statuses: write`"
    assert "403 Forbidden (Resource not accessible by integration)" in str(caught.value)
    assert requests(github, "POST") == 1


def test_a_wrong_token_is_told(github: FakeGitHub, api: Api) -> None:
    github.token = "another"
    with pytest.raises(ApiError, match="401 Unauthorized") as caught:
        api.get("/user", Comment)
    assert "wrong or has expired" in caught.value.hint
    assert not caught.value.denied


def test_what_is_not_there_may_be_hidden(api: Api) -> None:
    with pytest.raises(ApiError, match="404 Not Found") as caught:
        api.get("/repos/o/r/pulls/8", Comment, needs="pull-requests: write")
    assert "`pull-requests: read` or `contents: read`" in caught.value.hint


@pytest.mark.parametrize("kind", ["html", "garbage", "wrong"])
def test_an_answer_that_is_not_of_github_is_told(
    api: Api, github: FakeGitHub, kind: str
) -> None:
    github.state.faults.append(Fault(".*", kind))
    with pytest.raises(ApiError, match="not what GitHub documents") as caught:
        api.get("/user", Comment)
    assert "proxy" in caught.value.hint


Reply = Callable[[BaseHTTPRequestHandler], tuple[int, dict[str, str], bytes]]


@pytest.fixture
def answering() -> Iterator[Callable[[Reply], tuple[str, list[str]]]]:
    """Starts a server that answers as it is told; its address and what it was sent."""
    servers: list[ThreadingHTTPServer] = []

    def start(reply: Reply) -> tuple[str, list[str]]:
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                status, headers, body = reply(self)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}", asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_server_is_not_followed(
    answering: Any, status: int
) -> None:
    other, stolen = answering(lambda r: (200, {}, b'{"id": 1, "body": ""}'))
    url, _ = answering(lambda r: (status, {"Location": f"{other}/user"}, b""))
    with pytest.raises(ApiError, match="another server"):
        Api(url, TOKEN, IMPATIENT).get("/user", Comment)
    assert stolen == []


def test_a_redirect_on_the_server_is_followed(answering: Any) -> None:
    url, asked = answering(
        lambda r: (
            (301, {"Location": "/repositories/1"}, b"")
            if r.path == "/repos/o/r"
            else (200, {}, b'{"id": 1, "body": "moved"}')
        )
    )
    assert Api(url, TOKEN).get("/repos/o/r", Comment).body == "moved"
    assert asked == ["/repos/o/r", "/repositories/1"]


def test_redirects_in_a_circle_end(answering: Any) -> None:
    url, asked = answering(lambda r: (302, {"Location": r.path}, b""))
    with pytest.raises(ApiError, match="redirected more than 3 times"):
        Api(url, TOKEN).get("/user", Comment)
    assert len(asked) == 4


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/steal",
        "//evil.example/steal",
        "http://127.0.0.1:1/steal",
        "http://[::1/",
        "http://x:y/",
    ],
)
def test_a_next_page_on_another_server_is_not_fetched(
    answering: Any, link: str
) -> None:
    url, _ = answering(lambda r: (200, {"Link": f'<{link}>; rel="next"'}, b"[]"))
    with pytest.raises(ApiError, match="another server, where the token does not go"):
        list(Api(url, TOKEN, IMPATIENT).pages("/x", Comment))


def test_pages_without_end_end(answering: Any) -> None:
    url, asked = answering(lambda r: (200, {"Link": '</x>; rel="next"'}, b"[]"))
    with pytest.raises(ApiError, match="more than 300 pages"):
        list(Api(url, TOKEN).pages("/x", Comment))
    assert len(asked) == 300


def test_the_token_is_in_no_message_even_when_the_server_echoes_it(
    answering: Any,
) -> None:
    def echo(request: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], bytes]:
        said = {"message": request.headers["authorization"] + "\n::error::x"}
        return 422, {}, msgspec.json.encode(said)

    url, _ = answering(echo)
    api = Api(url, TOKEN)
    with pytest.raises(ApiError) as caught:
        api.get("/user", Comment)
    assert "(Bearer *** ::error::x)" in str(caught.value)
    assert TOKEN not in f"{caught.value!r}{caught.value.hint}{api!r}"


@pytest.mark.parametrize("token", ["ghs a", "ghs\na", "ghs_ä", "ghs_\x00", "   "])
def test_a_token_that_cannot_be_one_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(GitHubError) as caught:
        Api("https://api.github.com", token)
    assert token.strip() == "" or token not in str(caught.value)


def test_the_line_end_of_a_pasted_token_does_no_harm(
    server: Server, github: FakeGitHub
) -> None:
    github.token = TOKEN
    assert list(Api(server.url, TOKEN + "\n").pages(COMMENTS, Comment)) == []


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
