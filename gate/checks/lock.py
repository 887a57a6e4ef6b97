"""Gate.yaml and the schemas: nothing looser than at the base."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from gate import lock
from gate.data.directions import Effect
from gate.findings import Column, Finding, Kind, Result, Status, Table, plural
from gate.lock import Held, Lock
from gate.project import Project

DEFAULT = "gate-change"
_ROWS = lock.LINES  # of the table, and findings
_WIDTH = 300  # of a field or a value that is told


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a change may not loosen, and who lets it."""

    alone: ClassVar[bool] = True  # the key may stand at the top of gate.yaml

    label: Annotated[
        str,
        msgspec.Meta(
            min_length=1,
            description="The label of a pull request that may loosen; what the base's"
            " gate.yaml says counts.",
        ),
    ] = DEFAULT


def run(project: Project, options: Options) -> Result:
    """Every loosening is a finding at its line, unless the change has the label."""
    held = project.lock
    if held is None or held.old is None:
        why = held.why if held else "no base to compare with"
        return Result(status=Status.SKIPPED, summary=f"nothing is held: {why}")
    found = lock.differences(project.root, held)
    loosened = [one for one in found if one.loosened]
    tightened = [one for one in found if one.difference.effect is Effect.TIGHTENED]
    allowed = _allowed(held, options)
    closed = bool(loosened) and not allowed
    return Result(
        status=Status.FAILED if closed else Status.PASSED,
        summary=_summary(loosened, tightened, allowed),
        findings=tuple(map(_finding, loosened[:_ROWS])) if closed else (),
        total=len(loosened) if closed and len(loosened) > _ROWS else None,
        tables=_tables(found, important=bool(loosened)),
        metrics={
            "lock.loosened": len(loosened),
            "lock.tightened": len(tightened),
        },
        advice=_advice(options.label) if closed else (),
    )


def _allowed(held: Lock, options: Options) -> str:
    """Why loosenings pass, if they do."""
    if options.label in held.labels:
        return f"allowed by the label `{options.label}`"
    return "judged on the pull request, before the merge queue" if held.queued else ""


def _summary(loosened: list[Held], tightened: list[Held], allowed: str) -> str:
    files = dict.fromkeys(one.path for one in loosened)
    parts = []
    if loosened:
        named = ", ".join(list(files)[:3]) + (", …" if len(files) > 3 else "")
        count = plural(len(loosened), "loosening")
        parts.append(f"{count} in {named}" + (f", {allowed}" if allowed else ""))
    if tightened:
        parts.append(plural(len(tightened), "tightening"))
    return "; ".join(parts) or "nothing is looser than at the base"


def _finding(held: Held) -> Finding:
    one = held.difference
    change = f"{_cut(one.was) or 'unset'} → {_cut(one.now) or 'unset'}"
    return Finding(
        rule="lock/loosened",
        message=f"`{_cut(one.path)}`: {change}" if one.path else one.now,
        path=held.path,
        line=held.line,
    )


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else text[:_WIDTH] + "…"


def _tables(found: list[Held], *, important: bool) -> tuple[Table, ...]:
    rows = tuple(
        (one.effect.value, held.path, _cut(one.path), _cut(one.was), _cut(one.now))
        for held in found[:_ROWS]
        for one in (held.difference,)
    )
    columns = (
        Column(name="effect"),
        Column(name="file", kind=Kind.PATH),
        Column(name="field", kind=Kind.CODE),
        Column(name="was", kind=Kind.CODE),
        Column(name="is", kind=Kind.CODE),
    )
    if not rows:
        return ()
    table = Table(
        title="Changes of what is held",
        columns=columns,
        rows=rows,
        important=important,
        total=len(found) if len(found) > _ROWS else None,
    )
    return (table,)


def _advice(label: str) -> tuple[str, ...]:
    return (
        "take the loosenings back, or have somebody who may set labels look at them and"
        f" label the pull request `{label}`",
        f"on your own machine: `gate run --label {label}`",
    )
