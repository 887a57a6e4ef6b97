"""Data against its schema, as TensorFlow Data Validation judges it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, ClassVar

import msgspec

from gate import datareport, datasets
from gate.data.source import EXTENSIONS, Source
from gate.datasets import Dataset, Judged
from gate.findings import Result, Status, plural
from gate.project import Project

__all__ = ["EXTENSIONS", "Dataset", "Options", "infer_schema", "run"]


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The data files to judge."""

    listed: ClassVar[str] = "datasets"  # in gate.yaml `data:` may be the list itself

    datasets: Annotated[
        tuple[Dataset, ...], msgspec.Meta(description="The data files to judge.")
    ] = ()

    @property
    def schemas(self) -> tuple[str, ...]:
        """The schema files that are used."""
        return tuple(dict.fromkeys(one.schema_path for one in self.datasets))


def infer_schema(path: Path, encoding: str = "") -> str:
    """The text of a schema file that the data file fits.

    Raises:
        DataError: the data cannot be read, or has no rows.
    """
    # Heavy, and only needed when there is data.
    from gate.data import inference, schemafile, statistics

    counted = statistics.compute(Source(path=path, shown=path.name, encoding=encoding))
    inferred = inference.infer(counted)
    return schemafile.render(inferred.schema, inferred.comments)


def run(project: Project, options: Options) -> Result:
    """Every anomaly is a finding on each of the first lines that have it."""
    if not options.datasets:
        return Result(
            status=Status.SKIPPED,
            summary="gate.yaml names no data; `gate init` finds it",
        )
    judged = [
        datasets.judge(project, dataset, project.scratch / "base-data" / str(number))
        for number, dataset in enumerate(options.datasets)
    ]
    broken = any(one.error for one in judged)
    status = Status.ERROR if broken else Status.PASSED
    # What is surely wrong outweighs what could not be judged, as in the verdict.
    status = Status.FAILED if _count(judged, "error") else status
    return Result(
        status=status,
        summary=_summary(judged),
        findings=tuple(
            finding for one in judged for finding in datareport.findings(one)
        ),
        total=sum(map(datareport.total, judged)),
        tables=tuple(datareport.tables(judged)),
        metrics=dict(_metrics(judged)),
        advice=_advice(judged, broken),
    )


def _count(judged: Sequence[Judged], *severities: str) -> int:
    return sum(a.severity in severities for one in judged for a in one.anomalies)


def _rows(judged: Sequence[Judged]) -> int:
    return sum(one.report.num_examples for one in judged if one.report)


def _metrics(judged: Sequence[Judged]) -> Iterator[tuple[str, float]]:
    yield "data.anomalies", _count(judged, "error")
    yield "data.rows", _rows(judged)
    yield "data.datasets", len(judged)
    if warnings := _count(judged, "warning"):
        yield "data.warnings", warnings
    measured = [m for one in judged if one.report for m in one.report.drift_skew]
    for comparison in ("drift", "skew"):
        values = [m.value for m in measured if m.comparison == comparison]
        if values:
            yield f"data.{comparison}.max", max(values)
    diffs = [one.diff for one in judged if one.diff]
    for what in ("added", "removed", "changed") if diffs else ():
        yield f"data.rows.{what}", sum(getattr(diff, what) for diff in diffs)


_SEVERITIES = {"error": ("anomaly", "anomalies"), "warning": ("warning",)}


def _summary(judged: Sequence[Judged]) -> str:
    sets = plural(len(judged), "dataset")
    rows = plural(_rows(judged), "row")
    broken = [one for one in judged if one.error]
    parts = []
    counts = []
    for severity, words in _SEVERITIES.items():
        if count := _count(judged, severity):
            bad = sum(bool(_count([one], severity)) for one in judged)
            of = f" in {bad} of {sets}" if len(judged) > 1 else ""
            counts.append(f"{plural(count, *words)}{of}")
    if counts:
        of = "" if len(judged) > 1 else f" in {sets}"
        parts.append(f"{' and '.join(counts)}{of} ({rows})")
    if broken:
        error = broken[0].error
        more = f", and {len(broken) - 1} more" if len(broken) > 1 else ""
        parts.append(f"cannot judge {broken[0].name}: {error and error.message}{more}")
    return "; ".join(parts) or f"no anomalies in {sets} ({rows})"


def _advice(judged: Sequence[Judged], broken: bool) -> tuple[str, ...]:
    steps = []
    if broken:
        steps.append("mend what cannot be read, as its finding says")
    if _count(judged, "error", "warning"):
        steps.append("mend the data at the lines named")
        steps.append("if the data is right, change the schema as each finding says")
    return tuple(steps)
