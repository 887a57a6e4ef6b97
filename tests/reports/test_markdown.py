"""The comment and the summary: readable, within their limits, and never active."""

from __future__ import annotations

import html
import re
from types import ModuleType

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from gate.findings import Column, Finding, Fix, Kind, Result, Status, Table
from gate.reports import markdown, markup, summary
from gate.verdict import Context, judge

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OUR_TAGS = re.compile(
    r"</?(details|summary|b|code)>|<details open>"
    r"|<!-- gate-comment -->|<!-- gate \{[^<>]*\} -->"
)
# What GitHub turns into something in text that is not code.
LIVE = re.compile(r"@\w|https?://|www\.|#\d|\bgh-\d|\b[0-9a-f]{40}\b|\$|:\w+:", re.I)

HOSTILE = st.text(
    alphabet=st.one_of(
        st.sampled_from("`|\\<>!-[]()*_~#@&;:$ \t\n\r\"'/.=+"),
        st.sampled_from("aeg01"),
        st.characters(),
    ),
    max_size=80,
) | st.lists(
    st.sampled_from(
        ["`", "``", "|", "\\", "<!--", "-->", "<b>", "</details>", "\n", "\n\n", "@a"]
        + ["#1", "GH-1", "http://a.b", "www.a.b", "![x](y)", "[x](y)", "**", "_", "~~"]
        + ["# ", "- ", "1. ", "> ", "    ", "```", "===", "---", "&#64;", "a", " ", "$"]
        + ["\u202e", "\u200b", "\x1b", "\r", ":tada:", "[^1]", "[x]: y", "<a href=b>"]
    ),
    max_size=12,
).map(
    "".join
)


def test_closed_gate(verdicts: ModuleType, golden) -> None:
    golden("comment.md", markdown.render(verdicts.closed_gate()))
    golden("summary.md", summary.render(verdicts.closed_gate()))


def test_open_gate(verdicts: ModuleType, golden) -> None:
    golden("comment-open.md", markdown.render(verdicts.open_gate()))


def test_gate_that_could_not_judge(verdicts: ModuleType, golden) -> None:
    golden("comment-error.md", markdown.render(verdicts.error_gate()))


def test_gate_that_did_not_get_to_its_checks(verdicts: ModuleType, golden) -> None:
    golden("comment-stopped.md", markdown.render(verdicts.stopped_gate()))


def test_hostile_verdict(verdicts: ModuleType, golden) -> None:
    golden("comment-hostile.md", markdown.render(verdicts.hostile_gate()))


def test_the_marker_comes_first(verdicts: ModuleType) -> None:
    comment = markdown.render(verdicts.hostile_gate())
    assert comment.startswith(f"{markdown.MARKER}\n## ")
    assert comment.count(markdown.MARKER) == 1 + in_code(comment, markdown.MARKER)


def test_times_do_not_change_the_comment(verdicts: ModuleType) -> None:
    slow = re.compile(rb'"duration":[0-9.]+')
    data = msgspec.json.encode(verdicts.closed_gate())
    other = msgspec.json.decode(
        slow.sub(b'"duration":77.7', data), type=type(verdicts.closed_gate())
    )
    assert other != verdicts.closed_gate()
    assert markdown.render(other) == markdown.render(verdicts.closed_gate())


@pytest.mark.parametrize("text", ["x", "`", "|", "@a ", "\u202e", "ж", "<", "`x` "])
def test_a_huge_verdict_fits(verdicts: ModuleType, text: str) -> None:
    verdict = verdicts.huge_gate((text * 4_000)[:4_000])
    comment = markdown.render(verdict)
    assert len(comment.encode()) <= markdown.LIMIT
    assert len(comment) > 10_000
    assert all(f"**{result.check}**" in comment for result in verdict.results)
    assert len(summary.render(verdict).encode()) <= summary.LIMIT
    assert_inactive(comment)


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


@given(HOSTILE)
@example("a\\|b")
@example("\\`x\\`")
def test_prose_is_text_and_code_only(sentence: str) -> None:
    (paragraph,) = inlines(f"x {markup.prose(sentence)}")
    kinds = {token.type for token in paragraph.children or []}
    assert kinds <= {"text", "code_inline"}
    assert_inactive(f"x {markup.prose(sentence)}")


@given(HOSTILE)
def test_prose_at_the_start_is_a_paragraph(sentence: str) -> None:
    tokens = PARSER.parse(markup.prose(sentence))
    assert {token.type for token in tokens} <= {
        "paragraph_open",
        "inline",
        "paragraph_close",
    }


@given(HOSTILE)
def test_code_holds_its_value(value: str) -> None:
    shown = markup.code(value)
    (paragraph,) = inlines(f"x {shown}")
    spans = [t.content for t in paragraph.children or [] if t.type == "code_inline"]
    assert len(spans) == (value != "")
    if value.strip() and value.isascii() and value.isprintable():
        assert spans == [value]


@given(HOSTILE, HOSTILE)
def test_a_cell_is_one_cell(sentence: str, value: str) -> None:
    row = f"| {markup.prose(sentence, cell=True)} | {markup.code(value, cell=True)} |"
    tokens = PARSER.parse(f"| a | b |\n| --- | --- |\n{row}\n")
    assert [t.type for t in tokens].count("td_open") == 2
    assert [t.type for t in tokens].count("tr_open") == 2
    assert tokens[-1].type == "table_close"
    cells = [t for t in tokens if t.type == "inline"][2:]
    spans = [t.content for t in cells[1].children or [] if t.type == "code_inline"]
    if value.strip() and value.isascii() and value.isprintable():
        assert spans == [value]


@given(HOSTILE)
def test_a_fence_holds_its_text(block: str) -> None:
    tokens = PARSER.parse(markup.fenced(block, "diff"))
    assert [token.type for token in tokens] == ["fence"]


@given(HOSTILE)
def test_html_is_text_and_code_only(sentence: str) -> None:
    shown = markup.inline_html(sentence)
    assert set(re.findall(r"<[^>]*>?", shown)) <= {"<code>", "</code>"}
    assert "\n" not in shown
    assert not LIVE.search(html.unescape(re.sub("<code>.*?</code>", " ", shown)))


@given(HOSTILE)
def test_nothing_active_in_a_whole_comment(text: str) -> None:
    finding = Finding(
        rule=text,
        message=text,
        path=text,
        line=1,
        fix=Fix(text=text, patch=text, command=text),
    )
    columns = (Column(name=text), Column(name=text, kind=Kind.CODE))
    table = Table(title=text, columns=columns, rows=((text, text),), important=True)
    result = Result(
        check=text,
        status=Status.FAILED,
        summary=text,
        findings=(finding,),
        tables=(table,),
        advice=(text, text),
        output=text,
    )
    verdict = judge(
        [result], Context(gate=text, head=text, base=text, base_ref=text, notes=(text,))
    )
    for page in (markdown.render(verdict), summary.render(verdict)):
        assert_inactive(page)
        assert page.count("<details>") == page.count("</details>") + in_code(
            page, "<details>"
        ) - in_code(page, "</details>")


def inlines(page: str) -> list[Token]:
    return [token for token in PARSER.parse(page) if token.type == "inline"]


def in_code(page: str, needle: str) -> int:
    """How often the text stands in code of the page."""
    tokens = PARSER.parse(page)
    tokens += [child for token in tokens for child in token.children or []]
    code = [t.content for t in tokens if t.type in ("code_inline", "fence")]
    return sum(content.count(needle) for content in code)


def assert_inactive(page: str) -> None:
    """No link, image or foreign tag, and nothing that GitHub links outside code."""
    for token in PARSER.parse(page):
        assert token.type not in ("code_block", "blockquote_open", "hr")
        if token.type == "html_block":
            bare = re.sub("<code>.*?</code>", "", token.content)
            assert not re.findall(r"<[^>]*>", OUR_TAGS.sub("", token.content))
            shown = re.sub("<!--.*?-->", "", bare, flags=re.S)
            assert not LIVE.search(html.unescape(shown))
            hidden = re.findall("<!--.*?-->", bare, flags=re.S)
            assert not re.search("[@#]", "".join(hidden))
        for child in token.children or []:
            assert child.type not in ("link_open", "image", "html_inline", "s_open")
            if child.type == "text":
                assert not LIVE.search(child.content)
