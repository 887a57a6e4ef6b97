"""What a model would say if, held to its specification."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gate.model import judgement
from gate.model.analysis import Analysis
from gate.model.attributeflips import Flipped
from gate.model.dependence import Curve
from gate.model.judgement import Judgement, State
from gate.model.predicting import Reproduced
from gate.model.spec import Flip, Spec, Task
from gate.model.whatif import WhatIf


def judge(spec: Spec, analysis: Analysis) -> Iterator[Judgement]:
    """The rules on counterfactuals, swaps and directions, in that order.

    A function that does not give the committed predictions again is a warning.
    """
    yield from _distance(spec, analysis)
    flips = (spec.flip,) if isinstance(spec.flip, Flip) else spec.flip
    rules = {name: way for name, way in spec.monotone.items() if way != "none"}
    n = analysis.overall.n
    if analysis.whatif is None:
        for key, rule in (("flip", flips), ("monotone", rules)):
            if rule:
                message = f"{key} is configured, but no function predicts"
                yield _failed("predict-missing", message, n)
        return
    yield from _stale(analysis.whatif.reproduced)
    for flipped in analysis.whatif.flips:
        yield from _flip(flipped, spec, analysis.predictions.task)
    for name, way in rules.items():
        yield _monotone(name, way, analysis.whatif)


def _failed(rule: str, message: str, n: int, metric: str = "") -> Judgement:
    return Judgement(
        rule=rule,
        state=State.FAILED,
        message=f"{message} ({judgement.rows(n)})",
        metric=metric,
        n=n,
    )


def _distance(spec: Spec, analysis: Analysis) -> Iterator[Judgement]:
    found, asked = analysis.counterfactuals, spec.counterfactual
    if found is None or asked is None or asked.min_median_distance is None:
        return
    rule, bound = "counterfactuals-near", asked.min_median_distance
    if not found.by:
        yield _failed(rule, "no feature tells rows apart", len(found.rows))
    for name, distances in found.by.items():
        median, n = distances.summary.median, distances.summary.found
        if median is None:
            message = f"the median {name} distance is undefined: only one outcome"
            yield _failed(rule, message, len(found.rows), name)
            continue
        broken = judgement.below(median, bound)
        told, least = judgement.numbers(median, bound)
        word = "below" if broken else "at least"
        yield Judgement(
            rule=rule,
            state=State.FAILED if broken else State.OK,
            message=f"the median {name} distance to another outcome, {told}, is {word}"
            f" {least} ({judgement.rows(n)})",
            metric=name,
            value=median,
            bound=bound,
            n=n,
        )


def _stale(again: Reproduced) -> Iterator[Judgement]:
    if not again.differing:
        return
    (largest,) = judgement.numbers(again.largest)
    yield Judgement(
        rule="predictions-stale",
        state=State.WARNING,
        message=f"the predict function does not give {again.differing:,} of"
        f" {again.rows:,} committed predictions again: {again.decisions:,} are decided"
        f" otherwise, and the largest difference is {largest}",
        value=float(again.differing),
        bound=0.0,
        n=again.rows,
    )


def _flip(flipped: Flipped, spec: Spec, task: Task) -> Iterator[Judgement]:
    column, allowed = flipped.flip.column, flipped.flip.max_rate
    n = len(flipped.change)
    if allowed is None:
        return
    if task is Task.REGRESSION:
        message = f"max_rate is set for a swap of {column}, but nothing is decided"
        yield _failed("attribute-flips", message, n, column)
        return
    rate, few = flipped.rate or 0.0, n < spec.min_rows
    broken = judgement.above(rate, allowed)
    told, most = judgement.numbers(100 * rate, 100 * allowed, digits=0)
    message = f"swapping {column} changes {len(flipped.rows):,} of {n:,} decisions"
    state = State.FAILED if broken else State.OK
    yield Judgement(
        rule="attribute-flips",
        state=State.TOO_LITTLE if few else state,
        message=f"{message} ({told}%); allowed {most}%",
        metric=column,
        value=rate,
        bound=allowed,
        n=n,
    )


def _monotone(name: str, way: str, found: WhatIf) -> Judgement:
    n = len(found.dependences.rows)
    curve = found.dependences.curves.get(name)
    why = _without_direction(curve, found.dependences.left_out.get(name, ""))
    if curve is None or why:
        message = f"predictions cannot be {way} with {name}: {why}"
        return _failed("not-monotone", message, n, name)
    steps, largest, at = curve.against(way)
    # Sums of floats are rounded: what is no more than that is no step.
    broken = judgement.above(largest, 0.0)
    value = largest if broken else 0.0
    message = f"predictions are {way} with {name} ({judgement.rows(n)})"
    if broken:
        drop = "drop" if way == "increasing" else "rise"
        place = f"{at:,.6g}" if isinstance(at, (int, float)) else at
        message = (
            f"predictions {_shape(curve)} with {name}: expected {way} ({steps} of"
            f" {len(curve.steps)} steps against it, largest {drop} {largest:.3g} at"
            f" {place}; {judgement.rows(n)})"
        )
    return Judgement(
        rule="not-monotone",
        state=State.FAILED if broken else State.OK,
        message=message,
        metric=name,
        value=value,
        bound=0.0,
        n=n,
    )


def _without_direction(curve: Curve | None, left_out: str) -> str:
    if curve is None:
        return left_out or "it is no feature"
    if not curve.numeric:
        return "its values have no order"
    return "each class has a score" if curve.means.shape[1] > 1 else ""


def _shape(curve: Curve) -> str:
    """`rise then fall`: the turns of a curve, as far as words go."""
    signs = np.sign(curve.steps[np.abs(curve.steps) > 1e-12])
    turns = signs[np.flatnonzero(np.diff(signs, prepend=0))]
    words = ["rise" if sign > 0 else "fall" for sign in turns.tolist()]
    return " then ".join(words) if len(words) < 4 else "rise and fall"
