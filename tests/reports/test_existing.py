"""What was there before a change: told in every report, and never as its fault."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import github_markdown
from gate.findings import Finding, Fix, Level, Result, Status
from gate.reports import (
    html,
    inline,
    junit,
    markdown,
    sarif,
    suggestions,
    summary,
    terminal,
)
from gate.verdict import Context, Verdict, judge

PATCH = "--- a.py\n+++ a.py\n@@ -1 +1 @@\n-x=1\n+x = 1\n"


def found(number: int, *, new: bool, level: Level = Level.ERROR) -> Finding:
    return Finding(
        rule="lint/E1",
        message=f"{'fresh' if new else 'older'} {number}",
        path="a.py",
        line=number,
        level=level,
        new=new,
        fix=Fix(patch=PATCH),
    )


def verdict(*findings: Finding, total: int | None = None) -> Verdict:
    failed = any(finding.new for finding in findings)
    result = Result(
        check="lint",
        status=Status.FAILED if failed else Status.PASSED,
        summary="the summary",
        findings=findings,
        total=total,
    )
    return judge((result,), Context(gate="0"))


OLD = tuple(found(number, new=False) for number in range(1, 31))
BOTH = verdict(*OLD, found(40, new=True))
CLEAN = verdict(*OLD)


def test_only_what_is_new_is_annotated() -> None:
    (line,) = inline.render(BOTH).splitlines()
    assert "fresh 40" in line
    assert inline.render(CLEAN) == ""
    assert inline.render(verdict(*OLD, total=900)) == ""
    assert inline.beyond(CLEAN) == ()


def test_only_what_is_new_has_a_suggestion() -> None:
    (one,) = suggestions.of(BOTH)
    assert "fresh 40" in one.body
    assert suggestions.of(CLEAN) == ()


def test_a_page_shows_what_is_new_and_folds_the_rest() -> None:
    for render in (markdown.render, summary.render):
        page = render(BOTH)
        fold = page.index("<summary>30 existing findings, of before this change")
        assert page.index("fresh 40") < fold < page.index("older 1")
        assert page.count("+x = 1") == 1
        assert page.count("<details>") == page.count("</details>")
    assert "30 existing findings" in markdown.render(CLEAN)


def test_the_fold_is_one_for_github_too() -> None:
    shown = github_markdown.render(markdown.render(BOTH))
    assert shown.count("<details>") == shown.count("</details>") > 1


def test_what_is_cut_is_counted_with_what_was_there() -> None:
    page = markdown.render(verdict(*OLD, found(40, new=True), total=900))
    assert "<summary>899 existing findings" in page
    assert "… and 869 more findings" in page


def test_a_terminal_shows_what_was_there_when_asked() -> None:
    assert "older" not in terminal.render(BOTH)
    assert "fresh 40" in terminal.render(BOTH)
    assert "more finding" not in terminal.render(BOTH)
    assert "older 30" in terminal.render(BOTH, verbose=True)


def test_the_report_folds_it() -> None:
    page = html.render(BOTH)
    assert page.index("fresh 40") < page.index("30 existing findings")
    assert page.count("<details") == page.count("</details>") == 2


def test_sarif_tells_the_state_and_gives_it_the_level_of_what_closes_nothing() -> None:
    results = json.loads(sarif.render(BOTH))["runs"][0]["results"]
    told = [(one["baselineState"], one["level"]) for one in results]
    assert told == [("new", "error"), *[("unchanged", "warning")] * 30]


def test_junit_fails_only_what_is_new() -> None:
    suite = ElementTree.fromstring(junit.render(BOTH))
    assert (suite.get("tests"), suite.get("failures")) == ("31", "1")
