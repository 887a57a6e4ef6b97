"""`gate init`: look at the repository, write what the gate needs, and start green."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import re
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import click
import msgspec

import gate
from gate import atomic, config, git, modelentry, output, pipeline, yamlfile
from gate.checks import CHECKS
from gate.checks.data import EXTENSIONS, infer_schema
from gate.checks.lock import DEFAULT
from gate.code.layout import is_test
from gate.config import CheckSettings
from gate.errors import ConfigError, DataError, GateError
from gate.findings import Judge, Level, Result, Status
from gate.project import Project, open_project

WORKFLOW = ".github/workflows/gate.yml"
MAX_DATA_FILES = 20
MAX_DATA_BYTES = 200 * 1024 * 1024  # of one file: a larger one is not a sample
WINDOWS = "cp1252"  # what texts of Windows are in that are not UTF-8
_NO_ENTRY = ("data", "model", "lock")  # listed file by file, or at the top
_EXTRAS = ("test", "tests", "testing", "dev", "all")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of gate.yaml: what a check is set to, and why."""

    value: str
    why: str = ""


@click.command()
@click.option("--force", is_flag=True, help="Write over files that are there.")
@click.option(
    "--no-run",
    is_flag=True,
    help="Do not run the checks to find which of them pass today.",
)
@click.option(
    "--python", metavar="PATH", help="The Python with the project's packages."
)
def command(force: bool, no_run: bool, python: str | None) -> int:
    """Write gate.yaml, the workflow, and a schema for each data file.

    Asks nothing, says what it decided and why, and writes over nothing. Every check
    runs once, so that the gate starts open: of code that is not clean today, only what
    a change brings in counts (`judge: new`); another check that fails begins as a
    warning, which never closes the gate. Give it its full weight when it passes.
    """
    root = Path.cwd()
    if (above := config.find(root)) and above.parent != root and not force:
        raise ConfigError(
            f"there is a gate.yaml for this folder already: {above}",
            hint="run `gate init` there, or --force one of its own for this folder",
        )
    project = open_project(root, base=None, python=python)
    try:
        say(f"Python: {project.python.label}")
        say(f"code: {_described(project)}")
        models = list(_models(project))
        datasets = list(_schemas(project, force, {one.path for one in models}))
        results = () if no_run else _run(project)
    finally:
        shutil.rmtree(project.scratch, ignore_errors=True)
    written = [
        _write(
            root / config.NAME, gate_yaml(project, results, datasets, models), force
        ),
        _write(_top(root) / WORKFLOW, workflow(project), force),
    ]
    if note := _not_judged(root):
        say(note)
    say("")
    if any(written):
        say("Next: read gate.yaml, run `gate run`, and commit what was written.")
    return 0


def say(text: str) -> None:
    """Print a line of what was found or decided, without control characters."""
    output.say("".join(c for c in text if c.isprintable()))


def _described(project: Project) -> str:
    packages = ", ".join(project.packages) or "no package"
    tests = sum(not name.endswith("conftest.py") for name in project.tests)
    files = len(project.sources)
    return f"{files} Python files ({packages}), {tests} files of tests"


def _write(path: Path, text: str, force: bool) -> bool:
    name = Path(os.path.relpath(path)).as_posix()
    if path.exists() and not force:
        say(f"{name}: there is one, kept (--force writes over it)")
        return False
    atomic.write(path, text)
    say(f"{name}: written")
    return True


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """An entry under `data:`."""

    path: str
    schema: str
    encoding: str = ""


def _files(project: Project) -> list[str]:
    """The data files that are part of the project."""
    return [
        name
        for name in project.files
        if _is_data(name) and not is_test(name) and not _hidden(name)
    ]


def _models(project: Project) -> Iterator[modelentry.Entry]:
    """An entry for each file of predictions: labels, and scores or classes."""
    for name in _files(project)[:MAX_DATA_FILES]:
        path = project.root / name
        small = path.is_file() and path.stat().st_size <= MAX_DATA_BYTES
        entry = modelentry.propose(project.root, name) if small else None
        if entry:
            say(f"{name}: predictions, {entry.why}")
            yield entry


def _schemas(project: Project, force: bool, taken: set[str]) -> Iterator[Dataset]:
    """A schema beside each data file that can be read and is no other check's."""
    found = [name for name in _files(project) if name not in taken]
    for name in found[MAX_DATA_FILES:]:
        say(f"{name}: left out, {MAX_DATA_FILES} data files are enough to begin with")
    for name in found[:MAX_DATA_FILES]:
        path = project.root / name
        if path.stat().st_size > MAX_DATA_BYTES:
            say(f"{name}: left out, larger than {MAX_DATA_BYTES // 2**20} MB")
            continue
        schema = path.with_name(f"{path.name.split('.')[0]}.schema.yaml")
        try:
            text, encoding = _inferred(path)
        except GateError as error:
            say(f"{name}: left out, {error.message}")
            continue
        _write(schema, text, force)
        beside = schema.relative_to(project.root).as_posix()
        yield Dataset(path=name, schema=beside, encoding=encoding)


def _inferred(path: Path) -> tuple[str, str]:
    """The text of a schema, and the encoding to name: texts of old are not UTF-8.

    Raises:
        DataError: the file cannot be read.
    """
    try:
        return infer_schema(path), ""
    except DataError as error:
        if "is not utf-8" not in error.message:
            raise
        say(f"{path.name}: {error.message}; read as {WINDOWS} (Windows)")
        return infer_schema(path, WINDOWS), WINDOWS


def _is_data(name: str) -> bool:
    return name.lower().removesuffix(".gz").endswith(EXTENSIONS)


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in PurePosixPath(name).parts)


def _run(project: Project) -> tuple[Result, ...]:
    """Every check but data's once, with what it says in a line."""
    options = {
        name: check.Options for name, check in CHECKS.items() if name not in _NO_ENTRY
    }
    say("running the checks once, to start from what holds today:")

    def ended(result: Result) -> None:
        say(f"  {result.check}: {result.status.value}, {result.summary}")

    checks = config.defaults(options).checks
    return pipeline.run(
        project, {name: _eased(one) for name, one in checks.items()}, ended=ended
    )


def _eased(settings: CheckSettings) -> CheckSettings:
    """What a check is tried with: by what is new, where it can be judged by that."""
    if not hasattr(settings.options, "judge"):
        return settings
    options = msgspec.structs.replace(settings.options, judge=Judge.NEW)
    return dataclasses.replace(settings, options=options)


def entries(results: tuple[Result, ...]) -> dict[str, Entry]:
    """What each check is set to, so that it passes today."""
    found = {name: Entry(value="{}") for name in CHECKS if name not in _NO_ENTRY}
    for result in results:
        if result.status in (Status.FAILED, Status.ERROR):
            why = f"today: {_short(result)}; remove the word when it passes"
            found[result.check] = Entry(value="warning", why=why)
        elif any(f.new is False and f.level is not Level.NOTE for f in result.findings):
            why = f"today: {_short(result)}; only what is new closes the gate"
            found[result.check] = Entry(value="{judge: new}", why=why)
        elif result.status is Status.SKIPPED:
            found[result.check] = Entry(value="{}", why=f"today: {_short(result)}")
    percent = next(
        (r.metrics.get("coverage.percent") for r in results if r.check == "coverage"),
        None,
    )
    if percent is not None and found["coverage"].value == "{}":
        value = f"{{minimum: {math.floor(percent)}}}"
        found["coverage"] = Entry(value=value, why=f"today: {percent:.1f} %")
    return found


def gate_yaml(
    project: Project,
    results: tuple[Result, ...],
    datasets: list[Dataset],
    models: Sequence[modelentry.Entry] = (),
) -> str:
    """The text of a gate.yaml for the project."""
    lines = [
        "# What this repository's pull requests must pass; run it with `gate run`.",
        f"# Every option: https://github.com/{gate.REPOSITORY}/blob/main/docs/"
        "configuration.md",
        "version: 1",
        "# What a change loosens here or in a schema needs this label on it.",
        f"lock: {{label: {DEFAULT}}}",
        "checks:",
    ]
    for name, entry in entries(results).items():
        if entry.why:
            lines.append(f"  # {_comment(entry.why)}")
        lines.append(f"  {name}: {entry.value}")
    if datasets:
        lines.append("  data:")
    for one in datasets:
        lines.append(f"    - path: {_scalar(one.path)}")
        lines.append(f"      schema: {_scalar(one.schema)}")
        if one.encoding:
            lines.append(f"      encoding: {one.encoding}")
        if project.base:
            lines.append("      drift_from: base")
    if models:
        lines.append("  model:")
    for model in models:
        lines.append(f"    # {_comment(model.why)}; the bounds leave a little room")
        lines.append(f"    - predictions: {_scalar(model.path)}")
        lines += [f"      {line}" for line in model.lines]
    return "\n".join(lines) + "\n"


def _comment(text: str) -> str:
    return "".join(c for c in text if c.isprintable())


def _short(result: Result) -> str:
    """What a result says, as far as that has room in a comment."""
    return textwrap.shorten(result.summary, 110, placeholder=" ...")


def _scalar(text: str) -> str:
    plain = re.fullmatch(r"[A-Za-z][\w./-]*", text, re.ASCII)
    # A file called `true` is no boolean.
    return text if plain and yamlfile.parse(text).value == text else json.dumps(text)


def _not_judged(root: Path) -> str:
    """A warning where the workflow that is there says nothing of this folder."""
    top = _top(root)
    folder = Path(os.path.relpath(root.resolve(), top.resolve())).as_posix()
    try:
        text = (top / WORKFLOW).read_text("utf-8", "replace")
    except OSError:
        return ""
    if folder == "." or folder in text:
        return ""
    return (
        f"note: {WORKFLOW} does not name {folder}, so nothing judges it on GitHub:"
        " docs/github.md, Several gates, has the workflow for several folders"
    )


def _top(root: Path) -> Path:
    """Where GitHub looks for workflows: the top of the clone."""
    return git.find_root(root) or root


def workflow(project: Project) -> str:
    """The text of the workflow that runs the gate on every pull request."""
    folder = project.root.relative_to(_top(project.root).resolve()).as_posix()
    inside = "" if folder == "." else f"working-directory: {_scalar(folder)}"
    step = f"\n        {inside}" if inside else ""
    given = f"\n        with: {{{inside}}}" if inside else ""
    return f"""\
name: Gate
on:
  pull_request: # again for a label: one of them lets a change loosen what holds
    types: [opened, synchronize, reopened, labeled, unlabeled]
permissions:
  contents: read
  pull-requests: write # the comment
  statuses: write # the required status
jobs:
  gate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
        with: {{fetch-depth: 0, persist-credentials: false}}
      - uses: actions/setup-python@v6
        with: {{python-version: "{_python_version(project)}"}}
      - run: {_install(project)}{step}
      - uses: {gate.REPOSITORY}@main # or, safer, a commit of it{given}
"""


def _python_version(project: Project) -> str:
    major, minor = project.python.version[:2]
    return f"{major}.{minor}"


def _install(project: Project) -> str:
    """The command that installs the project's dependencies, with its tests' tools."""
    words = ["pytest", "pytest-cov"]
    metadata = project.pyproject.get("project", {})
    if "build-system" in project.pyproject or "setup.py" in project.files:
        extras = metadata.get("optional-dependencies", {})
        extra = next((name for name in _EXTRAS if name in extras), "")
        words += ["-e", f'".[{extra}]"' if extra else "."]
    for name in project.files:
        if re.fullmatch(r"requirements([-_](dev|test|tests))?\.txt", name):
            words += ["-r", name]
    return f"python -m pip install {' '.join(words)}"
