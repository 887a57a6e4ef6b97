"""The page loads nothing, runs nothing, and shows hostile text as text."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.findings import Column, Finding, Fix, Kind, Result, Status, Table
from gate.reports import html
from gate.verdict import Context, Verdict, judge

VOID = {"meta", "rect", "link", "img", "br", "input"}


class Page(HTMLParser):
    """The tags, attributes and text of a page; every tag must be closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str | None]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data

    def assert_inactive(self) -> None:
        assert not self.tags & {"script", "img", "iframe", "link", "object", "base"}
        for _, name, value in self.attributes:
            assert not name.startswith("on")
            assert name not in ("style", "src", "srcset", "action")
            if name == "href":
                assert re.fullmatch(r"#check-\d+", value or "")


def test_closed_gate(verdicts: ModuleType, golden) -> None:
    golden("report.html", html.render(verdicts.closed_gate()))


@pytest.mark.parametrize("name", ["open", "closed", "error", "stopped", "hostile"])
def test_nothing_active_in_any_page(verdicts: ModuleType, name: str) -> None:
    page = Page(html.render(getattr(verdicts, f"{name}_gate")()))
    page.assert_inactive()


def test_the_policy_allows_our_style_alone(verdicts: ModuleType) -> None:
    page = html.render(verdicts.open_gate())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert policy and style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy[1].split("; ")[:2] == [
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
    ]
    assert not re.search(r"url\(|@import", style[1])


def test_what_closes_the_gate_is_open_to_read(verdicts: ModuleType) -> None:
    assert html.render(verdicts.closed_gate()).count("<details id=") == 6
    assert (
        len(re.findall(r"<details [^>]* open>", html.render(verdicts.closed_gate())))
        == 6
    )
    assert " open>" not in html.render(verdicts.open_gate())


def test_bars_are_as_long_as_their_number(verdicts: ModuleType) -> None:
    page = html.render(verdicts.open_gate())
    assert '<rect class="full" width="71.9"' in page
    assert '<rect class="full" width="100.0"' in page  # 99.98 rounds, the text does not
    assert "99.9 %" in page


def test_bars_of_counts_are_as_long_as_the_largest() -> None:
    columns = (Column(name="f"), Column(name="n", kind=Kind.COUNT))
    table = Table(title="t", columns=columns, rows=(("a", 5), ("b", 20)), chart="bar")
    result = Result(check="c", status=Status.PASSED, summary="s", tables=(table,))
    page = html.render(judge([result], Context(gate="0")))
    assert re.findall(r'class="full" width="([\d.]+)"', page) == ["25.0", "100.0"]


def test_what_is_left_out_is_counted(verdicts: ModuleType) -> None:
    assert "… and 2 more findings, left out of this report" in html.render(
        verdicts.closed_gate()
    )


@given(st.text(max_size=60))
def test_text_is_text(text: str) -> None:
    finding = Finding(
        rule=text, message=text, path=text, fix=Fix(text=text, patch=text, command=text)
    )
    table = Table(title=text, columns=(Column(name=text),), rows=((text,),))
    result = Result(
        check=text,
        status=Status.FAILED,
        summary=text,
        findings=(finding,),
        tables=(table,),
        advice=(text,),
        output=text,
    )
    Page(
        html.render(judge([result], Context(gate=text, notes=(text,))))
    ).assert_inactive()


def test_a_verdict_without_checks_says_why(verdicts: ModuleType) -> None:
    page = Page(html.render(verdicts.stopped_gate()))
    assert "gate.yaml:4: there is no check lnit" in page.text
    assert "gate.yaml:9: minimum is a number" in page.text


def test_a_page_stays_of_a_size_that_browsers_open() -> None:
    table = Table(
        title="t", columns=(Column(name="c"),) * 5, rows=(("x" * 4_000,) * 5,) * 500
    )
    result = Result(check="c", status=Status.PASSED, summary="s", tables=(table,))
    verdict: Verdict = judge([result], Context(gate="0"))
    assert len(html.render(verdict)) < 2_000_000
