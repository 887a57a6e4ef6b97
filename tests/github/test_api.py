"""The client against a server that fails in every way a server can."""

from __future__ import annotations

import base64
import gzip
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

import msgspec
import pytest
import urllib3

from fake_github import Server
from fake_repository import FakeGitHub, Fault
from gate.errors import GitHubError
from gate.github.answers import Answer, ApiError
from gate.github.api import Api, Limits, Made

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
    assert "http://127.0.0.1:9 up" in caught.value.hint


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


def test_a_setting_that_refuses_is_not_called_a_permission(
    api: Api, github: FakeGitHub
) -> None:
    github.advanced_security = False
    sarif = base64.b64encode(gzip.compress(b"{}")).decode()
    body = {"commit_sha": "1" * 40, "ref": "refs/heads/main", "sarif": sarif}
    with pytest.raises(ApiError, match="must be enabled for this repository") as caught:
        api.post("/repos/o/r/code-scanning/sarifs", body, dict, needs="x: write")
    assert caught.value.denied
    assert "permissions:" not in caught.value.hint


class Put(msgspec.Struct):
    content: dict[str, msgspec.Raw]


@pytest.mark.parametrize("kind", ["502", "drop"])
def test_what_is_put_is_there(api: Api, github: FakeGitHub, kind: str) -> None:
    github.setup(branches={"main": {"files": {"a": "1"}}})
    github.state.faults.append(Fault("PUT .*", kind))
    body = {"message": "m", "content": base64.b64encode(b"new").decode()}
    made = api.put("/repos/o/r/contents/b.txt", body, Put)
    assert bytes(made.content["name"]) == b'"b.txt"'
    assert github.files("main")["b.txt"] == b"new"


@pytest.mark.parametrize("kind", ["502", "drop", "late"])
def test_what_is_deleted_is_gone(api: Api, github: FakeGitHub, kind: str) -> None:
    made = github.add_comment(7, "x")
    github.state.faults.append(Fault("DELETE .*", kind))
    gone = api.delete(f"/repos/o/r/issues/comments/{made}")
    assert gone is (kind != "late")  # then the second attempt finds nothing
    assert github.state.comments == {}
    assert not api.delete(f"/repos/o/r/issues/comments/{made}")


@pytest.mark.parametrize("kind", ["html", "garbage", "wrong"])
def test_a_page_that_is_a_success_has_deleted_nothing(
    api: Api, github: FakeGitHub, kind: str
) -> None:
    made = github.add_comment(7, "x")
    github.state.faults.append(Fault("DELETE .*", kind))
    with pytest.raises(ApiError, match="not what GitHub documents"):
        api.delete(f"/repos/o/r/issues/comments/{made}")


def test_what_may_not_be_deleted_is_told(api: Api, github: FakeGitHub) -> None:
    made = github.add_comment(7, "x")
    github.denied = {"all"}
    with pytest.raises(ApiError, match="403 Forbidden"):
        api.delete(f"/repos/o/r/issues/comments/{made}")


@pytest.fixture
def comment(github: FakeGitHub) -> str:
    """The path of a comment."""
    return f"/repos/o/r/issues/comments/{github.add_comment(7, 'x')}"


def test_what_there_can_be_one_of_is_made_once(
    api: Api, comment: str, github: FakeGitHub
) -> None:
    first = api.post_once(f"{comment}/reactions", {"content": "eyes"}, Made)
    second = api.post_once(f"{comment}/reactions", {"content": "eyes"}, Made)
    assert (first[1], second[1]) == (True, False)
    assert first[0].id == second[0].id
    assert len(github.state.reactions) == 1


@pytest.mark.parametrize("data", [b"", b"\x00\xff", b"x" * 64])
def test_a_file_is_read_as_its_bytes(api: Api, github: FakeGitHub, data: bytes) -> None:
    packed = {"base64": base64.b64encode(data).decode()}
    github.setup(branches={"main": {"files": {"a b/#1?.bin": packed}}})
    assert api.raw("/repos/o/r/contents/a%20b/%231%3F.bin", 64) == data
    assert "raw" in github.state.requests[-1]["headers"]["accept"]


def test_a_file_that_is_too_large_is_not_read(api: Api, github: FakeGitHub) -> None:
    github.setup(branches={"main": {"files": {"a": "x" * 65}}})
    with pytest.raises(ApiError, match="answered with more than 64 bytes"):
        api.raw("/repos/o/r/contents/a", 64)
    assert api.get("/repos/o/r/pulls/7", Made).id  # the connections still serve


@pytest.mark.parametrize("kind", ["html", "garbage", "wrong"])
def test_what_is_no_file_is_not_taken_for_one(
    api: Api, github: FakeGitHub, kind: str
) -> None:
    github.setup(branches={"main": {"files": {"a": "x", "folder/b": "y"}}})
    with pytest.raises(ApiError, match="not what GitHub documents"):
        api.raw("/repos/o/r/contents/folder", 9_999)
    github.state.faults.append(Fault(".*", kind))
    with pytest.raises(ApiError, match="not what GitHub documents"):
        api.raw("/repos/o/r/contents/a", 9_999)


@pytest.fixture
def archive(github: FakeGitHub) -> str:
    """The path that leads to an artifact."""
    files = [{"name": "a", "base64": base64.b64encode(b"data").decode()}]
    (made,) = github.add_run(5, {"artifacts": files})
    return f"/repos/o/r/actions/artifacts/{made}/zip"


def test_a_download_leads_elsewhere_without_the_token(
    server: Server, api: Api, archive: str, github: FakeGitHub
) -> None:
    assert api.download(archive, 4) == b"data"
    asked, fetched = github.state.requests
    assert asked["headers"]["authorization"] == f"Bearer {TOKEN}"
    assert fetched["port"] != server.port
    assert set(fetched["headers"]) <= {"host", "user-agent", "accept-encoding"}
    assert api.sent == 2


@pytest.mark.parametrize("kind", ["500", "drop", "hang"])
def test_a_download_is_tried_again_from_the_beginning(
    server: Server, archive: str, github: FakeGitHub, kind: str
) -> None:
    """The address of the other server is good for a minute only."""
    github.state.faults.append(Fault("GET /artifacts/.*", kind))
    assert Api(server.url, TOKEN, IMPATIENT).download(archive, 4) == b"data"
    assert len(github.state.requests) == 4


def test_a_download_that_is_too_large_is_broken_off(
    api: Api, archive: str, github: FakeGitHub
) -> None:
    with pytest.raises(ApiError, match="more than 3 bytes"):
        api.download(archive, 3)


def test_downloads_are_not_kept_in_memory(api: Api, archive: str) -> None:
    api.download(archive, 4)
    api.download(archive, 4)
    assert api.sent == 4
    assert api._remembered == {}


class Node(msgspec.Struct):
    node: dict[str, msgspec.Raw] | None = None


QUERY = "query($id: ID!) { node(id: $id) { id } }"


def test_graphql_is_asked(api: Api, comment: str, github: FakeGitHub) -> None:
    known = next(iter(github.state.comments.values()))["node_id"]
    found = api.graphql(QUERY, {"id": known}, Node).node
    assert found and bytes(found["id"]) == f'"{known}"'.encode()


@pytest.mark.parametrize("kind", ["502", "rate-limit", "drop"])
def test_graphql_is_asked_again(
    api: Api, comment: str, github: FakeGitHub, kind: str
) -> None:
    github.state.faults.append(Fault("POST /graphql", kind))
    known = next(iter(github.state.comments.values()))["node_id"]
    assert api.graphql(QUERY, {"id": known}, Node).node


def test_an_error_of_graphql_comes_with_a_success(api: Api) -> None:
    with pytest.raises(ApiError, match="Could not resolve to a node") as caught:
        api.graphql(QUERY, {"id": "IC_x"}, Node)
    assert not caught.value.denied


def test_graphql_tells_of_a_missing_permission(api: Api, github: FakeGitHub) -> None:
    github.setup(tokens={TOKEN: {}}, private=True)
    with pytest.raises(ApiError, match="not accessible") as caught:
        api.graphql(QUERY, {"id": "IC_x"}, Node, needs="pull-requests: write")
    assert caught.value.denied
    assert "`pull-requests: write`" in caught.value.hint


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        (
            {"errors": [{"message": "slow", "type": "RATE_LIMITED"}]},
            "slow",
            "how often",
        ),
        ({"errors": [{"message": "\x1b[2J::error::"}]}, "[2J::error::", ""),
        ({"errors": [{"message": None}], "data": None}, "not what GitHub doc", "proxy"),
        ({"errors": "x", "data": {"node": 1}}, "not what GitHub documents", "proxy"),
        ({"data": {"node": 1}}, "not what GitHub documents", "proxy"),
        ({}, "not what GitHub documents", "proxy"),
        ([], "not what GitHub documents", "proxy"),
    ],
)
def test_an_answer_of_graphql_that_says_no(
    answering: Any, said: Any, message: str, hint: str
) -> None:
    url, _ = answering(lambda r: (200, {}, msgspec.json.encode(said)))
    with pytest.raises(ApiError) as caught:
        Api(url, TOKEN, IMPATIENT).graphql(QUERY, {}, Node)
    assert message in caught.value.message and hint in caught.value.hint
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("base", "given", "path"),
    [
        ("", "", "/graphql"),
        ("/api/v3", "", "/api/graphql"),
        ("/api/v3", "/other/graphql", "/other/graphql"),
    ],
)
def test_where_graphql_is(answering: Any, base: str, given: str, path: str) -> None:
    """On an Enterprise Server it is beside the REST API, not below it."""
    url, asked = answering(lambda r: (200, {}, b'{"data": {}}'))
    api = Api(url + base, TOKEN, graphql=given and url + given)
    api.graphql(QUERY, {}, Node)
    assert asked == [path]


def test_graphql_on_another_server_gets_no_token(answering: Any) -> None:
    seen: list[str | None] = []

    def reply(request: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], bytes]:
        seen.append(request.headers["authorization"])
        return 401, {}, b"{}"

    other, _ = answering(reply)
    api = Api("https://api.github.com", TOKEN, graphql=f"{other}/graphql")
    with pytest.raises(ApiError, match="401"):
        api.graphql(QUERY, {}, Node)
    assert seen == [None]


def test_what_has_not_changed_is_not_sent_again(
    api: Api, comment: str, github: FakeGitHub
) -> None:
    left = github.remaining
    assert api.get(comment, Comment) == api.get(comment, Comment)
    assert "if-none-match" not in github.state.requests[0]["headers"]
    assert github.state.requests[1]["headers"]["if-none-match"].startswith('W/"')
    assert github.remaining == left - 1
    api.patch(comment, Sent("new"), Comment)
    assert api.get(comment, Comment).body == "new"
    assert api.get(comment, Comment).body == "new"


def test_what_is_kept_is_told_apart_by_its_form(api: Api, github: FakeGitHub) -> None:
    github.setup(branches={"main": {"files": {"a": "1"}}})
    path = "/repos/o/r/contents/a"
    assert api.raw(path, 9) == b"1"
    assert "content" in api.get(path, dict)
    assert api.raw(path, 9) == b"1"


def test_pages_are_read_anew_each_time(api: Api, github: FakeGitHub) -> None:
    """That the first page is full and the same says nothing of a second one."""
    for number in range(100):
        github.add_comment(7, str(number))
    path = f"{COMMENTS}?per_page=100"
    assert len(list(api.pages(path, Comment))) == 100
    github.add_comment(7, "one more")
    assert len(list(api.pages(path, Comment))) == 101


def test_every_request_is_counted(api: Api, comment: str, github: FakeGitHub) -> None:
    github.state.faults.append(Fault("GET .*", "502", times=2))
    api.get(comment, Comment)
    api.get(comment, Comment)
    api.patch(comment, Sent("new"), Comment)
    assert api.sent == len(github.state.requests) == 5


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
