"""Predictions of a few rows, and the analysis of them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gate.commands.model import command
from gate.model import reading, specfile
from gate.model.analysis import Analysis, analyze
from gate.model.predictions import Predictions
from gate.model.slicing import Slices
from gate.model.spec import Task
from tests.commands import calls

Analyse = Callable[..., Analysis]
Read = Callable[..., Predictions]


run = functools.partial(calls.run, of=command)
as_json = functools.partial(calls.as_json, of=command)


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


def predictions(task: Task, label: Any, predicted: Any, **more: Any) -> Predictions:
    """Rows as they would be read."""
    given: dict[str, Any] = {"score": None, "weight": None, "classes": (), **more}
    rows = np.arange(len(label))
    return Predictions(
        task=task,
        label=np.asarray(label),
        predicted=np.asarray(predicted),
        ids=None,
        columns={},
        rows=rows,
        left_out={},
        **given,
    )


def rows_of(seed: int, size: int, groups: int) -> tuple[Any, Slices]:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, groups, size)
    names, codes = np.unique(codes, return_inverse=True)
    return rng, Slices("g", tuple(map(str, names)), codes.astype(np.int32))
