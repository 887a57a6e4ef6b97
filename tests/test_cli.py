"""Arguments in, exit code out; a message a user can act on, and no traceback."""

from __future__ import annotations

import errno
import sys

import click
import pytest

import gate
from gate import cli
from gate.errors import ConfigError, GateError

Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch


def run(monkeypatch: Patch, *words: str) -> object:
    """The exit code of a command line."""
    monkeypatch.setattr(sys, "argv", ["gate", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


def run_raising(monkeypatch: Patch, error: BaseException) -> object:
    """The exit code of a command line whose command raises."""

    @click.command()
    def command() -> None:
        raise error

    monkeypatch.setattr(cli, "cli", command)
    return run(monkeypatch)


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_names_every_command(
    monkeypatch: Patch, capsys: Capture, word: str
) -> None:
    assert run(monkeypatch, word) == 0
    said = capsys.readouterr().out
    assert all(f"\n  {name}" in said for name in cli._COMMANDS)
    assert "Exit codes: 0 the gate is open" in said


@pytest.mark.parametrize("name", cli._COMMANDS)
def test_every_command_has_help(monkeypatch: Patch, capsys: Capture, name: str) -> None:
    assert run(monkeypatch, name, "--help") == 0
    assert f"Usage: gate {name}" in capsys.readouterr().out


def test_the_version_is_told(monkeypatch: Patch, capsys: Capture) -> None:
    assert run(monkeypatch, "--version") == 0
    assert gate.__version__ in capsys.readouterr().out


def test_a_slip_in_a_command_names_the_nearest(
    monkeypatch: Patch, capsys: Capture
) -> None:
    assert run(monkeypatch, "rnu") == 2
    assert "Did you mean 'run'?" in capsys.readouterr().err


def test_a_slip_in_an_option_is_told(monkeypatch: Patch, capsys: Capture) -> None:
    assert run(monkeypatch, "run", "--bsae", "main") == 2
    assert "--base" in capsys.readouterr().err


def test_what_a_user_can_mend_is_told_without_a_traceback(
    monkeypatch: Patch, capsys: Capture
) -> None:
    other = ConfigError("and this", path="gate.yaml", line=9)
    error = ConfigError(
        "wrong", path="gate.yaml", line=3, hint="mend it", also=(other,)
    )
    assert run_raising(monkeypatch, error) == 2
    said = capsys.readouterr()
    assert said.out == ""
    lines = click.unstyle(said.err).splitlines()
    assert lines == [
        "error: gate.yaml:3: wrong",
        "  mend it",
        "error: gate.yaml:9: and this",
    ]


def test_a_message_commands_neither_runner_nor_terminal(
    monkeypatch: Patch, capsys: Capture
) -> None:
    error = GateError("x\n::set-output name=a::b\r::error::c\x1b[2J##[error]d")
    assert run_raising(monkeypatch, error) == 2
    said = click.unstyle(capsys.readouterr().err)
    assert not any(line.startswith("::") for line in said.splitlines())
    assert "\x1b[2J" not in said and "##[" not in said


def test_a_bug_of_ours_says_where_to_report_it(
    monkeypatch: Patch, capsys: Capture
) -> None:
    assert run_raising(monkeypatch, ZeroDivisionError("x\n::error::y")) == 3
    said = capsys.readouterr().err
    assert "Traceback" in said and "/issues" in said and gate.__version__ in said
    assert "\n::error" not in said


def test_a_slip_that_quotes_a_command_is_none_on_github(
    monkeypatch: Patch, capsys: Capture
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert run(monkeypatch, "run", "x\n::error::y", "##[error]z") == 2
    said = capsys.readouterr().err
    assert "\n::error" not in said and "##[" not in said


def test_a_full_disk_is_no_bug_of_ours(monkeypatch: Patch, capsys: Capture) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    assert run_raising(monkeypatch, full) == 2
    said = capsys.readouterr().err
    assert "No space left" in said and "Traceback" not in said


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interruption_is_no_verdict(
    monkeypatch: Patch, capsys: Capture, error: BaseException
) -> None:
    assert run_raising(monkeypatch, error) == 130
    assert capsys.readouterr().err.strip() == "stopped"
