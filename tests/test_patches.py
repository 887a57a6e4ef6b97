"""Unified diffs put into effect: what a diff of two texts makes of the first."""

from __future__ import annotations

import difflib
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gate import patches
from gate.patches import Misfit

LINES = st.lists(st.sampled_from(["a", "b", "", "--- a", "+++ b", "@@ -1 +1 @@", "\f"]))
ENDS = st.booleans()


def text(lines: list[str], ended: bool) -> str:
    whole = "".join(f"{line}\n" for line in lines)
    return whole if ended else whole.removesuffix("\n")


def difference(old: str, new: str, context: int) -> str:
    split = (one.split("\n") for one in (old, new))
    one, other = ([f"{x}\n" for x in s[:-1]] + s[-1:] * bool(s[-1]) for s in split)
    found = difflib.unified_diff(one, other, "a.py", "a.py", n=context)
    marked = (x if x.endswith("\n") else f"{x}\n\\ No newline\n" for x in found)
    return "".join(marked)


@given(LINES, LINES, ENDS, ENDS, st.integers(0, 3))
@example([], ["a"], True, True, 3)
@example(["a"], [], True, True, 0)
@example(["a"], ["a"], True, False, 3)
def test_the_diff_of_two_texts_makes_the_one_the_other(
    one: list[str], other: list[str], ended: bool, also: bool, context: int
) -> None:
    old, new = text(one, ended), text(other, also)
    hunks = list(patches.hunks(difference(old, new, context)))
    assert patches.applied(old, hunks) == new


@settings(max_examples=20)
@given(LINES, LINES, ENDS, ENDS)
def test_a_diff_of_git_is_read_the_same_way(
    tmp_path_factory: pytest.TempPathFactory,
    one: list[str],
    other: list[str],
    ended: bool,
    also: bool,
) -> None:
    folder = tmp_path_factory.mktemp("git")
    old, new = text(one, ended), text(other, also)
    (folder / "a.py").write_bytes(old.encode())
    (folder / "b.py").write_bytes(new.encode())
    words = ["git", "diff", "--no-index", "--text", "-U1", "a.py", "b.py"]
    done = subprocess.run(words, cwd=folder, capture_output=True, check=False)
    hunks = list(patches.hunks(done.stdout.decode()))
    assert {hunk.path for hunk in hunks} <= {"b.py"}
    assert patches.applied(old, hunks) == new


def test_a_patch_for_another_text_is_refused() -> None:
    hunks = list(patches.hunks(difference("a\nb\n", "a\nc\n", 1)))
    for other in ("a\n", "a\nx\n", "", "b\na\n"):
        with pytest.raises(Misfit, match="line 1 is not what the patch is for"):
            patches.applied(other, hunks)


def test_hunks_that_overlap_are_refused() -> None:
    hunks = list(patches.hunks(difference("a\n", "b\n", 0))) * 2
    with pytest.raises(Misfit):
        patches.applied("a\n", hunks)


@given(st.integers(0, 60))
def test_a_hunk_that_was_cut_off_is_left_out(size: int) -> None:
    whole = difference("a\nb\nc\n", "a\nx\nc\n", 1)
    assert list(patches.hunks(whole[:size])) in ([], list(patches.hunks(whole)))


@given(st.text("+-@\\ 1,a\n", max_size=80))
def test_no_text_breaks_the_reader(patch: str) -> None:
    for hunk in patches.hunks(patch):
        assert hunk.lines


def test_the_names_of_a_diff_of_several_files_are_told(tmp_path: Path) -> None:
    patch = "--- a/x y.py\t\n+++ b/x y.py\t\n@@ -1 +1 @@\n-a\n+b\n"
    patch += "--- plain.py\n+++ plain.py\n@@ -3,0 +4 @@\n+z\n"
    found = [(hunk.path, hunk.start, hunk.old) for hunk in patches.hunks(patch)]
    assert found == [("x y.py", 1, ("a\n",)), ("plain.py", 3, ())]
