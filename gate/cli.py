"""Arguments in, exit code out."""

from __future__ import annotations

import contextlib
import errno
import io
import platform
import signal
import sys
import traceback
from collections.abc import Iterator
from types import FrameType

import click

import gate
from gate import guard
from gate.commands import Lazy
from gate.errors import GateError
from gate.output import harmless, say

_COMMANDS = {
    "run": "Judge the project and write the verdict and its reports.",
    "publish": "Post a verdict to the pull request: a comment and statuses.",
    "fix": "Mend what the checks can mend by themselves.",
    "init": "Look at the repository and write its gate.yaml, workflow and schemas.",
    "protect": "Make the gate a required check of a branch.",
    "data": "Statistics, schema and anomalies of data files.",
    "model": "What a model's predictions are worth: metrics, slices, fairness.",
    "render": "Turn a results.json into a report.",
}

# What no change of the project's, nor of ours, could mend.
_MACHINES = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE}

_REPORT_BUGS = f"https://github.com/{gate.REPOSITORY}/issues"


@click.group(
    cls=Lazy,
    commands_in="gate.commands",
    about=_COMMANDS,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "GATE",
    },
    epilog="Exit codes: 0 the gate is open, 1 it is closed, 2 it could not judge,"
    " 3 a bug of the gate's own.",
)
@click.version_option(gate.__version__, prog_name="gate")
def cli() -> None:
    """One verdict on a research repository: its code, its tests and its data.

    Start with `gate init`, then `gate run`.
    """


def main() -> None:
    """Run the command line and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        # A file name or a cell that the terminal cannot show must not end the run.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        with _stoppable(), guard.watching():
            code = cli(standalone_mode=False, prog_name="gate")
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        told = io.StringIO()
        error.show(told)  # it quotes arguments
        say(told.getvalue(), err=True, nl=False)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt) as error:
        click.echo("stopped", err=True)
        sys.exit(128 + _signal_of(error))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(2)
    except GateError as error:
        show(error)
        sys.exit(2)
    except OSError as error:
        if error.errno not in _MACHINES:
            bug()
            sys.exit(3)
        show(GateError(str(error), hint="the machine has to be mended, not the code"))
        sys.exit(2)
    except Exception:
        bug()
        sys.exit(3)


class _Stopped(KeyboardInterrupt):
    """A signal that asks the gate to end: as Ctrl-C, with all cleaned up."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Make a cancelled job and a closed terminal what Ctrl-C is.

    The default would end the gate alone: its children have groups of their own.
    """

    def stop(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)  # once is enough: it is being done
        raise _Stopped(number)

    names = ("SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    # One that is ignored (nohup) stays so.
    taken = [n for n in numbers if signal.getsignal(n) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _signal_of(error: BaseException) -> int:
    """The signal behind an interruption; click puts its own exception before it."""
    for one in (error, error.__cause__):
        if isinstance(one, _Stopped):
            return one.number
    return int(signal.SIGINT)


def show(error: GateError) -> None:
    """Print an error that the user can mend, and all that came with it.

    A message can quote a pull request's file: it must not command the terminal, nor
    GitHub's runner.
    """
    for one in (error, *error.also):
        word = click.style("error", fg="red", bold=True)
        click.echo(f"{word}: {harmless(str(one))}", err=True)
        if one.hint:
            click.echo(f"  {harmless(one.hint)}", err=True)


def bug() -> None:
    """Print an error that is ours, with what a report of it needs."""
    click.echo(harmless(traceback.format_exc()), err=True)
    click.echo(
        f"This is a bug of the gate's own. Please report it at {_REPORT_BUGS} with the"
        f" lines above.\ngate {gate.__version__}, Python {platform.python_version()},"
        f" {platform.platform()}",
        err=True,
    )
