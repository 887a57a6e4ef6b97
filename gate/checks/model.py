"""Model predictions: how good on every slice, how fair, and against the base."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar

import msgspec

from gate import modelreport, models
from gate.findings import Level, Result, Status, plural
from gate.model.spec import Spec
from gate.models import Judged
from gate.project import Project


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The models whose predictions are judged."""

    listed: ClassVar[str] = "models"  # in gate.yaml `model:` may be the list itself
    named_by: ClassVar[str] = "predictions"  # what tells an entry from another

    models: Annotated[
        tuple[Spec, ...], msgspec.Meta(description="The predictions to judge.")
    ] = ()

    @property
    def runs_code(self) -> bool:
        """Whether a function of the change's is asked for predictions."""
        return any(one.predict for one in self.models)


def run(project: Project, options: Options) -> Result:
    """Every rule that does not hold is a finding on the file of predictions."""
    if not options.models:
        return Result(
            status=Status.SKIPPED,
            summary="gate.yaml names no predictions; `gate init` finds them",
        )
    room = project.scratch / "base-models"
    numbered = enumerate(options.models)
    return result([models.judge(project, one, room / str(n)) for n, one in numbered])


def result(judged: Sequence[Judged]) -> Result:
    """What is said of models that were judged."""
    found = [finding for one in judged for finding in modelreport.findings(one)]
    broken = any(one.error for one in judged)
    status = Status.ERROR if broken else Status.PASSED
    # What is surely wrong outweighs what could not be judged, as in the verdict.
    failed = any(modelreport.count(one, Level.ERROR) for one in judged)
    return Result(
        status=Status.FAILED if failed else status,
        summary=_summary(judged),
        findings=tuple(found),
        total=sum(map(modelreport.total, judged)),
        tables=tuple(modelreport.tables(judged)),
        metrics=dict(_metrics(judged)),
        advice=_advice(judged),
    )


def _metrics(judged: Sequence[Judged]) -> Iterator[tuple[str, float]]:
    """Those of all rows, by the name of the model; counts are not worth a history."""
    seen: Counter[str] = Counter()
    for one in judged:
        seen[one.key] += 1
        if one.analysis is None:
            continue
        key = f"{one.key}-{seen[one.key]}" if seen[one.key] > 1 else one.key
        yield f"model.{key}.rows", one.analysis.overall.n
        for name, value in one.analysis.overall.values.items():
            if value is not None and name not in modelreport.COUNTS:
                yield f"model.{key}.{name}", value


def _summary(judged: Sequence[Judged]) -> str:
    of = plural(len(judged), "model")
    rows = sum(one.analysis.overall.n for one in judged if one.analysis)
    counts = {
        word: sum(modelreport.count(one, level) for one in judged)
        for word, level in (("rule", Level.ERROR), ("warning", Level.WARNING))
    }
    parts = [plural(count, word) for word, count in counts.items() if count]
    if counts["rule"]:
        parts[0] += " broken"
    told = [f"{' and '.join(parts)} in {of} ({plural(rows, 'row')})"] if parts else []
    broken = [one for one in judged if one.error]
    if broken:
        error = broken[0].error
        more = f", and {len(broken) - 1} more" if len(broken) > 1 else ""
        told.append(f"cannot judge {broken[0].name}: {error and error.message}{more}")
    if told:
        return "; ".join(told)
    held = plural(sum(len(one.judgements) for one in judged), "rule")
    return f"{held} held by {of} ({plural(rows, 'row')})"


def _advice(judged: Sequence[Judged]) -> tuple[str, ...]:
    steps = []
    if any(one.error for one in judged):
        steps.append("mend what cannot be read, as its finding says")
    if any(modelreport.count(one, Level.ERROR) for one in judged):
        steps.append("look at the slices in `.gate/report.html`, and mend the model")
        steps.append(
            "if it is to be so, change the bounds in gate.yaml: `gate model accept`"
        )
    return tuple(steps)
