"""`gate publish` as GitHub Actions runs it: the environment in, GitHub changed."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fake_github import Server
from fake_repository import FakeGitHub, Fault
from gate import cli, results
from gate.findings import Finding, Result, Status
from gate.reports import markdown
from gate.verdict import Context, Verdict, judge
from harness_fixtures import HEAD, MERGE, TOKEN


class Ran(NamedTuple):
    """What a run of the command left."""

    code: int
    out: str
    err: str
    summary: str


Run = Callable[..., Ran]


@pytest.fixture
def event() -> dict[str, Any]:
    repository = {"full_name": "o/r"}
    return {
        "pull_request": {
            "number": 7,
            "head": {"sha": HEAD, "repo": repository},
            "base": {"ref": "main", "repo": repository},
        }
    }


@pytest.fixture
def verdict() -> Verdict:
    return judge(
        [
            Result(check="lint", status=Status.PASSED, summary="41 files"),
            Result(check="tests", status=Status.FAILED, summary="2 of 80 failed"),
        ],
        Context(gate="1.0", head=MERGE),
    )


@pytest.fixture
def run(
    server: Server,
    event: dict[str, Any],
    verdict: Verdict,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Runs the command on a pull request; keywords change the environment."""
    server.github.token = TOKEN
    monkeypatch.chdir(tmp_path)
    (tmp_path / "event.json").write_text(json.dumps(event), "utf-8")
    results.write(verdict, tmp_path / ".gate/results.json")
    environment = {
        "GATE_TOKEN": TOKEN,
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": server.url,
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_RUN_ID": "5",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_SHA": MERGE,
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_TOKEN": "",
        "NO_PROXY": "127.0.0.1",
    }

    def start(*arguments: str, **changes: str) -> Ran:
        for name, value in (environment | changes).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["gate", "publish", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        summary = tmp_path / "summary.md"
        told = summary.read_text("utf-8") if summary.exists() else ""
        assert TOKEN not in captured.out + captured.err + told
        assert isinstance(ended.value.code, int)
        return Ran(ended.value.code, captured.out, captured.err, told)

    return start


def bodies(github: FakeGitHub) -> list[str]:
    return [comment["body"] for comment in github.state.comments.values()]


def told(github: FakeGitHub) -> dict[str, str]:
    """context -> state, the latest of each."""
    return {status["context"]: status["state"] for status in github.state.statuses}


def commands(ran: Ran) -> list[str]:
    """The lines of the log that a runner takes for a command."""
    lines = [line for text in (ran.out, ran.err) for line in text.splitlines()]
    return [line for line in lines if line.lstrip().startswith("::") or "##[" in line]


def test_the_verdict_is_published_and_each_thing_done_is_a_line(
    run: Run, github: FakeGitHub, verdict: Verdict
) -> None:
    ran = run()
    assert (ran.code, ran.err, ran.summary) == (0, "", "")
    *lines, last = ran.out.splitlines()
    assert lines == [
        "status gate: failure - 1 of 2 checks failed",
        "status gate/lint: success - 41 files",
        "status gate/tests: failure - 2 of 80 failed",
        "comment on pull request #7: written",
    ]
    assert re.fullmatch(r"8 requests to GitHub in \d+\.\d s", last)
    (body,) = bodies(github)
    assert body.startswith(markdown.MARKER)
    assert body.endswith(markdown.section(verdict).text)
    assert github.state.statuses[0]["target_url"].endswith("/o/r/actions/runs/5")


def test_a_second_run_changes_nothing(run: Run, github: FakeGitHub) -> None:
    run()
    asked = len(github.state.requests)
    assert run().code == 0
    assert {r["method"] for r in github.state.requests[asked:]} == {"GET"}


def test_a_changed_verdict_updates_the_comment(
    run: Run, github: FakeGitHub, verdict: Verdict, tmp_path: Path
) -> None:
    run()
    mended = judge(verdict.results[:1], verdict.context)
    results.write(mended, tmp_path / "other.json")
    assert "comment on pull request #7: updated" in run("other.json").out
    (body,) = bodies(github)
    assert body.endswith(markdown.section(mended).text)


def test_a_dry_run_asks_nobody(run: Run, github: FakeGitHub) -> None:
    ran = run("--dry-run", GATE_TOKEN="")
    assert ran.code == 0
    assert ran.out.splitlines()[:2] == [
        f"on commit {HEAD} of o/r",
        "status gate: failure - 1 of 2 checks failed",
    ]
    assert ran.out.splitlines()[-1].startswith("comment on pull request #7: ")
    assert github.state.requests == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--judged", "failure"), "ended with `failure`, though its results say open"),
        (("--name", "other"), "of a gate named ''"),
        (("--digest", "0" * 64), "not those that the gate wrote"),
    ],
)
def test_a_dry_run_doubts_what_would_be_doubted(
    run: Run, tmp_path: Path, verdict: Verdict, arguments: tuple[str, ...], said: str
) -> None:
    results.write(judge(verdict.results[:1], verdict.context), tmp_path / "open.json")
    assert "status gate: success" in run("open.json", "--dry-run").out
    ran = run("open.json", "--dry-run", *arguments)
    assert ran.code == 2 and said in ran.err
    assert ": error - " in ran.out and "success" not in ran.out


def test_a_dry_run_tells_all_that_is_missing_and_of_the_results_first(run: Run) -> None:
    lost = {"GITHUB_EVENT_NAME": "", "GITHUB_SHA": ""}
    assert "GITHUB_EVENT_NAME, GITHUB_SHA are not set" in run("--dry-run", **lost).err
    assert "nowhere.json" in run("nowhere.json", "--dry-run", **lost).err


def test_a_dry_run_of_nothing_says_so(run: Run) -> None:
    assert run("--dry-run", "--mode", "false").out == "nothing: --mode is false\n"


def test_nothing_is_published_when_it_is_not_wanted(
    run: Run, github: FakeGitHub
) -> None:
    assert run("nowhere.json", GATE_PUBLISH_MODE="false") == Ran(0, "", "", "")
    assert github.state.requests == []


def test_without_a_token_a_notice_says_so(run: Run, github: FakeGitHub) -> None:
    ran = run(GATE_TOKEN="")
    assert ran.code == 0
    (notice,) = commands(ran)
    assert notice.startswith("::notice title=gate publish::nothing was published")
    assert "neither GATE\\_TOKEN nor GITHUB\\_TOKEN is set" in ran.summary
    assert github.state.requests == []


def test_the_token_of_actions_is_taken_too(run: Run, github: FakeGitHub) -> None:
    assert run(GATE_TOKEN="", GITHUB_TOKEN=TOKEN).code == 0
    assert len(bodies(github)) == 1


def test_a_push_has_statuses_and_says_why_no_comment(
    run: Run, github: FakeGitHub, tmp_path: Path
) -> None:
    (tmp_path / "push.json").write_text('{"ref": "refs/heads/main"}', "utf-8")
    ran = run(GITHUB_EVENT_NAME="push", GITHUB_EVENT_PATH=str(tmp_path / "push.json"))
    assert (ran.code, commands(ran)) == (0, [])
    assert "comment: the event `push` has no pull request" in ran.out
    assert "the event `push` has no pull request" in ran.summary
    assert {s["sha"] for s in github.state.statuses} == {MERGE}


@pytest.fixture
def fork(event: dict[str, Any], github: FakeGitHub, tmp_path: Path) -> str:
    """The event of a pull request from a fork, with its token; where it is."""
    github.denied = {"all"}
    event["pull_request"]["head"]["repo"] = {"full_name": "eve/r"}
    (tmp_path / "fork.json").write_text(json.dumps(event), "utf-8")
    return str(tmp_path / "fork.json")


def test_a_fork_cannot_publish_and_one_notice_says_why(run: Run, fork: str) -> None:
    ran = run(GITHUB_EVENT_PATH=fork)
    assert ran.code == 0
    (notice,) = commands(ran)
    assert notice.startswith("::notice title=gate publish::GitHub gives a pull")
    assert "from a fork a token that only reads" in ran.summary


def test_a_fork_fails_where_publishing_is_demanded(run: Run, fork: str) -> None:
    ran = run("--mode", "true", GITHUB_EVENT_PATH=fork)
    assert ran.code == 2
    assert "from a fork a token that only reads" in ran.err


def test_a_missing_permission_is_a_warning_that_names_it(
    run: Run, github: FakeGitHub
) -> None:
    github.denied = {"statuses"}
    ran = run()
    assert ran.code == 0
    (warning,) = commands(ran)
    assert warning.startswith("::warning title=gate publish::statuses: POST /repos")
    assert "the job's `permissions:` need `statuses: write`" in warning
    assert len(bodies(github)) == 1


@pytest.mark.parametrize("mode", ["auto", "true"])
def test_an_outage_is_told_and_changes_the_exit_code_only_on_demand(
    run: Run, github: FakeGitHub, mode: str
) -> None:
    github.state.faults.append(Fault(".*", "502", times=None))
    ran = run("--mode", mode)
    assert ran.code == {"auto": 0, "true": 2}[mode]
    told = ran.out if mode == "auto" else ran.err
    assert told.count("GitHub answered 502 Bad Gateway, tried 5 times") == 1
    assert told.count("GitHub answered 502 Bad Gateway, tried 2 times") == 1
    assert "502 Bad Gateway" in ran.summary


def test_a_wrong_token_is_told(run: Run) -> None:
    ran = run(GATE_TOKEN="ghs_of_another_time")
    assert ran.code == 0
    assert "the token is wrong or has expired" in ran.out
    assert "ghs_of" not in ran.out


def test_results_of_another_commit_are_not_published(
    run: Run, github: FakeGitHub
) -> None:
    ran = run(GITHUB_SHA="3" * 40)
    assert ran.code == 2
    assert "the results are about commit '222222222222'" in ran.err
    assert told(github) == {"gate": "error"}  # and no older status stays


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("GITHUB_REPOSITORY", "GITHUB_REPOSITORY is not set"),
        ("GITHUB_EVENT_PATH", "GITHUB_EVENT_PATH is not set"),
    ],
)
def test_outside_actions_it_says_where_it_belongs(
    run: Run, name: str, message: str
) -> None:
    ran = run(**{name: ""})
    assert ran.code == 2
    assert ran.err.splitlines() == [
        f"error: {message}",
        "  `gate publish` runs inside a GitHub Actions workflow",
    ]


ATTACK = "\n::error::a\r::add-mask::b ##[error]c \u202e<!-- --> @eve ![x](http://y)"


@pytest.fixture
def hostile(tmp_path: Path) -> str:
    """Results that attack through every string; where they are."""
    result = Result(
        check="lint",
        status=Status.FAILED,
        summary=ATTACK,
        findings=(Finding(rule=f"lint/{ATTACK}", message=ATTACK, path=ATTACK),),
        output=ATTACK,
    )
    verdict = judge([result], Context(gate=ATTACK, head=HEAD))
    results.write(verdict, tmp_path / "hostile.json")
    return str(tmp_path / "hostile.json")


def test_hostile_results_issue_no_workflow_command(run: Run, hostile: str) -> None:
    for arguments in ((hostile,), (hostile, "--dry-run")):
        ran = run(*arguments)
        assert (ran.code, commands(ran)) == (0, [])


def test_the_one_command_of_ours_stays_one(
    run: Run, github: FakeGitHub, hostile: str
) -> None:
    github.denied = {"statuses"}
    (warning,) = commands(run(hostile))
    assert warning.startswith("::warning title=gate publish::statuses")


def test_a_hostile_summary_is_one_harmless_line_of_a_status(
    run: Run, github: FakeGitHub, hostile: str
) -> None:
    run(hostile)
    assert github.state.statuses[1]["description"].isprintable()
    assert bodies(github)[0].startswith(markdown.MARKER)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[" * 200_000,
        '{"version": 1}',
        '{"version": 99}',
        '{"version": 1, "##[error]\\n::error::x": 1}',
        '{"version": 1, "state": "\\n::error::x##[error]"}',
        "\ufeff{}",
        "{" + " " * (9 * 1024 * 1024) + "}",
    ],
    ids=range(9),
)
def test_hostile_results_are_refused_without_a_trace(
    run: Run, github: FakeGitHub, tmp_path: Path, text: str
) -> None:
    (tmp_path / "evil.json").write_text(text, "utf-8")
    ran = run("evil.json")
    assert ran.code == 2
    assert "Traceback" not in ran.err
    assert commands(ran) == []
    assert told(github) == {"gate": "error"}  # and an older one does not stay
    (body,) = bodies(github)
    assert body.startswith(markdown.MARKER) and "\n::error" not in body


def test_a_check_with_a_hostile_name_is_refused_harmlessly(
    run: Run, github: FakeGitHub, tmp_path: Path
) -> None:
    result = Result(check=f"../{ATTACK}", status=Status.PASSED, summary="")
    results.write(judge([result], Context(gate="1", head=HEAD)), tmp_path / "evil.json")
    ran = run("evil.json")
    assert ran.code == 2
    assert "the results hold a check named" in ran.err
    assert commands(ran) == []
    assert told(github) == {"gate": "error"}


def test_results_that_are_missing_are_told(
    run: Run, github: FakeGitHub, verdict: Verdict, tmp_path: Path
) -> None:
    opened = judge(verdict.results[:1], verdict.context)
    results.write(opened, tmp_path / "before.json")
    run("before.json")
    assert told(github)["gate"] == "success"
    ran = run("nowhere.json")
    assert told(github)["gate"] == "error"
    (body,) = bodies(github)
    assert "could not judge" in body and "cannot read the results" in body
    assert ran.code == 2
    assert ran.err.splitlines() == [
        "error: nowhere.json: cannot read the results: No such file or directory",
        "  run `gate run` first, or name the file it wrote",
    ]


@pytest.mark.parametrize("judged", ["failure", "cancelled", "skipped"])
def test_an_open_gate_is_not_believed_of_a_job_that_failed(
    run: Run, github: FakeGitHub, verdict: Verdict, tmp_path: Path, judged: str
) -> None:
    opened = judge(verdict.results[:1], verdict.context)
    results.write(opened, tmp_path / "forged.json")
    ran = run("forged.json", GATE_PUBLISH_JUDGED=judged)
    assert ran.code == 2
    said = f"the job that judged ended with `{judged}`, though its results say open"
    assert said in ran.err
    assert told(github) == {"gate": "error"}
    assert said in github.state.statuses[0]["description"]


def test_a_gate_that_named_no_results_could_not_judge(
    run: Run, github: FakeGitHub
) -> None:
    ran = run("", GATE_PUBLISH_JUDGED="failure", GATE_PUBLISH_DIGEST="")
    assert ran.code == 2
    assert "it left no results: the job that judged ended with `failure`" in ran.err
    assert told(github) == {"gate": "error"}


def test_a_closed_gate_is_what_a_job_that_failed_says(
    run: Run, github: FakeGitHub
) -> None:
    assert run(GATE_PUBLISH_JUDGED="failure").code == 0
    assert told(github)["gate"] == "failure"


def test_results_are_known_by_the_digest_that_the_gate_told(
    run: Run, github: FakeGitHub, tmp_path: Path
) -> None:
    written = tmp_path / ".gate/results.json"
    digest = hashlib.sha256(written.read_bytes()).hexdigest()
    assert run(GATE_PUBLISH_DIGEST=digest, GATE_PUBLISH_JUDGED="").code == 0
    assert told(github)["gate"] == "failure"
    written.write_bytes(written.read_bytes().replace(b"41 files", b"99 files"))
    ran = run(GATE_PUBLISH_DIGEST=digest)
    assert ran.code == 2 and "not those that the gate wrote" in ran.err
    assert told(github)["gate"] == "error"


def test_nothing_of_the_working_tree_is_imported(tmp_path: Path) -> None:
    """Modules that a change brings along are not taken for the gate's own."""
    for name in ("gate", "click", "urllib3", "msgspec", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken')", "utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-m", "gate", "publish", "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert (done.returncode, "taken" in done.stdout + done.stderr) == (0, False)
