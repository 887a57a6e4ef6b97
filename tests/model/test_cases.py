"""Whole analyses, number by number: computed once by scikit-learn and fairlearn.

A case is a folder: the specification, the predictions, and what has to come out. There
may be more in the output than is expected.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.model.conftest import as_json

CASES = sorted((Path(__file__).parent / "cases").iterdir())


def differences(expected: Any, found: Any, path: str = "") -> Iterator[str]:
    if isinstance(expected, dict) and isinstance(found, dict):
        expected = dict(expected)
        drawn = expected.pop("bootstrap_ci95", [])
        for key, value in expected.items():
            if key == "bootstrap_tolerance":  # what is drawn is only near
                within = {"rel": 0, "abs": value}
                if found["bootstrap_ci95"] != pytest.approx(drawn, **within):
                    yield f"{path}.bootstrap_ci95: {found['bootstrap_ci95']}"
            elif key not in found:
                yield f"{path}.{key} is not there"
            else:
                yield from differences(value, found[key], f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            yield f"{path}: {len(found)} items, not {len(expected)}"
        for i, (one, other) in enumerate(zip(expected, found, strict=False)):
            yield from differences(one, other, f"{path}[{i}]")
    elif isinstance(expected, float) and isinstance(found, (int, float)):
        if not math.isclose(expected, found, rel_tol=1e-9, abs_tol=1e-12):
            yield f"{path}: {found}, not {expected}"
    elif expected != found:
        yield f"{path}: {found!r}, not {expected!r}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case(case: Path) -> None:
    found = as_json("analyze", str(case / "case.json"))
    expected = json.loads((case / "expected.json").read_text("utf-8"))
    assert list(differences(expected, found)) == []
