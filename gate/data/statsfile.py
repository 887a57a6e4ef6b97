"""Statistics written down: as JSON, and in TFDV's own text format.

Both hold the fields of TensorFlow Metadata's `statistics.proto` by their names. The
text is a `DatasetFeatureStatisticsList`, as `tfdv.load_stats_text` reads it. JSON has
the count of missing values and the name directly in each feature too, the dataset's
name beside the slice's, and says where numbers are approximate.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from gate.data.columns import Kind, Number
from gate.data.quantiles import Bucket
from gate.data.statistics import (
    DETAIL,
    Detail,
    Feature,
    Lift,
    LiftCross,
    Numeric,
    NumericCross,
    Statistics,
    Textual,
    Weighted,
)

Fields = dict[str, Any]


def document(statistics: Iterable[Statistics], detail: Detail = DETAIL) -> Fields:
    """The JSON document: NaN and the infinities are the texts protobuf has for them."""
    datasets = []
    for one in statistics:
        dataset: Fields = _dataset(one, detail)
        if one.slice:
            dataset = {"name": one.slice, "dataset": one.name, **dataset}
        else:
            dataset = {"name": one.name, **dataset}
        for feature, fields in zip(one.features, dataset["features"], strict=True):
            _flatten(feature, fields)
        datasets.append(_speakable(dataset))
    return {"datasets": datasets}


def json_text(statistics: Iterable[Statistics], detail: Detail = DETAIL) -> str:
    """The document as one line of JSON."""
    whole = document(statistics, detail)
    return json.dumps(whole, ensure_ascii=False, allow_nan=False) + "\n"


def _flatten(feature: Feature, fields: Fields) -> None:
    """What JSON has beyond the message, at the head of a feature."""
    del fields["path"]
    head: Fields = {
        "name": feature.name,
        "type": fields.pop("type"),
        "num_missing": feature.num_missing,
        "num_non_missing": feature.num_non_missing,
    }
    if feature.odd:
        head["num_unexpected_type"] = feature.odd
    (statistics,) = fields.values()
    if feature.numeric and not feature.textual:
        statistics["num_nan"] = feature.numeric.num_nan
    if any(p and p.approximate for p in (feature.numeric, feature.textual)):
        statistics["approximate"] = True
    fields.update({**head, **{key: fields.pop(key) for key in list(fields)}})


def _speakable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _speakable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_speakable(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        if math.isnan(value):
            return "NaN"
        return "Infinity" if value > 0 else "-Infinity"
    return value


def text(statistics: Iterable[Statistics], detail: Detail = DETAIL) -> str:
    """The statistics in protocol buffers' text format."""
    datasets = [
        {"name": one.slice or one.name, **_dataset(one, detail)} for one in statistics
    ]
    return "".join(_lines({"datasets": datasets}, ""))


# Fields of which there may be another or none; any other that is not there is zero.
_ALWAYS = ("step", "y_int", "y_string", "x_string")


def _lines(fields: Fields, indent: str) -> Iterable[str]:
    for key, value in fields.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                yield f"{indent}{key} {{\n"
                yield from _lines(item, indent + "  ")
                yield f"{indent}}}\n"
            elif item or key in _ALWAYS:
                word = item if key == "type" else _scalar(item)
                yield f"{indent}{key}: {word}\n"


_ESCAPED = re.compile(r'[\x00-\x1f\x7f"\\]')


def _scalar(value: Any) -> str:
    if not isinstance(value, str):
        return str(value)
    plain = value.encode(
        errors="replace"
    ).decode()  # half a surrogate pair has no UTF-8
    return '"' + _ESCAPED.sub(lambda found: f"\\{ord(found[0]):03o}", plain) + '"'


def _dataset(statistics: Statistics, detail: Detail) -> Fields:
    fields: Fields = {"num_examples": statistics.num_examples}
    if statistics.weighted_num_examples is not None:
        fields["weighted_num_examples"] = statistics.weighted_num_examples
    fields["features"] = [_feature(one, detail) for one in statistics.features]
    if statistics.cross:
        fields["cross_features"] = [_cross(one) for one in statistics.cross]
    return fields


def _feature(feature: Feature, detail: Detail) -> Fields:
    kind = Kind.STRING if feature.kind is None else feature.kind
    fields: Fields = {"path": {"step": [feature.name]}, "type": kind.name}
    common = {"common_stats": _common(feature, detail)}
    if feature.textual or kind is Kind.STRING:
        fields["string_stats"] = common | _strings(feature, detail)
    else:
        fields["num_stats"] = common | _numbers(feature.numeric, feature.weighted)
    return fields


def _common(feature: Feature, detail: Detail) -> Fields:
    """Of how many values the rows have: one, or none at all."""
    count = feature.num_non_missing
    fields: Fields = {"num_non_missing": count, "num_missing": feature.num_missing}
    if count:
        buckets = detail.num_values_histogram_buckets
        one = Bucket(low=1.0, high=1.0, count=count / buckets)
        fields |= {
            "min_num_values": 1,
            "max_num_values": 1,
            "avg_num_values": 1.0,
            "tot_num_values": count,
            "num_values_histogram": {
                "type": "QUANTILES",
                "buckets": _buckets([one] * buckets),
            },
        }
    if feature.weighted:
        fields["weighted_common_stats"] = {
            "num_non_missing": feature.weighted.num_non_missing,
            "num_missing": feature.weighted.num_missing,
            "avg_num_values": float(feature.weighted.num_non_missing > 0),
            "tot_num_values": feature.weighted.num_non_missing,
        }
    return fields


def _numbers(numeric: Numeric | None, weighted: Weighted | None) -> Fields:
    if numeric is None:
        return {}
    nan = numeric.num_nan
    fields: Fields = {}
    if numeric.standard:  # else there is NaN only, and no number to tell of
        names = ("mean", "std_dev", "num_zeros", "min", "median", "max")
        fields = {name: getattr(numeric, name) for name in names}
    fields["histograms"] = _histograms(numeric.standard, numeric.quantiles, nan)
    if weighted and numeric.standard:
        fields["weighted_numeric_stats"] = {
            **{name: getattr(weighted, name) for name in ("mean", "std_dev", "median")},
            "histograms": _histograms(weighted.standard, weighted.quantiles, nan),
        }
    return fields


def _histograms(
    standard: Sequence[Bucket], quantiles: Sequence[Bucket], num_nan: int
) -> list[Fields]:
    return [
        {"num_nan": num_nan, "type": name, "buckets": _buckets(buckets)}
        for name, buckets in (("STANDARD", standard), ("QUANTILES", quantiles))
    ]


def _buckets(buckets: Sequence[Bucket]) -> list[Fields]:
    return [
        {"low_value": one.low, "high_value": one.high, "sample_count": one.count}
        for one in buckets
    ]


def _strings(feature: Feature, detail: Detail) -> Fields:
    texts = feature.textual or Textual(unique=0, avg_length=0.0, ranked=())
    fields: Fields = {
        "unique": texts.unique,
        **_ranks(texts.ranked, detail),
        "avg_length": texts.avg_length,
        # Bytes that are no UTF-8 are refused, or escaped, when a file is read.
        "invalid_utf8_count": 0,
    }
    if feature.weighted:
        fields["weighted_string_stats"] = _ranks(feature.weighted.ranked, detail)
    return fields


def _ranks(ranked: Sequence[tuple[str, Number]], detail: Detail) -> Fields:
    return {
        "top_values": [
            {"value": value, "frequency": count}
            for value, count in ranked[: detail.num_top_values]
        ],
        "rank_histogram": {
            "buckets": [
                {"low_rank": i, "high_rank": i, "label": value, "sample_count": count}
                for i, (value, count) in enumerate(
                    ranked[: detail.num_rank_histogram_buckets]
                )
            ]
        },
    }


def _cross(cross: NumericCross | LiftCross) -> Fields:
    fields: Fields = {"path_x": {"step": [cross.x]}, "path_y": {"step": [cross.y]}}
    if isinstance(cross, NumericCross):
        numbers: Fields = {"covariance": cross.covariance}
        if cross.correlation is not None:
            numbers["correlation"] = cross.correlation
        return fields | {"count": cross.count, "num_cross_stats": numbers}
    weighted = "weighted_" if cross.weighted else ""
    series = [
        {
            "y_int" if isinstance(one.y, int) else "y_string": one.y,
            f"{weighted}y_count": one.y_count,
            "lift_values": [_lift(lift, weighted) for lift in one.lifts],
        }
        for one in cross.series
    ]
    return fields | {"categorical_cross_stats": {"lift": {"lift_series": series}}}


def _lift(lift: Lift, weighted: str) -> Fields:
    return {
        "x_string": lift.x,
        "lift": lift.lift,
        f"{weighted}x_count": lift.x_count,
        f"{weighted}x_and_y_count": lift.x_and_y_count,
    }
