"""What is said of a pull request and a commit on the fake GitHub, asked by PyGithub."""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any

import github as pygithub
import pytest

from fake_repository import ACTIONS, FakeGitHub
from refusals import refused

if TYPE_CHECKING:
    from github.Repository import Repository

    from tests.harness.conftest import Connect


# GraphQL.


HIDDEN = """query ($id: ID!) { node(id: $id) {
    ... on IssueComment { isMinimized minimizedReason author { login } } } }"""


def test_a_comment_is_hidden_and_shown_again(repo: Repository) -> None:
    comment = repo.get_pull(7).create_issue_comment("closed")
    assert comment.minimize("OUTDATED")
    _, told = repo.requester.graphql_query(HIDDEN, {"id": comment.node_id})
    assert told["data"]["node"] == {
        "isMinimized": True,
        "minimizedReason": "outdated",
        "author": {"login": "github-actions"},
    }
    assert comment.unminimize()
    _, told = repo.requester.graphql_query(HIDDEN, {"id": comment.node_id})
    assert told["data"]["node"]["minimizedReason"] is None


def test_graphql_that_github_would_not_take_is_a_violation(
    repo: Repository, github: FakeGitHub
) -> None:
    for query in ("query { node(id: 5) { name } }", "{ viewer { login } }", "query {"):
        with pytest.raises(pygithub.GithubException):
            repo.requester.graphql_query(query, {})
    assert len(github.state.violations) == 3
    github.state.violations.clear()


# Comments and reactions.


def test_a_comment_is_found_on_the_last_of_many_pages(
    connect: Connect, github: FakeGitHub
) -> None:
    for number in range(1050):
        github.add_comment(7, f"comment {number}")
    github.add_comment(7, "<!-- ours -->", ACTIONS, "Bot")
    pull = connect(per_page=30).get_repo("o/r").get_pull(7)
    comments = pull.get_issue_comments()
    found = [c for c in comments if c.body == "<!-- ours -->"]
    assert [comment.user.type for comment in found] == ["Bot"]
    assert comments.totalCount == pull.comments == 1051
    found[0].edit("<!-- ours --> changed")
    assert pull.get_issue_comment(found[0].id).body == "<!-- ours --> changed"
    found[0].delete()
    assert refused(pull.get_issue_comment, found[0].id)[0] == 404
    assert refused(found[0].edit, "once more")[0] == 404


def test_a_reaction_is_there_once_for_each_user(
    connect: Connect, github: FakeGitHub
) -> None:
    number = github.add_comment(7, "hello")
    github.setup(users={"ghp_ann": "ann", "ghp_bob": "bob"})
    for token in ("ghp_ann", "ghp_ann", "ghp_bob"):
        comment = connect(token).get_repo("o/r").get_pull(7).get_issue_comment(number)
        made = comment.create_reaction("eyes")
    assert [r.user.login for r in comment.get_reactions()] == ["ann", "bob"]
    assert comment.raw_data.get("reactions", {"eyes": 1})["eyes"] >= 1
    status, *_ = comment.requester.requestJson(
        "POST", f"{comment.url}/reactions", input={"content": "eyes"}
    )
    assert status == 200
    assert comment.delete_reaction(made.id)
    assert [r.user.login for r in comment.get_reactions()] == ["ann"]


# Reviews.


def comment_at(line: int, **more: Any) -> dict[str, Any]:
    return {"path": "src/orbits.py", "body": "see here", "line": line, **more}


def test_lines_of_the_diff_can_have_comments(repo: Repository) -> None:
    pull = repo.get_pull(7)
    review = pull.create_review(
        body="Two things",
        event="COMMENT",
        comments=[
            comment_at(10),
            comment_at(12, start_line=10),
            comment_at(10, side="LEFT"),
        ],
    )
    assert (review.state, review.user.login) == ("COMMENTED", ACTIONS)
    made = [comment.raw_data for comment in pull.get_review_comments()]
    places = [(c["side"], c["start_line"], c["line"]) for c in made]
    assert places == [("RIGHT", None, 10), ("RIGHT", 10, 12), ("LEFT", None, 10)]
    assert made[0]["diff_hunk"].splitlines()[-1] == "+line ten"
    assert {c["pull_request_review_id"] for c in made} == {review.id}
    assert [r.id for r in pull.get_reviews()] == [review.id]


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        (comment_at(25), "line must be part of the diff"),
        (comment_at(14), "line must be part of the diff"),
        (comment_at(10, start_line=10), "start line must precede the end line."),
        (comment_at(10, start_line=2), "start line must be part of the same hunk"),
        ({**comment_at(1), "path": "README.md"}, "path is invalid"),
        ({**comment_at(1), "path": "data/moons.bin"}, "line must be part of the diff"),
    ],
)
def test_other_lines_cannot_and_then_none_is_made(
    repo: Repository, comment: dict[str, Any], message: str
) -> None:
    pull = repo.get_pull(7)
    with pytest.raises(pygithub.GithubException) as caught:
        pull.create_review(
            body="One good, one bad",
            event="COMMENT",
            comments=[comment_at(10), comment],
        )
    assert caught.value.status == 422
    (error,) = caught.value.data["errors"]
    assert error.startswith(f"Pull request review thread {message}")
    assert list(pull.get_review_comments()) == list(pull.get_reviews()) == []


def test_a_comment_moves_with_its_line_and_is_outdated_with_it(
    repo: Repository, github: FakeGitHub
) -> None:
    pull = repo.get_pull(7)
    pull.create_review(event="COMMENT", body="x", comments=[comment_at(10)])
    head = pull.head.sha
    orbits = repo.get_contents("src/orbits.py", ref="topic").decoded_content.decode()
    github.setup(branches={"topic": {"files": {"src/orbits.py": f"new\n{orbits}"}}})
    (comment,) = repo.get_pull(7).get_review_comments()
    assert (comment.line, comment.original_line) == (11, 10)
    assert comment.original_commit_id == head != comment.commit_id
    changed = orbits.replace("line ten", "line 10 again")
    github.setup(branches={"topic": {"files": {"src/orbits.py": changed}}})
    (comment,) = repo.get_pull(7).get_review_comments()
    assert (comment.line, comment.position, comment.original_line) == (None, None, 10)


def test_a_comment_on_a_line_is_answered_edited_and_deleted(repo: Repository) -> None:
    pull = repo.get_pull(7)
    commit = repo.get_commit(pull.head.sha)
    first = pull.create_review_comment("a", commit, "src/orbits.py", line=10)
    reply = pull.create_review_comment_reply(first.id, "b")
    assert reply.in_reply_to_id == first.id
    first.edit("c")
    assert pull.get_review_comment(first.id).body == "c"
    reply.delete()
    assert [c.id for c in pull.get_review_comments()] == [first.id]
    status, message = refused(
        pull.create_review_comment, "a", commit, "src/orbits.py", line=25
    )
    assert (status, message) == (422, "Validation Failed")


def test_actions_approve_nothing(repo: Repository) -> None:
    pull = repo.get_pull(7)
    assert refused(pull.create_review, event="APPROVE")[0] == 422
    assert refused(pull.create_review, event="COMMENT")[0] == 422


# Statuses, checks and code scanning.


def test_statuses_are_listed_from_the_last_and_combined(repo: Repository) -> None:
    commit = repo.get_branch("topic").commit
    for state in ("pending", "success"):
        for context in ("gate", "gate/tests"):
            commit.create_status(state, context=context, description="5 of 5")
    commit.create_status("failure", context="gate/tests")
    told = [(s.context, s.state) for s in commit.get_statuses()]
    assert told[:2] == [("gate/tests", "failure"), ("gate/tests", "success")]
    assert len(told) == 5
    combined = commit.get_combined_status()
    states = {status.context: status.state for status in combined.statuses}
    assert (combined.state, combined.total_count) == ("failure", 2)
    assert states == {"gate": "success", "gate/tests": "failure"}
    for ref in ("topic", "heads/topic"):
        assert repo.get_commit(ref).get_combined_status().sha == commit.sha
    unknown = repo.requester.requestJson(
        "POST", f"{repo.url}/statuses/{'1' * 40}", input={"state": "success"}
    )
    assert unknown[0] == 422


def annotations(start: int, count: int) -> list[dict[str, Any]]:
    return [
        {
            "path": "src/orbits.py",
            "start_line": line,
            "end_line": line,
            "annotation_level": "warning",
            "message": f"number {line}",
        }
        for line in range(start, start + count)
    ]


def test_annotations_are_added_fifty_at_a_time(
    repo: Repository, github: FakeGitHub
) -> None:
    head = repo.get_branch("topic").commit.sha
    said = {"title": "gate", "summary": "120 findings"}
    check = repo.create_check_run(
        "gate",
        head,
        external_id="abc",
        output={**said, "annotations": annotations(1, 50)},
    )
    assert check.status == "queued"
    for start, count in ((51, 50), (101, 20)):
        output = {**said, "annotations": annotations(start, count)}
        check.edit(output=output, conclusion="failure", status="completed")
    messages = [a.message for a in check.get_annotations()]
    assert messages == [f"number {n}" for n in range(1, 121)]
    check = repo.get_check_run(check.id)
    assert (check.output.annotations_count, check.conclusion) == (120, "failure")
    assert check.external_id == "abc"
    too_many = {**said, "annotations": annotations(1, 51)}
    assert refused(check.edit, output=too_many)[0] == 422
    assert "is too long" in github.state.violations.pop()


def test_check_runs_are_listed_by_name_and_the_latest_alone(repo: Repository) -> None:
    commit = repo.get_branch("topic").commit
    made = [
        repo.create_check_run(name, commit.sha, conclusion="success").id
        for name in ("gate", "gate", "other")
    ]
    assert [c.id for c in commit.get_check_runs()] == [made[2], made[1]]
    assert [c.id for c in commit.get_check_runs(check_name="gate")] == [made[1]]
    every = commit.get_check_runs(check_name="gate", filter="all")
    assert [c.id for c in every] == [made[1], made[0]]
    assert [c.app.slug for c in every] == ["github-actions"] * 2
    url = f"{repo.url}/commits/{commit.sha}/check-runs?app_id="
    counts = {
        app: repo.requester.requestJsonAndCheck("GET", f"{url}{app}")[1]["total_count"]
        for app in (15368, 1)
    }
    assert counts == {15368: 2, 1: 0}


def test_a_users_token_makes_no_check_run(repo: Repository, github: FakeGitHub) -> None:
    github.setup(app=False)
    head = github.resolve("topic")
    told = refused(repo.create_check_run, "gate", head)
    assert told == (403, "You must authenticate via a GitHub App.")


def test_sarif_is_taken_where_code_scanning_is_on(
    repo: Repository, github: FakeGitHub
) -> None:
    sarif = base64.b64encode(gzip.compress(b"{}")).decode()
    body = {"commit_sha": github.resolve("topic"), "ref": "refs/heads/topic"}
    ask = repo.requester.requestJson
    url = f"{repo.url}/code-scanning/sarifs"
    status, _, text = ask("POST", url, input={**body, "sarif": sarif})
    assert status == 202
    status, _, text = ask("GET", json.loads(text)["url"])
    assert (status, json.loads(text)["processing_status"]) == (200, "complete")
    github.setup(advanced_security=False)
    status, _, text = ask("POST", url, input={**body, "sarif": sarif})
    assert status == 403
    assert json.loads(text)["message"].startswith("Advanced Security must be enabled")
