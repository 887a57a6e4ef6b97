"""Drift and skew: how far a table is from another one, and whether that is too far.

Drift is measured from the previous dataset and skew from the serving one, feature by
feature, as the schema's comparators ask; the number of rows is compared with the
previous dataset's and with that of the dataset's previous version. Which anomaly fires
is TensorFlow Data Validation's decision: where a distance is above its threshold.
How severe it is depends on the noise as well, see `_severity`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from msgspec.structs import replace

from gate.data import selfcheck
from gate.data.anomalies import Anomaly, Measurement, Severity, anomaly, rows_of
from gate.data.changes import Change, drop, put
from gate.data.measures import METRICS, Distance
from gate.data.schema import Feature as Wanted
from gate.data.schema import FeatureComparator, NumericValueComparator, Schema
from gate.data.source import Source
from gate.data.statistics import Feature, Statistics


@dataclass(frozen=True, kw_only=True)
class Controls:
    """What a table is compared with: sources, or statistics that are known already.

    `previous` is the dataset before it (drift), `serving` what the model meets in use
    (skew), `version` the dataset's previous version (number of rows).
    """

    previous: Source | Statistics | None = None
    serving: Source | Statistics | None = None
    version: Source | Statistics | None = None

    def __bool__(self) -> bool:
        return any((self.previous, self.serving, self.version))


Noisy = Literal["all", "above", "none"]


class _Comparison(NamedTuple):
    """A comparator's field in the schema, and TFDV's words for the two sides."""

    name: str
    key: str
    ours: str
    theirs: str


_DRIFT = _Comparison("drift", "drift_comparator", "current", "previous")
_SKEW = _Comparison("skew", "skew_comparator", "training", "serving")


def compared(schema: Schema) -> tuple[str, ...]:
    """The columns that have a comparator; one that is in no table if none has."""
    return tuple(
        feature.name or ""
        for feature in schema.feature
        if feature.live and (feature.drift_comparator or feature.skew_comparator)
    ) or ("",)


def judge(
    schema: Schema,
    statistics: Statistics,
    previous: Statistics | None = None,
    serving: Statistics | None = None,
    version: Statistics | None = None,
    *,
    noise: Noisy = "all",
) -> tuple[list[Anomaly], list[Measurement]]:
    """The anomalies of all comparators, and every distance that was measured.

    The statistics are of the same reading. As in TFDV, a feature without a value is not
    compared, and one that is outside of the environment is. The `noise`, which takes
    some time, is found out of all distances, of those above their threshold, or of
    none.
    """
    anomalies = list(_rows(schema, statistics, previous, version))
    measured: list[Measurement] = []
    ours = {feature.name: feature for feature in statistics.features}
    for wanted in schema.feature:
        feature = ours.get(wanted.name or "")
        if feature is None or not feature.num_non_missing or not wanted.live:
            continue
        mended, _ = selfcheck.check(schema, wanted)
        if mended is None:
            continue
        for comparison, control in ((_DRIFT, previous), (_SKEW, serving)):
            comparator = getattr(mended, comparison.key)
            if comparator is None or control is None:
                continue
            found, values = _feature(
                mended, comparison, feature, statistics, control, noise
            )
            anomalies += found
            measured += values
    return anomalies, measured


def _rows(
    schema: Schema,
    statistics: Statistics,
    previous: Statistics | None,
    version: Statistics | None,
) -> Iterator[Anomaly]:
    """The number of rows against those of other datasets."""
    limits = schema.dataset_constraints
    if limits is None or not statistics.num_examples:
        return
    drift, fresh = "num_examples_drift_comparator", "num_examples_version_comparator"
    for key, control, words in (
        (drift, previous, "previous span"),
        (fresh, version, "previous version"),
    ):
        comparator = getattr(limits, key)
        if comparator is not None and control is not None and control.num_examples:
            yield from _ratio(key, comparator, statistics, control, words)


def _ratio(
    key: str,
    comparator: NumericValueComparator,
    statistics: Statistics,
    control: Statistics,
    words: str,
) -> Iterator[Anomaly]:
    rows, others = statistics.num_examples, control.num_examples
    ratio = rows / others
    most, least = comparator.max_fraction_threshold, comparator.min_fraction_threshold
    for kind, name, threshold, broken in (
        ("HIGH", "max", most, most is not None and ratio > most),
        ("LOW", "min", least, least is not None and ratio < least),
    ):
        if not broken:
            continue
        field = f"dataset_constraints.{key}.{name}_fraction_threshold"
        accepted = rounded(ratio, up=kind == "HIGH")
        found = anomaly(
            rows,
            "",
            f"COMPARATOR_{kind}_NUM_EXAMPLES",
            f"{rows_of(rows)}, {ratio:.6g} times the {others:,} of the {words}, "
            f"which is {'above' if kind == 'HIGH' else 'below'} {threshold:g}",
            f"set `{field}` to {accepted:g}",
            changes=(put(field, accepted),),
        )
        short = f"{kind.capitalize()} num examples in current dataset"
        yield replace(found, short=f"{short} versus the {words}.")


def _feature(
    wanted: Wanted,
    comparison: _Comparison,
    feature: Feature,
    statistics: Statistics,
    control: Statistics,
    noise: Noisy,
) -> tuple[list[Anomaly], list[Measurement]]:
    """One comparator of one feature."""
    comparator: FeatureComparator = getattr(wanted, comparison.key)
    metrics = [m for m in METRICS if _threshold(comparator, m) is not None]
    if not metrics:
        return [], []
    other = next((f for f in control.features if f.name == feature.name), None)
    if other is None:
        return [_no_control(statistics, control, feature, comparison)], []
    anomalies, measured = [], []
    for metric in metrics:
        threshold = _threshold(comparator, metric) or 0.0
        distance = METRICS[metric].measure(
            comparator, feature, other, comparison.theirs
        )
        if distance is None:
            continue
        above = distance.value > threshold
        asked = noise == "all" or (noise == "above" and above)
        chance = distance.noise() if asked else None
        one = Measurement(
            feature=feature.name,
            comparison=comparison.name,
            metric=metric,
            value=distance.value,
            threshold=threshold,
            noise=chance.value if chance else None,
            needed=chance.needed(threshold) if chance else None,
        )
        measured.append(one)
        if above:
            rows = statistics.num_examples
            anomalies.append(_too_far(one, distance, comparison, feature, other, rows))
    return anomalies, measured


def _threshold(comparator: FeatureComparator, metric: str) -> float | None:
    limit = getattr(comparator, metric)
    return None if limit is None else limit.threshold


def _no_control(
    statistics: Statistics,
    control: Statistics,
    feature: Feature,
    comparison: _Comparison,
) -> Anomaly:
    lacking = "column" if control.num_examples else "slice"
    found = anomaly(
        statistics.num_examples,
        feature.name,
        "COMPARATOR_CONTROL_DATA_MISSING",
        f"the {comparison.theirs} data has no such {lacking} to compare with",
        f"drop its `{comparison.key}`, or give {comparison.theirs} data that has it",
        changes=(drop(comparison.key),),
    )
    return replace(found, short=f"{comparison.theirs} data missing")


def _too_far(
    one: Measurement,
    distance: Distance,
    comparison: _Comparison,
    feature: Feature,
    other: Feature,
    rows: int,
) -> Anomaly:
    field = f"{comparison.key}.{one.metric}.threshold"
    accepted = rounded(one.value, up=True)
    changes: tuple[Change, ...] = (put(field, accepted),)
    kind, words = METRICS[one.metric].kind, METRICS[one.metric].words
    what = (
        f"{words} from the {comparison.theirs} data is {one.value:.6g}, "
        f"above {one.threshold:g}{distance.words}"
    )
    what += _noisy(one, feature.num_non_missing, other.num_non_missing)
    found = anomaly(
        rows,
        feature.name,
        kind,
        what,
        f"set `{field}` to {accepted:g}",
        changes=changes,
    )
    short = f"{found.short} between {comparison.ours} and {comparison.theirs}"
    return replace(found, short=short, severity=_severity(one))


def _severity(one: Measurement) -> Severity:
    """A warning where the distance may be mere noise of samples as small as these.

    An error needs both: a value above the threshold, which is TFDV's rule, and above
    the noise, so that a table of few rows does not close a gate by chance.
    """
    return "warning" if one.noise is not None and one.value <= one.noise else "error"


def _noisy(one: Measurement, ours: int, theirs: int) -> str:
    """Said where the threshold is below what sampling alone would give."""
    if one.noise is None or one.noise < one.threshold:
        return ""
    said = (
        f". With {ours:,} and {theirs:,} values a distance of up to {one.noise:.2g} "
        f"is sampling noise{' (this is more)' if one.value > one.noise else ''}"
    )
    if one.needed is None and one.threshold > 0:
        said += (
            ". More rows would hardly help: the histogram's edges hang on few values; "
            "compare `source: {type: QUANTILES}`, or raise the threshold"
        )
    if one.needed is None:
        return said
    return (
        f"{said}; about {one.needed:,} on each side would make {one.threshold:g} "
        "mean something"
    )


def rounded(value: float, *, up: bool) -> float:
    """To three significant digits, away from what is allowed now."""
    if not value:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 2)
    whole = math.ceil(value / step) if up else math.floor(value / step)
    return float(f"{whole * step:.12g}")
