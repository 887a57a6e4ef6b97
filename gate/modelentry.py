"""An entry under `model:` that a file of predictions holds today, for `gate init`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gate.data.source import Source
from gate.errors import GateError
from gate.model.spec import Spec

if TYPE_CHECKING:
    from gate.model.analysis import Analysis

_SLICES = 3  # columns that are proposed
_VALUES = range(2, 9)  # of such a column
_MARGIN = 0.01  # by which a floor is below today's number
_ROOM = 1.05  # of a ceiling
_FLOORS = ("accuracy", "roc_auc", "macro_f1")
_CEILINGS = ("mae",)
_PREDICTED = ("score", "pred", "predictions", "predictions__probabilities")


@dataclass(frozen=True)
class Entry:
    """The lines of an entry below its first, without an indent, and why they are so."""

    path: str
    lines: tuple[str, ...]
    why: str


def propose(root: Path, name: str) -> Entry | None:
    """An entry for a file below the root; None where it holds no predictions."""
    # Heavy, and only needed where there may be predictions.
    from gate.model import analysis, tables

    try:
        columns = tables.names(Source(path=root / name, shown=name))
        if not _are_predictions(columns):
            return None
        found = analysis.analyze(Spec(predictions=name), root, shown=name)
    except GateError:
        return None
    values = found.overall.values
    told = ", ".join(f"{n} {values[n]:.3f}" for n in _known(found))
    return Entry(name, tuple(_lines(found, "id" in columns)), f"today: {told}")


def _are_predictions(columns: list[str]) -> bool:
    scores = any(name.startswith("score_") for name in columns)
    return "label" in columns and (scores or any(n in columns for n in _PREDICTED))


def _known(found: Analysis) -> list[str]:
    values = found.overall.values
    return [n for n in (*_FLOORS, *_CEILINGS) if values.get(n) is not None]


def _lines(found: Analysis, joined: bool) -> Iterator[str]:
    if slices := _slices(found):
        yield f"slices: [{', '.join(map(json.dumps, slices))}]"
    if known := _known(found):
        bounds = (f"{name}: {_bound(found, name)}" for name in known)
        yield f"metrics: {{{', '.join(bounds)}}}"
    if joined and known:
        yield f"compare: {{max_drop: {{{known[0]}: {_drop(found, known[0])}}}}}"


def _bound(found: Analysis, name: str) -> str:
    value = found.overall.values[name]
    assert value is not None
    if name in _FLOORS:
        return f"{{min: {max(math.floor((value - _MARGIN) * 100) / 100, 0.0):g}}}"
    return f"{{max: {_up(value * _ROOM)}}}"


def _drop(found: Analysis, name: str) -> str:
    value = found.overall.values[name] or 0.0
    return f"{_MARGIN:g}" if name in _FLOORS else _up(value * (_ROOM - 1))


def _up(value: float) -> str:
    """At least the value, with three digits."""
    if value <= 0:
        return "0"
    scale = 10.0 ** (2 - math.floor(math.log10(value)))
    return f"{math.ceil(value * scale) / scale:.6g}"


def _slices(found: Analysis) -> list[str]:
    """The columns of a few values each, those of the file's order."""
    from gate.model import slicing

    columns = found.predictions.columns
    chosen: list[str] = []
    for name in columns:
        if len(chosen) == _SLICES or name == found.spec.id:
            continue
        try:
            (one,) = slicing.of(Spec(slices=(name,)), columns)
        except GateError:
            continue
        if len(one.names) in _VALUES:
            chosen.append(name)
    return chosen
