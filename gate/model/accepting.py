"""Bounds as today's numbers would have them: what `gate model accept` writes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gate.model.analysis import Analysis
from gate.model.judgement import Judgement, State
from gate.model.spec import Spec

DIGITS = 4  # decimals of a bound

Key = tuple[str, ...]  # where it stands in an entry: metrics, accuracy, min

# The last key of a bound, by rule; least ones are floors.
_LEAST = {"metric-below": "min", "gap-ratio": "min_ratio"}
_MOST = {"metric-above": "max", "gap-difference": "max_difference"}
_COSTS = "threshold-costs"


@dataclass(frozen=True)
class Bound:
    """A bound, the number that it holds, and whether that breaks it."""

    key: Key
    metric: str
    was: float
    today: float
    is_least: bool
    broken: bool

    def accepting(self, margin: float = 0.0) -> str:
        """The bound, as YAML, that today's number holds, with so much room."""
        scale = 10**DIGITS
        # A float just beside a decimal is that decimal: 0.85 is not 0.8499.
        if self.is_least:
            number = math.floor((self.today - margin) * scale + 1e-6) / scale
        else:
            number = math.ceil((self.today + margin) * scale - 1e-6) / scale
        return f"{number + 0.0:.{DIGITS}f}".rstrip("0").rstrip(".")


def bounds(
    spec: Spec, analysis: Analysis, judgements: Sequence[Judgement]
) -> list[Bound]:
    """Each bound once, with the worst number that it holds, in their order."""
    found: dict[Key, Bound] = {}
    for one in _each(spec, analysis, judgements):
        known = found.get(one.key)
        if known is None or (one.today < known.today) is one.is_least:
            broken = one.broken or (known is not None and known.broken)
            found[one.key] = Bound(
                one.key, one.metric, one.was, one.today, one.is_least, broken
            )
    return list(found.values())


def others(judgements: Sequence[Judgement]) -> list[Judgement]:
    """What fails and is no bound on a number that can be accepted."""
    bounds_ = (*_LEAST, *_MOST, _COSTS)
    return [
        one
        for one in judgements
        if one.state is State.FAILED and (one.rule not in bounds_ or one.value is None)
    ]


def _each(
    spec: Spec, analysis: Analysis, judgements: Sequence[Judgement]
) -> Iterator[Bound]:
    for one in judgements:
        is_least = one.rule in _LEAST
        word = _LEAST.get(one.rule) or _MOST.get(one.rule)
        if one.bound is None or one.value is None:
            continue
        broken = one.state is State.FAILED
        if word:
            today = _held(spec, analysis, one, is_least)
            key = (*_place(spec, one), one.metric, word)
            yield Bound(key, one.metric, one.bound, today, is_least, broken)
        elif one.rule == _COSTS:
            key = ("decision", "max_regret")
            yield Bound(key, "regret", one.bound, one.value, False, broken)


def _place(spec: Spec, one: Judgement) -> Key:
    if one.rule.startswith("gap-"):
        return ("gaps",)
    if not one.slice:
        return ("metrics",)
    if one.metric in spec.per_slice.get(one.slice, {}):
        return ("per_slice", one.slice)
    return ("slice_metrics",)


def _held(spec: Spec, analysis: Analysis, one: Judgement, is_least: bool) -> float:
    """What is held to the bound: the number, or the end of its interval."""
    assert one.value is not None
    if not spec.confidence or one.rule.startswith("gap-"):
        return one.value
    if not one.slice:
        interval = analysis.intervals.overall.get(one.metric)
    else:
        interval = next(
            each.get(one.metric)
            for slices in analysis.slices
            for name, each in zip(
                slices.names, analysis.intervals.slices[slices.column], strict=True
            )
            if f"{slices.column}={name}" == one.slice
        )
    return one.value if interval is None else interval[0 if is_least else 1]
