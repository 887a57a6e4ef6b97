"""Schemas of other tools: what is carried over, and what is said of the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gate.data import imports, schemafile
from gate.errors import ConfigError


def imported(
    folder: Path, document: Any, name: str = "x.json"
) -> tuple[str, list[str]]:
    """The schema in YAML, and what was lost."""
    path = folder / name
    text = document if isinstance(document, str) else json.dumps(document)
    path.write_text(text, "utf-8")
    schema, found = imports.read(path)
    return schemafile.render(schema, found.comments), found.lost


@pytest.mark.parametrize(
    ("field", "says", "lost"),
    [
        ({"type": "integer"}, "type: INT\n", []),
        ({"type": "number"}, "type: FLOAT\n", []),
        ({}, "type: BYTES\n", []),
        ({"type": "date"}, 'time_domain: {string_format: "%Y-%m-%d"}', []),
        ({"type": "date", "format": "%d.%m."}, 'string_format: "%d.%m."', []),
        ({"type": "time"}, "time_of_day_domain: ", []),
        ({"type": "date", "format": "any"}, "BYTES\n", ["format any; it is taken"]),
        ({"type": "geojson"}, "BYTES\n", ["type geojson; it is taken as text"]),
        ({"type": "string", "format": "uri"}, "url_domain: {}", []),
        ({"type": "string", "format": "uuid"}, "pattern: ", []),
        ({"type": "string", "format": "email"}, "BYTES\n", ["format email"]),
        (
            {"type": "boolean", "trueValues": ["Y"], "falseValues": ["N"]},
            'bool_domain: {true_value: "Y", false_value: "N"}',
            [],
        ),
        ({"type": "boolean"}, "string_domain:", []),
        ({"constraints": {"required": True}}, "presence: {min_fraction: 1.0, ", []),
        ({"constraints": {"required": False}}, "type: BYTES\n", []),
        ({"constraints": {"unique": True}}, "key: [{feature: [a]}]", []),
        ({"constraints": {"pattern": "x+"}}, 'pattern: "x+"', []),
        ({"type": "string", "constraints": {"maxLength": 3}}, "{0,3}", []),
        (
            {"type": "string", "constraints": {"maxLength": 3, "pattern": "x"}},
            "pattern: x",
            ["constraint maxLength 3"],
        ),
        ({"constraints": {"enum": ["b", "a"]}}, "- b\n        - a\n", []),
        (
            {"type": "integer", "constraints": {"enum": [2, 1, 3]}},
            "int_domain: {min: 1, max: 3, is_categorical: true}",
            [],
        ),
        (
            {"type": "integer", "constraints": {"enum": [1, 3]}},
            "INT\n",
            ["constraint enum [1, 3]"],
        ),
        (
            {"type": "integer", "constraints": {"minimum": 1, "exclusiveMaximum": 9}},
            "int_domain: {min: 1, max: 8}",
            [],
        ),
        (
            {"type": "number", "constraints": {"maximum": "1.5"}},
            "float_domain: {max: 1.5}",
            [],
        ),
        (
            {"type": "number", "constraints": {"exclusiveMinimum": 0}},
            "FLOAT\n",
            ["constraint exclusiveMinimum 0"],
        ),
        (
            {"type": "date", "constraints": {"minimum": "2020-01-01"}},
            'min: "2020-01-01"}',
            [],
        ),
        ({"title": "T", "description": "D\nE"}, "  # T\n  # D\n  # E\n", []),
        ({"categories": ["x"], "odd": 1}, "- x\n", ["odd"]),
    ],
)
def test_a_field_of_a_table_schema_is_carried_over_or_told(
    tmp_path: Path, field: dict[str, Any], says: str, lost: list[str]
) -> None:
    found, told = imported(tmp_path, {"fields": [{"name": "a", **field}]})
    assert says in found
    assert len(told) == len(lost)
    assert all(f"a: {what}" in one for what, one in zip(lost, told, strict=True))


def test_keys_of_a_package_are_carried_over(tmp_path: Path) -> None:
    schema = {
        "fields": [{"name": "id", "type": "integer"}, {"name": "city"}],
        "primaryKey": "id",
        "uniqueKeys": [["id", "city"]],
        "foreignKeys": [
            {"fields": "city", "reference": {"resource": "cities", "fields": "name"}},
            {"fields": "city", "reference": {"resource": "", "fields": "id"}},
        ],
        "missingValues": ["", "NA"],
    }
    cities = {"name": "cities", "path": "cities.csv", "schema": {"fields": []}}
    package = {"resources": [{"name": "a", "path": "a.csv", "schema": schema}, cities]}
    found, told = imported(tmp_path, package)
    assert found == """\
key: [{feature: [id]}, {feature: [id, city]}]
foreign_key: [{feature: [city], path: cities.csv, referenced: [name]}]

feature:
  - name: id
    type: INT
    presence: {min_fraction: 1.0, min_count: 1}
  - name: city
    type: BYTES
"""
    assert told == [
        "resource cities: take its schema by itself",
        "foreign key of city: no path of its own table",
        "missingValues 'NA': give them as --na-value with the data",
    ]


@pytest.mark.parametrize(
    ("feature", "says"),
    [
        ({"dtype": "int64", "_type": "Value"}, "type: INT\n"),
        ({"dtype": "uint8", "_type": "Value"}, "int_domain: {min: 0, max: 255}"),
        ({"dtype": "int8", "_type": "Value"}, "int_domain: {min: -128, max: 127}"),
        ({"dtype": "float32", "_type": "Value"}, "type: FLOAT\n"),
        ({"dtype": "bool", "_type": "Value"}, "bool_domain: {}"),
        ({"dtype": "date32", "_type": "Value"}, 'string_format: "%Y-%m-%d"'),
        (
            {"names": ["neg", "pos"], "_type": "ClassLabel"},
            "  # 0 neg, 1 pos\n  - name: a\n    type: INT\n"
            "    int_domain: {min: 0, max: 1, is_categorical: true}",
        ),
    ],
)
def test_a_feature_of_huggingface_is_carried_over(
    tmp_path: Path, feature: dict[str, Any], says: str
) -> None:
    found, told = imported(tmp_path, {"features": {"a": feature}})
    assert says in found
    assert told == []


@pytest.mark.parametrize(
    "feature",
    [
        {"feature": {"dtype": "int32", "_type": "Value"}, "_type": "Sequence"},
        {"_type": "Image"},
        [{"dtype": "string", "_type": "Value"}],
        {"dtype": "timestamp[ns]", "_type": "Value"},
        {"x": {"dtype": "string", "_type": "Value"}},
        5,
    ],
)
def test_what_a_table_has_not_is_told(tmp_path: Path, feature: Any) -> None:
    found, told = imported(tmp_path, {"default": {"features": {"a": feature}}})
    assert "type: BYTES" in found
    assert len(told) == 1 and told[0].startswith("a: ")


def test_the_card_of_a_dataset_is_read(tmp_path: Path) -> None:
    card = """\
---
license: mit
dataset_info:
- config_name: main
  features:
  - name: text
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
          '0': no
          '1': yes
---
# A dataset
"""
    found, told = imported(tmp_path, card, "README.md")
    assert "# 0 no, 1 yes" in found
    assert told == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("{}", "x.json"),
        ("[1]", "x.json"),
        ("{", "x.json"),
        ("[" * 99_999, "x.json"),
        ("# A page", "README.md"),
        ("", "x.json"),
        ('{"fields": [{"name": "a"}, {"name": "a"}]}', "x.json"),
    ],
)
def test_what_is_no_schema_is_told(tmp_path: Path, text: str, name: str) -> None:
    with pytest.raises(ConfigError):
        imported(tmp_path, text, name)


_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                "name type constraints enum minimum required fields reference format "
                "minLength pattern dtype _type names features primaryKey foreignKeys "
                "missingValues categories trueValues resource resources schema".split()
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=20,
)


@example("schema", {"fields": None}, None)
@given(st.sampled_from(["fields", "features", "resources", "schema"]), _json, _json)
def test_no_document_is_a_crash(
    tmp_path_factory: pytest.TempPathFactory, key: str, value: Any, more: Any
) -> None:
    document = {**(more if isinstance(more, dict) else {}), key: value}
    try:
        imported(tmp_path_factory.getbasetemp(), document)
    except ConfigError:
        pass
