"""A line on the terminal that says which checks run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

import click

from gate.findings import Result


class Progress:
    """A line that says what runs, on a terminal only, gone when the run ends.

    What some runners give a step looks like a terminal, and is a log all the same.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._left = dict.fromkeys(names, False)
        log = os.environ.get("GITHUB_ACTIONS") == "true"
        self._shown = sys.stderr.isatty() and not log

    def started(self, name: str) -> None:
        """A check runs now."""
        self._left[name] = True
        self._draw()

    def ended(self, result: Result) -> None:
        """A check has ended."""
        self._left.pop(result.check, None)
        self._draw()

    def close(self) -> None:
        """Take the line away."""
        if self._shown:
            click.echo("\r\033[K", nl=False, err=True)

    def _draw(self) -> None:
        running = [name for name, runs in list(self._left.items()) if runs]
        if self._shown:
            line = f"\r\033[Krunning {', '.join(running)} …" if running else "\r\033[K"
            click.echo(line, nl=False, err=True)
