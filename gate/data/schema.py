"""What a table should be: TensorFlow Metadata's schema, for the fields judged here.

The names are those of `schema.proto`; what is not judged is kept in `other`. Beyond it
are `pattern`, `key`, `foreign_key`, `rule` and the bounds of a `time_domain`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any

import msgspec

from gate.data.columns import Kind


class Type(enum.Enum):
    """The type of a feature; text is BYTES, as in TensorFlow."""

    INT = "INT"
    FLOAT = "FLOAT"
    BYTES = "BYTES"

    @property
    def kind(self) -> Kind:
        return Kind.STRING if self is Type.BYTES else Kind[self.value]

    @classmethod
    def of(cls, kind: Kind | None) -> Type:
        """The type of a column whose cells have this kind; BYTES if it has none."""
        known = {Kind.INT: cls.INT, Kind.FLOAT: cls.FLOAT}
        return cls.BYTES if kind is None else known.get(kind, cls.BYTES)


class Stage(enum.Enum):
    """How far a feature is in its life; the first five are not judged."""

    PLANNED = "PLANNED"
    ALPHA = "ALPHA"
    DEPRECATED = "DEPRECATED"
    DEBUG_ONLY = "DEBUG_ONLY"
    DISABLED = "DISABLED"
    BETA = "BETA"
    PRODUCTION = "PRODUCTION"
    VALIDATION_DERIVED = "VALIDATION_DERIVED"
    UNKNOWN_STAGE = "UNKNOWN_STAGE"


NOT_LIVE = frozenset(
    (Stage.PLANNED, Stage.ALPHA, Stage.DEPRECATED, Stage.DEBUG_ONLY, Stage.DISABLED)
)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a schema; `other` holds the fields that are not judged."""

    other: dict[str, Any] = {}


class Presence(Message, frozen=True, kw_only=True):
    """In how many rows a feature must have a value."""

    min_fraction: float | None = None
    min_count: int | None = None


class Dim(Message, frozen=True, kw_only=True):
    """One dimension of a fixed shape."""

    size: int | None = None
    name: str | None = None


class Shape(Message, frozen=True, kw_only=True):
    """A fixed shape: every row has a value, and as many as the sizes' product."""

    dim: tuple[Dim, ...] = ()


class ValueCount(Message, frozen=True, kw_only=True):
    """How many values a row that has any may have; in a table that is always one."""

    min: int | None = None
    max: int | None = None


class ValueCounts(Message, frozen=True, kw_only=True):
    """The same for each level of nesting, of which a table has one."""

    value_count: tuple[ValueCount, ...] = ()


class StringDomain(Message, frozen=True, kw_only=True):
    """The texts that may occur; with a name, for features to refer to."""

    name: str | None = None
    value: tuple[str, ...] = ()


class IntDomain(Message, frozen=True, kw_only=True):
    """Bounds of integers, both included; on BYTES, texts must spell integers."""

    name: str | None = None
    min: int | None = None
    max: int | None = None
    is_categorical: bool | None = None


class FloatDomain(Message, frozen=True, kw_only=True):
    """Bounds of floats, both included and compared in 32 bits."""

    name: str | None = None
    min: float | None = None
    max: float | None = None
    disallow_nan: bool | None = None
    disallow_inf: bool | None = None


class BoolDomain(Message, frozen=True, kw_only=True):
    """0 and 1, or one text for each."""

    name: str | None = None
    true_value: str | None = None
    false_value: str | None = None


class IntegerTime(enum.Enum):
    """What an integer counts since 1970-01-01 UTC."""

    UNIX_DAYS = "UNIX_DAYS"
    UNIX_SECONDS = "UNIX_SECONDS"
    UNIX_MILLISECONDS = "UNIX_MILLISECONDS"
    UNIX_MICROSECONDS = "UNIX_MICROSECONDS"
    UNIX_NANOSECONDS = "UNIX_NANOSECONDS"
    FORMAT_UNKNOWN = "FORMAT_UNKNOWN"


class TimeDomain(Message, frozen=True, kw_only=True):
    """Dates and times: a format of `strptime`, or what an integer counts.

    `min` and `max` (ISO 8601, both included) go beyond TensorFlow Metadata.
    """

    string_format: str | None = None
    integer_format: IntegerTime | None = None
    min: str | None = None
    max: str | None = None


class IntegerTimeOfDay(enum.Enum):
    """How an integer holds a time of day: bits for hour, minute, second, nanosecond."""

    PACKED_64_NANOS = "PACKED_64_NANOS"
    FORMAT_UNKNOWN = "FORMAT_UNKNOWN"


class TimeOfDayDomain(Message, frozen=True, kw_only=True):
    """Times of a day: a format of `strptime`."""

    string_format: str | None = None
    integer_format: IntegerTimeOfDay | None = None


class UrlDomain(Message, frozen=True, kw_only=True):
    """Texts that are URLs."""


class MidDomain(Message, frozen=True, kw_only=True):
    """Texts that are identifiers of a knowledge graph: `/m/02mjmr`."""


class UniqueConstraints(Message, frozen=True, kw_only=True):
    """How many distinct values a column may have."""

    min: int | None = None
    max: int | None = None


class HistogramType(enum.Enum):
    """Which histogram of numbers is compared; STANDARD has buckets of equal width."""

    DEFAULT = "DEFAULT"
    QUANTILES = "QUANTILES"
    STANDARD = "STANDARD"


class HistogramSelection(Message, frozen=True, kw_only=True):
    """Which histogram of numbers is compared."""

    type: HistogramType | None = None


class InfinityNorm(Message, frozen=True, kw_only=True):
    """The largest difference of a text's shares."""

    threshold: float | None = None


class JensenShannonDivergence(Message, frozen=True, kw_only=True):
    """With logarithms of base 2, so from 0 to 1; of texts or numbers."""

    threshold: float | None = None
    source: HistogramSelection | None = None


class NormalizedAbsoluteDifference(Message, frozen=True, kw_only=True):
    """The largest difference of a text's counts, over both sides' rows."""

    threshold: float | None = None


class FeatureComparator(Message, frozen=True, kw_only=True):
    """How far the values may be from those of another dataset."""

    infinity_norm: InfinityNorm | None = None
    jensen_shannon_divergence: JensenShannonDivergence | None = None
    normalized_abs_difference: NormalizedAbsoluteDifference | None = None


class NumericValueComparator(Message, frozen=True, kw_only=True):
    """The least and greatest share of the other dataset's number of rows."""

    min_fraction_threshold: float | None = None
    max_fraction_threshold: float | None = None


class DistributionConstraints(Message, frozen=True, kw_only=True):
    """The least share of the values that must be in the domain (all of them)."""

    min_domain_mass: float | None = None


class DatasetConstraints(Message, frozen=True, kw_only=True):
    """How many rows a table may have."""

    num_examples_drift_comparator: NumericValueComparator | None = None
    num_examples_version_comparator: NumericValueComparator | None = None
    min_examples_count: int | None = None
    max_examples_count: int | None = None


class Feature(Message, frozen=True, kw_only=True):
    """What a column should be. `domain` names a string domain of the schema.

    `pattern` is a regular expression that the whole of each text must match.
    """

    name: str | None = None
    type: Type | None = None
    presence: Presence | None = None
    shape: Shape | None = None
    value_count: ValueCount | None = None
    value_counts: ValueCounts | None = None
    domain: str | None = None
    string_domain: StringDomain | None = None
    int_domain: IntDomain | None = None
    float_domain: FloatDomain | None = None
    bool_domain: BoolDomain | None = None
    time_domain: TimeDomain | None = None
    time_of_day_domain: TimeOfDayDomain | None = None
    url_domain: UrlDomain | None = None
    mid_domain: MidDomain | None = None
    pattern: str | None = None
    unique_constraints: UniqueConstraints | None = None
    distribution_constraints: DistributionConstraints | None = None
    drift_comparator: FeatureComparator | None = None
    skew_comparator: FeatureComparator | None = None
    in_environment: tuple[str, ...] = ()
    not_in_environment: tuple[str, ...] = ()
    lifecycle_stage: Stage | None = None
    deprecated: bool | None = None

    @property
    def live(self) -> bool:
        """Whether the feature is judged at all."""
        return not self.deprecated and self.lifecycle_stage not in NOT_LIVE

    @property
    def required(self) -> bool:
        """Whether the column must be there, with a value."""
        presence = self.presence or Presence()
        return bool((presence.min_count or 0) > 0 or (presence.min_fraction or 0) > 0)


class FeatureName(Message, frozen=True, kw_only=True):
    """A reference to a feature."""

    name: str | None = None


class SparseFeature(Message, frozen=True, kw_only=True):
    """Values and where in a vector they belong, each in a column of its own."""

    name: str | None = None
    lifecycle_stage: Stage | None = None
    index_feature: tuple[FeatureName, ...] = ()
    is_sorted: bool | None = None
    value_feature: FeatureName | None = None


class Steps(Message, frozen=True, kw_only=True):
    """The path of a column: in a table its name alone."""

    step: tuple[str, ...] = ()


class WeightedFeature(Message, frozen=True, kw_only=True):
    """A column and that of its weights."""

    name: str | None = None
    feature: Steps | None = None
    weight_feature: Steps | None = None
    lifecycle_stage: Stage | None = None


class Key(Message, frozen=True, kw_only=True):
    """Columns whose values together occur once."""

    feature: tuple[str, ...] = ()


class ForeignKey(Message, frozen=True, kw_only=True):
    """Columns whose values together occur in another file.

    `path` is that file's, from the folder of the schema; `referenced` its columns,
    by default of the same names.
    """

    feature: tuple[str, ...] = ()
    path: str | None = None
    referenced: tuple[str, ...] = ()


class Rule(Message, frozen=True, kw_only=True):
    """What must hold in every row, or in a share of at least `min_fraction`."""

    name: str | None = None
    expression: str | None = None
    min_fraction: float | None = None


class Schema(Message, frozen=True, kw_only=True):
    """What a table should be."""

    default_environment: tuple[str, ...] = ()
    dataset_constraints: DatasetConstraints | None = None
    key: tuple[Key, ...] = ()
    foreign_key: tuple[ForeignKey, ...] = ()
    rule: tuple[Rule, ...] = ()
    feature: tuple[Feature, ...] = ()
    sparse_feature: tuple[SparseFeature, ...] = ()
    weighted_feature: tuple[WeightedFeature, ...] = ()
    string_domain: tuple[StringDomain, ...] = ()

    def named(self, name: str) -> Feature | None:
        """The feature of a column."""
        return next((one for one in self.feature if (one.name or "") == name), None)

    def expects(self, feature: Feature, environment: str) -> bool:
        """Whether a feature belongs to an environment; to every one when none is named.

        `in_environment` outweighs `not_in_environment`, which outweighs the default.
        """
        if not environment or environment in feature.in_environment:
            return True
        if environment in feature.not_in_environment:
            return False
        return environment in self.default_environment

    def texts(self, feature: Feature) -> tuple[str, ...] | None:
        """The texts that a feature may hold, if it has a string domain."""
        if feature.string_domain is not None:
            return feature.string_domain.value
        for domain in self.string_domain:
            if feature.domain is not None and domain.name == feature.domain:
                return domain.value
        return None

    def kinds(self) -> dict[str, Kind]:
        """The kind each column should have, where the schema says."""
        return {
            feature.name or "": feature.type.kind
            for feature in self.feature
            if feature.type is not None and feature.live
        }

    def not_judged(self) -> list[str]:
        """The fields of this schema that are kept and not judged, by their paths."""
        return sorted(set(_others(self, "")))


def _others(message: Message, path: str) -> Iterator[str]:
    yield from (f"{path}{name}" for name in message.other)
    for field in message.__struct_fields__:
        value = getattr(message, field)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Message):
                name = f"[{part.name}]" if isinstance(part, Feature) else ""
                yield from _others(part, f"{path}{field}{name}.")
