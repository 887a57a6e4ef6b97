"""Findings at their lines, beyond the few that a step of a workflow can show.

They go into a check run that never fails: the commit status `gate` alone decides. Made
with the token of Actions, GitHub may list it below any workflow of the commit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from urllib.parse import quote

import msgspec

from gate.github import steps
from gate.github.answers import ApiError
from gate.github.api import Api
from gate.github.event import Event
from gate.github.steps import Step

NEEDS = "checks: write"
PAGE = 50  # annotations of one request
MOST = 1_000


class Annotation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the API takes; `path` is from the repository's top."""

    path: str
    start_line: int
    end_line: int
    annotation_level: str
    message: str
    title: str = ""
    start_column: int | None = None
    end_column: int | None = None


class _Output(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    title: str
    summary: str
    annotations: tuple[Annotation, ...] = ()


class _Shown(msgspec.Struct):
    annotations_count: int = 0


class _Known(msgspec.Struct):
    id: int
    status: str = ""
    external_id: str | None = None
    output: _Shown = msgspec.field(default_factory=_Shown)


class _List(msgspec.Struct):
    check_runs: list[_Known]


def publish(
    name: str, annotations: tuple[Annotation, ...], event: Event, api: Api, again: bool
) -> Iterator[Step]:
    """Show the annotations in a check run called `name`.

    `again` tells that the commit has statuses of the gate already: there may be a run
    with annotations that hold no more.
    """
    shown = annotations[:MOST]
    if not shown and not again:
        return
    try:
        known = _known(name, event, api)
        if shown or known:
            yield _write(name, shown, event, api, known)
    except ApiError as error:
        if not error.denied:
            raise
        if shown:
            yield steps.left_out(
                f"{len(shown):,} annotations beyond those of the step: {error.hint}"
            )


def _known(name: str, event: Event, api: Api) -> _Known | None:
    query = f"check_name={quote(name, safe='')}&filter=latest&per_page=1"
    path = f"/repos/{event.repository}/commits/{event.head}/check-runs?{query}"
    found = api.get(path, _List, needs=NEEDS).check_runs
    return found[0] if found else None


def _write(
    name: str,
    shown: tuple[Annotation, ...],
    event: Event,
    api: Api,
    known: _Known | None,
) -> Step:
    said = f"check run {name}: {len(shown):,} annotations"
    mark = hashlib.sha256(msgspec.json.encode((name, shown))).hexdigest()
    if known and known.external_id == mark and known.status == "completed":
        return steps.unchanged(said)
    runs = f"/repos/{event.repository}/check-runs"
    # Annotations can only be added, so what has changed needs a run of its own.
    body = {
        "name": name,
        "head_sha": event.head,
        "external_id": mark,
        "output": _output(shown, 0),
        **_state(shown, 0),
    }
    if event.run_url:
        body["details_url"] = event.run_url
    old = known.id if known else 0
    made = api.post(
        runs,
        body,
        _Known,
        needs=NEEDS,
        already=lambda: _begun(name, event, api, mark, old),
    )
    for at in range(PAGE, len(shown), PAGE):
        api.patch(
            f"{runs}/{made.id}",
            {"output": _output(shown, at), **_state(shown, at)},
            _Known,
            needs=NEEDS,
            already=lambda: _added(
                f"{runs}/{made.id}", api, min(at + PAGE, len(shown))
            ),
        )
    return steps.done(said)


def _output(shown: tuple[Annotation, ...], at: int) -> _Output:
    """What the run tells, with the page of annotations that begins there."""
    return _Output(
        title=f"{len(shown):,} findings beyond those of the workflow's step",
        summary="They are shown at their lines. Whether the gate is open is told by its"
        " commit status.",
        annotations=shown[at : at + PAGE],
    )


def _state(shown: tuple[Annotation, ...], at: int) -> dict[str, str]:
    if at + PAGE < len(shown):
        return {"status": "in_progress"}
    return {"status": "completed", "conclusion": "neutral"}


def _added(path: str, api: Api, count: int) -> _Known | None:
    """The run, if it has so many annotations: a page added twice is shown twice."""
    known = api.get(path, _Known, needs=NEEDS)
    return known if known.output.annotations_count >= count else None


def _begun(name: str, event: Event, api: Api, mark: str, old: int) -> _Known | None:
    """The run with this mark that is not the `old` one, of a job that was stopped."""
    known = _known(name, event, api)
    return known if known and known.external_id == mark and known.id != old else None
