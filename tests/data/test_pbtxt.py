"""TFDV's own text format of a schema."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from gate.data import pbtxt, schemafile
from gate.data.schema import Schema
from gate.errors import ConfigError
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
