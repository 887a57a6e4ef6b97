"""`gate render` writes any report of a results.json, and judges nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gate import results
from gate.commands.render import FORMATS, command
from gate.errors import GateError
from gate.findings import Finding, Result, Status
from gate.reports import REPORTS, markdown
from gate.verdict import Context, Verdict, judge


@pytest.fixture
def verdict() -> Verdict:
    found = (Finding(rule="lint/E1", message="naïve — 北京", path="a.py", line=1),)
    failed = Result(check="lint", status=Status.FAILED, summary="1", findings=found)
    return judge([failed], Context(gate="0"))


@pytest.fixture
def file(tmp_path: Path, verdict: Verdict) -> Path:
    results.write(verdict, tmp_path / "results.json")
    return tmp_path / "results.json"


def run(*arguments: str | Path) -> bytes:
    outcome = CliRunner().invoke(
        command,
        [str(argument) for argument in arguments],
        standalone_mode=False,
        catch_exceptions=False,
    )
    if outcome.exception:
        raise outcome.exception
    return outcome.stdout_bytes


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_every_format_is_written(file: Path, form: str) -> None:
    assert run(file, "--to", form).decode()


def test_every_report_of_a_run_has_a_format() -> None:
    assert set(REPORTS.values()) <= set(FORMATS.values())


def test_standard_output_is_the_report_byte_for_byte(
    file: Path, verdict: Verdict
) -> None:
    assert run(file, "--to", "markdown") == markdown.render(verdict).encode()


def test_a_file_is_written_with_its_folder(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "new" / "results.sarif"
    assert run(file, "--to", "sarif", "--output", target) == b""
    assert json.loads(target.read_text(encoding="utf-8"))["version"] == "2.1.0"


def test_results_that_are_missing_are_the_users_to_mend(tmp_path: Path) -> None:
    with pytest.raises(GateError) as caught:
        run(tmp_path / "none.json", "--to", "html")
    assert "gate run" in caught.value.hint


def test_a_file_that_cannot_be_written_is_told(file: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(GateError, match="cannot be written"):
        run(file, "--to", "html", "--output", tmp_path / "taken" / "x.html")


@pytest.mark.parametrize("form", sorted(set(FORMATS) - {"annotations"}))
def test_on_github_nothing_that_is_printed_is_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    evil = "x\n  ::error::y\n::add-mask::e\r::stop-commands::z ##[error]z"
    found = (Finding(rule="lint/E1", message=evil, path="::debug::a.py", line=1),)
    result = Result(
        check="lint", status=Status.FAILED, summary=evil, findings=found, output=evil
    )
    results.write(judge([result], Context(gate="0")), tmp_path / "results.json")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    said = run(tmp_path / "results.json", "--to", form).decode()
    assert "##[" not in said
    assert not any(line.lstrip().startswith("::") for line in said.splitlines())


@pytest.mark.parametrize("form", sorted(set(FORMATS) - {"terminal"}))
def test_on_github_a_plain_report_is_the_same(
    file: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    plain = run(file, "--to", form)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert run(file, "--to", form) == plain
