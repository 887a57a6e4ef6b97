"""Two versions of gate.yaml: every change of an option has a direction."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gate import config, configdiff
from gate.checks import CHECKS
from gate.datasets import Dataset
from gate.model.spec import (
    Bounds,
    Compare,
    Counterfactual,
    Decision,
    Flip,
    Gap,
    Parity,
    Spec,
)

KINDS = {name: check.Options for name, check in CHECKS.items()}
MODEL_KINDS = (Spec, Bounds, Gap, Compare, Decision, Parity, Flip, Counterfactual)
DATA = "checks:\n  data:\n    - path: a.csv\n"
MODEL = "checks:\n  model:\n    - predictions: p.csv\n"
WAYS = {"rising", "falling", "set", "free", "severity", "unset", "more", "each"}
WAYS |= {"each falling", "each each"}


def compared(old: str, new: str) -> list[str]:
    found = configdiff.compare(config.parse(old, KINDS), config.parse(new, KINDS))
    return [f"{d.path} {d.was}>{d.now} {d.effect.value}" for d in found]


def entry(*lines: str) -> str:
    return DATA + "".join(f"      {line}\n" for line in lines)


CASES = [
    ("", "name: x", ["name >x neutral"]),
    ("key: [a]", "key: [b]", ['key ["a"]>["b"] neutral']),
    ("", "drift_from: base", ["drift_from >base tightened"]),
    ("drift_from: base", "", ["drift_from base> loosened"]),
    ("drift_from: base", "drift_from: b.csv", ["drift_from base>b.csv loosened"]),
    ("", "environment: SERVING", ["environment >SERVING loosened"]),
    ("types: schema", "types: inferred", ["types schema>inferred loosened"]),
    ("na_values: [x]", "", ['na_values ["x"]> loosened']),
    ("", "severities: {T: error}", ["severities[T] >error tightened"]),
    ("", "severities: {T: warning}", ["severities[T] >warning loosened"]),
    ("severities: {T: off}", "", ["severities[T] off> tightened"]),
    ("severities: {T: warning}", "", ["severities[T] warning> loosened"]),
    (
        "severities: {T: off}",
        "severities: {T: warning}",
        ["severities[T] off>warning tightened"],
    ),
    (
        "severities: {T: warning}",
        "severities: {T: off}",
        ["severities[T] warning>off loosened"],
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), CASES)
def test_a_changed_option_of_data_has_a_direction(
    old: str, new: str, expected: list[str]
) -> None:
    found = compared(*(entry(*filter(None, [line])) for line in (old, new)))
    assert found == [f"checks.data[a.csv].{line}" for line in expected]


def model(*lines: str) -> str:
    return MODEL + "".join(f"      {line}\n" for line in lines)


MODELS = [
    ("metrics: {f1: {min: 0.8}}", "metrics: {f1: {min: 0.7}}", "[f1].min", "loosened"),
    ("metrics: {f1: {min: 0.7}}", "metrics: {f1: {min: 0.8}}", "[f1].min", "tightened"),
    ("metrics: {f1: {max: 0.7}}", "metrics: {f1: {max: 0.8}}", "[f1].max", "loosened"),
    ("metrics: {f1: {min: 0.7}}", "metrics: {f1: {}}", "[f1].min", "loosened"),
    ("metrics: {f1: {min: 0.7}}", "metrics: {}", "[f1]", "loosened"),
    ("", "metrics: {f1: {min: 0.7}}", "[f1]", "tightened"),
    ("slice_metrics: {f1: {min: 0.7}}", "", "[f1]", "loosened"),
    ("per_slice: {a=b: {f1: {min: 0.7}}}", "", "[a=b][f1]", "loosened"),
    ("", "per_slice: {a=b: {f1: {min: 0.7}}}", "[a=b][f1]", "tightened"),
    (
        "per_slice: {a=b: {f1: {min: 0.7}}}",
        "per_slice: {a=b: {f1: {min: 0.6}}}",
        "[a=b][f1].min",
        "loosened",
    ),
    (
        "gaps: {f1: {max_difference: 0.1}}",
        "gaps: {f1: {max_difference: 0.2}}",
        "[f1].max_difference",
        "loosened",
    ),
    (
        "gaps: {f1: {min_ratio: 0.7}}",
        "gaps: {f1: {min_ratio: 0.8}}",
        "[f1].min_ratio",
        "tightened",
    ),
    (
        "compare: {max_drop: {f1: 0.1}}",
        "compare: {max_drop: {f1: 0.2}}",
        ".max_drop[f1]",
        "loosened",
    ),
    ("compare: {max_drop: {f1: 0.1}}", "", ".max_drop[f1]", "loosened"),
    ("", "compare: {max_drop: {f1: 0.1}}", ".max_drop[f1]", "tightened"),
    ("", "compare: {slices: false}", ".slices", "loosened"),
    ("", "compare: {significance: 0.01}", ".significance", "loosened"),
    ("", "compare: {max_flips: 0.01}", ".max_flips", "tightened"),
    ("", "compare: {lost_rows: warning}", ".lost_rows", "loosened"),
    ("", "compare: {new_rows: error}", ".new_rows", "tightened"),
    ("", "compare: {new_rows: off}", ".new_rows", "loosened"),
    ("slices: [a, b]", "slices: [b]", "slices", "loosened"),
    ("slices: [a, b]", "slices: [b, a]", "slices", "neutral"),
    ("slices: [a]", "slices: [b, a]", "slices", "tightened"),
    ("slices: [a]", "slices: [[a, b]]", "slices", "loosened"),
    ("", "min_rows: 20", "min_rows", "tightened"),
    ("", "min_rows: 50", "min_rows", "loosened"),
    ("", "confidence: true", "confidence", "tightened"),
    ("", "threshold: 0.4", "threshold", "loosened"),
    ("", "label: y", "label", "loosened"),
    ("", "name: x", "name", "neutral"),
    (
        "decision: {max_regret: 0.1}",
        "decision: {max_regret: 0.2}",
        ".max_regret",
        "loosened",
    ),
    (
        "decision: {parity: {tolerance: 0.1}}",
        "decision: {parity: {tolerance: 0.05}}",
        ".parity.tolerance",
        "tightened",
    ),
    ("", "decision: {cost_ratio: 2}", ".cost_ratio", "loosened"),
    (
        "flip: {column: sex, map: {a: b}, max_rate: 0.1}",
        "flip: [{column: sex, map: {a: b}, max_rate: 0.2}]",
        "[sex].max_rate",
        "loosened",
    ),
    ("flip: {column: sex, map: {a: b}}", "", "[sex]", "loosened"),
    ("monotone: {a: increasing}", "monotone: {a: none}", "[a]", "loosened"),
    ("", "monotone: {a: increasing}", "[a]", "tightened"),
]


@pytest.mark.parametrize(("old", "new", "path", "effect"), MODELS)
def test_a_changed_option_of_a_model_has_a_direction(
    old: str, new: str, path: str, effect: str
) -> None:
    (found,) = compared(*(model(*filter(None, [line])) for line in (old, new)))
    place, _, rest = found.partition(" ")
    assert place.startswith("checks.model[p.csv].") and place.endswith(path)
    assert rest.endswith(effect)


def test_models_are_the_same_by_their_predictions() -> None:
    other = model().replace("p.csv", "q.csv")
    assert compared(model(), other) == [
        "checks.model[p.csv] p.csv> loosened",
        "checks.model[q.csv] >q.csv tightened",
    ]


OPTIONS = [
    ("coverage: {max_drop: 1}", "coverage: {max_drop: 2}", "loosened"),
    ("coverage: {max_drop: 2}", "coverage: {max_drop: 1}", "tightened"),
    ("coverage: {}", "coverage: {max_drop: 1}", "tightened"),
    ("coverage: {max_drop: 1}", "coverage: {}", "loosened"),
    ("coverage: {changed_lines: 1}", "coverage: {changed_lines: 2}", "tightened"),
    ("tests: {command: pytest}", "tests: {command: pytest -k a}", "loosened"),
    ("tests: {timeout: 1}", "tests: {timeout: 2}", "neutral"),
    # Nobody sees how a run ended that only its report is known of.
    ("tests: {}", "tests: {report: a.xml}", "loosened"),
    ("tests: {report: a.xml}", "tests: {}", "tightened"),
    ("tests: {report: a.xml}", "tests: {report: b.xml}", "loosened"),
    ("coverage: {}", "coverage: {report: .coverage}", "loosened"),
    ("coverage: {}", "coverage: {min_changed_lines: 20}", "loosened"),
    ("coverage: {min_changed_lines: 20}", "coverage: {}", "tightened"),
    ("typecheck: {}", "typecheck: {paths: [a]}", "loosened"),
    ("lint: {}", "lint: {judge: new}", "loosened"),
    ("lint: {judge: new}", "lint: {judge: all}", "tightened"),
    ("lint: {judge: new}", "lint: {}", "tightened"),
    ("lint: warning", "lint: off", "loosened"),
    ("lint: off", "lint: warning", "tightened"),
    # What cannot close the gate cannot be loosened.
    (
        "coverage: {weight: warning, minimum: 9}",
        "coverage: {weight: warning, minimum: 1}",
        "neutral",
    ),
]


@pytest.mark.parametrize(("old", "new", "effect"), OPTIONS)
def test_a_changed_option_has_a_direction(old: str, new: str, effect: str) -> None:
    (found,) = compared(*(f"checks:\n  {line}\n" for line in (old, new)))
    assert found.endswith(effect)


def test_datasets_are_the_same_by_their_paths() -> None:
    two = DATA + "    - path: b.csv\n    - {path: a.csv, environment: E}\n"
    turned = "checks:\n  data:\n    - path: b.csv\n    - path: a.csv\n"
    turned += "    - {path: a.csv, environment: E}\n"
    assert compared(two, turned) == []
    assert compared(two, DATA) == [
        "checks.data[b.csv] b.csv> loosened",
        "checks.data[a.csv, 2] a.csv, 2> loosened",
    ]
    assert compared(DATA, two)[0] == "checks.data[b.csv] >b.csv tightened"


@pytest.mark.parametrize(
    "kind", [*KINDS.values(), Dataset, *MODEL_KINDS], ids=lambda k: k.__module__
)
def test_a_direction_is_that_of_an_option(kind: type[Any]) -> None:
    ways = getattr(kind, "directions", {})
    assert set(ways) <= {field.name for field in msgspec.structs.fields(kind)}
    assert set(ways.values()) <= WAYS
