"""The data files that gate.yaml names: each judged, and compared with what it names.

The previous dataset may be the same path at the base: git has it, nothing else is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import msgspec

from gate.data.source import Source
from gate.errors import DataError, GateError
from gate.paths import inside
from gate.previous import Previous, is_pattern
from gate.project import Project

if TYPE_CHECKING:
    from gate.data.anomalies import Anomaly, Report
    from gate.data.comparisons import Controls
    from gate.data.datadiff import DataDiff
    from gate.data.skew import Skew

BASE = "base"

Severity = Literal["error", "warning", "off"]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class FeatureSkew(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Rows of another dataset with the same identifiers, compared cell by cell."""

    against: Annotated[str, msgspec.Meta(description="The other dataset.")]
    id: Annotated[
        tuple[str, ...],
        msgspec.Meta(min_length=1, description="The columns that identify a row."),
    ]
    threshold: Annotated[
        Share,
        msgspec.Meta(
            description="The share of the rows that both have in which a column may"
            " differ."
        ),
    ] = 0.0
    ignore: Annotated[
        tuple[str, ...], msgspec.Meta(description="Columns that are not compared.")
    ] = ()
    round: Annotated[
        int | None,
        msgspec.Meta(description="Decimals that numbers are rounded to first."),
    ] = None


class Dataset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One dataset, its schema, how to read it, and what to compare it with."""

    directions: ClassVar[dict[str, str]] = {
        "name": "free",
        "key": "free",
        "drift_from": "set",
        "skew_against": "set",
        "previous_version": "set",
        "feature_skew": "set",
        "slice_by": "set",
        "severities": "severity",
    }

    path: Annotated[
        str,
        msgspec.Meta(
            description="The file, from the root of the project; or a folder or a"
            " pattern (`data/*.csv`), whose files are one dataset."
        ),
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
    drift_from: Annotated[
        str,
        msgspec.Meta(
            description="The dataset before this one, for `drift_comparator`: `base` is"
            " the same path at the base; or a path. Shows how the data changed."
        ),
    ] = ""
    skew_against: Annotated[
        str,
        msgspec.Meta(
            description="What the model meets in use, for `skew_comparator`: a path."
        ),
    ] = ""
    previous_version: Annotated[
        str,
        msgspec.Meta(
            description="For `num_examples_version_comparator`: `base` or a path."
        ),
    ] = ""
    feature_skew: Annotated[
        FeatureSkew | None,
        msgspec.Meta(description="Compare rows with those of another dataset."),
    ] = None
    key: Annotated[
        tuple[str, ...],
        msgspec.Meta(
            description="The columns that identify a row, to tell changed rows from"
            " added and removed ones. Default: the schema's first key."
        ),
    ] = ()
    slice_by: Annotated[
        tuple[str, ...],
        msgspec.Meta(
            description="Columns: the rows of each combination of their values are"
            " judged as well."
        ),
    ] = ()
    severities: Annotated[
        dict[str, Severity],
        msgspec.Meta(
            description="How much an anomaly matters: by `TYPE`, or `FEATURE:TYPE`."
        ),
    ] = {}
    delimiter: Annotated[
        str, msgspec.Meta(description="Between fields. Default: found out.")
    ] = ""
    encoding: Annotated[
        str, msgspec.Meta(description="As Python calls it. Default: utf-8.")
    ] = ""
    comment: Annotated[
        str, msgspec.Meta(description="Lines at the top that begin so are no data.")
    ] = ""
    column_names: Annotated[
        tuple[str, ...],
        msgspec.Meta(description="The columns, where the file has no header."),
    ] = ()
    na_values: Annotated[
        tuple[str, ...],
        msgspec.Meta(description="Cells that mean missing, besides the empty one."),
    ] = ()

    @property
    def schema_path(self) -> str:
        """The schema's path: as given, else beside the data."""
        pure = PurePosixPath(self.path)
        return self.schema or str(
            pure.with_name(f"{pure.name.split('.')[0]}.schema.yaml")
        )


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One dataset, with what was found or why it could not be judged.

    `anomalies` are those of the report, with their commands. `before` says what it was
    compared with, or why with nothing. `text` is that of the schema.
    """

    dataset: Dataset
    report: Report | None = None
    anomalies: tuple[Anomaly, ...] = ()
    skew: Skew | None = None
    diff: DataDiff | None = None
    before: str = ""
    text: str = ""
    error: GateError | None = None

    @property
    def name(self) -> str:
        return self.dataset.name or self.dataset.path


def judge(project: Project, dataset: Dataset, scratch: Path) -> Judged:
    """Judge a dataset; files of the base are written into the folder `scratch`."""
    try:
        return _judge(project, dataset, scratch)
    except GateError as error:
        return Judged(dataset=dataset, error=error)


def _judge(project: Project, dataset: Dataset, scratch: Path) -> Judged:
    # The libraries take half a second to import: without data nobody pays for them.
    from gate.data import schemafile, severities, validation
    from gate.data.anomalies import with_commands

    source = _source(project, dataset, dataset.path, "path")
    if not is_pattern(dataset.path) and not source.path.exists():
        raise source.error("no such file", hint="check the path in gate.yaml")
    schema_path = _schema_path(project, dataset)
    schema = schemafile.read(schema_path, shown=dataset.schema_path)
    kinds = schema.kinds() if dataset.types == "schema" else None
    usual = schema.key[0].feature if schema.key else ()
    base = Previous(source, dataset.path, dataset.key, usual)
    if BASE in (dataset.drift_from, dataset.previous_version):
        base.read(project, kinds, scratch)
    report = validation.validate(
        source,
        schema,
        types=dataset.types,
        environment=dataset.environment,
        controls=_controls(project, dataset, base),
        folder=schema_path.parent,
        root=project.root,
        slice_by=dataset.slice_by,
        severities=dataset.severities,
        statistics=base.statistics is not None,
    )
    joined = _feature_skew(project, dataset, source)
    skewed = severities.applied(joined.anomalies if joined else (), dataset.severities)
    report = msgspec.structs.replace(report, anomalies=(*report.anomalies, *skewed))
    report = with_commands(report, dataset.schema_path)
    return Judged(
        dataset=dataset,
        report=report,
        anomalies=report.anomalies,
        skew=joined,
        diff=base.diff(report.statistics),
        before=base.said,
        text=schema_path.read_text("utf-8-sig", errors="replace"),
    )


def _source(project: Project, dataset: Dataset, path: str, key: str) -> Source:
    return Source(
        path=inside(project.root, path, key),
        shown=path,
        root=project.root,
        delimiter=dataset.delimiter,
        encoding=dataset.encoding,
        comment=dataset.comment,
        column_names=dataset.column_names,
        na_values=dataset.na_values,
    )


def _schema_path(project: Project, dataset: Dataset) -> Path:
    name = dataset.schema_path
    path = inside(project.root, name, "schema")
    if not dataset.schema and not path.exists():
        from shlex import quote

        raise DataError(
            "there is no schema for this data",
            path=dataset.path,
            hint=f"gate data infer {quote(dataset.path)} --output {quote(name)}",
        )
    return path


def _controls(project: Project, dataset: Dataset, base: Previous) -> Controls:
    from gate.data.comparisons import Controls

    def control(path: str, key: str) -> Source | None:
        if path == BASE and key != "skew_against":
            return base.old if base.statistics else None
        return _source(project, dataset, path, key) if path else None

    return Controls(
        previous=control(dataset.drift_from, "drift_from"),
        serving=control(dataset.skew_against, "skew_against"),
        version=control(dataset.previous_version, "previous_version"),
    )


def _feature_skew(project: Project, dataset: Dataset, source: Source) -> Skew | None:
    from gate.data import skew

    wanted = dataset.feature_skew
    if wanted is None:
        return None
    other = _source(project, dataset, wanted.against, "feature_skew.against")
    return skew.detect(
        source,
        other,
        wanted.id,
        ignore=wanted.ignore,
        digits=wanted.round,
        thresholds={"": wanted.threshold},
    )
