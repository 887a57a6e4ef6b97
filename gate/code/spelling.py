"""How a name is spelled: snake_case, CapWords, mixedCase, or a formula's notation."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final

# `X`, `dW`, `XtX`, `logZ`, `kHz`: a letter of a formula or a unit, with its marks.
_NOTATION: Final = re.compile(
    r"(?:(?:[a-z]?[A-Z][a-z]?){1,3}(?:dt|dx)?|[a-z]{0,3}[A-Z]+[a-z]?|[A-Z][a-z]{0,2})"
    r"[0-9]*[a-z]?"
)
_CAP_WORDS: Final = re.compile(r"[A-Z][A-Za-z0-9]*")
_MIXED: Final = re.compile(r"[a-z][A-Za-z0-9_]*[A-Z][A-Za-z0-9_]*")
_LONGEST: Final = 200  # of a name that is looked at by pattern


def is_among(name: str, patterns: Iterable[str]) -> bool:
    """Whether a name is one of those listed, which may have `*` and `?`."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def is_snake(name: str) -> bool:
    """Without a capital: `fit_model`, and whatever has no case."""
    return name.lower() == name


def is_constant(name: str) -> bool:
    """Without a small letter: `MAX_ITER`."""
    return name.upper() == name


def is_cap_words(name: str) -> bool:
    """`RandomForest`, also `_RandomForest`; an underscore may part off a number."""
    bare = re.sub(r"(?<=[0-9])_|_(?=[0-9]|v[0-9])", "", name.strip("_"))
    return not bare.isascii() or bool(_CAP_WORDS.fullmatch(bare))


def is_mixed(name: str) -> bool:
    """`learningRate`: begins small, and has a capital."""
    return bool(_MIXED.fullmatch(name.lstrip("_")[:_LONGEST]))


def has_only_acronyms(name: str) -> bool:
    """Snake case, but for words that are capitals throughout: `compute_AUC`."""
    parts = name.strip("_").split("_")
    proper = all(part in (part.lower(), part.upper()) for part in parts)
    return proper and any(part.islower() for part in parts)


def is_notation(name: str) -> bool:
    """Snake case with words of a formula, acronyms or classes: `X_train`, `dW`.

    A class may stand behind a small word: `parse_DataFrame`.
    """
    parts = name.strip("_").split("_")
    return len(name) <= _LONGEST and all(
        part in (part.lower(), part.upper())
        or _NOTATION.fullmatch(part)
        or (part[-1] == "s" and part[:-1].isupper())
        or (number and parts[0].islower() and _CAP_WORDS.fullmatch(part))
        for number, part in enumerate(parts)
    )
