"""TFDV's own text format of a schema."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import yamlfile
from gate.data import edits, pbtxt, schemafile, schematree, validation
from gate.data.schema import Schema
from gate.errors import ConfigError
from tests.data.conftest import MakeSource
from tests.data.test_schemafile import schemas

TEXT = r"""
# Written by TFDV.
feature {
  name: "payment_type"
  type: BYTES
  domain: "payment_type"
  presence { min_fraction: 1.0 min_count: 1 }
  shape: < dim { size: 1 } >
  drift_comparator { infinity_norm { threshold: 0.01 } }
  not_in_environment: ["A", 'B']
}
feature {
  name: "x" type: FLOAT
  float_domain { max: 1e-3 disallow_nan: true min: -inf }
}
string_domain {
  name: "payment_type"
  value: "Cash"
  value: "\346\227\245\u672c \"q\" \t" "joined"
}
default_environment: "TRAINING"
dataset_constraints { min_examples_count: 10; }
"""
YAML = r"""
default_environment: [TRAINING]
dataset_constraints: {min_examples_count: 10}
feature:
  - name: payment_type
    type: BYTES
    domain: payment_type
    presence: {min_fraction: 1.0, min_count: 1}
    shape: {dim: [{size: 1}]}
    drift_comparator: {infinity_norm: {threshold: 0.01}}
    not_in_environment: [A, B]
  - name: x
    type: FLOAT
    float_domain: {max: 0.001, disallow_nan: true, min: -.inf}
string_domain:
  - name: payment_type
    value: [Cash, "日本 \"q\" \tjoined"]
"""


def test_it_says_what_the_same_in_yaml_says(tmp_path: Path) -> None:
    (tmp_path / "schema.pbtxt").write_text(TEXT, "utf-8")
    assert schemafile.read(tmp_path / "schema.pbtxt") == schemafile.parse(YAML)


@given(schemas)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, schema: Schema
) -> None:
    path = tmp_path_factory.getbasetemp() / "schema.pbtxt"
    path.write_text(pbtxt.render(schema), "utf-8", newline="")
    assert schemafile.read(path) == schema


_word = st.sampled_from(["a", "b c", 'd"', "é", "gate: x"])
_kept = st.fixed_dictionaries(
    {},
    optional={
        "annotation": st.fixed_dictionaries(
            {"tag": st.lists(_word, min_size=1, max_size=2)},
            optional={"comment": st.lists(_word, min_size=1, max_size=2)},
        ),
        "image_domain": st.just({"max_image_byte_size": 10}),
        "natural_language_domain": st.fixed_dictionaries(
            {},
            optional={
                "vocabulary": _word,
                "coverage": st.just({"min_coverage": 0.5, "oov_string_tokens": ["x"]}),
                "token_constraints": st.just([{"int_value": 1}, {"string_value": "a"}]),
            },
        ),
        "sequence_metadata": st.just({"sequential_status": "SEQUENTIAL_YES"}),
        "struct_domain": st.just({"feature": [{"name": "x", "type": "INT"}]}),
        "validation_derived_source": st.just(
            {"deriver_name": "d", "source_path": [{"step": ["a"]}]}
        ),
    },
)
_ours = st.fixed_dictionaries(
    {},
    optional={
        "pattern": _word,
        "time_domain": st.just({"string_format": "%Y", "min": "2020", "max": "2021"}),
        "type": st.sampled_from(["INT", "STRUCT", "TYPE_UNKNOWN"]),
        "drift_comparator": st.just(
            {
                "jensen_shannon_divergence": {
                    "threshold": 1.0,
                    "source": {"type": "DEFAULT"},
                }
            }
        ),
    },
)
_trees = st.fixed_dictionaries(
    {
        "feature": st.lists(
            st.tuples(_kept, _ours).map(lambda two: {**two[0], **two[1]}), max_size=3
        ).map(lambda found: [{"name": str(i), **f} for i, f in enumerate(found)])
    },
    optional={
        "annotation": st.just({"comment": ["of people"]}),
        "key": st.just([{"feature": ["0", "1"]}]),
        "foreign_key": st.just([{"feature": ["0"], "path": "x.csv"}]),
        "rule": st.just([{"name": "r", "expression": "a < b"}]),
        "represent_variable_length_as_ragged": st.booleans(),
        "int_domain": st.just([{"name": "i", "min": 1}]),
        "weighted_feature": st.just([{"name": "w", "feature": {"step": ["0"]}}]),
    },
)


def of(tree: dict[str, object]) -> Schema:
    return schematree.build(yamlfile.Document(tree, {}), "")


@given(_trees)
def test_every_field_goes_both_ways(tree: dict[str, object]) -> None:
    schema = of(tree)
    text = pbtxt.render(schema)
    again = schemafile.parse(text, form="pbtxt")
    assert again == schema
    yaml = schemafile.render(again)
    assert schemafile.parse(yaml) == schema
    assert pbtxt.render(schemafile.parse(yaml)) == text


@given(st.one_of(schemas, _trees.map(of)), st.one_of(schemas, _trees.map(of)))
def test_any_schema_can_become_any_other(old: Schema, new: Schema) -> None:
    text = "# head\n" + pbtxt.render(old)
    found = edits.rewritten(text, new, "pbtxt")
    assert schemafile.parse(found, form="pbtxt") == new


def test_what_goes_beyond_tfdv_is_in_an_annotation() -> None:
    schema = schemafile.parse(
        "key: [{feature: [a]}]\n"
        "feature:\n"
        "  - {name: a, type: BYTES, pattern: 'x+', time_domain: {min: '2020'},"
        " annotation: {comment: [mine]}}\n"
    )
    assert pbtxt.render(schema) == r"""feature {
  name: "a"
  type: BYTES
  time_domain {
  }
  annotation {
    comment: "mine"
    comment: "gate: {\"time_domain\": {\"min\": \"2020\"}, \"pattern\": \"x+\"}"
  }
}
annotation {
  comment: "gate: {\"key\": [{\"feature\": [\"a\"]}]}"
}
"""


def test_words_of_enums_have_no_quotes() -> None:
    text = """feature {
  name: "a"
  type: STRUCT
  lifecycle_stage: BETA
  sequence_metadata {
    sequential_status: SEQUENTIAL_YES
  }
}
annotation {
  extra_metadata {
    [type.googleapis.com/some.Message] {
      kind: A_WORD
      text: "A_TEXT"
    }
  }
}
"""
    schema = schemafile.parse(text, form="pbtxt")
    assert sorted(pbtxt.render(schema).split()) == sorted(text.split())
    assert schema.not_judged() == [
        "annotation",
        "feature[a].sequence_metadata",
        "feature[a].type",
    ]


def test_a_feature_without_a_name_is_an_anomaly_not_a_slip(
    make_source: MakeSource,
) -> None:
    text = 'feature { name: "a" type: INT } feature { type: INT }'
    schema = schemafile.parse(text, form="pbtxt")
    report = validation.validate(make_source("a\n1\n"), schema)
    found = [(one.feature, one.type, one.accept) for one in report.anomalies]
    assert found == [("", "FEATURE_MISSING_NAME", "")]


@pytest.mark.parametrize(
    "ours", ["gate: {", "gate: [1]", "gate: " + "[" * 9999, 'gate: {"pattern": 5}']
)
def test_what_only_looks_like_ours_is_a_comment_or_a_slip(ours: str) -> None:
    text = f'feature {{ name: "a" annotation {{ comment: {json.dumps(ours)} }} }}'
    try:
        (feature,) = schemafile.parse(text, form="pbtxt").feature
    except ConfigError as error:
        assert "text is wanted" in error.message
    else:
        assert feature.other == {"annotation": {"comment": [ours]}}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('feature {\n  name: "a"\n  typo: INT\n}', 3, "no such key"),
        ('feature {\n  name: "a"\n}\nfeature {\n  typo: INT\n}', 5, "no such key"),
        ('feature {\n  name: "a"\n', 3, "at the end of the file"),
        ("feature {\n  name\n}", 3, "`:` or `{` is expected"),
        ("feature:\n  - name: a\n", 2, "a value is expected"),
        ('feature { name: "\\377" }', 1, "not UTF-8"),
        ('feature { name: "\\ud800" }', 1, "no character"),
        ('feature { name: "a" presence { min_count: 1z } }', 1, "`1z` is no number"),
        ("}", 1, "a field's name"),
        ("a {" * 60, 1, "nested too deeply"),
    ],
)
def test_slips_are_told_with_their_line(
    tmp_path: Path, text: str, line: int, says: str
) -> None:
    (tmp_path / "schema.pbtxt").write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        schemafile.read(tmp_path / "schema.pbtxt", shown="schema.pbtxt")
    errors = (caught.value, *caught.value.also)
    assert [one.line for one in errors if says in str(one)] == [line], errors
