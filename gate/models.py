"""The predictions that gate.yaml names: analysed, compared with the base, judged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from gate import git, previous
from gate.errors import ConfigError, DataError, GateError, GitError
from gate.model.spec import Spec
from gate.paths import inside
from gate.project import Project

if TYPE_CHECKING:
    from gate.model.analysis import Analysis
    from gate.model.judgement import Judgement
    from gate.model.predicting import Ask


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One model, with what was found or why it could not be judged.

    `before` says what it was compared with, or why with nothing.
    """

    spec: Spec
    analysis: Analysis | None = None
    judgements: tuple[Judgement, ...] = ()
    before: str = ""
    error: GateError | None = None

    @property
    def name(self) -> str:
        """What it is called: as given, else the file's stem."""
        return self.spec.name or PurePosixPath(self.spec.predictions).stem

    @property
    def key(self) -> str:
        """The name as a part of a metric's."""
        return re.sub(r"[^\w-]+", "-", self.name)[:60] or "model"


@dataclass(frozen=True)
class _Base:
    """The file to compare with, if there is one; its name, and what is said of it."""

    path: Path | None
    called: str
    said: str


def load(scratch: Path) -> None:
    """Judge a few rows, for what that imports: no code of the change may run before."""
    from gate import predicting  # noqa: F401
    from gate.model import analysis, judging

    path = scratch / "loaded.csv"
    path.write_text("id,label,score,g\n1,1,0.9,a\n2,0,0.1,b\n", "utf-8")
    spec = Spec(predictions=path.name, slices=("g",))
    judging.judge(spec, analysis.analyze(spec, scratch, base=path))


def judge(project: Project, spec: Spec, scratch: Path) -> Judged:
    """Judge a model; files of the base are written into the folder `scratch`."""
    try:
        return _judge(project, spec, scratch)
    except GateError as error:
        return Judged(spec=spec, error=error)


def _judge(project: Project, spec: Spec, scratch: Path) -> Judged:
    # The libraries take half a second to import: without models nobody pays for them.
    from gate.model import judging

    for key in ("predictions", "base", "inputs"):
        if name := getattr(spec, key):
            _file(project, name, key)
    base = _base(project, spec, scratch)
    analysis, said = _analyse(project, spec, base)
    return Judged(
        spec=spec,
        analysis=analysis,
        judgements=judging.judge(spec, analysis, base.called),
        before=said,
    )


def _file(project: Project, name: str, key: str) -> Path:
    path = inside(project.root, name, key)
    if not path.is_file():
        raise DataError("no such file", path=name, hint=f"check `{key}` in gate.yaml")
    return path


def _base(project: Project, spec: Spec, scratch: Path) -> _Base:
    """What to compare with: a file that is named, or the same one at the base."""
    if spec.base:
        return _Base(project.root / spec.base, spec.base, spec.base)
    if project.base is None:
        return _Base(None, "", "nothing: there is no base")
    commit, path = project.base.commit, spec.predictions
    called = project.base.origin
    try:
        if not previous.extract(project.root, commit, path, scratch):
            return _predicted(project, spec, scratch, called)
    except GitError as error:
        return _Base(None, called, f"nothing: at the base, {error.message}")
    return _Base(scratch / path, called, f"the base, {commit[:10]}")


def _predicted(project: Project, spec: Spec, scratch: Path, called: str) -> _Base:
    """What the base's own function says of today's rows, where it has no file."""
    said = f"nothing: the base has no {spec.predictions}"
    if project.base is None or not spec.predict:
        return _Base(None, called, said)
    from gate import predicting
    from gate.model import earlier

    tree, commit = scratch / "tree", project.base.commit
    git.export(project.root, commit, tree)
    ask = predicting.asker(spec.predict, predicting.place_of(project, tree))
    path = scratch / "predicted.csv"
    try:
        earlier.write(spec, project.root, ask, path)
    except GateError as error:
        return _Base(None, called, f"{said}, and its function fails: {error.message}")
    return _Base(path, called, f"{spec.predict} of the base, {commit[:10]}")


def _analyse(project: Project, spec: Spec, base: _Base) -> tuple[Analysis, str]:
    """What was found, and what it was compared with."""
    from gate.model import analysis

    ask = _ask(project, spec)

    def analyse(path: Path | None) -> Analysis:
        return analysis.analyze(
            spec, project.root, shown=spec.predictions, base=path, ask=ask
        )

    if spec.base or base.path is None:
        return analyse(None), base.said
    try:
        found = analyse(base.path)
    except GateError as error:
        # The base is not what is judged: this change may be what mends it.
        return analyse(None), f"nothing: at the base, {error.message}"
    why = f"nothing: {found.not_compared}" if found.not_compared else ""
    return found, why or base.said


def _ask(project: Project, spec: Spec) -> Ask | None:
    """What asks the project's function, which is run as its tests are."""
    from gate import predicting
    from gate.model import whatif

    if spec.predict:
        return predicting.asker(spec.predict, predicting.place_of(project))
    if key := whatif.needs(spec):
        hint = "add `predict: module:function`"
        raise ConfigError(f"`{key}` needs a function that predicts", hint=hint)
    return None
