"""Findings for code scanning: which commit and branch of GitHub's they are about."""

from __future__ import annotations

import base64
import gzip

import msgspec
import pytest

from fake_github import Server
from fake_repository import FakeGitHub, Fault
from gate.findings import Result, Status
from gate.github import scanning, steps
from gate.github.api import Api
from gate.github.event import Event
from gate.github.publish import publish
from gate.github.steps import Outcome, Step
from gate.verdict import Context, Publish, Verdict, could_not_judge, judge
from harness_fixtures import HEAD, MERGE, TOKEN
from tests.github.published import outputs

SARIF = '{"version": "2.1.0", "runs": []}'


def upload(
    event: Event, api: Api, judged: str = MERGE, sarif: str = SARIF
) -> list[Step]:
    made = scanning.publish(sarif, judged, event, api)
    return list(steps.attempt("code scanning", made))


@pytest.mark.parametrize(
    ("judged", "ref", "commit"),
    [
        (MERGE, "refs/pull/7/merge", MERGE),
        (HEAD, "refs/pull/7/head", HEAD),
        ("", "refs/pull/7/head", HEAD),
    ],
)
def test_a_pull_requests_findings_are_of_what_was_judged(
    event: Event, api: Api, github: FakeGitHub, judged: str, ref: str, commit: str
) -> None:
    (step,) = upload(event, api, judged)
    assert step.text == f"code scanning: findings uploaded for {ref}"
    (sent,) = github.state.sarifs
    assert (sent["ref"], sent["commit_sha"]) == (ref, commit)
    assert gzip.decompress(base64.b64decode(sent["sarif"])).decode() == SARIF


def test_a_pushs_findings_are_of_the_default_branch(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    push = msgspec.structs.replace(event, pull_request=None, branch="a/b ü")
    upload(push, api, HEAD)
    (sent,) = github.state.sarifs
    assert (sent["ref"], sent["commit_sha"]) == ("refs/heads/a/b ü", HEAD)


@pytest.mark.parametrize("name", ["push", "merge_group"])
def test_what_is_of_neither_is_left_out(
    event: Event, api: Api, github: FakeGitHub, name: str
) -> None:
    other = msgspec.structs.replace(event, name=name, pull_request=None)
    (step,) = upload(other, api)
    assert step.outcome is Outcome.LEFT_OUT
    assert github.state.requests == []


def test_more_than_github_takes_is_left_out(
    event: Event, api: Api, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "MOST", 20)
    (step,) = upload(event, api)
    assert step.text == "code scanning: more than 20 bytes of findings"
    assert github.state.requests == []


def test_a_missing_permission_is_named(
    event: Event, server: Server, github: FakeGitHub
) -> None:
    github.setup(tokens={TOKEN: {"contents": "read"}})
    (step,) = upload(event, Api(server.url, TOKEN))
    assert step.outcome is Outcome.DENIED
    assert "`security-events: write`" in step.hint


def test_a_repository_without_code_scanning_is_told_what_lacks(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    github.advanced_security = False
    (step,) = upload(event, api)
    assert step.outcome is Outcome.DENIED
    assert "Advanced Security must be enabled" in step.text
    assert "permissions:" not in step.hint


@pytest.mark.parametrize("kind", ["502", "rate-limit", "drop", "late"])
def test_the_upload_may_fail_once(
    event: Event, api: Api, github: FakeGitHub, kind: str
) -> None:
    """GitHub puts a log in the place of the one before of the same commit."""
    github.state.faults.append(Fault("POST .*/sarifs", kind))
    (step,) = upload(event, api)
    assert step.outcome is Outcome.DONE
    assert len({sent["sarif"] for sent in github.state.sarifs}) == 1


def wishing(verdict: Verdict, *, sarif: bool = True) -> Verdict:
    context = msgspec.structs.replace(verdict.context, publish=Publish(sarif=sarif))
    return msgspec.structs.replace(verdict, context=context)


def verdict(status: Status = Status.FAILED) -> Verdict:
    result = Result(check="lint", status=status, summary="s")
    return judge([result], Context(gate="1", head=MERGE))


def test_it_is_uploaded_only_if_wanted(
    event: Event, api: Api, github: FakeGitHub
) -> None:
    publish(wishing(verdict(), sarif=False), event, api, outputs("x"))
    assert github.state.sarifs == []
    publish(wishing(verdict()), event, api, outputs("x"))
    assert len(github.state.sarifs) == 1


@pytest.mark.parametrize(
    "one", [verdict(Status.ERROR), could_not_judge(["x"], Context(gate="1"))]
)
def test_what_could_not_be_judged_closes_no_alert(
    event: Event, api: Api, github: FakeGitHub, one: Verdict
) -> None:
    published = publish(wishing(one), event, api, outputs("x"))
    assert github.state.sarifs == []
    left = [step.text for step in published.only(Outcome.LEFT_OUT)]
    assert left == ["code scanning: the gate could not judge"]
