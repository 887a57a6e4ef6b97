"""What the default inference adds to TensorFlow Data Validation's, and why.

Only what another sample of the same distribution rarely breaks: bounds with a margin,
no NaN and nothing infinite where there was none, formats of dates and times, and how
far the values may drift, from what chance alone does to a sample of this size. Each
suggestion comes with a comment that says what was seen.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from gate.data import na, noise, ranges, timeformats
from gate.data.columns import Kind, Number, parse
from gate.data.ranges import Bounds
from gate.data.schema import (
    Feature,
    FeatureComparator,
    FloatDomain,
    InfinityNorm,
    IntDomain,
    JensenShannonDivergence,
    TimeDomain,
    TimeOfDayDomain,
)
from gate.data.statistics import Feature as Column
from gate.data.statistics import Numeric, Statistics, Textual

DRIFT_COLUMNS = 200  # beyond which no thresholds of drift are looked for
KEY_ROWS = 20  # rows from which distinct values are no chance
DRIFT_VALUES = 500  # values from which a distribution is compared
_MOST_DRIFT = 0.1  # a threshold above it would say nothing
_LEAST_DRIFT = {"infinity_norm": 0.03, "jensen_shannon_divergence": 0.02}
_KEY_LENGTH = 40  # bytes of a text, on average
_PROSE = 64  # texts read before the format of dates is looked for in all

# Words at the end of a column's name that say what its numbers are.
_IDENTIFIER = re.compile(
    r"(^|[\W_])(id|ids|uid|uuid|guid|key|pk|sku|isbn|ean|ssn|hash|"
    r"index|idx|rownames?|row_?(id|nr|no|num|number)|unnamed: 0)$",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"(^|[\W_])(zip|zip_?code|post_?code|postal_?code|phone|code|tract|nr|number)$",
    re.IGNORECASE,
)
_MOMENT = re.compile(r"(time|timestamp|epoch|date|_at|_ts|^ts)", re.IGNORECASE)
_UNIX = 100_000_000  # seconds: 1973


UNSURE = "?"


class Suggestion(NamedTuple):
    """A feature with what was added, and the comments by key."""

    feature: Feature
    comments: list[tuple[str, str]]


def add(
    column: Column, feature: Feature, *, first: bool, drift: bool = True
) -> Suggestion:
    """The feature of a column with all that its statistics suggest.

    `first` tells the first column of a table, which is often an identifier; without
    `drift` there are no thresholds, each of which takes 25 ms to find.
    """
    comments: list[tuple[str, str]] = []
    steps = [_numbers, _times]
    if drift and not is_key(column, first=first):
        steps.append(_drift)
    for step in steps:
        feature, why = step(column, feature)
        comments += why
    return Suggestion(feature, comments)


def keys(statistics: Statistics) -> list[tuple[str, str]]:
    """The columns that identify a row, each with why."""
    return [
        (column.name, f"{column.num_non_missing:,} rows, no value twice")
        for place, column in enumerate(statistics.features)
        if is_key(column, first=place == 0)
    ]


def is_key(column: Column, *, first: bool) -> bool:
    """Whether each row has a value of its own, and the name or place suggests why."""
    if column.num_missing or column.num_non_missing < KEY_ROWS or column.odd:
        return False
    named = _named(column)
    if column.kind is Kind.INT and column.numeric and column.tally:
        table = column.tally.numbers.table
        if not table.exact or len(table.values()[0]) < column.num_non_missing:
            return False
        return named or (first and _in_sequence(column.numeric, column.num_non_missing))
    texts = column.textual
    if texts is None or column.kind is not Kind.STRING:
        return False
    if texts.approximate or texts.unique < column.num_non_missing:
        return False
    if texts.avg_length > _KEY_LENGTH:
        return False
    return named or (first and all(map(_is_token, _some(texts))))


def _named(column: Column) -> bool:
    """Whether the name says that the column tells the rows apart."""
    return not column.name or bool(_IDENTIFIER.search(column.name))


def open_set(column: Column) -> bool:
    """Whether new texts are to be expected: most of those seen were seen once."""
    texts = column.textual
    if texts is None:
        return False
    if column.num_non_missing < ranges.FEWEST:
        return texts.unique == column.num_non_missing > 2 and _named(column)
    once = sum(count == 1 for _, count in texts.ranked)
    return 2 * once > texts.unique


def hint(column: Column) -> str:
    """What a column of numbers holds instead of leaving cells empty, if that."""
    texts = column.textual
    if texts is None or not column.tally or texts.approximate:
        return ""
    marks = [(t, count) for t, count in texts.ranked if t.strip() in na.MARKS]
    if not marks or len(marks) == texts.unique:
        return ""
    known = {text for text, _ in marks}
    kinds = [parse(text)[0] for text in _some(texts) if text not in known]
    if not kinds or max(kinds) is Kind.STRING:
        return ""
    everything = column.tally.texts.ranked()
    kind = max(parse(text)[0] for text, _ in everything if text not in known)
    if kind is Kind.STRING:
        return ""
    said = " and ".join(f'{count:,} cells are "{text}"' for text, count in marks[:3])
    options = na.options(text for text, _ in marks)
    return f"{said}: {options} would make this {_AN[kind]}"


_AN = {Kind.INT: "an INT", Kind.FLOAT: "a FLOAT"}


def _some(texts: Textual) -> list[str]:
    return [text for text, _ in texts.ranked[:_PROSE]]


def _is_token(text: str) -> bool:
    """Whether a text is written as identifiers are: a digit, and no blank."""
    return any(c.isdigit() for c in text) and not any(c.isspace() for c in text)


def _in_sequence(numeric: Numeric, count: int) -> bool:
    return numeric.min in (0, 1) and numeric.max - numeric.min == count - 1


def _numbers(column: Column, feature: Feature) -> Suggestion:
    numeric = column.numeric
    if numeric is None or feature.bool_domain is not None:
        return Suggestion(feature, [])
    bounds = ranges.of(numeric, column.num_non_missing, open_end=_open(column))
    least, most = number(numeric.min), number(numeric.max)
    why = f"{least} to {most} seen{_room(numeric, bounds)}"
    if column.kind is Kind.INT:
        if bounds == Bounds():
            return Suggestion(feature, [])
        domain = IntDomain(min=_whole(bounds.min), max=_whole(bounds.max))
        return Suggestion(replace(feature, int_domain=domain), [("int_domain", why)])
    finite = math.isfinite(numeric.min) and math.isfinite(numeric.max)
    many = column.num_non_missing >= ranges.FEWEST
    floats = FloatDomain(
        min=bounds.min,
        max=bounds.max,
        disallow_nan=True if many and not numeric.num_nan else None,
        disallow_inf=True if many and finite else None,
    )
    if floats == FloatDomain():
        return Suggestion(feature, [])
    return Suggestion(replace(feature, float_domain=floats), [("float_domain", why)])


def _whole(bound: Number | None) -> int | None:
    return None if bound is None else int(bound)


def _open(column: Column) -> bool:
    """Whether the next table's numbers go on where these end, or mean no amount."""
    numeric = column.numeric
    if numeric is None or column.kind is not Kind.INT:
        return False
    if _named(column) or _CODE.search(column.name):
        return True
    if numeric.min in (0, 1) and _in_sequence(numeric, column.num_non_missing):
        return not column.num_missing and column.num_non_missing >= KEY_ROWS
    return bool(_MOMENT.search(column.name)) and numeric.min >= _UNIX


def _room(numeric: Numeric, bounds: Bounds) -> str:
    """`; 27 % of that range is left above, nothing below`."""
    if bounds.max is None:
        return "" if bounds.min is None else "; nothing below 0"
    if bounds.max >= ranges.OPEN * numeric.max > 0:
        return f"; up to {ranges.OPEN} times as much, nothing below 0"
    width = float(numeric.max) - float(numeric.min)
    low = 0.0 if bounds.min is None else float(numeric.min) - float(bounds.min)
    high = float(bounds.max) - float(numeric.max)
    above, below = (round(100 * room / width) for room in (high, low))
    if above == below:
        return f"; {above} % of that range is left on both sides"
    return f"; {above} % of that range is left above, {below} % below"


def _times(column: Column, feature: Feature) -> Suggestion:
    form = time_format(column)
    if not form:
        return Suggestion(feature, [])
    if form == UNSURE:
        why = "dates, and the day may as well be the month"
        return Suggestion(replace(feature, domain=None), [("type", why)])
    why = f"all {column.num_non_missing:,} texts have this format"
    if form in timeformats.OF_DAY:
        domain = TimeOfDayDomain(string_format=form)
        changed = replace(feature, time_of_day_domain=domain, domain=None)
        return Suggestion(changed, [("time_of_day_domain", why)])
    changed = replace(feature, time_domain=TimeDomain(string_format=form), domain=None)
    return Suggestion(changed, [("time_domain", why)])


def time_format(column: Column) -> str:
    """The format that all texts of a column have; UNSURE of day and month."""
    if column.textual is None or column.textual.approximate or column.tally is None:
        return ""
    formats = [*timeformats.OF_TIME, *timeformats.OF_DAY]
    left = timeformats.fitting(_some(column.textual), formats)
    if left:
        texts = (text for text, _ in column.tally.texts.ranked())
        left = timeformats.fitting(texts, left)
    if timeformats.ambiguous(left):
        return UNSURE
    return left[0] if left else ""


def _drift(column: Column, feature: Feature) -> Suggestion:
    found = next(_thresholds(column, feature), None)
    if found is None:
        return Suggestion(feature, [])
    metric, value, comparator = found
    rows = f"{column.num_non_missing:,} values"
    why = f"chance alone makes {value:.2g} between two samples of {rows}"
    changed = replace(feature, drift_comparator=comparator)
    return Suggestion(changed, [("drift_comparator", why)])


def _thresholds(
    column: Column, feature: Feature
) -> Iterator[tuple[str, float, FeatureComparator]]:
    count = column.num_non_missing
    if count < DRIFT_VALUES:
        return
    if feature.domain is not None and column.textual and column.textual.unique > 1:
        texts = dict(column.textual.ranked)
        chance = noise.of_infinity_norm(texts, texts)
        metric = "infinity_norm"
        limit = _threshold(metric, chance.value if chance else 1.0)
        norm = InfinityNorm(threshold=limit)
        if chance and limit is not None:
            yield metric, chance.value, FeatureComparator(infinity_norm=norm)
    if column.numeric and _spread(column):
        metric = "jensen_shannon_divergence"
        chance = noise.of_numbers_divergence(column, column, equal=False)
        limit = _threshold(metric, chance.value if chance else 1.0)
        divergence = JensenShannonDivergence(threshold=limit)
        if chance and limit is not None:
            comparator = FeatureComparator(jensen_shannon_divergence=divergence)
            yield metric, chance.value, comparator


def _spread(column: Column) -> bool:
    """Whether a histogram of the numbers says how they are distributed."""
    numeric = column.numeric
    if numeric is None or numeric.num_nan or not math.isfinite(numeric.std_dev):
        return False
    return numeric.min < numeric.max and not _open(column)


def _threshold(metric: str, chance: float) -> float | None:
    """Twice what chance does, in two digits; None where that says nothing."""
    limit = max(2 * chance, _LEAST_DRIFT[metric])
    return math.ceil(limit * 1000) / 1000 if limit <= _MOST_DRIFT else None


def number(value: Number) -> str:
    """A number in a comment."""
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}"
