"""The What-If Tool's strategies for thresholds, and sound ones beside them.

Its search for parity depends on which slice comes first, and does not hold what it
promises: it is told because people know it. `min_cost_with_gap_at_most` does hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gate.data.columns import Array
from gate.model import thresholds
from gate.model.metrics import plain
from gate.model.slicing import Slices
from gate.model.spec import Spec
from gate.model.thresholds import GAPS, MEASURES, Optimum, Parity

_LAST_INDEX = 2**32 - 2  # beyond it a key of JavaScript's is no index


@dataclass(frozen=True, eq=False)
class Anchored:
    """The What-If Tool's thresholds for parity, one for each slice in its order."""

    names: tuple[str, ...]
    places: tuple[int, ...]
    cost: float
    values: tuple[float | None, ...]
    undefined: tuple[str, ...]
    best: dict[float, Parity | None]
    best_names: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        known = [value for value in self.values if value is not None]
        return {
            "thresholds": _by_name(self.names, self.places),
            "cost": self.cost,
            "measure": dict(zip(self.names, self.values, strict=True)),
            "gap": max(known) - min(known) if known else None,
            "undefined_slices": list(self.undefined),
            "anchor_undefined": self.names[0] in self.undefined,
            "min_cost_with_gap_at_most": {
                str(gap): one.cost if one else None for gap, one in self.best.items()
            },
            "thresholds_with_gap_at_most": {
                str(gap): _by_name(self.best_names, one.places) if one else None
                for gap, one in self.best.items()
            },
        }


def _by_name(names: Sequence[str], places: Sequence[int]) -> dict[str, float]:
    return {name: at / 100 for name, at in zip(names, places, strict=True)}


@dataclass(frozen=True, eq=False)
class AtCost:
    """The strategies at one cost ratio."""

    single: Optimum
    group: dict[str, Optimum]
    parities: dict[str, Anchored]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "single": self.single.to_json(),
            "group": {name: one.to_json() for name, one in self.group.items()},
            **{name: one.to_json() for name, one in self.parities.items()},
        }


@dataclass(frozen=True, eq=False)
class Strategies:
    """The strategies for the slices of one entry; `order` is the What-If Tool's."""

    column: str
    order: tuple[str, ...]
    by_cost_ratio: dict[float, AtCost]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "anchor_slice": self.order[0],
            "slice_order": list(self.order),
            "by_cost_ratio": {
                str(ratio): one.to_json() for ratio, one in self.by_cost_ratio.items()
            },
        }


def cost_ratios(spec: Spec) -> tuple[float, ...]:
    """The ratios that are asked for, else the one of the decision."""
    asked = spec.cost_ratios or (spec.decision.cost_ratio,)
    return tuple(dict.fromkeys(map(float, asked)))


def of(slices: Slices, table: Array, ratios: Sequence[float]) -> Strategies:
    """The strategies for the slices, from how they fall: shape (slices, 101, 4)."""
    order = _order(slices)
    names = tuple(slices.names[i] for i in order)
    followed = {
        key: _follow(thresholds.measure(table[order], name))
        for key, name in MEASURES.items()
    }
    by_cost = {
        ratio: AtCost(
            thresholds.optimum(thresholds.costs(table, ratio).sum(axis=0)),
            {
                slices.names[i]: thresholds.optimum(thresholds.costs(table[i], ratio))
                for i in order
            },
            {
                key: _parity(names, table[order], MEASURES[key], places, ratio, slices)
                for key, places in followed.items()
            },
        )
        for ratio in ratios
    }
    return Strategies(slices.column, names, by_cost)


def _order(slices: Slices) -> list[int]:
    """The slices as the keys of an object of JavaScript's: integers, then as found."""
    first = np.zeros(len(slices), np.int64)
    # Backwards, because of several values for one place the last one stays.
    first[slices.codes[::-1]] = np.arange(len(slices.codes))[::-1]
    found = dict(enumerate(first.tolist()))

    def key(code: int) -> tuple[bool, int]:
        name = slices.names[code]
        index = name.isascii() and name.isdigit() and len(name) < 11
        whole = int(name) if index else -1
        index = index and str(whole) == name and whole <= _LAST_INDEX
        return (not index, whole if index else found[code])

    return sorted(found, key=key)


def _follow(values: Array) -> Array:
    """For each threshold of the first slice, those of all whose measure is nearest.

    The largest of equals; where a measure is undefined, the least there is.

    Returns:
        Shape (101, slices).
    """
    own = np.arange(values.shape[1])
    places = [own]
    for other in values[1:]:
        apart = np.abs(other[None, :] - values[0][:, None])
        apart = np.where(np.isnan(apart), np.inf, apart)[:, ::-1]
        nearest = len(own) - 1 - np.argmin(apart, axis=1)
        undefined = np.isinf(apart).all(axis=1)
        places.append(np.where(undefined, 0, nearest))
    return np.stack(places, axis=1)


def _parity(
    names: tuple[str, ...],
    table: Array,
    name: str,
    places: Array,
    ratio: float,
    slices: Slices,
) -> Anchored:
    cost = thresholds.costs(table, ratio)
    each = np.arange(len(names))
    total = cost[each, places].sum(axis=1)
    chosen = places[thresholds.optimum(total).places[-1]]
    values = thresholds.measure(table, name)
    # In the order of the names, which is that of no rows.
    back = [names.index(one) for one in slices.names]
    best = thresholds.least_with_gap(values[back], cost[back], GAPS)
    undefined = np.asarray(np.isnan(values).all(axis=1))
    return Anchored(
        names=names,
        places=tuple(chosen.tolist()),
        cost=float(cost[each, chosen].sum()),
        values=tuple(plain(values[i, at]) for i, at in enumerate(chosen.tolist())),
        undefined=tuple(
            one for one, bad in zip(names, undefined.tolist(), strict=True) if bad
        ),
        best=dict(zip(GAPS, best, strict=True)),
        best_names=slices.names,
    )
