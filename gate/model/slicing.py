"""The slices of the rows: by a column, by two crossed, by parts of a number's range."""

from __future__ import annotations

from dataclasses import dataclass

from gate.data.columns import Array


@dataclass(frozen=True, eq=False)
class Slices:
    """All the slices of one entry under `slices:`; each row is in just one.

    `column` names the entry (`sex`, crossed `sex/region`), `names` the slices in order
    (`f`, crossed `f/north`, `?` where the value is missing), and `codes` (int32, shape
    (n,)) has the index into `names` of each row.
    """

    column: str
    names: tuple[str, ...]
    codes: Array
