"""What the threshold of a binary model costs, and which would cost less."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gate.data.columns import Array
from gate.model import strategies, thresholds
from gate.model.binary import Binary
from gate.model.metrics import Measurer
from gate.model.slicing import Slices
from gate.model.spec import Spec
from gate.model.strategies import Strategies
from gate.model.thresholds import Optimum


@dataclass(frozen=True, kw_only=True, eq=False)
class Decisions:
    """How rows fall at each threshold, and the best thresholds.

    `table` has `[tp, fp, fn, tn]` of all rows, shape (101, 4), and `tables` those of
    the slices of each entry, shape (slices, 101, 4). `cost` is that of the threshold
    in use, `best` the least there is, both at the cost ratio of the decision.
    """

    table: Array
    tables: dict[str, Array]
    threshold: float
    cost_ratio: float
    cost: float
    best: Optimum
    by_slice: dict[str, Strategies]

    @property
    def regret(self) -> float | None:
        """How much more the threshold costs than the best; 0.05 is 5 %.

        None where the best one costs nothing, and the one in use does.
        """
        if self.cost <= self.best.cost:
            return 0.0
        return self.cost / self.best.cost - 1 if self.best.cost else None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        table = self.table.tolist()
        names = ("tp", "fp", "fn", "tn")
        return {
            "strategies": {name: one.to_json() for name, one in self.by_slice.items()},
            "threshold_table": table,
            "at_threshold": {
                str(place / 100): dict(zip(names, counts, strict=True))
                for place, counts in enumerate(table)
            },
            "decision": {
                "threshold": self.threshold,
                "cost_ratio": self.cost_ratio,
                "cost": self.cost,
                "regret": self.regret,
                **self.best.to_json(),
            },
        }


def of(spec: Spec, measurer: Measurer, slices: tuple[Slices, ...]) -> Decisions | None:
    """The decisions; None where scores are not within 0 and 1, or there are none."""
    if not isinstance(measurer, Binary) or not measurer.bounded:
        return None
    ratio = float(spec.decision.cost_ratio)
    table = measurer.table()[0]
    tables = {one.column: measurer.table(one) for one in slices}
    ratios = strategies.cost_ratios(spec)
    return Decisions(
        table=table,
        tables=tables,
        threshold=spec.threshold,
        cost_ratio=ratio,
        cost=_cost(measurer, ratio),
        best=thresholds.optimum(thresholds.costs(table, ratio)),
        by_slice={
            one.column: strategies.of(one, tables[one.column], ratios) for one in slices
        },
    )


def _cost(measurer: Binary, ratio: float) -> float:
    """What the decisions cost that are made."""
    label, chosen = measurer.label, measurer.predictions.predicted
    weight = measurer.predictions.weight
    if weight is None:
        fp = int(np.count_nonzero(chosen & ~label))
        return fp * ratio + int(np.count_nonzero(label & ~chosen))
    return float(weight[chosen & ~label].sum() * ratio + weight[label & ~chosen].sum())
