"""Schema files: what is written is read back, and every slip has its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.data import schemafile
from gate.data.schema import (
    BoolDomain,
    DatasetConstraints,
    Dim,
    DistributionConstraints,
    Feature,
    FloatDomain,
    IntDomain,
    Presence,
    Schema,
    Shape,
    Stage,
    StringDomain,
    Type,
    ValueCount,
)
from gate.errors import ConfigError

_text = st.text(max_size=12)
_plain = st.sampled_from(
    ["yes", "no", "1", "1.5", "null", "~", "true", "a: b", "#x", "- a", "a ", " a", ""]
    + [
        "0x1F",
        "12:30",
        "2024-01-01",
        "\u2028",
        "\x85",
        "\ufeff",
        "\x7f",
        "\U0001f600",
        "é",
    ]
)
_string = st.one_of(_text, _plain).filter(
    lambda text: text.isprintable() or "\ud800" > text
)
_environments = st.lists(_string, max_size=2).map(tuple)
_int = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))
_float = st.one_of(st.none(), st.floats(allow_nan=False))


def _maybe(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.one_of(st.none(), strategy)


_domain = st.builds(
    StringDomain, name=_string, value=st.lists(_string, max_size=4).map(tuple)
)
_feature = st.builds(
    Feature,
    name=_string,
    type=st.sampled_from([*Type, None]),
    presence=_maybe(st.builds(Presence, min_fraction=_float, min_count=_int)),
    shape=_maybe(
        st.builds(Shape, dim=st.lists(st.builds(Dim, size=_int), max_size=2).map(tuple))
    ),
    value_count=_maybe(st.builds(ValueCount, min=_int, max=_int)),
    domain=_maybe(_string),
    string_domain=_maybe(_domain),
    int_domain=_maybe(st.builds(IntDomain, min=_int, max=_int)),
    float_domain=_maybe(
        st.builds(
            FloatDomain, min=_float, max=_float, disallow_nan=_maybe(st.booleans())
        )
    ),
    bool_domain=_maybe(
        st.builds(BoolDomain, true_value=_maybe(_string), false_value=_maybe(_string))
    ),
    distribution_constraints=_maybe(
        st.builds(DistributionConstraints, min_domain_mass=_float)
    ),
    in_environment=_environments,
    not_in_environment=_environments,
    lifecycle_stage=_maybe(st.sampled_from(Stage)),
    deprecated=_maybe(st.booleans()),
)
schemas = st.builds(
    Schema,
    default_environment=_environments,
    dataset_constraints=_maybe(
        st.builds(DatasetConstraints, min_examples_count=_int, max_examples_count=_int)
    ),
    feature=st.lists(_feature, max_size=3, unique_by=lambda f: f.name).map(tuple),
    string_domain=st.lists(_domain, max_size=2, unique_by=lambda d: d.name).map(tuple),
)


@given(schemas)
def test_a_schema_is_read_as_it_was_written(schema: Schema) -> None:
    text = schemafile.render(schema)
    assert schemafile.parse(text) == schema
    assert schemafile.render(schemafile.parse(text)) == text


def test_a_schema_reads_well() -> None:
    text = """\
# Rides.
default_environment: [TRAINING]

feature:
  # In dollars.
  - name: fare
    type: FLOAT
    presence: {min_count: 1}  # 0.9 % missing in 15,002 rows
    float_domain: {min: 0.0}
  - name: "yes"
    type: BYTES
    domain: words

string_domain:
  - name: words
    value:
      - Credit Card
      - "no"
      - "1"
"""
    comments = {
        schemafile.HEADER: "Rides.",
        ("fare", ""): "In dollars.",
        ("fare", "presence"): "0.9 % missing in 15,002 rows",
    }
    assert schemafile.render(schemafile.parse(text), comments) == text


def test_what_is_not_judged_is_kept_and_named() -> None:
    text = """\
feature:
  - name: a
    type: INT
    image_domain: {max_image_byte_size: 10}
    float_domain: {is_embedding: true}
annotation: {tag: [new]}
"""
    schema = schemafile.parse(text)
    assert schema.not_judged() == [
        "annotation",
        "feature[a].float_domain.is_embedding",
        "feature[a].image_domain",
    ]
    assert schemafile.parse(schemafile.render(schema)) == schema


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("feature:\n  - nmae: a\n    name: a\n", 2, "did you mean `name`?"),
        ("feture: []\n", 1, "did you mean `feature`?"),
        ("feature:\n  - name: a\n    type: STRING\n", 3, "did you mean BYTES?"),
        ("feature:\n  - name: a\n    type: int\n", 3, "did you mean INT?"),
        ("feature:\n  - name: 1\n", 2, 'write it in quotes: "1"'),
        ("feature: {a: {}}\n", 1, "a list is wanted"),
        ("feature:\n  - type: INT\n", 2, "without a `name`"),
        ("feature:\n  - name: a\n  - name: a\n", 3, "is there twice"),
        ("string_domain:\n  - name: a\n  - name: a\n", 3, "is there twice"),
        ("string_domain:\n  - name: a\n    value: [x, 1]\n", 3, "text is wanted"),
        ("feature:\n  - name: a\n    presence: {min_count: 1.5}\n", 3, "whole number"),
        ("feature:\n  - name: a\n    presence: {min_count: true}\n", 3, "whole number"),
        ("- a\n", None, "keys with values"),
        ("feature: [\n", 2, "not valid YAML"),
    ],
)
def test_a_slip_is_told_with_its_line(text: str, line: int | None, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        schemafile.parse(text, name="x.schema.yaml")
    assert says in caught.value.message
    assert caught.value.line == line
    assert caught.value.path == "x.schema.yaml"


def test_all_slips_are_told_at_once() -> None:
    text = "feature:\n  - name: 1\n    typ: INT\n  - name: b\n    type: x\n"
    with pytest.raises(ConfigError) as caught:
        schemafile.parse(text)
    assert [one.line for one in caught.value.also] == [3, 5]


def test_a_schema_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such schema"):
        schemafile.read(tmp_path / "x.schema.yaml")
    (tmp_path / "bad.schema.yaml").write_bytes(b"feature:\n  - name: \xff\n")
    with pytest.raises(ConfigError) as caught:
        schemafile.read(tmp_path / "bad.schema.yaml")
    assert caught.value.line == 2
