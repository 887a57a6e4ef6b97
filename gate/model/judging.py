"""A model held to its specification: what is ok, what is not, what cannot be told."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from gate.data.anomalies import shown
from gate.model import bounding, drops, judgement, whatifjudging
from gate.model.analysis import Analysis
from gate.model.bounding import Part
from gate.model.comparing import Comparison
from gate.model.judgement import Judgement, State
from gate.model.spec import Compare, Spec, Task

_RANGES = 5  # of thresholds that are named
_STATES = {"error": State.FAILED, "warning": State.WARNING}


def judge(
    spec: Spec, analysis: Analysis, against: str = "the base"
) -> tuple[Judgement, ...]:
    """Every rule of the specification, in its order; `against` is the base's name.

    Bounds are included; a float may be beyond one by a trillionth of it, for sums of
    floats are rounded. What is named and not there fails.
    """
    return tuple(_all(spec, analysis, against))


def verdict(judgements: Sequence[Judgement]) -> State:
    """The worst of them: what cannot be told is no worse than what is ok."""
    states = {one.state for one in judgements}
    order = (State.FAILED, State.WARNING)
    return next((state for state in order if state in states), State.OK)


def to_json(judgements: Sequence[Judgement]) -> dict[str, Any]:
    """The verdict and each judgement, as `gate model analyze` prints them."""
    return {
        "verdict": verdict(judgements).value,
        "judgements": [
            {**dataclasses.asdict(one), "state": one.state.value} for one in judgements
        ],
    }


def _all(spec: Spec, analysis: Analysis, against: str) -> Iterator[Judgement]:
    whole = Part("", analysis.overall, analysis.intervals.overall)
    yield from bounding.bounded(spec, whole, spec.metrics)
    yield from _slices(spec, analysis)
    for one in analysis.slices:
        parts = zip(one.names, analysis.by_slice[one.column], strict=True)
        large = {name: part for name, part in parts if part.n >= spec.min_rows}
        yield from bounding.gapped(one.column, large, spec.gaps)
    yield from _no_slices(spec, analysis)
    if analysis.comparison is not None:
        yield from _compared(spec, analysis, analysis.comparison, against)
    elif analysis.not_compared and _compares(spec.compare):
        yield Judgement(
            rule="rows-unmatched",
            state=State.FAILED,
            message=f"nothing can be compared with {against}: {analysis.not_compared}"
            f" ({judgement.rows(analysis.overall.n)})",
            n=analysis.overall.n,
        )
    yield from _decision(spec, analysis)
    yield from whatifjudging.judge(spec, analysis)


def _compares(compare: Compare) -> bool:
    return bool(compare.max_drop) or compare.max_flips is not None


def _slices(spec: Spec, analysis: Analysis) -> Iterator[Judgement]:
    """The bounds of each slice; those with few rows are shown, not judged."""
    known = set()
    drop = spec.compare.slices and spec.compare.max_drop and analysis.comparison
    any_rule = bool(spec.slice_metrics or spec.gaps or drop)
    for one in analysis.slices:
        intervals = analysis.intervals.slices[one.column]
        measured = analysis.by_slice[one.column]
        for name, worth, sure in zip(one.names, measured, intervals, strict=True):
            part = Part(f"{one.column}={name}", worth, sure)
            known.add(part.name)
            bounds = {**spec.slice_metrics, **spec.per_slice.get(part.name, {})}
            if worth.n >= spec.min_rows:
                yield from bounding.bounded(spec, part, bounds)
            elif bounds or any_rule:
                yield _small(part, spec.min_rows)
    for name in spec.per_slice:
        if name not in known:
            yield Judgement(
                rule="slice-missing",
                state=State.FAILED,
                message=f"slice {shown(name)} is configured but not in the data"
                f" ({judgement.rows(analysis.overall.n)})",
                slice=name,
                n=analysis.overall.n,
            )


def _small(part: Part, least: int) -> Judgement:
    n = part.measured.n
    return Judgement(
        rule="slice-small",
        state=State.TOO_LITTLE,
        message=f"{shown(part.name)} has {judgement.rows(n)} (fewer than {least}):"
        " shown, not judged",
        slice=part.name,
        bound=float(least),
        n=n,
    )


def _no_slices(spec: Spec, analysis: Analysis) -> Iterator[Judgement]:
    """Rules for slices where there are no slices."""
    rules = {"slice_metrics": spec.slice_metrics, "gaps": spec.gaps}
    for key, rule in rules.items():
        if rule and not analysis.slices:
            yield Judgement(
                rule="slice-missing",
                state=State.FAILED,
                message=f"{key} is configured, but there are no slices"
                f" ({judgement.rows(analysis.overall.n)})",
                n=analysis.overall.n,
            )


def _compared(
    spec: Spec, analysis: Analysis, comparison: Comparison, against: str
) -> Iterator[Judgement]:
    compare = spec.compare
    yield from _rows(comparison, compare, against)
    if not comparison.matched:
        return
    for name in compare.max_drop:
        if name not in analysis.overall.values:
            yield bounding.unknown(name)
    yield from drops.overall(comparison, compare, against)
    if compare.slices:
        columns = [one.column for one in analysis.slices]
        yield from drops.on_slices(comparison, compare, against, columns, spec.min_rows)
    if compare.max_flips is not None:
        yield _flips(comparison, compare.max_flips, against)


def _rows(
    comparison: Comparison, compare: Compare, against: str
) -> Iterator[Judgement]:
    """Rows that only one side has, or that have another label there."""
    lost, new, n = comparison.only_base, comparison.only_head, comparison.matched
    if lost and compare.lost_rows in _STATES:
        are = "is" if lost == 1 else "are"
        yield Judgement(
            rule="rows-lost",
            state=_STATES[compare.lost_rows],
            message=f"{judgement.rows(lost)} of {against} {are} missing here",
            value=float(lost),
            n=n,
        )
    if new and compare.new_rows in _STATES:
        yield Judgement(
            rule="rows-new",
            state=_STATES[compare.new_rows],
            message=f"{judgement.rows(new)} {'is' if new == 1 else 'are'} new",
            value=float(new),
            n=n,
        )
    if comparison.relabelled:
        have = "has" if comparison.relabelled == 1 else "have"
        yield Judgement(
            rule="rows-relabelled",
            state=State.WARNING,
            message=f"{judgement.rows(comparison.relabelled)} of {n:,} {have} another"
            f" label than at {against}: both are held to the labels here",
            value=float(comparison.relabelled),
            n=n,
        )
    if not n and _compares(compare):
        yield Judgement(
            rule="rows-unmatched",
            state=State.FAILED,
            message=f"no row of {against} is here: nothing can be compared (0 rows)",
            n=0,
        )


def _flips(comparison: Comparison, allowed: float, against: str) -> Judgement:
    flips = comparison.overall.flips
    if flips is None:
        return Judgement(
            rule="metric-missing",
            state=State.FAILED,
            message="max_flips is set, but numbers are predicted: nothing is decided"
            f" ({judgement.rows(comparison.matched)})",
            n=comparison.matched,
        )
    broken = judgement.above(flips.rate, allowed)
    told, most = _percents(flips.rate, allowed)
    return Judgement(
        rule="decisions-flipped",
        state=State.FAILED if broken else State.OK,
        message=f"{flips.total:,} of {flips.n:,} decisions differ from those of"
        f" {against} ({told}); allowed {most}",
        value=flips.rate,
        bound=allowed,
        n=flips.n,
    )


def _decision(spec: Spec, analysis: Analysis) -> Iterator[Judgement]:
    """The threshold in use against the best one, which is often a range."""
    allowed, found = spec.decision.max_regret, analysis.decisions
    if allowed is None:
        return
    n = analysis.overall.n
    if found is None:
        scores = analysis.predictions.task is Task.BINARY
        reason = (
            "scores are not within 0 and 1" if scores else "nothing is decided by one"
        )
        yield Judgement(
            rule="threshold-costs",
            state=State.FAILED,
            message=f"the threshold cannot be judged: {reason} ({judgement.rows(n)})",
            bound=allowed,
            n=n,
        )
        return
    regret, now = found.regret, judgement.numbers(found.threshold, digits=2)[0]
    best = _ranges(found.best.places)
    weigh = f"false positives weigh {found.cost_ratio:g}; {judgement.rows(n)}"
    if regret is None:
        more = f"costs {found.cost:g}, and {best} nothing"
    elif regret == 0:
        more = f"costs no more than {best}"
    else:
        told, most = _percents(regret, allowed)
        more = f"costs {told} more than {best}; allowed {most}"
    broken = regret is None or judgement.above(regret, allowed)
    yield Judgement(
        rule="threshold-costs",
        state=State.FAILED if broken else State.OK,
        message=f"threshold {now} {more} ({weigh})",
        value=regret,
        bound=allowed,
        n=n,
    )


def _ranges(places: tuple[int, ...]) -> str:
    """Thresholds of the grid, neighbours as a range: `0.31-0.33, 0.40`."""
    runs: list[list[int]] = []
    for place in places:
        if runs and place == runs[-1][-1] + 1:
            runs[-1][1:] = [place]
        else:
            runs.append([place])
    texts = ["-".join(f"{place / 100:.2f}" for place in run) for run in runs]
    return ", ".join(texts[:_RANGES]) + (", …" if len(texts) > _RANGES else "")


def _percents(*shares: float) -> list[str]:
    """`18%`, `5%`: with decimals only where they would be equal otherwise."""
    texts = judgement.numbers(*(100 * share for share in shares), digits=0)
    return [f"{text}%" for text in texts]
