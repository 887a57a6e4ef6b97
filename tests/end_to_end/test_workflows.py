"""The workflows as GitHub calls them: two jobs, forks, a merge queue, main."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from tests.end_to_end import events
from tests.end_to_end.conftest import PERMISSIONS
from tests.end_to_end.test_action import BAD, GOOD, MANY, QUICK

if TYPE_CHECKING:
    from tests.end_to_end.conftest import (
        GitHub,
        Jobs,
        MakeRepository,
        Repository,
        Runner,
    )

PUBLISHER = {**PERMISSIONS, "actions": "read"}
KEEPER = {"contents": "write", "statuses": "write"}


def test_the_two_jobs_of_the_workflow_keep_the_token_apart(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    repository = make_repository(BAD)
    jobs = runner.workflow(repository, {**QUICK, "install": "touch installed"})
    assert {name: job.conclusion for name, job in jobs.items()} == {
        "check": "failure",
        "report": "success",
    }
    assert (repository.folder / "installed").exists()
    assert jobs["check"].outputs["verdict"] == "closed"
    assert github.tokens() == {"ghs_report"}
    (comment,) = github.comments().values()
    assert "closed" in comment
    assert github.statuses(repository.head)["gate"] == "failure"


def test_the_workflow_tells_that_it_could_not_judge(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    repository = make_repository({"gate.yaml": "cheks: {}\n"})
    jobs = runner.workflow(repository)
    assert jobs["check"].conclusion == "failure"
    assert jobs["check"].outputs["verdict"] == "error"
    assert github.statuses(repository.head)["gate"] == "error"


def test_the_workflow_tells_that_there_are_no_results(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    repository = make_repository(GOOD)
    assert runner.workflow(repository, QUICK)["report"].conclusion == "success"
    assert github.statuses(repository.head)["gate"] == "success"
    jobs = runner.workflow(repository, {**QUICK, "install": "exit 1"})
    assert {job.conclusion for job in jobs.values()} == {"failure"}
    # Another gate of the run may have left an artifact: it is not looked for.
    ended = {step["name"]: step["outcome"] for step in jobs["report"].steps}
    assert ended["Fetch the results"] == "skipped"
    assert github.statuses(repository.head)["gate"] == "error"  # the older one is gone
    (comment,) = github.comments().values()
    assert "it left no results: the job that judged ended with `failure`" in comment


def test_each_job_has_the_rights_that_it_needs_in_a_private_repository(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    github.setup(private=True)
    jobs = runner.workflow(make_repository(GOOD), QUICK)
    assert {job.conclusion for job in jobs.values()} == {"success"}
    (comment,) = github.comments().values()
    assert "The gate is open" in comment
    assert not jobs["report"].annotated("warning")


def publish(
    repository: Repository, runner: Runner, github: GitHub, judged: Jobs
) -> Jobs:
    """What the workflow that publishes for forks makes of a run."""
    conclusion = judged["check"].conclusion
    artifacts = [
        {"name": folder.name, "folder": str(folder)}
        for folder in judged.artifacts.iterdir()
    ]
    run = {
        "event": "pull_request",
        "head_sha": repository.head,
        "head_branch": "topic",
        "head_repository": "somebody/r",
        "conclusion": conclusion,
        "artifacts": artifacts,
    }
    github.setup(runs={1001: run})
    event = events.workflow_run(repository, 1001, conclusion)
    return runner.workflow(
        repository, event=event, permissions=PUBLISHER, file="publish.yml"
    )


def test_what_a_fork_was_judged_is_published_by_another_workflow(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    repository = make_repository(BAD, fork=True)
    judged = runner.workflow(repository, QUICK)
    assert (judged["check"].conclusion, judged["report"].conclusion) == (
        "failure",
        "success",
    )
    assert github.comments() == {} and github.statuses(repository.head) == {}
    done = publish(repository, runner, github, judged)["publish"]
    assert done.conclusion == "success", "\n".join(done.log)
    (comment,) = github.comments().values()
    assert "The gate is closed" in comment
    assert github.statuses(repository.head)["gate"] == "failure"
    assert github.statuses(repository.merge) == {}
    assert {"ghs_report", "ghs_publish"} == github.tokens()
    again = publish(repository, runner, github, judged)["publish"]
    assert again.conclusion == "success"
    assert len(github.comments()) == 1


def test_results_of_a_fork_that_are_about_another_commit_are_refused(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    repository = make_repository(GOOD, fork=True)
    judged = runner.workflow(repository, QUICK)
    results = judged.artifacts / "gate-report" / "results.json"
    main = repository.git("rev-parse", "refs/remotes/origin/main")
    results.write_text(results.read_text("utf-8").replace(repository.merge, main))
    done = publish(repository, runner, github, judged)["publish"]
    assert done.conclusion == "failure"
    assert github.statuses(repository.head) == {"gate": "error"}
    (comment,) = github.comments().values()
    assert "could not judge: the results are about commit" in comment


def test_results_of_a_fork_that_are_none_are_told_as_an_error(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    repository = make_repository(GOOD, fork=True)
    judged = runner.workflow(repository, QUICK)
    publish(repository, runner, github, judged)
    assert github.statuses(repository.head)["gate"] == "success"
    (judged.artifacts / "gate-report" / "results.json").write_text("{}", "utf-8")
    done = publish(repository, runner, github, judged)["publish"]
    assert done.conclusion == "failure"
    assert github.statuses(repository.head)["gate"] == "error"
    (comment,) = github.comments().values()
    assert "not a results.json of this gate" in comment


def test_in_a_merge_queue_there_are_statuses_and_no_comment(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    repository = make_repository(GOOD)
    jobs = runner.workflow(
        repository,
        QUICK,
        event=events.merge_group(repository),
        permissions={**PERMISSIONS, "contents": "write"},
    )
    assert {job.conclusion for job in jobs.values()} == {"success"}
    assert github.statuses(repository.merge)["gate"] == "success"
    assert github.comments() == {}
    assert "refs/heads/gate-history" not in github.state()["refs"]


def test_a_push_to_main_is_recorded_and_the_next_change_compared_with_it(
    make_repository: MakeRepository, runner: Runner, github: GitHub, tmp_path: Path
) -> None:
    repository = make_repository(GOOD)
    main = repository.land()
    tests = {"checks": "tests, coverage, data"}
    jobs = runner.workflow(
        repository, tests, event=events.push(main), permissions=KEEPER
    )
    assert jobs["report"].conclusion == "success", "\n".join(jobs["report"].log)
    assert github.comments() == {}
    repository.fetch(github, tmp_path / "github.git")
    branch = "refs/remotes/origin/gate-history"
    listed = repository.git("ls-tree", "-r", "--name-only", branch).split()
    assert listed == [
        ".gate-history",
        "README.md",
        "badge.json",
        "badge.svg",
        "history.jsonl",
    ]
    record = json.loads(repository.git("show", f"{branch}:history.jsonl"))
    assert record["commit"] == main and record["state"] == "open"
    assert record["metrics"]["coverage.percent"] == 100
    assert "coverage: 100" in repository.git("show", f"{branch}:badge.svg")
    # A change that nothing tests, and that spoils the data.
    repository.change({**BAD, "tests/test_moons.py": ""})
    judged = runner.workflow(repository, tests)
    assert judged["check"].conclusion == "failure"
    (comment,) = github.comments().values()
    assert re.search(r"coverage 100 % → \d\d(\.\d)? %", comment)
    assert "data anomalies 0 → 1" in comment
    assert f"Since commit <code>{main[:7]}</code>, the base" in comment


def test_a_run_of_an_older_commit_does_not_move_the_badge_back(
    make_repository: MakeRepository, runner: Runner, github: GitHub, tmp_path: Path
) -> None:
    repository = make_repository(GOOD)
    older = repository.land()
    repository.change({"orbits/more.py": '"""More."""\n\nMORE = 1\n'})
    newer = repository.land()
    for commit in (newer, older):
        repository.git("checkout", "-q", "--detach", commit)
        runner.workflow(
            repository,
            {"checks": "tests, coverage"},
            event=events.push(commit),
            permissions=KEEPER,
        )
    repository.fetch(github, tmp_path / "github.git")
    branch = "refs/remotes/origin/gate-history"
    lines = repository.git("show", f"{branch}:history.jsonl").splitlines()
    assert [json.loads(line)["commit"] for line in lines] == [older, newer]
    changed = repository.git("log", "--format=%s", "--", "x", branch)
    assert changed == ""
    assert repository.git("log", "--format=%s", branch, "--", "badge.svg") == (
        f"The gate on {newer[:12]}"
    )


def test_gates_of_several_folders_share_a_comment_though_they_end_at_once(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    repository = make_repository(BAD, below="labs/one/")
    good = {f"labs/two/{name}": text for name, text in GOOD.items()}
    repository.change(good)
    done: dict[str, Jobs] = {}

    def run(folder: str) -> None:
        done[folder] = runner.workflow(
            repository, {**QUICK, "working-directory": folder}
        )

    threads = [
        threading.Thread(target=run, args=(f"labs/{name}",)) for name in ("one", "two")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done["labs/one"]["check"].conclusion == "failure"
    assert done["labs/two"]["check"].conclusion == "success"
    (comment,) = github.comments().values()
    assert "1 of 2 gates is closed" in comment
    statuses = github.statuses(repository.head)
    assert statuses["gate (labs/one)"] == "failure"
    assert statuses["gate (labs/two)"] == "success"
    assert statuses["gate (labs/two)/lint"] == "success"


def test_a_matrix_gives_each_of_its_gates_a_name(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    repository = make_repository(GOOD)
    for python in ("3.10", "3.12"):
        runner.workflow(repository, {**QUICK, "name": f"py{python}"})
    assert {"gate (py3.10)", "gate (py3.12)"} <= set(github.statuses(repository.head))
    (comment,) = github.comments().values()
    assert "All 2 gates are open" in comment


def test_when_github_is_down_the_verdict_stands(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    repository = make_repository(GOOD)
    github.setup(faults=[".*=502x*"])
    done = runner.action(repository, QUICK)
    assert done.conclusion == "success" and done.outputs["verdict"] == "open"
    (warning,) = done.annotated("warning")
    assert "502 Bad Gateway" in warning
    github.setup(faults=[])


def test_what_black_would_change_is_suggested_until_it_is_done(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    repository = make_repository(BAD)
    formatting = {"checks": "formatting"}
    jobs = runner.workflow(repository, formatting)
    assert jobs["check"].conclusion == "failure"
    (made,) = github.state()["review_comments"]
    assert (made["path"], made["line"], made["commit"]) == (
        "orbits/moons.py",
        6,
        repository.head,
    )
    assert "```suggestion\ndef count(planet: str) -> int:\n```" in made["body"]
    runner.workflow(repository, formatting)
    assert github.state()["review_comments"] == [made]
    mended = BAD["orbits/moons.py"].replace("( planet: str )", "(planet: str)")
    repository.change({"orbits/moons.py": mended})
    assert runner.workflow(repository, formatting)["check"].conclusion == "success"
    assert github.state()["review_comments"] == []


def test_findings_beyond_those_of_a_step_are_annotated_where_it_is_allowed(
    make_repository: MakeRepository, runner: Runner, github: GitHub
) -> None:
    repository = make_repository(MANY)
    checks = {"checks": "lint, typecheck"}
    jobs = runner.workflow(repository, checks)
    left = [text for text in jobs["report"].summaries if "Not published" in text]
    assert "`checks: write`" in left[0] and github.state()["checks"] == []
    runner.workflow(repository, checks, permissions={**PERMISSIONS, "checks": "write"})
    (run,) = github.state()["checks"]
    assert (run["name"], run["conclusion"]) == ("gate annotations", "neutral")
    assert len(run["output"]["annotations"]) == 20
