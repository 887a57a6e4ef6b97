"""What lies in a repository and should not, or not so: a look at its files' bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gate.code import credentials, notebooks, requirements
from gate.code.rules import Problem, Rule

LARGE: Final = Rule(
    code="RQ461",
    name="large-file",
    family="reproducibility",
    advice="keep it in Git LFS, DVC or an archive, and commit where it is and its hash",
    warning=True,
)
RULES: Final = (
    *requirements.RULES,
    *credentials.RULES,
    *notebooks.RULES,
    LARGE,
)

_POINTER: Final = b"version https://git-lfs.github.com/spec/"


def large(size: int, start: bytes, limit: float) -> Iterator[Problem]:
    """The problem of a file of so many bytes, of which the first are `start`.

    Text is left alone: its versions can be compared, and git keeps them small.
    """
    if size > limit and b"\0" in start and not start.startswith(_POINTER):
        message = f"{size / 1e6:,.1f} MB of binary data, in every clone for ever"
        yield Problem(rule=LARGE, message=message, line=1)


def look(path: str, data: bytes) -> Iterator[Problem]:
    """What is wrong with a file of text by itself."""
    if notebooks.is_notebook(path):
        yield from notebooks.look(data)
    if len(data) <= credentials.MAX_BYTES:
        yield from credentials.look(path, data)


def look_requirements(path: str, text: str) -> Iterator[Problem]:
    """What a file of requirements leaves open, pip's or conda's."""
    if requirements.is_requirements(path):
        yield from requirements.look(text)
    elif requirements.is_environment(path):
        yield from requirements.look_conda(text)
