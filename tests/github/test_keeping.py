"""The branch of the history: what is on it after pushes, races, faults, and a fetch."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fake_github import Server
from fake_repository import FakeGitHub, Fault
from gate import history
from gate.findings import Result, Status
from gate.github import keeping, steps
from gate.github.api import Api, Limits
from gate.github.event import Event
from gate.github.keeping import Badge
from gate.github.steps import Outcome, Step
from gate.history import BRANCH, Record
from gate.verdict import Context, Verdict, judge
from harness_fixtures import TOKEN, at_once
from tests.conftest import Repository

QUICK = Limits(backoff=0.01, timeout=10)
REF = f"refs/heads/{BRANCH}"


@pytest.fixture
def event(event: Event, github: FakeGitHub) -> Event:
    """A push to the default branch, whose name has signs that an address has not."""
    github.setup(default_branch="trunk/#1%-ü", branches={"other": {"files": {"o": ""}}})
    return push(event, github)


def push(event: Event, github: FakeGitHub) -> Event:
    """The event of one more commit."""
    name = github.default_branch
    sha = github.add_branch(name, {"files": {"a": github.now()}})
    return msgspec.structs.replace(
        event,
        name="push",
        head=sha,
        commits=frozenset({sha}),
        pull_request=None,
        branch=name,
    )


def verdict(
    percent: float = 90.0, name: str = "", status: Status = Status.PASSED
) -> Verdict:
    metrics = {"coverage.percent": percent, "tests.seconds": 1.0}
    result = Result(check="coverage", status=status, summary="s", metrics=metrics)
    return judge([result], Context(gate="1", name=name))


def publish(
    event: Event, api: Api, percent: float = 90.0, name: str = ""
) -> list[Step]:
    badge = Badge(svg=f"<svg>{percent}</svg>", json=f'{{"message": "{percent}"}}\n')
    made = keeping.publish(verdict(percent, name), badge, event, api)
    return list(steps.attempt("history", made))


def told(made: list[Step]) -> list[str]:
    return [step.outcome.value for step in made]


def kept(github: FakeGitHub, folder: str = "") -> dict[str, float]:
    """The coverage of each commit that is recorded, in order."""
    data = github.files(BRANCH).get(f"{folder}{history.FILE}", b"")
    records = history.parse(data)
    assert len({record.commit for record in records}) == len(records)
    return {r.commit: r.metrics["coverage.percent"] for r in records}


def badge(github: FakeGitHub, folder: str = "") -> str:
    files = github.files(BRANCH)
    shown = files[f"{folder}badge.svg"].decode().removesuffix("</svg>")
    assert shown.removeprefix("<svg>") in files[f"{folder}badge.json"].decode()
    return shown.removeprefix("<svg>")


def asked(github: FakeGitHub) -> Counter[str]:
    return Counter(request["method"] for request in github.state.requests)


def test_the_first_push_makes_a_branch_of_its_own(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    (step,) = publish(event, api)
    assert step.text == f"history: {event.head[:12]} on the branch gate-history"
    assert sorted(github.files(BRANCH)) == [
        ".gate-history",
        "README.md",
        "badge.json",
        "badge.svg",
        "history.jsonl",
    ]
    commit = github.objects.commit(github.state.refs[REF])
    assert commit.parents == ()
    assert commit.message == f"The gate on {event.head[:12]}\n\n[skip ci]"
    (record,) = history.parse(github.files(BRANCH)["history.jsonl"])
    assert (record.commit, record.state) == (event.head, "open")
    assert record.metrics == {"coverage.percent": 90.0}
    assert badge(github) == "90.0"
    assert asked(github) == Counter(GET=2, POST=3)


def test_a_later_push_adds_a_record_on_top(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    publish(event, api)
    first, before = event.head, github.state.refs[REF]
    event = push(event, github)
    github.state.requests.clear()
    publish(event, api, 95.0)
    assert kept(github) == {first: 90.0, event.head: 95.0}
    assert badge(github) == "95.0"
    assert github.objects.commit(github.state.refs[REF]).parents == (before,)
    assert asked(github) == Counter(GET=5, POST=2, PATCH=1)


def test_a_run_again_of_the_same_commit_changes_nothing(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    publish(event, api)
    before = github.state.refs[REF]
    github.state.requests.clear()
    assert told(publish(event, api)) == ["unchanged"]
    assert github.state.refs[REF] == before
    assert asked(github) == Counter(GET=2)


def test_a_run_again_that_says_otherwise_takes_the_place_of_the_first(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    publish(event, api)
    publish(event, api, 91.0)
    assert kept(github) == {event.head: 91.0}
    assert badge(github) == "91.0"


@pytest.mark.parametrize("again", [False, True])
def test_a_late_run_of_an_older_commit_does_not_put_the_badge_back(
    event: Event, api: Api, github: FakeGitHub, again: bool
) -> None:
    older = event
    if again:
        publish(older, api, 49.0)
    event = push(event, github)
    publish(event, api, 95.0)
    assert told(publish(older, api, 50.0)) == ["done"]
    assert badge(github) == "95.0"
    assert kept(github) == {older.head: 50.0, event.head: 95.0}
    assert list(kept(github))[-1] == event.head


def test_the_first_run_of_all_may_be_a_late_one(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    push(event, github)
    publish(event, api, 50.0)
    assert (kept(github), badge(github)) == ({event.head: 50.0}, "50.0")


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("jobs", [2, 6])
def test_jobs_that_race_lose_no_record(
    event: Event, server: Server, github: FakeGitHub, jobs: int, there: bool
) -> None:
    events = [event]
    if there:
        publish(event, Api(server.url, TOKEN, QUICK))
        events = []
    while len(events) < jobs:
        event = push(event, github)
        events.append(event)
    outcomes: list[str] = []
    at_once(
        [
            lambda one=one, n=n: outcomes.extend(
                told(publish(one, Api(server.url, TOKEN, QUICK), float(n)))
            )
            for n, one in enumerate(events)
        ]
    )
    assert outcomes == ["done"] * jobs
    assert {one.head for one in events} <= set(kept(github))
    assert badge(github) == f"{jobs - 1}.0"


def test_gates_that_race_have_a_folder_each(
    event: Event, server: Server, github: FakeGitHub
) -> None:
    names = ["", "labs/One", "Lab Two", "../x"]
    at_once(
        [
            lambda name=name: publish(event, Api(server.url, TOKEN, QUICK), 80.0, name)
            for name in names
        ]
    )
    folders = ["", "labs/one/", "lab-two/", "x/"]
    assert all(kept(github, folder) == {event.head: 80.0} for folder in folders)
    assert all(badge(github, folder) == "80.0" for folder in folders)
    assert "README.md" in github.files(BRANCH)


@pytest.mark.parametrize("files", [{"mine.txt": "x"}, {"history.jsonl": "x\n"}])
def test_a_branch_of_that_name_that_is_not_the_gates_is_left_alone(
    event: Event, api: Api, github: FakeGitHub, files: dict[str, str]
) -> None:
    before = github.add_branch(BRANCH, {"files": files, "from": None})
    (step,) = publish(event, api)
    assert step.outcome is Outcome.FAILED
    assert step.text == "history: there is a branch gate-history that is not the gate's"
    assert step.hint == "rename that branch"
    assert github.state.refs[REF] == before


def test_what_others_put_on_the_branch_stays(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    publish(event, api)
    more = {"mine/notes.md": "x", "history.jsonl": {"base64": "/w=="}}
    github.add_branch(BRANCH, {"files": more})
    event = push(event, github)
    publish(event, api)
    assert kept(github) == {event.head: 90.0}
    assert github.files(BRANCH)["mine/notes.md"] == b"x"


def test_no_more_than_a_thousand_records_are_kept(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    old = [
        Record(
            commit=f"{n:040x}",
            time="2026-01-01T00:00:00Z",
            state="open",
            metrics={"coverage.percent": 1.0},
        )
        for n in range(1000)
    ]
    files = {".gate-history": "1\n", "history.jsonl": history.text(old).decode()}
    github.add_branch(BRANCH, {"files": files, "from": None})
    publish(event, api)
    commits = list(kept(github))
    assert (len(commits), commits[0], commits[-1]) == (1000, f"{1:040x}", event.head)


def test_a_history_that_is_too_large_is_told(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    huge = " " * (history.MAX_BYTES + 1)
    files = {".gate-history": "1\n", "history.jsonl": huge}
    github.add_branch(BRANCH, {"files": files, "from": None})
    (step,) = publish(event, api)
    assert step.outcome is Outcome.FAILED and "more than 4,194,304" in step.text


KINDS = ["500", "502", "503", "rate-limit", "drop", "late"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("there", [True, False])
def test_any_request_may_fail_once(
    event: Event, server: Server, github: FakeGitHub, kind: str, there: bool
) -> None:
    if there:
        publish(event, Api(server.url, TOKEN, QUICK), 50.0)
    refs = dict(github.state.refs)
    github.state.requests.clear()
    for number in range(12):
        github.state.refs.clear()
        github.state.refs.update(refs)
        event = push(event, github)
        github.state.faults[:] = [Fault(".*", kind, after=number)]
        done = publish(event, Api(server.url, TOKEN, QUICK))
        assert told(done) in (["done"], ["unchanged"])
        assert list(kept(github))[-1] == event.head
        if github.state.faults[0].times:  # there were no more requests
            return
    pytest.fail("there is no end of requests")


@pytest.mark.parametrize("kind", [*KINDS, "html", "garbage", "wrong", "422", "409"])
@pytest.mark.parametrize("there", [True, False])
def test_what_always_fails_is_told_and_leaves_the_branch_whole(
    event: Event, server: Server, github: FakeGitHub, kind: str, there: bool
) -> None:
    limits = Limits(attempts=2, backoff=0.001)
    if there:
        publish(event, Api(server.url, TOKEN, limits), 50.0)
        event = push(event, github)
        github.state.requests.clear()
    refs = dict(github.state.refs)
    publish(event, Api(server.url, TOKEN, limits))
    for fault in Fault.each(github.state.endpoints(), kind, times=None):
        github.state.refs.clear()
        github.state.refs.update(refs)
        github.state.faults[:] = [fault]
        (step,) = publish(event, Api(server.url, TOKEN, limits))
        moved = github.state.refs.get(REF) != refs.get(REF)
        if step.outcome is Outcome.FAILED:
            assert not moved or kind == "late"
        else:
            assert list(kept(github))[-1] == event.head
        assert step.outcome is Outcome.FAILED or kind in ("late", "422", "409")


def test_a_rule_against_the_branch_is_told_once(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    github.state.faults.append(Fault("POST .*/git/refs", "422", times=None))
    (step,) = publish(event, api)
    assert step.outcome is Outcome.FAILED and "422" in step.text
    assert asked(github)["POST"] == 3


def test_a_branch_that_never_stands_still_is_given_up(
    event: Event, server: Server, github: FakeGitHub
) -> None:
    """Somebody else moves it before each commit of ours."""

    class Moving(Api):
        def post(self, path: str, *more: Any, **named: Any) -> Any:
            if path.endswith("/git/commits"):
                github.add_branch(BRANCH, {"files": {"x": github.now()}})
            return super().post(path, *more, **named)

    publish(event, Api(server.url, TOKEN, QUICK))
    event = push(event, github)
    (step,) = publish(event, Moving(server.url, TOKEN, Limits(backoff=0.0001)))
    assert step.outcome is Outcome.FAILED
    assert step.text == f"history: the branch {BRANCH} is moved by others all the time"


def test_a_missing_permission_is_named(
    event: Event, server: Server, github: FakeGitHub
) -> None:
    github.setup(tokens={TOKEN: {"contents": "read"}})
    (step,) = publish(event, Api(server.url, TOKEN))
    assert step.outcome is Outcome.DENIED
    assert "`contents: write`" in step.hint


def test_a_hostile_metric_is_not_recorded(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    metrics = {"coverage.percent": 1.0, "\n::error::": 1.0, "x" * 200: 2.0}
    result = Result(check="c", status=Status.PASSED, summary="", metrics=metrics)
    one = judge([result], Context(gate="1"))
    list(keeping.publish(one, Badge(svg="", json=""), event, api))
    (record,) = history.parse(github.files(BRANCH)["history.jsonl"])
    assert record.metrics == {"coverage.percent": 1.0}


def test_the_next_run_reads_it_from_a_plain_fetch(
    event: Event, api: Api, github: FakeGitHub, repository: Repository, tmp_path: Path
) -> None:
    """Publish, fetch, run: the way of a record from one push to the next change."""
    commits = [repository.commit({"a.py": f"x = {n}\n"}) for n in range(3)]
    where = {"path": str(repository.root), "refs": {"refs/heads/main": commits[2]}}
    github.setup(default_branch="main", import_git=where)
    for number, commit in enumerate(commits[:2]):
        of = {"head": commit, "branch": "main"}
        publish(msgspec.structs.replace(event, **of), api, 80.0 + number, "labs/one")
    github.export_git(tmp_path / "bare.git")
    repository.git("remote", "add", "origin", str(tmp_path / "bare.git"))
    repository.git("fetch", "-q", "origin")
    repository.git("fsck", "--strict", "--no-dangling")
    remote = f"refs/remotes/origin/{BRANCH}"
    first = repository.git("rev-list", "--max-parents=0", remote)
    assert len(first.split()) == 1
    assert repository.git("rev-list", "--count", remote) == "2"
    assert not set(repository.git("rev-list", remote).split()) & set(commits)
    assert "a.py" not in repository.git("ls-tree", "-r", "--name-only", remote)
    past = history.past(repository.root, commits[1], commits[2], "labs/one")
    assert past and (past.commit, past.behind) == (commits[1], 0)
    assert past.trend == {"coverage.percent": (80.0, 81.0)}
    assert history.past(repository.root, commits[1], commits[2], "") is None
