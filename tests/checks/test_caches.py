"""What mypy and black keep: in one folder, and never what a commit has brought."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from gate import basetree, process
from gate.cache import FOLDER, Cache
from gate.checks import formatting, typecheck
from gate.code.once import once
from gate.findings import Judge, Result
from gate.known import Known
from gate.project import Project
from tests.conftest import MakeProject

NAMES = {formatting: "BLACK_CACHE_DIR", typecheck: "MYPY_CACHE_DIR"}


@pytest.fixture(params=NAMES, ids=["black", "mypy"])
def used(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Project], Path]:
    """Where the tool is told to keep what it knows of a project."""
    monkeypatch.delenv(NAMES[request.param], raising=False)
    told: list[str] = []
    run = process.run

    def spy(command: Sequence[str | Path], **options: object) -> process.Completed:
        env = options.get("env")
        if isinstance(env, dict) and NAMES[request.param] in env:
            told.append(env[NAMES[request.param]])
        return run(command, **options)  # type: ignore[arg-type]

    def where(project: Project) -> Path:
        monkeypatch.setattr(process, "run", spy)
        request.param.run(project, request.param.Options())
        monkeypatch.setattr(process, "run", run)
        (place,) = {*told}
        told.clear()
        return Path(place)

    return where


def caching(project: Project) -> Project:
    return dataclasses.replace(project, cache=Cache(project.root))


def test_it_is_in_the_folder_that_ci_restores(
    make_project: MakeProject, used: Callable[[Project], Path]
) -> None:
    project = caching(make_project({"a.py": "x = 1\n"}, base={}))
    assert used(project).parent == project.root / FOLDER


def test_where_nothing_may_be_kept_it_goes_with_the_run(
    make_project: MakeProject, used: Callable[[Project], Path]
) -> None:
    project = make_project({"a.py": "x = 1\n"})
    where = used(project)
    assert where == project.scratch or where.parent == project.scratch


def test_what_a_commit_has_brought_is_not_read(
    make_project: MakeProject, used: Callable[[Project], Path]
) -> None:
    brought = {f"{FOLDER}/{name}/x": "" for name in ("mypy", "black")}
    project = caching(make_project({"a.py": "x = 1\n"}, base=brought))
    where = used(project)
    assert where == project.scratch or where.parent == project.scratch


def test_who_names_one_by_a_variable_has_it_used(
    make_project: MakeProject,
    used: Callable[[Project], Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name in NAMES.values():
        monkeypatch.setenv(name, str(tmp_path / "own"))
    assert used(caching(make_project({"a.py": "x = 1\n"}))) == tmp_path / "own"


def test_of_a_tree_of_the_past_mypy_has_a_copy(
    make_project: MakeProject, used: Callable[[Project], Path]
) -> None:
    project = caching(make_project({"a.py": "x = 1\n"}, base={"a.py": "x = 2\n"}))
    (kept := used(project)).mkdir(exist_ok=True)
    (kept / "own").write_text("")
    past = basetree.write(project, project.scratch / "past")
    where = used(past)
    assert project.root not in where.parents
    assert kept.name != "mypy" or (where / "own").exists()


@pytest.mark.parametrize("wrong_at_the_base", [True, False])
def test_a_file_of_the_same_size_is_not_taken_for_that_of_the_base(
    make_project: MakeProject, wrong_at_the_base: bool
) -> None:
    right, wrong = "x: str = 'aaa'\n", "x: str = 12345\n"
    assert len(right) == len(wrong)
    texts = (wrong, right) if wrong_at_the_base else (right, wrong)
    base = {"a.py": texts[0], "b.py": "y = 1\n", "c.py": "import a\n"}
    head = {**base, "a.py": texts[1], "b.py": "y: int = ''\n"}
    project = caching(make_project(head, base=base))
    options = typecheck.Options(judge=Judge.NEW)
    result = typecheck.run(project, options)
    judged = Known(project).judged("typecheck", typecheck.run, options, result)
    new = sorted(finding.path or "" for finding in judged.findings if finding.new)
    assert new == (["b.py"] if wrong_at_the_base else ["a.py", "b.py"])
    assert ("1 fixed" in judged.summary) is wrong_at_the_base
    # And what is known of the tree itself is not that of the base.
    again = typecheck.run(project, options)
    assert again.findings == result.findings


def test_a_property_is_found_out_once_by_all_threads() -> None:
    calls: list[int] = []
    together = threading.Barrier(4)

    @dataclass(frozen=True)
    class Slow:
        @once
        def found(self) -> Result | None:
            calls.append(1)
            threading.Event().wait(0.05)
            return None

    slow = Slow()

    def ask() -> None:
        together.wait()
        assert slow.found is None

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == [1]
