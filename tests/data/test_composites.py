"""Sparse and weighted features."""

from __future__ import annotations

from tests.data.conftest import Validate

SPARSE = """\
feature:
  - {name: idx, type: INT}
  - {name: val, type: FLOAT}
sparse_feature:
  - name: sp
    index_feature: [{name: idx}]
    value_feature: {name: val}
"""
WEIGHTED = """\
feature:
  - {name: tok, type: BYTES}
  - {name: w, type: FLOAT}
weighted_feature:
  - name: wt
    feature: {step: [tok]}
    weight_feature: {step: [w]}
"""


def test_rows_with_all_or_none_of_the_columns_are_quiet(validate: Validate) -> None:
    assert validate("idx,val\n1,0.5\n,\n2,0.25\n", SPARSE).anomalies == ()
    assert validate("tok,w\na,0.5\n,\nb,1.5\n", WEIGHTED).anomalies == ()


def test_rows_that_lack_a_part_are_told(validate: Validate) -> None:
    found = validate("idx,val\n1,0.5\n,1.5\n3,\n,\n,2.5\n", SPARSE).anomalies
    assert [(a.feature, a.type, a.count, a.examples[0].rows) for a in found] == [
        ("sp", "SPARSE_FEATURE_MISSING_VALUE", 1, (3,)),
        ("sp", "SPARSE_FEATURE_MISSING_INDEX", 2, (2, 5)),
        ("sp", "SPARSE_FEATURE_LENGTH_MISMATCH", 3, (2, 3, 5)),
    ]
    found = validate("tok,w\na,0.5\nb,\n,1\n", WEIGHTED).anomalies
    assert [(a.type, a.examples[0].lines) for a in found] == [
        ("WEIGHTED_FEATURE_MISSING_VALUE", (4,)),
        ("WEIGHTED_FEATURE_MISSING_WEIGHT", (3,)),
        ("WEIGHTED_FEATURE_LENGTH_MISMATCH", (3, 4)),
    ]


def test_a_column_that_is_not_there_lacks_in_every_row(validate: Validate) -> None:
    found = validate("val\n0.5\n", SPARSE).anomalies
    assert "SPARSE_FEATURE_MISSING_INDEX" in [a.type for a in found]


def test_of_two_features_of_one_name_nothing_else_is_said(validate: Validate) -> None:
    extra = "  - {name: sp, type: INT, int_domain: {max: 1}}\n"
    schema = SPARSE.replace("sparse_feature:", extra + "sparse_feature:")
    (found,) = validate("idx,val,sp\n1,0.5,9\n", schema).anomalies
    assert (found.feature, found.type) == ("sp", "SPARSE_FEATURE_NAME_COLLISION")
    extra = extra.replace("sp,", "wt,")
    schema = WEIGHTED.replace("weighted_feature:", extra + "weighted_feature:")
    (found,) = validate("tok,w,wt\na,0.5,9\n", schema).anomalies
    assert (found.feature, found.type) == ("wt", "WEIGHTED_FEATURE_NAME_COLLISION")


def test_what_is_deprecated_is_not_judged(validate: Validate) -> None:
    schema = SPARSE.replace("- name: sp", "- name: sp\n    lifecycle_stage: DEPRECATED")
    assert validate("idx,val\n1,\n", schema).anomalies == ()
