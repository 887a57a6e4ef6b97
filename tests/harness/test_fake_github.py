"""The fake GitHub as a server: what a test can ask of it beside the API."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_faults import Fault
from fake_github import Server

HARNESS = Path(__file__).parent

Ask = Callable[..., Any]


def asker(url: str) -> Ask:
    """Asks a server; the status, the headers and the JSON or bytes."""

    def ask(path: str, body: Any = None, method: str = "", **headers: str) -> Any:
        data = None if body is None else json.dumps(body).encode()
        sent = {"Authorization": "Bearer ghs_x", "User-Agent": "test", **headers}
        address = path if path.startswith("http") else url + path
        request = urllib.request.Request(address, data, headers=sent)
        request.method = method or ("GET" if data is None else "POST")
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            text = answer.read()
        kind = answer.headers.get("content-type", "")
        told = json.loads(text) if "json" in kind and text else text
        return answer.status, answer.headers, told

    return ask


@pytest.fixture
def ask(server: Server) -> Ask:
    return asker(server.url)


@pytest.fixture
def program() -> Iterator[Ask]:
    """The server as a program of its own."""
    command = [
        sys.executable,
        str(HARNESS / "fake_github.py"),
        "--pull",
        "7:" + "1" * 40,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout
        yield asker(process.stdout.readline().strip())
        process.terminate()


def test_a_program_is_set_up_asked_and_exported_over_http(
    program: Ask, tmp_path: Path
) -> None:
    seeds = {"main": {"files": {"a.txt": "one\n"}}}
    _, _, made = program("/_setup", {"branches": seeds, "tree_limit": 5})
    sha = made["branches"]["main"]
    _, _, branch = program("/repos/o/r/branches/main")
    assert branch["commit"]["sha"] == sha
    assert program("/_files?ref=main")[2] == {"a.txt": "one\n"}
    bare = tmp_path / "bare.git"
    assert program("/_export", {"path": str(bare)})[0] == 200
    fsck = ["git", "-C", str(bare), "fsck", "--strict"]
    assert subprocess.run(fsck, capture_output=True).returncode == 0
    _, _, state = program("/_state")
    assert state["refs"] == {"refs/heads/main": sha}
    assert program("/_endpoints")[2] == ["GET /repos/o/r/branches/main"]
    assert program("/_violations")[2] == []


def test_faults_come_and_go_over_http(program: Ask) -> None:
    fault = {"pattern": "GET .*", "kind": "503", "times": None, "after": 1}
    program("/_setup", {"faults": [fault]})
    assert [program("/repos/o/r")[0] for _ in range(3)] == [200, 503, 503]
    program("/_setup", {"clear": ["faults", "requests"]})
    assert program("/repos/o/r")[0] == 200
    assert program("/_endpoints")[2] == ["GET /repos/o/r"]


def test_a_setting_that_does_not_exist_is_told(program: Ask) -> None:
    status, _, told = program("/_setup", {"brnaches": {}})
    assert (status, told) == (400, "ValueError: there is no setting brnaches")
    assert program("/_setup", {"pulls": {8: {"head": "x"}}})[0] == 400


def test_a_request_is_held_until_it_may_go_on(program: Ask) -> None:
    """What happens while it is held comes first."""
    comments = "/repos/o/r/issues/7/comments"
    program("/_setup", {"faults": [f"POST {comments}=pause"]})
    slow = threading.Thread(target=program, args=(comments, {"body": "slow"}))
    slow.start()
    assert program("/_paused?count=1")[2] == [f"POST {comments}"]
    program(comments, {"body": "quick"})
    assert program("/_resume", {})[2] == [f"POST {comments}"]
    slow.join()
    assert [c["body"] for c in program(comments)[2]] == ["quick", "slow"]
    assert program("/_paused")[2] == []


def test_two_clients_at_once_lose_nothing(ask: Ask, server: Server) -> None:
    comments = "/repos/o/r/issues/7/comments"

    def write(name: str) -> None:
        for number in range(25):
            ask(comments, {"body": f"{name} {number}"})

    threads = [threading.Thread(target=write, args=(n,)) for n in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bodies = {c["body"] for c in server.github.state.comments.values()}
    assert bodies == {f"{name} {number}" for name in "abcd" for number in range(25)}


def test_links_lead_to_the_next_page_with_the_same_question(ask: Ask) -> None:
    for number in range(5):
        ask("/repos/o/r/issues/7/comments", {"body": str(number)})
    asked = "/repos/o/r/issues/7/comments?since=2020-01-01T00:00:00Z&per_page=2"
    seen = []
    while asked:
        _, headers, told = ask(asked)
        seen += [comment["body"] for comment in told]
        assert "since=2020" in headers["link"]
        following = re.search('<([^>]+)>; rel="next"', headers["link"])
        asked = following[1] if following else ""
    assert seen == ["0", "1", "2", "3", "4"]


def test_an_enterprise_server_has_its_api_below_a_path(
    ask: Ask, server: Server
) -> None:
    base = f"{server.url}/api/v3/repos/o/r"
    _, headers, pulls = ask("/api/v3/repos/o/r/pulls?per_page=1")
    assert pulls[0]["url"] == f"{base}/pulls/7"
    query = {"query": '{ node(id: "IC_x") { id } }'}
    assert ask("/api/graphql", query)[2]["errors"][0]["type"] == "NOT_FOUND"


def test_an_empty_answer_has_no_body_at_all(server: Server) -> None:
    made = server.github.add_comment(7, "x")
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    headers = {"Authorization": "Bearer x", "User-Agent": "test"}
    path = f"/repos/o/r/issues/comments/{made}"
    for _ in range(2):  # the second shows that the first was read to its end
        connection.request("DELETE", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status == 204:
            assert answer.headers["content-length"] is None
    assert answer.status == 404
    connection.close()


@pytest.mark.parametrize(
    ("kind", "status"), [("502", 502), ("rate-limit", 403), ("html", 200)]
)
def test_the_other_server_fails_too(
    ask: Ask, server: Server, kind: str, status: int
) -> None:
    files = [{"name": "gate", "base64": "bm8gemlw"}]
    (made,) = server.github.setup(runs={5: {"artifacts": files}})["runs"]["5"]
    place = server.github.files_url + server.github.place_of(made)
    server.github.state.faults.append(Fault(r"GET /artifacts/.*", kind))
    assert urllib_status(place) == status
    with urllib.request.urlopen(place) as answer:
        assert answer.read() == b"no zip"
    assert urllib_status(place.replace("sig=", "sig=0")) == 403


def urllib_status(address: str) -> int:
    """The status of an answer to a request without a token."""
    try:
        with urllib.request.urlopen(address) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_a_fault_of_the_fake_itself_is_a_violation(ask: Ask, server: Server) -> None:
    server.github.state.pulls[8] = {"nothing": "of a pull request"}
    assert ask("/repos/o/r/pulls/8")[0] == 500
    (violation,) = server.github.state.violations
    assert "KeyError" in violation
    server.github.state.violations.clear()
