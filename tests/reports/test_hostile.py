"""Every markdown that GitHub is given, rendered as GitHub does: text, and no more."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable
from types import ModuleType

from hypothesis import example, given, settings

import github_markdown
from gate import hidden
from gate.findings import Finding, Fix, Result, Status
from gate.reports import joint, markdown, markup, suggestions, summary, text
from gate.reports.links import Links
from gate.verdict import Context, Verdict, judge
from github_markdown import Page, assert_harmless
from tests.reports import hostile

LINKS = Links(repository="https://github.com/o/r", commit="1" * 40)
PREFIX = f"https://github.com/o/r/blob/{LINKS.commit}/"
MARK = f"<!-- gate-suggestion {'0' * 8}-{'0' * 20} -->"
FEWER = settings(max_examples=60)
MORE = settings(max_examples=300)
TEMPLATE = """\
{% extends "comment.md.j2" %}
{% block foot %}
{{ title }} {{ name }} {{ state }} {{ meter }}

{% for check in checks %}
- {{ check.name }}: {{ check.summary }}
- {{ check.summary }}
{% endfor %}

<details><summary>{{ title }} {{ name }} {{ meter }}</summary>
{% for check in checks %}
<b>{{ check.name }}</b>
{{ check.summary }}<br />
{% endfor %}
</details>

| a | b |
|---|---|
{% for name, value in metrics.items() %}
| {{ name }} | {{ value }} |
{% endfor %}
{% for row in rows %}
{{ row }}
{% endfor %}

{% for part in notes + steps + reasons + versions %}
{{ part }}
{% endfor %}
{% endblock %}
"""


@given(hostile.verdicts())
def test_a_comment_is_harmless(verdict: Verdict) -> None:
    page = assert_harmless(markdown.render(verdict))
    assert page.links == []
    assert_ours(page)


@given(hostile.verdicts())
@FEWER
def test_a_comment_links_places_in_its_own_commit_alone(verdict: Verdict) -> None:
    shown = markdown.section(verdict, links=LINKS).text
    page = assert_harmless(f"{markdown.MARKER}\n{shown}", links=PREFIX)
    assert not [link for link in page.links if re.search(r"/\.\.?(/|$)|//", link[8:])]


@given(hostile.verdicts())
@FEWER
def test_a_summary_is_harmless(verdict: Verdict) -> None:
    assert_ours(assert_harmless(summary.render(verdict)))


@given(hostile.verdicts(), hostile.verdicts(), hostile.verdicts())
@settings(max_examples=40)
def test_a_comment_of_several_gates_is_harmless(
    one: Verdict, two: Verdict, three: Verdict
) -> None:
    comment = ""
    for number, verdict in enumerate((one, two, three)):
        comment = merged(comment, hostile.called(verdict, f"labs/g{number}"), LINKS)
    assert len(joint.parse(comment)) == 3
    assert_harmless(comment, links=PREFIX)


def merged(comment: str, verdict: Verdict, links: Links | None) -> str:
    """The comment with the verdict of one more gate."""
    return joint.merged(
        comment,
        verdict,
        LINKS.commit,
        lambda size: markdown.section(verdict, size=size, links=links),
    )


@given(hostile.verdicts())
@FEWER
def test_a_template_of_the_users_is_given_nothing_active(verdict: Verdict) -> None:
    shown = markdown.section(verdict, template=TEMPLATE).text
    page = assert_harmless(f"{markdown.MARKER}\n{shown}")
    assert_ours(page)


@given(hostile.verdicts())
@FEWER
def test_hostile_words_change_the_words_and_not_the_page(verdict: Verdict) -> None:
    """As many headings, items, cells and folds as with words that mean nothing."""
    for render in (markdown.render, summary.render):
        page = github_markdown.read(render(verdict))
        tame = github_markdown.read(render(hostile.tame(verdict)))
        assert skeleton(page) == skeleton(tame)


def skeleton(page: Page) -> Counter[str]:
    """How often each tag is there; a word may be code instead of text."""
    return Counter(tag for tag in page.tags if tag not in ("<code>", "<span>"))


def assert_ours(page: Page) -> None:
    """The headings are those of the page, and all code is what it says it is."""
    assert page.tags.count("<h2>") == 1
    assert {language for language, _ in page.blocks} <= {"<pre>", "", "diff"}


@given(hostile.patches(), hostile.TEXT, hostile.TEXT)
def test_a_suggestion_is_of_the_new_lines_alone(
    patch: tuple[str, tuple[str, ...], tuple[str, ...]], check: str, message: str
) -> None:
    diff, old, new = patch
    found = Finding(rule="r", message=message, path="a.py", fix=Fix(patch=diff))
    result = Result(check=check, status=Status.FAILED, summary="", findings=(found,))
    made = suggestions.of(judge([result], Context(gate="0")))
    plain = not any(github_markdown.hidden(line) or "\r" in line for line in new)
    assert bool(made) == plain
    for one in made:
        assert (one.old, one.new) == (old, new)
        page = assert_harmless(f"{MARK}\n{one.body}")
        assert page.blocks == [("suggestion", "".join(f"{line}\n" for line in new))]
        assert skeleton(page) == {
            "<p>": 1,
            "<strong>": 1,
            '<pre lang="suggestion">': 1,
        }


@given(hostile.TEXT)
@example("a\\|b")
@example("\\`x\\`")
@example("::")
@example("[ ] to do")
@example("- [x] done")
@example("1. [X] done")
@example("1234567")
@example("fixes #1")
@example("&lt;b&gt; &amp; &#64;octocat")
@example("# no heading")
@example("===")
@example("+ no item")
@MORE
def test_prose_is_one_paragraph_of_the_same_words(sentence: str) -> None:
    shown = markup.prose(sentence)
    page = assert_harmless(shown)
    assert set(page.tags) <= {"<p>", "<code>"} and page.tags.count("<p>") <= 1
    assert unspaced(page.text) == unspaced(said(sentence))
    item = assert_harmless(f"- {shown}")
    assert set(item.tags) <= {"<ul>", "<li>", "<code>"}
    assert unspaced(item.text) == unspaced(said(sentence))


def said(sentence: str) -> str:
    """What is seen of a sentence, without the backticks of its code."""
    parts = text.spans(text.one_line(sentence))
    return "".join("␠" if code and part.isspace() else part for code, part in parts)


def unspaced(shown: str) -> str:
    return "".join(shown.split())


@given(hostile.TEXT)
@example("a@b.c")
@example("- [x] @a")
@example("_ __x__ a_b")
@example("WWW.a.b xmpp:a@b")
@example("&lt;b&gt; # x")
@MORE
def test_a_sentence_for_anywhere_is_the_same_in_markdown_and_in_html(
    sentence: str,
) -> None:
    shown = markup.anywhere(sentence)
    assert "\n" not in shown
    for place in ("{}", "- {}", "## {}", "0 {}", "<b>{}</b>", "<p>\n{}</p>"):
        page = assert_harmless(place.format(shown))
        before = "0" if place.startswith("0") else ""
        assert unspaced(page.text) == before + unspaced(said(sentence))
        assert set(page.tags) <= {*TEXT_TAGS, "<code>", "<span>"}, place
    page = assert_harmless(f"| a | b |\n|---|---|\n| {shown} | x |\n")
    assert page.tags.count("<td>") == 2
    assert unspaced(page.text) == f"ab{unspaced(said(sentence))}x"


TEXT_TAGS = ("<p>", "<ul>", "<li>", "<h2>", "<b>")


@given(hostile.TEXT)
@MORE
def test_code_holds_its_value(value: str) -> None:
    page = assert_harmless(f"x {markup.code(value)}")
    if value.strip():
        assert page.codes == [text.value(value).replace("\n", "\\n")]
    assert set(page.tags) <= {"<p>", "<code>"}


@given(hostile.TEXT, hostile.TEXT, hostile.TEXT)
@example("a|b \\| c", "a|b\\|c", "|")
@MORE
def test_a_cell_is_one_cell(sentence: str, value: str, title: str) -> None:
    cells = [
        markup.prose(sentence, cell=True),
        markup.code(value, cell=True),
        markup.bold(title, 10_000, cell=True),
    ]
    page = assert_harmless(f"| a | b | c |\n|---|---|---|\n| {' | '.join(cells)} |\n")
    tags = Counter(page.tags)
    assert (tags["<th>"], tags["<td>"], tags["<tr>"]) == (3, 3, 2)
    assert tags["<strong>"] == 1
    if value.strip():
        assert text.value(value) in page.codes


@given(hostile.TEXT)
@example("````\n<script>\n~~~")
@MORE
def test_a_fence_holds_its_text(block: str) -> None:
    for before in ("", "- item\n\n  "):
        fenced = markup.fenced(block, "diff").replace("\n", "\n" + before[-2:])
        page = assert_harmless(f"{before}{fenced}\n")
        ((language, content),) = page.blocks
        assert language == "diff"
        assert content.rstrip("\n") == hidden.spelled(block).strip("\n")


@given(hostile.TEXT)
@example("- &lt;b&gt;")
@MORE
def test_a_title_in_html_is_text_and_code_only(sentence: str) -> None:
    shown = markup.inline_html(sentence)
    assert "\n" not in shown
    page = assert_harmless(f"<details><summary>{shown}</summary>\n\nx\n\n</details>\n")
    assert set(page.tags) <= {"<details>", "<summary>", "<code>", "<p>"}
    assert unspaced(page.text) == unspaced(said(sentence)) + "x"


def test_a_hostile_verdict_as_markdown(
    verdicts: ModuleType, golden: Callable[[str, str], None]
) -> None:
    golden("comment-hostile.md", markdown.render(verdicts.hostile_gate()))
    verdict = verdicts.hostile_gate(statuses=(Status.FAILED,))
    golden("summary-hostile.md", summary.render(verdict))
    comment = ""
    for name in ("study", "labs/one"):
        comment = merged(comment, hostile.called(verdict, name), None)
    golden("comment-joint-hostile.md", comment)


def test_what_is_hidden_is_spelled() -> None:
    """By Unicode as this Python knows it."""
    everything = "a".join(map(chr, range(sys.maxunicode + 1)))
    assert github_markdown.hidden(hidden.spelled(everything)) == []


def test_what_is_seen_is_left_as_it_is() -> None:
    for seen in ("⚠️ ❤️ é ü", "日本語 العربية עברית हिन्दी", "𝕏🐛 ☎︎", "a\tb\nc"):
        assert hidden.spelled(seen) == seen
