"""The checks, side by side on the machine's cores, and their results in order."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait

import msgspec

from gate import process, results
from gate.checks import CHECKS, NEEDS, Check
from gate.config import CheckSettings
from gate.errors import GateError
from gate.findings import Finding, Result, Status, Weight
from gate.project import Project

# The longest starts first: whatever else there is then fits beside it.
_LONGEST_FIRST = ("tests", "typecheck", "data", "formatting", "lint")

BUG = "gate/bug"

Started = Callable[[str], None]
Ended = Callable[[Result], None]


def run(
    project: Project,
    settings: Mapping[str, CheckSettings],
    *,
    started: Started = lambda name: None,
    ended: Ended = lambda result: None,
) -> tuple[Result, ...]:
    """Run the checks in `settings`, and return their results in the order of CHECKS.

    A check that another needs runs before it; everything else is independent, and
    waits for its tools rather than computing, so threads serve.
    """
    futures: dict[str, Future[Result]] = {}

    def judged(name: str) -> Result:
        if (needed := NEEDS.get(name)) in futures:
            futures[needed].result()
        started(name)
        result = _run(CHECKS[name], name, project, settings[name])
        ended(result)
        return result

    def rank(name: str) -> int:
        return _LONGEST_FIRST.index(name) if name in _LONGEST_FIRST else 99

    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as pool:
        # What needs another is started last, so that it never takes its place.
        for name in sorted(settings, key=lambda name: (name in NEEDS, rank(name))):
            futures[name] = pool.submit(judged, name)
        try:
            wait(futures.values())
        except BaseException:  # Ctrl-C: what runs would else be waited for
            pool.shutdown(wait=False, cancel_futures=True)
            process.stop()
            raise
    return tuple(futures[name].result() for name in CHECKS if name in futures)


def _run(check: Check, name: str, project: Project, setting: CheckSettings) -> Result:
    start = time.monotonic()
    if setting.weight is Weight.OFF:
        result = Result(status=Status.SKIPPED, summary="switched off in gate.yaml")
    else:
        result = _judge(check, project, setting)
    return msgspec.structs.replace(
        results.capped(result),
        check=name,
        weight=setting.weight,
        duration=time.monotonic() - start,
    )


def _judge(check: Check, project: Project, setting: CheckSettings) -> Result:
    """The check's result; whatever it raises is an `error` of its own row alone."""
    try:
        return check.run(project, setting.options)
    except GateError as error:
        return Result(
            status=Status.ERROR,
            summary=str(error),
            advice=(error.hint,) if error.hint else (),
        )
    except Exception as error:  # the other rows must still be shown
        what = f"{type(error).__name__}: {error}"
        return Result(
            status=Status.ERROR,
            summary=f"a bug of the gate's own ({what})",
            findings=(Finding(rule=BUG, message=what),),
            advice=("report it, with the output below: the other checks stand",),
            output=traceback.format_exc(),
        )
