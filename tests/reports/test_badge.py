"""The badge tells the coverage, and never rounds it up to 100."""

from __future__ import annotations

import json
import xml.etree.ElementTree
from types import ModuleType

import pytest

from gate.findings import Result, Status
from gate.reports import badge, endpoint
from gate.verdict import Context, Verdict, judge


def covered(percent: float) -> Verdict:
    metrics = {"coverage.percent": percent}
    result = Result(check="c", status=Status.PASSED, summary="s", metrics=metrics)
    return judge([result], Context(gate="0"))


@pytest.mark.parametrize(
    ("percent", "message", "colour"),
    [
        (100.0, "100 %", "brightgreen"),
        (99.999, "99 %", "brightgreen"),
        (94.9, "95 %", "green"),
        (75.0, "75 %", "yellowgreen"),
        (60.0, "60 %", "yellow"),
        (40.0, "40 %", "orange"),
        (0.01, "1 %", "red"),
        (0.0, "0 %", "red"),
        (1e300, "100 %", "brightgreen"),
        (float("nan"), "unknown", "lightgrey"),
    ],
)
def test_message_and_colour(percent: float, message: str, colour: str) -> None:
    assert json.loads(endpoint.render(covered(percent))) == {
        "schemaVersion": 1,
        "label": "coverage",
        "message": message,
        "color": colour,
    }


def test_without_coverage_it_is_unknown(verdicts: ModuleType) -> None:
    document = json.loads(endpoint.render(verdicts.error_gate()))
    assert document["message"] == "91 %"
    document = json.loads(endpoint.render(verdicts.hostile_gate()))
    assert (document["message"], document["color"]) == ("unknown", "lightgrey")


def test_the_svg(verdicts: ModuleType, golden) -> None:
    golden("badge.svg", badge.render(verdicts.closed_gate()))


def test_the_svg_is_xml_with_a_title_and_loads_nothing() -> None:
    root = xml.etree.ElementTree.fromstring(badge.render(covered(91.2)))
    space = "{http://www.w3.org/2000/svg}"
    assert root.findtext(f"{space}title") == "coverage: 91 %"
    texts = [element.text for element in root.iter(f"{space}text")]
    assert texts == ["coverage", "91 %"]
    assert "href" not in badge.render(covered(91.2))
