"""Findings as SARIF 2.1.0, for GitHub's code scanning and for editors."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from typing import Any, Final
from urllib.parse import quote

from gate.findings import Finding, Level, Result, Status, worst_first
from gate.reports import text
from gate.verdict import Verdict

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_MAX_RESULTS = 5_000  # GitHub shows no more of one run


def render(verdict: Verdict) -> str:
    """The log: one run, with every finding as a result.

    Findings name paths from the project's root, the log from the repository's.
    """
    folder = verdict.context.folder
    # What tells the logs of a commit apart: a later one replaces that of the same.
    category = text.value(verdict.context.name or folder)
    rules: dict[str, int] = {}
    results = _results(verdict, folder, rules)
    driver = {
        "name": "gate",
        "version": text.one_line(verdict.context.gate),
        "rules": [_rule(identifier) for identifier in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "automationDetails": {"id": f"gate/{category}".rstrip("/") + "/"},
        "invocations": [_invocation(verdict)],
        "results": results[:_MAX_RESULTS],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=1) + "\n"


def _results(
    verdict: Verdict, folder: str, rules: dict[str, int]
) -> list[dict[str, Any]]:
    seen: Counter[str] = Counter()
    # Code scanning refuses a result without a place; the configuration is the place
    # of what concerns the whole project.
    elsewhere = verdict.context.config or "gate.yaml"
    results = []
    for result in verdict.results:
        for finding in worst_first(result.findings):
            rule = text.value(finding.rule) or "gate"
            state = "new" if finding.new else "unchanged"
            results.append(
                {
                    **({"baselineState": state} if finding.new is not None else {}),
                    "ruleId": rule,
                    "ruleIndex": rules.setdefault(rule, len(rules)),
                    "level": _level(result, finding),
                    "message": {"text": _message(finding)},
                    "locations": [_location(finding, folder, elsewhere)],
                    "partialFingerprints": {"gate/v1": _fingerprint(finding, seen)},
                }
            )
    return results


def _rule(identifier: str) -> dict[str, Any]:
    check, _, what = identifier.partition("/")
    return {
        "id": identifier,
        "shortDescription": {"text": _unlinked(f"{check}: {what}" if what else check)},
    }


def _level(result: Result, finding: Finding) -> str:
    closes = result.closes and finding.new is not False
    if finding.level is Level.ERROR and not closes:
        return "warning"
    return str(finding.level.value)


def _message(finding: Finding) -> str:
    lines = [text.visible(finding.message)]
    if finding.fix and finding.fix.text:
        lines.append(text.visible(finding.fix.text))
    if finding.fix and finding.fix.command:
        lines.append(f"Run: {text.value(finding.fix.command)}")
    return _unlinked("\n".join(lines)).strip() or "no message"


def _unlinked(message: str) -> str:
    """`[text](target)` is a link in a SARIF message, also in a plain one."""
    return message.replace("](", "] (")


def _location(finding: Finding, folder: str, elsewhere: str) -> dict[str, Any]:
    own = (finding.path or "").strip("/") or elsewhere.strip("/") or "gate.yaml"
    path = f"{folder.strip('/')}/{own}"
    physical: dict[str, Any] = {
        "artifactLocation": {
            "uri": quote(path.lstrip("/").encode("utf-8", "surrogatepass")),
            "uriBaseId": "%SRCROOT%",
        }
    }
    if finding.path and finding.line and finding.line > 0:
        region = {"startLine": finding.line}
        if finding.column and finding.column > 0:
            region["startColumn"] = finding.column
        if finding.end_line and finding.end_line > finding.line:
            region["endLine"] = finding.end_line
        physical["region"] = region
    return {"physicalLocation": physical}


def _fingerprint(finding: Finding, seen: Counter[str]) -> str:
    """What stays the same when lines above are added: no line, no number, a count."""
    message = re.sub(r"\d+", "0", finding.message)
    identity = "\0".join([finding.rule, finding.path or "", message])
    seen[identity] += 1
    counted = f"{identity}\0{seen[identity]}"
    return hashlib.sha256(counted.encode("utf-8", "surrogatepass")).hexdigest()


def _invocation(verdict: Verdict) -> dict[str, Any]:
    """Whether every check could judge, and why those that could not could not."""
    errors = [
        f"{result.check}: {result.summary}"
        for result in verdict.results
        if result.status is Status.ERROR
    ]
    if not verdict.results:
        errors = list(verdict.reasons)
    notifications = [
        {"level": "error", "message": {"text": _unlinked(text.one_line(error))}}
        for error in errors
    ]
    return {
        "executionSuccessful": not errors,
        "toolExecutionNotifications": notifications,
    }
