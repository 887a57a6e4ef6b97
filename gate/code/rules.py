"""What can be wrong with a source file: the rules, and a place where one is broken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One smell: `code` is flake8's (`RQ101`), `name` says it in words.

    The first digit of the code is the family's; `advice` says how to mend it.
    """

    code: str
    name: str
    family: str
    advice: str
    warning: bool = False  # shown, and closes nothing


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A place where a rule is broken: lines and columns count from 1.

    `patch` is a unified diff that mends it, where that is plain.
    """

    rule: Rule
    message: str
    line: int
    column: int = 1
    end_line: int | None = None
    patch: str = ""


FAMILIES: Final = {
    "imports": "1",
    "state": "2",
    "naming": "3",
    "reproducibility": "4",
}
