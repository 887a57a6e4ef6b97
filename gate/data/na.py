"""Texts that mostly mean a missing cell, and the words that say so."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

MARKS = frozenset(
    "NA N/A n/a #N/A NULL null None none NaN nan NaT - -- ? . nil".split()
)
_TOLD = 3


def options(texts: Iterable[str]) -> str:
    """The options that make those of the texts missing that are MARKS; or nothing."""
    marks = [text for text in texts if text.strip() in MARKS]
    return " ".join(f"--na-value {shlex.quote(text)}" for text in marks[:_TOLD])


def hint(texts: Iterable[str]) -> str:
    """What to do if those of the texts that are MARKS mean a missing cell; or nothing.

    To be added to a sentence about cells that are no numbers.
    """
    said = options(texts)
    return said and f"; if that is a missing cell: {said}, or na_values in gate.yaml"
