"""A file of predictions, as the arrays that everything else is computed from."""

from __future__ import annotations

from dataclasses import dataclass

from gate.data.columns import Array, Column
from gate.model.spec import Task


@dataclass(frozen=True, eq=False)
class Predictions:
    """The rows that can be judged: those with all that the task needs.

    With n rows and k classes, `label` and `predicted` are, by task:

    binary       bool, bool (score >= threshold)      `score` float64, shape (n,)
    multiclass   int32 codes into `classes`, shape (n,)   `score` (n, k), or None
    regression   float64, shape (n,)                   `score` None

    `label` is None where the file has none, as a base's may. `weight` is float64, or
    None where all count the same. `ids` are the texts of the identifiers, or None.
    `columns` are all other columns, of these rows only. `rows` has the index of each
    row in the file, from 0; `left_out` counts the others, by what they lack.
    """

    task: Task
    label: Array | None
    predicted: Array
    score: Array | None
    weight: Array | None
    ids: Array | None
    classes: tuple[str, ...]
    columns: dict[str, Column]
    rows: Array
    left_out: dict[str, int]

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.rows)
