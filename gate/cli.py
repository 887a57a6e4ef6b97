"""Arguments in, exit code out."""

from __future__ import annotations

import importlib
import platform
import sys
import traceback

import click

import gate
from gate.errors import GateError

_COMMANDS = {
    "run": "Judge the project and write the verdict and its reports.",
    "publish": "Post a verdict to the pull request: a comment and statuses.",
    "init": "Look at the repository and write its gate.yaml, workflow and schemas.",
    "data": "Statistics, schema and anomalies of data files.",
    "render": "Turn a results.json into a report.",
}

_REPORT_BUGS = f"https://github.com/{gate.REPOSITORY}/issues"


class _Lazy(click.Group):
    """A group whose commands are imported when they are used: help must be quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"gate.commands.{cmd_name}")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib  # only a slip needs it

            close = difflib.get_close_matches(args[0], _COMMANDS, n=1)
            if not close:
                raise
            message = f"{error.message} Did you mean '{close[0]}'?"
            raise click.UsageError(message, ctx) from None


@click.group(
    cls=_Lazy,
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
        code = cli(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(2)
    except GateError as error:
        show(error)
        sys.exit(2)
    except Exception:
        bug()
        sys.exit(3)


def show(error: GateError) -> None:
    """Print an error that the user can mend, and all that came with it.

    A message can quote a pull request's file: it must not command the terminal, nor
    GitHub's runner.
    """
    from gate.reports import inline  # loads the reports, which help does without

    for one in (error, *error.also):
        word = click.style("error", fg="red", bold=True)
        click.echo(f"{word}: {inline.neutralise(str(one))}", err=True)
        if one.hint:
            click.echo(f"  {inline.neutralise(one.hint)}", err=True)


def bug() -> None:
    """Print an error that is ours, with what a report of it needs."""
    from gate.reports import inline  # as above

    click.echo(inline.neutralise(traceback.format_exc()), err=True)
    click.echo(
        f"This is a bug of the gate's own. Please report it at {_REPORT_BUGS} with the"
        f" lines above.\ngate {gate.__version__}, Python {platform.python_version()},"
        f" {platform.platform()}",
        err=True,
    )
