"""`gate publish` in the usual cases: what there is, and what came of publishing."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fake_github import Server
from fake_repository import ACTIONS, FakeGitHub
from gate import cli, history, results
from gate.findings import Finding, Fix, Result, Status
from gate.reports import joint
from gate.verdict import Context, Publish, Verdict, judge
from harness_fixtures import TOKEN

BASE = [f"line {number}" for number in range(1, 31)]
HEAD = [*BASE[:4], "new 5", "new 6", *BASE[6:19], "new 20", *BASE[20:]]
TEMPLATE = '{% extends "comment.md.j2" %}{% block foot %}The lab{% endblock %}'


class Ran(NamedTuple):
    """What a run of the command left."""

    code: int
    out: str
    err: str
    summary: str
    requests: int


@dataclass(frozen=True)
class Scenario:
    """An event, on a repository that is set up for it; more in `prepared`."""

    name: str
    event: str
    payload: Callable[[str], dict[str, Any]]
    publish: Publish = Publish()
    gate: str = ""
    artifact: bool = False

    def verdict(self, head: str, *, before: bool = False) -> Verdict:
        """What is published: of the run before, or of this one."""
        word = "old" if before else "new"
        findings = [
            Finding(rule="lint/E1", message=f"{word} {n}", path="a.py", line=5)
            for n in range(30 if before else 75)
        ]
        line = 6 if before else 5
        patch = f"@@ -{line} +{line} @@\n-new {line}\n+better\n"
        findings.append(
            Finding(rule="lint/E2", message="fix", path="a.py", fix=Fix(patch=patch))
        )
        lint = Result(
            check="lint",
            status=Status.FAILED,
            summary=f"{word}: {len(findings)} findings",
            findings=tuple(findings),
        )
        tests = Result(
            check="tests",
            status=Status.PASSED,
            summary="all passed",
            metrics={"coverage.percent": 80.0 if before else 90.0},
        )
        context = Context(gate="1.0", head=head, name=self.gate, publish=self.publish)
        return judge([lint, tests], context)


def _pull_request(head: str) -> dict[str, Any]:
    own = {"full_name": "o/r"}
    base = {"ref": "main", "repo": own, "sha": "BASE"}
    pull = {"number": 7, "head": {"sha": head, "repo": own}, "base": base}
    return {"pull_request": pull}


def _push(head: str) -> dict[str, Any]:
    return {"repository": {"full_name": "o/r", "default_branch": "main"}}


def _merge_group(head: str) -> dict[str, Any]:
    return {"merge_group": {"base_ref": "refs/heads/main", "head_sha": head}}


def judged(head: str, conclusion: str = "failure") -> dict[str, Any]:
    """The event that a run for a fork has ended."""
    fork = {"full_name": "eve/r", "owner": {"login": "eve"}}
    run = {"id": 5, "event": "pull_request", "conclusion": conclusion}
    branch = {"head_sha": head, "head_branch": "topic", "head_repository": fork}
    return {"workflow_run": {**run, **branch}}


PULL_REQUEST = Scenario("pull request", "pull_request", _pull_request)
EVERYTHING = Scenario(
    "pull request, with everything",
    "pull_request",
    _pull_request,
    publish=Publish(minimize=True, template="t.md", sarif=True),
    gate="study",
)
PLAIN = Scenario(
    "pull request, its comment and statuses",
    "pull_request",
    _pull_request,
    publish=Publish(suggestions=0, annotations=False),
)
PUSH = Scenario("push to main", "push", _push)
QUEUE = Scenario("merge queue", "merge_group", _merge_group)
FORK = Scenario("fork", "workflow_run", judged, artifact=True)


class Stage:
    """A scenario on a server: `publish` runs the command, `parts` tells what came."""

    def __init__(
        self,
        server: Server,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.server, self.folder = server, folder
        self.github: FakeGitHub = server.github
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.head = ""
        self.below = ""  # where the API is on its server

    def set(self, scenario: Scenario, *, before: bool = False) -> None:
        """Make the repository; with `before`, also what an earlier run published."""
        github = self.github
        github.state.pulls.clear()
        files = {"a.py": text(BASE), "t.md": TEMPLATE}
        base = github.add_branch("main", {"files": files})
        change = {"files": {"a.py": text(HEAD)}, "from": "main"}
        self.head = github.add_branch("topic", change)
        fork = {"head_repo": "eve/r"} if scenario.event == "workflow_run" else {}
        pull = {"sha": self.head, "head_ref": "topic", "base_ref": "main", **fork}
        github.setup(pulls={7: {**pull, "base_sha": base}})
        if scenario.event == "push":
            self.head = base
        self._tell(scenario, base)
        if before:
            self.publish(scenario, before=True)
        if scenario.event == "push":
            self.head = github.add_branch("main", {"files": {"a.py": text(HEAD)}})

    def _tell(self, scenario: Scenario, base: str) -> None:
        payload = json.dumps(scenario.payload(self.head)).replace("BASE", base)
        (self.folder / "event.json").write_text(payload, "utf-8")

    def publish(self, scenario: Scenario, *, before: bool = False) -> Ran:
        """Run `gate publish` on what the scenario's run judged."""
        one = scenario.verdict(self.head, before=before)
        if scenario.artifact:
            packed = {"results.json": results.encode(one).decode()}
            self.leave({"name": "gate-report", "files": packed})
            return self.run(scenario)
        path = self.folder / "results.json"
        results.write(one, path)
        return self.run(scenario, str(path))

    def leave(self, *artifacts: dict[str, Any]) -> None:
        """What the run that judged left, and nothing else."""
        self.github.state.artifacts.clear()
        run = {"head_sha": self.head, "event": "pull_request"}
        self.github.setup(runs={5: {**run, "artifacts": list(artifacts)}})

    def run(self, scenario: Scenario, *arguments: str) -> Ran:
        """Run the command in the scenario's environment."""
        summary = self.folder / "summary.md"
        summary.unlink(missing_ok=True)
        for name, value in self.environ(scenario).items():
            self._monkeypatch.setenv(name, value)
        self._monkeypatch.setattr(sys, "argv", ["gate", "publish", *arguments])
        asked = len(self.github.state.requests)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = self._capsys.readouterr()
        told = summary.read_text("utf-8") if summary.exists() else ""
        assert TOKEN not in captured.out + captured.err + told
        assert isinstance(ended.value.code, int)
        count = len(self.github.state.requests) - asked
        return Ran(ended.value.code, captured.out, captured.err, told, count)

    def environ(self, scenario: Scenario) -> dict[str, str]:
        """What a runner tells a step on the scenario's event."""
        return {
            "GATE_TOKEN": TOKEN,
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": f"{self.server.url}{self.below}",
            "GITHUB_EVENT_NAME": scenario.event,
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_RUN_ID": "5",
            "GITHUB_SHA": self.head,
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
        }

    def parts(self) -> dict[str, object]:
        """What is on GitHub of each part that is published."""
        state = self.github.state
        runs = {check["name"]: check for check in state.checks.values()}
        statuses = {
            s["context"]: (s["state"], s["description"])
            for s in state.statuses
            if s["sha"] == self.head
        }
        return {
            "statuses": statuses,
            "comment": self.comments(),
            "suggestions": sorted(self.suggestions()),
            "annotations": {
                name: (check["status"], self.messages(check))
                for name, check in runs.items()
            },
            "code scanning": {sarif["sarif"] for sarif in state.sarifs},
            "history": self.records(),
        }

    def comments(self) -> list[tuple[str, bool]]:
        """The gate's own: their text without what changes, and whether it is folded."""
        return [
            (
                "".join(part.text for part in joint.parse(c["body"])),
                bool(c["minimized"]),
            )
            for c in self.github.state.comments.values()
            if c["user"]["login"] == ACTIONS
        ]

    def suggestions(self) -> list[tuple[str, int, str]]:
        """The gate's own: path, line and mark."""
        return [
            (c["path"], c["line"], mark[1])
            for c in self.github.state.review_comments.values()
            if (mark := re.match("<!-- gate-suggestion ([0-9a-f-]+) ", c["body"]))
        ]

    def messages(self, check: Any) -> list[str]:
        """What a check run shows."""
        return [one["message"] for one in check["output"]["annotations"]]

    def records(self) -> list[tuple[str, float]]:
        """The commits that are recorded, with their coverage, and the badge."""
        if f"refs/heads/{history.BRANCH}" not in self.github.state.refs:
            return []
        files = self.github.files(history.BRANCH)
        kept = history.parse(files["history.jsonl"])
        badge = re.search(rb"coverage: (\d+) %", files["badge.svg"])
        shown = float(badge[1]) if badge else 0.0
        of_each = [(r.commit, r.metrics["coverage.percent"]) for r in kept]
        return [*of_each, ("badge", shown)]

    def check_nothing_is_double(self) -> None:
        """There is one of each, and GitHub's contract was kept."""
        state = self.github.state
        assert len(self.comments()) <= 1
        suggested = [(path, line) for path, line, _ in self.suggestions()]
        assert len(set(suggested)) == len(suggested)
        for check in state.checks.values():
            shown = self.messages(check)
            assert len(set(shown)) == len(shown)
        whole = [c["external_id"] for c in state.checks.values() if c["conclusion"]]
        assert len(set(whole)) == len(whole)
        commits = [commit for commit, _ in self.records()]
        assert len(set(commits)) == len(commits)
        assert state.reactions == {}
        assert state.violations == []


def text(lines: list[str]) -> str:
    """The lines as a file."""
    return "".join(f"{line}\n" for line in lines)
