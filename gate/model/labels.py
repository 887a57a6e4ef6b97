"""Labels as they are written: which is positive, and which classes there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gate import typed
from gate.data.columns import Kind, parse, utf8
from gate.data.source import Source

_SHOWN = 5  # labels named in a message
_MISSING = ("nan", "NaN", "NAN")


def number(text: str) -> float | None:
    """The number that a text spells; `true` is 1 and `false` 0; else None."""
    word = text.strip().lower()
    if word in ("true", "false"):
        return float(word == "true")
    return None if parse(text)[0] is Kind.STRING else float(utf8(text))


def is_missing(text: str) -> bool:
    """Whether a label or a class is none, as frames write it."""
    return text in _MISSING


def positives(
    texts: Sequence[str], positive: str | int | float | bool | None, source: Source
) -> list[bool]:
    """Of each distinct label whether it is the positive one.

    Without `positive`, 1 is, where all labels are 0 and 1, or -1 and 1, or truth
    values.

    Raises:
        DataError: there are other labels, or more than two.
    """
    keys = [_key(text) for text in texts]
    distinct = sorted(set(keys), key=str)
    if positive is None:
        if not set(keys) <= {0.0, 1.0} and not set(keys) <= {-1.0, 1.0}:
            raise _unclear(texts, distinct, source)
        return [key == 1.0 for key in keys]
    wanted = _key(str(positive))
    if len([key for key in distinct if key != wanted]) > 1:
        raise _too_many(texts, str(positive), wanted in distinct, source)
    return [key == wanted for key in keys]


def _key(text: str) -> float | str:
    found = number(text)
    return text if found is None else found


def _unclear(
    texts: Sequence[str], distinct: Sequence[float | str], source: Source
) -> Exception:
    if len(distinct) > 2:
        return _too_many(texts, "1", "1" in texts, source)
    return source.error(
        f"which label is positive is not clear: there are {_listed(texts)}",
        hint=f"name it: `positive: {sorted(texts)[-1]}`",
    )


def _too_many(
    texts: Sequence[str], positive: str, known: bool, source: Source
) -> Exception:
    near = "" if known else typed.nearest(positive, texts)
    return source.error(
        f"the labels are {_listed(texts)}, where two are expected and"
        f" `{positive}` is positive",
        hint=near or "name the positive one by `positive:`, or say `task: multiclass`",
    )


def _listed(texts: Collection[str]) -> str:
    some = [f"`{text[:40]}`" for text in sorted(texts)[:_SHOWN]]
    more = len(texts) - len(some)
    return ", ".join(some) + (f" and {more:,} more" if more else "")


def in_order(names: Collection[str]) -> list[str]:
    """Names in order: as numbers if they all are, else as texts."""
    numbers = {name: number(name) for name in names}
    if all(value is not None and value == value for value in numbers.values()):
        return sorted(names, key=lambda name: (numbers[name], name))
    return sorted(names)


def class_name(text: str) -> str:
    """A class by its plainest name: `1.0` is `1`."""
    found = None if text.strip().lower() in ("true", "false") else number(text)
    if found is not None and found.is_integer() and abs(found) < 2**53:
        return str(int(found))
    return text
