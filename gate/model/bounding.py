"""Metrics held to floors and ceilings, and gaps between slices to what is allowed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gate.data.anomalies import shown
from gate.model import gaps, judgement
from gate.model.judgement import Judgement, State
from gate.model.metrics import METRICS, Measured
from gate.model.significance import Interval
from gate.model.spec import Bounds, Gap, Spec


@dataclass(frozen=True)
class Part:
    """All rows, with an empty `name`, or a slice: its metrics and how sure they are."""

    name: str
    measured: Measured
    intervals: Mapping[str, Interval]

    @property
    def digits(self) -> int:
        """How many decimals its numbers are written with."""
        return 2 if self.name else 3


def bounded(
    spec: Spec, part: Part, bounds: Mapping[str, Bounds]
) -> Iterator[Judgement]:
    """Each metric that has a bound; one that is undefined or not there fails."""
    on = f" on {shown(part.name)}" if part.name else ""
    for name, bound in bounds.items():
        value = part.measured.values.get(name)
        if name not in part.measured.values:
            yield unknown(name, part)
        elif value is None:
            yield Judgement(
                rule="metric-undefined",
                state=State.FAILED,
                message=f"{name}{on} is undefined: {part.measured.undefined[name]}"
                f" ({judgement.rows(part.measured.n)})",
                slice=part.name,
                metric=name,
                n=part.measured.n,
            )
        else:
            yield from _held(spec, part, name, value, bound)


def unknown(name: str, part: Part | None = None) -> Judgement:
    """A metric that the task does not have."""
    known = ", ".join(sorted(part.measured.values)) if part else ""
    more = f"; there are {known}" if known else ""
    return Judgement(
        rule="metric-missing",
        state=State.FAILED,
        message=f"metric {shown(name)} is named but there is none for this task{more}",
        slice=part.name if part else "",
        metric=name,
        n=part.measured.n if part else None,
    )


def _held(
    spec: Spec, part: Part, name: str, value: float, bound: Bounds
) -> Iterator[Judgement]:
    interval = part.intervals.get(name)
    low, high = interval if spec.confidence and interval else (value, value)
    if bound.min is not None:
        broken = judgement.below(low, bound.min)
        words = ("below", "may be below") if broken else ("at least", "at least")
        yield _judged(part, name, value, low, bound.min, broken, words, "metric-below")
    if bound.max is not None:
        broken = judgement.above(high, bound.max)
        words = ("above", "may be above") if broken else ("at most", "at most")
        yield _judged(part, name, value, high, bound.max, broken, words, "metric-above")


def _judged(
    part: Part,
    name: str,
    value: float,
    held: float,
    bound: float,
    broken: bool,
    words: tuple[str, str],
    rule: str,
) -> Judgement:
    """`words` are for a value that is beyond the bound itself, and for an interval."""
    # Of an interval its end is held: the number may be on the right side of the bound.
    beyond = judgement.below(value, bound) or judgement.above(value, bound)
    itself = held == value or (beyond and rule == _side(value, bound))
    word = words[0] if itself else words[1]
    link = "" if word.startswith("may") else "is "
    on = f" on {shown(part.name)}" if part.name else ""
    number, limit = judgement.numbers(value, bound, digits=part.digits)
    sure = judgement.sure(part.intervals.get(name), part.digits)
    return Judgement(
        rule=rule,
        state=State.FAILED if broken else State.OK,
        message=f"{name} {number}{on} {link}{word} {limit}"
        f" ({judgement.rows(part.measured.n)}{sure})",
        slice=part.name,
        metric=name,
        value=value,
        bound=bound,
        n=part.measured.n,
    )


def _side(value: float, bound: float) -> str:
    return "metric-below" if value < bound else "metric-above"


def gapped(
    column: str, parts: Mapping[str, Measured], allowed: Mapping[str, Gap]
) -> Iterator[Judgement]:
    """Each metric that may differ only so far between the slices of an entry.

    `parts` are the slices that are judged, by their names. A slice on which the metric
    is undefined is left out and said; with fewer than two others the rule fails.
    """
    n = sum(measured.n for measured in parts.values())
    for name, bound in allowed.items():
        if name not in METRICS or any(name not in m.values for m in parts.values()):
            yield unknown(name)
            continue
        gap = gaps.gap(name, parts, parts.values())
        for slice_ in gap.undefined:
            yield Judgement(
                rule="metric-undefined",
                state=State.TOO_LITTLE,
                message=f"{name} on {shown(f'{column}={slice_}')} is undefined:"
                f" {parts[slice_].undefined[name]}; it is left out of the gap"
                f" ({judgement.rows(parts[slice_].n)})",
                slice=f"{column}={slice_}",
                metric=name,
                n=parts[slice_].n,
            )
        if len(parts) - len(gap.undefined) < 2:
            yield _no_gap(column, name, gap, n)
            continue
        yield from _gap(column, gap, bound, n)


def _no_gap(column: str, name: str, gap: gaps.Gap, n: int) -> Judgement:
    """Slices that are undefined are no gap; those that are too small cannot tell."""
    return Judgement(
        rule="gap-undefined",
        state=State.FAILED if gap.undefined else State.TOO_LITTLE,
        message=f"{name} is known on fewer than two slices of {shown(column)}:"
        f" there is no gap to judge ({judgement.rows(n)})",
        slice=column,
        metric=name,
        n=n,
    )


def _gap(column: str, gap: gaps.Gap, bound: Gap, n: int) -> Iterator[Judgement]:
    assert gap.least is not None and gap.most is not None
    low, high = judgement.numbers(gap.least, gap.most, digits=2)
    lowest = f"{shown(f'{column}={gap.low}')} ({low})"
    highest = f"{shown(f'{column}={gap.high}')} ({high})"
    common = {"slice": column, "metric": gap.metric, "n": n}
    if bound.max_difference is not None and gap.difference is not None:
        broken = judgement.above(gap.difference, bound.max_difference)
        apart, most = judgement.numbers(gap.difference, bound.max_difference, digits=2)
        yield Judgement(
            rule="gap-difference",
            state=State.FAILED if broken else State.OK,
            message=f"{gap.metric} differs by {apart} between {highest} and {lowest};"
            f" allowed {most} ({judgement.rows(n)})",
            value=gap.difference,
            bound=bound.max_difference,
            **common,  # type: ignore[arg-type]
        )
    if bound.min_ratio is not None:
        # Where all are 0 they are equal.
        ratio = 1.0 if gap.least == gap.most else gap.ratio
        broken = ratio is None or judgement.below(ratio, bound.min_ratio)
        told, least = judgement.numbers(ratio or 0.0, bound.min_ratio, digits=2)
        share = "undefined: not all are above 0" if ratio is None else told
        yield Judgement(
            rule="gap-ratio",
            state=State.FAILED if broken else State.OK,
            message=f"{gap.metric} of {lowest} by that of {highest} is {share};"
            f" at least {least} is asked for ({judgement.rows(n)})",
            value=ratio,
            bound=bound.min_ratio,
            **common,  # type: ignore[arg-type]
        )
