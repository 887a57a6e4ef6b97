"""Predictions of a few rows, and the analysis of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gate.model import reading, specfile
from gate.model.analysis import Analysis, analyze
from gate.model.predictions import Predictions

Analyse = Callable[..., Analysis]
Read = Callable[..., Predictions]


@pytest.fixture
def analyse(tmp_path: Path) -> Analyse:
    """Analyse a CSV by the text of a specification."""

    def run(csv: str, spec: str = "", name: str = "predictions.csv") -> Analysis:
        (tmp_path / name).write_text(csv)
        return analyze(specfile.parse(spec, "spec.yaml"), tmp_path, shown=name)

    return run


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a file of predictions by the text of a specification."""

    def run(
        text: str, spec: str = "", name: str = "predictions.csv", **more: Any
    ) -> Predictions:
        path = tmp_path / name
        path.write_text(text)
        made = specfile.parse(spec, "spec.yaml")
        return reading.read(made, path, shown=name, **more)

    return run
