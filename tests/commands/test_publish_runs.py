"""`gate publish` in a second workflow, on what another run left: for forks."""

from __future__ import annotations

import dataclasses
import functools
import json
from typing import Any

import msgspec
import pytest

from fake_repository import Fault
from fake_store import Seed
from gate import results
from gate.findings import Result, Status
from gate.github import api
from gate.github.api import Limits
from gate.reports import joint
from gate.verdict import Context, Verdict, judge
from harness_fixtures import TOKEN
from tests.commands import scenarios
from tests.commands.scenarios import FORK, Scenario, Stage


@pytest.fixture
def stage(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    quick = functools.partial(Limits, attempts=2, backoff=0.001)
    monkeypatch.setattr(api, "Limits", quick)
    stage.set(FORK)
    return stage


def ended(conclusion: str) -> Scenario:
    payload = functools.partial(scenarios.judged, conclusion=conclusion)
    return dataclasses.replace(FORK, payload=payload)


def verdict(head: str, name: str = "", status: Status = Status.FAILED) -> Verdict:
    result = Result(check="lint", status=status, summary="s")
    return judge([result], Context(gate="1", head=head, name=name))


def report(one: Verdict | str, name: str = "gate-report") -> dict[str, Any]:
    data = one if isinstance(one, str) else results.encode(one).decode()
    return {"name": name, "files": {"results.json": data}}


def writes(stage: Stage) -> list[str]:
    return [
        f"{r['method']} {r['path']}"
        for r in stage.github.state.requests
        if r["method"] != "GET"
    ]


def test_what_a_fork_was_judged_is_published_on_its_head(stage: Stage) -> None:
    ran = stage.publish(FORK)
    assert (ran.code, ran.err, ran.summary) == (0, "", "")
    assert ran.out.splitlines()[:3] == [
        "status gate: failure - 1 of 2 checks failed",
        "status gate/lint: failure - new: 76 findings",
        "status gate/tests: success - all passed",
    ]
    assert {s["sha"] for s in stage.github.state.statuses} == {stage.head}
    assert len(stage.comments()) == len(stage.suggestions()) == 1
    assert stage.records() == []


def test_several_gates_of_a_run_are_all_published(stage: Stage) -> None:
    one, other = verdict(stage.head, "a"), verdict(stage.head, "b")
    stage.leave(report(one, "gate-report-a"), report(other, "gate-report-b"))
    assert stage.run(FORK).code == 0
    contexts = {s["context"] for s in stage.github.state.statuses}
    assert contexts == {"gate (a)", "gate (a)/lint", "gate (b)", "gate (b)/lint"}
    (body,) = [c["body"] for c in stage.github.state.comments.values()]
    assert {part.name for part in joint.parse(body)} == {"a", "b"}


def test_results_of_another_commit_are_an_error_of_the_gate_that_left_them(
    stage: Stage,
) -> None:
    one, other = verdict(stage.head, "a"), verdict("9" * 40, "b")
    stage.leave(report(one, "gate-report-a"), report(other, "gate-report-b"))
    assert stage.run(FORK).code == 2
    told = {s["context"]: s["state"] for s in stage.github.state.statuses}
    assert told == {
        "gate (a)": "failure",
        "gate (a)/lint": "failure",
        "gate (b)": "error",
    }


def test_a_test_merge_of_the_head_is_the_head(stage: Stage) -> None:
    github = stage.github
    base = github.state.refs["refs/heads/main"]
    merge = github.add_commit(Seed({}, (base, stage.head), "A merge"))
    stage.leave(report(verdict(merge)))
    assert stage.run(FORK).code == 0
    assert {s["sha"] for s in github.state.statuses} == {stage.head}


def test_without_its_pull_request_there_are_statuses_alone(stage: Stage) -> None:
    stage.github.setup(pulls={7: {"state": "closed"}})
    ran = stage.publish(FORK)
    assert ran.code == 0
    assert "comment: the event `workflow_run` has no pull request" in ran.out
    assert len(stage.github.state.statuses) == 3 and stage.comments() == []


@pytest.mark.parametrize(
    "data",
    [
        "",
        "null",
        '{"version": 99}',
        '{"version": 1, "\\n::error::x##[error]": 1}',
        "[" * 100_000,
    ],
)
def test_results_that_are_none_are_refused_harmlessly(stage: Stage, data: str) -> None:
    stage.leave(report(data))
    ran = stage.run(FORK)
    assert ran.code == 2 and "Traceback" not in ran.err
    lines = (ran.out + ran.err).splitlines()
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in lines)
    assert stage.parts()["statuses"].keys() == {"gate"}  # an error, and no more
    assert stage.parts()["statuses"]["gate"][0] == "error"


def contradicting(one: Verdict) -> Verdict:
    opened = verdict(one.context.head, status=Status.PASSED)
    return msgspec.structs.replace(opened, results=one.results)


def elsewhere(one: Verdict) -> Verdict:
    context = msgspec.structs.replace(one.context, head="9" * 40)
    return msgspec.structs.replace(one, context=context)


def nowhere(one: Verdict) -> Verdict:
    context = msgspec.structs.replace(one.context, head="")
    return msgspec.structs.replace(one, context=context)


def named(one: Verdict) -> Verdict:
    context = msgspec.structs.replace(one.context, name="a) x\n::error::")
    return msgspec.structs.replace(one, context=context)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (contradicting, "where its results make it `closed`: refused"),
        (elsewhere, "the results are about commit '999999999999'"),
        (nowhere, "do not say which commit they are about"),
        (named, "the results are of a gate named"),
    ],
)
def test_results_that_lie_are_refused(stage: Stage, change: Any, reason: str) -> None:
    stage.leave(report(change(verdict(stage.head))))
    ran = stage.run(FORK)
    assert ran.code == 2 and reason in ran.err and "\n::" not in ran.err
    assert stage.parts()["statuses"].keys() == {"gate"}
    assert stage.parts()["statuses"]["gate"][0] == "error"


def test_a_run_that_should_have_left_results_and_did_not_is_an_error(
    stage: Stage,
) -> None:
    stage.leave({"name": "logs"})
    ran = stage.run(FORK)
    assert ran.code == 2
    assert "the run 5 left no artifact `gate-report`" in ran.err


@pytest.mark.parametrize("conclusion", ["action_required", "skipped", "cancelled"])
def test_a_run_that_did_not_get_so_far_is_none(stage: Stage, conclusion: str) -> None:
    """A stranger's first change waits for an approval: that is nobody's mistake."""
    scenario = ended(conclusion)
    stage.set(scenario)
    stage.leave()
    ran = stage.run(scenario, "--mode", "true")
    assert (ran.code, ran.err) == (0, "")
    assert "nothing: the run 5 did not judge" in ran.out
    assert "::" not in ran.out and "did not judge" in ran.summary


@pytest.mark.parametrize("mode", ["auto", "true"])
def test_an_outage_is_told_and_changes_the_exit_code_only_on_demand(
    stage: Stage, mode: str
) -> None:
    stage.github.state.faults.append(Fault(".*", "502", times=None))
    ran = stage.run(FORK, "--mode", mode)
    assert ran.code == {"auto": 0, "true": 2}[mode]
    told = ran.out if mode == "auto" else ran.err
    assert "the results: GET /repos/o/r/pulls: GitHub answered 502" in told
    assert "502 Bad Gateway" in ran.summary
    assert "2 requests to GitHub in " in ran.out


def test_a_permission_that_lacks_is_named_and_not_taken_for_a_forks(
    stage: Stage,
) -> None:
    """This run's token is the repository's own: the workflow has to be mended."""
    rights = {"actions": "read", "contents": "read", "statuses": "write"}
    stage.github.setup(tokens={TOKEN: rights})
    ran = stage.publish(FORK)
    assert ran.code == 0
    (warning,) = [line for line in ran.out.splitlines() if line.startswith("::")]
    assert warning.startswith("::warning title=gate publish::comment: ")
    assert "`issues: write` or `pull-requests: write`" in warning
    assert "from a fork" not in ran.out + ran.summary


def test_a_dry_run_asks_nobody(stage: Stage) -> None:
    path = stage.folder / "results.json"
    results.write(verdict(stage.head), path)
    ran = stage.run(FORK, str(path), "--dry-run")
    assert ran.code == 0
    assert ran.out.splitlines()[0] == f"on commit {stage.head} of o/r"
    assert ran.requests == 0


def test_results_that_were_fetched_by_hand_are_taken(stage: Stage) -> None:
    path = stage.folder / "results.json"
    results.write(verdict(stage.head), path)
    assert stage.run(FORK, str(path)).code == 0
    assert len(stage.comments()) == 1
    assert not any("/artifacts" in r["path"] for r in stage.github.state.requests)


def test_results_that_were_fetched_by_hand_are_believed_as_far_as_the_run_ended_well(
    stage: Stage,
) -> None:
    path = stage.folder / "results.json"
    results.write(verdict(stage.head, status=Status.PASSED), path)
    ran = stage.run(ended("failure"), str(path))
    assert ran.code == 2 and "ended with `failure`, though its results" in ran.err
    assert {s["state"] for s in stage.github.state.statuses} == {"error"}


def test_a_run_of_another_kind_is_refused_before_anybody_is_asked(
    stage: Stage,
) -> None:
    payload = scenarios.judged(stage.head)
    payload["workflow_run"]["event"] = "pull_request_target"
    (stage.folder / "event.json").write_text(json.dumps(payload), "utf-8")
    ran = stage.run(FORK)
    assert ran.code == 2 and "was started by `pull_request_target`" in ran.err
    assert ran.requests == 0
