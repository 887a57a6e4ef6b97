"""The distance that a comparator of the schema asks for, between two columns."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from gate.data import distances, noise
from gate.data.anomalies import shown
from gate.data.distances import Histogram
from gate.data.noise import Noise
from gate.data.schema import FeatureComparator, HistogramType
from gate.data.statistics import Feature


class Distance(NamedTuple):
    """What was measured: the value, what it comes from in words, and its noise.

    The noise takes longer to find out than the value does.
    """

    value: float
    words: str
    noise: Callable[[], Noise | None]


class Metric(NamedTuple):
    """The anomaly of a metric, its name in words, and how it is measured.

    It is measured between a column and the same of another dataset, whose name goes
    into the words; None where the two have nothing to compare.
    """

    kind: str
    words: str
    measure: Callable[[FeatureComparator, Feature, Feature, str], Distance | None]


def counts(feature: Feature) -> distances.Counts:
    """How often each text occurs, all of them where they are known."""
    texts = feature.textual
    if texts is None:
        return {}
    if feature.tally is None or texts.unique <= len(texts.ranked):
        return dict(texts.ranked)
    if feature.tally.texts.count:
        return dict(feature.tally.texts.ranked())
    # Integers that are categories.
    values, found = feature.tally.numbers.table.values()
    return {f"{value:.0f}": n for value, n in zip(values, found.tolist(), strict=True)}


def _share(part: int, total: int) -> str:
    return f"{100 * part / total:.3g}%" if total else "none"


def _infinity_norm(
    _: FeatureComparator, feature: Feature, other: Feature, name: str
) -> Distance | None:
    if feature.numeric and other.numeric:
        return None  # of numbers TFDV measures 0; selfcheck tells the schema's slip
    ours, theirs = counts(feature), counts(other)
    value, text = distances.infinity_norm(ours, theirs)
    return Distance(
        value,
        _moved(text, ours, theirs, name),
        partial(noise.of_infinity_norm, ours, theirs),
    )


def _normalized_abs_difference(
    _: FeatureComparator, feature: Feature, other: Feature, name: str
) -> Distance | None:
    if feature.numeric and other.numeric:
        return None
    ours, theirs = counts(feature), counts(other)
    value, text = distances.normalized_abs_difference(ours, theirs)
    words = (
        f": {shown(text)} occurs {ours.get(text, 0):,} times, "
        f"{theirs.get(text, 0):,} in the {name} data"
    )
    found = partial(noise.of_normalized_abs_difference, ours, theirs)
    return Distance(value, words, found)


def _moved(
    text: str, ours: distances.Counts, theirs: distances.Counts, name: str
) -> str:
    mine = _share(ours.get(text, 0), sum(ours.values()))
    other = _share(theirs.get(text, 0), sum(theirs.values()))
    return f": {shown(text)} is {mine} of the values, {other} of the {name}"


def _jensen_shannon(
    comparator: FeatureComparator, feature: Feature, other: Feature, name: str
) -> Distance | None:
    ours, theirs = counts(feature), counts(other)
    if ours and theirs:
        value = distances.texts_divergence(ours, theirs)
        assert value is not None
        text = distances.infinity_norm(ours, theirs).text
        found = partial(noise.of_texts_divergence, ours, theirs)
        return Distance(value, _moved(text, ours, theirs, name), found)
    limit = comparator.jensen_shannon_divergence
    source = limit.source.type if limit and limit.source else None
    equal = source is HistogramType.QUANTILES
    mine, others = histogram(feature, equal=equal), histogram(other, equal=equal)
    if mine is None or others is None:
        return None
    value = distances.numbers_divergence(mine, others)
    if value is None:
        return None
    assert feature.numeric is not None and other.numeric is not None
    words = (
        f": median {feature.numeric.median:.6g} and mean {feature.numeric.mean:.6g}, "
        f"{other.numeric.median:.6g} and {other.numeric.mean:.6g} in the {name} data"
    )
    return Distance(
        value, words, partial(noise.of_numbers_divergence, feature, other, equal=equal)
    )


def histogram(feature: Feature, *, equal: bool) -> Histogram | None:
    """The histogram that is compared, of equal weights or of equal widths."""
    numeric = feature.numeric
    if numeric is None:
        return None
    buckets = numeric.quantiles if equal else numeric.standard
    return Histogram.of(buckets, numeric.num_nan)


METRICS = {
    "infinity_norm": Metric(
        "COMPARATOR_L_INFTY_HIGH", "the L-infinity distance", _infinity_norm
    ),
    "normalized_abs_difference": Metric(
        "COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH",
        "the normalized absolute difference",
        _normalized_abs_difference,
    ),
    "jensen_shannon_divergence": Metric(
        "COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH",
        "the Jensen-Shannon divergence",
        _jensen_shannon,
    ),
}
