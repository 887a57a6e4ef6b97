"""Feature skew: rows of two tables with the same identifiers, cell by cell.

The counts are those of TensorFlow Data Validation's DetectFeatureSkew, and so are their
names: equality is that of type and value (the integer 1 is not the float 1.0), floats
are compared in 32 bits, and a cell that both rows lack is not counted at all. Unlike
there, minus zero is zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from gate.data import matching, statistics
from gate.data.anomalies import Anomaly, Struct, anomaly, shown
from gate.data.columns import Array
from gate.data.matching import Groups, Side
from gate.data.source import Source
from gate.data.statistics import Statistics
from gate.errors import ConfigError, DataError

MAX_PAIRS = 50_000_000  # of rows, which repeated identifiers can make many more
SAMPLE = 20
_CHUNK = 2_000_000  # pairs looked at together


class FeatureSkew(Struct, frozen=True, kw_only=True):
    """How often the cells of one column differ, over all pairs of rows.

    `base_count` and `test_count` are the pairs where that side has a value; the
    `diff_count` is `base_only` + `test_only` + `mismatch_count`.
    """

    feature_name: str
    base_count: int
    test_count: int
    match_count: int
    mismatch_count: int
    base_only: int
    test_only: int
    diff_count: int


class MatchStats(Struct, frozen=True, kw_only=True):
    """How the rows were joined; an identifier is one combination of values.

    `matching_pairs_count` counts those of repeated identifiers, even if they are
    skipped.
    """

    base_with_id_count: int
    test_with_id_count: int
    identifiers_count: int
    ids_missing_in_base_count: int
    ids_missing_in_test_count: int
    matching_pairs_count: int
    duplicate_id_count: int
    base_missing_id_count: int
    test_missing_id_count: int


class Cell(Struct, frozen=True, kw_only=True):
    """A cell that differs; None where that side has no value."""

    feature: str
    base: str | None
    test: str | None


class Pair(Struct, frozen=True, kw_only=True):
    """Two rows of one identifier that differ, and where they are."""

    identifier: dict[str, str | None]
    base_row: int
    base_line: int
    test_row: int
    test_line: int
    cells: tuple[Cell, ...]


class Skew(Struct, frozen=True, kw_only=True):
    """All that was found; `skewed_pairs` counts pairs with any cell that differs."""

    base: str
    test: str
    identifiers: tuple[str, ...]
    feature_skew: tuple[FeatureSkew, ...]
    match_stats: MatchStats
    pairs: int
    skewed_pairs: int
    types: dict[str, tuple[str, str]] = {}
    sample: tuple[Pair, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()


def detect(
    base: Source,
    test: Source,
    identifiers: Sequence[str],
    *,
    ignore: Sequence[str] = (),
    digits: int | None = None,
    allow_duplicates: bool = False,
    thresholds: Mapping[str, float] | None = None,
) -> Skew:
    """Where rows of `base` and `test` with the same identifiers differ.

    Rows that lack an identifier are skipped, and unless `allow_duplicates` so are
    identifiers that a side has twice; else each pair of such rows counts. `thresholds`
    say which share of the pairs may differ at most, by feature; "" is the others'.

    Raises:
        DataError: a table cannot be read, or repeated identifiers make too many pairs.
        ConfigError: a column that is named is not there.
    """
    known = statistics.compute(base), statistics.compute(test)
    _check(identifiers, known, (base, test))
    thresholds = thresholds or {}
    names = _names(known)
    _check_any([*ignore, *(name for name in thresholds if name)], names, test)
    double = matching.doubles((base, test))
    left, right = (
        Side(
            source=source,
            kinds={f.name: f.kind for f in one.features if f.kind is not None},
            rows=one.num_examples,
            digits=digits,
            double=double,
        )
        for source, one in zip((base, test), known, strict=True)
    )
    ids = sorted(identifiers)
    matched, stats = _join(left, right, ids, allow_duplicates)
    skipped = {*identifiers, *ignore}
    compared = sorted(name for name in names if name not in skipped)
    features, differing = _compare(left, right, matched, compared)
    pairs = len(matched)
    return Skew(
        base=base.shown,
        test=test.shown,
        identifiers=tuple(identifiers),
        feature_skew=tuple(features),
        match_stats=stats,
        pairs=pairs,
        skewed_pairs=int(differing.sum()),
        types=dict(_types(left, right, compared)),
        sample=_sample(left, right, matched[differing][:SAMPLE], compared, identifiers),
        anomalies=tuple(_judge(features, pairs, thresholds)),
    )


def to_json(found: Skew) -> dict[str, Any]:
    """The JSON document of `gate data compare --id`; lists where TFDV has them."""
    document: dict[str, Any] = {"version": 1, **msgspec.to_builtins(found)}
    document["match_stats"] = [document["match_stats"]]
    return document


def _names(known: tuple[Statistics, Statistics]) -> list[str]:
    return list(dict.fromkeys(f.name for one in known for f in one.features))


def _check(
    identifiers: Sequence[str],
    known: tuple[Statistics, Statistics],
    sources: tuple[Source, Source],
) -> None:
    for one, source in zip(known, sources, strict=True):
        _check_any(identifiers, [feature.name for feature in one.features], source)


def _check_any(wanted: Sequence[str], names: Sequence[str], source: Source) -> None:
    lacking = [name for name in wanted if name not in names]
    if lacking:
        raise ConfigError(
            f"there is no column `{shown(lacking[0])}`",
            path=source.shown,
            hint=f"its columns: {', '.join(map(shown, names[:20]))}",
        )


def _join(
    base: Side, test: Side, ids: Sequence[str], duplicates: bool
) -> tuple[Array, MatchStats]:
    """The pairs of rows (indices, two columns), and how they came about."""
    keys = [matching.rows(side, ids, ())[0] for side in (base, test)]
    ours, theirs = (matching.grouped(key, np.flatnonzero(key)) for key in keys)
    every = np.union1d(ours.distinct, theirs.distinct)
    base_counts = matching.count_in(ours, every)
    test_counts = matching.count_in(theirs, every)
    repeated = (base_counts > 1) | (test_counts > 1)
    stats = MatchStats(
        base_with_id_count=int(base_counts.sum()),
        test_with_id_count=int(test_counts.sum()),
        identifiers_count=len(every),
        ids_missing_in_base_count=int((base_counts == 0).sum()),
        ids_missing_in_test_count=int((test_counts == 0).sum()),
        matching_pairs_count=int((base_counts * test_counts).sum()),
        duplicate_id_count=int(repeated.sum()),
        base_missing_id_count=base.rows - int(base_counts.sum()),
        test_missing_id_count=test.rows - int(test_counts.sum()),
    )
    both = (base_counts > 0) & (test_counts > 0)
    if not duplicates:
        both &= ~repeated
    elif stats.matching_pairs_count > MAX_PAIRS:
        raise DataError(
            f"{stats.matching_pairs_count:,} pairs of rows: the identifiers are "
            "repeated too often",
            path=test.source.shown,
            hint="add columns that tell the rows apart, each with --id",
        )
    return _pairs(ours, theirs, every[both]), stats


def _pairs(ours: Groups, theirs: Groups, ids: Array) -> Array:
    """Each row of the one side beside each of the other, ordered by the base's."""
    left, right = (np.searchsorted(side.distinct, ids) for side in (ours, theirs))
    lengths = ours.counts[left] * theirs.counts[right]
    which = np.repeat(np.arange(len(ids)), lengths)
    place = np.arange(len(which)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    width = theirs.counts[right][which]
    first = ours.order[ours.starts[left][which] + place // width]
    second = theirs.order[theirs.starts[right][which] + place % width]
    pairs = np.stack([first, second], axis=1)
    return np.asarray(pairs[np.lexsort((second, first))])


def _compare(
    base: Side, test: Side, pairs: Array, names: Sequence[str]
) -> tuple[list[FeatureSkew], Array]:
    """The counts of each column that any pair has, and which pairs differ."""
    (ours, left), (theirs, right) = (
        np.unique(pairs[:, i], return_inverse=True) for i in (0, 1)
    )
    differing = np.zeros(len(pairs), bool)
    features: list[FeatureSkew] = []
    for group in matching.groups(names, len(ours) + len(theirs)):
        old = matching.cells(base, group, ours)
        new = matching.cells(test, group, theirs)
        for name in group:
            counts = np.zeros(4, np.int64)
            for start in range(0, len(pairs), _CHUNK):
                part = slice(start, start + _CHUNK)
                one, other = old[name][left[part]], new[name][right[part]]
                differing[part] |= one != other
                counts += _count(one, other)
            if counts[:2].any():
                features.append(_feature(name, counts.tolist()))
    return features, differing


def _count(base: Array, test: Array) -> Array:
    here, there = base != 0, test != 0
    both, same = here & there, base == test
    return np.array(
        [here.sum(), there.sum(), (both & same).sum(), both.sum()], np.int64
    )


def _feature(name: str, counts: Sequence[int]) -> FeatureSkew:
    base, test, same, both = counts
    return FeatureSkew(
        feature_name=name,
        base_count=base,
        test_count=test,
        match_count=same,
        mismatch_count=both - same,
        base_only=base - both,
        test_only=test - both,
        diff_count=base + test - both - same,
    )


def _types(
    base: Side, test: Side, names: Sequence[str]
) -> Iterator[tuple[str, tuple[str, str]]]:
    """The columns that have another type on each side, so that no cell is equal."""
    for name in names:
        ours, theirs = base.kinds.get(name), test.kinds.get(name)
        if ours is not None and theirs is not None and ours is not theirs:
            yield name, (ours.name, theirs.name)


def _sample(
    base: Side, test: Side, pairs: Array, names: Sequence[str], ids: Sequence[str]
) -> tuple[Pair, ...]:
    old = matching.fetch(base, pairs[:, 0].tolist())
    new = matching.fetch(test, pairs[:, 1].tolist())
    return tuple(
        Pair(
            identifier={name: old[i].texts.get(name) for name in ids},
            base_row=old[i].row,
            base_line=old[i].line,
            test_row=new[j].row,
            test_line=new[j].line,
            cells=tuple(
                Cell(
                    feature=name,
                    base=old[i].texts.get(name),
                    test=new[j].texts.get(name),
                )
                for name in names
                if old[i].hashes.get(name, 0) != new[j].hashes.get(name, 0)
            ),
        )
        for i, j in pairs.tolist()
    )


def _judge(
    features: Sequence[FeatureSkew], pairs: int, thresholds: Mapping[str, float]
) -> Iterator[Anomaly]:
    for one in features:
        most = thresholds.get(one.feature_name, thresholds.get(""))
        if most is None or one.diff_count <= most * pairs:
            continue
        yield anomaly(
            pairs,
            one.feature_name,
            "FEATURE_SKEW_HIGH",
            f"{one.diff_count:,} of {pairs:,} pairs of rows differ "
            f"({100 * one.diff_count / pairs:.3g} %), at most {100 * most:g} % may",
            "raise its --threshold, or name it with --ignore",
            one.diff_count,
        )
