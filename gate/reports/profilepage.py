"""Statistics as one page of HTML that loads nothing and runs nothing.

It replaces TFDV's `visualize_statistics`: every column with its distribution, and two
datasets over each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gate.data.quantiles import Bucket
from gate.data.statistics import Feature, NumericCross, Statistics
from gate.reports import formatting, templating, text

MAX_SLICES = 50  # shown; each takes as much room as the whole
MAX_FEATURES = 1_000  # shown of a dataset
_TOP = 10  # texts with a bar each
_PAIRS = 50  # correlations, the strongest first
_WIDTH, _HEIGHT = 360, 110  # of a histogram


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A rectangle in a chart; `which` dataset it is of, 1 or 2."""

    x: float
    y: float
    width: float
    height: float
    which: int
    hint: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """A text, and for each dataset how long its bar is (0 to 100) and what it says."""

    label: str
    bars: tuple[tuple[float, str], ...]


@dataclass(frozen=True, kw_only=True)
class Card:
    """What is shown of a column: facts with a cell a dataset, and its chart."""

    name: str
    kinds: str
    facts: tuple[tuple[str, tuple[str, ...]], ...]
    bars: tuple[Bar, ...] = ()
    ends: tuple[str, str] = ("", "")
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Part:
    """The whole, or a slice of it: each dataset's rows, and the columns."""

    name: str
    rows: tuple[str, ...]
    cards: tuple[Card, ...]
    hidden: int
    pairs: tuple[tuple[str, str, tuple[str, ...]], ...]


def render(computed: Sequence[Sequence[Statistics]]) -> str:
    """The page of one dataset, or of two side by side; slices follow the whole."""
    style, digest = templating.inlined("report.css", "profile.css")
    slices = list(dict.fromkeys(one.slice for sets in computed for one in sets))
    return _TEMPLATES.get_template("profile.html.j2").render(
        names=[sets[0].name for sets in computed],
        parts=[_part(name, computed) for name in slices[:MAX_SLICES]],
        hidden=max(0, len(slices) - MAX_SLICES),
        style=style,
        digest=digest,
        width=_WIDTH,
        height=_HEIGHT,
    )


def _part(name: str, computed: Sequence[Sequence[Statistics]]) -> Part:
    found = [next((s for s in sets if s.slice == name), None) for sets in computed]
    maps = [{f.name: f for f in one.features} if one else {} for one in found]
    names = list(dict.fromkeys(name for features in maps for name in features))
    return Part(
        name=name,
        rows=tuple(_rows(one) for one in found),
        cards=tuple(
            _card(column, [features.get(column) for features in maps], found)
            for column in names[:MAX_FEATURES]
        ),
        hidden=max(0, len(names) - MAX_FEATURES),
        pairs=tuple(_pairs(found)),
    )


def _rows(one: Statistics | None) -> str:
    if one is None:
        return "none"
    rows = f"{one.num_examples:,} row{'' if one.num_examples == 1 else 's'}"
    if one.weighted_num_examples is None:
        return rows
    return f"{rows} that weigh {formatting.number(one.weighted_num_examples)}"


def _card(
    name: str, features: Sequence[Feature | None], found: Sequence[Statistics | None]
) -> Card:
    kinds = [_kind(feature) for feature in features]
    bars, ends = _histogram([_density(feature) for feature in features])
    return Card(
        name=name,
        kinds=" → ".join(dict.fromkeys(kinds)),
        facts=tuple(_facts(features, found)),
        bars=tuple(bars),
        ends=ends,
        rows=tuple(_frequent(features)),
    )


def _kind(feature: Feature | None) -> str:
    if feature is None:
        return "not there"
    return feature.kind.name if feature.kind is not None else "no value"


def _facts(
    features: Sequence[Feature | None], found: Sequence[Statistics | None]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The facts that any of the datasets has, with a cell for each."""
    cells = [
        dict(_numbers(feature, one)) if feature and one else {}
        for feature, one in zip(features, found, strict=True)
    ]
    for label in dict.fromkeys(label for each in cells for label in each):
        yield label, tuple(each.get(label, "") for each in cells)


def _numbers(feature: Feature, one: Statistics) -> Iterator[tuple[str, str]]:
    share = 100 * feature.num_missing / one.num_examples if one.num_examples else 0.0
    yield "missing", formatting.percent(share) if feature.num_missing else "0"
    if feature.odd:
        yield "of another type", f"{feature.odd:,}"
    if feature.textual:
        about = "about " if feature.textual.approximate else ""
        yield "distinct", f"{about}{feature.textual.unique:,}"
        yield "average length", formatting.number(feature.textual.avg_length)
    if numeric := feature.numeric:
        for label in ("min", "median", "max", "mean", "std_dev"):
            yield label.replace("_dev", ""), formatting.number(getattr(numeric, label))
        yield "zeros", f"{numeric.num_zeros:,}"
        if numeric.num_nan:
            yield "NaN", f"{numeric.num_nan:,}"
    if (weighted := feature.weighted) and feature.numeric:
        yield "weighted mean", formatting.number(weighted.mean)


def _density(feature: Feature | None) -> list[Bucket]:
    """The finite buckets of equal width, as shares of the values."""
    if feature is None or feature.numeric is None:
        return []
    buckets = [
        one
        for one in feature.numeric.standard
        if math.isfinite(one.low) and math.isfinite(one.high)
    ]
    total = sum(one.count for one in buckets)
    return [
        Bucket(low=one.low, high=one.high, count=one.count / total)
        for one in buckets
        if total
    ]


def _histogram(
    datasets: Sequence[Sequence[Bucket]],
) -> tuple[list[Bar], tuple[str, str]]:
    """The datasets over each other: areas are shares. The ends of the axis."""
    flat = [bucket for buckets in datasets for bucket in buckets]
    if not flat:
        return [], ("", "")
    least, most = min(one.low for one in flat), max(one.high for one in flat)
    scale = (most - least) / _WIDTH
    if not 0 < scale < math.inf:  # one value only, or beyond what can be drawn
        scale = 0.0
    drawn = [
        (which, bucket, *_place(bucket, least, scale))
        for which, buckets in enumerate(datasets, 1)
        for bucket in buckets
    ]
    tallest = max(bucket.count / width for _, bucket, _, width in drawn) or 1.0
    bars = []
    for which, bucket, x, width in drawn:
        height = bucket.count / width / tallest * _HEIGHT
        between = f"{formatting.number(bucket.low)} to {formatting.number(bucket.high)}"
        bars.append(
            Bar(
                x=round(x, 2),
                y=round(_HEIGHT - height, 2),
                width=round(width, 2),
                height=round(height, 2),
                which=which,
                hint=f"{between}: {formatting.percent(100 * bucket.count)}",
            )
        )
    return bars, (formatting.number(least), formatting.number(most))


def _place(bucket: Bucket, least: float, scale: float) -> tuple[float, float]:
    """Where a bucket begins on the axis and how wide it is; points are 4 wide."""
    if not scale:
        return _WIDTH / 2 - 20, 40.0
    x = (bucket.low - least) / scale
    width = max((bucket.high - bucket.low) / scale, 4.0)
    return min(x, _WIDTH - width), width


def _frequent(features: Sequence[Feature | None]) -> Iterator[Row]:
    """The most frequent texts of the datasets, those of the first one first."""
    shares = [_shares(feature) for feature in features]
    ranked = [list(each)[:_TOP] for each in shares]
    texts = list(dict.fromkeys(name for each in ranked for name in each))[: _TOP + 5]
    longest = max((each.get(t, 0.0) for each in shares for t in texts), default=0.0)
    for name in texts:
        yield Row(
            label=text.cut(text.value(name), 60),
            bars=tuple(
                (
                    round(100 * each.get(name, 0.0) / (longest or 1.0), 1),
                    formatting.percent(100 * each.get(name, 0.0)) if each else "",
                )
                for each in shares
            ),
        )


def _shares(feature: Feature | None) -> dict[str, float]:
    if feature is None or feature.textual is None:
        return {}
    total = max(1, feature.num_non_missing)
    return {name: count / total for name, count in feature.textual.ranked}


def _pairs(
    found: Sequence[Statistics | None],
) -> Iterable[tuple[str, str, tuple[str, ...]]]:
    """The correlations that are strongest in any dataset."""
    maps = [
        {
            (one.x, one.y): one.correlation
            for one in (statistics.cross if statistics else ())
            if isinstance(one, NumericCross) and one.correlation is not None
        }
        for statistics in found
    ]
    pairs = dict.fromkeys(pair for each in maps for pair in each)
    strength = {p: max(abs(each.get(p, 0.0)) for each in maps) for p in pairs}
    for x, y in sorted(strength, key=lambda pair: -strength[pair])[:_PAIRS]:
        cells = [each.get((x, y)) for each in maps]
        yield x, y, tuple("" if c is None else f"{c:.3f}" for c in cells)


_TEMPLATES = templating.environment(autoescape=True)
_TEMPLATES.filters["value"] = text.value
