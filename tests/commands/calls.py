"""`gate data` and `gate model`, called as they are typed."""

from __future__ import annotations

import json
from typing import Any

import click
from click.testing import CliRunner, Result

from gate.commands.data import command


def run(*arguments: str, of: click.Command = command) -> Result:
    """The command's output and exit code; what it raises is raised."""
    result = CliRunner().invoke(of, arguments, standalone_mode=False)
    if result.exception:
        raise result.exception
    return result


def as_json(*arguments: str, of: click.Command = command) -> dict[str, Any]:
    """The one document that it prints."""
    document = json.loads(run(*arguments, "--format", "json", of=of).stdout)
    assert isinstance(document, dict)
    return document
