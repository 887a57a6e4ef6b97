"""The checks, side by side on the machine's cores, and their results in order."""

from __future__ import annotations

import dataclasses
import functools
import os
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import msgspec

from gate import guard, models, process, results, surroundings
from gate.cache import Cache
from gate.checks import CHECKS, DEPENDS, NEEDS, Check
from gate.config import CheckSettings
from gate.errors import GateError
from gate.findings import Finding, Result, Status, Weight
from gate.known import Known
from gate.memory import Memory
from gate.project import Project

# The longest starts first: whatever else there is then fits beside it.
_LONGEST_FIRST = ("tests", "typecheck", "data", "formatting", "lint")

# Run apart, what runs none of the tree's code comes first; then what may load its
# plug-ins; then, alone, what asks functions of it; and last the tests, when there is
# nothing left that they could change.
_PLUGINS = ("lint", "typecheck")
_TESTS = ("tests", "coverage")

BUG = "gate/bug"

Started = Callable[[str], None]
Ended = Callable[[Result], None]


def run(
    project: Project,
    settings: Mapping[str, CheckSettings],
    *,
    started: Started = lambda name: None,
    ended: Ended = lambda result: None,
    apart: Callable[[], None] | None = None,
) -> tuple[Result, ...]:
    """Run the checks in `settings`, and return their results in the order of CHECKS.

    A check that another needs runs before it; everything else is independent, and
    waits for its tools rather than computing, so threads serve. With `apart`, the
    tests wait for all else; it is called before any of the tree's code can run.
    """
    futures: dict[str, Future[Result]] = {}
    if not apart:
        project = _remembering(project)
    known = Known(project)

    def judged(name: str) -> Result:
        if (needed := NEEDS.get(name)) in futures:
            futures[needed].result()
        started(name)
        result = _run(CHECKS[name], name, project, settings[name], known)
        ended(result)
        return result

    def rank(name: str) -> int:
        return _LONGEST_FIRST.index(name) if name in _LONGEST_FIRST else 99

    with ThreadPoolExecutor(
        max_workers=max(2, os.cpu_count() or 2),
        initializer=guard.renounce if apart else None,
    ) as pool:
        try:
            for number, wave in enumerate(_waves(settings) if apart else [settings]):
                if apart and number == 1:
                    if "model" in settings and _asks(settings["model"]):
                        models.load(project.scratch)
                    apart()
                # What needs another is started last: it never takes its place.
                for name in sorted(wave, key=lambda name: (name in NEEDS, rank(name))):
                    futures[name] = pool.submit(judged, name)
                wait(futures.values())
        except BaseException:  # Ctrl-C: what runs would else be waited for
            pool.shutdown(wait=False, cancel_futures=True)
            process.stop()
            raise
    return tuple(futures[name].result() for name in CHECKS if name in futures)


def _remembering(project: Project) -> Project:
    """The project with what is known of equal trees, from earlier runs."""
    cache = Cache(project.root)
    memory = None
    if surroundings.are_told(project):
        told = surroundings.around(project)
        memory = Memory(project.root, project.files, told, cache)
    return dataclasses.replace(project, cache=cache, memory=memory)


def _waves(settings: Mapping[str, CheckSettings]) -> Iterator[list[str]]:
    """The checks in the order in which what they run may be trusted."""
    asking = [name for name, one in settings.items() if _asks(one)]
    late = (*_PLUGINS, *asking, *_TESTS)
    yield [name for name in settings if name not in late]
    yield [name for name in settings if name in _PLUGINS]
    yield asking
    yield [name for name in settings if name in _TESTS]


def _asks(setting: CheckSettings) -> bool:
    """Whether a check asks functions of the tree's code."""
    return getattr(setting.options, "runs_code", False)


def _run(
    check: Check, name: str, project: Project, setting: CheckSettings, known: Known
) -> Result:
    start = time.monotonic()
    if setting.weight is Weight.OFF:
        result = Result(status=Status.SKIPPED, summary="switched off in gate.yaml")
    else:
        result = _judge(check, name, project, setting, known)
    return msgspec.structs.replace(
        results.capped(result),
        check=name,
        weight=setting.weight,
        duration=time.monotonic() - start,
    )


def _remembered(check: Check, name: str, project: Project, options: Any) -> Result:
    depends = DEPENDS[name](project) if name in DEPENDS else None
    if project.memory is None or depends is None:
        return check.run(project, options)
    run = functools.partial(check.run, project, options)
    return project.memory.result(name, options, depends, run)


def _judge(
    check: Check, name: str, project: Project, setting: CheckSettings, known: Known
) -> Result:
    """The check's result; whatever it raises is an `error` of its own row alone."""
    try:
        result = _remembered(check, name, project, setting.options)
        return known.judged(name, check.run, setting.options, result)
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
