"""`gate data`, called as it is typed."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result

from gate.commands.data import command


def run(*arguments: str) -> Result:
    """The command's output and exit code; what it raises is raised."""
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    if result.exception:
        raise result.exception
    return result


def as_json(*arguments: str) -> dict[str, Any]:
    """The one document that it prints."""
    document = json.loads(run(*arguments, "--format", "json").stdout)
    assert isinstance(document, dict)
    return document
