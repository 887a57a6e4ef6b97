"""JUnit XML: counts that add up, failures only for what closes the gate."""

from __future__ import annotations

from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.findings import Finding, Fix, Result, Status, Weight
from gate.reports import junit
from gate.verdict import Context, judge


def suite(**fields: Any) -> ElementTree.Element:
    """The suite of one result."""
    result = Result(check="lint", status=Status.FAILED, summary="two things")
    result = msgspec.structs.replace(result, **fields)
    root = ElementTree.fromstring(junit.render(judge([result], Context(gate="0"))))
    assert_counts(root)
    return root[0]


def assert_counts(root: ElementTree.Element) -> None:
    tags = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    for element in [root, *root]:
        cases = element.findall(".//testcase")
        assert int(element.get("tests", "")) == len(cases) > 0
        for count, tag in tags.items():
            assert int(element.get(count, "")) == sum(
                case.find(tag) is not None for case in cases
            )


def outcomes(element: ElementTree.Element) -> list[list[str]]:
    return [[child.tag for child in case] for case in element.findall("testcase")]


def test_closed_gate(verdicts: ModuleType, golden) -> None:
    golden("junit.xml", junit.render(verdicts.closed_gate()))


@pytest.mark.parametrize("name", ["open", "closed", "error", "stopped", "hostile"])
def test_counts_add_up(verdicts: ModuleType, name: str) -> None:
    verdict = getattr(verdicts, f"{name}_gate")()
    assert_counts(ElementTree.fromstring(junit.render(verdict)))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"status": Status.PASSED}, [[]]),
        ({"status": Status.FAILED}, [["failure"]]),
        ({"status": Status.ERROR}, [["error"]]),
        ({"status": Status.SKIPPED}, [["skipped"]]),
        ({"weight": Weight.WARNING}, [["system-out"]]),
    ],
)
def test_a_check_without_findings(fields: Any, expected: list[list[str]]) -> None:
    assert outcomes(suite(**fields)) == expected


def test_findings_are_failures_where_they_close_the_gate() -> None:
    found = (Finding(rule="lint/E1", message="m", path="a.py", line=2),)
    case = suite(findings=found).find("testcase")
    assert case is not None and case.get("name") == "lint/E1 a.py:2"
    assert [child.tag for child in case] == ["failure"]
    assert outcomes(suite(findings=found, status=Status.PASSED)) == [[], ["system-out"]]


def test_a_failed_check_whose_findings_are_warnings_still_fails() -> None:
    found = msgspec.convert(
        [{"rule": "r", "message": "m", "level": "warning"}], tuple[Finding, ...]
    )
    assert outcomes(suite(findings=found)) == [["failure"], ["system-out"]]


def test_the_fix_is_in_the_failure() -> None:
    fix = Fix(text="do", command="run it", patch="-a\n+b\n")
    failure = suite(
        findings=(Finding(rule="r", message="m", path="a.py", fix=fix),)
    ).find("testcase/failure")
    assert failure is not None
    assert failure.text == "a.py: m\ndo\nrun: run it\n-a\n+b\n"


@given(st.text(max_size=60))
def test_any_text_is_valid_xml(text: str) -> None:
    finding = Finding(rule=text, message=text, path=text, fix=Fix(patch=text))
    suite(check=text, summary=text, findings=(finding,), output=text)
    suite(check=text, summary=text, advice=(text,))
