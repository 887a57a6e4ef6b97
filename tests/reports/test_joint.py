"""One comment of several gates: each keeps its part, whatever the others hold."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import ModuleType

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.findings import Finding, Result, Status
from gate.reports import joint, markdown
from gate.reports.joint import Part
from gate.reports.page import Page
from gate.verdict import Context, State, Verdict, could_not_judge, judge
from github_markdown import assert_harmless
from tests.reports.hostile import TEXT

HEAD, OLDER = "1" * 40, "2" * 40


def verdict(name: str, status: Status = Status.PASSED, said: str = "fine") -> Verdict:
    result = Result(
        check="lint",
        status=status,
        summary=said,
        findings=(Finding(rule="lint/E1", message=said),) * (status is Status.FAILED),
    )
    return judge([result], Context(gate="1.0", name=name))


def merged(comment: str, one: Verdict, head: str = HEAD) -> str:
    return joint.merged(comment, one, head, rendering(one))


def rendering(one: Verdict) -> Callable[[int], Page]:
    return lambda size: markdown.section(one, size=size)


def named(comment: str) -> dict[str, Part]:
    return {part.name: part for part in joint.parse(comment)}


def test_a_gate_alone_has_the_comment_for_itself() -> None:
    comment = merged("", verdict(""))
    first, second, rest = comment.split("\n", 2)
    assert first == markdown.MARKER
    assert second.startswith("<!-- gate {") and second.endswith("} -->")
    assert rest.startswith("## ✅ The gate is open: 1 check passed\n")
    assert rest.rstrip() == markdown.section(verdict("")).text.rstrip()


def test_a_name_is_in_the_title() -> None:
    comment = merged("", verdict("labs/one"))
    assert "## ✅ The gate `labs/one` is open" in comment
    assert "| Gate |" not in comment


def test_each_gate_has_a_row_and_a_part(golden: Callable[[str, str], None]) -> None:
    comment = ""
    for one in (
        verdict("study"),
        verdict("py3.12", Status.FAILED, "2 findings"),
        verdict("py3.10", Status.ERROR, "flake8 is missing"),
    ):
        comment = merged(comment, one)
    golden("comment-joint.md", comment)
    assert list(named(comment)) == ["py3.12", "py3.10", "study"]


def test_the_order_in_which_gates_end_does_not_matter() -> None:
    gates = [verdict("a"), verdict("b", Status.FAILED), verdict("")]
    made = set()
    for order in itertools.permutations(gates):
        comment = ""
        for one in order:
            comment = merged(comment, one)
        made.add(comment)
    assert len(made) == 1


def test_a_gate_that_says_the_same_changes_nothing() -> None:
    comment = merged(merged("", verdict("a")), verdict("b", Status.FAILED))
    assert merged(comment, verdict("a")) == comment
    assert merged(comment.replace("\n", "\r\n").strip(), verdict("a")) == comment


def test_what_was_said_of_an_older_commit_is_not_shown_as_of_this_one() -> None:
    comment = merged(merged("", verdict("a"), OLDER), verdict("b"), OLDER)
    comment = merged(comment, verdict("b"))
    assert "## ⏳ 1 of 2 gates is open, 1 gate not judged yet" in comment
    assert "| ⏳ | **a** | not judged yet; at `2222222` it was open |" in comment
    assert named(comment)["a"].text == ""
    comment = merged(comment, verdict("a", Status.FAILED))
    assert "## ❌ 1 of 2 gates is closed\n" in comment


@pytest.mark.parametrize(
    ("states", "title"),
    [
        ("oo", "✅ All 2 gates are open"),
        ("occ", "❌ 2 of 3 gates are closed"),
        ("oe", "🚫 1 of 2 gates could not judge"),
        ("ec", "❌ 1 of 2 gates is closed"),
    ],
)
def test_the_title_of_all_gates(states: str, title: str) -> None:
    of = {"o": Status.PASSED, "c": Status.FAILED, "e": Status.ERROR}
    comment = ""
    for number, state in enumerate(states):
        comment = merged(comment, verdict(f"g{number}", of[state]))
    assert f"\n## {title}\n" in comment


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "nothing of ours",
        f"{markdown.MARKER}\nan older form",
        f"{markdown.MARKER}\n<!-- gate [] -->\nx",
        f'{markdown.MARKER}\n<!-- gate {{"parts": [{{"name": ".."}}]}} -->\nx',
        f"{markdown.MARKER}\n<!-- gate " + "[" * 100_000 + " -->\nx",
    ],
)
def test_what_cannot_be_read_is_written_anew(comment: str) -> None:
    assert joint.parse(comment) == ()
    assert merged(comment, verdict("a")) == merged("", verdict("a"))


def test_a_part_that_was_edited_is_left_out_and_the_gates_row_stays() -> None:
    comment = merged(merged("", verdict("a")), verdict("b"))
    cut = comment[: comment.index("The gate `b`")]
    again = merged(cut, verdict("a"))
    assert named(again)["b"].text == "" and named(again)["a"].text
    assert "**b** | open" in again


@given(TEXT, TEXT, st.booleans())
def test_no_text_passes_for_the_begin_or_the_end_of_a_part(
    one: str, other: str, edge: bool
) -> None:
    sneaky = f"\n</details>\n<!-- gate {one} -->\n{markdown.MARKER}\n{other}"
    text = sneaky if edge else one
    first = verdict("a", Status.FAILED, text)
    second = verdict("b", Status.FAILED, other)
    comment = merged(merged("", first), second)
    parts = named(comment)
    for gate in (first, second):
        own = markdown.section(gate).text.rstrip()
        assert parts[gate.context.name].text == own
    assert_harmless(comment)


def test_nothing_is_hidden_in_what_is_kept_of_a_headline() -> None:
    broken = could_not_judge(["a\u202eb\n" + "\x9b" * 200], Context(gate="1", name="a"))
    comment = merged("", broken)
    assert named(comment)["a"].headline.startswith("a\\u202eb \\x9b")
    assert_harmless(comment)


@pytest.mark.parametrize("word", ["x", "\u202e", "𝕏"])
def test_many_gates_of_huge_verdicts_fit_and_lose_no_row(
    verdicts: ModuleType, word: str
) -> None:
    huge = verdicts.huge_gate((word * 4_000)[:4_000])
    comment = ""
    for number in range(8):
        context = msgspec.structs.replace(huge.context, name=f"gate {number}")
        one = msgspec.structs.replace(huge, context=context)
        comment = merged(comment, one)
        assert len(comment.encode()) <= markdown.LIMIT
    assert len(named(comment)) == 8
    assert all(part.text for part in joint.parse(comment))
    assert comment.count("the rest is in the summary of this gate's job") >= 7
    assert_harmless(comment)


def test_a_small_part_is_whole_beside_a_huge_one(verdicts: ModuleType) -> None:
    huge = verdicts.huge_gate("some words " * 60)
    small = verdict("small")
    comment = merged(merged("", huge), small)
    assert named(comment)["small"].text == markdown.section(small).text.rstrip()
    assert len(comment.encode()) > 40_000


def test_more_gates_than_there_is_room_for_keep_the_newest() -> None:
    words = "𝕏" * 500
    comment = ""
    for number in range(joint.MOST + 5):
        comment = merged(comment, verdict(f"g{number}", Status.ERROR, words))
        assert len(comment.encode()) <= markdown.LIMIT
    assert len(named(comment)) == joint.MOST
    assert f"g{joint.MOST + 4}" in named(comment)


def test_states_are_those_of_the_verdicts() -> None:
    comment = merged(merged("", verdict("a")), verdict("b", Status.FAILED))
    states = {part.name: part.state for part in joint.parse(comment)}
    assert states == {"a": State.OPEN, "b": State.CLOSED}
