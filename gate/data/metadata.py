"""The messages of TensorFlow Metadata's `schema.proto` (1.21), field by field.

`Presence`, `Shape` and the like have the names of `gate.data.schema`. A field is
written `name`, with `*` if it can be there more than once, `!` if its value is a word
of an enum, and `=Message` if it holds one.
"""

from __future__ import annotations

from typing import NamedTuple


class Field(NamedTuple):
    """One field of a message."""

    name: str
    repeated: bool
    word: bool
    message: str  # empty for a scalar


_MESSAGES = """
Schema: feature*=Feature sparse_feature*=SparseFeature
 weighted_feature*=WeightedFeature string_domain*=StringDomain
 float_domain*=FloatDomain int_domain*=IntDomain default_environment*
 represent_variable_length_as_ragged annotation=Annotation
 dataset_constraints=DatasetConstraints tensor_representation_group*=Representations
Feature: name deprecated presence=Presence group_presence=GroupPresence shape=Shape
 value_count=ValueCount value_counts=ValueCounts type! domain int_domain=IntDomain
 float_domain=FloatDomain string_domain=StringDomain bool_domain=BoolDomain
 struct_domain=StructDomain natural_language_domain=LanguageDomain
 image_domain=ImageDomain audio_domain=Empty video_domain=Empty
 content_chunk_domain=Empty mid_domain=MidDomain url_domain=UrlDomain
 time_domain=TimeDomain time_of_day_domain=TimeOfDayDomain
 distribution_constraints=DistributionConstraints annotation=Annotation
 skew_comparator=FeatureComparator drift_comparator=FeatureComparator
 in_environment* not_in_environment* lifecycle_stage!
 unique_constraints=UniqueConstraints validation_derived_source=DerivedSource
 sequence_metadata=SequenceMetadata
SparseFeature: name deprecated lifecycle_stage! presence=Presence dense_shape=Shape
 index_feature*=FeatureName is_sorted value_feature=FeatureName type!
WeightedFeature: name feature=Steps weight_feature=Steps lifecycle_stage!
Annotation: tag* comment* extra_metadata*=Empty
NumericValueComparator: min_fraction_threshold max_fraction_threshold
DatasetConstraints: num_examples_drift_comparator=NumericValueComparator
 num_examples_version_comparator=NumericValueComparator
 min_examples_count max_examples_count
Shape: dim*=Dim
Dim: size name
ValueCount: min max
ValueCounts: value_count*=ValueCount
FeatureName: name
Steps: step*
Presence: min_fraction min_count
GroupPresence: required
DistributionConstraints: min_domain_mass
IntDomain: name min max is_categorical
FloatDomain: name min max disallow_nan disallow_inf is_embedding is_categorical
 embedding_dim embedding_type
StringDomain: name value* is_categorical!
BoolDomain: name true_value false_value
StructDomain: feature*=Feature sparse_feature*=SparseFeature
LanguageDomain: vocabulary coverage=Coverage token_constraints*=SequenceValues
 sequence_length_constraints=SequenceLength
Coverage: min_coverage min_avg_token_length excluded_string_tokens*
 excluded_int_tokens* oov_string_tokens*
SequenceValues: int_value string_value min_per_sequence max_per_sequence
 min_fraction_of_sequences max_fraction_of_sequences
SequenceLength: excluded_int_value* excluded_string_value* min_sequence_length
 max_sequence_length
ImageDomain: minimum_supported_image_fraction max_image_byte_size
MidDomain:
UrlDomain:
Empty:
TimeDomain: string_format integer_format!
TimeOfDayDomain: string_format integer_format!
UniqueConstraints: min max
InfinityNorm: threshold
HistogramSelection: type!
JensenShannonDivergence: threshold source=HistogramSelection
NormalizedAbsoluteDifference: threshold
FeatureComparator: infinity_norm=InfinityNorm
 jensen_shannon_divergence=JensenShannonDivergence
 normalized_abs_difference=NormalizedAbsoluteDifference
SequenceMetadata: sequential_status! joint_group sequence_truncation_limit
DerivedSource: deriver_name source_path*=Steps config=Empty
Representations: key value=Representation
Representation: tensor_representation*=RepresentationEntry
RepresentationEntry: key value=Tensor
Tensor: dense_tensor=DenseTensor varlen_sparse_tensor=VarLenTensor
 sparse_tensor=SparseTensor ragged_tensor=RaggedTensor
DenseTensor: column_name shape=Shape default_value=DefaultValue
DefaultValue: float_value int_value bytes_value uint_value
VarLenTensor: column_name
SparseTensor: dense_shape=Shape index_column_names* value_column_name already_sorted
RaggedTensor: feature_path=Steps partition*=Partition row_partition_dtype!
Partition: uniform_row_length row_length
"""


def _field(written: str) -> Field:
    name, _, message = written.partition("=")
    return Field(name.rstrip("*!"), "*" in name, "!" in name, message)


def _messages() -> dict[str, dict[str, Field]]:
    found: dict[str, dict[str, Field]] = {}
    for line in _MESSAGES.replace("\n ", " ").strip().splitlines():
        name, _, fields = line.partition(":")
        found[name] = {field.name: field for field in map(_field, fields.split())}
    return found


MESSAGES = _messages()


def fields(message: str) -> dict[str, Field]:
    """The fields of a message by name; none of one that is not in `schema.proto`."""
    return MESSAGES.get(message, {})


# Of a feature's fields in each of these, protocol buffers hold one at a time.
ONE_OF = (
    ("presence", "group_presence"),
    ("shape", "value_count", "value_counts"),
    (
        *(name for name in MESSAGES["Feature"] if name.endswith("_domain")),
        "domain",
    ),
)
