"""SARIF as GitHub's code scanning takes it: rules, places, levels, fingerprints."""

from __future__ import annotations

import json
import re
from types import ModuleType
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.findings import Finding, Fix, Result, Status, Weight
from gate.reports import sarif
from gate.verdict import Context, judge

URI = re.compile(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+")


def logged(*findings: Finding, folder: str = "", **fields: Any) -> dict[str, Any]:
    """The run of a log with these findings."""
    result = Result(check="lint", status=Status.FAILED, summary="s", findings=findings)
    result = msgspec.structs.replace(result, **fields)
    log = json.loads(sarif.render(judge([result], Context(gate="0", folder=folder))))
    assert_valid(log)
    run: dict[str, Any] = log["runs"][0]
    return run


def assert_valid(log: dict[str, Any]) -> None:
    """What the SARIF 2.1.0 schema and GitHub require of the parts that we write."""
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] != ""
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        assert result["partialFingerprints"]["gate/v1"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert URI.fullmatch(place["artifactLocation"]["uri"])
        assert not place["artifactLocation"]["uri"].startswith("/")
        for number in place.get("region", {}).values():
            assert isinstance(number, int) and number >= 1
    for notification in run["invocations"][0]["toolExecutionNotifications"]:
        assert notification["message"]["text"]


def finding(**fields: object) -> Finding:
    return msgspec.convert({"rule": "lint/E1", "message": "m"} | fields, Finding)


def test_closed_gate(verdicts: ModuleType, golden) -> None:
    golden("results.sarif", sarif.render(verdicts.closed_gate()))


@pytest.mark.parametrize("name", ["open", "closed", "error", "stopped", "hostile"])
def test_every_log_is_valid(verdicts: ModuleType, name: str) -> None:
    assert_valid(json.loads(sarif.render(getattr(verdicts, f"{name}_gate")())))


def test_places() -> None:
    here = finding(path="src/a b#c%é.py", line=3, column=4, end_line=5)
    (result,) = logged(here, folder="sub/")["results"]
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {
            "uri": "sub/src/a%20b%23c%25%C3%A9.py",
            "uriBaseId": "%SRCROOT%",
        },
        "region": {"startLine": 3, "startColumn": 4, "endLine": 5},
    }


def test_a_finding_of_the_whole_project_is_at_the_configuration() -> None:
    (result,) = logged(finding())["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "gate.yaml"
    assert "region" not in place


def test_what_does_not_close_the_gate_is_no_error() -> None:
    assert logged(finding())["results"][0]["level"] == "error"
    warned = logged(finding(), weight=Weight.WARNING)
    assert warned["results"][0]["level"] == "warning"
    passed = logged(finding(), status=Status.PASSED)
    assert passed["results"][0]["level"] == "warning"


def test_fingerprints_survive_a_move_and_tell_twins_apart() -> None:
    def prints(*lines: int) -> list[str]:
        found = (finding(path="a.py", line=n, message=f"from line {n}") for n in lines)
        return [r["partialFingerprints"]["gate/v1"] for r in logged(*found)["results"]]

    assert prints(1, 9) == prints(4, 12)
    assert len(set(prints(1, 9))) == 2


def test_a_message_holds_no_link() -> None:
    bad = finding(message="[x](http://evil.example)", fix=Fix(text="a", command="b c"))
    (result,) = logged(bad)["results"]
    assert result["message"]["text"] == "[x] (http://evil.example)\na\nRun: b c"


def test_a_check_that_could_not_judge_is_a_notification(verdicts: ModuleType) -> None:
    log = json.loads(sarif.render(verdicts.error_gate()))
    (invocation,) = log["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["message"]["text"].startswith("typecheck: mypy is not")


@given(st.text(max_size=30), st.integers())
def test_any_text_and_number_is_valid(text: str, number: int) -> None:
    odd = Finding(rule=text, message=text, path=text, line=number, column=number)
    logged(odd, folder=text)


@pytest.mark.parametrize(
    ("context", "category"),
    [
        ({}, "gate/"),
        ({"folder": "labs/one"}, "gate/labs/one/"),
        ({"name": "study", "folder": "labs/one"}, "gate/study/"),
    ],
)
def test_each_gate_of_a_repository_has_a_category_of_its_own(
    context: dict[str, str], category: str
) -> None:
    """A log of the same category takes the place of the one before."""
    verdict = judge([], Context(gate="1.0", **context))
    (run,) = json.loads(sarif.render(verdict))["runs"]
    assert run["automationDetails"]["id"] == category
