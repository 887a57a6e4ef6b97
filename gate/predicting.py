"""A project's predict function, asked in the project's own Python.

It is the change's code, and runs as its tests do: in a process of its own, with no
secrets in the environment, for a limited time.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gate import process
from gate.data.columns import Array
from gate.errors import ConfigError, ToolError
from gate.interpreters import Python, find_python, inspect_python
from gate.model import predicting, whatif
from gate.model.features import Feature
from gate.model.predicting import Ask, Change
from gate.model.spec import Spec
from gate.project import Project
from gate.testing import running

TIMEOUT = 600.0  # seconds for all that is asked
_MAX_COMPLAINT = 100_000  # bytes of `error.json` that are read
_MAX_WORDS = 3_000  # characters of it that are told
_MAX_SCORES = 1_000  # numbers for one row


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a predict function runs.

    `python` is the interpreter, `root` the working folder and first on its path;
    `path` are folders that come next; `env` names variables that it needs besides the
    harmless ones.
    """

    python: Path
    root: Path
    scratch: Path
    path: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    timeout: float = TIMEOUT


def asker(target: str, place: Place) -> Ask:
    """What asks `module:function`, in a process that is started for each asking.

    Raises:
        ConfigError: `target` is no `module:function`.
        ToolError (when it is asked): the function fails, is too slow, or what it
            answers cannot be used.
    """
    _check(target)

    def ask(frame: Sequence[Feature], changes: Sequence[Change]) -> list[Array]:
        predicting.count(frame, changes)
        with tempfile.TemporaryDirectory(dir=place.scratch, prefix="predict") as name:
            folder = Path(name)
            _write(folder, target, frame, changes)
            done = _run(folder, place)
            return _read(folder, target, frame, changes, done, place.timeout)

    return ask


def place_of(project: Project, root: Path | None = None) -> Place:
    """Where the predict function of a project runs: as its tests do.

    `root` is another tree of it, such as the base's, or a folder in it.
    """
    root = root or project.root
    return Place(
        python=_able(project.python, project.own_python),
        root=root,
        scratch=project.scratch,
        path=tuple(running.first_on_path(project, root)),
    )


def _able(python: Python, own: Python) -> Path:
    """The project's Python; the gate's own where that one has no NumPy or pandas."""
    question = (
        "import sys; sys.path[:] = filter(None, sys.path); import importlib.util as u;"
        "sys.exit(not (u.find_spec('numpy') and u.find_spec('pandas')))"
    )
    with tempfile.TemporaryDirectory(prefix="gate-") as empty:
        words = (python.path, "-c", question)
        done = process.run(words, cwd=Path(empty), timeout=60)
    return own.path if done.returncode else python.path


@contextlib.contextmanager
def asking(spec: Spec, folder: Path, *, python: str | None) -> Iterator[Ask | None]:
    """What asks the function of a specification in a folder, None where it names none.

    Modules are looked for there first, then in the working folder and its `src`.

    Raises:
        ConfigError: it wants to know what only a function tells, and names none.
    """
    if not spec.predict:
        if key := whatif.needs(spec):
            hint = "add `predict: module:function`"
            raise ConfigError(f"`{key}` needs a function that predicts", hint=hint)
        yield None
        return
    here = Path.cwd()
    own = inspect_python(Path(sys.executable), "the gate's own environment")
    chosen = find_python(here, python, own)
    with tempfile.TemporaryDirectory(prefix="gate-") as scratch:
        place = Place(
            python=chosen.path if python else _able(chosen, own),
            root=folder.resolve(),
            scratch=Path(scratch),
            path=(str(here), str(here / "src")),
        )
        yield asker(spec.predict, place)


def _check(target: str) -> None:
    module, colon, function = target.partition(":")
    names = [*module.split("."), *function.split(".")]
    if not colon or not all(name.isidentifier() for name in names):
        raise ConfigError(
            f"`predict: {target[:200]}` names no function",
            hint="write `module:function`, such as `taxi.model:predict`",
        )


def _write(
    folder: Path, target: str, frame: Sequence[Feature], changes: Sequence[Change]
) -> None:
    columns: list[dict[str, Any]] = []
    rows: dict[int, str] = {}
    for i, one in enumerate(frame):
        files = {"values": f"{i}.npy", "missing": f"{i}-missing.npy"}
        np.save(folder / files["values"], one.values)
        np.save(folder / files["missing"], one.missing)
        columns.append({"name": one.name, "kind": one.kind, "texts": one.texts} | files)
    for change in changes:
        if change.rows is not None and id(change.rows) not in rows:
            rows[id(change.rows)] = f"rows{len(rows)}.npy"
            np.save(folder / rows[id(change.rows)], change.rows)
    questions = [
        {
            "rows": None if change.rows is None else rows[id(change.rows)],
            "values": dict(change.values),
            "maps": predicting.pairs(change),
        }
        for change in changes
    ]
    request = {
        "target": target,
        "columns": columns,
        "rows": list(rows.values()),
        "changes": questions,
    }
    (folder / "request.json").write_text(json.dumps(request), "utf-8")


def _run(folder: Path, place: Place) -> process.Completed:
    import gate.model

    # Only its text: run as a file, it would put the gate's modules on the path.
    child = Path(gate.model.__file__).with_name("child.py").read_text("utf-8")
    # Where the working folder comes first is decided by the child.
    start = "import sys; sys.path[:] = filter(None, sys.path)\n"
    extra = {"PYTHONDONTWRITEBYTECODE": "1"}
    if place.path:
        given = os.environ.get("PYTHONPATH")
        extra["PYTHONPATH"] = os.pathsep.join([*place.path, *filter(None, [given])])
    return process.run(
        [place.python, "-c", start + child, folder.resolve()],
        cwd=place.root,
        env=process.environment(extra, pass_on=place.env),
        timeout=place.timeout,
    )


def _read(
    folder: Path,
    target: str,
    frame: Sequence[Feature],
    changes: Sequence[Change],
    done: process.Completed,
    timeout: float,
) -> list[Array]:
    total = len(frame[0].values) if frame else 0
    sizes = [total if c.rows is None else len(c.rows) for c in changes]
    if done.timed_out:
        raise ToolError(
            f"`{target}` did not predict {sum(sizes):,} rows within {timeout:g} s",
            hint="give `pdp: {rows: 1000}`, or make it quicker",
        )
    python = done.command[0]
    if complaint := _complaint(folder):
        hint = f"it was run by {python}; call it there with a DataFrame of the features"
        raise ToolError(f"`{target}` {complaint}", hint=hint)
    if lacking := re.search(r"No module named '(numpy|pandas)'", done.stderr):
        raise ToolError(
            f"`{target}` cannot be asked: {python} has no {lacking[1]}",
            hint="install it there, or name another Python by --python",
        )
    answer = None if done.returncode else _answer(folder / "answer.f8", sum(sizes))
    if answer is None:
        last = "\n".join(done.output.splitlines()[-5:])[-1_000:]
        raise ToolError(
            f"`{target}` ended its process without an answer (exit code"
            f" {done.returncode}){last and ': '}{last}",
            hint=f"it was run by {python}; it should return, not exit",
        )
    return np.split(answer, np.cumsum(sizes)[:-1])


_STEPS = {
    "start": "could not be asked",
    "import": "cannot be imported",
    "call": "failed",
    "answer": "cannot be used",
}


def _complaint(folder: Path) -> str:
    """What the child says went wrong: the words of a stranger."""
    path = folder / "error.json"
    if not _is_plain(path):
        return ""
    try:
        with path.open("rb") as file:
            told: Any = json.loads(file.read(_MAX_COMPLAINT))
        return f"{_STEPS[told['step']]}: {str(told['text'])[:_MAX_WORDS]}"
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return "left no answer that can be read"


def _answer(path: Path, rows: int) -> Array | None:
    """The numbers of the answer; None where the file is not what it has to be."""
    try:
        size = path.stat().st_size if _is_plain(path) else -1
        wide, rest = divmod(size, 8 * max(1, rows))
        if rest or not 1 <= wide <= _MAX_SCORES:
            return None
        numbers = np.fromfile(path, "<f8", rows * wide)
        return numbers if wide == 1 else numbers.reshape(rows, wide)
    except (OSError, ValueError, MemoryError):
        return None


def _is_plain(path: Path) -> bool:
    # A pipe in its place would never open.
    return path.is_file() and not path.is_symlink()
