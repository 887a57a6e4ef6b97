"""What the gate said of the default branch's commits: kept on a branch, read with git.

One line of JSON for each commit, the newest last, on a branch that has no file of the
project's. `gate publish` writes it on a push to the default branch; `gate run` reads it
from the clone, where a fetch of all branches has brought it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from gate import git, names
from gate.errors import GitError
from gate.verdict import Past

BRANCH = "gate-history"
FILE = "history.jsonl"
MAX_BYTES = 4 * 1024 * 1024
MOST = 1_000  # records that are kept
NEAR = 200  # commits before the base among which a record of it is looked for
TREND = 20  # values of a metric
MAX_METRICS = 200  # of one record

_NAME = re.compile(r"[a-z0-9_.-]{1,100}")
_TIMES = ".seconds"  # what never repeats says nothing of a commit


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate said of one commit (40 hex digits) at a time (ISO 8601, UTC)."""

    commit: str
    time: str
    state: str
    metrics: dict[str, float] = {}


def recorded(metrics: Mapping[str, float]) -> dict[str, float]:
    """The metrics that are worth a record, in the order of their names."""
    kept = {
        name: round(value, 6)
        for name, value in sorted(metrics.items())
        if _NAME.fullmatch(name) and math.isfinite(value) and _TIMES not in name
    }
    return dict(list(kept.items())[:MAX_METRICS])


def parse(data: bytes) -> tuple[Record, ...]:
    """The records in a file; a line that is none is left out, as if never written."""
    records = []
    for line in data.splitlines():
        try:
            records.append(msgspec.json.decode(line, type=Record))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    return tuple(records)


def text(records: Iterable[Record]) -> bytes:
    """The records as a file: the newest `MOST` of them."""
    kept = list(records)[-MOST:]
    lines = [msgspec.json.encode(record, order="sorted") + b"\n" for record in kept]
    while sum(map(len, lines)) > MAX_BYTES:
        lines = lines[len(lines) // 2 :]
    return b"".join(lines)


def added(
    records: tuple[Record, ...], record: Record, *, newest: bool
) -> tuple[Record, ...]:
    """The records with one more; one of the same commit takes the older one's place.

    `newest` tells that the branch ends at its commit: a run that ends late must not
    pass for the newest.
    """
    for index, known in enumerate(records):
        if known.commit == record.commit:
            return (*records[:index], record, *records[index + 1 :])
    if newest or not records:
        return (*records, record)
    return (*records[:-1], record, records[-1])


def past(root: Path, base: str, head: str, name: str) -> Past | None:
    """What is recorded of the base, or of the nearest commit before it that is.

    None where there is no record: the branch was never written, or not fetched.
    """
    if not base:
        return None
    try:
        records = {r.commit: r for r in parse(_read(root, name))}
        line = git.ancestors(root, base, NEAR) if records else ()
    except GitError:
        return None
    # A commit is not its own past, when the default branch itself is judged.
    found = [(n, records[c]) for n, c in enumerate(line) if c in records and c != head]
    if not found:
        return None
    behind, newest = found[0]
    return Past(
        commit=newest.commit,
        behind=behind,
        metrics=recorded(newest.metrics),
        trend=_trend([record for _, record in reversed(found)]),
    )


def _trend(records: list[Record]) -> dict[str, tuple[float, ...]]:
    """The values of each metric of the newest record, the newest last."""
    metrics = recorded(records[-1].metrics)
    return {
        name: tuple(
            record.metrics[name]
            for record in records[-TREND:]
            if math.isfinite(record.metrics.get(name, math.nan))
        )
        for name in metrics
    }


def _read(root: Path, name: str) -> bytes:
    top = git.find_root(root) or root
    for ref in (f"refs/remotes/origin/{BRANCH}", f"refs/heads/{BRANCH}"):
        if commit := git.commit(root, ref):
            path = names.folder(name) + FILE
            return git.read(top, commit, path, MAX_BYTES) or b""
    return b""
