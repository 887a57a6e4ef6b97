"""The pull request as it is now: read, or not to be read, and whether it moved on."""

from __future__ import annotations

import msgspec
import pytest

from fake_github import Server
from fake_repository import FakeGitHub, Fault
from gate.github import pulls
from gate.github.answers import ApiError
from gate.github.api import Api, Limits
from gate.github.event import Event
from harness_fixtures import HEAD, TOKEN


def test_it_is_read(event: Event, api: Api, github: FakeGitHub) -> None:
    pull = pulls.read(event, api)
    assert pull and (pull.number, pull.head.sha, pull.state) == (7, HEAD, "open")
    assert pull.review_comments == 0
    assert pulls.moved_on(event, pull) == ""


def test_one_that_may_not_be_read_is_none(
    event: Event, server: Server, github: FakeGitHub
) -> None:
    """Writing a comment tells more of what lacks than reading does."""
    github.setup(tokens={TOKEN: {"statuses": "write"}}, private=True)
    assert pulls.read(event, Api(server.url, TOKEN)) is None
    github.state.faults.append(Fault("GET .*", "404"))
    assert pulls.read(event, Api(server.url, TOKEN)) is None
    assert pulls.moved_on(event, None) == ""


@pytest.mark.parametrize("kind", ["502", "html", "garbage", "wrong", "hang"])
def test_an_answer_that_is_none_is_an_error_of_ours(
    event: Event, server: Server, github: FakeGitHub, kind: str
) -> None:
    limits = Limits(attempts=2, backoff=0.001, timeout=0.1)
    github.state.faults.append(Fault("GET .*", kind, times=None))
    with pytest.raises(ApiError):
        pulls.read(event, Api(server.url, TOKEN, limits))
    with pytest.raises(ApiError):
        pulls.files(event, Api(server.url, TOKEN, limits), {"a"})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state": "closed"}, "pull request #7 is closed"),
        ({"state": "closed", "merged": True}, "pull request #7 is closed"),
        ({"sha": "9" * 40}, "pull request #7 has newer commits"),
    ],
)
def test_whether_it_moved_on(
    event: Event, api: Api, github: FakeGitHub, change: dict[str, object], reason: str
) -> None:
    github.setup(pulls={7: change})
    assert pulls.moved_on(event, pulls.read(event, api)).startswith(reason)


def test_what_it_changes(event: Event, api: Api, github: FakeGitHub) -> None:
    base = {"a": "1\n", "gone": "x\n", "old": "one\ntwo\nthree\n"}
    new = {"a": "2\n", "gone": None, "old": None, "new": "one\ntwo\nthree\n"}
    github.setup(branches={"main": {"files": base}})
    sha = github.add_branch("topic", {"files": {**new, "b": "b\n"}, "from": "main"})
    github.setup(pulls={7: {"sha": sha, "head_ref": "topic"}})
    event = msgspec.structs.replace(event, head=sha)
    found = pulls.files(event, api, {"a", "b", "new", "old", "c"})
    assert {name: file.status for name, file in found.items()} == {
        "a": "modified",
        "b": "added",
        "new": "renamed",
    }
    assert found["a"].patch == "@@ -1 +1 @@\n-1\n+2"
    assert found["new"].patch is None
