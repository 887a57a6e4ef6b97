"""`gate run` from the command line: exit codes, files, formats, GitHub's own files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gate import history, results
from gate.cli import cli
from gate.errors import ConfigError, GateError
from gate.history import Record
from gate.verdict import State
from tests.conftest import Repository

CLEAN = '"""One."""\n\nONE = 1\n'
UGLY = "ONE   =   1\n"
EVIL_TEST = """
def test_a():
    print("::add-mask::e")
    assert False, "  ::error::x ##[group]y"
"""
FAST = ("--only", "formatting,lint")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(
        cli, ["run", *arguments], standalone_mode=False, auto_envvar_prefix="GATE"
    )


@pytest.fixture
def clean(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A repository in order, with the working folder in it."""
    repository.commit({"one.py": CLEAN})
    monkeypatch.chdir(repository.root)
    return repository


def test_an_open_gate_ends_with_0_and_writes_every_report(clean: Repository) -> None:
    done = run(*FAST)
    assert done.return_value == 0
    names = {path.name for path in (clean.root / ".gate").iterdir()}
    assert names == {
        *(".gitignore", "results.json", "report.html", "comment.md", "summary.md"),
        *("results.sarif", "junit.xml", "badge.svg", "badge.json"),
    }
    assert "The gate is open" in done.output
    assert clean.git("status", "--porcelain") == ""


def test_a_closed_gate_ends_with_1_and_names_the_place(clean: Repository) -> None:
    clean.commit({"two.py": UGLY})
    done = run(*FAST)
    assert done.return_value == 1
    assert "two.py:1" in done.output


def test_a_broken_gate_yaml_ends_with_its_line_and_a_verdict_that_says_so(
    clean: Repository,
) -> None:
    run(*FAST)
    clean.write({"gate.yaml": "checks:\n  formating: {}\n"})
    done = run()
    assert isinstance(done.exception, ConfigError)
    assert str(done.exception).startswith("gate.yaml:2: there is no `formating`")
    verdict = results.read(clean.root / ".gate" / "results.json")
    assert verdict.state is State.ERROR
    assert "gate.yaml:2" in verdict.reasons[0]


def test_an_older_verdict_does_not_outlive_a_run_that_breaks(
    clean: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    forged = clean.root / ".gate" / "results.json"
    clean.commit({".gate/results.json": '{"version": 1, "state": "open"}'})
    with monkeypatch.context() as patch:
        patch.setenv("PATH", "")  # no git: the run breaks before any check
        done = run("--python", "no-such-python")
    assert isinstance(done.exception, GateError)
    assert results.read(forged).state is State.ERROR


def test_output_through_a_link_is_refused(clean: Repository, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (clean.root / ".gate").symlink_to(tmp_path / "elsewhere")
    done = run(*FAST)
    assert isinstance(done.exception, ConfigError)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_json_is_one_document_and_nothing_else(clean: Repository) -> None:
    done = run(*FAST, "--format", "json")
    assert json.loads(done.stdout)["state"] == "open"


def test_only_brings_what_a_check_needs(clean: Repository) -> None:
    run("--only", "coverage")
    verdict = results.read(clean.root / ".gate" / "results.json")
    assert [result.check for result in verdict.results] == ["tests", "coverage"]


def test_skip_leaves_a_check_out(clean: Repository) -> None:
    run(*FAST, "--skip", "lint")
    verdict = results.read(clean.root / ".gate" / "results.json")
    assert [result.check for result in verdict.results] == ["formatting"]


REPORT = "<testsuite><testcase classname='test_a' name='test_b'/></testsuite>"


def test_reports_of_an_earlier_step_are_named_on_the_command_line(
    clean: Repository,
) -> None:
    """They take the place of a run, and of what gate.yaml names."""
    named = "checks:\n  tests: {command: pytest -x, report: nothing.xml}\n"
    clean.write({"gate.yaml": named, "b/1.xml": REPORT, "b/2.xml": REPORT})
    reports = ("--report", "tests=b/1.xml", "--report", "tests=b/2.xml")
    done = run("--only", "tests", *reports)
    assert (done.return_value, done.exception) == (0, None)
    assert "2 tests passed (`b/1.xml`, `b/2.xml`)" in done.output


@pytest.mark.parametrize("word", ["lint=a.xml", "tests", "a.xml", "nothing=a", "="])
def test_a_report_for_a_check_that_takes_none_is_a_slip(
    clean: Repository, word: str
) -> None:
    done = run("--only", "lint,formatting", "--report", word)
    assert isinstance(done.exception, ConfigError)
    assert f"`{word}` is no report for a check that runs" in str(done.exception)


def test_an_unknown_check_is_answered_with_the_nearest(clean: Repository) -> None:
    done = run("--only", "formating")
    assert isinstance(done.exception, ConfigError)
    assert done.exception.hint == "did you mean `formatting`?"


def test_skipping_everything_is_a_slip(clean: Repository) -> None:
    done = run("--only", "lint", "--skip", "lint")
    assert isinstance(done.exception, ConfigError)


def test_nothing_to_judge_is_no_open_gate(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit({"notes.txt": "nothing here\n"})
    monkeypatch.chdir(repository.root)
    assert run().return_value == 2


def test_empty_variables_of_the_action_are_not_given(
    clean: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CONFIG", "BASE", "PYTHON", "FORMAT"):
        monkeypatch.setenv(f"GATE_RUN_{name}", "")
    monkeypatch.setenv("GATE_RUN_ONLY", "formatting, lint")
    assert run().return_value == 0


def test_a_configuration_is_found_above_and_named_elsewhere(
    clean: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean.write({"gate.yaml": "checks: [formatting]\n", "deep/er/x.txt": ""})
    clean.write({"other.yaml": "checks: [lint]\n"})
    monkeypatch.chdir(clean.root / "deep" / "er")
    run()
    verdict = results.read(clean.root / ".gate" / "results.json")
    judged = {r.check for r in verdict.results if r.status.value != "skipped"}
    assert judged == {"formatting"}
    monkeypatch.chdir(clean.root)
    run("--config", str(clean.root / "other.yaml"))
    verdict = results.read(clean.root / ".gate" / "results.json")
    judged = {r.check for r in verdict.results if r.status.value != "skipped"}
    assert judged == {"lint"}


def test_a_configuration_named_in_another_folder_judges_this_one(
    clean: Repository,
) -> None:
    clean.commit({"ci/gate.yaml": "checks: [formatting]\n", "two.py": UGLY})
    done = run("--config", "ci/gate.yaml")
    assert done.return_value == 1
    assert "two.py:1" in done.output
    assert (clean.root / ".gate").is_dir() and not (clean.root / "ci/.gate").exists()


def test_a_link_to_a_configuration_does_not_move_the_project(
    clean: Repository,
) -> None:
    clean.write({"ci/shared.yaml": "checks: [formatting]\n"})
    (clean.root / "gate.yaml").symlink_to("ci/shared.yaml")
    assert run().return_value == 0
    assert results.read(clean.root / ".gate" / "results.json").results


@pytest.mark.parametrize("named", [(), ("--config", "gate.yaml")])
def test_a_configuration_outside_of_the_clone_is_refused_through_a_link(
    clean: Repository, tmp_path_factory: pytest.TempPathFactory, named: tuple[str, ...]
) -> None:
    shared = tmp_path_factory.mktemp("outside") / "shared.yaml"
    shared.write_text("checks: [formatting]\n")
    (clean.root / "gate.yaml").symlink_to(shared)
    done = run(*named)
    assert isinstance(done.exception, ConfigError)
    assert "out of the clone" in str(done.exception)
    assert results.read(clean.root / ".gate" / "results.json").state is State.ERROR
    (clean.root / "gate.yaml").unlink()
    assert run("--config", str(shared)).return_value == 0


def test_a_folder_in_place_of_a_report_is_told(clean: Repository) -> None:
    for name in ("results.json", "report.html"):
        run(*FAST)
        (clean.root / ".gate" / name).unlink()
        clean.write({f".gate/{name}/x": ""})
        done = run(*FAST)
        assert isinstance(done.exception, GateError)
        assert str(done.exception).startswith(str(Path(".gate", name)))
        assert not (clean.root / ".gate" / "results.json").is_file()
        (clean.root / ".gate" / name / "x").unlink()
        (clean.root / ".gate" / name).rmdir()


def test_an_output_folder_that_cannot_be_made_is_told(clean: Repository) -> None:
    done = run(*FAST, "--output", "one.py/reports")
    assert isinstance(done.exception, GateError)
    assert "one.py" in str(done.exception)


def test_a_gate_yml_leaves_no_older_verdict(clean: Repository) -> None:
    run(*FAST)
    clean.write({"gate.yml": ""})
    assert isinstance(run(*FAST).exception, ConfigError)
    assert results.read(clean.root / ".gate" / "results.json").state is State.ERROR


def test_on_github_it_annotates_and_writes_summary_and_outputs(
    clean: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clean.commit({"two.py": UGLY})
    summary, output = tmp_path / "summary", tmp_path / "output"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_OUTPUT", str(output))
    done = run(*FAST)
    assert done.return_value == 1
    assert re.search(r"^::error file=two\.py,line=1", done.output, re.MULTILINE)
    assert "The gate is closed" in summary.read_text("utf-8")
    given = dict(
        re.findall(r"^(\w+)<<(?:\S+)\n(.*)$", output.read_text(), re.MULTILINE)
    )
    assert given["verdict"] == "closed"
    assert given["coverage"] == given["anomalies"] == ""
    assert Path(given["results"]).is_file() and Path(given["report"]).is_file()


def test_a_summary_that_cannot_be_written_is_told(
    clean: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(clean.root / "one.py" / "summary"))
    done = run(*FAST, "--format", "github")
    assert isinstance(done.exception, GateError)
    assert "summary" in done.exception.path


@pytest.mark.parametrize("form", ["text", "json"])
def test_on_github_no_other_format_holds_a_command(
    clean: Repository, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    clean.commit({"##[error]z.py": UGLY, "test_a.py": EVIL_TEST})
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    said = run("--only", "formatting,tests", "--format", form, "-v").output
    assert "error" in said and "##[" not in said
    lines = [line.strip() for line in said.splitlines()]
    assert not [line for line in lines if line.startswith("::")]
    if form == "json":
        assert "##[error]z.py" in str(json.loads(said))


def test_in_a_folder_of_a_repository_annotations_name_paths_from_its_top(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit({"sub/two.py": UGLY})
    monkeypatch.chdir(repository.root / "sub")
    assert "::error file=sub/two.py" in run(*FAST, "--format", "github").output


def test_the_base_is_named_in_the_verdict(clean: Repository) -> None:
    first = clean.git("rev-parse", "HEAD")
    clean.git("checkout", "-q", "-b", "change")
    clean.commit({"three.py": CLEAN})
    run(*FAST, "--base", "main")
    context = results.read(clean.root / ".gate" / "results.json").context
    assert (context.base, context.base_ref) == (first, "main")
    assert not context.dirty


def test_a_base_that_is_not_there_is_a_slip(clean: Repository) -> None:
    done = run(*FAST, "--base", "nowhere")
    assert isinstance(done.exception, ConfigError)
    assert "fetch-depth" in done.exception.hint


def test_a_base_outside_of_git_is_a_slip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*FAST, "--base", "main")
    assert isinstance(done.exception, ConfigError)
    assert "no git repository here" in str(done.exception)


def test_a_folder_of_the_users_is_not_written_over(clean: Repository) -> None:
    clean.commit({"reports/summary.md": "mine\n", ".gitignore": "*.log\n"})
    for folder in ("reports", "."):
        done = run(*FAST, "--output", folder)
        assert isinstance(done.exception, ConfigError)
        assert "did not write" in str(done.exception)
    assert clean.git("status", "--porcelain") == ""


def test_a_folder_of_the_gates_is_written_again(clean: Repository) -> None:
    (clean.root / "empty").mkdir()
    for folder in ("new", "new", "empty", "empty"):
        assert run(*FAST, "--output", folder).return_value == 0
    assert (clean.root / "new" / "results.json").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="its signals are others")
def test_a_folder_of_a_run_that_was_killed_is_written_again(clean: Repository) -> None:
    kill = "import os\n\n\ndef test_a():\n    os.kill(os.getppid(), 9)\n"
    clean.commit({"test_a.py": kill})
    gate = [sys.executable, "-m", "gate", "run", "--only", "tests", "--output", "new"]
    assert subprocess.run(gate, capture_output=True).returncode == -9
    assert not (clean.root / "new" / "results.json").exists()
    assert run(*FAST, "--output", "new").return_value == 0


def test_a_gate_has_the_name_of_its_folder_unless_it_is_given_one(
    clean: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    def name() -> str:
        return results.read(Path(".gate/results.json")).context.name

    run(*FAST)
    assert name() == ""
    (clean.root / "labs/one").mkdir(parents=True)
    clean.commit({"labs/one/two.py": CLEAN})
    monkeypatch.chdir(clean.root / "labs/one")
    run(*FAST)
    assert name() == "labs/one"
    Path("gate.yaml").write_text("name: first\n", "utf-8")
    run(*FAST)
    assert name() == "first"
    run(*FAST, "--name", "py3.12")
    assert name() == "py3.12"


def test_a_name_that_none_can_have_is_a_slip(clean: Repository) -> None:
    done = run(*FAST, "--name", "a)/b")
    assert isinstance(done.exception, ConfigError)
    assert "letters, digits" in done.exception.hint
    assert results.read(clean.root / ".gate/results.json").context.name == ""


def test_how_to_publish_goes_with_the_verdict(clean: Repository) -> None:
    (clean.root / "gate.yaml").write_text("publish: {minimize: true}\n", "utf-8")
    run(*FAST)
    context = results.read(clean.root / ".gate/results.json").context
    assert context.publish.minimize


def test_what_was_recorded_of_the_base_goes_with_the_verdict(
    clean: Repository,
) -> None:
    base = clean.git("rev-parse", "HEAD")
    record = Record(commit=base, time="", state="open", metrics={"lint.problems": 3})
    (clean.root / history.FILE).write_bytes(history.text([record]))
    clean.git("checkout", "-q", "--orphan", history.BRANCH)
    clean.git("rm", "-rqf", "--cached", ".")
    clean.git("add", "-f", history.FILE)
    clean.git("commit", "-qm", "History")
    clean.git("checkout", "-qf", "main")
    clean.git("checkout", "-qb", "topic")
    clean.commit({"two.py": CLEAN})
    run(*FAST, "--base", "main")
    past = results.read(clean.root / ".gate/results.json").context.past
    assert past and past.metrics == {"lint.problems": 3}


TEMPLATE = """{% extends "comment.md.j2" %}
{% block foot %}
Ask in the lab.
{% endblock %}
"""


def test_a_template_of_the_tree_can_be_looked_at(clean: Repository) -> None:
    (clean.root / "gate.yaml").write_text("publish: {template: c.md.j2}\n", "utf-8")
    (clean.root / "c.md.j2").write_text(TEMPLATE, "utf-8")
    assert run(*FAST).return_value == 0
    comment = (clean.root / ".gate/comment.md").read_text("utf-8")
    assert comment.endswith("\nAsk in the lab.\n")


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{% block %}", "line 1"),
        ("{{ nothing }}", "'nothing' is undefined"),
        (None, "cannot be read: No such file"),
        (b"\xff", "not UTF-8"),
        ("x" * 70_000, "larger than 65,536 bytes"),
    ],
)
def test_a_template_that_a_change_breaks_is_told_by_its_own_run(
    clean: Repository, template: str | bytes | None, problem: str
) -> None:
    (clean.root / "gate.yaml").write_text("publish: {template: c.md.j2}\n", "utf-8")
    if template is not None:
        data = template.encode() if isinstance(template, str) else template
        (clean.root / "c.md.j2").write_bytes(data)
    assert run(*FAST).return_value == 0
    (note,) = results.read(clean.root / ".gate/results.json").context.notes[-1:]
    assert note.startswith("the template `c.md.j2` cannot be used: ")
    assert problem in note
    assert "Judged" in (clean.root / ".gate/comment.md").read_text("utf-8")


def test_a_template_outside_of_the_project_is_not_read(clean: Repository) -> None:
    (clean.root / "gate.yaml").write_text("publish: {template: ../c.j2}\n", "utf-8")
    (clean.root.parent / "c.j2").write_text("SECRET", "utf-8")
    run(*FAST)
    assert "SECRET" not in (clean.root / ".gate/comment.md").read_text("utf-8")
