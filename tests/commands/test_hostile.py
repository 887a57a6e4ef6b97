"""What the commands print and hand on of a hostile verdict commands nobody."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings

import runner_rules
from fake_github import Server
from fake_repository import FakeGitHub, Fault
from gate import cli, output, results
from gate.commands import run
from gate.handover import Handover
from gate.reports import inline
from gate.verdict import Verdict, judge
from github_markdown import assert_harmless, hidden
from harness_fixtures import HEAD, TOKEN
from tests.reports import hostile, verdicts

Json = dict[str, Any]
PREFIX = f"https://github.com/o/r/blob/{HEAD}/"
REF = "main`@octocat`\r::error::x\n##[error]y <b> #1 \u202e"


@contextlib.contextmanager
def on_actions(folder: Path) -> Iterator[io.StringIO]:
    """A step of a workflow: its environment, and what it prints."""
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GITHUB_ACTIONS", "true")
        patch.setenv("GITHUB_OUTPUT", str(folder / "output"))
        patch.setenv("GITHUB_STEP_SUMMARY", str(folder / "step.md"))
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            yield printed


def reported(verdict: Verdict, folder: Path) -> str:
    """What `gate run` prints of a verdict in a step."""
    (folder / "step.md").write_text("<p>before</p>")
    (folder / "output").touch()
    (folder / ".gate").mkdir(exist_ok=True)
    with on_actions(folder) as printed, Handover(folder / ".gate") as hand:
        run._report(verdict, hand, "github", verbose=True)
    return printed.getvalue()


@given(hostile.verdicts())
@settings(max_examples=15)
def test_a_run_on_actions_prints_its_annotations_and_no_other_command(
    verdict: Verdict,
) -> None:
    with tempfile.TemporaryDirectory() as name:
        printed = reported(verdict, Path(name))
        summary = (Path(name) / "step.md").read_text("utf-8")
    ours = inline.render(verdict)
    assert printed.endswith(ours)
    log = printed[: len(printed) - len(ours)]
    assert not list(runner_rules.commands(log))
    assert assert_harmless(summary).tags.count("<h2>") == 1


@given(hostile.verdicts())
@settings(max_examples=60)
def test_other_forms_print_no_command(verdict: Verdict) -> None:
    document = results.encode(verdict).decode()
    with on_actions(Path()) as printed:
        output.say(run._shown(verdict, {}, form="text", verbose=False))
        output.say_json(document)
    assert not list(runner_rules.commands(printed.getvalue()))
    with contextlib.redirect_stdout(io.StringIO()) as alone:
        output.say_json(document)
    assert json.loads(alone.getvalue()) == json.loads(document)


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")
@pytest.mark.parametrize(
    "name", ["a\nverdict=open", "g<<EOF\nEOF\nverdict<<EOF\nopen\nEOF", "\udcff", "\r"]
)
def test_the_outputs_of_a_step_are_the_values_whatever_the_folder(
    name: str, tmp_path: Path
) -> None:
    verdict = hostile.called(verdicts.closed_gate(), "labs/one")
    (tmp_path / name).mkdir()
    reported(verdict, tmp_path / name)
    file = (tmp_path / name / "output").read_bytes()
    told = runner_rules.outputs(file.decode("utf-8", "surrogateescape"))
    folder = tmp_path / name / ".gate"
    assert told == {
        "verdict": "closed",
        "coverage": "71.90",
        "anomalies": "3",
        "results": str(folder / "results.json"),
        "report": str(folder / "report.html"),
        "artifact": "gate-report-labs-one",
        "digest": hashlib.sha256((folder / "results.json").read_bytes()).hexdigest(),
    }


@given(hostile.TEXT)
@example("a #\u0640#[add-mask]e")
def test_a_document_of_json_holds_no_command(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        output.say_json({"a": text, text: [text]})
    assert not list(runner_rules.commands(printed.getvalue()))
    assert json.loads(printed.getvalue())["a"] in (text, [text])


@pytest.fixture
def publish(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., tuple[int, str]]:
    """Runs `gate publish` on a verdict and an event; its exit code and its log."""
    server.github.token = TOKEN

    def start(verdict: Verdict, event: Json, *arguments: str, **more: str) -> Any:
        (tmp_path / "event.json").write_text(json.dumps(event), "utf-8")
        results.write(verdict, tmp_path / "results.json")
        environment = {
            "GATE_TOKEN": TOKEN,
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": server.url,
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_SHA": HEAD,
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        }
        for name, value in (environment | more).items():
            monkeypatch.setenv(name, value)
        file = str(tmp_path / "results.json")
        monkeypatch.setattr(sys, "argv", ["gate", "publish", file, *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return ended.value.code, captured.out + captured.err

    return start


def pull_request() -> Json:
    repository = {"full_name": "o/r", "default_branch": REF}
    return {
        "repository": repository,
        "pull_request": {
            "number": 7,
            "head": {"sha": HEAD, "ref": REF, "repo": repository},
            "base": {"ref": REF, "sha": REF, "repo": repository},
        },
    }


def of_checks(verdict: Verdict) -> Verdict:
    """The verdict, about the head, with names that a gate and checks can have."""
    verdict = hostile.called(hostile.checked(verdict), "labs/one")
    context = msgspec.structs.replace(verdict.context, head=HEAD)
    return judge(verdict.results, context)


def test_a_hostile_verdict_is_published_and_does_nothing(
    publish: Callable[..., tuple[int, str]], github: FakeGitHub, tmp_path: Path
) -> None:
    verdict = of_checks(verdicts.hostile_gate())
    for arguments in (("--dry-run",), (), ()):
        code, log = publish(verdict, pull_request(), *arguments)
        assert code == 0
        assert not list(runner_rules.commands(log)) and not hidden(log)
    (comment,) = github.state.comments.values()
    assert_harmless(comment["body"], links=PREFIX)
    for status in github.state.statuses:
        assert not hidden(status["description"] + status["context"])
    assert not (tmp_path / "summary.md").exists()


@pytest.mark.parametrize("word", verdicts.HOSTILE)
def test_what_is_refused_is_told_harmlessly(
    publish: Callable[..., tuple[int, str]], word: str
) -> None:
    verdict = of_checks(verdicts.hostile_gate(word))
    named = msgspec.structs.replace(verdict.results[0], check=word)
    context = msgspec.structs.replace(verdict.context, head=word)
    for refused in (
        judge((named, *verdict.results[1:]), verdict.context),
        judge(verdict.results, context),
        hostile.called(verdict, word),
    ):
        code, log = publish(refused, pull_request())
        assert code == 2, log
        assert not list(runner_rules.commands(log)) and not hidden(log)


def test_what_could_not_be_published_is_told_harmlessly(
    publish: Callable[..., tuple[int, str]], github: FakeGitHub, tmp_path: Path
) -> None:
    github.state.faults.append(Fault(".*/statuses/.*", "500", times=None))
    verdict = of_checks(verdicts.hostile_gate())
    _, log = publish(verdict, pull_request())
    made = {command.name for command in runner_rules.commands(log)}
    assert made <= {"warning", "notice"} and not hidden(log)
    summary = tmp_path / "summary.md"
    assert_harmless(summary.read_text("utf-8"))


def test_the_history_of_a_hostile_verdict_has_nothing_of_its_words(
    publish: Callable[..., tuple[int, str]], github: FakeGitHub
) -> None:
    github.setup(branches={"main": {"files": {"a": "b"}}})
    head = github.resolve("main")
    verdict = verdicts.hostile_gate()
    metrics = {word: 1.0 for word in verdicts.HOSTILE} | {"coverage.percent": 71.9}
    result = msgspec.structs.replace(verdict.results[0], metrics=metrics)
    one = of_checks(msgspec.structs.replace(verdict, results=(result,)))
    one = msgspec.structs.replace(
        one, context=msgspec.structs.replace(one.context, head=head)
    )
    event = {"repository": {"full_name": "o/r", "default_branch": "main"}}
    code, log = publish(
        one,
        event,
        GITHUB_EVENT_NAME="push",
        GITHUB_REF="refs/heads/main",
        GITHUB_SHA=head,
    )
    assert code == 0 and not list(runner_rules.commands(log))
    files = github.files("gate-history")
    assert set(files) == {
        *("README.md", ".gate-history"),
        *(f"labs/one/{name}" for name in ("history.jsonl", "badge.svg", "badge.json")),
    }
    record = json.loads(files["labs/one/history.jsonl"])
    assert set(record) == {"commit", "time", "state", "metrics"}
    assert record["metrics"] == {"coverage.percent": 71.9}
    commit = github.objects.commit(github.resolve("gate-history"))
    assert commit.message == f"The gate on {head[:12]}\n\n[skip ci]"
