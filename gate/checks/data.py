"""Data against its schema, as TensorFlow Data Validation judges it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import msgspec

from gate.data.source import EXTENSIONS, Source
from gate.errors import ConfigError, DataError, GateError
from gate.findings import (
    Column,
    Finding,
    Fix,
    Kind,
    Level,
    Result,
    Status,
    Table,
    plural,
)
from gate.project import Project

if TYPE_CHECKING:
    from gate.data.anomalies import Anomaly, Offender, Report

__all__ = ["EXTENSIONS", "Dataset", "Options", "infer_schema", "run"]

_LINES = 20  # findings of one anomaly
_LINES_OF_VALUE = 3  # of them of one value


class Dataset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One data file, its schema, and how to read it."""

    path: Annotated[
        str, msgspec.Meta(description="The file, from the root of the project.")
    ]
    name: Annotated[
        str, msgspec.Meta(description="What to call it. Default: its path.")
    ] = ""
    schema: Annotated[
        str,
        msgspec.Meta(
            description="The schema file. Default: `NAME.schema.yaml` beside the data."
        ),
    ] = ""
    environment: Annotated[
        str, msgspec.Meta(description="The environment of the schema, as SERVING.")
    ] = ""
    types: Annotated[
        Literal["schema", "inferred"],
        msgspec.Meta(
            description="Judge each cell as a value of its column's type in the schema,"
            " or give a column the type of its cells, as TFDV does."
        ),
    ] = "schema"
    delimiter: Annotated[
        str, msgspec.Meta(description="Between fields. Default: by the extension.")
    ] = ""
    encoding: Annotated[
        str, msgspec.Meta(description="As Python calls it. Default: utf-8.")
    ] = ""
    na_values: Annotated[
        tuple[str, ...],
        msgspec.Meta(description="Cells that mean missing, besides the empty one."),
    ] = ()


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The data files to judge."""

    listed: ClassVar[str] = "datasets"  # in gate.yaml `data:` may be the list itself

    datasets: Annotated[
        tuple[Dataset, ...], msgspec.Meta(description="The data files to judge.")
    ] = ()


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """One dataset, with what was found or why it could not be judged."""

    dataset: Dataset
    schema: str
    report: Report | None = None
    error: GateError | None = None

    @property
    def name(self) -> str:
        return self.dataset.name or self.dataset.path


def infer_schema(path: Path) -> str:
    """The text of a schema file that the data file fits.

    Raises:
        DataError: the data cannot be read, or has no rows.
    """
    # Heavy, and only needed when there is data: see the top of `_judge`.
    from gate.data import inference, schemafile, statistics

    counted = statistics.compute(Source(path=path, shown=path.name))
    inferred = inference.infer(counted)
    return schemafile.render(inferred.schema, inferred.comments)


def run(project: Project, options: Options) -> Result:
    """Every anomaly is a finding on each of the first lines that have it."""
    if not options.datasets:
        return Result(
            status=Status.SKIPPED,
            summary="gate.yaml names no data; `gate init` finds it",
        )
    judged = [_judge(project, dataset) for dataset in options.datasets]
    reports = [one.report for one in judged if one.report]
    anomalies = sum(len(report.anomalies) for report in reports)
    rows = sum(report.num_examples for report in reports)
    broken = any(one.error for one in judged)
    status = Status.ERROR if broken else Status.PASSED
    # What is surely wrong outweighs what could not be judged, as in the verdict.
    status = Status.FAILED if anomalies else status
    findings = [finding for one in judged for finding in _findings(one)]
    return Result(
        status=status,
        summary=_summary(judged, anomalies, rows),
        findings=tuple(findings),
        total=sum(map(_total, judged)),
        tables=tuple(_tables(judged)),
        metrics={
            "data.anomalies": anomalies,
            "data.rows": rows,
            "data.datasets": len(judged),
        },
        advice=_advice(anomalies, broken),
    )


def _judge(project: Project, dataset: Dataset) -> _Judged:
    # pandas takes half a second to import: a gate without data never pays for it.
    from gate.data import schemafile, validation

    schema = dataset.schema
    try:
        path = _inside(project.root, dataset.path, "path")
        schema = schema or _beside(dataset.path)
        schema_path = _inside(project.root, schema, "schema")
        source = Source(
            path=path,
            shown=dataset.path,
            delimiter=dataset.delimiter,
            encoding=dataset.encoding,
            na_values=dataset.na_values,
        )
        if not path.exists():
            raise source.error("no such file", hint="check the path in gate.yaml")
        if not dataset.schema and not schema_path.exists():
            raise DataError(
                "there is no schema for this data",
                path=dataset.path,
                hint=f"gate data infer {_word(dataset.path)} --output {_word(schema)}",
            )
        report = validation.validate(
            source,
            schemafile.read(schema_path, shown=schema),
            types=dataset.types,
            environment=dataset.environment,
        )
        return _Judged(dataset=dataset, schema=schema, report=report)
    except GateError as error:
        return _Judged(dataset=dataset, schema=schema, error=error)


def _inside(root: Path, name: str, key: str) -> Path:
    """The file below the root; gate.yaml is the pull request's, and may be hostile."""
    pure = PurePosixPath(name.replace("\\", "/"))
    path = root / name
    hint = f"`{key}` is a path from the root of the project, without `..`"
    if not name or pure.is_absolute() or Path(name).drive or ".." in pure.parts:
        raise ConfigError(f"`{name}` does not stay in the project", hint=hint)
    try:
        resolved = path.resolve()
    except (OSError, RuntimeError, ValueError):
        raise ConfigError(f"`{name}` is no path", hint=hint) from None
    if not resolved.is_relative_to(root.resolve()):
        raise ConfigError(f"`{name}` leads out of the project by a link", hint=hint)
    return path


def _beside(path: str) -> str:
    pure = PurePosixPath(path)
    return str(pure.with_name(f"{pure.name.split('.')[0]}.schema.yaml"))


def _findings(judged: _Judged) -> Iterator[Finding]:
    if judged.error:
        yield from _error_findings(judged, judged.error)
    if judged.report:
        for anomaly in judged.report.anomalies:
            yield from _anomaly_findings(judged, anomaly)


def _error_findings(judged: _Judged, error: GateError) -> Iterator[Finding]:
    for one in (error, *error.also):
        command = one.hint if one.hint.startswith("gate ") else ""
        yield Finding(
            rule="data/no-schema" if command else "data/unreadable",
            message=one.message,
            path=one.path or judged.dataset.path,
            line=one.line,
            column=one.column,
            fix=Fix(text="" if command else one.hint, command=command),
        )


_OF_THE_SCHEMA = frozenset(
    "DOMAIN_INVALID_FOR_TYPE INVALID_SCHEMA_SPECIFICATION FEATURE_MISSING_NAME "
    "INVALID_DOMAIN_SPECIFICATION FEATURE_MISSING_TYPE".split()
)
# No one cell of these is wrong: there are too few others.
_OF_THE_COLUMN = frozenset(
    ("FEATURE_TYPE_LOW_NUMBER_PRESENT", "FEATURE_TYPE_LOW_FRACTION_PRESENT")
)
_OF_THE_HEADER = frozenset(("SCHEMA_NEW_COLUMN", "SCHEMA_MISSING_COLUMN"))


def _anomaly_findings(judged: _Judged, anomaly: Anomaly) -> Iterator[Finding]:
    # Lines of Parquet would be rows, and there is no diff to annotate.
    text = not judged.dataset.path.lower().endswith((".parquet", ".pq"))
    places: list[tuple[int | None, Offender | None]] = []
    if text:
        places += _places(anomaly)
    path = judged.dataset.path
    rows = judged.report.num_examples if judged.report else 0
    if not places:
        header = 1 if text and anomaly.type in _OF_THE_HEADER else None
        places = [(header, None)]
    if anomaly.type in _OF_THE_SCHEMA:
        path = judged.schema
    for line, example in places:
        yield Finding(
            rule=f"data/{anomaly.type}",
            message=_message(anomaly, example, rows),
            path=path,
            line=line,
            level=Level.ERROR,
            fix=Fix(text=f"mend the data, or in {judged.schema}: {anomaly.advice}"),
        )


def _places(anomaly: Anomaly) -> Iterator[tuple[int | None, Offender | None]]:
    """The lines to point at: a few of each value, the worst first."""
    left = 1 if anomaly.type in _OF_THE_COLUMN else _LINES
    for example in anomaly.examples:
        for line in example.lines[: min(_LINES_OF_VALUE, left)]:
            yield line, example
            left -= 1


def _message(anomaly: Anomaly, example: Offender | None, rows: int) -> str:
    from gate.data.anomalies import shown

    name = f"`{shown(anomaly.feature)}`"
    if example is not None and example.value and anomaly.reason:
        share = f"{example.count:,} of {plural(rows, 'row')}"
        return f"{name} is {shown(example.value)}, {anomaly.reason} ({share})"
    return f"{name}: {anomaly.description}" if anomaly.feature else anomaly.description


def _total(judged: _Judged) -> int:
    """The cells that are wrong, and one for each anomaly that is not of cells."""
    total = 1 + len(judged.error.also) if judged.error else 0
    for anomaly in judged.report.anomalies if judged.report else ():
        of_cells = anomaly.examples and anomaly.type not in _OF_THE_COLUMN
        total += max(1, anomaly.count if of_cells else 1)
    return total


def _summary(judged: list[_Judged], anomalies: int, rows: int) -> str:
    sets = plural(len(judged), "dataset")
    broken = [one for one in judged if one.error]
    bad = sum(1 for one in judged if one.report and one.report.anomalies)
    of = f"{bad} of {sets}" if len(judged) > 1 else sets
    found = plural(anomalies, "anomaly", "anomalies")
    parts = []
    if anomalies:
        parts.append(f"{found} in {of} ({plural(rows, 'row')})")
    if broken:
        error = broken[0].error
        more = f", and {len(broken) - 1} more" if len(broken) > 1 else ""
        parts.append(f"cannot judge {broken[0].name}: {error and error.message}{more}")
    return "; ".join(parts) or f"no anomalies in {sets} ({plural(rows, 'row')})"


def _tables(judged: list[_Judged]) -> Iterator[Table]:
    rows = [
        (one.name, anomaly.feature, anomaly.type, anomaly.description, anomaly.count)
        for one in judged
        if one.report
        for anomaly in one.report.anomalies
    ]
    if rows:
        yield Table(
            title="Anomalies",
            columns=(
                Column(name="dataset", kind=Kind.CODE),
                Column(name="feature", kind=Kind.CODE),
                Column(name="type", kind=Kind.CODE),
                Column(name="what"),
                Column(name="rows", kind=Kind.COUNT),
            ),
            rows=tuple(rows),
            important=True,
        )
    yield Table(
        title="Datasets",
        columns=(
            Column(name="dataset", kind=Kind.CODE),
            Column(name="path", kind=Kind.PATH),
            Column(name="schema", kind=Kind.PATH),
            Column(name="rows", kind=Kind.COUNT),
            Column(name="anomalies", kind=Kind.COUNT),
        ),
        rows=tuple(
            (
                one.name,
                one.dataset.path,
                one.schema,
                one.report.num_examples if one.report else None,
                len(one.report.anomalies) if one.report else None,
            )
            for one in judged
        ),
    )


def _advice(anomalies: int, broken: bool) -> tuple[str, ...]:
    steps = []
    if broken:
        steps.append("mend what cannot be read, as its finding says")
    if anomalies:
        steps.append("mend the data at the lines named")
        steps.append("if the data is right, change the schema as each finding says")
    return tuple(steps)


def _word(name: str) -> str:
    """A path as a word of a command that a user pastes into a shell."""
    import shlex

    return shlex.quote(name)
