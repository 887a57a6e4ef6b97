"""A file of predictions, as the arrays that everything else is computed from."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from gate.data.columns import Array, Column
from gate.model import tables
from gate.model.spec import Task


@dataclass(frozen=True, eq=False)
class Predictions:
    """The rows that can be judged: those with all that the task needs.

    With n rows and k classes, `label` and `predicted` are, by task:

    binary       bool, bool (score >= threshold)      `score` float64, shape (n,)
    multiclass   int32 codes into `classes`, shape (n,)   `score` (n, k), or None
    regression   float64, shape (n,)                   `score` None

    `label` is None where the file has none, as a base's may. `weight` is float64, or
    None where all count the same. `ids` are the texts of the identifiers, an array of
    Arrow's without null and each once, or None where the file has none. `columns` are
    all other columns, of these rows only; those that are sliced by are texts. `rows`
    has the index of each row in the file, from 0; `left_out` counts the others, by
    what they lack. `path` is the file as messages call it.
    """

    task: Task
    label: Array | None
    predicted: Array
    score: Array | None
    weight: Array | None
    ids: Any
    classes: tuple[str, ...]
    columns: dict[str, Column]
    rows: Array
    left_out: dict[str, int]
    path: str = ""

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def take(self, rows: Array) -> Predictions:
        """Some of the rows (indices, from 0), in that order."""

        def some(values: Array | None) -> Any:
            return None if values is None else values[rows]

        ids = None if self.ids is None else self.ids.take(rows)
        return dataclasses.replace(
            self,
            label=some(self.label),
            predicted=some(self.predicted),
            score=some(self.score),
            weight=some(self.weight),
            ids=ids,
            columns={name: tables.take(c, rows) for name, c in self.columns.items()},
            rows=some(self.rows),
        )

    def floats(self, name: str) -> Array | None:
        """A column's numbers, float64, NaN where missing; None if some are texts."""
        return tables.floats(self.columns[name])

    def texts(self, name: str) -> list[str | None]:
        """A column's cells as texts, None where missing."""
        found: list[str | None] = tables.texts(self.columns[name]).to_pylist()
        return found

    @property
    def scores_are_probabilities(self) -> bool:
        """Whether all scores are within 0 and 1: what thresholds and losses need."""
        if self.score is None or not self.score.size:
            return self.score is not None
        return bool(self.score.min() >= 0 and self.score.max() <= 1)
