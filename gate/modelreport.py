"""What was found of models, as findings and as tables."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from gate.errors import GateError
from gate.findings import Cell, Finding, Fix, Kind, Level, Table, tabled
from gate.models import Judged

if TYPE_CHECKING:
    from gate.model.analysis import Analysis
    from gate.model.judgement import Judgement

COUNTS = ("tp", "fp", "fn", "tn")
ROWS = 200  # of a table
_tabled = functools.partial(tabled, most=ROWS)
DRAWN = 100  # slices whose thresholds are drawn
MOST = 100  # findings of a model
_SHOWN = 6  # metrics in the table of slices
_DEFAULT = ("accuracy", "recall", "precision", "fpr", "f1", "selection_rate")
_OTHERS = ("macro_f1", "balanced_accuracy", "mae", "rmse", "mean_error", "r2")

_LEVELS = {
    "failed": Level.ERROR,
    "warning": Level.WARNING,
    "not enough data": Level.NOTE,
}


def count(judged: Judged, level: Level) -> int:
    """How many rules came out so."""
    return sum(_LEVELS.get(one.state.value) is level for one in judged.judgements)


def total(judged: Judged) -> int:
    """How many findings there are, those that are not told included."""
    errors = 1 + len(judged.error.also) if judged.error else 0
    return errors + len(_told(judged))


def findings(judged: Judged) -> Iterator[Finding]:
    """One for each rule that does not hold, or cannot be judged; errors first."""
    if judged.error:
        yield from _error_findings(judged, judged.error)
    for one in _told(judged)[:MOST]:
        yield Finding(
            rule=f"model/{one.rule}",
            message=one.message,
            path=judged.spec.predictions,
            level=_LEVELS[one.state.value],
        )


def _told(judged: Judged) -> list[Judgement]:
    return [one for one in _worst_first(judged) if one.state.value in _LEVELS]


def _worst_first(judged: Judged) -> list[Judgement]:
    order = (*_LEVELS, "ok")
    return sorted(judged.judgements, key=lambda one: order.index(one.state.value))


def _error_findings(judged: Judged, error: GateError) -> Iterator[Finding]:
    for one in (error, *error.also):
        yield Finding(
            rule="model/unreadable",
            message=one.message,
            path=one.path or judged.spec.predictions,
            line=one.line,
            column=one.column,
            fix=Fix(text=one.hint) if one.hint else None,
        )


def tables(judged: Sequence[Judged]) -> Iterator[Table]:
    """All tables that have a row, model by model; the metrics are the important one."""
    for one in judged:
        if one.analysis is not None:
            of = f" of `{one.name}`" if len(judged) > 1 else ""
            yield from _of_model(one, one.analysis, of)
    yield from _models(judged)


def _of_model(judged: Judged, analysis: Analysis, of: str) -> Iterator[Table]:
    closes = count(judged, Level.ERROR) > 0
    yield from _metrics(judged, analysis, of, important=closes)
    for column in (slices.column for slices in analysis.slices):
        yield from _slices(analysis, column, of)
    yield from _gaps(analysis, of)
    yield from _comparison(analysis, of)
    yield from _decision(analysis, of)
    yield from _thresholds(analysis, of)
    yield from _calibration(analysis, of)
    yield from _flips(analysis, of)
    yield from _dependence(analysis, of)
    yield from _segments(analysis, of)
    yield from _rules(judged, of)


def _metrics(
    judged: Judged, analysis: Analysis, of: str, *, important: bool
) -> Iterator[Table]:
    """Those with a bound, with their interval and beside the base; then the others."""
    spec, overall = analysis.spec, analysis.overall
    changes = analysis.comparison.overall.changes if analysis.comparison else {}
    named = dict.fromkeys((*spec.metrics, *changes, *overall.values))
    rows: list[tuple[Cell, ...]] = []
    for name in named:
        if name in COUNTS and name not in spec.metrics:
            continue
        bounds, change = spec.metrics.get(name), changes.get(name)
        low, high = analysis.intervals.overall.get(name, (None, None))
        rows.append(
            (name, overall.values.get(name), low, high)
            + ((change.base, change.diff) if change else (None, None))
            + ((bounds.min, bounds.max) if bounds else (None, None))
        )
    names = ("value", "from", "to", "base", "difference", "at least", "at most")
    kinds = {"metric": Kind.CODE} | dict.fromkeys(names, Kind.NUMBER)
    held = len({*spec.metrics, *changes} & set(named))
    first = held or len(rows)  # where nothing is held, all are alike
    yield from _tabled(f"Metrics{of}", kinds, rows[:first], important=important)
    yield from _tabled(
        f"Other metrics{of}",
        {"metric": Kind.CODE, "value": Kind.NUMBER},
        [row[:2] for row in rows[first:]],
    )


def _slices(analysis: Analysis, column: str, of: str) -> Iterator[Table]:
    """The slices of an entry by the metric that matters most, the worst first."""
    names = _names(analysis)
    one = next(slices for slices in analysis.slices if slices.column == column)
    intervals = analysis.intervals.slices[column]
    sure = any(names[0] in each for each in intervals)
    rows: list[tuple[Cell, ...]] = []
    measured = analysis.by_slice[column]
    for name, worth, interval in zip(one.names, measured, intervals, strict=True):
        first = worth.values[names[0]]
        others = (worth.values[other] for other in names[1:])
        ends = interval.get(names[0], (None, None)) if sure else ()
        rows.append((name, worth.n, *others, first, *ends))
    at = len(names) + 1
    worse = -1 if names[0] in _lower_is_better() else 1
    rows.sort(key=lambda row: _rank(row[at], worse))
    numbers = (*names[1:], names[0], *(("from", "to") if sure else ()))
    kinds = {"slice": Kind.CODE, "rows": Kind.COUNT}
    kinds |= dict.fromkeys(numbers, Kind.NUMBER)
    title = f"Slices by `{column}`{of}, the worst first"
    yield from _tabled(title, kinds, rows, chart="interval" if sure else "")


def _names(analysis: Analysis) -> list[str]:
    """The metrics to show of slices: those with a bound first."""
    spec, known = analysis.spec, analysis.overall.values
    judged = (*spec.slice_metrics, *spec.gaps, *spec.metrics, *spec.compare.max_drop)
    wanted = dict.fromkeys((*judged, *_DEFAULT, *_OTHERS))
    return [name for name in wanted if name in known and name not in COUNTS][:_SHOWN]


def _lower_is_better() -> set[str]:
    from gate.model.metrics import METRICS

    return {name for name, one in METRICS.items() if one.better == "lower"}


def _rank(value: Cell, worse: int) -> tuple[bool, float]:
    known = isinstance(value, (int, float))
    return not known, worse * value if isinstance(value, (int, float)) else 0.0


def _gaps(analysis: Analysis, of: str) -> Iterator[Table]:
    """How far the slices are apart that are large enough to be judged."""
    from gate.model import gaps

    spec = analysis.spec
    names = tuple(spec.gaps) or ("selection_rate", "recall", "accuracy")
    rows: list[tuple[Cell, ...]] = []
    for slices in analysis.slices:
        column, measured = slices.column, analysis.by_slice[slices.column]
        pairs = zip(slices.names, measured, strict=True)
        large = {name: one for name, one in pairs if one.n >= spec.min_rows}
        for metric in (name for name in names if name in analysis.overall.values):
            gap = gaps.gap(metric, large, large.values())
            if gap.difference is None:
                continue
            bound = spec.gaps.get(gap.metric)
            rows.append(
                (column, gap.metric, gap.difference)
                + (bound.max_difference if bound else None, gap.ratio)
                + (bound.min_ratio if bound else None,)
                + (gap.low, gap.least, gap.high, gap.most)
            )
    number, code = Kind.NUMBER, Kind.CODE
    kinds = {"by": code, "metric": code, "difference": number, "at most": number}
    kinds |= {"ratio": number, "at least": number, "lowest": code, "low": number}
    kinds |= {"highest": code, "high": number}
    yield from _tabled(f"Gaps between slices{of}", kinds, rows)


def _comparison(analysis: Analysis, of: str) -> Iterator[Table]:
    """Head and base on the rows of both, overall and on each slice."""
    comparison = analysis.comparison
    if comparison is None:
        return
    rows: list[tuple[Cell, ...]] = []
    parts = {None: comparison.overall} | {
        f"{column}={name}": one
        for column, slices in comparison.slices.items()
        for name, one in slices.items()
    }
    for name, one in parts.items():
        flips = one.flips.total if one.flips else None
        for change in one.changes.values():
            rows.append(
                (name, one.n, change.metric, change.base, change.head, change.diff)
                + (change.p_value, one.gained, one.lost, flips)
            )
    number, total = Kind.NUMBER, Kind.COUNT
    kinds = {"slice": Kind.CODE, "rows": total, "metric": Kind.CODE}
    kinds |= dict.fromkeys(("base", "head", "difference", "p"), number)
    kinds |= dict.fromkeys(("gained", "lost", "flips"), total)
    yield from _tabled(f"Against the base{of}", kinds, rows)


def _decision(analysis: Analysis, of: str) -> Iterator[Table]:
    found = analysis.decisions
    if found is None:
        return
    best = found.best.thresholds
    regret = found.regret
    row = (found.threshold, found.cost_ratio, found.cost, found.best.cost)
    number = Kind.NUMBER
    kinds = {"threshold": number, "a false positive costs": number, "cost": number}
    kinds |= {"least cost": number, "at": number, "to": number, "regret": Kind.PERCENT}
    percent = None if regret is None else 100 * regret
    yield from _tabled(
        f"What the threshold costs{of}", kinds, [(*row, best[0], best[-1], percent)]
    )


def _thresholds(analysis: Analysis, of: str) -> Iterator[Table]:
    """The counts at each threshold, for the page: all rows, then slices in turn."""
    found = analysis.decisions
    if found is None:
        return

    def row(
        by: str | None, name: str | None, counts: Iterable[Iterable[float]]
    ) -> tuple[Cell, ...]:
        texts = (" ".join(f"{n:.10g}" for n in one) for one in zip(*counts))
        return by, name, found.threshold, found.cost_ratio, *texts

    rows = [row(None, None, found.table.tolist())]
    for slices in analysis.slices:
        tables = found.tables[slices.column]
        if len(rows) + len(slices.names) > DRAWN:
            continue  # whole entries alone: half of one would add up to nothing
        for name, counts in zip(slices.names, tables, strict=True):
            rows.append(row(slices.column, name, counts.tolist()))
    kinds = {"sliced by": Kind.CODE, "slice": Kind.CODE}
    kinds |= dict.fromkeys(("threshold", "cost ratio"), Kind.NUMBER)
    kinds |= dict.fromkeys(COUNTS, Kind.TEXT)
    yield from _tabled(f"Performance and fairness{of}", kinds, rows, chart="thresholds")


def _calibration(analysis: Analysis, of: str) -> Iterator[Table]:
    """The share of positive rows in each tenth of the scores, with its interval."""
    import numpy as np

    from gate.model.significance import wilson

    seen = analysis.predictions
    if analysis.decisions is None or seen.label is None or seen.score is None:
        return
    bins = np.minimum((seen.score * 10).astype(np.intp), 9)
    weight = np.ones(len(seen)) if seen.weight is None else seen.weight
    counts = np.bincount(bins, minlength=10).tolist()
    sums = [
        np.bincount(bins, weight * values, minlength=10).tolist()
        for values in (1.0, weight, seen.score, seen.label)
    ]
    rows: list[tuple[Cell, ...]] = []
    for i, (n, *found) in enumerate(zip(counts, *sums, strict=True)):
        if n and found[0]:
            total, squares, score, true = found
            ends = wilson(true / total, total * total / squares)
            scores = f"{i / 10:.1f} to {(i + 1) / 10:.1f}"
            rows.append((scores, n, score / total, true / total, *ends))
    kinds = {"scores": Kind.TEXT, "rows": Kind.COUNT}
    kinds |= dict.fromkeys(("mean score", "positive", "from", "to"), Kind.NUMBER)
    yield from _tabled(f"Calibration{of}", kinds, rows, chart="interval")


def _flips(analysis: Analysis, of: str) -> Iterator[Table]:
    """How many decisions change where an attribute is swapped."""
    rows: list[tuple[Cell, ...]] = []
    for one in analysis.whatif.flips if analysis.whatif else ():
        swaps = ", ".join(f"{a} → {b}" for a, b in one.flip.map.items())
        allowed = one.flip.max_rate
        rows.append(
            (one.flip.column, swaps, len(one.change), len(one.rows))
            + (None if one.rate is None else 100 * one.rate,)
            + (None if allowed is None else 100 * allowed,)
        )
    kinds = {"attribute": Kind.CODE, "swapped": Kind.CODE, "rows": Kind.COUNT}
    kinds |= {"decided otherwise": Kind.COUNT, "share": Kind.PERCENT}
    kinds |= {"at most": Kind.PERCENT}
    yield from _tabled(f"Attributes swapped{of}", kinds, rows)


def _dependence(analysis: Analysis, of: str) -> Iterator[Table]:
    """How much the mean prediction moves with each feature, the most first."""
    curves = analysis.whatif.dependences.curves if analysis.whatif else {}
    ordered = sorted(curves.items(), key=lambda pair: (-pair[1].variation, pair[0]))
    rows: list[tuple[Cell, ...]] = []
    for name, curve in ordered:
        means = curve.means[:, 0]
        low, high = int(means.argmin()), int(means.argmax())
        rows.append(
            (name, curve.variation, float(means[low]), str(curve.grid[low]))
            + (float(means[high]), str(curve.grid[high]))
        )
    kinds = {"feature": Kind.CODE, "variation": Kind.NUMBER, "least": Kind.NUMBER}
    kinds |= {"at": Kind.CODE, "most": Kind.NUMBER, "of": Kind.CODE}
    yield from _tabled(f"Partial dependence{of}", kinds, rows)


def _segments(analysis: Analysis, of: str) -> Iterator[Table]:
    """Where the model is clearly worse, though nobody named it."""
    found = analysis.segments
    rows: list[tuple[Cell, ...]] = [
        (" and ".join(f"{k}={v}" for k, v in one.values.items()), one.rows)
        + (one.loss, one.rest, one.p)
        for one in (found.found if found else ())
    ]
    loss = found.metric if found else ""
    kinds = {"rows with": Kind.CODE, "rows": Kind.COUNT}
    kinds |= dict.fromkeys((loss, "of all others", "p"), Kind.NUMBER)
    yield from _tabled(f"Weak segments{of}", kinds, rows)


def _rules(judged: Judged, of: str) -> Iterator[Table]:
    """Every rule, those that do not hold first."""
    kinds = {"is": Kind.TEXT, "rule": Kind.CODE, "slice": Kind.CODE}
    kinds |= {"metric": Kind.CODE, "value": Kind.NUMBER, "bound": Kind.NUMBER}
    kinds |= {"rows": Kind.COUNT}
    yield from _tabled(f"Rules{of}", kinds, map(_rule, _worst_first(judged)))


def _rule(one: Judgement) -> tuple[Cell, ...]:
    where = (one.rule, one.slice or None, one.metric or None)
    return (one.state.value, *where, one.value, one.bound, one.n)


def _models(judged: Sequence[Judged]) -> Iterator[Table]:
    rows: list[tuple[Cell, ...]] = []
    for one in judged:
        found = one.analysis
        task = found.predictions.task.value if found else None
        left = sum(found.predictions.left_out.values()) if found else None
        rows.append(
            (one.name, one.spec.predictions, task, found.overall.n if found else None)
            + (left, one.before or None)
        )
    kinds = {"model": Kind.CODE, "predictions": Kind.PATH, "task": Kind.TEXT}
    kinds |= {"rows": Kind.COUNT, "left out": Kind.COUNT, "compared with": Kind.TEXT}
    yield from _tabled("Models", kinds, rows)
