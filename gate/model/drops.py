"""What became worse against the base: held to what is allowed, and to chance.

A drop closes the gate only where it is larger than allowed and significant. All tests
are two-sided at the level of the specification, and only drops count: those of all
rows, corrected for the number of metrics, close the gate by chance with half of the
level, and those of all slices and metrics together with the other half (Holm, 1979).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gate.data.anomalies import shown
from gate.model import judgement, significance
from gate.model.changing import Change
from gate.model.comparing import Compared, Comparison
from gate.model.judgement import Judgement, State
from gate.model.metrics import METRICS
from gate.model.spec import Compare

_MOST_DISCORDANT = 1_074  # 0.5 to this is the least float above 0

_WORDS = {
    State.OK: "pass",
    State.WARNING: "warn",
    State.FAILED: "fail",
    State.TOO_LITTLE: "not enough data",
}


@dataclass(frozen=True)
class Drop:
    """A metric that may fall by `allowed`, on a slice or on all rows."""

    slice: str
    compared: Compared
    change: Change
    allowed: float

    @property
    def size(self) -> float | None:
        """By how much it is worse: above 0 where it is; either way counts where
        neither is better."""
        diff = self.change.diff
        if diff is None:
            return None
        better = METRICS[self.change.metric].better
        return {"higher": -diff, "lower": diff}.get(better, abs(diff))


def fewest(level: float) -> int:
    """How many discordant rows a sign test needs to be significant; 6 at 5 %."""
    rows = 1
    while 2 * 0.5**rows > level and rows < _MOST_DISCORDANT:
        rows += 1
    return rows


def overall(
    comparison: Comparison, compare: Compare, against: str
) -> Iterator[Judgement]:
    """The drops on all rows."""
    parts = [("", comparison.overall)]
    yield from _judged(_drops(parts, compare), compare, against)


def on_slices(
    comparison: Comparison,
    compare: Compare,
    against: str,
    columns: Sequence[str],
    least: int,
) -> Iterator[Judgement]:
    """The drops on each slice of these entries that has enough rows."""
    parts = [
        (f"{column}={name}", compared)
        for column in columns
        for name, compared in comparison.slices[column].items()
        if compared.n >= least
    ]
    yield from _judged(_drops(parts, compare), compare, against)


def verdict(comparison: Comparison) -> str | None:
    """`pass`, `warn`, `fail` or `not enough data`: an accuracy that may fall by 0.01.

    It is told of every comparison of decisions, whatever its rules are.
    """
    compare = Compare(max_drop={"accuracy": 0.01})
    return next(
        (_WORDS[one.state] for one in overall(comparison, compare, "the base")), None
    )


def _drops(parts: Sequence[tuple[str, Compared]], compare: Compare) -> list[Drop]:
    return [
        Drop(name, compared, compared.changes[metric], allowed)
        for name, compared in parts
        for metric, allowed in compare.max_drop.items()
        if metric in compared.changes
    ]


def _judged(
    drops: Sequence[Drop], compare: Compare, against: str
) -> Iterator[Judgement]:
    tested = [drop for drop in drops if _can_tell(drop, compare)]
    known = [drop.change.p_value for drop in tested]
    corrected = significance.holm([p for p in known if p is not None])
    chances = dict(zip(map(id, tested), corrected, strict=True))
    by = f" by Holm over {len(tested)}" if len(tested) > 1 else ""
    for drop in drops:
        if drop.size is None:
            yield _undefined(drop, against)
            continue
        chance = chances.get(id(drop))
        told = "" if chance is None else judgement.chance(chance) + by
        if not judgement.above(drop.size, drop.allowed):
            yield _told(drop, against, State.OK, "", told)
        elif chance is None:
            few = f", too few {_could_tell(drop)} to tell"
            yield _told(drop, against, State.TOO_LITTLE, few, "")
        elif chance <= compare.significance:
            yield _told(drop, against, State.FAILED, "", told)
        else:
            yield _told(drop, against, State.WARNING, ", within noise", told)


def _can_tell(drop: Drop, compare: Compare) -> bool:
    few = drop.change.discordant
    enough = few is None or few >= fewest(compare.significance)
    return drop.change.p_value is not None and enough


def _could_tell(drop: Drop) -> str:
    return "rows" if drop.change.discordant is None else "changed decisions"


def _undefined(drop: Drop, against: str) -> Judgement:
    """One that became undefined fails; one that was so cannot be compared."""
    change = drop.change
    gone = change.head is None and change.base is not None
    on = f" on {shown(drop.slice)}" if drop.slice else ""
    where = "here" if gone else f"at {against}"
    reason = METRICS[change.metric].undefined
    return Judgement(
        rule="metric-undefined",
        state=State.FAILED if gone else State.TOO_LITTLE,
        message=f"{change.metric}{on} is undefined {where}: {reason}; it cannot be"
        f" compared ({judgement.rows(drop.compared.n)})",
        slice=drop.slice,
        metric=change.metric,
        bound=drop.allowed,
        n=drop.compared.n,
    )


def _told(drop: Drop, against: str, state: State, note: str, chance: str) -> Judgement:
    change, size = drop.change, drop.size
    assert change.head is not None and change.base is not None and size is not None
    head, base = judgement.numbers(change.head, change.base)
    apart = judgement.numbers(abs(change.head - change.base))[0]
    up = change.head > change.base
    moved = f"{'rose' if up else 'fell'} by {apart} against {against}"
    if change.head == change.base:
        moved = f"is as at {against}"
    on = f" on {shown(drop.slice)}" if drop.slice else ""
    known = [f"{base} -> {head}", *_counted(drop, state)]
    known += [chance] if chance else []
    known.append(judgement.rows(drop.compared.n))
    return Judgement(
        rule="metric-fell",
        state=state,
        message=f"{change.metric}{on} {moved}{note} ({'; '.join(known)})",
        slice=drop.slice,
        metric=change.metric,
        value=size,
        bound=drop.allowed,
        n=drop.compared.n,
    )


def _counted(drop: Drop, state: State) -> list[str]:
    """The rows that tell, as counts."""
    gained, lost = drop.compared.gained, drop.compared.lost
    if drop.change.metric == "accuracy" and gained is not None and lost is not None:
        if state is State.FAILED:
            return [f"{judgement.rows(lost)} lost, {gained:,} gained"]
        return [f"{gained:,} gained, {lost:,} lost"]
    if drop.change.discordant is not None:
        return [f"{drop.change.discordant:,} decisions changed"]
    return []
