"""What a user can fix, told apart from our own bugs.

Anything that is a `GateError` ends a command with exit code 2 and its message;
any other exception is our bug: exit code 3, with a traceback.
"""

from __future__ import annotations


class GateError(Exception):
    """The gate could not judge; `hint` says what to do about it.

    `path` is relative to the project's root; `line` and `column` count from 1.
    `also` holds what else is wrong, where one look finds several things.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        path: str = "",
        line: int | None = None,
        column: int | None = None,
        also: tuple[GateError, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.path = path
        self.line = line
        self.column = column
        self.also = also

    def __str__(self) -> str:
        """The message behind its place, as compilers print it: `file:line: text`."""
        numbers = (str(number) for number in (self.line, self.column) if number)
        place = ":".join(filter(None, (self.path, *numbers)))
        return f"{place}: {self.message}" if place else self.message


class ConfigError(GateError):
    """gate.yaml, a schema file or a command's options are wrong."""


class ToolError(GateError):
    """A tool is missing, crashed, or ran out of time."""


class DataError(GateError):
    """A data file cannot be read."""


class GitError(GateError):
    """git could not answer."""


class GitHubError(GateError):
    """GitHub could not be asked, or refused."""
