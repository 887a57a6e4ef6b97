"""The verdict as JUnit XML: a suite for each check, a case for each finding."""

from __future__ import annotations

import math
from xml.etree import ElementTree

from gate.findings import Finding, Level, Result, Status, Weight, plural, worst_first
from gate.reports import formatting, text
from gate.verdict import Verdict


def render(verdict: Verdict) -> str:
    """The XML, as CI servers other than GitHub's read it."""
    root = ElementTree.Element("testsuites", name="gate")
    for result in verdict.results or _nothing(verdict):
        root.append(_suite(result))
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    root.set("time", _time(verdict.context.duration))
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _nothing(verdict: Verdict) -> tuple[Result, ...]:
    """A gate that did not get as far as its checks, as a suite in error."""
    said = "; ".join(verdict.reasons) or verdict.headline
    return (Result(check="gate", status=Status.ERROR, summary=said),)


def _suite(result: Result) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name=text.one_line(result.check))
    for finding in worst_first(result.findings):
        suite.append(_case_of(finding, result))
    if not suite.findall("testcase/failure"):
        suite.insert(0, _case_of_check(result))
    for count, tag in (("failures", "failure"), ("errors", "error")):
        suite.set(count, str(len(suite.findall(f"testcase/{tag}"))))
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("time", _time(result.duration))
    hidden = result.found - len(result.findings)
    said = [text.visible(result.output).strip()]
    if hidden > 0:
        said.append(f"… and {plural(hidden, 'more finding')}, left out")
    if any(said):
        ElementTree.SubElement(suite, "system-out").text = "\n".join(said).strip()
    return suite


def _case_of(finding: Finding, result: Result) -> ElementTree.Element:
    place = formatting.place(finding)
    name = " ".join(filter(None, (text.value(finding.rule), place)))
    case = _case(result, name or "finding")
    message = text.one_line(finding.message)
    if finding.level is Level.ERROR and result.closes and finding.new is not False:
        failure = ElementTree.SubElement(case, "failure", message=message)
        failure.set("type", text.value(finding.rule))
        failure.text = _body(finding, place)
    else:
        ElementTree.SubElement(case, "system-out").text = _body(finding, place)
    return case


def _case_of_check(result: Result) -> ElementTree.Element:
    """The check as a case of its own, where no finding tells what became of it."""
    case = _case(result, text.one_line(result.check))
    summary = text.one_line(result.summary)
    bad = result.status in (Status.FAILED, Status.ERROR)
    if bad and result.weight is not Weight.ERROR:
        ElementTree.SubElement(case, "system-out").text = summary
    elif bad:
        tag = "failure" if result.status is Status.FAILED else "error"
        element = ElementTree.SubElement(case, tag, message=summary)
        element.text = "\n".join(text.one_line(advice) for advice in result.advice)
    elif result.status is Status.SKIPPED:
        ElementTree.SubElement(case, "skipped", message=summary)
    return case


def _case(result: Result, name: str) -> ElementTree.Element:
    return ElementTree.Element(
        "testcase", classname=f"gate.{text.one_line(result.check)}", name=name
    )


def _body(finding: Finding, place: str) -> str:
    fix = finding.fix
    lines = [": ".join(filter(None, (place, text.visible(finding.message))))]
    if fix:
        command = f"run: {text.value(fix.command)}" if fix.command else ""
        lines += filter(
            None, (text.visible(fix.text), command, text.visible(fix.patch))
        )
    return "\n".join(lines)


def _time(seconds: float) -> str:
    return f"{seconds:.3f}" if math.isfinite(seconds) else "0"
