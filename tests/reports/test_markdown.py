"""The comment and the summary: readable, within their limits, and never active."""

from __future__ import annotations

import re
from types import ModuleType

import msgspec
import pytest

from gate.findings import Column, Finding, Fix, Result, Status, Table
from gate.reports import markdown, markup, summary
from gate.verdict import Context, judge
from github_markdown import assert_harmless


def test_closed_gate(verdicts: ModuleType, golden) -> None:
    golden("comment.md", markdown.render(verdicts.closed_gate()))
    golden("summary.md", summary.render(verdicts.closed_gate()))


def test_open_gate(verdicts: ModuleType, golden) -> None:
    golden("comment-open.md", markdown.render(verdicts.open_gate()))


def test_gate_that_could_not_judge(verdicts: ModuleType, golden) -> None:
    golden("comment-error.md", markdown.render(verdicts.error_gate()))


def test_gate_that_did_not_get_to_its_checks(verdicts: ModuleType, golden) -> None:
    golden("comment-stopped.md", markdown.render(verdicts.stopped_gate()))


def test_the_marker_comes_first(verdicts: ModuleType) -> None:
    comment = markdown.render(verdicts.hostile_gate())
    assert comment.startswith(f"{markdown.MARKER}\n## ")
    page = assert_harmless(comment)
    shown = [*page.codes, *(content for _, content in page.blocks)]
    quoted = sum(code.count(markdown.MARKER) for code in shown)
    assert comment.count(markdown.MARKER) == 1 + quoted


def test_times_do_not_change_the_comment(verdicts: ModuleType) -> None:
    slow = re.compile(rb'"duration":[0-9.]+')
    data = msgspec.json.encode(verdicts.closed_gate())
    other = msgspec.json.decode(
        slow.sub(b'"duration":77.7', data), type=type(verdicts.closed_gate())
    )
    assert other != verdicts.closed_gate()
    assert markdown.render(other) == markdown.render(verdicts.closed_gate())


@pytest.mark.parametrize(
    "text", ["x", "`", "|", "@a ", "\u202e", "ж", "<", "`x` ", "#"]
)
def test_a_huge_verdict_fits(verdicts: ModuleType, text: str) -> None:
    verdict = verdicts.huge_gate((text * 4_000)[:4_000])
    comment = markdown.render(verdict)
    assert len(comment.encode()) <= markdown.LIMIT
    assert len(comment) > 10_000
    assert all(f"**{result.check}**" in comment for result in verdict.results)
    assert len(summary.render(verdict).encode()) <= summary.LIMIT
    assert_harmless(comment)


def test_many_checks_fit(verdicts: ModuleType) -> None:
    results = verdicts.huge_gate("word " * 800).results * 100
    assert len(markdown.render(judge(results, Context(gate="0"))).encode()) <= 65_000


def test_what_is_left_out_is_counted(verdicts: ModuleType) -> None:
    comment = markdown.render(verdicts.huge_gate("some words " * 60))
    listed = [block.count("\n- `") for block in comment.split("<details>")[1:-1]]
    hidden = re.findall(r"… and (\d+) more findings in the job summary", comment)
    assert [int(number) for number in hidden] == [714 - shown for shown in listed]
    assert "more rows in the job summary" in comment


def test_columns_left_out_are_counted() -> None:
    columns = tuple(Column(name=f"c{n}") for n in range(15))
    table = Table(title="t", columns=columns, rows=((1,) * 15,))
    result = Result(check="c", status=Status.PASSED, summary="s", tables=(table,))
    comment = markdown.render(judge([result], Context(gate="0")))
    assert "… and 3 more columns in the job summary and `results.json`" in comment
    assert "c11" in comment and "c12" not in comment


def test_important_tables_are_open_and_others_folded(verdicts: ModuleType) -> None:
    comment = markdown.render(verdicts.closed_gate())
    before, folded = comment.split("<details>", 1)
    assert "**Anomalies in `data/eval.csv`**" in before
    assert "**Coverage by file**" in folded


def test_an_excerpt_keeps_its_lines(verdicts: ModuleType) -> None:
    excerpt = "  ```\n  >   assert total([]) == 13.0\n  E   assert 12.5 == 13.0\n  ```"
    assert excerpt in markdown.render(verdicts.closed_gate())


def test_output_is_only_in_the_comment_where_nothing_else_tells(
    verdicts: ModuleType,
) -> None:
    assert "passed in 28.11s" not in markdown.render(verdicts.closed_gate())
    assert "passed in 28.11s" in summary.render(verdicts.closed_gate())
    crash = Result(check="x", status=Status.ERROR, summary="s", output="boom\n")
    assert "boom" in markdown.render(judge([crash], Context(gate="0")))


def test_a_passed_check_is_short(verdicts: ModuleType) -> None:
    assert len(markdown.render(verdicts.open_gate())) < 2_000


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("run `black .` now", "run `black .` now"),
        ("ask @octocat, see #12", "ask `@octocat`, see `#12`"),
        ("`a``b`", "`a` `b`"),
        ("a_b *c* [d]", "a\\_b \\*c\\* \\[d\\]"),
        ("1. one", "1\\. one"),
        ("1.5 % of 3", "1.5 % of 3"),
        ("www.a.b.", "`www.a.b`."),
        (".,;", ".,;"),
        ("a.py::t failed", "`a.py::t` failed"),
        ("# no", "\\# no"),
        ("a lonely ` tick", "a lonely \\` tick"),
        ("", ""),
        ("::", "`::`"),
        ("[ ] [x] b", "`[ ]` \\[x\\] b"),
        ("2. [x] b", "2\\. `[x]` b"),
        ("row 1234567 of 7654321.5", "row `1234567` of `7654321.5`"),
        ("1,234,567", "1,234,567"),
    ],
)
def test_prose(sentence: str, shown: str) -> None:
    assert markup.prose(sentence) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a", "`a`"),
        ("", "(empty)"),
        (" ", "`␠`"),
        ("`", "`` ` ``"),
        (" a", "`  a `"),
        ("a``b", "```a``b```"),
        ("a|b", "`a|b`"),
        ("a\nb", "`a\\nb`"),
    ],
)
def test_code(value: str, shown: str) -> None:
    assert markup.code(value) == shown


def test_a_title_in_html_has_no_backslash() -> None:
    assert markup.inline_html("- a") == "- a"
    assert markup.inline_html("` ` <b>") == "<code>␠</code> &lt;b&gt;"


def test_an_item_without_words_does_not_make_a_heading_of_the_line_above() -> None:
    result = Result(check="c", status=Status.FAILED, summary="s", advice=("a", "", "b"))
    comment = markdown.render(judge([result], Context(gate="0")))
    assert "- **c**: a\n  - (empty)\n  - b\n" in comment


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("1 of 41 files, 2.5 % (new)", "1 of 41 files, 2.5 % (new)"),
        ("coverage.changed_percent", "coverage.changed_percent"),
        ("<a href=b> & *c*", "&#60;a href&#61;b&#62; &#38; &#42;c&#42;"),
        ("ask @octocat", "ask <code><span>@</span>octocat</code>"),
        ("`<b>`", "<code>&#60;b&#62;</code>"),
        ("- a", "&#45; a"),
        ("", ""),
    ],
)
def test_a_sentence_for_anywhere(sentence: str, shown: str) -> None:
    assert markup.anywhere(sentence) == shown


def test_a_wall_of_patches_hides_nothing_else(verdicts: ModuleType) -> None:
    findings = tuple(
        Finding(
            rule="formatting/reformat",
            message="black would reformat this file",
            path=f"{number:02}.py",
            fix=Fix(command="black .", patch="--- a\n+++ a\n@@ -1 +1 @@\n-a\n+b\n"),
        )
        for number in range(30)
    )
    result = Result(
        check="formatting", status=Status.FAILED, summary="30", findings=findings
    )
    verdict = judge([result], Context(gate="1.0"))
    comment = markdown.render(verdict)
    assert comment.count("```diff") == 5
    assert all(f"{number:02}.py" in comment for number in range(30))
    assert summary.render(verdict).count("```diff") == 30
