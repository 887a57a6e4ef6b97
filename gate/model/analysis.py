"""All that is found out of a model's predictions, as one value and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate.model import (
    comparing,
    counterfactuals,
    decisions,
    drops,
    gaps,
    inputs,
    intervals,
    metrics,
    reading,
    segments,
    slicing,
    whatif,
)
from gate.model.comparing import Comparison
from gate.model.counterfactuals import Counterfactuals
from gate.model.decisions import Decisions
from gate.model.gaps import Gaps
from gate.model.intervals import Intervals
from gate.model.metrics import Measured
from gate.model.predicting import Ask
from gate.model.predictions import Predictions
from gate.model.segments import Segments
from gate.model.slicing import Slices
from gate.model.spec import Spec
from gate.model.whatif import WhatIf

VERSION = 1  # of the JSON


@dataclass(frozen=True, kw_only=True, eq=False)
class Analysis:
    """What was found; `to_json` has the names of its numbers.

    `slices` are those of the specification, in its order, and `by_slice` has, for the
    name of each, what was measured on its slices, in the order of their names.
    """

    spec: Spec
    predictions: Predictions
    overall: Measured
    slices: tuple[Slices, ...]
    by_slice: dict[str, tuple[Measured, ...]]
    gaps: dict[str, Gaps]
    decisions: Decisions | None = None
    intervals: Intervals
    comparison: Comparison | None = None
    not_compared: str = ""  # why, where there is a base
    counterfactuals: Counterfactuals | None = None
    segments: Segments | None = None
    whatif: WhatIf | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values: `overall`, `slices.<column>.<name>`, and each section."""
        found: dict[str, Any] = {
            "version": VERSION,
            "task": self.predictions.task.value,
            "predictions": self.predictions.path,
            "left_out": self.predictions.left_out,
            "overall": self.overall.to_json(),
            "slices": {
                one.column: {
                    name: measured.to_json()
                    for name, measured in zip(
                        one.names, self.by_slice[one.column], strict=True
                    )
                }
                for one in self.slices
            },
        }
        found["fairlearn"] = {name: one.to_json() for name, one in self.gaps.items()}
        if self.decisions:
            found |= self.decisions.to_json()
        found["ci95"] = self.intervals.to_json()
        if self.comparison:
            found["compare"] = comparing.to_json(self.comparison)
            if word := drops.verdict(self.comparison):
                found["verdict_at_max_drop_0_01"] = word
        elif self.not_compared:
            found["not_compared"] = self.not_compared
        if self.counterfactuals:
            found |= counterfactuals.to_json(self.counterfactuals, self.predictions)
        if self.segments:
            found["weak_segments"] = segments.to_json(self.segments)
        if self.whatif:
            found |= whatif.to_json(self.whatif, self.predictions)
        return found


def analyze(
    spec: Spec,
    folder: Path,
    *,
    shown: str = "",
    base: Path | None = None,
    ask: Ask | None = None,
) -> Analysis:
    """Everything that the specification asks for; its paths are relative to `folder`.

    `shown` is the file of predictions as messages call it, and `base` the one to
    compare with, if it is not that of the specification. `ask` asks the function that
    predicts, as `gate.model.predicting.direct(function)` does; without it, what needs
    one is left out.

    Raises:
        DataError: the predictions cannot be read or judged.
        ConfigError: the specification does not fit them.
    """
    path = folder / spec.predictions
    predictions = reading.read(spec, path, shown=shown)
    metrics.check_names(spec, predictions.task)
    slices = slicing.of(spec, predictions.columns)
    measured = _measured(spec, predictions, slices)
    seen, beside = inputs.seen(spec, folder, predictions)
    return Analysis(
        spec=spec,
        predictions=predictions,
        slices=slices,
        **measured,
        intervals=intervals.bounded(spec, predictions, slices),
        **_compared(spec, predictions, slices, base or _base(spec, folder)),
        counterfactuals=(
            counterfactuals.find(spec, predictions, slices, seen)
            if spec.counterfactual
            else None
        ),
        segments=segments.find(spec, predictions, beside),
        whatif=whatif.ask(spec, predictions, ask, seen) if ask else None,
    )


def _measured(
    spec: Spec, predictions: Predictions, slices: tuple[Slices, ...]
) -> dict[str, Any]:
    """What is found of these predictions alone; what that takes is given back."""
    measurer = metrics.measurer(predictions)
    overall = measurer.measure()[0]
    by_slice = {one.column: measurer.measure(one) for one in slices}
    task = predictions.task
    return {
        "overall": overall,
        "by_slice": by_slice,
        "gaps": {
            one.column: gaps.of(one, by_slice[one.column], overall, task)
            for one in slices
        },
        "decisions": decisions.of(spec, measurer, slices),
    }


def _base(spec: Spec, folder: Path) -> Path | None:
    return folder / spec.base if spec.base else None


def _compared(
    spec: Spec, predictions: Predictions, slices: tuple[Slices, ...], path: Path | None
) -> dict[str, Any]:
    if path is None:
        return {}
    base = reading.read(spec, path, is_base=True, task=predictions.task)
    part = slices if spec.compare.slices else ()
    found = comparing.compare(predictions, base, part, tuple(spec.compare.max_drop))
    why = "" if found else f"a file has no column `{spec.id}` to tell rows by"
    return {"comparison": found, "not_compared": why}
