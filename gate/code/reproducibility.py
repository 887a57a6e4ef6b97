"""What makes a result one that nobody can get again: chance, places, downloads."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from gate.code import places, randomness, repository
from gate.code.rules import Problem
from gate.code.source import Source

RULES: Final = (*randomness.RULES, *places.RULES, *repository.RULES)


def look(source: Source, elsewhere: Collection[str] = ()) -> Iterator[Problem]:
    """Every such place in a file; `elsewhere` are libraries that another file seeds."""
    yield from randomness.look(source, elsewhere)
    yield from places.look(source)
