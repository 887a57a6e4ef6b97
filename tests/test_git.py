"""Changed lines as git has them, with `git blame` as the judge of ours."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate import git, gitdiff
from gate.errors import GitError

Repository = Any  # conftest's
Files = Mapping[str, str | bytes]

NUMBERED = "".join(f"line {number}\n" for number in range(1, 31))


def blamed(repository: Repository, base: str, path: str) -> frozenset[int]:
    """The lines of a committed file that blame traces to commits since `base`."""
    old = repository.git("rev-list", base).split()
    said = repository.git("blame", "--porcelain", "HEAD", "--", path)
    lines = set()
    for line in said.split("\n"):
        words = line.split(" ")
        if len(words) in (3, 4) and len(words[0]) == 40 and words[0] not in old:
            lines.add(int(words[2]))
    return frozenset(lines)


def changed(repository: Repository, before: Files, after: Files) -> None:
    """Commit both states, and hold our answer for every file against blame's."""
    base = repository.commit(before)
    for name in before:
        (repository.root / name).unlink()
    repository.commit(after)
    found = git.changed_lines(repository.root, base)
    for name in after:
        if name.endswith(".py"):
            assert found.get(name, frozenset()) == blamed(repository, base, name), name
    assert set(found) <= set(after)


EDITS: dict[str, tuple[Files, Files]] = {
    "a change in the middle": (
        {"a.py": NUMBERED},
        {"a.py": NUMBERED.replace("line 9\n", "line nine\n")},
    ),
    "added, removed and changed": (
        {"a.py": NUMBERED},
        {"a.py": "new\n" + NUMBERED.replace("line 5\nline 6\n", "").replace("20", "x")},
    ),
    "a new file": ({"a.py": "1\n"}, {"a.py": "1\n", "b.py": "1\n2\n"}),
    "an empty file": ({"a.py": "1\n"}, {"a.py": "", "b.py": ""}),
    "a deletion": ({"a.py": "1\n", "b.py": NUMBERED}, {"a.py": "1\n"}),
    "a renaming": ({"a.py": NUMBERED}, {"b/c.py": NUMBERED}),
    "a renaming with a change": (
        {"a.py": NUMBERED},
        {"b.py": NUMBERED.replace("line 9\n", "line nine\n")},
    ),
    "a binary file": (
        {"a.bin": b"\0\1", "a.py": "1\n"},
        {"a.bin": b"\0\2" * 99, "a.py": "2\n"},
    ),
    "windows line ends": (
        {"a.py": "1\r\n2\r\n3\r\n"},
        {"a.py": "1\r\nb\r\n3\r\n4\r\n"},
    ),
    "only the line ends": ({"a.py": "1\n2\n"}, {"a.py": "1\r\n2\r\n"}),
    "no newline before": ({"a.py": "1\n2"}, {"a.py": "1\n2\n3\n"}),
    "no newline after": ({"a.py": "1\n2\n"}, {"a.py": "1\n2\n3"}),
    "no newline either": ({"a.py": "1\n2"}, {"a.py": "x\n3", "b.py": "1\n"}),
    "a NUL": ({"a.py": "1\0\n2\n"}, {"a.py": "1\0\n2\n3\0\n", "b.py": "\0\n"}),
    "a form feed": ({"a.py": "1\n\f2\n3\n"}, {"a.py": "1\n\f2\f\f\nx\n3\n4\n"}),
    "a line separator": (
        {"a.py": "1\u2028\n2\n3\n"},
        {"a.py": "1\u2028\u2029\x85\n2\n3\u2028\n4\n"},
    ),
    "content like headers": (
        {"a.py": "-- a\n++ b\n@@ -1 +1 @@\n-- c\nx\n", "z.py": "1\n"},
        {
            "a.py": "-- /dev/null\n++ b/z.py\n@@ -1,9 +1,9 @@\n-- c\ny\n"
            "++ b/z.py\n@@ -0,0 +9,9 @@\ndiff --git a/z.py b/z.py\n",
            "z.py": "1\n2\n",
        },
    ),
    "odd names": (
        {},
        {
            "ü ñ.py": "1\n",
            "two  spaces .py": "1\n",
            'quote".py': "1\n",
            "tab\there.py": "1\n",
            "new\nline.py": "1\n",
            "back\\slash.py": "1\n",
            "-dash.py": "1\n",
            "b/b/a.py": "1\n",
            ":(glob)x.py": "1\n",
            "\x01\x7f.py": "1\n",
        },
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_changed_lines_are_those_that_blame_names(
    repository: Repository, name: str
) -> None:
    before, after = EDITS[name]
    changed(repository, {"keep.py": "1\n", **before}, {"keep.py": "1\n", **after})


@pytest.fixture(scope="module")
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


LINE = st.sampled_from(["", "x", "y = 1", "-- a", "++ b", "@@ -1 +1 @@", "\f", "a\r"])


@settings(max_examples=15)
@given(st.lists(LINE, max_size=12), st.randoms(use_true_random=False), st.booleans())
def test_changed_lines_after_any_edits(
    make_repository: Callable[[Path], Repository],
    scratch: Path,
    lines: list[str],
    chance: random.Random,
    newline: bool,
) -> None:
    shutil.rmtree(scratch / "r", ignore_errors=True)
    repository = make_repository(scratch / "r")
    base = repository.commit({"a.py": "\n".join(lines)})
    edited = list(lines)
    for _ in range(chance.randint(0, 5)):
        place = chance.randint(0, len(edited))
        edited[place : place + chance.randint(0, 2)] = [f"new {chance.random()}"]
    repository.commit({"a.py": "\n".join(edited) + "\n" * newline})
    found = git.changed_lines(repository.root, base).get("a.py", frozenset())
    assert found == blamed(repository, base, "a.py")


def test_what_is_not_committed_counts(repository: Repository) -> None:
    base = repository.commit({"a.py": "1\n2\n", ".gitignore": "ignored.py\n"})
    repository.write({"a.py": "1\nx\n", "new.py": "1\n2", "ignored.py": "1\n"})
    assert git.changed_lines(repository.root, base) == {
        "a.py": frozenset({2}),
        "new.py": frozenset({1, 2}),
    }


def test_a_change_of_mode_changes_no_line(repository: Repository) -> None:
    base = repository.commit({"a.py": "1\n"})
    repository.git("update-index", "--chmod=+x", "a.py")
    repository.git("commit", "-qm", "mode")
    assert not any(git.changed_lines(repository.root, base).values())


def test_a_sub_folder_is_asked_of_alone(repository: Repository) -> None:
    base = repository.commit({"sub/a.py": "1\n", "other/a.py": "1\n"})
    repository.commit({"sub/a.py": "1\n2\n", "other/a.py": "x\n"})
    repository.write({"sub/new.py": "1\n", "other/new.py": "1\n"})
    root = repository.root / "sub"
    assert git.changed_lines(root, base) == {
        "a.py": frozenset({2}),
        "new.py": frozenset({1}),
    }
    assert git.files(root) == ("a.py", "new.py")


def test_a_merge_is_compared_with_its_first_parent(repository: Repository) -> None:
    start = repository.commit({"a.py": NUMBERED})
    repository.git("checkout", "-q", "-b", "topic")
    repository.commit({"a.py": NUMBERED.replace("line 29", "topic")})
    repository.git("checkout", "-q", "main")
    main = repository.commit({"a.py": NUMBERED.replace("line 2\n", "main\n")})
    repository.git("merge", "-q", "--no-ff", "topic", "-m", "merge")
    first, second = git.parents(repository.root, "HEAD")
    assert first == main
    assert git.changed_lines(repository.root, first) == {"a.py": frozenset({29})}
    assert git.merge_base(repository.root, first, second) == start


CONFIG = """
[diff]
    noprefix = true
    mnemonicPrefix = true
    interHunkContext = 9
    context = 7
    renames = false
    external = /bin/false
    wsErrorHighlight = all
    colorMoved = zebra
    orderFile = /nowhere
    suppressBlankEmpty = true
    relative = false
    algorithm = patience
[color]
    ui = always
    diff = always
[core]
    quotepath = true
    pager = cat
    hooksPath = hooks
    attributesFile = ~/attributes
[status]
    showUntrackedFiles = no
    relativePaths = false
[log]
    showSignature = true
"""


def test_nobodys_configuration_changes_the_answer(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = repository.commit({"ü.py": NUMBERED, "b.py": NUMBERED})
    edited = NUMBERED.replace("line 9\n", "x\n").replace("line 12\n", "y\ny\n")
    repository.git("mv", "b.py", "c.py")
    repository.commit({"ü.py": edited, "c.py": edited})
    plain = git.changed_lines(repository.root, base)
    assert plain == {"ü.py": frozenset({9, 12, 13}), "c.py": frozenset({9, 12, 13})}
    (tmp_path / ".gitconfig").write_text(CONFIG)
    (tmp_path / "attributes").write_text("*.py -diff\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert git.changed_lines(repository.root, base) == plain


@pytest.mark.parametrize(
    "attribute", ["-diff", "binary", "diff=x", "-text", "eol=crlf"]
)
def test_attributes_of_the_tree_hide_no_line(
    repository: Repository, attribute: str
) -> None:
    base = repository.commit({"a.py": "1\n"})
    repository.commit({"a.py": "1\n2\n", ".gitattributes": f"*.py {attribute}\n"})
    assert git.changed_lines(repository.root, base)["a.py"] == frozenset({2})


def test_data_is_not_searched_for_changed_lines(repository: Repository) -> None:
    """A table of a gigabyte would push the code out of what is read of the diff."""
    base = repository.commit({"a.csv": "1\n", "b.py": "1\n"})
    repository.commit({"a.csv": "2\n" * 9, "b.py": "2\n", "c.pyi": "1\n"})
    assert sorted(git.changed_lines(repository.root, base)) == ["b.py", "c.pyi"]


@pytest.mark.parametrize(
    "ref",
    ["--output=x", "-n1", "", "nothing", "main..HEAD", "HEAD:a.py", "a\0b", "@{u}"],
)
def test_a_name_that_is_no_commit_is_none(repository: Repository, ref: str) -> None:
    repository.commit({"a.py": "1\n"})
    assert git.commit(repository.root, ref) is None
    assert sorted(os.listdir(repository.root)) == [".git", "a.py"]


def test_names_of_commits_are_found(repository: Repository) -> None:
    commit = repository.commit({"a.py": "1\n"})
    repository.git("tag", "-a", "v1", "-m", "one")
    for name in ("HEAD", "main", "v1", commit, commit[:8], "@"):
        assert git.commit(repository.root, name) == commit


def test_files_are_those_tracked_or_new_and_not_ignored(repository: Repository) -> None:
    repository.commit({"a.py": "", ".gitignore": "*.log\n", "ü/b c.py": ""})
    repository.write({"new.py": "", "x.log": ""})
    found = git.files(repository.root)
    assert found == (".gitignore", "a.py", "new.py", "ü/b c.py")


def test_dirty_is_what_differs_from_the_newest_commit(repository: Repository) -> None:
    repository.commit({"sub/a.py": "1\n", "b.py": "1\n"})
    repository.write({"new.py": ""})
    assert not git.is_dirty(repository.root)
    repository.write({"b.py": "2\n"})
    assert git.is_dirty(repository.root)
    assert not git.is_dirty(repository.root / "sub")


def test_outside_git_there_is_no_root(tmp_path: Path) -> None:
    assert git.find_root(tmp_path) is None
    assert git.default_branch(tmp_path) is None
    assert not git.is_dirty(tmp_path)
    with pytest.raises(GitError, match="ls-files"):
        git.files(tmp_path)


def test_without_git_at_all_there_is_no_root(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(repository.root))
    assert git.find_root(repository.root) is None


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can chown")
def test_a_clone_of_another_user_is_read(repository: Repository) -> None:
    """In a container the checkout is often another user's, which git refuses."""
    commit = repository.commit({"a.py": "1\n"})
    subprocess.run(["chown", "-R", "12345", str(repository.root)], check=True)
    assert git.commit(repository.root, "HEAD") == commit


def test_the_default_branch_is_the_remotes(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit({"a.py": "1\n"})
    assert git.default_branch(repository.root) == "main"
    repository.git("branch", "-m", "trunk")
    assert git.default_branch(repository.root) is None
    repository.git("clone", "-q", ".", str(tmp_path / "clone"))
    assert git.default_branch(tmp_path / "clone") == "origin/trunk"


def test_a_shallow_clone_is_known(repository: Repository, tmp_path: Path) -> None:
    repository.commit({"a.py": "1\n"})
    repository.commit({"a.py": "2\n"})
    url = repository.root.as_uri()
    repository.git("clone", "-q", "--depth=1", url, str(tmp_path / "clone"))
    assert git.is_shallow(tmp_path / "clone")
    assert not git.is_shallow(repository.root)
    assert git.parents(tmp_path / "clone", "HEAD") == ()


@pytest.mark.parametrize("below", ["", "sub"])
def test_a_tree_is_exported_as_it_was(
    repository: Repository, tmp_path: Path, below: str
) -> None:
    old = repository.commit({"sub/a.py": "old\n", "sub/gone.py": "", "top.py": ""})
    repository.git("rm", "-q", "sub/gone.py")
    repository.commit({"sub/a.py": "new\n"})
    repository.write({"sub/a.py": "newest\n"})
    status = repository.git("status", "--porcelain")
    folder = tmp_path / "exported"
    git.export(repository.root / below, old, folder)
    names = {p.relative_to(folder).as_posix() for p in folder.rglob("*.py")}
    inside = {"a.py", "gone.py"}
    assert names == (inside if below else {f"sub/{n}" for n in inside} | {"top.py"})
    assert (folder / "sub" / "a.py" if not below else folder / "a.py").read_text() == (
        "old\n"
    )
    assert repository.git("status", "--porcelain") == status
    assert sorted(os.listdir(tmp_path)) == ["exported", "repository"]


def test_what_the_base_did_not_have_cannot_be_exported(
    repository: Repository, tmp_path: Path
) -> None:
    old = repository.commit({"a.py": "1\n"})
    repository.commit({"sub/b.py": "1\n"})
    with pytest.raises(GitError):
        git.export(repository.root / "sub", old, tmp_path / "exported")


def test_a_name_that_is_no_text_is_left_shown(repository: Repository) -> None:
    name = os.fsencode(str(repository.root)) + b"/\xff.py"
    try:
        with open(name, "wb"):
            pass
    except OSError:
        pytest.skip("this file system takes only UTF-8")
    assert git.files(repository.root) == ("\ufffd.py",)


@given(st.binary() | st.text('+-@ 0,1\n\\ab/"diff').map(str.encode))
def test_no_diff_breaks_the_parser(diff: bytes) -> None:
    lines = gitdiff.added_lines(diff)
    assert all(isinstance(name, str) for name in lines)


def test_a_tracked_folder_is_known_in_any_case(repository: Repository) -> None:
    repository.commit({"VENV/bin/python": "", "a.py": ""})
    repository.write({".venv/bin/python": ""})
    assert git.is_tracked(repository.root, "venv")
    assert not git.is_tracked(repository.root, ".venv")


def test_the_files_of_a_commit_are_read_without_a_checkout(
    repository: Repository, tmp_path: Path
) -> None:
    content = b"a\r\n\0" * 100_000
    base = repository.commit(
        {"d/a b.csv": content, "d/*.csv": b"star", "e.csv": b"e", "d/sub/x": b""}
    )
    repository.commit({"d/a b.csv": b"new", "d/more.csv": b"m"})
    found = {blob.path: blob for blob in git.blobs(repository.root, base, "d")}
    assert {path: blob.size for path, blob in found.items()} == {
        "d/a b.csv": len(content),
        "d/*.csv": 4,
        "d/sub/x": 0,
    }
    with (tmp_path / "copy").open("wb") as file:
        git.copy(repository.root, found["d/a b.csv"], file)
    assert (tmp_path / "copy").read_bytes() == content
    # A pattern is a name like any other, and paths are from the folder asked about.
    assert [b.path for b in git.blobs(repository.root, base, "d/*.csv")] == ["d/*.csv"]
    assert git.read(repository.root / "d", base, "a b.csv", 10**6) == content
    assert git.read(repository.root, base, "d/more.csv", 10) is None
    with pytest.raises(GitError, match="larger than 10 bytes"):
        git.read(repository.root, base, "d/a b.csv", 10)


def test_a_link_of_a_commit_is_no_file(repository: Repository) -> None:
    try:
        (repository.root / "a.csv").symlink_to("/etc/passwd")
    except OSError:
        pytest.skip("no links here")
    base = repository.commit({"b.csv": "b"})
    assert [blob.path for blob in git.blobs(repository.root, base)] == ["b.csv"]
    assert git.read(repository.root, base, "a.csv", 100) is None


@pytest.mark.parametrize(
    ("target", "content"),
    [
        ("b.csv", b"b"),
        ("../c.csv", b"c"),
        ("a.csv", None),
        ("..", None),
        ("../../c.csv", None),
        ("gone", None),
    ],
)
def test_a_link_of_a_commit_is_followed_within_it(
    repository: Repository, target: str, content: bytes | None
) -> None:
    (repository.root / "d").mkdir()
    try:
        (repository.root / "d" / "a.csv").symlink_to(target)
    except OSError:
        pytest.skip("no links here")
    base = repository.commit({"d/b.csv": "b", "c.csv": "c"})
    assert git.read(repository.root, base, "d/a.csv", 100) == content
    if content:
        assert git.read(repository.root / "d", base, "a.csv", 100) == content


def test_a_remote_has_an_address_or_is_none(repository: Repository) -> None:
    assert git.remote_url(repository.root) is None
    repository.git("remote", "add", "origin", "git@github.com:o/r.git")
    repository.git("remote", "add", "up", "https://github.com/up/r")
    assert git.remote_url(repository.root) == "git@github.com:o/r.git"
    assert git.remote_url(repository.root, "up") == "https://github.com/up/r"
    assert git.remote_url(repository.root, "--all") is None
