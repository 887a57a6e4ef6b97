"""Patches as suggested changes: a click commits what the patch says, and no more."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gate import results
from gate.findings import Finding, Fix, Result, Status
from gate.reports import suggestions
from gate.reports.suggestions import Suggestion
from gate.verdict import Context, Verdict, judge


def verdict(*patches: str, path: str = "a.py", **context: str) -> Verdict:
    findings = tuple(
        Finding(
            rule="formatting/reformat", message="m", path=path, fix=Fix(patch=patch)
        )
        for patch in patches
    )
    result = Result(
        check="formatting", status=Status.FAILED, summary="s", findings=findings
    )
    return judge([result], Context(gate="1.0", **context))


def of(*patches: str) -> tuple[Suggestion, ...]:
    return suggestions.of(verdict(*patches))


def difference(old: Sequence[str], new: Sequence[str], context: int) -> str:
    """A unified diff of lines that have their line ends, as git writes it."""
    lines = difflib.unified_diff(old, new, "a/a.py", "b/a.py", n=context)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in lines
    )


def block(suggestion: Suggestion) -> list[str]:
    """The lines that GitHub would put in the place of the old ones."""
    fence = re.search(r"^(`{3,})suggestion\n", suggestion.body, re.MULTILINE)
    assert fence
    inside = suggestion.body[fence.end() :]
    assert inside.endswith(fence[1])
    lines = inside.removesuffix(fence[1])
    assert fence[1] not in lines
    return lines.split("\n")[:-1]


def applied(text: Sequence[str], made: Sequence[Suggestion]) -> list[str]:
    """The lines after the suggestions were committed, the last one first."""
    lines = list(text)
    assert list(made) == sorted(made, key=lambda one: one.start)
    for one in reversed(made):
        assert tuple(lines[one.start - 1 : one.end]) == one.old
        lines[one.start - 1 : one.end] = block(one)
    return lines


texts = st.lists(
    st.sampled_from(["", " ", "a", "b", "a ", "\ta", "- a", "+ a", "@@ -1 +1 @@", "`"])
    | st.text(st.sampled_from("ab`~ -+@\\\t"), max_size=6),
    max_size=14,
)


@given(texts, texts, st.integers(0, 3))
@example(["a"], ["a", "b"], 1)
@example(["a"], ["b", "a"], 1)
@example(["a", "b", "a", "b"], ["b", "b"], 0)
@example(["x", "k", "y"], ["n", "x", "k", "m", "y"], 3)
@example(["a"] * 9, ["b"] + ["a"] * 7 + ["b"], 0)
def test_all_suggestions_together_are_the_patch(
    old: list[str], new: list[str], context: int
) -> None:
    before, after = ([f"{line}\n" for line in text] for text in (old, new))
    wanted: list[str] = []
    for tag, i, j, k, m in difflib.SequenceMatcher(None, old, new).get_opcodes():
        # What is only added has no place without a line beside it.
        lost = tag == "insert" and (context == 0 or not old)
        wanted += [] if lost else old[i:j] if tag == "equal" else new[k:m]
    assert wanted == new or context == 0 or not old
    assert applied(old, of(difference(before, after, context))) == wanted


@given(texts, texts, st.integers(1, 3), st.integers(0, 400))
def test_a_patch_that_is_cut_says_nothing_that_is_not_in_it(
    old: list[str], new: list[str], context: int, size: int
) -> None:
    before, after = ([f"{line}\n" for line in text] for text in (old, new))
    patch = difference(before, after, context)
    whole = {(one.start, one.old, tuple(block(one))) for one in of(patch)}
    for cut in (patch[:size], patch[:size] + "… (cut)"):
        assert {(one.start, one.old, tuple(block(one))) for one in of(cut)} <= whole


def test_a_patch_that_results_json_cuts_is_never_half_suggested() -> None:
    old = [f"value_{n} = {n}\n" for n in range(400)]
    new = [line.replace("=", "==") for line in old]
    (result,) = verdict(difference(old, new, 0)).results
    kept = results.capped(result)
    assert "… (cut)" in str(kept)
    assert suggestions.of(judge([kept], Context(gate="1"))) == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a\nb", "a\nc"),
        ("a\nb\n", "a\nb"),
        ("a\nb", "a\nb\n"),
        ("a\nb", "x\nb"),
        ("a", "b"),
    ],
)
def test_a_hunk_at_an_end_without_line_feed_is_left_out(old: str, new: str) -> None:
    assert of(difference(old.splitlines(True), new.splitlines(True), 3)) == ()


def test_a_hunk_far_from_such_an_end_is_not() -> None:
    old = ["a\n", *(["x\n"] * 20), "end"]
    (only,) = of(difference(old, ["b\n", *old[1:]], 3))
    assert (only.start, only.old, only.new) == (1, ("a",), ("b",))


@pytest.mark.parametrize(
    "line",
    ["a\r", "\x1b[2J", "a\u202eb", "a\u200bb", "\u2028", "a\x00", "\x0c", "\U000e0041"],
)
def test_what_cannot_be_seen_is_not_suggested(line: str) -> None:
    patch = f"@@ -1,1 +1,1 @@\n-a\n+{line}\n"
    assert of(patch) == ()


@pytest.mark.parametrize(
    "lines", [["\tx = 1"], ["```", "~~~"], ["`" * 9], ["ä", "𝒳", "🎉"], [""], []]
)
def test_what_can_be_seen_is_suggested_as_it_is(lines: list[str]) -> None:
    added = "".join(f"+{line}\n" for line in lines)
    (only,) = of(f"@@ -7,2 +7,{len(lines) + 1} @@\n k\n-x\n{added}")
    assert (only.start, only.end, only.old) == (8, 8, ("x",))
    assert block(only) == lines


def test_what_is_only_removed_is_an_empty_block() -> None:
    (only,) = of("@@ -1,3 +1,1 @@\n k\n-x\n-y\n")
    assert only.body.endswith("\n\n```suggestion\n```")
    assert (only.start, only.end) == (2, 3)


@pytest.mark.parametrize(
    ("patch", "start", "old", "new"),
    [
        ("@@ -4,1 +4,2 @@\n k\n+n\n", 4, ("k",), ("k", "n")),
        ("@@ -4,1 +4,2 @@\n+n\n k\n", 4, ("k",), ("n", "k")),
        ("@@ -4 +4 @@\n-a\n+b\n", 4, ("a",), ("b",)),
        ("@@ -4,2 +4,2 @@\n-a\n+b\n-c\n+d\n", 4, ("a", "c"), ("b", "d")),
        ("--- a/x\n+++ b/x\n@@ -4 +4 @@ def f():\n-a\n+b\n", 4, ("a",), ("b",)),
    ],
)
def test_one_change_of_a_patch(
    patch: str, start: int, old: tuple[str, ...], new: tuple[str, ...]
) -> None:
    (only,) = of(patch)
    assert (only.start, only.old, only.new) == (start, old, new)


@pytest.mark.parametrize(
    "patch",
    [
        "",
        "nothing of the kind",
        "@@ -0,0 +1,1 @@\n+a new file\n",
        "@@ -3,0 +4,1 @@\n+no line beside it\n",
        "@@ -1,1 +1,1 @@\n-a\n+cut off",
        "@@ -1,2 +1,2 @@\n-a\n+b\n",
        "@@ -1,1 +1,1 @@\n-a\n*b\n",
        "@@ -1,1 +1,1 @@\n@@ -1,1 +1,1 @@\n",
        f"@@ -{'9' * 5000} +1 @@\n-a\n+b\n",
        f"@@ -1,{'9' * 5000} +1 @@\n-a\n+b\n",
        "@@ -1 +1 @@\n-a\n+" + "long " * 10_000 + "\n",
        "@@ -1,61 +1 @@\n" + "-a\n" * 61 + "+b\n",
    ],
)
def test_a_patch_without_a_change_that_can_be_suggested(patch: str) -> None:
    assert of(patch) == ()


@pytest.mark.parametrize(
    "patch",
    [
        "@@ -1,9 +1,9 @@\n" * 200_000,
        "@@ -1,999999 +1,999999 @@\n" + "-a\n" * 400_000,
        "@@ -1 +1 @@\n-a\n+b\n" * 100_000,
    ],
    ids=["headers", "endless", "many"],
)
def test_a_huge_patch_takes_no_long_time(patch: str) -> None:
    """Read line by line once, and no further than to the thousandth change."""
    assert len(of(patch)) <= suggestions.MOST


def test_the_same_change_at_two_places_is_suggested_at_both() -> None:
    patch = "@@ -1 +1 @@\n-a\n+b\n@@ -9 +9 @@\n-a\n+b\n"
    one, other = of(patch)
    assert (one.start, other.start) == (1, 9)
    assert one.mark == other.mark


def test_the_same_change_of_two_findings_is_suggested_once() -> None:
    patch = "@@ -1 +1 @@\n-a\n+b\n"
    assert len(of(patch, patch)) == 1


def test_a_mark_is_the_changes_own_wherever_in_the_file_it_is() -> None:
    (one,) = of("@@ -1 +1 @@\n-a\n+b\n")
    (moved,) = of("@@ -5 +5 @@\n-a\n+b\n")
    (other,) = of("@@ -1 +1 @@\n-a\n+c\n")
    assert one.mark == moved.mark != other.mark
    named = suggestions.of(verdict("@@ -1 +1 @@\n-a\n+b\n", name="study"))
    assert named[0].mark != one.mark
    assert re.fullmatch("[0-9a-f]{20}", one.mark)


def test_a_path_is_from_the_top_of_the_repository() -> None:
    (only,) = suggestions.of(verdict("@@ -1 +1 @@\n-a\n+b\n", folder="labs/one"))
    assert only.path == "labs/one/a.py"


def test_a_suggestion_says_why_and_stays_harmless() -> None:
    attack = "@eve <!-- ![x](http://y) \u202e"
    finding = Finding(
        rule="x/y", message=attack, path="a", fix=Fix(patch="@@ -1 +1 @@\n-a\n+b\n")
    )
    result = Result(check="x", status=Status.FAILED, summary="", findings=(finding,))
    (only,) = suggestions.of(judge([result], Context(gate="1")))
    head = only.body.partition("\n\n")[0]
    assert head.startswith("**x**: ")
    assert "\\<" in head and "\u202e" not in head and "`@eve`" in head


@pytest.mark.parametrize(
    ("head", "path"),
    [
        ("--- a/data/x.schema.yaml\n+++ b/data/x.schema.yaml\n", "data/x.schema.yaml"),
        ("--- data/x.schema.yaml\n+++ data/x.schema.yaml\n", "data/x.schema.yaml"),
        ("--- a/x.py\n+++ a/x.py\n", "a/x.py"),
        ("--- b/x.py\t2026\n+++ b/x.py\t2026\n", "b/x.py"),
        ("", "data/x.csv"),
    ],
)
def test_a_change_belongs_to_the_file_that_the_patch_names(
    head: str, path: str
) -> None:
    one = verdict(f"{head}@@ -1 +1 @@\n-a\n+b\n", path="data/x.csv", folder="labs")
    (made,) = suggestions.of(one)
    assert made.path == f"labs/{path}"
