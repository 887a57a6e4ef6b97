"""The fake GitHub, asked by PyGithub: what its users do every day works there too."""

from __future__ import annotations

import base64
import gzip
import io
import json
import subprocess
import threading
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import github as pygithub
import pytest
from fake_faults import Fault
from fake_github import Server
from fake_repository import ACTIONS, FakeGitHub

if TYPE_CHECKING:
    from github.Repository import Repository

    from tests.harness.conftest import Connect

element = pygithub.InputGitTreeElement


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def refused(call: Callable[..., object], *arguments: Any, **named: Any) -> Any:
    """How a call is refused: the status and GitHub's message."""
    with pytest.raises(pygithub.GithubException) as caught:
        call(*arguments, **named)
    return caught.value.status, caught.value.data["message"]


def write_branch(repo: Repository, name: str, files: dict[str, str]) -> str:
    """A branch of its own history through the git data API; its commit."""
    elements = [
        element(path, "100644", "blob", content=text) for path, text in files.items()
    ]
    tree = repo.create_git_tree(elements)
    commit = repo.create_git_commit("badges", tree, [])
    repo.create_git_ref(f"refs/heads/{name}", commit.sha)
    return commit.sha


# Git's own data.


def test_what_is_written_is_what_git_itself_would_write(
    repo: Repository, github: FakeGitHub, tmp_path: Path
) -> None:
    blob = repo.create_git_blob("AAEC", "base64")
    base = repo.get_git_commit(repo.get_branch("main").commit.sha)
    tree = repo.create_git_tree(
        [
            element("data/new/x.bin", "100644", "blob", sha=blob.sha),
            element("src.py", "100644", "blob", content="# beside the folder src\n"),
            element("run.sh", "100644", "blob", sha=None),
            element("README.md", "100755", "blob", content="caf\u00e9\n"),
        ],
        base.tree,
    )
    author = pygithub.InputGitAuthor("Ann", "ann@example.org", "2026-03-01T10:00:00Z")
    commit = repo.create_git_commit("Two\n\nlines \u2603", tree, [base], author)
    repo.create_git_ref("refs/heads/a/b", commit.sha)
    bare = tmp_path / "bare"
    github.export_git(bare)
    assert git(bare, "fsck", "--strict", "--no-dangling") == ""
    assert git(bare, "rev-parse", "a/b", "a/b^") == f"{commit.sha}\n{base.sha}"
    told = git(bare, "log", "-1", "--format=%an <%ae> %at %B", "a/b")
    assert told == "Ann <ann@example.org> 1772359200 Two\n\nlines \u2603"
    listed = git(bare, "ls-tree", "-r", "--name-only", "a/b").split()
    assert listed == [
        "README.md",
        "data/moons.bin",
        "data/new/x.bin",
        "src.py",
        "src/old_name.py",
        "src/orbits.py",
    ]
    git(tmp_path, "clone", "-q", "-b", "a/b", str(bare), "clone")
    assert (tmp_path / "clone/data/new/x.bin").read_bytes() == b"\x00\x01\x02"
    assert (tmp_path / "clone/README.md").stat().st_mode & 0o100


def test_a_real_clone_can_be_taken_in_and_read(
    repo: Repository, github: FakeGitHub, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    clone.mkdir()
    git(clone, "init", "-q", "-b", "trunk")
    settings = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for number in range(3):
        (clone / "folder").mkdir(exist_ok=True)
        (clone / "folder/file.txt").write_bytes(b"%d\n" % number)
        git(clone, "add", "-A")
        git(clone, *settings, "commit", "-q", "-m", f"Change {number}")
    git(clone, *settings, "tag", "-a", "v1", "-m", "One")
    tip, tag = git(clone, "rev-parse", "trunk", "v1").split()
    refs = {"refs/heads/trunk": tip, "refs/tags/v1": tag}
    github.setup(import_git={"path": str(clone), "refs": refs})
    found = repo.get_contents("folder/file.txt", ref="trunk")
    assert found.decoded_content == b"2\n"
    assert found.sha == git(clone, "rev-parse", "trunk:folder/file.txt")
    assert repo.get_commit("v1").sha == tip
    assert repo.get_git_ref("tags/v1").object.type == "tag"
    first = repo.get_commit(tip).parents[0].parents[0].sha
    compared = repo.compare(first, tip)
    assert [c.commit.message for c in compared.commits] == ["Change 1", "Change 2"]


def test_a_branch_is_made_and_read_back(repo: Repository) -> None:
    sha = write_branch(repo, "gate-badges", {"badge.svg": "<svg/>", "h/a.json": "{}"})
    assert repo.get_branch("gate-badges").commit.sha == sha
    assert repo.get_git_ref("heads/gate-badges").object.sha == sha
    tree = repo.get_git_tree("gate-badges", recursive=True)
    assert [(item.path, item.type) for item in tree.tree] == [
        ("badge.svg", "blob"),
        ("h", "tree"),
        ("h/a.json", "blob"),
    ]
    blob = repo.get_git_blob(tree.tree[0].sha)
    assert (blob.encoding, blob.size) == ("base64", 6)
    assert {b.name for b in repo.get_branches()} == {"main", "topic", "gate-badges"}


def test_a_ref_is_made_once_moved_forward_and_deleted(repo: Repository) -> None:
    main, topic = (repo.get_branch(name).commit.sha for name in ("main", "topic"))
    ref = repo.create_git_ref("refs/heads/new", main)
    make = repo.create_git_ref
    assert refused(make, "refs/heads/new", main) == (422, "Reference already exists")
    assert refused(make, "refs/heads/n", "1" * 40) == (422, "Object does not exist")
    assert refused(make, "refs/heads/new/x", main)[0] == 422
    ref.edit(topic)
    assert repo.get_branch("new").commit.sha == topic
    assert refused(ref.edit, main) == (422, "Update is not a fast forward")
    ref.edit(main, force=True)
    assert repo.get_branch("new").commit.sha == main
    assert [r.ref for r in repo.get_git_matching_refs("heads/ne")] == ["refs/heads/new"]
    ref.delete()
    assert refused(repo.get_git_ref, "heads/new") == (404, "Not Found")
    assert refused(ref.edit, topic) == (422, "Reference does not exist")
    assert refused(ref.delete) == (422, "Reference does not exist")


def test_of_two_that_move_a_ref_one_is_told_to_try_again(
    repo: Repository, connect: Connect, server: Server
) -> None:
    """Both start from the same commit; the second one's is no fast forward."""
    base = repo.get_git_commit(repo.get_branch("main").commit.sha)
    made = [repo.create_git_commit(text, base.tree, [base]) for text in ("one", "two")]
    server.github.state.faults.append(Fault("PATCH .*", "pause", times=2))
    outcomes: list[int] = []

    def move(sha: str) -> None:
        ref = connect().get_repo("o/r").get_git_ref("heads/main")
        try:
            ref.edit(sha)
            outcomes.append(200)
        except pygithub.GithubException as error:
            outcomes.append(error.status)

    threads = [threading.Thread(target=move, args=(c.sha,)) for c in made]
    for thread in threads:
        thread.start()
    assert len(server.held.list(2)) == 2
    server.held.resume()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [200, 422]
    assert repo.get_branch("main").commit.sha in {commit.sha for commit in made}


def test_a_repository_without_a_commit_has_no_git_data(
    connect: Connect, github: FakeGitHub
) -> None:
    github.state.refs.clear()
    repo = connect().get_repo("o/r")
    empty = (409, "Git Repository is empty.")
    assert refused(repo.create_git_blob, "x", "utf-8") == empty
    repo.create_file("README.md", "The first", "# Hello\n")
    assert repo.get_branch("main").commit.commit.message == "The first"


def test_trees_that_are_wrong_are_refused(repo: Repository) -> None:
    base = repo.get_git_tree("main")
    wrong = {
        "is not a valid blob": element("x", "100644", "blob", sha="1" * 40),
        "BadObjectState": element("nowhere", "100644", "blob", sha=None),
        "malformed path": element("a/../b", "100644", "blob", content=""),
        "either tree.sha or tree.content": element("x", "100644", "blob"),
    }
    for message, item in wrong.items():
        status, told = refused(repo.create_git_tree, [item], base)
        assert status == 422 and message in told


def test_a_large_tree_is_told_in_part(repo: Repository, github: FakeGitHub) -> None:
    assert not repo.get_git_tree("main", recursive=True).raw_data["truncated"]
    github.setup(tree_limit=2)
    tree = repo.get_git_tree("main", recursive=True)
    assert tree.raw_data["truncated"] and len(tree.tree) == 2


# Contents.


def test_files_are_read_and_listed(repo: Repository) -> None:
    folder = repo.get_contents("src", ref="topic")
    assert [file.name for file in folder] == ["new_name.py", "orbits.py"]
    assert {file.path: file.type for file in repo.get_contents("")} == {
        "README.md": "file",
        "data": "dir",
        "run.sh": "file",
        "src": "dir",
    }
    assert repo.get_contents("README.md").decoded_content == b"# Orbits\n"
    assert refused(repo.get_contents, "src/new_name.py")[0] == 404
    assert refused(repo.get_contents, "README.md", ref="nowhere")[0] == 404


def test_a_file_is_updated_by_who_knows_what_it_was(repo: Repository) -> None:
    made = repo.create_file("docs/a.md", "Docs", "one\n", branch="topic")
    known = made["content"].sha
    update = repo.update_file
    done = update("docs/a.md", "More", "two\n", known, branch="topic")
    branch = repo.get_branch("topic")
    assert branch.commit.sha == done["commit"].sha
    assert branch.commit.commit.message == "More"
    status, message = refused(update, "docs/a.md", "x", "x", known, branch="topic")
    assert (status, "does not match" in message) == (409, True)
    assert refused(repo.create_file, "docs/a.md", "x", "x", branch="topic")[0] == 422


# Pull requests.


def test_a_pull_request_tells_its_sides_and_files(repo: Repository) -> None:
    pull = repo.get_pull(7)
    assert (pull.head.label, pull.base.ref, pull.state) == ("o:topic", "main", "open")
    assert pull.head.sha == repo.get_branch("topic").commit.sha
    assert [label.name for label in pull.labels] == ["gate-change"]
    assert (pull.changed_files, pull.commits) == (3, 1)
    files = {file.filename: file for file in pull.get_files()}
    assert {name: file.status for name, file in files.items()} == {
        "data/moons.bin": "modified",
        "src/new_name.py": "renamed",
        "src/orbits.py": "modified",
    }
    assert files["src/new_name.py"].previous_filename == "src/old_name.py"
    assert files["data/moons.bin"].patch is None
    assert files["src/orbits.py"].patch == (
        "@@ -7,7 +7,7 @@ line 6\n line 7\n line 8\n line 9\n-line 10\n+line ten\n"
        " line 11\n line 12\n line 13"
    )


def test_the_files_are_those_of_the_pull_request_alone(
    repo: Repository, github: FakeGitHub
) -> None:
    """What the base has got since is no part of it."""
    github.setup(branches={"main": {"files": {"later.txt": "later\n"}}})
    assert "later.txt" not in {file.filename for file in repo.get_pull(7).get_files()}
    compared = repo.compare("main", "topic")
    told = (compared.status, compared.ahead_by, compared.behind_by)
    assert told == ("diverged", 1, 1)


def test_many_files_are_told_in_pages_and_not_all(
    repo: Repository, github: FakeGitHub
) -> None:
    files = {f"many/{number}.txt": f"{number}\n" for number in range(3100)}
    github.setup(branches={"topic": {"files": files}})
    found = [file.filename for file in repo.get_pull(7).get_files()]
    assert len(found) == len(set(found)) == 3000


def test_a_pull_request_is_found_by_its_branch(
    repo: Repository, github: FakeGitHub
) -> None:
    github.setup(
        pulls={
            8: {"sha": "8" * 40, "head_repo": "eve/r", "head_ref": "topic"},
            9: {"sha": "9" * 40, "head_repo": None, "state": "closed"},
        }
    )
    numbers = {
        head: [pull.number for pull in repo.get_pulls(head=head)]
        for head in ("o:topic", "eve:topic", "eve:other", "topic")
    }
    # A head without its owner is no filter.
    assert numbers == {
        "o:topic": [7],
        "eve:topic": [8],
        "eve:other": [],
        "topic": [8, 7],
    }
    closed = repo.get_pulls(state="closed")[0]
    assert closed.raw_data["head"]["repo"] is None
    assert [p.number for p in repo.get_pulls(state="all", sort="updated")] == [7, 8, 9]


def test_a_pull_request_is_found_by_its_commit_unless_it_is_a_forks(
    repo: Repository, github: FakeGitHub
) -> None:
    head = github.resolve("topic")
    github.setup(pulls={8: {"sha": head, "head_repo": "eve/r"}})
    assert [pull.number for pull in repo.get_commit(head).get_pulls()] == [7]
    github.setup(pulls={8: {"state": "closed", "merged": True}})
    assert [pull.number for pull in repo.get_commit(head).get_pulls()] == [7, 8]


# Artifacts.


RUN = {
    "head_branch": "topic",
    "head_repository": "eve/r",
    "event": "pull_request",
    "conclusion": "failure",
    "jobs": [{"name": "check", "conclusion": "failure"}],
    "artifacts": [
        {"name": "gate", "files": {"results.json": "{}"}},
        {"name": "old", "files": {}, "expired": True},
    ],
}


def test_a_run_tells_its_head_jobs_and_artifacts(
    repo: Repository, github: FakeGitHub
) -> None:
    github.setup(runs={1001: {**RUN, "head_sha": github.resolve("topic")}})
    run = repo.get_workflow_run(1001)
    assert (run.event, run.conclusion, run.head_branch) == (
        "pull_request",
        "failure",
        "topic",
    )
    assert (run.pull_requests, run.head_repository.full_name) == ([], "eve/r")
    assert [job.name for job in run.jobs()] == ["check"]
    expired = {artifact.name: artifact.expired for artifact in run.get_artifacts()}
    assert expired == {"gate": False, "old": True}


def test_an_artifact_is_downloaded_from_another_server(
    repo: Repository, github: FakeGitHub, server: Server
) -> None:
    github.setup(runs={1001: RUN})
    run = repo.get_workflow_run(1001)
    found = {artifact.name: artifact for artifact in run.get_artifacts()}
    ask = repo.requester.requestJson
    status, headers, _ = ask("GET", found["gate"].archive_download_url)
    place = headers["location"]
    assert status == 302 and not place.startswith(server.url)
    with urllib.request.urlopen(place) as answer:
        data = answer.read()
    assert len(data) == found["gate"].size_in_bytes
    assert zipfile.ZipFile(io.BytesIO(data)).namelist() == ["results.json"]
    assert ask("GET", found["old"].archive_download_url)[0] == 410


def test_a_token_that_reaches_the_other_server_is_a_violation(
    github: FakeGitHub, repo: Repository
) -> None:
    github.setup(runs={1001: RUN})
    _, artifact = repo.get_workflow_run(1001).get_artifacts()
    _, headers, _ = repo.requester.requestJson("GET", f"{artifact.url}/zip")
    asked = urllib.request.Request(
        headers["location"], headers={"Authorization": "Bearer x"}
    )
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(asked)
    assert github.state.violations.pop().startswith("the token was sent to another")


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


# Who may do what.


def test_a_token_may_do_what_it_was_given(connect: Connect, github: FakeGitHub) -> None:
    github.setup(
        private=True,
        tokens={
            "ghs_check": {"contents": "read"},
            "ghs_report": {"pull-requests": "write", "statuses": "write"},
        },
    )
    check, report = (connect(t).get_repo("o/r") for t in ("ghs_check", "ghs_report"))
    no = (403, "Resource not accessible by integration")
    assert check.get_contents("README.md").size == 9
    assert refused(report.get_contents, "README.md") == no
    assert refused(check.create_git_blob, "x", "utf-8") == no
    assert check.get_pull(7).number == 7  # which the contents alone allow, too
    assert refused(check.get_pulls().get_page, 0) == no
    comment = report.get_pull(7).create_issue_comment("hello")
    assert comment.user.login == ACTIONS
    assert refused(check.get_pull(7).get_issue_comment, comment.id) == no
    with pytest.raises(pygithub.GithubException) as caught:
        check.get_pull(7).create_issue_comment("hello")
    needs = caught.value.headers["x-accepted-github-permissions"]
    assert needs == "issues=write; pull_requests=write"
    with pytest.raises(pygithub.BadCredentialsException):
        connect("ghs_other").get_repo("o/r")


def test_a_public_repository_is_read_by_every_token(
    connect: Connect, github: FakeGitHub
) -> None:
    github.setup(tokens={"ghs_nothing": {}})
    repo = connect("ghs_nothing").get_repo("o/r")
    assert repo.get_contents("README.md").size == 9
    assert refused(repo.get_pull(7).create_issue_comment, "hello")[0] == 403


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


# How often may be asked, and what goes wrong.


def test_what_has_not_changed_is_not_sent_and_not_counted(
    repo: Repository, github: FakeGitHub
) -> None:
    ask = repo.requester.requestJson
    _, headers, _ = ask("GET", f"{repo.url}/branches")
    left = int(headers["x-ratelimit-remaining"])
    again = {"If-None-Match": headers["etag"]}
    status, headers, text = ask("GET", f"{repo.url}/branches", headers=again)
    assert (status, text) == (304, "")
    assert int(headers["x-ratelimit-remaining"]) == left
    github.setup(branches={"main": {"files": {"x": "x"}}})
    status, headers, _ = ask("GET", f"{repo.url}/branches", headers=again)
    assert (status, int(headers["x-ratelimit-remaining"])) == (200, left - 1)


def test_the_requests_that_are_left_run_out(
    repo: Repository, github: FakeGitHub
) -> None:
    github.setup(rate_limit={"remaining": 1})
    repo.get_branch("main")
    with pytest.raises(pygithub.RateLimitExceededException) as caught:
        repo.get_branch("main")
    assert caught.value.headers["x-ratelimit-remaining"] == "0"


def test_every_endpoint_of_a_run_can_fail_in_turn(
    repo: Repository, github: FakeGitHub
) -> None:
    def publish() -> None:
        pull = connected.get_pull(7)
        pull.create_issue_comment("hello")

    connected = repo
    github.state.requests.clear()
    publish()
    asked = github.state.endpoints()
    assert asked == ["GET /repos/o/r/pulls/7", "POST /repos/o/r/issues/7/comments"]
    for fault in Fault.each(asked, "502"):
        github.state.faults.append(fault)
        with pytest.raises(pygithub.GithubException, match="502"):
            publish()
        publish()
    assert len(github.state.comments) == 3
