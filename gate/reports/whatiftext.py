"""What a model would say if, and where it is weak, as tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from gate.data.anomalies import shown
from gate.model import attributeflips, rowedits
from gate.model.analysis import Analysis
from gate.model.counterfactuals import Counterfactuals
from gate.model.dependence import Curve, Dependences
from gate.model.predictions import Predictions
from gate.model.segments import Segments
from gate.model.whatif import WhatIf
from gate.reports.modeltext import table

_NAME = 40  # characters of a name
_SHOWN = 20  # features that are shown


def render(analysis: Analysis) -> str:
    """The sections that there are, each behind an empty line."""
    return "".join(f"{line}\n" for line in _lines(analysis))


def _lines(analysis: Analysis) -> Iterator[str]:
    predictions = analysis.predictions
    if analysis.counterfactuals and analysis.counterfactuals.by:
        yield from _counterfactuals(analysis.counterfactuals)
    if analysis.segments and analysis.segments.found:
        yield from _segments(analysis.segments)
    if analysis.whatif:
        yield from _whatif(analysis.whatif, predictions)


def _title(text: str) -> Iterator[str]:
    yield ""
    yield click.style(text, bold=True)


def _counterfactuals(found: Counterfactuals) -> Iterator[str]:
    yield from _title(
        f"nearest rows with another outcome{_of(found.rows, found.total)}"
    )
    header = ("distance", "found", "least", "median", "greatest")
    cells = [
        (name, f"{by.summary.found:,}", *map(_number, _ends(by.summary)))
        for name, by in found.by.items()
    ]
    yield from table([header, *cells])


def _ends(summary: Any) -> tuple[float | None, ...]:
    return summary.min, summary.median, summary.max


def _segments(found: Segments) -> Iterator[str]:
    yield from _title(f"weak segments, of {found.tested:,} that were looked at")
    header = ("segment", "rows", found.metric, "of the others", "p")
    cells = [
        (
            " and ".join(f"{_cut(k)}={_cut(v)}" for k, v in one.values.items()),
            f"{one.rows:,}",
            _number(one.loss),
            _number(one.rest),
            f"{one.p:.2g}" if one.p >= 1e-6 else "< 1e-06",
        )
        for one in found.found
    ]
    yield from table([header, *cells])


def _whatif(found: WhatIf, predictions: Predictions) -> Iterator[str]:
    again = found.reproduced
    if again.differing:
        yield from _title("the committed predictions")
        yield (
            f"{again.differing:,} of {again.rows:,} are not what the function says now,"
            f" {again.decisions:,} of them decided otherwise"
        )
    if found.dependences.curves:
        yield from _dependences(found.dependences)
    for flipped in found.flips:
        column = _cut(flipped.flip.column)
        yield from _title(f"{column} swapped")
        told = attributeflips.to_json(flipped, predictions)
        yield from _pairs({k: v for k, v in told.items() if k != "flipped_ids"})
    for edited in found.edits:
        yield from _title(f"row {edited.edit.row} edited")
        yield from _pairs(rowedits.to_json(edited, predictions))


def _dependences(found: Dependences) -> Iterator[str]:
    yield from _title(f"partial dependence{_of(found.rows, found.total)}")
    order = sorted(found.curves.items(), key=lambda item: -item[1].variation)
    header = ("feature", "variation", "from", "to", "direction")
    cells = [
        (_cut(name), _number(curve.variation), *_range(curve), _direction(curve))
        for name, curve in order[:_SHOWN]
    ]
    yield from table([header, *cells])
    if len(order) > _SHOWN:
        yield f"and {len(order) - _SHOWN:,} more, which --format json has"


def _range(curve: Curve) -> tuple[str, str]:
    series = curve.means[:, 0]
    return _number(float(series.min())), _number(float(series.max()))


def _direction(curve: Curve) -> str:
    if not curve.numeric or curve.means.shape[1] > 1:
        return "-"
    drops, rises = (curve.against(w)[0] for w in ("increasing", "decreasing"))
    if not drops:
        return "increasing" if rises else "none"
    return "both" if rises else "decreasing"


def _pairs(told: Mapping[str, Any]) -> Iterator[str]:
    width = max(map(len, told))
    for name, value in told.items():
        yield f"{name.ljust(width)}  {_told(value)}"


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{_cut(str(k))}={_told(v)}" for k, v in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _cut(value) if isinstance(value, str) else _number(value)


def _of(rows: Any, total: int) -> str:
    return f", of {len(rows):,} rows by chance" if len(rows) < total else ""


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


def _cut(text: str) -> str:
    text = shown(text)
    return text if len(text) <= _NAME else text[: _NAME - 1] + "…"
