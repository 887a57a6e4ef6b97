"""The fake GitHub, asked by PyGithub: what its users do every day works there too."""

from __future__ import annotations

import io
import subprocess
import threading
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import github as pygithub
import pytest

from fake_faults import Fault
from fake_github import Server
from fake_repository import ACTIONS, FakeGitHub
from refusals import refused

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
    assert git(bare, "ls-tree", "a/b", "README.md").startswith("100755 blob ")


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
    assert len(server.held.waiting(2)) == 2
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


def test_a_patch_that_is_too_long_is_left_out(
    repo: Repository, github: FakeGitHub
) -> None:
    long = {"long.txt": "x\n" * 20_001, "wide.txt": "x" * 600_000 + "\n"}
    github.setup(branches={"topic": {"files": {**long, "short.txt": "x\n" * 19_000}}})
    files = {file.filename: file for file in repo.get_pull(7).get_files()}
    assert [files[name].patch for name in long] == [None, None]
    assert files["long.txt"].additions == 20_001
    assert files["short.txt"].patch.startswith("@@ -0,0 +1,19000 @@\n+x")


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
