"""A table against its schema: what TensorFlow Data Validation would find, and where.

With `types="schema"` every cell is judged as a value of its column's type in the
schema; with `types="inferred"` a column has the type of its cells, as in TFDV.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeVar

from msgspec.structs import replace

from gate.data import comparisons, constraints, profiles, selfcheck
from gate.data import severities as severity
from gate.data import table
from gate.data.anomalies import Anomaly, Measurement, Report, slice_prefix
from gate.data.comparisons import Controls
from gate.data.judging import Judge
from gate.data.schema import Schema
from gate.data.slices import ALL, Slicer
from gate.data.source import Source
from gate.data.statistics import Statistics, Tally, recounted
from gate.errors import ConfigError

Types = Literal["schema", "inferred"]
Progress = Callable[[int, int], None]

MAX_SLICED = 50_000  # columns of all slices together
NOISY_SLICES = 50

NOTHING = Controls()
NO_SEVERITIES: Mapping[str, str] = MappingProxyType({})


def validate(
    source: Source,
    schema: Schema,
    *,
    types: Types = "schema",
    environment: str = "",
    controls: Controls = NOTHING,
    folder: Path | None = None,
    root: Path | None = None,
    slice_by: Sequence[str] = (),
    severities: Mapping[str, str] = NO_SEVERITIES,
    statistics: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Every anomaly of a table: of the table, of the schema's features, new columns.

    `controls` are the datasets to compare with, `folder` is where the paths in the
    schema begin (the working directory), `root` the folder that they must not leave,
    not even by a link. With `slice_by` the rows of each combination of these columns'
    values are judged as well, and compared with those of the controls; the constraints
    of the whole table, its keys and its rules are not. `severities` gives a type of
    anomaly, or a feature's (`FEATURE:TYPE`), the severity error or warning, or turns
    it off. With `statistics` the report has them.

    Raises:
        DataError: the table, or one that it is compared with, cannot be read.
        ConfigError: the schema knows no such environment, or there is no such severity.
    """
    _check_environment(schema, environment)
    severity.check(severities)
    make = partial(Judge, schema, types == "schema", environment)
    whole = make()
    whole.watchers = constraints.watchers(schema, source, folder or Path(), root)
    options = profiles.Options(
        schema=schema if types == "schema" else None,
        features=comparisons.compared(schema),
        slice_by=tuple(slice_by),
    )
    if statistics or (controls and not slice_by):
        whole.tally = Tally(schema.kinds() if types == "schema" else None)
    judges = _looked(source, whole, make, slice_by, progress)
    counted = recounted(whole.tally, source) if whole.tally else None
    sides = _sides(source, options, controls, counted)
    # What is only in another dataset is missing from this one.
    judges |= {name: make() for name in (*sides[1], *sides[2]) if name not in judges}
    anomalies: list[Anomaly] = []
    measured: list[Measurement] = []
    for place, (name, judge) in enumerate(judges.items()):
        judge.take_kinds(whole)
        found, values = _compared(schema, name, sides, place)
        found = [*judge.anomalies(whole=judge is whole), *found]
        anomalies += _of_slice(name, found)
        measured += _of_slice(name, values)
    return Report(
        dataset=source.name,
        num_examples=whole.rows,
        anomalies=tuple(severity.applied(anomalies, severities)),
        drift_skew=tuple(measured),
        not_judged=tuple(schema.not_judged()),
        statistics=counted,
    )


def _looked(
    source: Source,
    whole: Judge,
    make: Callable[[], Judge],
    slice_by: Sequence[str],
    progress: Progress | None,
) -> dict[str, Judge]:
    """The judges of the whole and of its slices by name, when all rows have passed by.

    Raises:
        DataError: the table cannot be read, or there are too many slices.
    """
    judges = {ALL if slice_by else "": whole}
    slicer = Slicer(slice_by, source.shown) if slice_by else None
    for batch in table.read(source, whole.hints()):
        whole.look(batch)
        for name, part in slicer.split(batch) if slicer else ():
            if name not in judges:
                judges[name] = make()
            judges[name].look(part)
        columns = max(len(whole.columns), len(whole.watches))
        if slicer and columns * len(judges) > MAX_SLICED:
            raise source.error(
                f"over {MAX_SLICED:,} columns of slices by {', '.join(slice_by)}",
                hint="slice by columns of few distinct values",
            )
        if progress:
            progress(batch.rows, batch.size)
    return judges


Sides = list[dict[str, Statistics]]  # ours, previous, serving, version; by slice


def _sides(
    source: Source,
    options: profiles.Options,
    controls: Controls,
    counted: Statistics | None,
) -> Sides:
    """The statistics of the table and of its controls, empty where there are none."""
    ours: Source | Statistics | None = source
    if not controls:
        ours = None
    elif counted and not options.slice_by:
        ours = profiles.with_categories(counted, options.schema)
    sides = []
    for side in (ours, controls.previous, controls.serving, controls.version):
        if isinstance(side, Source):
            found = {one.slice: one for one in profiles.compute(side, options)}
        else:
            whole = ALL if options.slice_by else ""
            found = {whole: side} if side else {}
        # TFDV takes a control without rows for none.
        rows = sum(one.num_examples for one in found.values())
        sides.append(found if rows else {})
    return sides


def _compared(
    schema: Schema, name: str, sides: Sides, place: int
) -> tuple[list[Anomaly], list[Measurement]]:
    """A slice against that of the same name in each control.

    The noise is known of the whole, and of what fires in the first NOISY_SLICES.
    """
    ours, *controls = sides
    if name not in ours:
        return [], []
    empty = Statistics(name=name, num_examples=0, features=())
    others = [control.get(name, empty) if control else None for control in controls]
    if name in ("", ALL):
        return comparisons.judge(schema, ours[name], *others)
    unlimited = replace(schema, dataset_constraints=None)
    noise: comparisons.Noisy = "above" if place <= NOISY_SLICES else "none"
    return comparisons.judge(unlimited, ours[name], *others, noise=noise)


_Named = TypeVar("_Named", Anomaly, Measurement)


def _of_slice(name: str, found: Iterable[_Named]) -> Iterator[_Named]:
    """What was found in a slice, with its name before that of the feature."""
    for one in found:
        prefix = slice_prefix(name) if one.feature else ""
        yield replace(one, feature=prefix + one.feature, slice=name if prefix else "")


def _check_environment(schema: Schema, environment: str) -> None:
    known = sorted(set(schema.default_environment))
    if not environment or environment in known:
        return
    near = difflib.get_close_matches(environment, known, 1)
    hint = f"did you mean `{near[0]}`? " if near else ""
    hint += f"it names: {', '.join(known)}" if known else ""
    if environment in selfcheck.environments(schema):
        # A feature names it, which as in TFDV does not make it one.
        hint = f"add it: `default_environment: [{', '.join((*known, environment))}]`"
    raise ConfigError(
        f"the schema's `default_environment` has no `{environment}`",
        hint=hint or "it names none; add `default_environment: [...]`",
    )
