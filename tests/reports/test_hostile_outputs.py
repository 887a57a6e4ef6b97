"""What is no markdown, of verdicts full of hostile strings: text everywhere."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import msgspec
from hypothesis import example, given, settings

import runner_rules
from gate import history
from gate.errors import GitHubError
from gate.findings import Finding, Fix, Result, Status
from gate.github import statuses
from gate.github.event import Event
from gate.github.statuses import CommitStatus
from gate.output import harmless
from gate.reports import (
    badge,
    endpoint,
    html,
    inline,
    junit,
    sarif,
    suggestions,
    terminal,
)
from gate.verdict import Context, Verdict, judge
from github_markdown import assert_harmless, hidden
from tests.reports import hostile

FEWER = settings(max_examples=60)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
PROPERTIES = {"file", "line", "endline", "col", "title"}
HEAD = "1" * 40
EVENT = Event(name="push", repository="o/r", head=HEAD, commits=frozenset({HEAD}))
TAGS = set(
    "html head meta title style body header main footer div p h1 h2 h3 ul li table"
    " thead tbody tr th td a span strong code pre details summary svg rect".split()
)


@given(hostile.verdicts())
def test_each_annotation_is_one_command_in_every_reading(verdict: Verdict) -> None:
    lines = runner_rules.lines(inline.render(verdict))
    kinds: Counter[str] = Counter()
    for line in lines:
        assert not hidden(line)
        first, bare, *others = runner_rules.readings(line)
        assert first and bare and others == [first] * len(others)
        assert set(bare.properties) <= set(first.properties) <= PROPERTIES
        assert (first.name, hidden(first.data)) == (bare.name, [])
        kinds[first.name] += 1
    assert set(kinds) <= {"error", "warning", "notice"}
    assert max(kinds.values(), default=0) <= 10


@given(hostile.TEXT, hostile.TEXT, hostile.TEXT)
@example("a.py", "r", "\u0301##[add-mask]e")
@example("a.py", "r", "\u0301,title=x::y")
@example("a.py", "\u0d4e", "##[error]x")
@example("\u0d4e", "\u0d4e", "x")
def test_an_annotation_says_what_the_finding_says(
    path: str, rule: str, message: str
) -> None:
    found = Finding(rule=rule, message=message, path=path)
    result = Result(check="c", status=Status.FAILED, summary="", findings=(found,))
    (line,) = runner_rules.lines(inline.render(judge([result], Context(gate="0"))))
    for reading in runner_rules.readings(line)[::2]:
        assert reading and reading.name == "error"
        assert squeezed(reading.data) == squeezed(spelled(message))
        if spelled(rule).strip():
            title = reading.properties["title"]
            assert squeezed(title) == squeezed(spelled(rule).replace("\n", r"\n"))


def spelled(value: str) -> str:
    return inline.text.visible(value)


def squeezed(value: str) -> str:
    """Without the blanks that keep a command from being one, and a tab spelled out."""
    return re.sub(r"\s|\\t", "", value)


@given(hostile.TEXT)
@example("\u0640::set-output name=a::b")
@example(":\u0640:add-mask::e")
@example("a #\u0640#\u0640[add-mask]e")
@example("\ufe0f::error::x")
@example("\u034f::error::x")
def test_no_log_holds_a_command_in_any_reading(log: str) -> None:
    for text in (log, f"{log}\n{log}", f"x\r{log}", f"  {log}"):
        assert not list(runner_rules.commands(harmless(text)))


@given(hostile.verdicts())
@settings(max_examples=40)
def test_a_terminal_shows_words_and_our_colours(verdict: Verdict) -> None:
    for color, verbose in ((False, True), (True, False)):
        shown = terminal.render(
            verdict, color=color, verbose=verbose, reports={"a": "a\x1b]8;;b/c\r.md"}
        )
        bare = COLOURS.sub("", shown) if color else shown
        assert "\t" not in bare and not hidden(bare)
        assert not list(runner_rules.commands(harmless(shown)))
        shown.encode()


class Html(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[tuple[str, tuple[tuple[str, str | None], ...]]] = Counter()
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        if tag not in ("meta", "rect"):
            self.open.append(tag)
        # A word may be code, and how a line of a patch is coloured is its own.
        if tag != "code":
            self.tags[tag, () if tag == "span" else tuple(attrs)] += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("meta", "rect"):
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data}")


@given(hostile.verdicts())
@FEWER
def test_hostile_words_change_the_words_and_not_the_report(verdict: Verdict) -> None:
    page = html.render(verdict)
    shown, tame = Html(page), Html(html.render(hostile.tame(verdict)))
    tags, others = (
        Counter({key: n for key, n in one.tags.items() if key[0] != "span"})
        for one in (shown, tame)
    )
    assert tags == others
    assert not hidden(page) and not hidden(shown.text)
    assert page.count("Content-Security-Policy") >= 1
    names = {name for _, attributes in shown.tags for name, _ in attributes}
    assert not {name for name in names if name.startswith("on")}
    assert not names & {"src", "srcset", "action", "style", "formaction"}
    targets = [dict(attributes).get("href") or "#" for _, attributes in shown.tags]
    assert all(target.startswith("#") for target in targets)


@given(hostile.verdicts())
@FEWER
def test_a_log_of_sarif_holds_text_alone(verdict: Verdict) -> None:
    log = json.loads(sarif.render(verdict))
    assert not any(map(hidden, texts(log)))
    assert not [text for text in texts(log, key="text") if "](" in text]
    for result in log["runs"][0]["results"]:
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", place)


def texts(document: Any, key: str = "", of: str = "") -> Iterator[str]:
    """All strings of a document of JSON, or those of a key."""
    if isinstance(document, str) and of == key:
        yield document
    elif isinstance(document, dict):
        for name, item in document.items():
            yield from texts(item, key, name if key else "")
    elif isinstance(document, list):
        for item in document:
            yield from texts(item, key, of)


@given(hostile.verdicts())
def test_a_report_of_junit_is_xml_with_text_alone(verdict: Verdict) -> None:
    document = junit.render(verdict)
    assert not hidden(document)
    root = ElementTree.fromstring(document)
    known = {"testsuites", "testsuite", "testcase", "failure", "error", "skipped"}
    for element in root.iter():
        assert element.tag in {*known, "system-out"}
        assert not hidden("".join([*element.attrib.values(), element.text or ""]))


@given(hostile.verdicts())
@FEWER
def test_a_badge_is_a_number(verdict: Verdict) -> None:
    root = ElementTree.fromstring(badge.render(verdict))
    shown = json.loads(endpoint.render(verdict))["message"]
    assert re.fullmatch(r"unknown|[\d,]+ %", shown)
    assert [e.text for e in root.iter() if e.tag.endswith("}text")] == [
        badge.LABEL,
        shown,
    ]


@given(hostile.verdicts())
def test_annotations_of_a_check_run_are_plain(verdict: Verdict) -> None:
    many = msgspec.structs.replace(verdict, results=verdict.results * 12)
    for one in inline.beyond(many):
        assert not hidden(f"{one.title}{one.message}{one.path}")
        assert "\n" not in one.title + one.path
        assert 0 < len(one.message) <= 4_096 and len(one.title) <= 255
        assert ".." not in one.path.split("/") and not one.path.startswith("/")
        assert 1 <= one.start_line <= one.end_line
        assert one.level in ("notice", "warning", "failure")


@given(hostile.verdicts())
@FEWER
def test_a_status_is_a_line_for_a_check_of_the_gates(verdict: Verdict) -> None:
    one = hostile.called(hostile.checked(verdict), "labs/one")
    for status in statuses.of(one, EVENT):
        assert re.fullmatch(r"gate \(labs/one\)(/check-\d)?", status.context)
        assert not hidden(status.description) and "\n" not in status.description
        assert len(status.description) <= 140
        assert max(status.description, default="") <= "\uffff"


@given(hostile.TEXT)
def test_a_status_of_a_check_with_another_name_is_refused(name: str) -> None:
    result = Result(check=name, status=Status.PASSED, summary="")
    try:
        made = statuses.of(judge([result], Context(gate="1")), EVENT)[1].context
    except GitHubError:
        return
    assert re.fullmatch(r"gate/[A-Za-z0-9][A-Za-z0-9 ._:/-]*", made)


@given(hostile.verdicts())
@FEWER
def test_a_record_of_the_history_is_a_line_of_numbers(verdict: Verdict) -> None:
    metrics = history.recorded(verdict.metrics)
    record = history.Record(commit=HEAD, time="t", state="open", metrics=metrics)
    file = history.text([record, record])
    assert history.parse(file) == (record, record)
    for line in file.decode().split("\n")[:-1]:
        assert re.fullmatch(r"[ -~]+", line)
    assert all(re.fullmatch("[a-z0-9_.-]+", name) for name in metrics)


def test_a_hostile_verdict_in_every_output(
    verdicts: ModuleType, golden: Callable[[str, str], None]
) -> None:
    verdict = verdicts.hostile_gate(statuses=(Status.FAILED,))
    golden("report-hostile.html", html.render(verdict))
    golden("results-hostile.sarif", sarif.render(verdict))
    golden("junit-hostile.xml", junit.render(verdict))
    golden("inline-hostile.txt", inline.render(verdict))
    golden("terminal-hostile.txt", terminal.render(verdict, width=100, verbose=True))
    named = hostile.called(hostile.checked(verdicts.hostile_gate()), "labs/one")
    golden("statuses-hostile.txt", "".join(map(told, statuses.of(named, EVENT))))
    made = suggestions.of(verdicts.suggesting_gate())
    golden("suggestions-hostile.md", "\n".join(f"{one.body}\n" for one in made))
    assert [one.start for one in made] == [3]
    assert_harmless(made[0].body)


def told(status: CommitStatus) -> str:
    return f"{status.context}: {status.state}: {status.description}\n"


def test_a_patch_with_something_hidden_is_not_suggested() -> None:
    fix = Fix(patch="@@ -1 +1 @@\n-a\n+b\u202e\n")
    found = Finding(rule="r", message="m", path="a.py", fix=fix)
    result = Result(check="c", status=Status.FAILED, summary="", findings=(found,))
    assert suggestions.of(judge([result], Context(gate="0"))) == ()
