"""`gate protect` as it is typed: the plan shown, the question, the exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from contract import Spec
from fake_github import Server, serve
from fake_protection import QUEUE, REVIEWS, asks
from fake_repository import FakeGitHub, Fault
from gate import cli

Json = Any
Repository = Any  # conftest's

ROOT = Path(__file__).parents[2]
TOKEN = "ghp_thisMustNotBeShown"
PULL = "7" * 40


class Ran(NamedTuple):
    """What a run of the command left."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture(scope="session")
def spec() -> Spec:
    return Spec()


@pytest.fixture
def github(spec: Spec) -> FakeGitHub:
    """A repository in which the gate has reported on a pull request."""
    github = FakeGitHub(spec)
    branches = {"main": {"files": {"README.md": "A study"}}}
    github.setup(app=False, branches=branches, pulls={7: {"sha": PULL}})
    report(github, PULL)
    return github


def report(github: FakeGitHub, sha: str, kind: str = "status") -> None:
    """The gate reports on a commit, as an app does."""
    path, body = f"statuses/{sha}", {"context": "gate", "state": "failure"}
    if kind == "check run":
        path, body = "check-runs", {"name": "gate", "head_sha": sha}
    headers = {"authorization": "Bearer ghs_x", "user-agent": "gate", "host": "h"}
    github.app = True
    raw = json.dumps(body).encode()
    told = github.answer("POST", f"/repos/o/r/{path}", headers, raw)
    github.app = False
    assert told.status == 201, told


@pytest.fixture
def server(github: FakeGitHub) -> Iterator[Server]:
    running = serve(github)
    yield running
    running.stop()
    assert github.state.violations == []


@pytest.fixture
def environment(server: Server) -> dict[str, str]:
    return {
        "GATE_TOKEN": "",
        "GH_TOKEN": TOKEN,
        "GITHUB_TOKEN": "",
        "GH_ENTERPRISE_TOKEN": "",
        "GITHUB_ENTERPRISE_TOKEN": "",
        "GITHUB_API_URL": server.url,
        "NO_PROXY": "127.0.0.1",
    }


@pytest.fixture
def run(
    environment: dict[str, str],
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Runs the command in a clone of o/r; keywords change the environment."""
    repository.git("remote", "add", "origin", "git@github.com:o/r.git")
    monkeypatch.chdir(repository.root)

    def start(*arguments: str, **changes: str) -> Ran:
        for name, value in (environment | changes).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["gate", "protect", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        assert TOKEN not in captured.out + captured.err
        assert "Traceback" not in captured.err
        assert isinstance(ended.value.code, int)
        return Ran(ended.value.code, captured.out, captured.err)

    return start


def writes(github: FakeGitHub) -> list[str]:
    return [r["method"] for r in github.state.requests if r["method"] != "GET"]


def test_the_plan_is_shown_and_nothing_is_changed_without_a_terminal(
    run: Run, github: FakeGitHub, server: Server
) -> None:
    github.protection.add_ruleset([{"type": "deletion"}, asks("lint")], name="mine")
    github.protection.add_ruleset(
        [{"type": "non_fast_forward"}],
        name="baseline",
        source_type="Organization",
        source="acme",
    )
    ran = run()
    assert ran.code == 1
    host = server.url.removeprefix("http://")
    assert ran.out.splitlines() == [
        f"o/r, branch main, on {host}",
        "",
        "  classic branch protection: none",
        "  ruleset `mine` of o/r",
        "    required status checks:",
        "      lint",
        "+     gate",
        "-     branches need not be up to date before merging",
        "+     branches must be up to date before merging",
        "    deletion",
        "  ruleset `baseline` of acme",
        "    non_fast_forward",
        "",
        "nothing was changed; `gate protect --yes` makes the change without asking",
    ]
    assert (ran.err, writes(github)) == ("", [])


def test_it_looks_as_the_docs_show_it(run: Run, github: FakeGitHub) -> None:
    text = (ROOT / "docs" / "github.md").read_text("utf-8")
    shown = text.partition("gate protect\no/r, branch main")[2].partition("\nMake")[0]
    github.protection.add_ruleset(
        [asks("lint"), REVIEWS, {"type": "deletion"}], name="main"
    )
    plan = run("--dry-run").out.partition("o/r, branch main")[2]
    assert plan.splitlines()[1:-2] == shown.splitlines()[1:]


def test_yes_makes_the_change_and_a_second_run_has_nothing_to_do(
    run: Run, github: FakeGitHub, server: Server
) -> None:
    ran = run("--yes")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[-1] == (
        "done: `gate` is required on main, and no other rule has changed"
    )
    assert "+ ruleset `gate` of o/r (new)" in ran.out
    assert writes(github) == ["POST"]
    ran = run("--yes")
    host = server.url.removeprefix("http://")
    assert ran.out == (
        f"o/r, branch main, on {host}: `gate` is required already, up to date"
        " included; nothing to do\n"
    )
    assert (ran.code, writes(github)) == (0, ["POST"])


def test_a_dry_run_never_makes_it(run: Run, github: FakeGitHub) -> None:
    ran = run("--dry-run", "--yes")
    assert (ran.code, writes(github)) == (1, [])
    assert ran.out.splitlines()[-1] == "nothing was changed"
    run("--yes")
    assert run("--dry-run").code == 0


def test_classic_protection_is_shown_too(run: Run, github: FakeGitHub) -> None:
    listed = [{"context": "lint", "app_id": 15368}]
    github.protect(
        required_status_checks={"strict": True, "checks": listed}, enforce_admins=True
    )
    ran = run("--check", "gate (data)", "--app-id", "7")
    assert ran.out.splitlines()[2:8] == [
        "  classic branch protection",
        "    required status checks:",
        "      lint (of app 15368)",
        "+     gate (data) (of app 7)",
        "      branches must be up to date before merging",
        "    enforce_admins",
    ]


def test_one_document_of_json(run: Run, github: FakeGitHub, server: Server) -> None:
    ran = run("--format", "json", "--check", "gate", "--check", "gate (data)")
    document = json.loads(ran.out)
    assert (ran.code, ran.err, writes(github)) == (1, "", [])
    assert {k: document[k] for k in ("version", "repository", "branch", "strict")} == {
        "version": 1,
        "repository": "o/r",
        "branch": "main",
        "strict": True,
    }
    assert document["host"] == server.url.removeprefix("http://")
    assert (document["protected"], document["applied"]) == (False, False)
    assert document["change"]["method"] == "POST"
    assert document["change"]["before"] is None
    assert document["change"]["after"]["checks"] == [
        {"context": "gate", "app_id": None},
        {"context": "gate (data)", "app_id": None},
    ]
    assert [w for w in document["warnings"] if "nobody reported `gate (data)`" in w]
    assert "is required already" not in ran.out
    document = json.loads(run("--format", "json", "--yes").out)
    assert (document["protected"], document["applied"]) == (True, True)
    document = json.loads(run("--format", "json").out)
    assert (document["protected"], document["change"]) == (True, None)


@pytest.mark.parametrize(
    ("typed", "code", "last", "methods"),
    [
        ("y", 0, "done: `gate` is required on main", ["POST"]),
        ("n", 1, "nothing was changed", []),
        ("", 1, "nothing was changed", []),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
def test_on_a_terminal_it_asks(
    environment: dict[str, str],
    github: FakeGitHub,
    tmp_path: Path,
    typed: str,
    code: int,
    last: str,
    methods: list[str],
) -> None:
    import pty  # POSIX only

    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-I", "-m", "gate", "protect", "--repository", "o/r"],
        cwd=tmp_path,
        env=os.environ | environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        os.write(ours, f"{typed}\n".encode())
        said = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    text = said.decode()
    assert process.returncode == code, text
    assert "Make this change? [y/N]" in text
    assert last in text.splitlines()[-1]
    assert writes(github) == methods


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # as Linux tells that the other side is closed
        return b""


# The repository, its server and the token


def test_a_clone_tells_the_repository(run: Run, repository: Repository) -> None:
    repository.git("remote", "set-url", "origin", "https://github.com/someone/else")
    ran = run()
    assert ran.code == 2
    assert "knows no someone/else" in ran.err


def test_in_a_folder_that_is_no_clone_it_has_to_be_named(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run()
    assert ran.code == 2
    assert ran.err.splitlines() == [
        "error: which repository? this is no clone with a remote `origin`",
        "  name it: --repository OWNER/NAME, or HOST/OWNER/NAME",
    ]
    assert run("--repository", "o/r").code == 1
    assert run(GITHUB_REPOSITORY="o/r").code == 1


@pytest.mark.parametrize("name", ["GATE_TOKEN", "GITHUB_TOKEN"])
def test_a_token_may_have_other_names(run: Run, github: FakeGitHub, name: str) -> None:
    assert run(**{"GH_TOKEN": "", name: "ghp_other"}).code == 1
    headers = {r["headers"]["authorization"] for r in github.state.requests}
    assert headers == {"Bearer ghp_other"}


def test_without_a_token_it_says_how_to_take_one(run: Run, github: FakeGitHub) -> None:
    ran = run("--repository", "github.com/o/r", GH_TOKEN="")
    assert ran.code == 2
    assert ran.err.splitlines() == [
        "error: no token for api.github.com: set one of GATE_TOKEN, GH_TOKEN,"
        " GITHUB_TOKEN",
        "  GH_TOKEN=$(gh auth token) gate protect",
    ]
    assert github.state.requests == []


def test_a_token_for_github_stays_from_a_server_that_only_the_clone_names(
    run: Run, repository: Repository, github: FakeGitHub
) -> None:
    repository.git("remote", "set-url", "origin", "https://evil.example/o/r")
    ran = run(GITHUB_API_URL="", GITHUB_TOKEN="ghp_other")
    assert ran.code == 2
    assert "no token for evil.example" in ran.err
    assert github.state.requests == []


# What GitHub refuses


def refused(run: Run, *arguments: str, **changes: str) -> str:
    """The one error of a run that must change nothing."""
    ran = run("--yes", *arguments, **changes)
    assert ran.code == 2
    return ran.err


def test_a_wrong_token_is_told(run: Run, github: FakeGitHub) -> None:
    github.token = "another"
    said = refused(run)
    assert "GitHub answered 401 Unauthorized (Bad credentials)" in said
    assert "the token is wrong or has expired" in said


@pytest.mark.parametrize("where", ["reading", "writing"])
def test_who_is_no_administrator_is_told_what_it_takes(
    run: Run, github: FakeGitHub, where: str
) -> None:
    github.protection.is_admin = False
    if where == "writing":
        path = "/repos/o/r/rulesets"
        github.protection.is_admin = True
        github.state.faults.append(Fault(f"POST {path}", "404", times=None))
    said = refused(run)
    assert "404 Not Found" in said
    assert "it takes an administrator of o/r" in said
    assert "`Administration: write`" in said and "`repo`" in said
    assert ("nothing was changed" in said) == (where == "writing")
    assert github.protection.rulesets == {}


def test_a_token_without_the_permission_is_told_which(
    run: Run, github: FakeGitHub
) -> None:
    github.denied = {"administration"}
    said = refused(run)
    assert "Resource not accessible by personal access token" in said
    assert "`Administration: write`" in said
    assert writes(github) == []


def test_the_token_of_actions_can_never_do_it(run: Run, github: FakeGitHub) -> None:
    github.app = True
    github.denied = {"administration"}
    said = refused(run, GATE_TOKEN="ghs_ofThisJob")
    assert "the token that GitHub Actions gives a workflow can never do that" in said
    assert "an app of your own" in said


def test_who_may_not_look_still_learns_that_all_is_well(
    run: Run, github: FakeGitHub
) -> None:
    github.protection.add_ruleset([asks("gate", strict=True)])
    github.protection.is_admin = False
    assert run().code == 0


def test_a_plan_without_protection_is_told(run: Run, github: FakeGitHub) -> None:
    github.protection.plan_has_it = False
    said = refused(run)
    assert "Upgrade to GitHub Pro or make this repository public" in said
    assert "on this plan GitHub protects branches of public repositories only" in said


def test_a_private_repository_that_the_token_may_not_see(
    run: Run, github: FakeGitHub
) -> None:
    github.setup(hidden=True)
    said = refused(run)
    assert "knows no o/r, or it is private and the token may not see it" in said


def test_a_ruleset_that_github_does_not_take(run: Run, github: FakeGitHub) -> None:
    for number in range(75):
        github.protection.add_ruleset([], include=["refs/heads/x"], name=f"{number}")
    said = refused(run)
    assert "422" in said and "Only 75 rulesets are allowed" in said
    assert "nothing was changed" in said
    assert "Settings, Branches or Rules" in said


def test_an_outage_is_told(run: Run, github: FakeGitHub) -> None:
    github.state.faults.append(Fault("GET .*/protection", "502", times=None))
    said = refused(run)
    assert "502 Bad Gateway, tried 5 times" in said
    assert "run it again later" in said


# Warnings


def test_a_check_that_nobody_reports_is_warned_of(run: Run, github: FakeGitHub) -> None:
    github.state.statuses.clear()
    ran = run("--yes")
    assert ran.code == 0
    assert (
        "warning: nobody reported `gate` on main or on its 5 newest pull requests:"
        " while nobody does, no pull request can be merged"
    ) in ran.out.splitlines()
    assert "nobody reported" in run().out


@pytest.mark.parametrize("sha", ["main", PULL])
@pytest.mark.parametrize("kind", ["status", "check run"])
def test_a_check_that_is_reported_somewhere_is_not(
    run: Run, github: FakeGitHub, sha: str, kind: str
) -> None:
    github.state.statuses.clear()
    sha = github.state.refs["refs/heads/main"] if sha == "main" else sha
    report(github, sha, kind)
    assert "warning" not in run().out


def test_a_status_that_is_no_longer_new_counts_among_others(
    run: Run, github: FakeGitHub
) -> None:
    shas = [f"{number:040x}" for number in range(1, 9)]
    github.setup({"pulls": {n + 10: {"sha": sha} for n, sha in enumerate(shas)}})
    github.state.statuses[0]["sha"] = shas[4]
    assert "warning" not in run().out
    github.state.statuses[0]["sha"] = shas[0]
    assert "warning: nobody reported `gate`" in run().out


@pytest.mark.parametrize("kind", ["403", "404", "502"])
def test_that_it_cannot_be_looked_up_is_no_obstacle(
    run: Run, github: FakeGitHub, kind: str
) -> None:
    headers = {"Retry-After": "0"} if kind == "502" else {}
    github.state.faults.append(Fault("GET .*/pulls", kind, times=None, headers=headers))
    ran = run("--yes")
    assert ran.code == 0
    assert "warning: whether `gate` was ever reported is not known" in ran.out


@pytest.mark.parametrize(
    ("workflow", "waits"),
    [
        (None, True),
        ("on: [pull_request]\n", True),
        ("on: pull_request # merge_group\n", True),
        ("on: {pull_request: {branches: [merge_group]}}\n", True),
        ("[]\n", True),
        ("on: merge_group\n", False),
        ("on: [pull_request, merge_group]\n", False),
        (
            "on:\n  pull_request:\n  merge_group:\n    types: [checks_requested]\n",
            False,
        ),
        (
            "on: &x [pull_request]\nelse: *x\n",
            False,
        ),  # not understood: in doubt it runs
    ],
)
def test_a_queue_that_would_wait_for_ever_is_warned_of(
    run: Run,
    github: FakeGitHub,
    repository: Repository,
    workflow: str | None,
    waits: bool,
) -> None:
    github.protection.add_ruleset([QUEUE])
    if workflow is not None:
        repository.write({".github/workflows/gate.yaml": workflow})
    assert ("the queue would wait" in run().out) == waits


def test_the_workflows_of_another_repository_say_nothing(
    run: Run, github: FakeGitHub, repository: Repository
) -> None:
    github.protection.add_ruleset([QUEUE])
    repository.git("remote", "set-url", "origin", "https://github.com/someone/else")
    assert "the queue would wait" not in run("--repository", "o/r").out


# Slips and attacks


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--branch", "release/*"), "'release/*' can be no branch"),
        (("--branch", "../x"), "'../x' can be no branch"),
        (("--branch", "a\x1b[31mb"), "can be no branch"),
        (("--branch", "mian"), "o/r has no branch 'mian'"),
        (("--check", " "), "' ' can be no check"),
        (("--check", "a\nb"), "'a\\nb' can be no check"),
        (("--app-id", "0"), "--app-id"),
        (("--repository", "../x"), "is not the name of a"),
    ],
)
def test_a_slip_is_told_and_changes_nothing(
    run: Run, github: FakeGitHub, arguments: tuple[str, ...], message: str
) -> None:
    ran = run("--yes", *arguments)
    assert (ran.code, writes(github)) == (2, [])
    assert message in ran.err
    assert "\x1b" not in ran.err


ATTACK = "\n::error::a\r::add-mask::b ##[error]c \u202e\x1b[31m<!-- --> @eve `x`"


@pytest.mark.parametrize("actions", ["true", "false"])
def test_names_of_others_command_neither_terminal_nor_runner(
    run: Run, github: FakeGitHub, actions: str
) -> None:
    github.protection.add_ruleset([asks(ATTACK)], name=ATTACK, include=["~ALL"])
    github.protection.add_ruleset([asks(f"::{ATTACK}")], name=f"::{ATTACK}")
    github.protection.add_ruleset(
        [asks(ATTACK)], name=f"gate{ATTACK}", enforcement="disabled"
    )
    github.state.faults.append(Fault("PUT .*", "404", times=None))
    for arguments in (("--dry-run",), ("--yes",), ("--format", "json")):
        ran = run(*arguments, GITHUB_ACTIONS=actions)
        for line in (ran.out + ran.err).replace("\r", "\n").splitlines():
            assert not line.lstrip().startswith("::")
            assert "##[" not in line
        assert not {"\x1b", "\u202e", "\r"} & set(ran.err)
        if "json" not in arguments:
            assert not {"\x1b", "\u202e", "\r"} & set(ran.out)


def test_help_says_which_server_is_asked_and_what_each_code_means(run: Run) -> None:
    said = " ".join(run("--help").out.split())
    assert "It goes to the HOST of --repository, else to GITHUB_API_URL" in said
    assert "on github.com, 15368 is GitHub Actions" in said
    assert "Exit codes: 0 the branch is protected as asked" in said
