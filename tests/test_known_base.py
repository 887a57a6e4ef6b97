"""What `judge: new` runs on the base, and what it does where there is none.

With a check of its own, that finds each line with BAD in it and needs no tool.
"""

from __future__ import annotations

import dataclasses
import os
import random
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate import basetree, surroundings
from gate.base import Base
from gate.cache import FOLDER, Cache
from gate.errors import ToolError
from gate.findings import Finding, Judge, Judged, Level, Result, Status
from gate.interpreters import Python, inspect_python
from gate.known import Known
from gate.project import Project
from tests.conftest import Repository


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """Options of a check that judges the whole tree."""

    judge: Judged = Judge.NEW
    level: Level = Level.ERROR


class Local(Whole, frozen=True, kw_only=True):
    """Options of a check that judges file by file."""

    local: ClassVar[bool] = True


class Check:
    """Finds each line with BAD in it, and remembers what it looked at."""

    def __init__(self) -> None:
        self.seen: list[Project] = []

    def run(self, project: Project, options: Whole) -> Result:
        self.seen.append(project)
        found = [
            Finding(rule="c/bad", message=f"on {number}", path=name, line=number)
            for name in project.sources
            for number, line in enumerate(
                (project.root / name).read_text("utf-8").split("\n"), start=1
            )
            if "BAD" in line
        ]
        found = [msgspec.structs.replace(one, level=options.level) for one in found]
        bad = bool(found) and options.level is Level.ERROR
        return Result(
            status=Status.FAILED if bad else Status.PASSED,
            summary=f"{len(found)} found",
            findings=tuple(found),
            advice=("mend it",) if bad else (),
        )


Look = Callable[..., Project]


@pytest.fixture
def look(repository: Repository, python: Python, tmp_path: Path) -> Look:
    """The repository as a project whose base is the commit given."""

    def made(base: str | None, root: Path = repository.root, **more: Any) -> Project:
        return project(repository, base, python, root=root, **more)

    return made


def project(
    repository: Repository,
    base: str | None,
    python: Python,
    *,
    root: Path | None = None,
    **more: Any,
) -> Project:
    root = root or repository.root
    found = (path for path in root.rglob("*.py") if path.is_file())
    return Project(
        root=root,
        scratch=Path(tempfile.mkdtemp(dir=repository.root.parent)),
        files=tuple(sorted(path.relative_to(root).as_posix() for path in found)),
        python=python,
        own_python=python,
        base=Base(commit=base, origin="main") if base else None,
        **more,
    )


def judged(
    project: Project, check: Check, options: Whole, *, caching: bool = False
) -> Result:
    cache = Cache(project.root) if caching else None
    known = Known(dataclasses.replace(project, cache=cache))
    return known.judged("c", check.run, options, check.run(project, options))


def new(result: Result) -> list[str]:
    return [f"{f.path}:{f.line}" for f in result.findings if f.new]


KINDS = pytest.mark.parametrize("options", [Whole(), Local()], ids=["whole", "local"])
BOTH = {"a.py": "BAD 1\nfine\nBAD 2\n", "b.py": "BAD 3\n"}


@KINDS
def test_what_the_base_has_is_not_new(
    repository: Repository, look: Look, options: Whole
) -> None:
    base = repository.commit(BOTH)
    repository.write({"a.py": "BAD 4\n" + BOTH["a.py"]})
    result = judged(look(base), Check(), options)
    assert (result.status, new(result)) == (Status.FAILED, ["a.py:1"])
    assert result.summary == "1 new problem, 3 existing"
    assert [finding.new for finding in result.findings] == [True, False, False, False]


def test_file_by_file_only_what_changed_is_judged_again(
    repository: Repository, look: Look
) -> None:
    base = repository.commit(BOTH)
    repository.write({"a.py": "BAD 1\n", "c.py": "BAD 5\n"})
    check = Check()
    result = judged(look(base), check, Local())
    assert new(result) == ["c.py:1"]
    assert result.summary == "1 new problem, 2 existing (1 fixed)"
    assert [one.files for one in check.seen[1:]] == [("a.py",)]
    assert check.seen[1].of_base


@KINDS
def test_without_a_change_of_code_nothing_runs(
    repository: Repository, look: Look, options: Whole
) -> None:
    base = repository.commit(BOTH)
    repository.write({"README.md": "read\n"})
    check = Check()
    result = judged(look(base), check, options)
    assert (result.status, new(result)) == (Status.PASSED, [])
    assert len(check.seen) == 1


@KINDS
def test_a_file_of_another_kind_is_looked_for_where_it_has_findings(
    repository: Repository, look: Look, options: Whole
) -> None:
    base = repository.commit({"script": "BAD 1\n", "a.py": "fine\n"})
    repository.write({"script": "BAD 2\nBAD 1\n"})

    def run(project: Project, options: Whole) -> Result:
        lines = (project.root / "script").read_text().split("\n")
        found = [
            Finding(rule="c/bad", message="bad", path="script", line=number)
            for number, line in enumerate(lines, start=1)
            if "BAD" in line
        ]
        return Result(status=Status.FAILED, summary="s", findings=tuple(found))

    project = look(base)
    result = Known(project).judged("c", run, options, run(project, options))
    assert new(result) == ["script:1"]


@KINDS
def test_what_is_said_of_no_file_is_asked_of_the_base(
    repository: Repository, look: Look, options: Whole
) -> None:
    def run(project: Project, options: Whole) -> Result:
        told = "pinned" in (project.root / "lock.txt").read_text()
        found = () if told else (Finding(rule="c/pin", message="nothing is pinned"),)
        status = Status.PASSED if told else Status.FAILED
        return Result(status=status, summary="s", findings=found)

    def status(base: str) -> Status:
        seen = look(base)
        known = Known(seen)
        return known.judged("c", run, options, run(seen, options)).status

    pinned = repository.commit({"lock.txt": "pinned\n", "a.py": ""})
    assert status(pinned) is Status.PASSED
    loose = repository.commit({"lock.txt": ""})
    assert status(pinned) is Status.FAILED
    assert options.__class__ is Local or status(loose) is Status.PASSED


def test_without_findings_nothing_runs(repository: Repository, look: Look) -> None:
    base = repository.commit(BOTH)
    repository.write({"a.py": "fine\n", "b.py": "fine\n"})
    check = Check()
    result = judged(look(base), check, Whole())
    assert (result.status, result.summary) == (Status.PASSED, "0 found")
    assert result.metrics == {"c.new": 0}
    assert len(check.seen) == 1


@KINDS
def test_without_a_base_all_counts_and_it_says_so(
    repository: Repository, look: Look, options: Whole
) -> None:
    repository.commit(BOTH)
    notes = ("no base to compare with: no default branch was found; fetch it",)
    result = judged(look(None, notes=notes), Check(), options)
    assert result.status is Status.FAILED
    assert result.summary == (
        "3 found; no base to compare with: no default branch was found, so all of it"
        " counts"
    )
    assert result.advice[0] == "mend it"
    assert "fetch-depth: 0" in result.advice[1]
    assert {finding.new for finding in result.findings} == {None}


@KINDS
def test_a_base_that_cannot_be_had_opens_nothing(
    repository: Repository, look: Look, options: Whole
) -> None:
    repository.commit(BOTH)
    repository.write({"a.py": "BAD 1\n"})
    result = judged(look("0" * 40), Check(), options)
    assert result.status is Status.FAILED
    assert "the base could not be judged: `git " in result.summary
    assert result.summary.endswith("so all of it counts")


@KINDS
def test_a_check_that_fails_on_the_base_opens_nothing(
    repository: Repository, look: Look, options: Whole
) -> None:
    class Fails(Check):
        def run(self, project: Project, options: Whole) -> Result:
            if project.of_base:
                raise ToolError("it broke", hint="mend the tool")
            return super().run(project, options)

    base = repository.commit(BOTH)
    repository.write({"a.py": "BAD 1\n"})
    result = judged(look(base), Fails(), options)
    assert result.status is Status.FAILED
    assert "the base could not be judged: it broke" in result.summary
    assert result.advice[-1] == "mend the tool"


def test_what_closes_nothing_is_marked_and_closes_nothing(
    repository: Repository, look: Look
) -> None:
    base = repository.commit(BOTH)
    repository.write({"a.py": "BAD 4\n" + BOTH["a.py"]})
    result = judged(look(base), Check(), Whole(level=Level.WARNING))
    assert (result.status, new(result)) == (Status.PASSED, ["a.py:1"])
    assert result.summary == "4 found"


class Settings(Check):
    """Finds what the settings say, and fails where they name what is not there."""

    def run(self, project: Project, options: Whole) -> Result:
        said = (project.root / "setup.cfg").read_text() if project.of_base else ""
        if said.startswith("needs ") and not (project.root / said[6:]).exists():
            raise ToolError(f"there is no {said[6:]}")
        return super().run(project, options)


def test_the_base_is_judged_by_the_settings_of_today(
    repository: Repository, look: Look
) -> None:
    base = repository.commit({**BOTH, "setup.cfg": "old", ".flake8": "gone"})
    (repository.root / ".flake8").unlink()
    repository.write({"a.py": "BAD 1\n", "setup.cfg": "today", "tox.ini": "fresh"})
    check = Settings()
    judged(look(base), check, Whole())
    tree = check.seen[-1].root
    assert (tree / "setup.cfg").read_text() == "today"
    assert (tree / "tox.ini").read_text() == "fresh"
    assert not (tree / ".flake8").exists()


def test_where_these_do_not_fit_the_base_its_own_are_taken(
    repository: Repository, look: Look
) -> None:
    base = repository.commit({**BOTH, "setup.cfg": "needs a.py"})
    repository.write({"setup.cfg": "needs c.py", "c.py": "BAD 9\n"})
    (repository.root / "a.py").unlink()
    check = Settings()
    result = judged(look(base), check, Whole())
    assert (check.seen[-1].root / "setup.cfg").read_text() == "needs a.py"
    assert new(result) == ["c.py:1"]


@pytest.mark.skipif(os.name == "nt", reason="links take rights on Windows")
def test_links_in_the_place_of_settings_are_not_followed(
    repository: Repository, look: Look, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.cfg"
    outside.write_text("outside")
    (repository.root / "setup.cfg").symlink_to(outside)
    base = repository.commit(BOTH)
    (repository.root / "setup.cfg").unlink()
    (repository.root / "tox.ini").symlink_to(outside)
    repository.write({"a.py": "BAD 1\n", "setup.cfg": "today"})
    check = Check()
    judged(look(base), check, Whole())
    assert outside.read_text() == "outside"
    assert (check.seen[-1].root / "setup.cfg").read_text() == "today"
    assert not (check.seen[-1].root / "tox.ini").exists()


def test_below_a_folder_settings_above_it_hold_for_the_base_too(
    repository: Repository, look: Look
) -> None:
    base = repository.commit({"sub/a.py": "BAD 1\n", "setup.cfg": "old"})
    repository.write({"sub/a.py": "BAD 2\nBAD 1\n", "setup.cfg": "today"})
    check = Check()
    result = judged(look(base, root=repository.root / "sub"), check, Whole())
    assert new(result) == ["a.py:1"]
    tree = check.seen[-1].root
    assert (tree.parent / "setup.cfg").read_text() == "today"
    assert (tree.parent / ".git").is_dir()


def test_of_large_files_that_are_no_code_only_the_size_is_there(
    repository: Repository, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(basetree, "MAX_BYTES", 10)
    base = repository.commit({"a.py": "x = 1\n" * 9, "b.csv": "1\n" * 9, "c.csv": ""})
    repository.write({"d.py": "BAD\n"})
    check = Check()
    judged(look(base), check, Whole())
    tree = check.seen[-1]
    assert tree.files == ("a.py", "b.csv", "c.csv")
    assert (tree.root / "a.py").read_text() == "x = 1\n" * 9
    assert (tree.root / "b.csv").read_bytes() == b"\0" * 18


def test_what_was_found_at_a_base_is_kept(repository: Repository, look: Look) -> None:
    base = repository.commit({**BOTH, "setup.cfg": "old"})
    repository.write({"a.py": "BAD 4\nBAD 1\n"})
    first, again, stricter = Check(), Check(), Check()
    for check in (first, again):
        result = judged(look(base), check, Whole(), caching=True)
        assert new(result) == ["a.py:1"]
    assert (len(first.seen), len(again.seen)) == (2, 1)
    repository.write({"setup.cfg": "today"})
    judged(look(base), stricter, Whole(), caching=True)
    assert len(stricter.seen) == 2
    assert repository.git("status", "--porcelain", FOLDER) == ""


def test_what_a_stranger_may_have_written_is_not_read(
    repository: Repository, look: Look
) -> None:
    base = repository.commit({"a.py": "fine\n"})
    repository.write({"a.py": "BAD 1\n"})
    result = judged(look(base), Check(), Whole(), caching=True)
    assert new(result) == ["a.py:1"]
    (entry,) = (repository.root / FOLDER).glob("*.json")
    # As if the base had the fault that the change brings in.
    other = repository.commit({"a.py": "BAD 1\n"})
    repository.write({"a.py": "BAD 1\nx\n"})
    judged(look(other), Check(), Whole(), caching=True)
    (theirs,) = {*(repository.root / FOLDER).glob("*.json")} - {entry}
    entry.write_bytes(theirs.read_bytes())
    repository.write({"a.py": "BAD 1\n"})
    assert new(judged(look(base), Check(), Whole(), caching=True)) == []
    assert new(judged(look(base), Check(), Whole(), caching=False)) == ["a.py:1"]


def test_a_folder_of_the_project_that_is_installed_is_that_of_the_base(
    repository: Repository, look: Look, python: Python, tmp_path: Path
) -> None:
    base = repository.commit({"src/pkg/__init__.py": "", "a.py": ""})
    repository.write({"a.py": "BAD\n"})
    fake = tmp_path / "python"
    src = repository.root / "src"
    fake.write_text(
        f"#!/bin/sh\nexec '{python.path}' -c \"import sys; sys.path += ['{src}',"
        f" '{repository.root}/.venv/lib', '/elsewhere']; sys.prefix ="
        f' \'{repository.root}/.venv\'; exec(sys.argv[1])" "$2"\n'
    )
    fake.chmod(0o755)
    seen = look(base)
    seen = dataclasses.replace(seen, python=inspect_python(fake, "a fake"))
    assert surroundings.own_folders(seen) == ("src",)
    assert surroundings.installed(seen.python).distributions
    check = Check()
    judged(seen, check, Whole())
    assert check.seen[-1].import_paths == ("src",)


EDITS = st.lists(
    st.tuples(st.sampled_from(["bad", "fine", "twin"]), st.integers(0, 12)), max_size=5
)


@settings(max_examples=15)
@given(EDITS, st.booleans(), st.randoms(use_true_random=False))
def test_lines_put_anywhere_are_new_as_far_as_they_are_bad(
    make_repository: Callable[[Path], Repository],
    python: Python,
    edits: list[tuple[str, int]],
    moved: bool,
    draw: random.Random,
) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        repository = make_repository(folder / "repository")
        lines = [f"BAD {n}" if n % 3 else f"fine {n}" for n in range(12)] + ["BAD t"]
        base = repository.commit({"a.py": "\n".join(lines)})
        added = 0
        for number, (what, place) in enumerate(edits):
            line = "BAD t" if what == "twin" else f"{what.upper()} new {number}"
            lines.insert(place, line)
            added += "BAD" in line
        name = "b.py" if moved else "a.py"
        (repository.root / "a.py").unlink()
        repository.write({name: "\n".join(lines)})
        for options in (Whole(), Local()):
            result = judged(project(repository, base, python), Check(), options)
            assert len(new(result)) == added
            assert (result.status is Status.FAILED) == (added > 0)
    finally:
        shutil.rmtree(folder)
