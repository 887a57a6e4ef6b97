"""Suggested changes at a pull request: few, once each, gone when they are done."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from fake_github import Server
from fake_repository import ACTIONS, FakeGitHub, Fault
from gate.github import review
from gate.github.answers import ApiError
from gate.github.api import Api
from gate.github.event import Event
from gate.github.review import Place

GATE, OTHER = "0" * 8, "1" * 8
BASE = [f"line {number}" for number in range(1, 31)]
HEAD = [*BASE[:4], "new 5", "new 6", "new 7", *BASE[7:19], "new 20", *BASE[20:]]


@dataclass(frozen=True)
class Fix:
    """A suggestion for lines of `a.py`."""

    start: int
    old: tuple[str, ...]
    mark: str
    path: str = "a.py"
    body: str = "better\n\n```suggestion\nx\n```"

    @property
    def end(self) -> int:
        return self.start + len(self.old) - 1


def fix(*numbers: int, lines: list[str] = HEAD, **more: str) -> Fix:
    """A suggestion for the lines of these numbers, as they are."""
    old = tuple(lines[number - 1] for number in numbers)
    return Fix(numbers[0], old, more.pop("mark", f"{numbers[0]:020x}"), **more)


def text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


@pytest.fixture
def event(event: Event, github: FakeGitHub) -> Event:
    """A pull request that changes the lines 5 to 7 and 20."""
    files = {"a.py": text(BASE), "same.py": "x\n"}
    github.setup(branches={"main": {"files": files}})
    return push(event, github, {"a.py": text(HEAD)})


def push(event: Event, github: FakeGitHub, files: dict[str, str]) -> Event:
    """The event after a commit on top of the pull request."""
    start = "topic" if "refs/heads/topic" in github.state.refs else "main"
    sha = github.add_branch("topic", {"files": files, "from": start})
    github.setup(pulls={7: {"sha": sha, "head_ref": "topic", "base_ref": "main"}})
    return msgspec.structs.replace(event, head=sha, commits=frozenset({sha}))


def publish(event: Event, api: Api, *wanted: Fix, **place: Any) -> list[str]:
    where = Place(**{"gate": GATE, "most": 10, **place})
    return [step.text for step in review.publish(wanted, where, event, api)]


def shown(github: FakeGitHub, gate: str = GATE) -> list[tuple[int, int]]:
    """Where the gate's own suggestions stand that are not outdated: first, last."""
    found = (github._review_comment(n) for n in github.state.review_comments)
    return sorted(
        (comment["start_line"] or comment["line"], comment["line"])
        for comment in found
        if comment["body"].startswith(f"<!-- gate-suggestion {gate}-")
        and (comment["user"]["login"], comment["user"]["type"]) == (ACTIONS, "Bot")
        and comment["line"]
    )


def writes(github: FakeGitHub) -> list[str]:
    return [r["method"] for r in github.state.requests if r["method"] != "GET"]


def test_a_suggestion_stands_at_its_lines(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    texts = publish(event, api, fix(6), fix(5, 6, 7, 8))
    assert texts == ["suggestions: 2 changes"]
    assert shown(github) == [(5, 8), (6, 6)]
    one, other = github.state.review_comments.values()
    assert one["body"].endswith("\nbetter\n\n```suggestion\nx\n```")
    assert (one["commit"], other["side"]) == (event.head, "RIGHT")
    (said,) = github.state.reviews.values()
    assert (said["state"], said["body"]) == ("COMMENTED", "")
    assert writes(github) == ["POST"]


@pytest.mark.parametrize(
    "one",
    [
        fix(2),  # in the diff, and not changed
        fix(14),  # in no hunk
        fix(8, 9, 10),
        fix(5, lines=BASE),  # as it was before
        fix(5, lines=[*HEAD[:4], "new 5 "]),
        fix(5, lines=[*HEAD[:4], "new 5\r"]),
        fix(*range(5, 21)),  # from one hunk to another
        fix(29, 30, lines=[*HEAD, "more"]),
        fix(1, path="same.py", lines=["x"]),
        fix(5, path="A.py"),
        fix(5, path="../a.py"),
        fix(5, path="/a.py"),
        Fix(5, (), "0" * 20),
        Fix(0, ("new 5",), "0" * 20),
        Fix(-3, ("new 5",) * 9, "0" * 20),
        Fix(10**12, ("new 5",), "0" * 20),
    ],
)
def test_what_is_not_the_changes_own_word_for_word_is_not_suggested(
    event: Event, api: Api, github: FakeGitHub, one: Fix
) -> None:
    assert publish(event, api, one) == []
    assert writes(github) == []


def test_a_line_beside_a_changed_one_may_be_taken_along(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    publish(event, api, fix(4, 5), fix(20, 21))
    assert shown(github) == [(4, 5), (20, 21)]


def test_an_identical_run_writes_nothing(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    publish(event, api, fix(5), fix(20))
    github.state.requests.clear()
    assert publish(event, api, fix(5), fix(20)) == ["suggestions: 2, all there"]
    assert [r["method"] for r in github.state.requests] == ["GET", "GET"]


def test_without_any_there_and_any_wanted_nobody_is_asked(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    assert publish(event, api, any_there=False) == []
    assert publish(event, api, fix(5), any_there=False, most=0) == []
    assert github.state.requests == []


def test_only_what_is_new_is_added(event: Event, api: Api, github: FakeGitHub) -> None:
    publish(event, api, fix(5))
    publish(event, api, fix(5), fix(20))
    assert shown(github) == [(5, 5), (20, 20)]
    assert len(github.state.reviews) == 2


def test_what_is_not_wanted_any_more_is_removed(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    publish(event, api, fix(5), fix(20))
    texts = publish(event, api, fix(20))
    assert texts[0] == "suggestion: one that is outdated removed"
    assert shown(github) == [(20, 20)]
    publish(event, api)
    assert github.state.review_comments == {}
    publish(event, api, fix(5))
    publish(event, api, fix(5), most=0)
    assert github.state.review_comments == {}


def test_a_suggestion_that_was_taken_goes(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    publish(event, api, fix(5), fix(20))
    event = push(event, github, {"a.py": text([*HEAD[:4], "x", *HEAD[5:]])})
    publish(event, api, fix(20))
    assert len(github.state.review_comments) == 1
    assert shown(github) == [(20, 20)]


def test_a_suggestion_whose_lines_moved_stays(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    publish(event, api, fix(20))
    moved = ["on top", *HEAD]
    event = push(event, github, {"a.py": text(moved)})
    again = Fix(21, ("new 20",), fix(20).mark)
    assert publish(event, api, again) == ["suggestions: 1, all there"]
    assert shown(github) == [(21, 21)]


def test_the_same_change_at_two_places_stands_at_both(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    """When one of them is taken, the others keep theirs."""
    same = [f"new {n}" if n in (5, 20) else line for n, line in enumerate(HEAD, 1)]
    same[4] = same[19] = "the same"
    event = push(event, github, {"a.py": text(same)})
    pair = [Fix(n, ("the same",), "a" * 20) for n in (5, 20)]
    publish(event, api, *pair)
    assert shown(github) == [(5, 5), (20, 20)]
    assert publish(event, api, *pair) == ["suggestions: 2, all there"]
    same[4:5] = ["done", "and more"]
    event = push(event, github, {"a.py": text(same)})
    publish(event, api, Fix(21, ("the same",), "a" * 20))
    assert shown(github) == [(21, 21)]
    assert len(github.state.reviews) == 1


def test_what_people_talk_about_stays_and_is_not_said_again(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    publish(event, api, fix(5), fix(20))
    first, _ = github.state.review_comments
    path = f"/repos/o/r/pulls/7/comments/{first}/replies"
    api.post(path, {"body": "Why?"}, dict)
    publish(event, api)
    assert first in github.state.review_comments
    assert len(github.state.review_comments) == 2  # with the reply
    elsewhere = Fix(6, ("new 6",), fix(5).mark)
    assert publish(event, api, elsewhere) == ["suggestions: 1, all there"]


def test_at_most_so_many_the_first_ones(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    wanted = [fix(7), fix(14), fix(20), fix(6), fix(5)]
    publish(event, api, *wanted, most=2)
    assert shown(github) == [(7, 7), (20, 20)]
    publish(event, api, *wanted, most=2)
    assert shown(github) == [(7, 7), (20, 20)]
    publish(event, api, *wanted[2:], most=2)
    assert shown(github) == [(6, 6), (20, 20)]


def test_two_gates_leave_each_others_alone(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    publish(event, api, fix(5))
    publish(event, api, fix(20), gate=OTHER)
    publish(event, api, fix(6))
    publish(event, api, gate=OTHER)
    assert (shown(github), shown(github, OTHER)) == ([(6, 6)], [])


@pytest.mark.parametrize(
    ("login", "app"), [("eve", ""), ("other[bot]", ""), (ACTIONS, "user")]
)
def test_what_others_wrote_is_not_touched(
    event: Event, api: Api, github: FakeGitHub, login: str, app: str
) -> None:
    """Also if it begins as ours does: nor does it keep ours from being written."""
    publish(event, api, fix(5), fix(6))
    foreign, _ = github.state.review_comments
    kind = "User" if login == "eve" or app else "Bot"
    known = github.state.review_comments[foreign]
    known["user"] = github.user(login, kind)
    publish(event, api, fix(5))
    assert github.state.review_comments[foreign] is known
    assert shown(github) == [(5, 5)]
    publish(event, api)
    assert list(github.state.review_comments) == [foreign]


@pytest.mark.parametrize(
    "start", ["", "> ", "quoted: ", "\n", "<!-- gate-suggestion 00000000-0 -->"]
)
def test_what_does_not_begin_with_the_mark_is_not_ours(
    event: Event, api: Api, github: FakeGitHub, start: str
) -> None:
    publish(event, api, fix(5))
    (only,) = github.state.review_comments.values()
    only["body"] = start + only["body"] if start else "something else"
    before = dict(only)
    publish(event, api)
    assert list(github.state.review_comments.values()) == [before]


def test_the_comments_of_a_users_token_are_that_users(
    event: Event, server: Server, github: FakeGitHub
) -> None:
    github.setup(app=False, login="ann")
    api = Api(server.url, "ghp_x")
    publish(event, api, fix(5))
    (made,) = github.state.review_comments
    assert publish(event, api, fix(5)) == ["suggestions: 1, all there"]
    github.setup(login="ben")
    publish(event, Api(server.url, "ghp_y"), fix(5))
    assert made in github.state.review_comments
    assert len(github.state.review_comments) == 2


def test_a_double_that_a_race_left_is_removed(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    publish(event, api, fix(5), any_there=False)
    publish(event, api, fix(5), any_there=False)
    assert shown(github) == [(5, 5), (5, 5)]
    publish(event, api, fix(5))
    assert shown(github) == [(5, 5)]


@pytest.mark.parametrize("kind", ["", "late", "502"])
def test_one_that_github_refuses_does_not_keep_the_others(
    event: Event, api: Api, github: FakeGitHub, kind: str
) -> None:
    faults = github.state.faults
    faults.append(Fault("POST .*/reviews", "422", times=None))
    faults.append(Fault("POST .*/comments", "422"))
    faults += [Fault("POST .*/comments", kind)] if kind else []
    texts = publish(event, api, fix(6), fix(5), fix(20))
    assert texts == ["suggestions: 2 of 3 changes"]
    assert shown(github) == [(5, 5), (20, 20)]


def test_if_github_takes_none_it_is_told_why(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    gone = msgspec.structs.replace(event, head="9" * 40)
    with pytest.raises(ApiError, match="commit_id is not part of the pull request"):
        publish(gone, api, fix(5), fix(20))


def test_a_trouble_on_the_way_is_no_refusal(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    github.state.faults.append(Fault("POST .*/reviews", "422"))
    github.state.faults.append(Fault("POST .*/comments", "502", times=None))
    with pytest.raises(ApiError, match="502"):
        publish(event, api, fix(5), fix(20))


@pytest.mark.parametrize("kind", ["500", "502", "rate-limit", "drop", "late"])
@pytest.mark.parametrize(
    "request_", ["GET .*/comments", "GET .*/files", "POST .*/reviews", "DELETE .*"]
)
def test_any_request_may_fail_once(
    event: Event, api: Api, github: FakeGitHub, kind: str, request_: str
) -> None:
    publish(event, api, fix(20))
    github.state.faults.append(Fault(request_, kind))
    publish(event, api, fix(5), fix(6))
    assert shown(github) == [(5, 5), (6, 6)]


def test_comments_are_found_on_all_pages(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    publish(event, api, fix(5))
    (mine,) = github.state.review_comments
    known = github.state.review_comments.pop(mine)
    for number in range(1000, 1250):
        talk = {**known, "id": number, "body": "talk"}
        github.state.review_comments[number] = talk
    github.state.review_comments[mine] = {**known, "id": mine}
    assert publish(event, api, fix(5)) == ["suggestions: 1, all there"]


def test_files_are_read_as_far_as_they_are_looked_for(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    many = {f"z{number:03}.py": "x\n" for number in range(250)}
    event = push(event, github, many)

    def pages(*wanted: Fix) -> int:
        github.state.requests.clear()
        publish(event, api, *wanted, any_there=False)
        return sum("/files" in r["path"] for r in github.state.requests)

    assert pages(fix(5)) == 1
    assert pages(fix(1, path="z150.py", lines=["x"])) == 2
    assert pages(fix(1, path="zzz.py", lines=["x"])) == 3


def test_a_file_whose_patch_github_leaves_out_has_none(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    event = push(event, github, {"a.py": text([f"n{n}" for n in range(30_000)])})
    one = Fix(5, ("n4",), "0" * 20)
    assert publish(event, api, one) == []


def test_a_hostile_path_is_only_looked_up(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    path = "a/../b?c#d%2e\n\u202e.py"
    event = push(event, github, {"x/y": "x\n"})
    publish(event, api, fix(5), Fix(1, ("x",), "0" * 20, path=path))
    assert not any("b?c" in r["path"] or "%2e" in r["path"] for r in asked(github))
    assert shown(github) == [(5, 5)]


def asked(github: FakeGitHub) -> list[dict[str, Any]]:
    return [r for r in github.state.requests if r["method"] in ("GET", "POST")]


def test_the_lines_that_a_patch_shows() -> None:
    patch = (
        "@@ -1,3 +1,4 @@ def f():\n a\n-b\n+c\n+@@ -9 +9 @@\n d\n"
        "@@ -40 +41,2 @@\n-x\n\\ No newline at end of file\n+y\n+z"
        "\n\\ No newline at end of file"
    )
    found = review.lines(patch)
    assert {n: (line.text, line.hunk, line.added) for n, line in found.items()} == {
        1: ("a", 1, False),
        2: ("c", 1, True),
        3: ("@@ -9 +9 @@", 1, True),
        4: ("d", 1, False),
        41: ("y", 2, True),
        42: ("z", 2, True),
    }
    assert review.lines("") == review.lines("Binary files differ") == {}


def test_a_suggestion_asks_for_no_line_before_it_has_one(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    publish(event, api, fix(5), fix(5, 6, mark="f" * 20))
    (body,) = [r["body"] for r in github.state.requests if r["method"] == "POST"]
    single, several = json.loads(body)["comments"]
    assert "start_line" not in single
    assert (several["start_line"], several["line"]) == (5, 6)
    assert re.match("<!-- gate-suggestion 0{8}-f{20} -->\n", several["body"])
