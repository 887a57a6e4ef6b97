"""Links to places in files lead there, and nowhere else."""

from __future__ import annotations

from types import ModuleType
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.findings import Finding
from gate.reports import links, markdown
from gate.reports.links import Links
from github_markdown import assert_harmless

HEAD = "1" * 40
OURS = Links(repository="https://github.com/o/r", commit=HEAD)
PREFIX = f"https://github.com/o/r/blob/{HEAD}/"


def finding(path: str | None, line: int | None = 3, end: int | None = None) -> Finding:
    return Finding(rule="a/b", message="m", path=path, line=line, end_line=end)


@pytest.mark.parametrize(
    ("found", "link"),
    [
        (finding("a/b.py"), "a/b.py#L3"),
        (finding("a.py", 3, 5), "a.py#L3-L5"),
        (finding("a.py", None), "a.py"),
        (finding("a b(1)#?.py"), "a%20b%281%29%23%3F.py#L3"),
        (finding("ä.py"), "%C3%A4.py#L3"),
    ],
)
def test_a_place_has_its_address(found: Finding, link: str) -> None:
    assert OURS.to(found) == PREFIX + link


def test_a_folder_of_the_repository_is_part_of_the_address() -> None:
    study = Links(repository=OURS.repository, commit=HEAD, folder="labs/one")
    assert study.to(finding("a.py")) == f"{PREFIX}labs/one/a.py#L3"


@pytest.mark.parametrize(
    "path",
    [None, "", "../../x/y", "a/../../b", "./a", "/etc/passwd", "a//b", "a\\..\\b"],
)
def test_what_would_lead_elsewhere_has_none(path: str | None) -> None:
    assert OURS.to(finding(path)) == ""


@given(st.text(max_size=60))
def test_a_link_stays_in_its_commit(path: str) -> None:
    link = OURS.to(finding(path))
    if link:
        assert link.startswith(PREFIX) and link.isascii()
        assert not set(link) & set(" ()<>[]`'\"|\\")
        parts = urlsplit(link)
        assert unquote(parts.path, errors="surrogatepass") == f"/o/r/blob/{HEAD}/{path}"


@pytest.mark.parametrize(
    ("server", "name", "address"),
    [
        ("https://github.com", "o/r", "https://github.com/o/r"),
        ("https://git.example.org:8443/", "o/r", "https://git.example.org:8443/o/r"),
        ("https://a b", "o/r", ""),
        ("javascript:x", "o/r", ""),
        ("https://github.com", "o/r)", ""),
    ],
)
def test_the_page_of_a_repository(server: str, name: str, address: str) -> None:
    assert links.repository(server, name) == address


def test_the_comment_links_the_places_of_findings(verdicts: ModuleType) -> None:
    comment = markdown.section(verdicts.closed_gate(), links=OURS).text
    place = f"[`src/taxi/clean.py:40:89`]({PREFIX}src/taxi/clean.py#L40)"
    assert place in comment


def test_no_link_of_a_hostile_verdict_leads_elsewhere(verdicts: ModuleType) -> None:
    pages = [
        markdown.section(verdicts.hostile_gate(word), links=OURS).text
        for word in verdicts.HOSTILE
    ]
    leads = [
        lead for page in pages for lead in assert_harmless(page, links=PREFIX).links
    ]
    assert leads
