"""The coverage badge: an SVG of our own, in the shape that readers of READMEs know."""

from __future__ import annotations

import math
from xml.sax.saxutils import escape

from gate.reports import formatting
from gate.verdict import Verdict

LABEL = "coverage"

# Lowest percentage, name and value of the colours, as shields.io and coverage-badge
# have made them familiar.
_COLOURS = (
    (95, "brightgreen", "#4c1"),
    (90, "green", "#97ca00"),
    (75, "yellowgreen", "#a4a61d"),
    (60, "yellow", "#dfb317"),
    (40, "orange", "#fe7d37"),
    (-math.inf, "red", "#e05d44"),
)
_UNKNOWN = ("lightgrey", "#9f9f9f")

# Advance widths of Verdana at 11 pixels, in tenths; of other characters, that of an n.
_WIDTHS = {" ": 39, "%": 118, ".": 40, ",": 40, "a": 66, "c": 57, "e": 66, "g": 69}
_WIDTHS |= {"o": 67, "r": 47, "v": 65, "k": 65, "u": 70, "w": 90, "n": 70}
_WIDTHS |= dict.fromkeys("0123456789", 70)

_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" \
aria-label="{title}">
  <title>{title}</title>
  <clipPath id="round"><rect width="{width}" height="20" rx="3"/></clipPath>
  <g clip-path="url(#round)">
    <rect width="{split}" height="20" fill="#555"/>
    <rect x="{split}" width="{rest}" height="20" fill="{colour}"/>
  </g>
  <g fill="#fff" text-anchor="middle" font-size="11" \
font-family="Verdana,Geneva,DejaVu Sans,sans-serif">
    <text x="{left}" y="14">{label}</text>
    <text x="{right}" y="14">{message}</text>
  </g>
</svg>
"""


def coverage(verdict: Verdict) -> float | None:
    """The coverage in percent, None where it was not measured."""
    value = verdict.metrics.get("coverage.percent")
    if value is None or not math.isfinite(value):
        return None
    return min(max(value, 0.0), 100.0)


def message(value: float | None) -> str:
    """`91 %`, or `unknown`."""
    return "unknown" if value is None else formatting.percent(value, digits=0)


def colour(value: float | None) -> tuple[str, str]:
    """The name shields.io gives the colour of a coverage, and its value."""
    if value is None:
        return _UNKNOWN
    return next((name, code) for least, name, code in _COLOURS if value >= least)


def render(verdict: Verdict) -> str:
    """The badge as SVG, with nothing in it that is loaded from elsewhere."""
    value = coverage(verdict)
    split, rest = _width(LABEL), _width(message(value))
    return _SVG.format(
        title=escape(f"{LABEL}: {message(value)}"),
        label=escape(LABEL),
        message=escape(message(value)),
        colour=colour(value)[1],
        width=split + rest,
        split=split,
        rest=rest,
        left=split / 2,
        right=split + rest / 2,
    )


def _width(text: str) -> int:
    return round(sum(_WIDTHS.get(character, 70) for character in text) / 10) + 10
