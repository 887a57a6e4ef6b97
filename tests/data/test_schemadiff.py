"""Two versions of a schema: no table that only the new one accepts goes unnoticed."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.data import schemafile, validation
from gate.data.directions import Difference
from gate.data.schemadiff import compare
from gate.data.source import Source

OLD = """\
default_environment: [TRAINING, SERVING]
dataset_constraints: {min_examples_count: 10, max_examples_count: 100}
key: [{feature: [id]}]
foreign_key: [{feature: [plan], path: plans.csv}]
rule: [{name: grown, expression: age > 17, min_fraction: 0.9}]
feature:
  - name: id
    type: INT
    presence: {min_fraction: 1.0, min_count: 1}
    shape: {dim: [{size: 1}]}
    value_count: {min: 1, max: 1}
    int_domain: {min: 0, max: 10}
    unique_constraints: {min: 2, max: 9}
  - name: fare
    type: FLOAT
    float_domain: {min: 0.5, max: 60.0, disallow_nan: true}
    drift_comparator: {jensen_shannon_divergence: {threshold: 0.1}}
    not_in_environment: [SERVING]
    annotation: {tag: [money]}
  - name: plan
    type: BYTES
    domain: plan
    distribution_constraints: {min_domain_mass: 0.9}
    skew_comparator: {infinity_norm: {threshold: 0.01}}
  - name: day
    type: BYTES
    time_domain: {string_format: "%Y-%m-%d", min: "2020-01-01"}
  - name: code
    type: BYTES
    pattern: "[A-Z]+"
  - name: flag
    type: BYTES
    bool_domain: {true_value: "yes", false_value: "no"}
  - name: old
    type: INT
    lifecycle_stage: DEPRECATED
string_domain:
  - name: plan
    value: [free, pro]
"""

CASES = {
    "int_domain: {min: 0, max: 10}": {
        "int_domain: {min: 0, max: 11}": ["feature[id].int_domain.max 10>11 loosened"],
        "int_domain: {min: -1, max: 10}": ["feature[id].int_domain.min 0>-1 loosened"],
        "int_domain: {min: 0, max: 9}": ["feature[id].int_domain.max 10>9 tightened"],
        "int_domain: {max: 10}": ["feature[id].int_domain.min 0> loosened"],
    },
    "    value_count: {min: 1, max: 1}\n    int_domain: {min: 0, max: 10}\n": {
        "    value_count: {min: 1}\n": [
            "feature[id].value_count.max 1> loosened",
            'feature[id].int_domain {"min": 0, "max": 10}> loosened',
        ],
    },
    "min_fraction: 1.0, min_count: 1": {
        "min_fraction: 0.9, min_count: 2": [
            "feature[id].presence.min_fraction 1.0>0.9 loosened",
            "feature[id].presence.min_count 1>2 tightened",
        ],
        "min_count: 1": ["feature[id].presence.min_fraction 1.0> loosened"],
    },
    "    shape: {dim: [{size: 1}]}\n": {
        "": ['feature[id].shape {"dim": [{"size": 1}]}> loosened']
    },
    "unique_constraints: {min: 2, max: 9}": {
        "unique_constraints: {min: 3, max: 10}": [
            "feature[id].unique_constraints.min 2>3 tightened",
            "feature[id].unique_constraints.max 9>10 loosened",
        ]
    },
    "type: INT\n    presence": {
        "type: FLOAT\n    presence": ["feature[id].type INT>FLOAT loosened"]
    },
    "max: 60.0, disallow_nan: true": {
        "max: 59.0": [
            "feature[fare].float_domain.max 60.0>59.0 tightened",
            "feature[fare].float_domain.disallow_nan true> loosened",
        ],
        "max: .nan, disallow_nan: true": [
            "feature[fare].float_domain.max 60.0>NaN loosened"
        ],
        "max: 60, disallow_nan: true, disallow_inf: true": [
            "feature[fare].float_domain.disallow_inf >true tightened"
        ],
    },
    "{jensen_shannon_divergence: {threshold: 0.1}}": {
        "{jensen_shannon_divergence: {threshold: 0.2}}": [
            "feature[fare].drift_comparator.jensen_shannon_divergence.threshold"
            " 0.1>0.2 loosened"
        ],
        "{jensen_shannon_divergence: {threshold: 0.1, source: {type: QUANTILES}}}": [
            "feature[fare].drift_comparator.jensen_shannon_divergence.source.type"
            " >QUANTILES loosened"
        ],
        "{}": [
            "feature[fare].drift_comparator.jensen_shannon_divergence.threshold"
            " 0.1> loosened"
        ],
    },
    "    skew_comparator: {infinity_norm: {threshold: 0.01}}\n": {
        "    drift_comparator: {jensen_shannon_divergence:"
        " {threshold: 0.1, source: {type: QUANTILES}}}\n"
        "    skew_comparator: {infinity_norm: {threshold: 0.01}}\n": [
            "feature[plan].drift_comparator.jensen_shannon_divergence.threshold"
            " >0.1 tightened",
            "feature[plan].drift_comparator.jensen_shannon_divergence.source.type"
            " >QUANTILES tightened",
        ]
    },
    "    not_in_environment: [SERVING]\n": {
        "": ["feature[fare].not_in_environment SERVING> loosened"],
        "    not_in_environment: [SERVING, TRAINING]\n": [
            "feature[fare].not_in_environment >TRAINING loosened"
        ],
        "    not_in_environment: [SERVING, ELSEWHERE]\n": [
            "feature[fare].not_in_environment >ELSEWHERE neutral"
        ],
        "    not_in_environment: [SERVING]\n    in_environment: [TRAINING]\n": [
            "feature[fare].in_environment >TRAINING neutral"
        ],
    },
    "default_environment: [TRAINING, SERVING]": {
        "default_environment: [TRAINING]": ["default_environment SERVING> loosened"],
        "default_environment: [TRAINING, SERVING, TESTING]": [
            "default_environment >TESTING neutral"
        ],
    },
    "annotation: {tag: [money]}": {
        "annotation: {tag: [fee]}": [
            'feature[fare].annotation {"tag": ["money"]}>{"tag": ["fee"]} neutral'
        ]
    },
    "value: [free, pro]": {
        "value: [free, pro, team]": ['string_domain[plan].value >["team"] loosened'],
        "value: [pro, free]": [],
        "value: [free]": ['string_domain[plan].value ["pro"]> tightened'],
    },
    "domain: plan": {
        "string_domain: {value: [free, pro, team]}": [
            'feature[plan].string_domain.value >["team"] loosened'
        ],
    },
    "    domain: plan\n": {
        "": ['feature[plan].string_domain.value ["free", "pro"]> loosened']
    },
    "{min_domain_mass: 0.9}": {
        "{min_domain_mass: 0.8}": [
            "feature[plan].distribution_constraints.min_domain_mass 0.9>0.8 loosened"
        ],
        "{}": ["feature[plan].distribution_constraints.min_domain_mass 0.9> tightened"],
    },
    'min: "2020-01-01"': {
        'min: "2019-12-31"': [
            "feature[day].time_domain.min 2020-01-01>2019-12-31 loosened"
        ],
        'min: "2020-01-02"': [
            "feature[day].time_domain.min 2020-01-01>2020-01-02 tightened"
        ],
        'min: "soon"': ["feature[day].time_domain.min 2020-01-01>soon loosened"],
    },
    '    pattern: "[A-Z]+"\n': {
        '    pattern: "[A-Z]*"\n': ["feature[code].pattern [A-Z]+>[A-Z]* loosened"],
        "": ["feature[code].pattern [A-Z]+> loosened"],
    },
    'true_value: "yes"': {
        'true_value: "Yes"': ["feature[flag].bool_domain.true_value yes>Yes loosened"]
    },
    "lifecycle_stage: DEPRECATED": {
        "lifecycle_stage: PRODUCTION": [
            "feature[old].lifecycle_stage DEPRECATED>PRODUCTION tightened"
        ],
        "lifecycle_stage: DISABLED": [
            "feature[old].lifecycle_stage DEPRECATED>DISABLED neutral"
        ],
    },
    "  - name: code\n    type: BYTES\n": {
        "  - name: code\n    type: BYTES\n    deprecated: true\n": [
            "feature[code].deprecated >true loosened"
        ],
    },
    "  - name: flag\n": {
        "  - name: extra\n    type: INT\n  - name: flag\n": [
            "feature[extra] >INT loosened"
        ]
    },
    '  - name: code\n    type: BYTES\n    pattern: "[A-Z]+"\n': {
        "": ["feature[code] BYTES> loosened"]
    },
    "{min_examples_count: 10, max_examples_count: 100}": {
        "{min_examples_count: 9, num_examples_drift_comparator:"
        " {min_fraction_threshold: 0.5}}": [
            "dataset_constraints.min_examples_count 10>9 loosened",
            "dataset_constraints.max_examples_count 100> loosened",
            "dataset_constraints.num_examples_drift_comparator.min_fraction_threshold"
            " >0.5 tightened",
        ]
    },
    "key: [{feature: [id]}]": {
        "key: [{feature: [id]}, {feature: [day, code]}]": [
            'key >["code", "day"] tightened'
        ],
        "": ['key ["id"]> loosened'],
    },
    "path: plans.csv": {
        "path: other.csv": [
            'foreign_key {"feature": ["plan"], "path": "plans.csv"}> loosened',
            'foreign_key >{"feature": ["plan"], "path": "other.csv"} tightened',
        ]
    },
    "min_fraction: 0.9}]": {
        "min_fraction: 0.8}]": [
            "rule[age > 17].min_fraction 0.9>0.8 loosened",
        ],
    },
    "age > 17": {
        "age > 16": [
            "rule[age > 17] grown> loosened",
            "rule[age > 16] >grown tightened",
        ],
    },
}


def line(one: Difference) -> str:
    return f"{one.path} {one.was}>{one.now} {one.effect.value}"


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [(was, now, told) for was, made in CASES.items() for now, told in made.items()],
)
def test_every_change_has_a_direction(was: str, now: str, expected: list[str]) -> None:
    assert was in OLD
    old = schemafile.parse(OLD)
    new = schemafile.parse(OLD.replace(was, now, 1))
    assert [line(one) for one in compare(old, new)] == expected


@pytest.mark.parametrize("text", [OLD, "", OLD.replace("60.0", ".nan")])
def test_a_schema_is_no_different_from_itself(text: str) -> None:
    assert compare(schemafile.parse(text), schemafile.parse(text)) == []


def test_no_field_is_without_a_direction_that_was_thought_of() -> None:
    """A schema that is emptied loses every constraint, and each loss is one."""
    old = schemafile.parse(OLD.replace("    annotation: {tag: [money]}\n", ""))
    found = compare(old, schemafile.parse(""))
    assert {one.path for one in found if one.effect.value != "loosened"} == set()
    assert {one.path for one in found} >= {f"feature[{f.name}]" for f in old.feature}


NUMBERS = st.none() | st.integers(0, 4)
SHARES = st.none() | st.sampled_from([0.0, 0.4, 0.5, 0.75, 1.0])


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    made = st.fixed_dictionaries({}, optional=fields)
    return made.map(lambda d: {k: v for k, v in d.items() if v is not None and v != {}})


FEATURES = st.fixed_dictionaries(
    {"name": st.sampled_from(["n", "s"]), "type": st.just("INT")},
    optional={
        "presence": some(min_count=NUMBERS, min_fraction=SHARES),
        "int_domain": some(min=NUMBERS, max=NUMBERS),
        "lifecycle_stage": st.sampled_from(["BETA", "DEPRECATED"]),
        "unique_constraints": some(min=NUMBERS, max=NUMBERS),
        "shape": st.just({"dim": [{"size": 1}]}),
    },
) | st.fixed_dictionaries(
    {"name": st.sampled_from(["n", "s"]), "type": st.just("BYTES")},
    optional={
        "presence": some(min_count=NUMBERS),
        "string_domain": st.fixed_dictionaries(
            {"value": st.lists(st.sampled_from("0123"), max_size=3, unique=True)}
        ),
        "distribution_constraints": some(min_domain_mass=SHARES),
        "not_in_environment": st.just(["E"]),
    },
)
SCHEMAS = st.fixed_dictionaries(
    {
        "feature": st.lists(FEATURES, max_size=2, unique_by=lambda f: f["name"]),
        "default_environment": st.just(["E"]),
    },
    optional={
        "dataset_constraints": some(
            min_examples_count=NUMBERS, max_examples_count=NUMBERS
        )
    },
)
CELLS = st.sampled_from(["", "0", "1", "2", "3", "4", "x"])


@st.composite
def tables(draw: st.DrawFn) -> str:
    names = draw(st.lists(st.sampled_from(["n", "s"]), min_size=1, unique=True))
    rows = draw(
        st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=4)
    )
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*names, "z"])
    for row in rows:
        writer.writerow([*row[: len(names)], "1"])
    return file.getvalue()


def accepts(text: str, schema: dict[str, Any], environment: str) -> bool:
    made = json.loads(json.dumps(schema))
    made["feature"].append({"name": "z", "type": "INT"})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.csv")
        path.write_text(text)
        report = validation.validate(
            Source(path=path),
            schemafile.parse(json.dumps(made)),
            environment=environment,
        )
    return not report.anomalies


@settings(max_examples=150)
@given(
    SCHEMAS,
    SCHEMAS,
    st.lists(tables(), min_size=3, max_size=3),
    st.sampled_from(["", "E"]),
)
def test_what_only_the_new_schema_accepts_was_loosened(
    old: dict[str, Any], new: dict[str, Any], texts: list[str], environment: str
) -> None:
    pair = (schemafile.parse(json.dumps(schema)) for schema in (old, new))
    loosened = [d for d in compare(*pair) if d.effect.value == "loosened"]
    for text in texts:
        if accepts(text, new, environment) and not accepts(text, old, environment):
            assert loosened, (text, old, new)
